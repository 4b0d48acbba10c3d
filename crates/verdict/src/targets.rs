//! The cost of reaching a validation loss.

use crate::records::{Entry, TaskRecords};
use crate::selection::score;
use crate::trial::Trial;

/// The default target: the weakest optimizer's median lowest validation loss; of an even number of trials the upper of
/// the two in the middle, so that every optimizer reaches it at more than half of its seeds and has a median cost. An
/// optimizer whose median trial diverged is left out; None if all are.
pub(crate) fn default_target(records: &TaskRecords<'_>) -> Option<f64> {
    let upper_median = |entry: &Entry<'_>| {
        let lowest = sorted(entry.evaluation.iter().map(|trial| score(trial)));
        lowest.get(lowest.len() / 2).copied().filter(|loss| loss.is_finite())
    };
    records.entries.iter().filter_map(upper_median).reduce(f64::max)
}

/// Updates, and gradient evaluations, at the first logged row whose validation loss is `target` or below; both infinite
/// for a trial that never reaches it, or that diverged, before or after.
///
/// Only logged rows count: nothing is interpolated, so costs are multiples of the logging interval. Gradient
/// evaluations are the updates times the trial's own average of a step.
pub(crate) fn cost(trial: &Trial, target: f64) -> (f64, f64) {
    let outcome = &trial.outcome;
    let reached = |loss: &Option<f64>| loss.is_some_and(|loss| loss <= target);
    let row = outcome.curve.val_loss.iter().position(reached).filter(|_| !outcome.diverged);
    match row.and_then(|row| outcome.curve.step.get(row)) {
        Some(&step) if outcome.steps > 0 => {
            let each = outcome.gradient_evaluations as f64 / outcome.steps as f64;
            (step as f64, step as f64 * each)
        }
        Some(&step) => (step as f64, step as f64),
        None => (f64::INFINITY, f64::INFINITY),
    }
}

/// The costs of an optimizer's evaluation trials, by seed: updates and gradient evaluations.
pub(crate) fn costs(entry: &Entry<'_>, target: f64) -> (Vec<f64>, Vec<f64>) {
    entry.evaluation.iter().map(|trial| cost(trial, target)).unzip()
}

/// Rising numbers.
pub(crate) fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}
