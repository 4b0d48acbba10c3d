//! Why a run could not be opened, trained or measured.
//!
//! Texts name options as all libraries do ("option `val-fraction`", see [`downhill_spec::spelled`]). A remedy is an
//! [`Advice`], which each front end puts into its own words.

use crate::open::Which;
use downhill_data::DataError;
use downhill_model::HiddenError;
use downhill_population::BackendError;
use downhill_probe::ProbeError;
use downhill_spec::SpecError;
use downhill_train::BatchSizeError;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};

/// `Result` with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run could not be opened, trained or measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong options, data or files, found before anything was made.
    #[error(transparent)]
    Refused(Reason),
    /// The run was begun, and failed.
    #[error(transparent)]
    Failed(Reason),
    /// The monitor interrupted; nothing was written.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// The problem. Texts are a sentence or more, without a final full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// A problem with options, folders or figures.
    #[error("{0}")]
    Said(String),
    /// The same, with a remedy.
    #[error("{before}{advice}{after}")]
    Advised {
        /// The problem.
        before: String,
        /// The remedy: the subject of `after`.
        advice: Advice,
        /// The effect of the remedy.
        after: &'static str,
    },
    /// A file.
    #[error("{}: {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The problem with it.
        what: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The optimizer, or another choice by name.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The sizes of hidden layers.
    #[error("{}", of_option("hidden", .0))]
    Hidden(#[from] HiddenError),
    /// The batch size.
    #[error("{}", of_option("batch-size", .0))]
    BatchSize(#[from] BatchSizeError),
    /// Backend or precision.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A measurement.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// A remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Resuming the run in a folder.
    Resume(PathBuf),
    /// Starting the run in a folder over, with the same options.
    StartOver(PathBuf),
    /// Choosing these weights of a member.
    Weights(Which),
}

/// An [`Error::Refused`] from a format and its arguments.
macro_rules! refused {
    ($($what:tt)+) => {
        $crate::error::Error::Refused($crate::error::Reason::Said(format!($($what)+)))
    };
}
pub(crate) use refused;

impl Error {
    /// Refused, with a remedy.
    pub(crate) fn advised(before: impl Into<String>, advice: Advice, after: &'static str) -> Self {
        Self::Refused(Reason::Advised { before: before.into(), advice, after })
    }

    /// A file with a wrong content.
    pub(crate) fn refused_file(path: &Path, what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Refused(Reason::File { path: path.into(), what: what.into() })
    }

    /// A file that could not be written or read during the run.
    pub(crate) fn file(path: &Path, what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(Reason::File { path: path.into(), what: what.into() })
    }

    /// A failure in words.
    pub(crate) fn failed(what: impl fmt::Display) -> Self {
        Self::Failed(Reason::Said(what.to_string()))
    }

    /// The text, with advice in the words of `tell`.
    pub fn told(&self, tell: impl Fn(&Advice) -> String) -> String {
        match self {
            Self::Refused(Reason::Advised { before, advice, after }) => format!("{before}{}{after}", tell(advice)),
            other => other.to_string(),
        }
    }
}

/// The text of an error, after the name of its option.
fn of_option(name: &str, error: &impl fmt::Display) -> String {
    let text = error.to_string();
    format!("option `{name}`{}", text.strip_prefix(name).unwrap_or(&text))
}

/// Wrong input, except a failed measurement.
impl<E> From<E> for Error
where
    Reason: From<E>,
{
    fn from(error: E) -> Self {
        match Reason::from(error) {
            reason @ Reason::Probe(_) => Self::Failed(reason),
            reason => Self::Refused(reason),
        }
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resume(run) => write!(f, "a resume of {}", run.display()),
            Self::StartOver(run) => write!(f, "a new run with the configuration in {}", run.display()),
            Self::Weights(which) => write!(f, "option `weights={which}`"),
        }
    }
}
