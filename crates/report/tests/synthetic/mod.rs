//! Made-up studies, for tests and for viewing pages: curves by formula, noise by a small generator.

use downhill_spec::Scale;
use downhill_verdict::study::{
    ChooseBy, ContenderFacts, Design, Dimension, Judged, Kind, Question, Range, Study, TaskFacts, Varies,
};
use downhill_verdict::trial::{
    Figures, PartFigures, Planned, Setting, Trial, TrialCurve, TrialOutcome, TrialRole, Value,
};
use downhill_verdict::{Verdict, judge};

/// The verdict on a synthetic study.
pub fn verdict(study: &Study) -> Verdict {
    judge(study).expect("a synthetic study is sound")
}

/// The settings of a synthetic study.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Names of the tasks; one that begins with "reg" is a regression.
    pub tasks: Vec<String>,
    /// Labels of the optimizers.
    pub optimizers: Vec<String>,
    /// Configurations of each.
    pub configurations: usize,
    /// Tuning seeds.
    pub tuning_seeds: usize,
    /// Evaluation seeds.
    pub seeds: usize,
    /// Rows of a curve.
    pub rows: u64,
    /// Whether some evaluation trials diverge.
    pub diverging: bool,
    /// Whether there is validation data.
    pub validation: bool,
}

impl Recipe {
    /// Three optimizers on one task.
    pub fn small() -> Self {
        Self {
            tasks: vec!["digits".into()],
            optimizers: ["sgd", "adam", "rmsprop"].map(String::from).to_vec(),
            configurations: 12,
            tuning_seeds: 3,
            seeds: 20,
            rows: 60,
            diverging: true,
            validation: true,
        }
    }
}

/// Splitmix64, as numbers in 0 to 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal: mean 0, standard deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// The study of a recipe.
pub fn study(recipe: &Recipe) -> Study {
    let mut noise = Noise(7);
    let search =
        vec![Dimension { key: "lr".into(), range: Range::Numbers { low: 1e-4, high: 1.0, scale: Scale::Log } }];
    let tasks: Vec<TaskFacts> = recipe.tasks.iter().map(|name| task(name)).collect();
    let mut trials = Vec::new();
    for task in &tasks {
        for (place, label) in recipe.optimizers.iter().enumerate() {
            let rates: Vec<f64> = (0..recipe.configurations)
                .map(|i| 10f64.powf(-4.0 + 4.0 * (i as f64 + 0.5) / recipe.configurations as f64))
                .collect();
            let best = 10f64.powf(-1.2 - 0.6 * (place % 4) as f64);
            let distance = |rate: f64| (rate / best).log10();
            for (configuration, &rate) in rates.iter().enumerate() {
                for index in 0..recipe.tuning_seeds {
                    let diverged = distance(rate) > 0.9 + 0.3 * noise.next();
                    let plan = planned(task, label, TrialRole::Tuning, configuration, index, rate);
                    trials.push(trial(plan, task, recipe, distance(rate), place, diverged, &mut noise));
                }
            }
            let nearest = |a: &usize, b: &usize| distance(rates[*a]).abs().total_cmp(&distance(rates[*b]).abs());
            let chosen = (0..rates.len()).min_by(nearest).unwrap_or(0);
            for index in 0..recipe.seeds {
                let diverged = recipe.diverging && place % 3 == 2 && index % 7 == 3;
                let rate = rates.get(chosen).copied().unwrap_or(0.01);
                let plan = planned(task, label, TrialRole::Evaluation, chosen, index, rate);
                trials.push(trial(plan, task, recipe, distance(rate), place, diverged, &mut noise));
            }
        }
    }
    Study {
        question: Question {
            level: 0.05,
            endpoint: None,
            margin: Some(0.002),
            target_val_loss: None,
            earlier_looks: vec![],
            resampling_seed: 0,
        },
        design: Design {
            configurations: recipe.configurations,
            judged: Judged::Setting,
            choose_by: ChooseBy::Loss,
            tuning_seeds: (0..recipe.tuning_seeds as u64).collect(),
            evaluation_seeds: (1000..1000 + recipe.seeds as u64).collect(),
            fresh_seeds: vec![],
            search: search.clone(),
            extensions: 0,
            halving: None,
            varies: Varies::Initialisation,
        },
        tasks,
        optimizers: recipe
            .optimizers
            .iter()
            .map(|label| ContenderFacts {
                label: label.clone(),
                spec: format!("{label}:lr=0.001,weight_decay=0"),
                short: label.clone(),
                search: search.clone(),
                rate_given: false,
            })
            .collect(),
        trials,
        missing: 0,
    }
}

fn task(name: &str) -> TaskFacts {
    let kind = if name.starts_with("reg") {
        Kind::Regression { target: "mpg".into(), baseline_rmse: 7.8 }
    } else {
        Kind::Classification { classes: 10, majority: 0.101 }
    };
    TaskFacts {
        name: name.into(),
        fingerprint: "0".repeat(64),
        kind,
        train_rows: 1078,
        val_rows: 359,
        test_rows: 360,
        split_seed: 0,
        label_noise: 0.0,
        network: "64-32-32-10 relu".into(),
        parameters: 3466,
        loss: "cross-entropy".into(),
        batch_size: "32".into(),
        steps: 2000,
        schedule: "constant".into(),
        train: vec!["downhill".into(), "train".into(), name.into(), "--steps 2000".into()],
        notes: vec!["the target `class` is a class: it holds 10 distinct integers".into()],
    }
}

fn planned(task: &TaskFacts, label: &str, role: TrialRole, configuration: usize, index: usize, rate: f64) -> Planned {
    let seed = if role == TrialRole::Tuning { index as u64 } else { 1000 + index as u64 };
    Planned {
        id: format!("{}-{label}-{role:?}-{configuration}-{index}", task.name),
        task: task.name.clone(),
        optimizer: label.into(),
        role,
        configuration,
        index,
        seed,
        replicate: None,
        rung: None,
        steps: task.steps,
        spec: format!("{label}:lr={rate},weight_decay=0"),
        settings: vec![Setting { key: "lr".into(), value: Value::Number(rate) }],
    }
}

fn trial(
    planned: Planned,
    task: &TaskFacts,
    recipe: &Recipe,
    distance: f64,
    place: usize,
    diverged: bool,
    noise: &mut Noise,
) -> Trial {
    let regression = matches!(task.kind, Kind::Regression { .. });
    let wobble = 1.0 + 0.1 * noise.normal();
    let speed =
        (5.0 + 3.0 * (place % 3) as f64) * (-distance.abs()).exp() / task.steps as f64 * (1.0 + 0.06 * noise.normal());
    let floor = (0.07 + 0.012 * place as f64 + 0.05 * distance * distance) * wobble;
    let mut curve = TrialCurve::default();
    let end = if diverged { task.steps / 3 } else { task.steps };
    let rows = recipe.rows.max(1);
    for row in 0..=rows {
        let step = task.steps * row / rows;
        if step > end {
            break;
        }
        let t = step as f64;
        let train = 0.004 + 2.3 * (-speed * t).exp() * (1.0 + 0.03 * noise.normal());
        let val = floor + 2.3 * (-speed * t).exp() + 0.03 * t / task.steps as f64 + 0.002 * noise.normal();
        let blown = diverged && step + task.steps / rows > end;
        let keep = |x: f64| (!blown).then_some(x);
        curve.step.push(step);
        curve.train_loss.push(keep(train));
        curve.val_loss.push(keep(val).filter(|_| recipe.validation));
        if !regression {
            curve.train_accuracy.push(keep(1.0 - 0.39 * train.min(2.3)));
            curve.val_accuracy.push(keep((1.0 - 0.39 * val).clamp(0.0, 1.0)).filter(|_| recipe.validation));
        }
    }
    let figures = |row: usize| {
        let (train, val) = (curve.train_loss[row], curve.val_loss[row]);
        let part = |loss: Option<f64>| PartFigures {
            loss,
            accuracy: loss.filter(|_| !regression).map(|loss| (1.0 - 0.39 * loss).clamp(0.0, 1.0)),
            rmse: loss.filter(|_| regression).map(|loss| 10.0 * loss.abs().sqrt()),
        };
        let test = val.or(train).map(|loss| loss * 1.05).filter(|_| planned.role == TrialRole::Evaluation);
        Figures { step: curve.step[row], train: part(train), val: part(val), test: part(test) }
    };
    let best = (0..curve.step.len()).filter_map(|row| curve.val_loss[row].map(|loss| (row, loss)));
    let best = best.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| figures(row));
    let last = figures(curve.step.len() - 1);
    let outcome = TrialOutcome {
        id: planned.id.clone(),
        stop: if diverged { "diverged" } else { "steps" }.into(),
        diverged,
        steps: last.step,
        gradient_evaluations: last.step,
        best,
        last,
        curve,
        seconds: 0.5 + 0.1 * place as f64 + 0.01 * noise.next(),
        by: "downhill 0.1.0 (0123abc, x86-64-v4)".into(),
    };
    Trial { planned, outcome }
}
