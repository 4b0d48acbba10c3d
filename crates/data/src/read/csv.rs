//! CSV files: one pass over the text finds the kind of each column, another reads the numbers.

use std::collections::BTreeSet;

use super::encoder::{Column, ColumnKind, Encoder, TargetColumn, TargetKind, column_names, some_of};
use super::sniff;
use super::source::Source;
use super::target::{Distinct, MAX_CLASSES, check_classes, numeric_kind};
use super::text::{LEGAL_DELIMITER, Row, Text, is_delimiter, is_missing, number, read_bytes};
use crate::error::DataError;
use crate::{Dataset, LoadOptions, Matrix, Missing, Target, TaskKind};
use downhill_spec::nearest;

/// Most levels of one text column; beyond this the column has names or texts and no categories.
const MAX_LEVELS: usize = 256;

/// Reads a CSV, and appends `options.test_file`, read the same way.
///
/// Cells are trimmed; empty, `NA`, `NaN`, `nan`, `null` and `?` are missing. A column is numeric if all its cells are
/// numbers, else categorical. The target is `options.target`, else the last column. [`LoadOptions`] lists the options
/// that are guessed, [`Dataset::notes`] the guesses.
///
/// # Errors
/// All defects of a CSV, with file, line and column; an option that names a missing column.
pub fn read_csv(source: &Source, options: &LoadOptions) -> Result<Dataset, DataError> {
    let (file, bytes) = (source.name(), read_bytes(source)?);
    let mut notes = vec![];
    let delimiter = match options.delimiter {
        Some(delimiter) if is_delimiter(delimiter) => delimiter,
        Some(other) => return Err(DataError::value("delimiter", other.escape_ascii(), LEGAL_DELIMITER)),
        None => sniff::delimiter(&file, &bytes)?,
    };
    if options.delimiter.is_none() && delimiter != b',' {
        notes.push(format!("delimiter: `{}`", delimiter.escape_ascii()));
    }
    let text = Text::new(&file, &bytes, delimiter)?;
    let header = match options.header {
        Some(header) => header,
        None => sniff::header(&text)?,
    };
    if !header {
        notes.push("no header line: columns are named by their position, from 0".into());
    } else if options.header.is_none() {
        notes.push("the first line is a header".into());
    }
    let survey = Survey::of(&text, header, options)?;
    let (encoder, rows) = survey.encoder(&text, header, options, &mut notes)?;
    let read = encoder.encode(&text, options.missing, Some(rows), false)?;
    let Some(target) = read.target else { return Err(DataError::column(&file, &encoder.target.name, "not found")) };
    if read.left_out > 0 {
        notes.push(format!("{} of {} rows left out: a cell is missing", read.left_out, read.left_out + rows));
    }
    let mut data = Dataset {
        name: file.clone(),
        features: read.features,
        feature_names: encoder.feature_names(),
        target,
        test_rows: 0,
        notes,
        encoder: None,
    };
    drop(bytes);
    if let Some(path) = &options.test_file {
        append_test(&mut data, &encoder, &Source::File(path.clone()), options.missing)?;
    }
    data.encoder = Some(encoder);
    Ok(data)
}

/// Appends the rows of a test file.
fn append_test(data: &mut Dataset, encoder: &Encoder, source: &Source, missing: Missing) -> Result<(), DataError> {
    let (file, bytes) = (source.name(), read_bytes(source)?);
    let text = Text::new(&file, &bytes, encoder.delimiter_byte(&file)?)?;
    let test = encoder.encode(&text, missing, None, false)?;
    let count = test.features.rows;
    append(&mut data.features, test.features);
    match (&mut data.target, test.target) {
        (Target::Classes { labels, .. }, Some(Target::Classes { labels: more, .. })) => labels.extend(more),
        (Target::Values { values, .. }, Some(Target::Values { values: more, .. })) => append(values, more),
        _ => return Err(DataError::column(&file, &encoder.target.name, "is not what the training file has there")),
    }
    data.test_rows = count;
    data.notes.push(format!("test part: the {count} rows of {file}"));
    if test.left_out > 0 {
        data.notes.push(format!("{file}: {} rows left out: a cell is missing", test.left_out));
    }
    Ok(())
}

fn append(matrix: &mut Matrix, more: Matrix) {
    matrix.values.reserve_exact(more.values.len());
    matrix.values.extend(more.values);
    matrix.rows += more.rows;
}

/// The facts about each column after one pass.
struct Survey {
    /// Number of columns in the file.
    width: usize,
    columns: Vec<Surveyed>,
    /// Position of the target in `columns`.
    target: usize,
    dropped: Vec<String>,
    /// Rows that will be used.
    rows: usize,
    /// The target's different numbers.
    numbers: Distinct,
    /// First missing cell, as line and name of the column.
    first_missing: Option<(u64, String)>,
}

struct Surveyed {
    name: String,
    /// Position in the file.
    place: usize,
    missing: usize,
    /// The first cell that is no number, as line and text.
    text: Option<(u64, String)>,
}

impl Survey {
    fn of(text: &Text, header: bool, options: &LoadOptions) -> Result<Survey, DataError> {
        let mut survey: Option<Survey> = None;
        text.for_each_row(|row| {
            let Some(survey) = &mut survey else {
                let fresh = survey.insert(Survey::new(text, &column_names(text, &row, header)?, options)?);
                if !header {
                    fresh.see(&row, options.missing);
                }
                return Ok(true);
            };
            row.check_width(survey.width)?;
            survey.see(&row, options.missing);
            Ok(true)
        })?;
        let Some(survey) = survey else { return Err(DataError::file(text.file, "no line holds a cell")) };
        survey.check(text, options.missing)?;
        Ok(survey)
    }

    /// Chooses the columns by name.
    fn new(text: &Text, names: &[String], options: &LoadOptions) -> Result<Survey, DataError> {
        let place = |option: &str, name: &String| {
            names.iter().position(|n| n == name).ok_or_else(|| {
                let near = nearest(name, names.iter().map(String::as_str));
                let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
                let what = format!("option `{option}` names no column{near}; there are: {}", some_of(names));
                DataError::column(text.file, name, what)
            })
        };
        let dropped = options.drop.iter().map(|name| place("drop", name)).collect::<Result<Vec<_>, _>>()?;
        let kept: Vec<usize> = (0..names.len()).filter(|j| !dropped.contains(j)).collect();
        let target = match &options.target {
            Some(name) => {
                let target = place("target", name)?;
                kept.iter().position(|j| *j == target).ok_or_else(|| {
                    DataError::column(text.file, name, "option `target` and option `drop` both name this column")
                })?
            }
            None => kept.len().saturating_sub(1),
        };
        if kept.len() < 2 {
            let what = format!("{} columns are left; a target and at least one feature are needed", kept.len());
            return Err(DataError::file(text.file, what));
        }
        let columns = kept.into_iter().map(|j| Surveyed { name: names[j].clone(), place: j, missing: 0, text: None });
        Ok(Survey {
            width: names.len(),
            columns: columns.collect(),
            target,
            dropped: dropped.iter().map(|j| names[*j].clone()).collect(),
            rows: 0,
            numbers: Distinct::default(),
            first_missing: None,
        })
    }

    /// Whether a row can be used at all.
    fn uses(&self, row: &Row, missing: Missing) -> bool {
        match missing {
            Missing::Error => true,
            Missing::Mean => !is_missing(row.cell(self.columns[self.target].place)),
            Missing::Drop => !self.columns.iter().any(|column| is_missing(row.cell(column.place))),
        }
    }

    fn see(&mut self, row: &Row, missing: Missing) {
        if !self.uses(row, missing) {
            return;
        }
        self.rows += 1;
        for (k, column) in self.columns.iter_mut().enumerate() {
            let cell = row.cell(column.place);
            if is_missing(cell) {
                column.missing += 1;
                self.first_missing.get_or_insert_with(|| (row.line(), column.name.clone()));
            } else if column.text.is_none() {
                match number(cell) {
                    None => column.text = Some((row.line(), cell.to_string())),
                    Some(x) if k == self.target => self.numbers.insert(x),
                    Some(_) => {}
                }
            }
        }
    }

    fn check(&self, text: &Text, missing: Missing) -> Result<(), DataError> {
        if self.rows == 0 {
            let what = match missing {
                Missing::Error => "there is a header but no row of data below it",
                Missing::Drop => "no row of data is left: each has a missing cell",
                Missing::Mean => "no row of data is left: the target is missing in each",
            };
            return Err(DataError::file(text.file, what));
        }
        if let (Missing::Error, Some((line, column))) = (missing, &self.first_missing) {
            let with_holes = self.columns.iter().filter(|column| column.missing > 0);
            let counts: Vec<String> = with_holes.map(|c| format!("{} in `{}`", c.missing, c.name)).collect();
            return Err(DataError::MissingCells {
                file: text.file.into(),
                line: *line,
                column: column.clone(),
                counts: some_of(&counts),
            });
        }
        if let Some(column) = self.columns.iter().find(|column| column.missing == self.rows) {
            let what = format!("every cell is missing; leave the column out with option `drop={}`", column.name);
            return Err(DataError::column(text.file, &column.name, what));
        }
        Ok(())
    }

    /// Decides the encoding of each column. Also returns the number of rows that will be read.
    fn encoder(
        self,
        text: &Text,
        header: bool,
        options: &LoadOptions,
        notes: &mut Vec<String>,
    ) -> Result<(Encoder, usize), DataError> {
        let levels = self.levels(text, header, options.missing)?;
        let mut columns = vec![];
        for (k, column) in self.columns.iter().enumerate().filter(|(k, _)| *k != self.target) {
            let kind = match &column.text {
                None => ColumnKind::Numeric,
                Some((line, cell)) if levels[k].len() > MAX_LEVELS => {
                    let what = format!(
                        "`{cell}` is text, and the column has more than {MAX_LEVELS} different texts, too many for \
                         categories; leave the column out with option `drop={}`, or make it numbers",
                        column.name
                    );
                    return Err(DataError::cell(text.file, *line, &column.name, what));
                }
                Some(_) => {
                    let levels: Vec<String> = levels[k].iter().cloned().collect();
                    notes.push(format!("column `{}`: text, so {} features", column.name, levels.len()));
                    ColumnKind::Categorical { levels }
                }
            };
            columns.push(Column { name: column.name.clone(), kind });
        }
        let target = &self.columns[self.target];
        if options.target.is_none() {
            notes.push(format!("target `{}`: the last column (option `target` names another)", target.name));
        }
        let kind = decide_target(text, target, &levels[self.target], &self.numbers, options.task, notes)?;
        let encoder = Encoder {
            delimiter: text.delimiter as char,
            header,
            width: self.width,
            columns,
            target: TargetColumn { name: target.name.clone(), kind },
            dropped: self.dropped,
            missing: options.missing,
        };
        Ok((encoder, self.rows))
    }

    /// The different texts of each text column, at most one more than is legal.
    fn levels(&self, text: &Text, header: bool, missing: Missing) -> Result<Vec<BTreeSet<String>>, DataError> {
        let mut levels = vec![BTreeSet::new(); self.columns.len()];
        let texts: Vec<(usize, &Surveyed)> =
            self.columns.iter().enumerate().filter(|(_, column)| column.text.is_some()).collect();
        if texts.is_empty() {
            return Ok(levels);
        }
        let mut skip = header;
        text.for_each_row(|row| {
            if std::mem::take(&mut skip) || !self.uses(&row, missing) {
                return Ok(true);
            }
            for (k, column) in &texts {
                let (cell, levels) = (row.cell(column.place), &mut levels[*k]);
                let limit = if *k == self.target { MAX_CLASSES } else { MAX_LEVELS };
                if !is_missing(cell) && levels.len() <= limit && !levels.contains(cell) {
                    levels.insert(cell.to_string());
                }
            }
            Ok(true)
        })?;
        Ok(levels)
    }
}

/// Whether the target is classes, and the classes.
fn decide_target(
    text: &Text,
    column: &Surveyed,
    levels: &BTreeSet<String>,
    numbers: &Distinct,
    task: Option<TaskKind>,
    notes: &mut Vec<String>,
) -> Result<TargetKind, DataError> {
    let name = &column.name;
    match (&column.text, task) {
        (None, _) => numeric_kind(text.file, name, numbers, task, notes),
        (Some((line, cell)), Some(TaskKind::Regression)) => {
            let what = format!("`{cell}` is not a number, so the target cannot be used for regression");
            Err(DataError::cell(text.file, *line, name, what))
        }
        (Some(_), _) => {
            let names: Vec<String> = levels.iter().cloned().collect();
            check_classes(text.file, name, &names)?;
            notes.push(format!("target `{name}`: text, so {} classes", names.len()));
            Ok(TargetKind::Classes { names, numeric: false })
        }
    }
}
