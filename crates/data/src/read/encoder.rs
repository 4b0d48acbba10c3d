//! How the columns of a CSV become features and a target, so that another CSV can be read the same way.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::source::Source;
use super::text::{LEGAL_DELIMITER, Row, Text, is_delimiter, is_missing, number, read_bytes};
use crate::error::{DataError, MAX_CELLS, checked_cells, room_for};
use crate::{Matrix, Missing, Target};

/// How a CSV's columns become features and a target; made from the training file, kept beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// The separator of cells.
    pub delimiter: char,
    /// Whether the first line names the columns. Without it, columns are named by their position, from 0.
    pub header: bool,
    /// Number of columns in the training file.
    pub width: usize,
    /// The columns that become features, in the training file's order.
    pub columns: Vec<Column>,
    /// The target.
    pub target: TargetColumn,
    /// Columns left out on request.
    pub dropped: Vec<String>,
    /// The treatment of missing cells.
    pub missing: Missing,
}

/// A column that becomes one feature or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the header, or its position in the training file, from 0.
    pub name: String,
    /// The kind of its content.
    pub kind: ColumnKind,
}

/// The kind of a column's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Numbers: one feature.
    Numeric,
    /// Text: one feature per level, 1 where the cell is that level and 0 elsewhere, named `column=level`.
    Categorical {
        /// The levels of the training file, sorted.
        levels: Vec<String>,
    },
}

/// The target column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetColumn {
    /// Its name in the header, or its position in the training file, from 0.
    pub name: String,
    /// The kind of its content.
    pub kind: TargetKind,
}

/// The kind of the target column's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// Classes.
    Classes {
        /// Their names, sorted (numbers by size).
        names: Vec<String>,
        /// Whether they are numbers, so that `1` and `1.0` are one class.
        numeric: bool,
    },
    /// A number.
    Value,
}

/// The result of reading a CSV: features, the target if present, and the number of rows left out.
pub(crate) struct Encoded {
    pub features: Matrix,
    pub target: Option<Target>,
    pub left_out: usize,
}

impl Encoder {
    /// One name per feature: the column's, or `column=level`.
    pub fn feature_names(&self) -> Vec<String> {
        let mut names = vec![];
        for column in &self.columns {
            match &column.kind {
                ColumnKind::Numeric => names.push(column.name.clone()),
                ColumnKind::Categorical { levels } => {
                    names.extend(levels.iter().map(|level| format!("{}={level}", column.name)));
                }
            }
        }
        names
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.columns.iter().map(Column::features).sum()
    }

    /// Reads another CSV as the training file was read: `[rows, features]`, and the target if the file has it.
    ///
    /// Columns are found by name (without a header: by position), so their order is free, and columns that the
    /// training file didn't have are ignored. A row is never left out: a missing cell is NaN if the training file
    /// was read with [`Missing::Mean`], else an error. A target column that is empty throughout counts as absent.
    ///
    /// # Errors
    /// A file that is no CSV; a missing column of a feature; a cell that is no number where the training file had
    /// numbers, infinite, missing, or an unknown category. Line and column are named.
    pub fn encode_features(&self, path: &Path) -> Result<(Matrix, Option<Target>), DataError> {
        let source = Source::File(path.to_path_buf());
        let (file, bytes) = (source.name(), read_bytes(&source)?);
        let missing = if self.missing == Missing::Mean { Missing::Mean } else { Missing::Error };
        let text = Text::new(&file, &bytes, self.delimiter_byte(&file)?)?;
        let encoded = self.encode(&text, missing, None, true)?;
        Ok((encoded.features, encoded.target))
    }

    /// The delimiter as a single byte.
    pub(crate) fn delimiter_byte(&self, file: &str) -> Result<u8, DataError> {
        let byte = u8::try_from(self.delimiter).ok().filter(|byte| is_delimiter(*byte));
        byte.ok_or_else(|| DataError::value(format!("{file}: delimiter"), self.delimiter, LEGAL_DELIMITER))
    }

    /// Reads all rows. `rows` is their number, where known. Without `predict`, an absent target is an error.
    pub(crate) fn encode(
        &self,
        text: &Text,
        missing: Missing,
        rows: Option<usize>,
        predict: bool,
    ) -> Result<Encoded, DataError> {
        let layout = Layout::find(self, text, predict)?;
        let cols = self.features();
        let what = format!("`{}` with {cols} features", text.file);
        let mut values = room_for(&what, checked_cells(&what, rows.unwrap_or(0), cols)?)?;
        let mut target = TargetCells::new(&self.target.kind);
        let (mut count, mut left_out, mut blank_targets) = (0, 0, 0);
        let mut skip = self.header;
        text.for_each_row(|row| {
            if std::mem::take(&mut skip) {
                return Ok(true);
            }
            row.check_width(layout.width)?;
            let blank = layout.target.is_some_and(|j| is_missing(row.cell(j)));
            blank_targets += usize::from(blank);
            let hole = layout.columns.iter().position(|j| is_missing(row.cell(*j)));
            if missing == Missing::Drop && (hole.is_some() || blank) || missing == Missing::Mean && blank && !predict {
                left_out += 1;
                return Ok(true);
            }
            if let (Some(k), Missing::Error) = (hole, missing) {
                let what = "the cell is missing, and this data was read without option `missing=mean`";
                return Err(DataError::cell(text.file, row.line(), &self.columns[k].name, what));
            }
            for (column, j) in self.columns.iter().zip(&layout.columns) {
                column.encode(text, &row, *j, &mut values)?;
            }
            if values.len() > MAX_CELLS {
                return checked_cells(&what, usize::MAX, cols).map(|_| false);
            }
            if let (Some(j), false) = (layout.target, blank) {
                target.push(text, &row, j, &self.target.name)?;
            }
            count += 1;
            Ok(true)
        })?;
        if count == 0 {
            let why = if left_out > 0 { " is left: each has a missing cell" } else { " below the header" };
            return Err(DataError::file(text.file, format!("no row of data{why}")));
        }
        if predict && blank_targets > 0 && blank_targets < count {
            let what = format!("{blank_targets} of {count} cells of the target are missing; give all of them or none");
            return Err(DataError::column(text.file, &self.target.name, what));
        }
        let present = layout.target.is_some() && (!predict || blank_targets == 0);
        let target = present.then(|| target.finish(&self.target.name));
        Ok(Encoded { features: Matrix { rows: count, cols, values }, target, left_out })
    }
}

impl Column {
    /// Number of features that the column becomes.
    fn features(&self) -> usize {
        match &self.kind {
            ColumnKind::Numeric => 1,
            ColumnKind::Categorical { levels } => levels.len(),
        }
    }

    /// Appends the features of cell `j` of `row`; NaN for a missing one.
    fn encode(&self, text: &Text, row: &Row, j: usize, values: &mut Vec<f64>) -> Result<(), DataError> {
        let cell = row.cell(j);
        match &self.kind {
            _ if is_missing(cell) => values.extend(std::iter::repeat_n(f64::NAN, self.features())),
            ColumnKind::Numeric => values.push(finite(text, row, &self.name, cell)?),
            ColumnKind::Categorical { levels } => {
                let level = levels.binary_search_by(|level| level.as_str().cmp(cell)).map_err(|_| {
                    let what = format!("`{cell}` was not there in training; known: {}", some_of(levels));
                    DataError::cell(text.file, row.line(), &self.name, what)
                })?;
                values.extend((0..levels.len()).map(|k| f64::from(u8::from(k == level))));
            }
        }
        Ok(())
    }
}

/// The number in a cell, which must be finite.
fn finite(text: &Text, row: &Row, column: &str, cell: &str) -> Result<f64, DataError> {
    let bad = |what: String| DataError::cell(text.file, row.line(), column, what);
    let x = number(cell).ok_or_else(|| bad(format!("`{cell}` is not a number, and the column holds numbers")))?;
    if !x.is_finite() {
        return Err(bad(format!("`{cell}` is infinite or beyond the largest float; numbers must be finite")));
    }
    Ok(x)
}

/// The places of an encoder's columns in one file.
struct Layout {
    width: usize,
    columns: Vec<usize>,
    target: Option<usize>,
}

impl Layout {
    fn find(encoder: &Encoder, text: &Text, predict: bool) -> Result<Layout, DataError> {
        let mut names: Vec<String> = vec![];
        text.for_each_row(|row| {
            names = column_names(text, &row, encoder.header)?;
            Ok(false)
        })?;
        let width = names.len();
        if !encoder.header {
            // Positions are the training file's: a file without the target has one column fewer, and the columns after
            // the target have moved up.
            let target: Option<usize> = encoder.target.name.parse().ok();
            match target {
                Some(target) if predict && width + 1 == encoder.width && target <= width => {
                    names = (0..encoder.width).filter(|j| *j != target).map(|j| j.to_string()).collect();
                }
                _ if width == encoder.width => {}
                _ => {
                    let what = format!("{width} columns, where the training file had {}", encoder.width);
                    return Err(DataError::file(text.file, what));
                }
            }
        }
        let place: HashMap<&str, usize> = names.iter().enumerate().map(|(j, name)| (name.as_str(), j)).collect();
        let find = |name: &String| {
            place.get(name.as_str()).copied().ok_or_else(|| {
                DataError::column(text.file, name, format!("there is no such column; there are: {}", some_of(&names)))
            })
        };
        let columns = encoder.columns.iter().map(|column| find(&column.name)).collect::<Result<_, _>>()?;
        let target = match find(&encoder.target.name) {
            Err(_) if predict => None,
            found => Some(found?),
        };
        Ok(Layout { width, columns, target })
    }
}

/// The columns' names from the first row: its cells, or their positions where it is no header. A cell without a
/// name is named by its position.
pub(crate) fn column_names(text: &Text, first: &Row, header: bool) -> Result<Vec<String>, DataError> {
    let mut names: Vec<String> = vec![];
    let mut seen = HashMap::new();
    for (j, cell) in first.cells().enumerate() {
        let name = if header && !cell.is_empty() { cell.to_string() } else { j.to_string() };
        if let Some(before) = seen.insert(name.clone(), j) {
            let what = format!("columns {before} and {j} (from 0) are both called `{name}`");
            return Err(DataError::line(text.file, first.line(), what));
        }
        names.push(name);
    }
    Ok(names)
}

/// The target's cells as they are read.
enum TargetCells<'a> {
    Classes { labels: Vec<u32>, index: HashMap<&'a str, u32>, names: &'a [String], numeric: bool },
    Values(Vec<f64>),
}

impl<'a> TargetCells<'a> {
    fn new(kind: &'a TargetKind) -> Self {
        match kind {
            TargetKind::Value => TargetCells::Values(vec![]),
            TargetKind::Classes { names, numeric } => TargetCells::Classes {
                labels: vec![],
                index: names.iter().enumerate().map(|(k, name)| (name.as_str(), k as u32)).collect(),
                names,
                numeric: *numeric,
            },
        }
    }

    fn push(&mut self, text: &Text, row: &Row, j: usize, column: &str) -> Result<(), DataError> {
        let cell = row.cell(j);
        match self {
            TargetCells::Values(values) => values.push(finite(text, row, column, cell)?),
            TargetCells::Classes { labels, index, names, numeric } => {
                let found = if *numeric {
                    index.get(finite(text, row, column, cell)?.to_string().as_str())
                } else {
                    index.get(cell)
                };
                labels.push(*found.ok_or_else(|| {
                    let what = format!("`{cell}` is not a class seen in training; known: {}", some_of(names));
                    DataError::cell(text.file, row.line(), column, what)
                })?);
            }
        }
        Ok(())
    }

    fn finish(self, name: &str) -> Target {
        match self {
            TargetCells::Classes { labels, names, .. } => Target::Classes { labels, names: names.to_vec() },
            TargetCells::Values(values) => {
                Target::Values { values: Matrix { rows: values.len(), cols: 1, values }, names: vec![name.to_string()] }
            }
        }
    }
}

/// A list for a message, cut short.
pub(crate) fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut list = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        list += &format!(", and {} more", names.len() - SHOWN);
    }
    list
}
