//! The end of a member, and the reason.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt;

/// The criteria; `None` is off. All may be on at once: the first that holds ends the member.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stopping {
    /// The norm of a batch's gradient falls below this, before clipping; checked in every update.
    pub grad_norm: Option<f64>,
    /// Over the last rows logged, the training loss stays within this distance.
    pub loss_change: Option<LossChange>,
    /// The training loss at a logged row is at most this.
    pub target_loss: Option<f64>,
    /// The validation accuracy (training accuracy without validation data) at a logged row is at least this.
    pub target_accuracy: Option<f64>,
    /// This many consecutive logged rows without a lower validation loss (training loss without validation data).
    pub patience: Option<u64>,
}

/// A window on the training loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossChange {
    /// Largest difference within the window.
    pub tolerance: f64,
    /// Logged rows in the window, at least 2.
    pub window: usize,
}

/// Why a member ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The updates asked for are done.
    Steps,
    /// The epochs asked for are done.
    Epochs,
    /// The gradient's norm fell below the threshold.
    GradientNorm,
    /// The training loss no longer changed.
    LossChange,
    /// The training loss reached its target.
    TargetLoss,
    /// The accuracy reached its target.
    TargetAccuracy,
    /// The validation loss no longer fell.
    Patience,
    /// A loss became infinite or NaN.
    Diverged,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Steps => "steps spent",
            StopReason::Epochs => "epochs spent",
            StopReason::GradientNorm => "gradient norm below the threshold",
            StopReason::LossChange => "training loss no longer changes",
            StopReason::TargetLoss => "target loss reached",
            StopReason::TargetAccuracy => "target accuracy reached",
            StopReason::Patience => "validation loss no longer falls",
            StopReason::Diverged => "diverged",
        })
    }
}

/// Where and why a member ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The reason.
    pub reason: StopReason,
    /// Number of updates.
    pub step: u64,
}

/// The state of the criteria over a member's logged rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// The last training losses, newest last.
    losses: VecDeque<f64>,
    /// The lowest watched loss.
    #[serde(with = "crate::exact::option")]
    lowest: Option<f64>,
    /// Logged rows since the lowest watched loss.
    since_lowest: u64,
}

/// The figures of a logged row that the criteria use.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Loss over the training part.
    pub train_loss: f64,
    /// Loss over the validation part, or the training loss without one.
    pub watched_loss: f64,
    /// Accuracy over the validation part, or over the training part without one.
    pub accuracy: Option<f64>,
}

impl Watch {
    /// Takes a logged row into account; returns the reason if a criterion ends the member.
    pub fn see(&mut self, stopping: &Stopping, seen: Seen) -> Option<StopReason> {
        if !seen.train_loss.is_finite() {
            return Some(StopReason::Diverged);
        }
        if !seen.watched_loss.is_nan() && self.lowest.is_none_or(|lowest| seen.watched_loss < lowest) {
            self.lowest = Some(seen.watched_loss);
            self.since_lowest = 0;
        } else {
            self.since_lowest += 1;
        }
        if stopping.target_loss.is_some_and(|target| seen.train_loss <= target) {
            return Some(StopReason::TargetLoss);
        }
        if stopping.target_accuracy.is_some_and(|target| seen.accuracy.is_some_and(|a| a >= target)) {
            return Some(StopReason::TargetAccuracy);
        }
        if let Some(LossChange { tolerance, window }) = stopping.loss_change {
            self.losses.push_back(seen.train_loss);
            while self.losses.len() > window {
                self.losses.pop_front();
            }
            let (low, high) = self
                .losses
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &loss| (low.min(loss), high.max(loss)));
            if self.losses.len() == window && high - low <= tolerance {
                return Some(StopReason::LossChange);
            }
        }
        stopping.patience.filter(|&patience| self.since_lowest >= patience).map(|_| StopReason::Patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(stopping: Stopping, losses: &[f64]) -> Option<(usize, StopReason)> {
        let mut watch = Watch::default();
        losses.iter().enumerate().find_map(|(i, &loss)| {
            let seen = Seen { train_loss: loss, watched_loss: loss, accuracy: Some(1.0 - loss) };
            watch.see(&stopping, seen).map(|reason| (i, reason))
        })
    }

    #[test]
    fn each_criterion_ends_at_its_row() {
        let losses = [0.9, 0.5, 0.3, 0.31, 0.32, 0.29, 0.2905, 0.2902, 0.1];
        let off = Stopping::default();
        assert_eq!(ends(off, &losses), None);
        let on = Stopping { target_loss: Some(0.3), ..off };
        assert_eq!(ends(on, &losses), Some((2, StopReason::TargetLoss)));
        let on = Stopping { target_accuracy: Some(0.7), ..off };
        assert_eq!(ends(on, &losses), Some((2, StopReason::TargetAccuracy)));
        let on = Stopping { loss_change: Some(LossChange { tolerance: 1e-3, window: 3 }), ..off };
        assert_eq!(ends(on, &losses), Some((7, StopReason::LossChange)));
        let on = Stopping { patience: Some(2), ..off };
        assert_eq!(ends(on, &losses), Some((4, StopReason::Patience)));
        let on = Stopping { patience: Some(3), ..off };
        assert_eq!(ends(on, &losses), None);
        assert_eq!(ends(off, &[0.9, f64::NAN]), Some((1, StopReason::Diverged)));
        assert_eq!(ends(off, &[f64::INFINITY]), Some((0, StopReason::Diverged)));
    }
}
