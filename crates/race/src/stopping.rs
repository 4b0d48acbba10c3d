//! Stopping criteria.

use std::collections::VecDeque;
use std::fmt;

/// A criterion that ends a walk. A race has none by default; of several the first that holds ends the walk.
///
/// All criteria use the function itself: without gradient noise, over all data, at the optimizer's evaluation point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Criterion {
    /// The gradient's norm is below this.
    GradientNorm(f64),
    /// Over this many steps the loss stayed within a distance of at most this.
    LossChange {
        /// The largest difference.
        tolerance: f64,
        /// Steps.
        window: u64,
    },
    /// The loss is at most this.
    TargetLoss(f64),
    /// This many steps are done.
    MaxSteps(u64),
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Criterion::GradientNorm(limit) => write!(f, "gradient norm below {limit:e}"),
            Criterion::LossChange { tolerance, window } => {
                write!(f, "loss within {tolerance:e} over {window} steps")
            }
            Criterion::TargetLoss(target) => write!(f, "loss at most {target:e}"),
            Criterion::MaxSteps(steps) => write!(f, "{steps} steps done"),
        }
    }
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WalkEnd {
    /// The steps of the race are done.
    Steps,
    /// A criterion held.
    Met(Criterion),
    /// The loss or a coordinate was no longer finite.
    Diverged,
}

impl fmt::Display for WalkEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WalkEnd::Steps => f.write_str("steps spent"),
            WalkEnd::Met(criterion) => criterion.fmt(f),
            WalkEnd::Diverged => f.write_str("diverged"),
        }
    }
}

/// The state of a criterion during a walk.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    criterion: Criterion,
    /// The steps of a window with their losses, newest last.
    window: VecDeque<(u64, f64)>,
}

impl Watch {
    pub fn new(criterion: Criterion) -> Self {
        Self { criterion, window: VecDeque::new() }
    }

    /// Takes a step's figures into account; returns the criterion if it holds.
    pub fn see(&mut self, step: u64, loss: f64, grad_norm: f64) -> Option<Criterion> {
        let holds = match self.criterion {
            Criterion::GradientNorm(limit) => grad_norm < limit,
            Criterion::TargetLoss(target) => loss <= target,
            Criterion::MaxSteps(steps) => step >= steps,
            Criterion::LossChange { tolerance, window } => {
                // Of the losses at least a window old, keep the newest.
                let begin = step.saturating_sub(window);
                self.window.push_back((step, loss));
                while self.window.len() > 1 && self.window[1].0 <= begin {
                    self.window.pop_front();
                }
                let (low, high) =
                    self.window.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, loss)| {
                        (low.min(*loss), high.max(*loss))
                    });
                step >= window && self.window[0].0 <= begin && high - low <= tolerance
            }
        };
        holds.then_some(self.criterion)
    }
}
