//! Medians and quartile bands of the logged curves.

use downhill_chart::statistics::{MedianAndBand, median_and_band};
use downhill_verdict::trial::{Trial, TrialCurve};

/// A column of the logged curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    TrainLoss,
    ValLoss,
    TrainAccuracy,
    ValAccuracy,
}

impl Measured {
    pub(crate) const ALL: [Self; 4] = [Self::TrainLoss, Self::ValLoss, Self::TrainAccuracy, Self::ValAccuracy];

    pub(crate) fn is_accuracy(self) -> bool {
        matches!(self, Self::TrainAccuracy | Self::ValAccuracy)
    }

    pub(crate) fn column(self, curve: &TrialCurve) -> &[Option<f64>] {
        match self {
            Self::TrainLoss => &curve.train_loss,
            Self::ValLoss => &curve.val_loss,
            Self::TrainAccuracy => &curve.train_accuracy,
            Self::ValAccuracy => &curve.val_accuracy,
        }
    }
}

/// The pointwise median over the trials and the band between the quartiles; None where nothing was measured.
///
/// From its divergence on a trial counts as the worst, so a median or an end of the band may be infinite.
pub(crate) fn band(trials: &[&Trial], measured: Measured) -> Option<MedianAndBand> {
    let is_measured =
        |trial: &&&Trial| trial.outcome.diverged || measured.column(&trial.outcome.curve).iter().any(Option::is_some);
    let runs: Vec<Vec<(f64, f64)>> = trials.iter().filter(is_measured).map(|trial| run(trial, measured)).collect();
    let something = runs.iter().flatten().any(|point| point.1.is_finite());
    let worst = if measured.is_accuracy() { f64::NEG_INFINITY } else { f64::INFINITY };
    something.then(|| median_and_band(&runs, 0.25, 0.75, worst))
}

/// The points of one trial, NaN for values that are not finite.
fn run(trial: &Trial, measured: Measured) -> Vec<(f64, f64)> {
    let curve = &trial.outcome.curve;
    let value = |row: usize| measured.column(curve).get(row).copied().flatten().unwrap_or(f64::NAN);
    let mut points: Vec<(f64, f64)> =
        curve.step.iter().enumerate().map(|(row, &step)| (step as f64, value(row))).collect();
    // The trial may have diverged after its last logged row.
    if trial.outcome.diverged && points.last().is_none_or(|point| point.1.is_finite()) {
        points.push((points.last().map_or(0.0, |point| point.0 + 1.0), f64::NAN));
    }
    points
}
