//! Which of the two generalises better, tested like `downhill compare`.

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::training::monitor;
use downhill_chart::curves::{AxisScale, LineStyle, Panel};
use downhill_data::{Draw, LoadOptions, Preparation, Prepared, load, prepare};
use downhill_optim::Registry;
use downhill_spec::Scale;
use downhill_study::complete::{Completed, Memory, complete};
use downhill_study::search::RATE;
use downhill_study::{Contender, Protocol, Subject, Workers, facts};
use downhill_train::{Budget, Task};
use downhill_verdict::selection::Chooser;
use downhill_verdict::study::{Dimension, Judged, Question, Range, Varies};
use downhill_verdict::trial::Value;
use downhill_verdict::verdict::{Chosen, Pair, Standing, TaskVerdict, Weight};
use downhill_verdict::{Study, Verdict, judge};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "sgd-versus-adam",
    title: "Which generalises better, SGD or Adam?",
    source: "asked by Wilson et al. 2017, Choi et al. 2019, Schmidt, Schneider and Hennig 2021 and many others",
    says: "Wilson et al.: adaptive methods generalise worse. Choi et al.: well tuned, they never do. No number is promised \
           here: what comes out is a verdict with its uncertainty, and where nothing can be told apart it says so.",
    recipe: "What `downhill compare` does unless told otherwise: a network with two hidden layers of 32 relu units, batches \
             of 32, 2,000 steps; at each of 20 seeds a whole search, 12 learning rates from 0.0001 to 10, of which the one with \
             the lowest validation loss is kept; then the test accuracy of what was kept, at the step with the lowest validation \
             loss. Digits, wine, breast cancer, and moons with a fifth of the training labels wrong.",
    commands: &[
        "downhill compare digits wine breast-cancer -o sgd -o adam",
        "downhill compare moons --label-noise 0.2 -o sgd -o adam",
    ],
    work: run,
};

/// The data, and the share of training labels that become wrong.
const DATA: [(&str, f64); 4] = [("digits", 0.0), ("wine", 0.0), ("breast-cancer", 0.0), ("moons", 0.2)];
const OPTIMIZERS: [&str; 2] = ["sgd", "adam"];
const SEEDS: u64 = 20;
const CONFIGURATIONS: usize = 12;
const STEPS: u64 = 2_000;
/// The learning rates for all, as in `downhill compare`.
const RATES: (f64, f64) = (1e-4, 10.0);

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let study = compared(setting, &DATA, STEPS)?;
    let verdict = judge(&study)?;
    Ok(Evidence { findings: findings(&verdict), notes: notes(&verdict), pictures: pictures(&verdict) })
}

/// The comparison on some data, finished.
fn compared(setting: &Conditions, data: &[(&str, f64)], steps: u64) -> Result<Study, ExperimentError> {
    let (mut subjects, mut tasks) = (Vec::new(), Vec::new());
    for &(name, noise) in data {
        let (subject, prepared) = subject(name, noise, steps)?;
        tasks.push(facts::task(&subject, &prepared));
        subjects.push(subject);
    }
    let protocol = Protocol {
        subjects,
        contenders: OPTIMIZERS.into_iter().map(contender).collect::<Result<_, _>>()?,
        configurations: CONFIGURATIONS,
        judged: Judged::Search,
        chooser: Chooser::default(),
        tuning_seeds: (0..SEEDS).map(|i| setting.seed + i).collect(),
        evaluation_seeds: (0..SEEDS).map(|i| setting.seed + i).collect(),
        fresh_seeds: Vec::new(),
        search_seed: 0,
        halving: false,
        extend: false,
        varies: Varies::Initialisation,
    };
    let study = Study {
        question: Question {
            level: 0.05,
            endpoint: None,
            margin: None,
            target_val_loss: None,
            earlier_looks: Vec::new(),
            resampling_seed: 0,
        },
        design: facts::design(&protocol),
        tasks,
        optimizers: protocol.contenders.iter().map(facts::contender).collect(),
        trials: Vec::new(),
        missing: 0,
    };
    let workers = Workers { threads: setting.threads, population: None, by: "downhill reproduce".into() };
    // Never interrupted; a study without its trials would be reported as not final.
    let completed = complete(&protocol, &study, &workers, &monitor(), &mut Memory::default())?;
    Ok(completed.map_or(study, Completed::study))
}

/// A data set with everything at the defaults of `downhill compare`.
fn subject(name: &str, label_noise: f64, steps: u64) -> Result<(Subject, Prepared), ExperimentError> {
    let task = Task {
        preparation: Preparation { label_noise, ..Preparation::default() },
        budget: Budget::Steps(steps),
        ..Task::new(load(name, &LoadOptions::default())?)?
    };
    let prepared = prepare(&task.dataset, &task.preparation, Draw::Fixed)?;
    let (fingerprint, train_rows) = (task.dataset.fingerprint(), prepared.split.train.len());
    Ok((Subject { name: name.into(), fingerprint, task, train_rows }, prepared))
}

fn contender(name: &str) -> Result<Contender, ExperimentError> {
    let range = Range::Numbers { low: RATES.0, high: RATES.1, scale: Scale::Log };
    let spec = Registry::builtin().parse(name)?;
    Ok(Contender { label: name.into(), spec, search: vec![Dimension { key: RATE.into(), range }] })
}

/// Adam minus SGD on a task, in percentage points: the mean difference and the ends of its interval.
fn difference(pair: &Pair) -> [f64; 3] {
    let (low, high) = pair.interval;
    let low = low.unwrap_or(f64::NEG_INFINITY);
    let high = high.unwrap_or(f64::INFINITY);
    let mean = pair.difference.unwrap_or(f64::NAN);
    let ordered = if pair.first == "adam" { [mean, low, high] } else { [-mean, -high, -low] };
    ordered.map(|x| 100.0 * x)
}

fn findings(verdict: &Verdict) -> Vec<Measured> {
    let mut findings = Vec::new();
    for task in &verdict.tasks {
        for pair in &task.pairs {
            let what = [
                "test accuracy of adam minus that of sgd, mean of 20 seeds, percentage points".to_string(),
                format!("lower end of its {} % interval", 100.0 * (1.0 - pair.interval_level)),
                "upper end".into(),
            ];
            let told = what.into_iter().zip(difference(pair));
            findings.extend(
                told.map(|(what, found)| Measured::new(format!("{}: {what}", task.task), found, Expected::Told)),
            );
        }
    }
    findings
}

fn notes(verdict: &Verdict) -> Vec<String> {
    let mut notes = Vec::new();
    for task in &verdict.tasks {
        notes.extend(task.sentences.iter().map(|sentence| format!("{}: {sentence}", task.task)));
        for standing in &task.standings {
            let of = |chosen: &Chosen| number(&chosen.settings, RATE);
            let mut rates: Vec<f64> = standing.chosen.iter().filter_map(of).collect();
            rates.sort_by(f64::total_cmp);
            if let [lowest, .., highest] = rates.as_slice() {
                let (task, optimizer) = (&task.task, &standing.optimizer);
                let middle = rates[rates.len() / 2];
                notes.push(format!("{task}: the searches of {optimizer} kept rates from {lowest} to {highest}, the middle one {middle}."));
            }
        }
    }
    notes.extend(verdict.overall.iter().flat_map(|overall| overall.sentences.iter().cloned()));
    notes.extend(verdict.tasks.first().map(|task| task.covers.clone()));
    for warning in verdict.audit.iter().filter(|finding| finding.weight == Weight::Warning) {
        let about: Vec<&str> = [&warning.task, &warning.optimizer].into_iter().flatten().map(String::as_str).collect();
        notes.push(format!("Audit, {}: {}", about.join(", "), warning.text));
    }
    notes
}

/// The value of a numeric setting.
fn number(settings: &[downhill_verdict::trial::Setting], key: &str) -> Option<f64> {
    settings.iter().find(|setting| setting.key == key).and_then(|setting| match setting.value {
        Value::Number(value) => Some(value),
        Value::Text(_) => None,
    })
}

fn standing<'a>(task: &'a TaskVerdict, optimizer: &str) -> Option<&'a Standing> {
    task.standings.iter().find(|standing| standing.optimizer == optimizer)
}

fn pictures(verdict: &Verdict) -> Vec<Picture> {
    let line = |(group, task): (usize, &TaskVerdict)| {
        let (sgd, adam) = (standing(task, "sgd")?, standing(task, "adam")?);
        let values = adam.values.iter().zip(&sgd.values);
        let mut sorted: Vec<f64> = values.filter_map(|(adam, sgd)| Some((*adam)? - (*sgd)?)).collect();
        sorted.sort_by(f64::total_cmp);
        let points = sorted.into_iter().enumerate().map(|(place, y)| (place as f64 + 1.0, y)).collect();
        Some(curve(task.task.as_str(), group, LineStyle::Solid, points))
    };
    let mut lines: Vec<_> = verdict.tasks.iter().enumerate().filter_map(line).collect();
    lines.push(curve("no difference", 6, LineStyle::Dotted, vec![(1.0, 0.0), (SEEDS as f64, 0.0)]));
    let differences = panel("", "seeds, by their difference", "test accuracy of adam minus that of sgd", lines);
    let tuning = |task: &TaskVerdict| {
        let line = |(group, optimizer): (usize, &str)| {
            let tuning = standing(task, optimizer)?.tuning.as_ref()?;
            let mut points: Vec<(f64, f64)> = Vec::new();
            for configuration in &tuning.configurations {
                if let Some(rate) = number(&configuration.settings, RATE) {
                    points.push((rate, configuration.score.unwrap_or(f64::NAN)));
                }
            }
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            Some(curve(optimizer, group, LineStyle::Solid, points))
        };
        let curves = OPTIMIZERS.into_iter().enumerate().filter_map(line).collect();
        Panel {
            x_scale: AxisScale::Log,
            scale: AxisScale::Log,
            ..panel(&task.task, "learning rate", "lowest validation loss, mean of 20 seeds", curves)
        }
    };
    let ends = [verdict.tasks.first(), verdict.tasks.last()];
    vec![
        picture(
            "differences",
            "Every point is a seed at which both searched for themselves, from the same weights, batches and rates; above 0 adam \
             is better. A line on both sides of 0 tells nothing apart.",
            "SGD or Adam?",
            "both searched alike at each of 20 seeds",
            vec![differences],
        ),
        picture(
            "tuning",
            "At each seed both try the same 12 learning rates, one in each part of the range. Adam's best ones are far smaller; a \
             comparison at one rate for both would only measure that.",
            "Each at its own best rate",
            "two of the four data sets",
            ends.into_iter().flatten().map(tuning).collect(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trial_is_run_and_threads_change_nothing() {
        let verdict = |threads| {
            let study = compared(&Conditions { seed: 0, threads }, &[("wine", 0.0), ("moons", 0.2)], 20).unwrap();
            assert_eq!((study.missing, study.trials.len()), (0, 2 * 2 * 20 * (12 + 1)));
            judge(&study).unwrap()
        };
        let here = verdict(1);
        assert_eq!(here, verdict(3));
        assert_eq!(here.tasks.len(), 2);
        assert_eq!(findings(&here).len(), 2 * 3);
        assert!(findings(&here).iter().all(|finding| finding.holds().is_none()));
        let sentences = here.tasks.iter().flat_map(|task| &task.sentences);
        assert!(sentences.clone().count() >= 2);
        for sentence in sentences {
            assert!(notes(&here).iter().any(|note| note.ends_with(sentence)), "{sentence}");
        }
    }

    #[test]
    fn a_difference_is_always_adam_minus_sgd() {
        let study = compared(&Conditions::default(), &[("moons", 0.2)], 20).unwrap();
        let verdict = judge(&study).unwrap();
        let task = &verdict.tasks[0];
        let mean = |optimizer| standing(task, optimizer).unwrap().endpoint.mean.unwrap();
        let [difference, low, high] = difference(&task.pairs[0]);
        assert!((difference - 100.0 * (mean("adam") - mean("sgd"))).abs() < 1e-9);
        assert!(low <= difference && difference <= high);
    }
}
