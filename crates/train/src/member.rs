//! A member of a session: before its first update, at its logged rows, at its end.

use crate::exact;
use crate::stopping::{Stop, Watch};
use downhill_optim::OptimizerSpec;
use downhill_population::Values;
use serde::{Deserialize, Serialize};

/// A member before its first update.
#[derive(Clone)]
pub struct MemberSpec {
    /// Its seed: data order, and any other draws of its owner.
    pub seed: u64,
    /// Its optimizer with its hyperparameters; all members of a session share the rule.
    pub optimizer: OptimizerSpec,
    /// Its initial parameters.
    pub values: Values,
}

/// One logged row: figures of the parameters after `step` updates. Figures that were not measured are `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The member's seed.
    pub seed: u64,
    /// Updates done.
    pub step: u64,
    /// Passes over the training rows done.
    pub epoch: f64,
    /// Training rows seen.
    pub samples: u64,
    /// Mean loss over the whole training part.
    #[serde(with = "exact")]
    pub train_loss: f64,
    /// Share of training rows predicted correctly.
    pub train_accuracy: Option<f64>,
    /// Mean loss over the validation part.
    #[serde(with = "exact::option")]
    pub val_loss: Option<f64>,
    /// Share of validation rows predicted correctly.
    pub val_accuracy: Option<f64>,
    /// Learning rate of update `step`.
    pub lr: Option<f64>,
    /// Norm of the update's gradient, before clipping.
    #[serde(with = "exact::option")]
    pub grad_norm: Option<f64>,
    /// Norm of the step over the norm of the parameters before it.
    #[serde(with = "exact::option")]
    pub update_ratio: Option<f64>,
    /// Seconds since the start, stops left out.
    pub seconds: f64,
}

/// The logged row with the lowest validation loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// Its figures.
    pub row: Row,
    /// The parameters there.
    pub values: Values,
}

/// A member of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its seed.
    pub seed: u64,
    /// Where and why it ended, if it has.
    pub stop: Option<Stop>,
    /// Its newest logged row.
    pub last_row: Option<Row>,
    /// Its row with the lowest validation loss; None without validation data, or before the first row.
    pub best: Option<Best>,
    /// Its parameters, once it has ended.
    pub values: Option<Values>,
    /// Number of its gradient evaluations, once it has ended.
    pub evaluations: u64,
    pub(crate) watch: Watch,
}
