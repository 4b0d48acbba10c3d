//! Generalisation gaps: how much worse unseen rows are than the training rows.

use crate::records::TaskRecords;
use crate::trial::Trial;

/// Test loss minus training loss at the last step; infinite for a trial that diverged or lacks one of the losses.
pub(crate) fn at_end(trial: &Trial) -> f64 {
    let last = &trial.outcome.last;
    let losses = last.test.loss.zip(last.train.loss).filter(|_| !trial.outcome.diverged);
    finite(losses.map(|(test, train)| test - train))
}

/// The training loss at which optimizers are compared: the lowest one reached by every evaluation trial that did not
/// diverge; None if there is no such trial.
///
/// Compared at their own ends, the optimizer that trains for longer has the wider gap. At an equal training loss the
/// gap shows how well the weights on the way there generalise.
pub(crate) fn equal_train_loss(records: &TaskRecords<'_>) -> Option<f64> {
    let trials = records.entries.iter().flat_map(|entry| entry.sound());
    let lowest = trials.filter_map(|trial| losses(&trial.outcome.curve.train_loss).reduce(f64::min));
    lowest.reduce(f64::max)
}

/// Validation loss minus training loss where the training loss first is `level` or below, on a straight line between
/// the logged rows around it (in the first row, or after one without a figure: in that row). Infinite for a trial that
/// diverged, never reached `level`, or has no validation loss there.
pub(crate) fn at_equal_loss(trial: &Trial, level: f64) -> f64 {
    let curve = &trial.outcome.curve;
    let (train, val) = (&curve.train_loss, &curve.val_loss);
    let reached = |loss: &Option<f64>| loss.is_some_and(|loss| loss <= level);
    let Some(row) = train.iter().position(reached).filter(|_| !trial.outcome.diverged) else {
        return f64::INFINITY;
    };
    let point = |row: usize| train.get(row).copied().flatten().zip(val.get(row).copied().flatten());
    let before = row.checked_sub(1).and_then(point);
    finite(point(row).map(|(train_here, val_here)| match before {
        Some((train_before, val_before)) => {
            let part = (train_before - level) / (train_before - train_here);
            val_before + part * (val_here - val_before) - level
        }
        None => val_here - train_here,
    }))
}

fn losses(column: &[Option<f64>]) -> impl Iterator<Item = f64> + '_ {
    column.iter().copied().flatten().filter(|loss| loss.is_finite())
}

fn finite(gap: Option<f64>) -> f64 {
    gap.filter(|gap| gap.is_finite()).unwrap_or(f64::INFINITY)
}
