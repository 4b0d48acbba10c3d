//! What a study is and what it has found so far: the input of every verdict and of every report.

use crate::endpoint::Endpoint;
use crate::trial::Trial;
use downhill_spec::Scale;
use serde::{Deserialize, Serialize};

/// A study with its trials, finished or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// What is asked.
    pub question: Question,
    /// How it is asked.
    pub design: Design,
    /// The tasks, in the user's order.
    pub tasks: Vec<TaskFacts>,
    /// The optimizers, in the user's order.
    pub optimizers: Vec<Contender>,
    /// The finished trials, in the order of the plan.
    pub trials: Vec<Trial>,
    /// Planned trials that are not finished. Evaluation trials that cannot be planned yet, since tuning is not done,
    /// count too.
    pub missing: usize,
}

impl Study {
    /// Whether settings were searched. A single configuration is no search, and a single choice neither.
    pub fn searched(&self) -> bool {
        let open = |dimension: &Dimension| !matches!(&dimension.range, Range::Choices(choices) if choices.len() < 2);
        self.design.configurations > 1 && self.optimizers.iter().any(|contender| contender.search.iter().any(open))
    }
}

/// What a study asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The rate of false alarms that is accepted, such as 0.05, over all pairs of one task.
    pub level: f64,
    /// The measure that decides; none is each task's own default ([`Endpoint::of`]).
    pub endpoint: Option<Endpoint>,
    /// A difference up to this does not matter, in the endpoint's own unit (an accuracy: a fraction).
    pub margin: Option<f64>,
    /// The validation loss that "steps to the target" count to; none is the weakest optimizer's median lowest one (the upper
    /// of the two in the middle).
    pub target_val_loss: Option<f64>,
    /// Numbers of evaluation seeds at which a verdict was given before this one. Every look costs part of the level.
    pub earlier_looks: Vec<usize>,
    /// Seed of what statistics draw.
    pub resampling_seed: u64,
}

/// How a study asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Configurations of each optimizer that has something to search.
    pub configurations: usize,
    /// What is judged: optimizers with their searches, or settings. Studies that do not say judge settings.
    #[serde(default)]
    pub judged: Judged,
    /// By what a search chooses.
    #[serde(default)]
    pub choose_by: ChooseBy,
    /// Seeds that every configuration is tried with; where each seed searches for itself ([`Judged::Search`],
    /// [`Judged::Fresh`]), the seed of each replicate's search.
    pub tuning_seeds: Vec<u64>,
    /// Seeds that are judged, one for each replicate. Under [`Folds`] one for each fold.
    pub evaluation_seeds: Vec<u64>,
    /// Under [`Judged::Search`] the seeds with which what each search kept runs once more, one for each replicate.
    #[serde(default)]
    pub fresh_seeds: Vec<u64>,
    /// What is searched for every optimizer that has it, the learning rate first; ranges as they were after any
    /// extension. Empty under `own_ranges` for keys that differ: see [`Contender::search`].
    pub search: Vec<Dimension>,
    /// How often the range of the learning rate grew because a best value lay on an edge.
    pub extensions: u32,
    /// Whether weak configurations were dropped early.
    pub halving: Option<Halving>,
    /// What differs from one evaluation seed to the next.
    pub varies: Varies,
}

/// What a comparison judges.
///
/// The lowest of many validation losses is partly luck. A difference between two settings that one search chose is a
/// difference between optimizers and between two draws of that luck; tests on fresh seeds see the second as well as the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judged {
    /// The optimizer with its search. Each seed searches for itself, and the network that its search keeps is judged: a
    /// replicate is a whole search (the ideal estimator of Bouthillier et al. 2021).
    Search,
    /// The same, but what a replicate's search chose runs again with a fresh seed, and that network is judged.
    Fresh,
    /// The setting that one search chose, run again with each seed: nothing is said of another search. Under [`Folds`]
    /// one search inside of each fold.
    #[default]
    Setting,
}

impl Judged {
    /// Whether every evaluation seed has a search of its own.
    pub fn each_seed_searches(self) -> bool {
        self != Judged::Setting
    }
}

/// By what a search chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChooseBy {
    /// The lowest validation loss.
    #[default]
    Loss,
    /// The endpoint's own measure, on the validation rows.
    Endpoint,
}

/// What differs from one evaluation seed to the next, and so what the uncertainty covers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Varies {
    /// Initial weights and data order.
    Initialisation,
    /// Those, and which rows train and which validate.
    Resampling,
    /// Those, and which rows test: repeated stratified folds, tuned anew in each.
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
    /// For each rung, from the first: configurations in it and updates that each is given.
    pub rungs: Vec<Rung>,
    /// Updates of tuning, as a share of those without halving.
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
    /// Where the search looks.
    pub range: Range,
}

/// Where a search looks.
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
    /// One of these.
    Choices(Vec<String>),
}

/// One data set with its network and budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskFacts {
    /// What the user called the data; unique in a study.
    pub name: String,
    /// SHA-256 of features and target.
    pub fingerprint: String,
    /// What is predicted.
    pub kind: Kind,
    /// Training rows (of the first draw, where it varies).
    pub train_rows: usize,
    /// Validation rows.
    pub val_rows: usize,
    /// Test rows.
    pub test_rows: usize,
    /// Seed of the split.
    pub split_seed: u64,
    /// Share of the training labels that are wrong on purpose.
    pub label_noise: f64,
    /// The network's sizes and activation, such as `64-32-32-10 relu`; "searched" parts are said so.
    pub network: String,
    /// Numbers that each network trains.
    pub parameters: usize,
    /// The loss's name.
    pub loss: String,
    /// Rows in a batch, or "full".
    pub batch_size: String,
    /// Updates of a full trial.
    pub steps: u64,
    /// Course of the learning rate.
    pub schedule: String,
    /// The words of the command that trains one such network, without its optimizer: `downhill`, `train`, the data, then each
    /// option with its value as one word of a shell's line. Empty if nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub train: Vec<String>,
    /// What was decided while reading the data, one sentence each.
    pub notes: Vec<String>,
}

/// What a task predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Classes.
    Classification {
        /// How many.
        classes: usize,
        /// Share of the test rows that belong to the most frequent class: what always guessing it gives.
        majority: f64,
    },
    /// Numbers.
    Regression {
        /// What one is called, such as `mpg`; errors are in its own unit. With several targets, in standard deviations.
        target: String,
        /// Root mean squared error on the test rows of always saying the training mean.
        baseline_rmse: f64,
    },
}

/// Settings that belong to the task and not to the optimizer.
pub const STRUCTURE: [&str; 3] = ["batch-size", "hidden", "activation"];

/// One optimizer of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    /// What tables call it; unique in a study.
    pub label: String,
    /// Its SPEC with every hyperparameter, as the user gave it or at its default.
    pub spec: String,
    /// Its SPEC as short as it can be said, without what is at its default. Empty if nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub short: String,
    /// What is searched for this one; empty if nothing is, and it then has a single configuration.
    pub search: Vec<Dimension>,
    /// How many of the first of `search`'s numbers the user fixed instead (a rate given in the SPEC is not tuned).
    pub rate_given: bool,
}
