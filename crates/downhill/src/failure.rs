//! Failures that end the program, and their exit statuses.

use crate::program;
use crate::terminal::quoted;
use downhill_run::Error;
use downhill_run::error::Advice;
use downhill_run::folder::CONFIG;
use std::fmt;
use std::path::Path;

/// A failure with a sentence for the user.
#[derive(Debug)]
pub struct Failure {
    /// 2: wrong usage or input, found before anything was made. 1: failed while running. 130: interrupted.
    pub status: u8,
    /// One sentence or more, without a final full stop.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    /// Wrong usage or input.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { status: 2, message: message.to_string() }
    }

    /// A failure while running.
    pub fn run(message: impl fmt::Display) -> Self {
        Self { status: 1, message: message.to_string() }
    }

    /// A file could not be written or read while running.
    pub fn io(path: &Path, error: impl fmt::Display) -> Self {
        Self::run(format!("{}: {error}", path.display()))
    }
}

/// The advice in an error becomes a command here.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = program::this().name;
        let shown = |path: &Path| quoted(&path.display().to_string());
        let tell = |advice: &Advice| match advice {
            Advice::Resume(run) => format!("`{name} train --resume {}`", shown(run)),
            Advice::StartOver(run) => {
                format!("`{name} train --config {} --out {}`", shown(&run.join(CONFIG)), shown(run))
            }
            Advice::Weights(which) => format!("`--weights {which}`"),
        };
        let status = match error {
            Error::Refused(_) => 2,
            Error::Failed(_) => 1,
            Error::Interrupted => 130,
        };
        Self { status, message: error.told(tell) }
    }
}

/// `Result` with a [`Failure`].
pub type Outcome<T> = Result<T, Failure>;

/// Turns a library's error into wrong usage.
pub trait OrUsage<T> {
    /// The error's text with exit status 2.
    ///
    /// # Errors
    /// When `self` is an error.
    fn or_usage(self) -> Outcome<T>;
}

impl<T, E: fmt::Display> OrUsage<T> for Result<T, E> {
    fn or_usage(self) -> Outcome<T> {
        self.map_err(Failure::usage)
    }
}
