//! Studies without training: each optimizer's result is planted, the noise drawn from our own streams.

use downhill_random::{Purpose, Stream};
use downhill_spec::Scale;
use downhill_verdict::study::{
    ChooseBy, ContenderFacts, Design, Dimension, Folds, Judged, Kind, Question, Range, TaskFacts, Varies,
};
use downhill_verdict::trial::{Figures, PartFigures, Planned, Setting, TrialCurve, TrialOutcome, TrialRole, Value};
use downhill_verdict::{Study, Trial, Verdict, judge};

/// Rows of the test part.
pub const TEST_ROWS: usize = 1_000;
/// Updates of a full trial, and between logged rows.
pub const STEPS: u64 = 100;
const LOG_EVERY: u64 = 10;
/// The rates that are tried.
pub const RATES: [f64; 5] = [1e-4, 1e-3, 1e-2, 1e-1, 1.0];

/// The planted results of one optimizer.
#[derive(Clone)]
pub struct Planted {
    pub label: &'static str,
    /// Mean test accuracy, or in a regression 1 minus a tenth of the mean test RMSE.
    pub accuracy: f64,
    /// Standard deviation of its own noise, beside that of the seed.
    pub noise: f64,
    /// The name of its noise stream: equal names and figures give equal trials.
    pub draws: &'static str,
    /// Evaluation seeds, by number, at which it diverges.
    pub diverges: Vec<usize>,
    /// Place in [`RATES`] of its best rate.
    pub best_rate: usize,
    /// Gradient evaluations of a step.
    pub gradients: u64,
    /// How fast its training loss falls, relative to the others'.
    pub speed: f64,
}

pub fn planted(label: &'static str, accuracy: f64) -> Planted {
    let diverges = Vec::new();
    Planted { label, accuracy, noise: 0.004, draws: label, diverges, best_rate: 2, gradients: 1, speed: 1.0 }
}

/// A study of one classification task, finished.
pub fn study(optimizers: &[Planted], seeds: usize) -> Study {
    study_of(optimizers, seeds, vec![digits("digits")], Varies::Initialisation)
}

/// A finished study.
pub fn study_of(optimizers: &[Planted], seeds: usize, tasks: Vec<TaskFacts>, varies: Varies) -> Study {
    let evaluation_seeds: Vec<u64> = (0..seeds as u64).map(|seed| 1_000 + seed).collect();
    let tuning_seeds = vec![1, 2, 3];
    let search =
        vec![Dimension { key: "lr".into(), range: Range::Numbers { low: 1e-4, high: 1.0, scale: Scale::Log } }];
    let folds: Vec<Option<usize>> = match varies {
        Varies::Folds(Folds { folds, repeats }) => (0..folds * repeats).map(Some).collect(),
        _ => vec![None],
    };
    let mut trials = Vec::new();
    for task in &tasks {
        for planted in optimizers {
            for fold in &folds {
                for configuration in 0..RATES.len() {
                    for (index, &seed) in tuning_seeds.iter().enumerate() {
                        trials.push(tuning(task, planted, *fold, configuration, index, seed));
                    }
                }
            }
            for (index, &seed) in evaluation_seeds.iter().enumerate() {
                let fold = matches!(varies, Varies::Folds(_)).then_some(index);
                trials.push(evaluation(task, planted, fold, index, seed));
            }
        }
    }
    let contender = |planted: &Planted| ContenderFacts {
        label: planted.label.into(),
        spec: format!("{}:lr=0.001", planted.label),
        short: planted.label.into(),
        search: search.clone(),
        rate_given: false,
    };
    Study {
        question: Question {
            level: 0.05,
            endpoint: None,
            margin: None,
            target_val_loss: None,
            earlier_looks: vec![],
            resampling_seed: 7,
        },
        design: Design {
            configurations: RATES.len(),
            judged: Judged::Setting,
            choose_by: ChooseBy::Loss,
            tuning_seeds,
            evaluation_seeds,
            fresh_seeds: vec![],
            search: search.clone(),
            extensions: 0,
            halving: None,
            varies,
        },
        optimizers: optimizers.iter().map(contender).collect(),
        tasks,
        trials,
        missing: 0,
    }
}

pub fn digits(name: &str) -> TaskFacts {
    task(name, Kind::Classification { classes: 10, majority: 0.1 })
}

pub fn mpg(name: &str) -> TaskFacts {
    task(name, Kind::Regression { target: "mpg".into(), baseline_rmse: 8.0 })
}

fn task(name: &str, kind: Kind) -> TaskFacts {
    TaskFacts {
        name: name.into(),
        fingerprint: "ab".into(),
        kind,
        train_rows: 3_000,
        val_rows: 1_000,
        test_rows: TEST_ROWS,
        split_seed: 0,
        label_noise: 0.0,
        network: "64-32-10 relu".into(),
        parameters: 2_410,
        loss: "cross-entropy".into(),
        batch_size: "32".into(),
        steps: STEPS,
        schedule: "constant".into(),
        train: vec!["downhill".into(), "train".into(), name.into(), "--hidden 32".into()],
        notes: vec![],
    }
}

/// The planned trial of one optimizer.
fn planned(
    task: &TaskFacts,
    planted: &Planted,
    role: TrialRole,
    configuration: usize,
    index: usize,
    seed: u64,
) -> Planned {
    let rate = RATES[configuration];
    Planned {
        id: format!("{} {} {role:?} {configuration} {index} {seed}", task.name, planted.label),
        task: task.name.clone(),
        optimizer: planted.label.into(),
        role,
        configuration,
        index,
        seed,
        replicate: None,
        rung: None,
        steps: STEPS,
        spec: format!("{}:lr={rate}", planted.label),
        settings: vec![Setting { key: "lr".into(), value: Value::Number(rate) }],
    }
}

/// The further from the best rate, the higher the loss; the highest rate diverges unless it is the best.
fn tuning(
    task: &TaskFacts,
    planted: &Planted,
    fold: Option<usize>,
    configuration: usize,
    index: usize,
    seed: u64,
) -> Trial {
    let away = configuration.abs_diff(planted.best_rate) as f64;
    let mut stream = Stream::new(seed + 100 * fold.unwrap_or(0) as u64, Purpose::Test, configuration as u64);
    let floor = 0.1 + 0.05 * away + 0.001 * stream.normal();
    let mut outcome = outcome(planted, floor, None);
    outcome.diverged = configuration == RATES.len() - 1 && planted.best_rate != configuration;
    Trial {
        planned: Planned { replicate: fold, ..planned(task, planted, TrialRole::Tuning, configuration, index, seed) },
        outcome,
    }
}

fn evaluation(task: &TaskFacts, planted: &Planted, fold: Option<usize>, index: usize, seed: u64) -> Trial {
    let name = planted.draws.bytes().fold(0u64, |hash, byte| 31 * hash + u64::from(byte));
    let place = task.name.bytes().fold(0u64, |hash, byte| 31 * hash + u64::from(byte)) % 1_000;
    let shared = Stream::new(seed, Purpose::Test, 10_000 + place).normal();
    let own = Stream::new(seed, Purpose::Test, 20_000 + place + name % 10_007).normal();
    let right = ((planted.accuracy + 0.01 * shared + planted.noise * own) * TEST_ROWS as f64).round();
    let accuracy = right.clamp(0.0, TEST_ROWS as f64) / TEST_ROWS as f64;
    let test = match task.kind {
        Kind::Classification { .. } => PartFigures { loss: Some(1.0 - accuracy), accuracy: Some(accuracy), rmse: None },
        Kind::Regression { .. } => {
            let rmse = 10.0 * (1.0 - planted.accuracy) + 0.1 * shared + 10.0 * planted.noise * own;
            PartFigures { loss: Some(rmse * rmse), accuracy: None, rmse: Some(rmse) }
        }
    };
    let mut outcome = outcome(planted, 0.1 + 0.005 * own, Some(test));
    outcome.diverged = planted.diverges.contains(&index);
    Trial {
        planned: Planned {
            replicate: fold,
            ..planned(task, planted, TrialRole::Evaluation, planted.best_rate, index, seed)
        },
        outcome,
    }
}

/// A training loss that falls to `floor - 0.05` and a validation loss that is lowest, `floor`, at step 80.
fn outcome(planted: &Planted, floor: f64, test: Option<PartFigures>) -> TrialOutcome {
    let steps: Vec<u64> = (0..=STEPS / LOG_EVERY).map(|row| row * LOG_EVERY).collect();
    let train = |step: u64| floor - 0.05 + 2.0 * (-0.08 * planted.speed * step as f64).exp();
    let val = |step: u64| train(step).max(floor) + 0.001 * step.abs_diff(80) as f64;
    let column = |of: &dyn Fn(u64) -> f64| steps.iter().map(|&step| Some(of(step))).collect::<Vec<_>>();
    let figures = |step: u64| Figures {
        step,
        train: PartFigures { loss: Some(train(step)), ..PartFigures::default() },
        val: PartFigures { loss: Some(val(step)), ..PartFigures::default() },
        test: test.unwrap_or_default(),
    };
    let lowest = steps.iter().copied().min_by(|a, b| val(*a).total_cmp(&val(*b))).unwrap_or(0);
    TrialOutcome {
        id: String::new(),
        stop: "steps".into(),
        diverged: false,
        steps: STEPS,
        gradient_evaluations: STEPS * planted.gradients,
        best: Some(figures(lowest)),
        last: figures(STEPS),
        curve: TrialCurve { train_loss: column(&train), val_loss: column(&val), step: steps, ..TrialCurve::default() },
        seconds: 1.5,
        by: "downhill 0.1.0, avx2".into(),
    }
}

pub fn judged(study: &Study) -> Verdict {
    judge(study).expect("a legal study has a verdict")
}

/// Drops the evaluation trials of an optimizer from seed number `from` on.
pub fn without(mut study: Study, optimizer: &str, from: usize) -> Study {
    let before = study.trials.len();
    study.trials.retain(|trial| {
        let planned = &trial.planned;
        planned.role == TrialRole::Tuning || planned.optimizer != optimizer || planned.index < from
    });
    study.missing += before - study.trials.len();
    study
}
