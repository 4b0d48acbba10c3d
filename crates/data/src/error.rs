//! The one error of this crate. Every message names the place, the value found and the legal ones; an option is named
//! as in [`downhill_spec::spelled`].

use downhill_spec::SpecError;
use std::io;
use std::path::Path;

/// Most cells (numbers) that one data set may hold: 2^28, which is 2 GiB.
///
/// A limit of ours, not of any format: sizes beyond it are refused before anything is allocated.
pub const MAX_CELLS: usize = 1 << 28;

/// Why data could not be read, made or divided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// The system's message.
        source: io::Error,
    },
    /// Neither in the catalog nor a file.
    #[error(
        "no data set or file is called `{name}`{}; data sets: {known}; files: .csv, .tsv, .txt, .npy, a folder of IDX files",
        did_you_mean(.nearest)
    )]
    UnknownDataset {
        /// The name given.
        name: String,
        /// The most similar name, if any is similar.
        nearest: Option<String>,
        /// The names that exist.
        known: String,
    },
    /// A parameter of a data set that does not exist, or has an illegal value.
    #[error(transparent)]
    Parameter(#[from] SpecError),
    /// A field has an illegal value.
    #[error("{field} is `{value}`; legal: {legal}")]
    Value {
        /// The field.
        field: String,
        /// The value that was given.
        value: String,
        /// The legal values.
        legal: String,
    },
    /// An option has an illegal value.
    #[error("option `{option}` is `{value}`; legal: {legal}")]
    OptionValue {
        /// The option, such as `val-fraction`.
        option: &'static str,
        /// The value that was given.
        value: String,
        /// The legal values.
        legal: String,
    },
    /// An option that means nothing for this data.
    #[error("option `{option}` does not apply to {data}: {why}")]
    OptionUnused {
        /// The option, such as `task`.
        option: &'static str,
        /// The data set.
        data: String,
        /// The reason.
        why: String,
    },
    /// A place in a text file.
    #[error("{file}, line {line}{}: {what}", in_column(.column))]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column's name, if one is to blame.
        column: Option<String>,
        /// The problem and the correct form.
        what: String,
    },
    /// Missing cells without an option for them.
    #[error(
        "{file}, line {line}, column `{column}`: the cell is missing; missing cells in all: {counts}; \
         leave those rows out with option `missing=drop`, or fill them with the training mean with option `missing=mean`"
    )]
    MissingCells {
        /// The file.
        file: String,
        /// The first line with a missing cell.
        line: u64,
        /// The first column with a missing cell on that line.
        column: String,
        /// Their number in each column.
        counts: String,
    },
    /// A file as a whole, or one of its columns.
    #[error("{file}{}: {what}", in_column(.column))]
    File {
        /// The file.
        file: String,
        /// The column's name, if one is to blame.
        column: Option<String>,
        /// The problem and the correct form.
        what: String,
    },
    /// A field of a binary file's header.
    #[error("{file}: {field} is {value}; {legal}")]
    Header {
        /// The file.
        file: String,
        /// The field.
        field: String,
        /// The value found.
        value: String,
        /// The legal values.
        legal: String,
    },
    /// More cells than [`MAX_CELLS`].
    #[error("{what} needs {cells} cells; at most {MAX_CELLS} (2 GiB of numbers) are allowed")]
    TooLarge {
        /// The thing that would be too large.
        what: String,
        /// Number of cells it needs, in words where the number overflows.
        cells: String,
    },
    /// A data set that this machine does not have.
    #[error("{name} is {}; {remedy}", nowhere(.looked))]
    NotInstalled {
        /// The data set.
        name: String,
        /// The folders that were tried.
        looked: Vec<String>,
        /// The remedy.
        remedy: String,
    },
    /// Rows that cannot be divided, scaled or noised as requested.
    #[error("{0}")]
    Rows(String),
}

impl DataError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        DataError::Io { path: path.display().to_string(), source }
    }

    pub(crate) fn value(field: impl Into<String>, value: impl ToString, legal: impl Into<String>) -> Self {
        DataError::Value { field: field.into(), value: value.to_string(), legal: legal.into() }
    }

    pub(crate) fn option(option: &'static str, value: impl ToString, legal: impl Into<String>) -> Self {
        DataError::OptionValue { option, value: value.to_string(), legal: legal.into() }
    }

    pub(crate) fn file(file: &str, what: impl Into<String>) -> Self {
        DataError::File { file: file.into(), column: None, what: what.into() }
    }

    pub(crate) fn column(file: &str, column: &str, what: impl Into<String>) -> Self {
        DataError::File { file: file.into(), column: Some(column.into()), what: what.into() }
    }

    pub(crate) fn line(file: &str, line: u64, what: impl Into<String>) -> Self {
        DataError::Line { file: file.into(), line, column: None, what: what.into() }
    }

    pub(crate) fn cell(file: &str, line: u64, column: &str, what: impl Into<String>) -> Self {
        DataError::Line { file: file.into(), line, column: Some(column.into()), what: what.into() }
    }

    pub(crate) fn header(file: &str, field: &str, value: impl ToString, legal: impl Into<String>) -> Self {
        DataError::Header { file: file.into(), field: field.into(), value: value.to_string(), legal: legal.into() }
    }
}

/// `rows * cols` if that many cells are allowed.
pub(crate) fn checked_cells(what: &str, rows: usize, cols: usize) -> Result<usize, DataError> {
    let too_large = |cells: String| DataError::TooLarge { what: what.into(), cells };
    match rows.checked_mul(cols) {
        Some(cells) if cells <= MAX_CELLS => Ok(cells),
        Some(cells) => Err(too_large(cells.to_string())),
        None => Err(too_large(format!("{rows} x {cols}"))),
    }
}

/// An empty vector with room for exactly `cells` numbers.
pub(crate) fn room_for(what: &str, cells: usize) -> Result<Vec<f64>, DataError> {
    let mut values = Vec::new();
    values
        .try_reserve_exact(cells)
        .map_err(|_| DataError::TooLarge { what: what.into(), cells: format!("{cells} (no memory for them)") })?;
    Ok(values)
}

/// The value called `text` in a table of names.
pub(crate) fn choose<T: Copy>(field: &str, text: &str, table: &[(&str, T)]) -> Result<T, DataError> {
    match table.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(*value),
        None => Err(DataError::value(field, text, table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "))),
    }
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn in_column(column: &Option<String>) -> String {
    column.as_ref().map(|name| format!(", column `{name}`")).unwrap_or_default()
}

fn nowhere(looked: &[String]) -> String {
    match looked {
        [one] => format!("not at {one}"),
        many => format!("neither at {}", many.join(" nor at ")),
    }
}
