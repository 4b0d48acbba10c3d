//! The standings of the optimizers on one task.

use crate::endpoint::At;
use crate::gaps;
use crate::records::{Entry, TaskRecords};
use crate::study::{Judged, Kind, STRUCTURE, Study, TaskFacts, Varies, log_interval};
use crate::summary::summary;
use crate::targets;
use crate::trial::{Figures, Setting, Trial, Value};
use crate::tuning::{choice, chosen, kept, recommended, tuning};
use crate::verdict::{Chosen, Failures, FigureSummaries, PartSummaries, Recommended, Standing, Summary};
use downhill_spec::show_number;
use downhill_statistics::{Better, descriptive, median};

/// The standings of one task, best first by the endpoint's median, then by its mean, then in the user's order; an
/// optimizer without evaluation trials is last. Each comes with its place in the user's order.
pub(crate) fn standings(
    study: &Study,
    records: &TaskRecords<'_>,
    target: Option<f64>,
    equal_train_loss: Option<f64>,
) -> Vec<(usize, Standing)> {
    let lower_is_better = |value: f64| if records.endpoint.better() == Better::Lower { value } else { -value };
    let mut keyed: Vec<_> = (records.entries.iter().enumerate())
        .map(|(i, entry)| {
            let values = targets::sorted(entry.evaluation.iter().map(|t| lower_is_better(records.endpoint.value(t))));
            let middle = (median(&values), descriptive::mean(&values));
            let (median, mean) = (middle.0.unwrap_or(f64::INFINITY), middle.1.unwrap_or(f64::INFINITY));
            ((values.is_empty(), median, mean), (i, standing(study, records, entry, target, equal_train_loss)))
        })
        .collect();
    keyed.sort_by(|((none_a, median_a, mean_a), _), ((none_b, median_b, mean_b), _)| {
        none_a.cmp(none_b).then(median_a.total_cmp(median_b)).then(mean_a.total_cmp(mean_b))
    });
    keyed.into_iter().map(|(_, standing)| standing).collect()
}

fn standing(
    study: &Study,
    records: &TaskRecords<'_>,
    entry: &Entry<'_>,
    target: Option<f64>,
    equal_train_loss: Option<f64>,
) -> Standing {
    let seed = study.question.resampling_seed;
    let trials = &entry.evaluation;
    let values: Vec<f64> = trials.iter().map(|trial| records.endpoint.value(trial)).collect();
    let over = |of: &dyn Fn(&Trial) -> f64| -> Summary {
        summary(&trials.iter().map(|trial| of(trial)).collect::<Vec<f64>>(), seed)
    };
    let (steps, evaluations) = target.map(|target| targets::costs(entry, target)).unwrap_or_default();
    let middle = |costs: &[f64]| median(&targets::sorted(costs.iter().copied())).filter(|median| median.is_finite());
    let done: u64 = trials.iter().fold(0, |sum, trial| sum.saturating_add(trial.outcome.steps));
    let paid: u64 = trials.iter().fold(0, |sum, trial| sum.saturating_add(trial.outcome.gradient_evaluations));
    let (chosen, recommended) = (chosen(study, entry), recommended(study, entry));
    Standing {
        optimizer: entry.label().into(),
        choice: choice(study, entry, &chosen),
        train: train(study, records.task, entry, recommended.as_ref(), &chosen),
        failures: failures(study, records, entry),
        recommended,
        chosen,
        trials: trials.len(),
        failed: trials.iter().filter(|trial| failed(records, trial)).count(),
        diverged: trials.iter().filter(|trial| trial.outcome.diverged).count(),
        values: values.iter().map(|value| Some(*value).filter(|value| value.is_finite())).collect(),
        endpoint: summary(&values, seed),
        figures: figures(trials, seed),
        gap_at_end: over(&gaps::at_end),
        gap_at_equal_loss: match equal_train_loss {
            Some(level) => over(&|trial| gaps::at_equal_loss(trial, level)),
            None => Summary::default(),
        },
        steps_to_target: middle(&steps),
        evaluations_to_target: middle(&evaluations),
        reached_target: steps.iter().filter(|steps| steps.is_finite()).count(),
        evaluations_per_step: (done > 0).then(|| paid as f64 / done as f64),
        tuning: tuning(study, entry),
    }
}

/// Failures of the kept networks and of the same settings at fresh seeds; None unless each seed searched for itself.
fn failures(study: &Study, records: &TaskRecords<'_>, entry: &Entry<'_>) -> Option<Failures> {
    let kept = kept(study, entry);
    let fresh = if study.design.judged == Judged::Fresh { &entry.evaluation } else { &entry.fresh };
    let endpoint: Vec<f64> = fresh.iter().map(|trial| records.endpoint.value(trial)).collect();
    let count = |trials: &[&Trial]| trials.iter().filter(|trial| failed(records, trial)).count();
    // The larger the worse.
    let badness = |trial: &&Trial| match records.endpoint.better() {
        Better::Higher => -records.endpoint.value(trial),
        Better::Lower => records.endpoint.value(trial),
    };
    // A failed network would hide all others behind it.
    let sound = kept.iter().filter(|trial| !failed(records, trial));
    let worst = sound.map(badness).fold(f64::NEG_INFINITY, f64::max);
    (!kept.is_empty() && !fresh.is_empty()).then(|| Failures {
        kept: kept.len(),
        kept_failed: count(&kept),
        fresh: fresh.len(),
        fresh_failed: count(fresh),
        worse_than_kept: (study.design.judged == Judged::Search && worst > f64::NEG_INFINITY)
            .then(|| fresh.iter().filter(|trial| badness(trial) > worst).count()),
        fresh_endpoint: summary(&endpoint, study.question.resampling_seed),
    })
}

/// Whether a trial diverged, or its network is no better than a prediction that ignores the features. Judged on the
/// validation rows where no test figure was computed.
fn failed(records: &TaskRecords<'_>, trial: &Trial) -> bool {
    let Some(figures) = figures_at(trial, records.endpoint.at) else { return true };
    match &records.task.kind {
        Kind::Classification { majority, .. } => {
            figures.test.accuracy.or(figures.val.accuracy).is_some_and(|accuracy| accuracy <= *majority)
        }
        Kind::Regression { baseline_rmse, .. } => {
            figures.test.rmse.or(figures.val.rmse).is_some_and(|rmse| rmse >= *baseline_rmse)
        }
    }
}

/// The command that trains one network with the setting to use.
fn train(
    study: &Study,
    task: &TaskFacts,
    entry: &Entry<'_>,
    recommended: Option<&Recommended>,
    chosen: &[Chosen],
) -> Option<String> {
    let (contender, nothing) = (entry.contender, Vec::new());
    let settings = match (recommended, chosen) {
        (Some(recommended), _) => &recommended.settings,
        (None, [only]) if only.replicate.is_none() => &only.settings,
        (None, []) if contender.search.is_empty() => &nothing,
        _ => return None,
    };
    if task.train.is_empty() || contender.short.is_empty() || matches!(study.design.varies, Varies::Folds(_)) {
        return None;
    }
    // A setting of the task is an option, a setting of the optimizer belongs to its SPEC.
    let (of_task, of_optimizer): (Vec<_>, Vec<_>) =
        settings.iter().partition(|setting| STRUCTURE.contains(&setting.key.as_str()));
    let mut spec = contender.short.clone();
    for setting in of_optimizer {
        let separator = if spec.contains(':') { ',' } else { ':' };
        spec += &format!("{separator}{}={}", setting.key, shown(&setting.value));
    }
    let option = |setting: &Setting| format!("--{} {}", setting.key, shown(&setting.value));
    let mut words = task.train.clone();
    for setting in &of_task {
        words.retain(|word| !word.starts_with(&format!("--{} ", setting.key)));
    }
    words.insert(words.len().min(3), format!("-o {spec}"));
    words.extend(of_task.into_iter().map(option));
    // A trial logs, and so finds its lowest validation loss, at intervals that are a share of its own length.
    if !words.iter().any(|word| word.starts_with("--log-every ")) {
        let same = |trial: &&&Trial| trial.planned.settings == *settings;
        let steps = entry.tuning.iter().chain(&entry.evaluation).filter(same).map(|trial| trial.planned.steps).max()?;
        words.push(format!("--log-every {}", log_interval(steps)));
    }
    Some(words.join(" "))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => show_number(*number),
        Value::Text(text) => text.clone(),
    }
}

fn figures(trials: &[&Trial], seed: u64) -> FigureSummaries {
    let over = |at: At, worst: f64, of: &dyn Fn(&Figures) -> Option<f64>| {
        let value = |trial: &&Trial| figures_at(trial, at).and_then(of).filter(|value| value.is_finite());
        summary(&trials.iter().map(|trial| value(trial).unwrap_or(worst)).collect::<Vec<f64>>(), seed)
    };
    let (high, low) = (f64::INFINITY, f64::NEG_INFINITY);
    let parts = |at: At| PartSummaries {
        train_loss: over(at, high, &|figures| figures.train.loss),
        val_loss: over(at, high, &|figures| figures.val.loss),
        test_loss: over(at, high, &|figures| figures.test.loss),
        train_accuracy: over(at, low, &|figures| figures.train.accuracy),
        val_accuracy: over(at, low, &|figures| figures.val.accuracy),
        test_accuracy: over(at, low, &|figures| figures.test.accuracy),
        test_rmse: over(at, high, &|figures| figures.test.rmse),
    };
    FigureSummaries {
        best: parts(At::Best),
        last: parts(At::Last),
        best_step: over(At::Best, high, &|figures| Some(figures.step as f64)),
    }
}

/// A trial's figures at a moment; None if it diverged.
pub(crate) fn figures_at(trial: &Trial, at: At) -> Option<&Figures> {
    let outcome = &trial.outcome;
    let figures = match at {
        At::Best => outcome.best.as_ref(),
        At::Last => Some(&outcome.last),
    };
    figures.filter(|_| !outcome.diverged)
}
