//! The tables of the page.

use downhill_chart::table::{grouped, number, percent};
use downhill_verdict::verdict::{End, Overall, RangeEdge, Standing, Summary, TaskVerdict, Tuning};

use crate::html::{HtmlTable, TableRow, escape};
use crate::study::figures::{finding, interval_words, p_value};
use crate::study::rows::{failed, failed_name, leads, to_target};
use crate::study::timings::{Timing, Timings, duration};
use crate::study::view::{NOTHING, View, alike, capital, chosen_settings};

fn header(first: &str, names: &[&str]) -> Vec<String> {
    std::iter::once(first).chain(names.iter().copied()).map(escape).collect()
}

fn name(view: &View, label: &str) -> String {
    format!(
        "<span class=\"name\"><span class=\"dot\" style=\"background:var(--c{})\"></span><span>{}</span></span>",
        view.group(label) % downhill_chart::palette::COLOURS.len(),
        escape(label)
    )
}

fn optional(value: Option<f64>) -> String {
    value.map_or(NOTHING.into(), number)
}

/// Every figure of a task, a column for each optimizer.
pub(super) fn everything(view: &View, timings: &Timings) -> String {
    let standings = &view.verdict.standings;
    let unit = view.unit();
    let mut table = Everything { standings, rows: Vec::new(), heading: None };
    table.line("Chosen", |s| chosen_settings(&s.chosen));
    let what = match failed_name(view) {
        "diverged" => "Evaluation trials that diverged",
        _ => "Failed, of what the searches kept (and of the same at fresh seeds)",
    };
    table.line(what, |s| failed(view, s));

    table.group(&capital(&view.verdict.endpoint.describe()));
    table.line("Median [quartiles]", |s| unit.spread(s));
    table.line("Mean of the middle half", |s| s.endpoint.interquartile_mean.map_or(NOTHING.into(), |x| unit.value(x)));
    table.line("Mean [95 % interval]", |s| {
        let Some(mean) = s.endpoint.mean else { return NOTHING.into() };
        let interval = s.endpoint.interval;
        let interval = interval.map(|(low, high)| format!(" [{}, {}]", unit.bare(low), unit.bare(high)));
        unit.value(mean) + &interval.unwrap_or_default()
    });
    table.line("Smallest to largest", |s| {
        s.endpoint.extremes.map_or(NOTHING.into(), |(low, high)| format!("{} to {}", unit.value(low), unit.value(high)))
    });

    table.line("The same settings at fresh seeds: median [quartiles]", |s| {
        s.failures.as_ref().map_or(NOTHING.into(), |of| match of.fresh_endpoint.quartiles {
            Some((low, high)) => {
                let median = of.fresh_endpoint.median.map_or(NOTHING.into(), |x| unit.value(x));
                format!("{median} [{}, {}]", unit.bare(low), unit.bare(high))
            }
            None => of.fresh_endpoint.median.map_or(NOTHING.into(), |x| unit.value(x)),
        })
    });

    for last in [false, true] {
        let parts = |s: &Standing| if last { s.figures.last.clone() } else { s.figures.best.clone() };
        table.group(if last { "At the last step" } else { "At the lowest validation loss" });
        table.line("Training loss", |s| spread(&parts(s).train_loss, number));
        table.line("Validation loss", |s| spread(&parts(s).val_loss, number));
        table.line("Test loss", |s| spread(&parts(s).test_loss, number));
        table.line("Training accuracy", |s| spread(&parts(s).train_accuracy, percent));
        table.line("Validation accuracy", |s| spread(&parts(s).val_accuracy, percent));
        table.line("Test accuracy", |s| spread(&parts(s).test_accuracy, percent));
        table.line("Test RMSE", |s| spread(&parts(s).test_rmse, number));
        if last {
            table.line("Test minus training loss", |s| spread(&s.gap_at_end, number));
        } else {
            table.line("Step", |s| spread(&s.figures.best_step, number));
        }
    }
    if let Some(equal) = view.verdict.equal_train_loss {
        table.group(&format!("Where the training loss falls to {}", number(equal)));
        table.line("Validation minus training loss", |s| spread(&s.gap_at_equal_loss, number));
    }

    table.group("Tuning");
    let tuning = |s: &Standing, say: &dyn Fn(&Tuning) -> String| s.tuning.as_ref().map_or(NOTHING.into(), say);
    table.line("Configurations", |s| tuning(s, &|t| t.configurations.len().to_string()));
    table.line("Trials that diverged", |s| tuning(s, &|t| format!("{} of {}", t.diverged, t.trials)));
    table.line("Gradient evaluations", |s| tuning(s, &|t| grouped(&t.gradient_evaluations.to_string())));
    table.line("Chosen on an edge of its range", |s| tuning(s, &edges));
    table.line("Rates within 10 % of the best score: highest over lowest", |s| {
        tuning(s, &|t| optional(t.robust_factor))
    });

    table.group("Cost");
    table.line("Gradient evaluations in a step", |s| optional(s.evaluations_per_step));
    let seconds = |s: &Standing, pick: fn(&Timing) -> f64| {
        let timing = timings.get(&view.task.name, &s.optimizer).map(pick).filter(|seconds| *seconds > 0.0);
        timing.map_or(NOTHING.into(), duration)
    };
    table.line("Wall time of tuning", |s| seconds(s, |timing| timing.tuning_seconds));
    table.line("Wall time of evaluation", |s| seconds(s, |timing| timing.evaluation_seconds));

    let mut header = vec!["".to_string()];
    header.extend(standings.iter().map(|standing| name(view, &standing.optimizer)));
    HtmlTable { label: format!("All figures, {}", view.task.name), header, rows: table.rows }.html()
}

/// The rows of the table of everything, as they come.
struct Everything<'a> {
    standings: &'a [Standing],
    rows: Vec<TableRow>,
    /// The heading to write before the next row.
    heading: Option<String>,
}

impl Everything<'_> {
    fn group(&mut self, heading: &str) {
        self.heading = Some(escape(heading));
    }

    /// A row; an empty row is left out.
    fn line(&mut self, title: &str, cell: impl Fn(&Standing) -> String) {
        let cells: Vec<String> = self.standings.iter().map(|standing| escape(&cell(standing))).collect();
        if cells.iter().any(|cell| cell != NOTHING) {
            self.rows.extend(self.heading.take().map(TableRow::Heading));
            self.rows.push(TableRow::Cells(std::iter::once(escape(title)).chain(cells).collect()));
        }
    }
}

/// Settings that were chosen on an edge of their range.
fn edges(tuning: &Tuning) -> String {
    let edge = |edge: &RangeEdge| format!("{} ({})", edge.key, if edge.end == End::Lower { "lower" } else { "upper" });
    if tuning.on_edge.is_empty() { "no".into() } else { tuning.on_edge.iter().map(edge).collect::<Vec<_>>().join(", ") }
}

/// Median and quartiles.
fn spread(summary: &Summary, say: fn(f64) -> String) -> String {
    match (summary.median, summary.quartiles) {
        // A percentage has its two decimals in any case.
        (Some(median), Some((low, high))) if say(median).ends_with('%') => {
            format!("{} [{}, {}]", say(median), say(low).trim_end_matches('%'), say(high).trim_end_matches('%'))
        }
        (Some(median), Some((low, high))) => alike(median, low, high),
        (Some(median), None) => say(median),
        _ => NOTHING.into(),
    }
}

/// Every pair with its test.
pub(super) fn pairs(view: &View) -> String {
    let unit = view.unit();
    let row = |pair: &downhill_verdict::verdict::Pair| {
        let difference = |value: Option<f64>| value.map_or(NOTHING.into(), |value| unit.difference(value));
        let cells = [
            format!("{} − {}", pair.first, pair.second),
            pair.seeds.to_string(),
            difference(pair.difference),
            interval_words(view, pair),
            format!("{} %", number(100.0 * (1.0 - pair.interval_level))),
            difference(pair.median_difference),
            p_value(pair.p),
            p_value(pair.p_adjusted),
            pair.wilcoxon_p.map_or(NOTHING.into(), p_value),
            number(pair.paired_delta),
            pair.ties.to_string(),
            pair.equivalence_p.map_or(NOTHING.into(), p_value),
            finding(pair),
        ];
        TableRow::Cells(cells.iter().map(|cell| escape(cell)).collect())
    };
    let names = [
        "seeds",
        "mean",
        "interval",
        "covers with",
        "median",
        "p",
        "p corrected",
        "p of Wilcoxon",
        "paired delta",
        "ties",
        "p of equivalence",
        "finding",
    ];
    HtmlTable {
        label: format!("Pairs, {}", view.task.name),
        header: header(&format!("difference{}", unit.of_differences().replacen(' ', ", ", 1)), &names),
        rows: view.verdict.pairs.iter().map(row).collect(),
    }
    .html()
}

/// The cost of reaching the target.
pub(super) fn cost(view: &View, timings: &Timings) -> String {
    let row = |standing: &Standing| {
        let seconds = timings.get(&view.task.name, &standing.optimizer).and_then(|timing| timing.seconds_to_target);
        let cells = [
            format!("{} of {}", standing.reached_target, standing.trials),
            to_target(view, standing, standing.steps_to_target),
            to_target(view, standing, standing.evaluations_to_target),
            seconds.map_or(NOTHING.into(), duration),
        ];
        let cells = cells.iter().map(|cell| escape(cell));
        TableRow::Cells(std::iter::once(name(view, &standing.optimizer)).chain(cells).collect())
    };
    HtmlTable {
        label: format!("Cost to the target, {}", view.task.name),
        header: header("optimizer", &["runs that reach it", "steps", "gradient evaluations", "wall time"]),
        rows: view.verdict.standings.iter().map(row).collect(),
    }
    .html()
}

/// The verdict in one table: the endpoint of each optimizer, the best first.
pub(super) fn headline(view: &View) -> String {
    let (other, rows) = crate::study::rows::rows(view);
    let row = |row: &crate::study::rows::Row| {
        let label = name(view, &row.optimizer);
        let label = if leads(view, &row.optimizer) { format!("<strong>{label}</strong>") } else { label };
        let cells = [&row.endpoint, &row.other, &row.failed, &row.chosen].map(|cell| escape(cell));
        TableRow::Cells(std::iter::once(label).chain(cells).collect())
    };
    HtmlTable {
        label: format!("Standings, {}", view.task.name),
        header: header("optimizer", &["median [quartiles]", other, failed_name(view), "chosen"]),
        rows: rows.iter().map(row).collect(),
    }
    .html()
}

/// The results of each optimizer over all tasks.
pub(super) fn overall(view: &View, overall: &Overall, tasks: &[TaskVerdict]) -> String {
    let row = |standing: &downhill_verdict::verdict::OverallStanding| {
        let interval = standing.algoperf_interval;
        let interval = interval.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
        let mut cells = vec![
            name(view, &standing.optimizer),
            number(standing.mean_rank),
            format!("{:.3}{interval}", standing.algoperf_score),
        ];
        cells.extend(standing.cost_ratios.iter().map(|ratio| ratio.map_or("not reached".into(), number)));
        TableRow::Cells(cells)
    };
    let mut names = vec!["mean rank".to_string(), "AlgoPerf score [95 %]".into()];
    names.extend(tasks.iter().map(|task| format!("cost ratio, {}", task.task)));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    HtmlTable {
        label: "Over all tasks".into(),
        header: header("optimizer", &names),
        rows: overall.standings.iter().map(row).collect(),
    }
    .html()
}

/// Decided pairs over the tasks.
pub(super) fn wins(overall: &Overall) -> String {
    let row = |wins: &downhill_verdict::verdict::Wins| {
        let counts = [wins.first_better, wins.second_better, wins.equal, wins.undecided].map(|count| count.to_string());
        let names = [escape(&wins.first), escape(&wins.second)];
        TableRow::Cells(names.into_iter().chain(counts).collect())
    };
    HtmlTable {
        label: "Decided pairs over the tasks".into(),
        header: header("first", &["second", "first better on", "second better on", "no difference on", "undecided on"]),
        rows: overall.wins.iter().map(row).collect(),
    }
    .html()
}

/// Names and texts, side by side.
pub(super) fn facts(label: &str, facts: &[(String, String)]) -> String {
    let rows = facts.iter().map(|(name, text)| format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(text)));
    format!("<dl aria-label=\"{}\">\n{}</dl>\n", escape(label), rows.collect::<String>())
}
