//! The content of `verdict.json`: every figure of the report that is not a curve. A figure that is not finite, or that
//! cannot be computed, is absent. No wall times.

use crate::endpoint::Endpoint;
use crate::trial::Setting;
use serde::{Deserialize, Serialize};

/// The layout's version.
pub const SCHEMA: u32 = 2;

/// The verdict of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The layout's version.
    pub schema: u32,
    /// The rate of false alarms over all pairs of one task, as asked.
    pub level: f64,
    /// Numbers of evaluation seeds at which a verdict was given, each once, the present one last. Each look is tested
    /// at `level` divided by the number of looks.
    pub looks: Vec<usize>,
    /// One verdict for each task.
    pub tasks: Vec<TaskVerdict>,
    /// Over all tasks, if there are several tasks and optimizers and every evaluation trial is finished.
    pub overall: Option<Overall>,
    /// The audit: a careful reader's questions, answered.
    pub audit: Vec<Finding>,
    /// Planned trials that are not finished.
    pub missing: usize,
}

/// The verdict for one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskVerdict {
    /// The task's name.
    pub task: String,
    /// The deciding measure.
    pub endpoint: Endpoint,
    /// Its unit in words: "a fraction", a target's name, or "nats" and the like; empty for a loss.
    pub unit: String,
    /// The verdict in plain sentences, the most important first.
    pub sentences: Vec<String>,
    /// The judged value, and what the uncertainty covers and does not.
    pub covers: String,
    /// One standing for each optimizer, best first (by the endpoint's median; an optimizer without trials is last).
    pub standings: Vec<Standing>,
    /// Every pair, in the order of the standings.
    pub pairs: Vec<Pair>,
    /// The target of "steps to the target", a validation loss.
    pub target_val_loss: Option<f64>,
    /// The training loss at which generalisation gaps are compared: the lowest one reached by every evaluation trial
    /// that did not diverge.
    pub equal_train_loss: Option<f64>,
}

/// The results of one optimizer on one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The optimizer's label.
    pub optimizer: String,
    /// The choice of tuning; where replicates search for themselves, the choice of each. With a single configuration,
    /// that one, for all. Empty if there was nothing to search or tuning is not done.
    pub chosen: Vec<Chosen>,
    /// Whether the choice held on the fresh seeds. None if nothing was tuned, where each seed searches for itself,
    /// while evaluation seeds are missing, if the evaluation trials ran another setting, and under halving, where most
    /// scores come from fewer updates.
    pub choice: Option<ChoiceHeld>,
    /// A setting to use, where each seed searched for itself and all is finished.
    pub recommended: Option<Recommended>,
    /// The command that trains one network with the recommended setting, or with the setting that a single search
    /// chose. None without one setting, and where the task's command is unknown.
    #[serde(default)]
    pub train: Option<String>,
    /// Failures of the kept networks beside those of the same settings at fresh seeds. None unless each seed searched
    /// for itself.
    #[serde(default)]
    pub failures: Option<Failures>,
    /// Evaluation trials.
    pub trials: usize,
    /// How many of them failed, as [`Failures`] says.
    #[serde(default)]
    pub failed: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// The endpoint of each evaluation trial, in the order of the seeds; absent where it diverged.
    pub values: Vec<Option<f64>>,
    /// The endpoint over the evaluation trials.
    pub endpoint: Summary,
    /// Other figures over the evaluation trials.
    pub figures: FigureSummaries,
    /// Test loss minus training loss at the last step.
    pub gap_at_end: Summary,
    /// Validation loss minus training loss where the training loss first falls to `equal_train_loss`, interpolated.
    pub gap_at_equal_loss: Summary,
    /// Updates to the target validation loss, median over the trials (a trial that never reaches it, or that diverged,
    /// counts as infinite). Counted to the first logged row at or below it: a multiple of the logging interval.
    pub steps_to_target: Option<f64>,
    /// The same in gradient evaluations, the unit of cost: the updates times the trial's average of a step.
    pub evaluations_to_target: Option<f64>,
    /// Evaluation trials that reached the target.
    pub reached_target: usize,
    /// Gradient evaluations per step, on average over the evaluation trials: 1, or 2 for a wrapper such as SAM.
    pub evaluations_per_step: Option<f64>,
    /// How tuning went.
    pub tuning: Option<Tuning>,
}

/// The chosen configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The replicate it was chosen for (a fold, or a seed with a search of its own), if there was a choice.
    pub replicate: Option<usize>,
    /// The configuration's number.
    pub configuration: usize,
    /// The searched settings.
    pub settings: Vec<Setting>,
    /// The optimizer's SPEC with every hyperparameter.
    pub spec: String,
    /// Its score: mean over the tuning seeds of the lowest validation loss; absent if a trial diverged, and if
    /// there was no tuning.
    pub score: Option<f64>,
}

/// The chosen setting, on the seeds that chose it and on fresh ones. The lowest of many scores is partly luck: a choice
/// that was mostly luck scores worse on fresh seeds than other configurations did in tuning.
///
/// Under folds all scores are averages over the folds: the score of each fold's choice, and the score of each
/// configuration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoiceHeld {
    /// Its score in tuning, as [`Chosen::score`]; absent if a trial diverged.
    pub tuning_score: Option<f64>,
    /// The same over the evaluation seeds: the mean of the lowest validation loss; absent (infinite) if a trial diverged.
    pub fresh_score: Option<f64>,
    /// Number of other configurations whose score in tuning is lower than `fresh_score`, by more than the factor
    /// [`ROBUST_WITHIN`]: a choice among configurations that are about alike is no mistake.
    pub better_in_tuning: usize,
    /// Number of other configurations; under folds, of those that are not the choice of every fold.
    pub of: usize,
}

impl ChoiceHeld {
    /// Whether fewer than three other configurations, or fewer than a quarter of them, were better in tuning than this
    /// one on fresh seeds.
    pub fn held(&self) -> bool {
        self.better_in_tuning < 3 || 4 * self.better_in_tuning < self.of
    }
}

impl Standing {
    /// Whether the chosen settings did not hold on fresh seeds ([`ChoiceHeld::held`]).
    pub fn chosen_by_luck(&self) -> bool {
        self.choice.is_some_and(|choice| !choice.held())
    }
}

/// A setting to use, where each seed searched for itself. Descriptive: it was not tested against other settings.
///
/// Where one setting was searched, the part of its range (or the choice) with the lowest score over all seeds, named by
/// the middle one of its values. Where several were searched, and under halving, where few seeds see a part at full
/// length, the chosen configuration with the middle learning rate, or the most frequent one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommended {
    /// The searched settings.
    pub settings: Vec<Setting>,
    /// The optimizer's SPEC with every hyperparameter.
    pub spec: String,
    /// The reason for this setting.
    pub because: Because,
    /// Mean score of the part; absent if one of its trials diverged, and where the setting is the middle of the chosen
    /// ones.
    pub score: Option<f64>,
    /// The ends of the values tried in that part, where it is a part of a range.
    #[serde(default)]
    pub tried: Option<(f64, f64)>,
    /// Number of trials in the part, or of searches.
    pub trials: usize,
}

/// Failures of the networks that the searches kept, and of the same settings at fresh seeds. The kept network is the
/// best of several at its seed, so it seldom fails; fresh seeds show how often its settings fail. A run failed if it
/// diverged, or ends no better than a prediction that ignores the features: the most frequent class, the mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failures {
    /// Finished searches.
    pub kept: usize,
    /// Searches whose kept network failed.
    pub kept_failed: usize,
    /// Runs at fresh seeds.
    pub fresh: usize,
    /// Fresh runs that failed.
    pub fresh_failed: usize,
    /// Fresh runs that are worse than the worst kept network that did not fail, by the endpoint; absent where all of them
    /// failed, and where fresh seeds are judged, since the kept networks then have no test figures.
    pub worse_than_kept: Option<usize>,
    /// The endpoint over the runs at fresh seeds.
    pub fresh_endpoint: Summary,
}

/// Why a setting is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// Its part of the range, or its choice, has the best mean score over all seeds.
    BestMean,
    /// It lies in the middle of the searches' choices.
    MiddleChoice,
}

/// Several figures over the evaluation trials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FigureSummaries {
    /// At the lowest validation loss.
    pub best: PartSummaries,
    /// At the last step.
    pub last: PartSummaries,
    /// The step of the lowest validation loss.
    pub best_step: Summary,
}

/// Figures at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartSummaries {
    /// Training loss.
    pub train_loss: Summary,
    /// Validation loss.
    pub val_loss: Summary,
    /// Test loss.
    pub test_loss: Summary,
    /// Training accuracy.
    pub train_accuracy: Summary,
    /// Validation accuracy.
    pub val_accuracy: Summary,
    /// Test accuracy.
    pub test_accuracy: Summary,
    /// Test RMSE in the target's own unit.
    pub test_rmse: Summary,
}

/// A figure over several trials; diverged ones count as the worst. All absent if the figure does not exist here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The median.
    pub median: Option<f64>,
    /// Mean of the middle half.
    pub interquartile_mean: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// Ends of the 95 % BCa bootstrap interval of the mean. Descriptive: it decides nothing.
    pub interval: Option<(f64, f64)>,
    /// The quartiles.
    pub quartiles: Option<(f64, f64)>,
    /// Smallest and largest.
    pub extremes: Option<(f64, f64)>,
}

/// How the tuning of one optimizer on one task went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// Tuning trials.
    pub trials: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// Their cost, in gradient evaluations.
    pub gradient_evaluations: u64,
    /// Every configuration, by its number. Under folds, over all folds. Where each seed searches one number, the parts
    /// of its range, each with the middle one of its values; where each searches several settings, the configurations
    /// of all searches, one search after the other.
    pub configurations: Vec<Configuration>,
    /// Keys of searched numbers whose chosen value is the lowest or highest that was tried, or lies within the outermost
    /// `1/n` of its range for `n` configurations: `lr`, "upper". With several replicates in half of them at least.
    pub on_edge: Vec<RangeEdge>,
    /// The width, as a factor (highest over lowest), of the range of learning rates around the best whose score is
    /// within [`ROBUST_WITHIN`] of the best score, without a worse one between; absent if the rate was not searched, if
    /// more than the rate was, and under halving.
    pub robust_factor: Option<f64>,
    /// For each number of configurations k from 1, the lowest score among k drawn at random from the tried ones; where
    /// each seed searches, the median over the searches. Empty under halving, where scores after different numbers of
    /// updates cannot be compared.
    pub best_after: Vec<BestAfter>,
}

/// Scores within this factor are about alike: in [`Tuning::robust_factor`] a score at most this factor times the best,
/// in [`ChoiceHeld::better_in_tuning`] a score that is not lower by more.
pub const ROBUST_WITHIN: f64 = 1.1;

/// One configuration in tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Its number.
    pub configuration: usize,
    /// The replicate that tried it, where no two searches have a configuration in common.
    #[serde(default)]
    pub replicate: Option<usize>,
    /// The searched settings.
    pub settings: Vec<Setting>,
    /// Mean score over its trials ([`Chooser::score`](crate::selection::Chooser::score)); absent if one diverged. Under
    /// halving the score of the last rung it was in.
    pub score: Option<f64>,
    /// The last rung that it was in.
    pub rung: Option<usize>,
    /// Each trial's score; absent where it diverged.
    pub scores: Vec<Option<f64>>,
    /// Share of its trials that diverged.
    pub diverged: f64,
}

/// A chosen value on the edge of its range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeEdge {
    /// The setting.
    pub key: String,
    /// `lower` or `upper`.
    pub end: End,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The low end.
    Lower,
    /// The high end.
    Upper,
}

/// The lowest score after k configurations, drawn without replacement from the tried ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestAfter {
    /// Number of configurations.
    pub k: usize,
    /// 10 % quantile.
    pub low: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// 90 % quantile.
    pub high: Option<f64>,
}

/// Two optimizers on one task, paired by seed. Differences are first minus second, in the endpoint's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The optimizer with the better standing.
    pub first: String,
    /// The other.
    pub second: String,
    /// Seeds at which both have finished.
    pub seeds: usize,
    /// Mean difference, as the deciding test computes it: 0 where differences cancel but for rounding. Absent if one
    /// difference is infinite.
    pub difference: Option<f64>,
    /// Median difference; absent if it is infinite.
    pub median_difference: Option<f64>,
    /// Ends of the interval: the deciding test inverted, at the level that Holm's correction gave this pair (divided by
    /// the number of looks). It contains 0 exactly if `p_adjusted` is above the level. An infinite end is absent; both
    /// ends are if seeds are missing.
    pub interval: (Option<f64>, Option<f64>),
    /// The level of that interval, such as 0.0167: its coverage is 1 minus this level.
    pub interval_level: f64,
    /// p of the deciding test.
    pub p: f64,
    /// `p`, corrected by Holm's method over all pairs of the task and multiplied by the number of looks, so that it is
    /// compared with the level itself; 1 if seeds are missing.
    pub p_adjusted: f64,
    /// p of the Wilcoxon signed-rank test, uncorrected, for comparison; absent if there is no nonzero difference, and
    /// under folds, where the test does not hold.
    pub wilcoxon_p: Option<f64>,
    /// Cliff's delta for pairs: share of seeds at which the first is ahead minus share at which the second is.
    pub paired_delta: f64,
    /// Seeds at which both are equal.
    pub ties: usize,
    /// p of "the difference is larger than the margin", corrected as `p_adjusted`, if a margin was given.
    pub equivalence_p: Option<f64>,
    /// The finding.
    pub finding: PairFinding,
}

/// The finding for a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum PairFinding {
    /// One is better.
    Better {
        /// Its label.
        who: String,
    },
    /// Equal at every seed: the same optimizer, or the same result.
    Tied,
    /// No difference larger than the margin.
    Equivalent,
    /// Undecided. A pair with missing seeds always is.
    Undecided {
        /// About how many more seeds would decide it, tested as the next look, if the difference is as large as it was
        /// here; absent if the number is too large, with fewer than 6 seeds at which the two differ, from p = 0.5 on,
        /// if seeds are missing, and under folds.
        more_seeds: Option<usize>,
    },
}

/// Over several tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// In plain sentences.
    pub sentences: Vec<String>,
    /// One for each optimizer, best mean rank first.
    pub standings: Vec<OverallStanding>,
    /// p of Friedman's test (Iman and Davenport's F) that all rank alike.
    pub friedman_p: Option<f64>,
    /// Mean ranks that differ by less than this are not told apart at 5 % (Nemenyi; Demšar 2006).
    pub critical_difference: Option<f64>,
    /// Every pair, in the order of the standings: on how many tasks each is better.
    pub wins: Vec<Wins>,
}

/// The results of one optimizer over all tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverallStanding {
    /// The optimizer's label.
    pub optimizer: String,
    /// Mean over the tasks of its rank by the endpoint's median, 1 the best.
    pub mean_rank: f64,
    /// For each task, gradient evaluations to the target over those of the fastest optimizer; absent where half of the
    /// trials did not reach the target.
    pub cost_ratios: Vec<Option<f64>>,
    /// The performance profile: at cost ratio tau, the share of tasks reached at up to this ratio.
    pub profile: Vec<(f64, f64)>,
    /// AlgoPerf's score: mean over the tasks of (4 - ratio) / 3, 0 above 4.
    pub algoperf_score: f64,
    /// Its 95 % bootstrap interval over the seeds.
    pub algoperf_interval: Option<(f64, f64)>,
}

/// Decided pairs over the tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wins {
    /// One optimizer.
    pub first: String,
    /// The other.
    pub second: String,
    /// Tasks on which the first is better.
    pub first_better: usize,
    /// Tasks on which the second is better.
    pub second_better: usize,
    /// Tasks without a difference larger than the margin, or tied.
    pub equal: usize,
    /// Tasks that are undecided.
    pub undecided: usize,
}

/// One finding of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its severity.
    pub weight: Weight,
    /// The task that the finding is about, if it is about one.
    pub task: Option<String>,
    /// The optimizer that the finding is about, if it is about one.
    pub optimizer: Option<String>,
    /// The finding, in one sentence.
    pub text: String,
    /// The remedy, for a warning.
    pub remedy: Option<String>,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It can change the verdict.
    Warning,
    /// Good to know.
    Note,
}
