//! `metrics.csv`: one row per logged step and member.

use crate::diagnostics::{PRECONDITIONED, SHARPNESS};
use crate::error::{Error, Result, refused};
use downhill_train::Row;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A column of every row.
struct Column {
    /// The name in the header.
    name: &'static str,
    /// The name in TensorBoard and its place among the figures of a step; None for a column that is not shown there.
    tag: Option<(usize, &'static str)>,
    /// The figure's place in a row.
    figure: Figure,
}

/// The place of a figure in a row.
enum Figure {
    Count(fn(&mut Row) -> &mut u64),
    Number(fn(&mut Row) -> &mut f64),
    /// In seconds, written to the millisecond.
    Time(fn(&mut Row) -> &mut f64),
    /// Empty if not measured.
    Optional(fn(&mut Row) -> &mut Option<f64>),
}

/// The columns, in the order of the file.
const COLUMNS: [Column; 12] = [
    Column { name: "seed", tag: None, figure: Figure::Count(|row| &mut row.seed) },
    Column { name: "step", tag: None, figure: Figure::Count(|row| &mut row.step) },
    Column { name: "epoch", tag: None, figure: Figure::Number(|row| &mut row.epoch) },
    Column { name: "samples", tag: None, figure: Figure::Count(|row| &mut row.samples) },
    Column { name: "train_loss", tag: Some((0, "loss/train")), figure: Figure::Number(|row| &mut row.train_loss) },
    Column {
        name: "train_accuracy",
        tag: Some((2, "accuracy/train")),
        figure: Figure::Optional(|row| &mut row.train_accuracy),
    },
    Column { name: "val_loss", tag: Some((1, "loss/validation")), figure: Figure::Optional(|row| &mut row.val_loss) },
    Column {
        name: "val_accuracy",
        tag: Some((3, "accuracy/validation")),
        figure: Figure::Optional(|row| &mut row.val_accuracy),
    },
    Column { name: "lr", tag: Some((4, "optimizer/learning rate")), figure: Figure::Optional(|row| &mut row.lr) },
    Column {
        name: "grad_norm",
        tag: Some((5, "optimizer/gradient norm")),
        figure: Figure::Optional(|row| &mut row.grad_norm),
    },
    Column {
        name: "update_ratio",
        tag: Some((6, "optimizer/update ratio")),
        figure: Figure::Optional(|row| &mut row.update_ratio),
    },
    Column { name: "seconds", tag: None, figure: Figure::Time(|row| &mut row.seconds) },
];

/// TensorBoard's figures of a row, tag and value, without those that were not measured.
pub(crate) fn tagged(row: &Row) -> Vec<(&'static str, f64)> {
    let mut row = row.clone();
    let mut tagged: Vec<(usize, &str, f64)> = Vec::new();
    for column in &COLUMNS {
        let Some((place, tag)) = column.tag else { continue };
        let value = match column.figure {
            Figure::Count(of) => Some(*of(&mut row) as f64),
            Figure::Number(of) | Figure::Time(of) => Some(*of(&mut row)),
            Figure::Optional(of) => *of(&mut row),
        };
        tagged.extend(value.map(|value| (place, tag, value)));
    }
    tagged.sort_by_key(|(place, ..)| *place);
    tagged.into_iter().map(|(_, tag, value)| (tag, value)).collect()
}

/// A row as a line. Rust prints the shortest text that reads back as the same float; a figure not measured is empty.
fn line(row: &Row, further: &[Option<f64>]) -> String {
    let mut row = row.clone();
    let optional = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let own = COLUMNS.iter().map(|column| match column.figure {
        Figure::Count(of) => of(&mut row).to_string(),
        Figure::Number(of) => of(&mut row).to_string(),
        Figure::Time(of) => format!("{:.3}", of(&mut row)),
        Figure::Optional(of) => optional(*of(&mut row)),
    });
    let cells: Vec<String> = own.chain(further.iter().map(|value| optional(*value))).collect();
    cells.join(",") + "\n"
}

/// `metrics.csv`, written row by row.
pub(crate) struct MetricsFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl MetricsFile {
    /// A new file with its header: the usual columns, then `further` ones.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(path: &Path, further: &[String]) -> Result<Self> {
        let file = File::create(path).map_err(|e| Error::file(path, e))?;
        let mut metrics = Self { path: path.to_path_buf(), file, length: 0 };
        let columns: Vec<&str> =
            COLUMNS.iter().map(|column| column.name).chain(further.iter().map(String::as_str)).collect();
        metrics.append(&format!("{}\n", columns.join(",")))?;
        Ok(metrics)
    }

    /// An existing file, cut to `length` bytes, its length at the newest checkpoint.
    ///
    /// # Errors
    /// When it is shorter than `length`, or the file system refuses.
    pub fn append_at(path: &Path, length: u64) -> Result<Self> {
        let file = OpenOptions::new().append(true).open(path).map_err(|e| Error::file(path, e))?;
        let found = file.metadata().map_err(|e| Error::file(path, e))?.len();
        if found < length {
            return Err(Error::file(
                path,
                format!("it has {found} bytes, the checkpoint was taken at {length}; it was cut"),
            ));
        }
        file.set_len(length).map_err(|e| Error::file(path, e))?;
        Ok(Self { path: path.to_path_buf(), file, length })
    }

    /// Adds rows, each with its cells of the further columns, in a single write.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn rows(&mut self, rows: &[Row], further: &[Vec<Option<f64>>]) -> Result<()> {
        let text: String = rows.iter().zip(further).map(|(row, further)| line(row, further)).collect();
        self.append(&text)
    }

    /// Flushes to the disk; returns the file's length.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn sync(&mut self) -> Result<u64> {
        self.file.sync_data().map_err(|e| Error::file(&self.path, e))?;
        Ok(self.length)
    }

    fn append(&mut self, text: &str) -> Result<()> {
        self.file.write_all(text.as_bytes()).map_err(|e| Error::file(&self.path, e))?;
        self.length += text.len() as u64;
        Ok(())
    }
}

/// A logged row with the measurements beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// The row.
    pub row: Row,
    /// The sharpness, and the sharpness above which the optimizer is unstable.
    pub sharpness: [Option<f64>; 2],
    /// The same for the preconditioned Hessian.
    pub preconditioned: [Option<f64>; 2],
}

/// Reads a `metrics.csv`.
///
/// # Errors
/// Naming the line and the column that cannot be read.
pub(crate) fn read_metrics(path: &Path) -> Result<Vec<Logged>> {
    let wrong = |line: u64, what: String| refused!("{}, line {line}: {what}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(|e| Error::refused_file(path, e))?;
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    let further = |name: &str| header.iter().position(|h| h == name);
    let place = |column: &Column| {
        further(column.name).ok_or_else(|| wrong(1, format!("the column `{}` is missing", column.name)))
    };
    let at: Vec<usize> = COLUMNS.iter().map(place).collect::<Result<_>>()?;
    let [sharpness, preconditioned] = [SHARPNESS, PRECONDITIONED].map(|columns| columns.map(further));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| Error::refused_file(path, e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |at: usize| record.get(at).unwrap_or_default();
        let number = |at: usize| -> Result<Option<f64>> {
            match text(at) {
                "" => Ok(None),
                cell => {
                    let read = cell.parse().map(Some);
                    read.map_err(|_| wrong(line, format!("{} is `{cell}`, not a number", &header[at])))
                }
            }
        };
        let pair = |columns: [Option<usize>; 2]| -> Result<[Option<f64>; 2]> {
            let [a, b] = columns.map(|at| at.map_or(Ok(None), number));
            Ok([a?, b?])
        };
        let mut row = EMPTY;
        for (Column { name, figure, .. }, &at) in COLUMNS.iter().zip(&at) {
            match figure {
                Figure::Count(of) => {
                    let read = text(at).parse();
                    *of(&mut row) =
                        read.map_err(|_| wrong(line, format!("{name} is `{}`, not an integer", text(at))))?;
                }
                Figure::Number(of) | Figure::Time(of) => {
                    *of(&mut row) = number(at)?.ok_or_else(|| wrong(line, format!("{name} is empty")))?;
                }
                Figure::Optional(of) => *of(&mut row) = number(at)?,
            }
        }
        rows.push(Logged { row, sharpness: pair(sharpness)?, preconditioned: pair(preconditioned)? });
    }
    Ok(rows)
}

/// A row without any figures.
const EMPTY: Row = Row {
    seed: 0,
    step: 0,
    epoch: 0.0,
    samples: 0,
    train_loss: 0.0,
    train_accuracy: None,
    val_loss: None,
    val_accuracy: None,
    lr: None,
    grad_norm: None,
    update_ratio: None,
    seconds: 0.0,
};
