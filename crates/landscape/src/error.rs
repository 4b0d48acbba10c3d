//! The one error of this crate.

use crate::formula::FormulaError;
use downhill_spec::SpecError;
use std::io;

/// Why a landscape cannot be made. Every message names the place, the value found and the legal ones.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LandscapeError {
    /// A name, key or value that is not legal.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A formula that cannot be read.
    #[error(transparent)]
    Formula(#[from] FormulaError),
    /// A file could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// The system's message.
        source: io::Error,
    },
    /// A file with the wrong content.
    #[error("{path}{}: {what}", .line.map(|n| format!(", line {n}")).unwrap_or_default())]
    File {
        /// The file.
        path: String,
        /// The line, from 1, if one is to blame.
        line: Option<u64>,
        /// The problem and the correct form.
        what: String,
    },
}
