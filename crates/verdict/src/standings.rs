//! How each optimizer did on one task.

use crate::endpoint::At;
use crate::gaps;
use crate::records::{Entry, TaskRecords};
use crate::study::Study;
use crate::summary::summary;
use crate::targets;
use crate::trial::{Figures, Trial};
use crate::tuning::{choice, chosen, recommended, tuning};
use crate::verdict::{FigureSummaries, PartSummaries, Standing, Summary};
use downhill_statistics::{Better, descriptive, median};

/// The standings of one task, best first by the endpoint's median, then by its mean, then in the user's order; one
/// without evaluation trials is last. With each its place in the user's order.
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
    let chosen = chosen(study, entry);
    Standing {
        optimizer: entry.label().into(),
        choice: choice(study, entry, &chosen),
        chosen,
        recommended: recommended(study, entry),
        trials: trials.len(),
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

/// A trial's figures at a moment; none if it diverged.
pub(crate) fn figures_at(trial: &Trial, at: At) -> Option<&Figures> {
    let outcome = &trial.outcome;
    let figures = match at {
        At::Best => outcome.best.as_ref(),
        At::Last => Some(&outcome.last),
    };
    figures.filter(|_| !outcome.diverged)
}
