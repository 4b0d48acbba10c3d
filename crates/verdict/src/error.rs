//! Why a study has no verdict.

use crate::endpoint::Endpoint;
use downhill_statistics::StatisticsError;

/// Reasons why a study cannot be judged. None applies to a study that was planned and run as a whole.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// A number of the question is outside its legal range.
    #[error("{what} is {value}, and must be {range}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The legal range, in words.
        range: &'static str,
    },
    /// Two tasks, two optimizers or two trials that must differ are the same.
    #[error("{what} is there twice: `{which}`")]
    Twice {
        /// Its kind: a task, an optimizer, a trial.
        what: &'static str,
        /// Its name.
        which: String,
    },
    /// The study does not have the task, the optimizer or the seed of a trial.
    #[error("trial `{trial}` is of {what} `{which}`, which this study does not have")]
    Stranger {
        /// The trial's id.
        trial: String,
        /// The unknown thing: a task, an optimizer, an evaluation seed.
        what: &'static str,
        /// Its name.
        which: String,
    },
    /// The deciding measure does not exist for a task.
    #[error("`{endpoint}` cannot decide on task `{task}`: {why}")]
    Unmeasured {
        /// The measure.
        endpoint: Endpoint,
        /// The task.
        task: String,
        /// The reason.
        why: &'static str,
    },
    /// A trial did not diverge, and yet its figure of the deciding measure is absent.
    #[error("trial `{trial}` on task `{task}` did not diverge, and yet has no figure for `{endpoint}`")]
    Absent {
        /// The measure.
        endpoint: Endpoint,
        /// The task.
        task: String,
        /// The trial's id.
        trial: String,
    },
    /// A statistic refused its numbers.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}
