//! Why a run could not be opened, trained or measured.
//!
//! A sentence names the fields of the options, and what a reader could do, as [`Piece`]s: each front end has words of its
//! own for them. The command line says `--val-fraction` where [`Display`](fmt::Display) says `val-fraction`.

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
    /// It was begun, and failed.
    #[error(transparent)]
    Failed(Reason),
    /// The monitor asked for an end; nothing was written.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// What was wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Something about options, folders or figures.
    #[error("{0}")]
    Said(Sentence),
    /// A file.
    #[error("{}: {what}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The optimizer, or another choice by name.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The sizes of hidden layers.
    #[error(transparent)]
    Hidden(#[from] HiddenError),
    /// The batch size.
    #[error(transparent)]
    BatchSize(#[from] BatchSizeError),
    /// Backend or precision.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A measurement.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// A field of the options by its key in a file, such as `val-fraction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field(pub &'static str);

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// The name of a field.
    Field(Field),
    /// Going on with the run in a folder.
    Resume(PathBuf),
    /// Starting the run in a folder over, with what it was told.
    StartOver(PathBuf),
    /// Choosing these of a member's weights.
    Weights(Which),
}

/// One sentence or more, without a final full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence(pub Vec<Piece>);

/// An [`Error::Refused`] from the pieces of its sentence.
macro_rules! refused {
    ($($piece:expr),+ $(,)?) => {
        $crate::error::Error::Refused($crate::error::Reason::Said($crate::error::Sentence(vec![
            $($crate::error::Piece::from($piece)),+
        ])))
    };
}
pub(crate) use refused;

impl Error {
    /// A file that is not what it should be.
    pub(crate) fn refused_file(path: &Path, what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Refused(Reason::File { path: path.into(), what: what.into() })
    }

    /// A file that could not be written or read on the way.
    pub(crate) fn file(path: &Path, what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(Reason::File { path: path.into(), what: what.into() })
    }

    /// A failure in words.
    pub(crate) fn failed(what: impl fmt::Display) -> Self {
        Self::Failed(Reason::Said(Sentence(vec![Piece::Text(what.to_string())])))
    }

    /// The text with each piece in the words of `spell`.
    pub fn spelled(&self, spell: impl Fn(&Piece) -> String) -> String {
        match self {
            Self::Refused(reason) | Self::Failed(reason) => match reason {
                Reason::Said(Sentence(pieces)) => pieces.iter().map(spell).collect(),
                // Their texts begin with the field.
                Reason::Hidden(HiddenError(_)) => respelled("hidden", reason, spell),
                Reason::BatchSize(BatchSizeError(_)) => respelled("batch-size", reason, spell),
                other => other.to_string(),
            },
            Self::Interrupted => self.to_string(),
        }
    }
}

fn respelled(field: &'static str, reason: &Reason, spell: impl Fn(&Piece) -> String) -> String {
    let text = reason.to_string();
    let rest = text.strip_prefix(field).unwrap_or(&text);
    spell(&Piece::Field(Field(field))) + rest
}

/// Wrong input, unless it says otherwise.
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

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Field(field) => field.fmt(f),
            Self::Resume(run) => write!(f, "a resume of {}", run.display()),
            Self::StartOver(run) => write!(f, "a new run with the configuration in {}", run.display()),
            Self::Weights(which) => write!(f, "the choice `{which}`"),
        }
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| piece.fmt(f))
    }
}

impl From<&str> for Piece {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Field> for Piece {
    fn from(field: Field) -> Self {
        Self::Field(field)
    }
}
