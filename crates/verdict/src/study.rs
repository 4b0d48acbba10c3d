//! A study and its finished trials: the input of every verdict and of every report.

use crate::endpoint::Endpoint;
use crate::trial::Trial;
use downhill_spec::Scale;
use serde::{Deserialize, Serialize};

/// A study with its trials, finished or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// The question.
    pub question: Question,
    /// The design.
    pub design: Design,
    /// The tasks, in the user's order.
    pub tasks: Vec<TaskFacts>,
    /// The optimizers, in the user's order.
    pub optimizers: Vec<ContenderFacts>,
    /// The finished trials, in the order of the plan.
    pub trials: Vec<Trial>,
    /// Number of planned trials that are not finished. Evaluation trials that cannot be planned yet, since tuning is
    /// not done, count too.
    pub missing: usize,
}

impl Study {
    /// Whether settings were searched. A single configuration is no search, nor is a single choice.
    pub fn searched(&self) -> bool {
        let open = |dimension: &Dimension| !matches!(&dimension.range, Range::Choices(choices) if choices.len() < 2);
        self.design.configurations > 1 && self.optimizers.iter().any(|contender| contender.search.iter().any(open))
    }
}

/// The question of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The accepted rate of false alarms, such as 0.05, over all pairs of one task.
    pub level: f64,
    /// The deciding measure; None is each task's own default ([`Endpoint::of`]).
    pub endpoint: Option<Endpoint>,
    /// The largest difference that does not matter, in the endpoint's own unit (an accuracy: a fraction).
    pub margin: Option<f64>,
    /// The target of "steps to the target", a validation loss; None is the weakest optimizer's median lowest validation
    /// loss (the upper of the two in the middle).
    pub target_val_loss: Option<f64>,
    /// Numbers of evaluation seeds at which earlier verdicts were given. Every look costs part of the level.
    pub earlier_looks: Vec<usize>,
    /// Seed of the statistics' random draws.
    pub resampling_seed: u64,
}

/// The design of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Configurations of each optimizer that has something to search.
    pub configurations: usize,
    /// The judged subject: optimizers with their searches, or settings. Records without this field judge settings.
    #[serde(default)]
    pub judged: Judged,
    /// The measure by which a search chooses.
    #[serde(default)]
    pub choose_by: ChooseBy,
    /// Seeds that every configuration is tried with; where each seed searches for itself ([`Judged::Search`],
    /// [`Judged::Fresh`]), the seed of each replicate's search.
    pub tuning_seeds: Vec<u64>,
    /// Seeds that are judged, one for each replicate. Under [`Folds`] one for each fold.
    pub evaluation_seeds: Vec<u64>,
    /// Under [`Judged::Search`] the seeds with which each search's kept setting runs once more, one for each replicate.
    #[serde(default)]
    pub fresh_seeds: Vec<u64>,
    /// The settings searched for every optimizer that has them, the learning rate first; ranges after any extension.
    /// Empty under `own_ranges` for keys that differ: see [`ContenderFacts::search`].
    pub search: Vec<Dimension>,
    /// How often the range of the learning rate grew because a best value lay on an edge.
    pub extensions: u32,
    /// Whether weak configurations were dropped early.
    pub halving: Option<Halving>,
    /// The differences between evaluation seeds.
    pub varies: Varies,
}

/// The subject of a comparison's verdict.
///
/// The lowest of many validation losses is partly luck. A difference between two settings that one search chose is a
/// difference between optimizers and between two draws of that luck; tests on fresh seeds measure both together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judged {
    /// The optimizer with its search. Each seed searches for itself, and the network that its search keeps is judged: a
    /// replicate is a whole search (the ideal estimator of Bouthillier et al. 2021).
    Search,
    /// The same, but the setting that a replicate's search chose runs again with a fresh seed, and that network is
    /// judged.
    Fresh,
    /// The setting that one search chose, run again with each seed: the verdict covers no other search. Under [`Folds`]
    /// one search inside each fold.
    #[default]
    Setting,
}

impl Judged {
    /// Whether every evaluation seed has a search of its own.
    pub fn each_seed_searches(self) -> bool {
        self != Judged::Setting
    }
}

/// The measure by which a search chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChooseBy {
    /// The lowest validation loss.
    #[default]
    Loss,
    /// The endpoint's own measure, on the validation rows.
    Endpoint,
}

/// The differences between evaluation seeds, which the uncertainty covers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Varies {
    /// Initial weights and data order.
    Initialisation,
    /// Initial weights, data order, and the division into training and validation rows.
    Resampling,
    /// Initial weights, data order, and the test rows: repeated stratified folds, tuned anew in each.
    Folds(Folds),
}

/// Repeated stratified folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folds {
    /// Parts of one division; each is the test part once.
    pub folds: usize,
    /// Divisions.
    pub repeats: usize,
}

/// Successive halving (Jamieson and Talwalkar 2016): all configurations for a short time, the better ones for longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Halving {
    /// For each rung, from the first: its configurations and the updates of each.
    pub rungs: Vec<Rung>,
    /// Updates of tuning, as a share of the updates without halving.
    pub cost_share: f64,
}

/// One round of successive halving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Configurations.
    pub configurations: usize,
    /// Updates of each.
    pub steps: u64,
}

/// One searched setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// A hyperparameter (`lr`, `weight_decay`), or `batch-size`, `hidden`, `activation`.
    pub key: String,
    /// The searched range.
    pub range: Range,
}

/// The range of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// Numbers from `low` to `high`.
    Numbers {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// How values spread between the ends.
        scale: Scale,
    },
    /// One of several choices.
    Choices(Vec<String>),
}

/// One data set with its network and budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskFacts {
    /// The user's name of the data; unique in a study.
    pub name: String,
    /// SHA-256 of features and target.
    pub fingerprint: String,
    /// The kind of target.
    pub kind: Kind,
    /// Training rows (of the first draw, where it varies).
    pub train_rows: usize,
    /// Validation rows.
    pub val_rows: usize,
    /// Test rows.
    pub test_rows: usize,
    /// Seed of the split.
    pub split_seed: u64,
    /// Share of the training labels that were made wrong.
    pub label_noise: f64,
    /// The network's sizes and activation, such as `64-32-32-10 relu`; "searched" stands for searched parts.
    pub network: String,
    /// Number of trained parameters of each network.
    pub parameters: usize,
    /// The loss's name.
    pub loss: String,
    /// Rows in a batch, or "full".
    pub batch_size: String,
    /// Updates of a full trial.
    pub steps: u64,
    /// Course of the learning rate.
    pub schedule: String,
    /// The words of the command that trains one such network, without its optimizer: `downhill`, `train`, the data,
    /// then each option with its value as one word of a shell's line. Empty if unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub train: Vec<String>,
    /// Decisions made while reading the data, one sentence each.
    pub notes: Vec<String>,
}

/// The kind of a task's target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Classes.
    Classification {
        /// Number of classes.
        classes: usize,
        /// Share of the test rows in the most frequent class: the accuracy of always predicting it.
        majority: f64,
    },
    /// Numbers.
    Regression {
        /// The target's name, such as `mpg`; errors are in its own unit. With several targets, in standard deviations.
        target: String,
        /// Root mean squared error on the test rows of always predicting the training mean.
        baseline_rmse: f64,
    },
}

/// Updates between two logged rows of a trial of `steps` updates, where its task does not say: 41 rows with the one at 0.
pub fn log_interval(steps: u64) -> u64 {
    steps.div_ceil(40).max(1)
}

/// Settings that belong to the task and not to the optimizer.
pub const STRUCTURE: [&str; 3] = ["batch-size", "hidden", "activation"];

/// One optimizer of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContenderFacts {
    /// Its name in tables; unique in a study.
    pub label: String,
    /// Its SPEC with every hyperparameter, at the user's value or at its default.
    pub spec: String,
    /// Its shortest SPEC, without hyperparameters at their defaults. Empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub short: String,
    /// The settings searched for this optimizer; if empty, it has a single configuration.
    pub search: Vec<Dimension>,
    /// Whether the user gave the learning rate (a rate given in the SPEC is not tuned).
    pub rate_given: bool,
}
