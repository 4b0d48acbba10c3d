//! One trial: its plan and its outcome.

use serde::{Deserialize, Serialize};

/// A finished trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The plan.
    pub planned: Planned,
    /// The outcome.
    pub outcome: TrialOutcome,
}

/// One line of `plan.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Hash of everything that decides the trial's figures, in hex.
    pub id: String,
    /// The task's name.
    pub task: String,
    /// The optimizer's label.
    pub optimizer: String,
    /// Its purpose.
    pub role: TrialRole,
    /// Number of the configuration, from 0; within one optimizer of one task.
    pub configuration: usize,
    /// Place of its seed, from 0, in [`Design::evaluation_seeds`](crate::study::Design) (role evaluation), in the fresh
    /// seeds (role fresh), or in the tuning seeds.
    pub index: usize,
    /// Seed of initial weights and data order.
    pub seed: u64,
    /// The replicate, if it has a search of its own: under [`Folds`](crate::study::Folds) the number of the fold,
    /// `repeat × folds + fold`; where each seed searches for itself, the number of the seed.
    #[serde(alias = "fold")]
    pub replicate: Option<usize>,
    /// Under [`Halving`](crate::study::Halving) the rung, from 0.
    pub rung: Option<usize>,
    /// Updates to do; fewer than the task's in a lower rung.
    pub steps: u64,
    /// The optimizer's SPEC with every hyperparameter.
    pub spec: String,
    /// The searched settings, in the order of [`ContenderFacts::search`](crate::study::ContenderFacts).
    pub settings: Vec<Setting>,
}

/// The purpose of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialRole {
    /// Choosing a configuration. No test figure was computed.
    Tuning,
    /// Judging the chosen configuration.
    Evaluation,
    /// The setting that a seed's search kept, run again with a fresh seed: shown beside the judged runs, decides
    /// nothing.
    Fresh,
}

/// One setting of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The key, as in [`Dimension`](crate::study::Dimension).
    pub key: String,
    /// The value.
    pub value: Value,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// One of several choices.
    Text(String),
}

/// One line of `trials*.jsonl`. A figure that is not finite is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialOutcome {
    /// The trial's id.
    pub id: String,
    /// The reason why it ended, in kebab case: `steps`, `diverged`, …
    pub stop: String,
    /// Whether a loss became infinite or NaN.
    pub diverged: bool,
    /// Updates done.
    pub steps: u64,
    /// Gradient evaluations done: the unit of cost.
    pub gradient_evaluations: u64,
    /// Figures at the logged step with the lowest validation loss.
    pub best: Option<Figures>,
    /// Figures at the last step.
    pub last: Figures,
    /// Figures along the way.
    pub curve: TrialCurve,
    /// Its share of its population's wall time, in seconds.
    pub seconds: f64,
    /// Program version, revision and instruction set that ran it.
    pub by: String,
}

/// Figures of one set of weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Updates done.
    pub step: u64,
    /// Over the training rows.
    pub train: PartFigures,
    /// Over the validation rows.
    pub val: PartFigures,
    /// Over the test rows; all absent in a tuning trial.
    pub test: PartFigures,
}

/// Figures over one part of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartFigures {
    /// Mean loss.
    pub loss: Option<f64>,
    /// Share of rows predicted correctly; absent in a regression.
    pub accuracy: Option<f64>,
    /// Root mean squared error in the target's own unit; absent in a classification. On the training and validation
    /// rows too.
    pub rmse: Option<f64>,
}

/// The logged rows of a trial, column by column, all of one length. `None`: not finite, or not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialCurve {
    /// Updates done at each row; the first is 0.
    pub step: Vec<u64>,
    /// Mean loss over the whole training part.
    pub train_loss: Vec<Option<f64>>,
    /// Mean loss over the validation part.
    pub val_loss: Vec<Option<f64>>,
    /// Share of training rows predicted correctly; empty in a regression.
    pub train_accuracy: Vec<Option<f64>>,
    /// Share of validation rows predicted correctly; empty in a regression.
    pub val_accuracy: Vec<Option<f64>>,
}
