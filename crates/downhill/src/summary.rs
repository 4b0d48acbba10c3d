//! The last words of a run: a table for a terminal, a line for its picture.

use downhill_chart::table::{Align, Table, confusion_table, number, percent};
use downhill_data::TaskKind;
use downhill_run::record::{FigureRecord, PartRecord, RunRecord};
use downhill_statistics::median;
use downhill_train::StopReason;

/// The summary of a finished run.
pub fn summary(record: &RunRecord) -> String {
    let mut out = String::new();
    let runs = record.members.len();
    let mut push = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    push(format!(
        "{}: {} {}, {} parameters{}",
        record.data.about.name,
        record.data.about.task,
        record.network,
        record.parameters,
        if runs > 1 { format!(", {runs} seeds (medians below)") } else { String::new() }
    ));
    push(format!("{}  in {:.1} s", record.optimizer, record.seconds.unwrap_or(0.0)));
    push(format!("ended: {}", ends(record)));
    let (steps, evaluations) = record.members.iter().fold((0, 0), |(s, e), m| (s + m.step, e + m.gradient_evaluations));
    // A plain rule costs one gradient a step, and one more where a divergence is found without a step.
    if evaluations > steps + record.members.len() as u64 {
        let price = evaluations as f64 / steps.max(1) as f64;
        push(format!("cost: {evaluations} gradient evaluations, {price:.1} a step"));
    }
    push(String::new());
    push(figures_table(record).to_text());
    if let Some(member) = record.members.first()
        && runs == 1
    {
        let shown = member.best.as_ref().unwrap_or(&member.last);
        let (part, figures) = match (&shown.test, &shown.val) {
            (Some(test), _) => ("test", test),
            (None, Some(val)) => ("validation", val),
            (None, None) => ("training", &shown.train),
        };
        if let Some(counts) = &figures.confusion {
            push(format!("\n{part} rows by true class (down) and predicted class (across):"));
            push(confusion_table(&record.data.about.outputs, counts).to_text());
        }
    }
    out
}

/// How the members ended, in one line.
pub fn ends(record: &RunRecord) -> String {
    let mut counts: Vec<(StopReason, usize, u64)> = Vec::new();
    for member in &record.members {
        match counts.iter_mut().find(|(reason, _, _)| *reason == member.stop_reason) {
            Some((_, count, latest)) => {
                *count += 1;
                *latest = member.step.max(*latest);
            }
            None => counts.push((member.stop_reason, 1, member.step)),
        }
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(reason, count, step)| match record.members.len() {
            1 => format!("{reason} after {step} steps"),
            _ => format!("{count} × {reason} (after at most {step} steps)"),
        })
        .collect();
    parts.join(", ")
}

/// Figures over the parts, at the best and at the last step; medians over the members.
fn figures_table(record: &RunRecord) -> Table {
    let regression = record.data.about.task == TaskKind::Regression;
    let mut table = Table {
        header: ["", "step", "train", "validation", "test", "gap"].map(String::from).to_vec(),
        align: [Align::Left].into_iter().chain([Align::Right; 5]).collect(),
        rows: Vec::new(),
    };
    let bests: Vec<&FigureRecord> = record.members.iter().filter_map(|m| m.best.as_ref()).collect();
    let lasts: Vec<&FigureRecord> = record.members.iter().map(|m| &m.last).collect();
    for (when, figures) in [("at lowest validation loss", bests), ("at last step", lasts)] {
        if figures.is_empty() {
            continue;
        }
        let step = middle(figures.iter().map(|f| Some(f.step as f64)), f64::INFINITY);
        let mut row = |name: String,
                       worst: f64,
                       show: &dyn Fn(f64) -> String,
                       gap: &dyn Fn(&FigureRecord) -> Option<f64>,
                       of: &dyn Fn(&PartRecord) -> Option<f64>| {
            let cell = |part: &dyn Fn(&FigureRecord) -> Option<PartRecord>| {
                if figures.iter().all(|f| part(f).is_none()) {
                    return "–".to_string();
                }
                // Where a figure is missing, the part's loss tells a diverged member from an undefined figure.
                let lost = figures.iter().any(|f| part(f).is_some_and(|p| p.loss.is_none()));
                let none = || if lost { "diverged" } else { "–" }.to_string();
                middle(figures.iter().map(|f| part(f).and_then(|p| of(&p))), worst).map_or_else(none, show)
            };
            let gap = middle(figures.iter().map(|f| gap(f)), f64::INFINITY).map_or("–".into(), show);
            table.rows.push(vec![
                name,
                step.map_or(String::new(), number),
                cell(&|f| Some(f.train.clone())),
                cell(&|f| f.val.clone()),
                cell(&|f| f.test.clone()),
                gap,
            ]);
        };
        row(format!("loss {when}"), f64::INFINITY, &number, &|f| f.loss_gap, &|p| p.loss);
        if !regression {
            row(format!("accuracy {when}"), 0.0, &percent, &|f| f.accuracy_gap, &|p| p.accuracy);
            let gap = |f: &FigureRecord| {
                f.accuracy_gap.and(Some(f.train.balanced_accuracy? - f.test.as_ref()?.balanced_accuracy?))
            };
            row(format!("balanced accuracy {when}"), 0.0, &percent, &gap, &|p| p.balanced_accuracy);
        }
        for (i, target) in record.data.about.outputs.iter().enumerate().filter(|_| regression) {
            let error = move |p: &PartRecord| p.errors.as_ref().and_then(|all| all.get(i).cloned());
            let gap = |f: &FigureRecord| Some(error(f.test.as_ref()?)?.rmse? - error(&f.train)?.rmse?);
            row(format!("RMSE of {target} {when}"), f64::INFINITY, &number, &gap, &|p| error(p)?.rmse);
            let gap = |f: &FigureRecord| Some(error(f.test.as_ref()?)?.mae? - error(&f.train)?.mae?);
            row(format!("MAE of {target} {when}"), f64::INFINITY, &number, &gap, &|p| error(p)?.mae);
            let gap = |f: &FigureRecord| Some(error(&f.train)?.r_squared? - error(f.test.as_ref()?)?.r_squared?);
            row(format!("R² of {target} {when}"), f64::NEG_INFINITY, &number, &gap, &|p| error(p)?.r_squared);
        }
    }
    table
}

/// The median, a missing (not finite) figure counting as the worst; None if the median itself is missing.
fn middle(values: impl Iterator<Item = Option<f64>>, worst: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.map(|v| v.unwrap_or(worst)).collect();
    values.sort_by(f64::total_cmp);
    median(&values).filter(|m| m.is_finite())
}
