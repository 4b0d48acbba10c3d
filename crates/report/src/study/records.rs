//! Every trial as a row, for other programs.

use downhill_spec::show_number;
use downhill_verdict::Study;
use downhill_verdict::trial::{Figures, PartFigures, Trial, TrialRole};

use super::view::full_value;

/// Columns before the settings, and after them; the figures of both moments follow.
const BEFORE: [&str; 8] = ["id", "task", "optimizer", "role", "configuration", "rung", "replicate", "seed"];
const AFTER: [&str; 5] = ["spec", "stop", "diverged", "steps", "gradient_evaluations"];
const FIGURES: [&str; 7] =
    ["train_loss", "val_loss", "test_loss", "train_accuracy", "val_accuracy", "test_accuracy", "test_rmse"];

/// `results.csv`: one row for each finished trial, in the order of the plan. No wall times.
///
/// Columns: the trial's identity (`id` to `seed`), one for each searched setting of any optimizer (`setting_KEY` where
/// a key is the name of another column), `spec` to `gradient_evaluations`, then the figures at the lowest validation
/// loss (`best_…`) and at the last step (`last_…`). Losses in the loss's unit, accuracies as fractions, `test_rmse` in
/// the target's unit. Numbers are the shortest that read back as the same float; an empty cell is a figure that is not
/// finite or not measured, or a setting that the optimizer does not have.
pub fn results_csv(study: &Study) -> String {
    let keys = setting_keys(study);
    let figures = |moment: &str| {
        let names = std::iter::once("step").chain(FIGURES);
        names.map(|name| format!("{moment}_{name}")).collect::<Vec<_>>()
    };
    let fixed: Vec<String> = BEFORE
        .iter()
        .chain(&AFTER)
        .map(|name| name.to_string())
        .chain(figures("best"))
        .chain(figures("last"))
        .collect();
    let settings = keys.iter().map(|key| if fixed.contains(key) { format!("setting_{key}") } else { key.clone() });
    let mut header: Vec<String> = BEFORE.map(String::from).to_vec();
    header.extend(settings);
    header.extend_from_slice(&fixed[BEFORE.len()..]);
    written(std::iter::once(header).chain(study.trials.iter().map(|trial| row(trial, &keys))))
}

/// `timings.csv`: the wall time of each finished trial in seconds (its share of its population's), and the program that
/// ran it.
pub fn timings_csv(study: &Study) -> String {
    let header = ["id", "seconds", "by"].map(String::from).to_vec();
    let row = |trial: &Trial| {
        let outcome = &trial.outcome;
        vec![trial.planned.id.clone(), optional(Some(outcome.seconds)), outcome.by.clone()]
    };
    written(std::iter::once(header).chain(study.trials.iter().map(row)))
}

/// Every searched key: those of the design first, then those that single optimizers have.
fn setting_keys(study: &Study) -> Vec<String> {
    let design = study.design.search.iter();
    let own = study.optimizers.iter().flat_map(|optimizer| &optimizer.search);
    let searched = design.chain(own).map(|dimension| &dimension.key);
    let set = study.trials.iter().flat_map(|trial| &trial.planned.settings).map(|setting| &setting.key);
    let mut keys: Vec<String> = Vec::new();
    for key in searched.chain(set) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

fn row(trial: &Trial, keys: &[String]) -> Vec<String> {
    let (planned, outcome) = (&trial.planned, &trial.outcome);
    let role = match planned.role {
        TrialRole::Tuning => "tuning",
        TrialRole::Evaluation => "evaluation",
        TrialRole::Fresh => "fresh",
    };
    let number = |number: Option<usize>| number.map_or(String::new(), |number| number.to_string());
    let mut cells = vec![
        planned.id.clone(),
        planned.task.clone(),
        planned.optimizer.clone(),
        role.into(),
        planned.configuration.to_string(),
        number(planned.rung),
        number(planned.replicate),
        planned.seed.to_string(),
    ];
    cells.extend(keys.iter().map(|key| {
        let setting = planned.settings.iter().find(|setting| setting.key == *key);
        setting.map_or(String::new(), |setting| full_value(&setting.value))
    }));
    cells.extend([
        planned.spec.clone(),
        outcome.stop.clone(),
        outcome.diverged.to_string(),
        outcome.steps.to_string(),
        outcome.gradient_evaluations.to_string(),
    ]);
    cells.extend(figures(outcome.best.as_ref()));
    cells.extend(figures(Some(&outcome.last)));
    cells
}

/// The step, then the figures in the order of [`FIGURES`].
fn figures(figures: Option<&Figures>) -> Vec<String> {
    let step = figures.map_or(String::new(), |figures| figures.step.to_string());
    let Figures { train, val, test, .. } = figures.copied().unwrap_or_default();
    let loss = |part: PartFigures| optional(part.loss);
    let accuracy = |part: PartFigures| optional(part.accuracy);
    let values =
        [loss(train), loss(val), loss(test), accuracy(train), accuracy(val), accuracy(test), optional(test.rmse)];
    std::iter::once(step).chain(values).collect()
}

fn optional(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), show_number)
}

fn written(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory fails only for rows of different lengths, and these are all made alike.
        let _ = writer.write_record(row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
