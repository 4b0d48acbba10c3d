//! The folder that a training run leaves: its files, and how they come to be there whole or not at all.

use crate::diagnostics::{PRECONDITIONED, SHARPNESS};
use crate::failure::{Failure, Outcome};
use crate::options::Options;
use crate::record::RunRecord;
use downhill_train::Row;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Every option with its value.
pub const CONFIG: &str = "config.toml";
/// Status, versions, final figures.
pub const RECORD: &str = "run.json";
/// One row per logged step and member.
pub const METRICS: &str = "metrics.csv";
/// The loss curves.
pub const CURVES: &str = "curves.svg";
/// The folder of the newest complete state.
pub const CHECKPOINT: &str = "checkpoint";
/// The folder of a probe, unless another is named.
pub const PROBE: &str = "probe";
const STATE: &str = "state.safetensors";
const LOCK: &str = ".lock";

/// A run's folder, which no other process writes to while this value lives.
pub struct RunDir {
    path: PathBuf,
    _lock: File,
}

/// `runs/<data>-<optimizer>-<short hash>`: the same options always give the same name.
///
/// # Errors
/// When the options cannot be written down.
pub fn default_path(options: &Options, optimizer: &str) -> Outcome<PathBuf> {
    let data = options.data.as_deref().unwrap_or("data");
    let data = data.split(':').next().unwrap_or(data);
    let stem = Path::new(data).file_stem().map_or(data.into(), |s| s.to_string_lossy());
    let safe: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let hash = Sha256::digest(config_text(options)?.as_bytes());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    Ok(Path::new("runs").join(format!("{safe}-{optimizer}-{short}")))
}

/// The text of `config.toml`.
///
/// # Errors
/// When an option is no text, such as a path that is not UTF-8.
pub fn config_text(options: &Options) -> Outcome<String> {
    let body = options.to_toml().map_err(|e| Failure::usage(format!("{CONFIG} cannot hold these options: {e}")))?;
    Ok(format!(
        "# Everything this run was told, defaults written out.\n\
         # `downhill train --config config.toml` repeats it.\n{body}"
    ))
}

impl RunDir {
    /// A folder for a new run. What an earlier run left there without a checkpoint is removed.
    ///
    /// # Errors
    /// With exit status 2 when the folder holds a checkpoint or other people's files, or another process trains
    /// there; with 1 when it cannot be made.
    pub fn create(path: &Path, options: &Options) -> Outcome<Self> {
        let shown = path.display();
        if path.exists() && !path.is_dir() {
            return Err(Failure::usage(format!("{shown} is a file; --out names a folder")));
        }
        let text = config_text(options)?;
        let taken = || {
            path.join(CHECKPOINT).join(STATE).exists().then(|| {
                Failure::usage(format!(
                    "{shown} already holds this run or another; `downhill train --resume {shown}` goes on with it, \
                     --out names another folder, and removing the folder starts over"
                ))
            })
        };
        if path.is_dir() {
            if let Some(failure) = taken() {
                return Err(failure);
            }
            // The lock is the first file of a run and never goes: without it this is somebody else's folder.
            let names = entries(path)?;
            let foreign = names.iter().find(|name| !is_ours(name)).or(names.first());
            if let Some(name) = foreign.filter(|name| !is_ours(name) || !path.join(LOCK).exists()) {
                return Err(Failure::usage(format!(
                    "{shown} is not a run's folder: it holds `{name}`; --out names a new one"
                )));
            }
        }
        fs::create_dir_all(path).map_err(|e| Failure::usage(format!("{shown}: {e}")))?;
        let dir = Self { _lock: lock(path)?, path: path.to_path_buf() };
        if let Some(failure) = taken() {
            return Err(failure);
        }
        for name in entries(path)? {
            let old = path.join(&name);
            let removed = if old.is_dir() {
                fs::remove_dir_all(&old)
            } else if name == LOCK {
                Ok(())
            } else {
                fs::remove_file(&old)
            };
            removed.map_err(|e| Failure::io(&old, e))?;
        }
        dir.write(CONFIG, text.as_bytes())?;
        Ok(dir)
    }

    /// The folder of a run that is to go on.
    ///
    /// # Errors
    /// With exit status 2 when there is no such run, nothing to go on from, or another process trains there.
    pub fn open(path: &Path) -> Outcome<Self> {
        let shown = path.display();
        if !path.join(CONFIG).is_file() {
            return Err(Failure::usage(format!("{shown} is not a run's folder: it holds no {CONFIG}")));
        }
        if !path.join(CHECKPOINT).join(STATE).is_file() {
            return Err(Failure::usage(format!(
                "{shown}: nothing to resume, the run ended before its first checkpoint; \
                 `downhill train --config {shown}/{CONFIG} --out {shown}` starts it over"
            )));
        }
        Ok(Self { _lock: lock(path)?, path: path.to_path_buf() })
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file so that it is there whole or not at all.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Outcome<()> {
        write_whole(&self.file(name), bytes)
    }

    /// Replaces the checkpoint.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_checkpoint(&self, bytes: &[u8]) -> Outcome<()> {
        let folder = self.file(CHECKPOINT);
        fs::create_dir_all(&folder).map_err(|e| Failure::io(&folder, e))?;
        write_whole(&folder.join(STATE), bytes)
    }

    /// The checkpoint's bytes.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn read_checkpoint(&self) -> Outcome<Vec<u8>> {
        let path = self.file(CHECKPOINT).join(STATE);
        fs::read(&path).map_err(|e| Failure::io(&path, e))
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_record(&self, record: &RunRecord) -> Outcome<()> {
        let text = serde_json::to_string_pretty(record).map_err(|e| Failure::io(&self.file(RECORD), e))?;
        self.write(RECORD, format!("{text}\n").as_bytes())
    }
}

/// Writes a file beside its place, brings it to the disk, and renames it there.
///
/// # Errors
/// When the file system refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    write_by_way_of(&path.with_file_name(name), path, bytes)
}

/// The same for a file that several processes may write at once: each has its own place beside it.
///
/// # Errors
/// When the file system refuses.
pub fn write_shared(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    write_by_way_of(&path.with_file_name(name), path, bytes)
}

fn write_by_way_of(part: &Path, path: &Path, bytes: &[u8]) -> Outcome<()> {
    let write = || -> std::io::Result<()> {
        let mut file = File::create(part)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(part, path)
    };
    write().map_err(|e| Failure::io(path, e))
}

fn lock(path: &Path) -> Outcome<File> {
    let file = path.join(LOCK);
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(&file).map_err(|e| Failure::io(&file, e))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            Err(Failure::usage(format!("{}: another process is training there", path.display())))
        }
        // A file system without locks cannot guard the folder.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(lock),
    }
}

fn entries(path: &Path) -> Outcome<Vec<String>> {
    let read = || -> std::io::Result<Vec<String>> {
        fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    read().map_err(|e| Failure::io(path, e))
}

fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(".part").unwrap_or(name);
    matches!(name, CONFIG | RECORD | METRICS | CURVES | CHECKPOINT | LOCK | "regions.svg" | "fit.svg" | PROBE)
        || (name.starts_with("events.out.tfevents.") && name.ends_with(".downhill"))
        || name.strip_suffix(".safetensors").is_some_and(is_weights)
}

/// `model`, `last`, and either with a seed.
fn is_weights(stem: &str) -> bool {
    let rest = stem.strip_prefix("model").or(stem.strip_prefix("last"));
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|seed| seed.parse::<u64>().is_ok()))
}

/// `metrics.csv`, written row by row.
pub struct MetricsFile {
    path: PathBuf,
    file: File,
    length: u64,
}

/// The columns of `metrics.csv`.
pub const COLUMNS: [&str; 12] = [
    "seed",
    "step",
    "epoch",
    "samples",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "lr",
    "grad_norm",
    "update_ratio",
    "seconds",
];

impl MetricsFile {
    /// A new file with its header: [`COLUMNS`], and then `further` ones.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(path: &Path, further: &[String]) -> Outcome<Self> {
        let file = File::create(path).map_err(|e| Failure::io(path, e))?;
        let mut metrics = Self { path: path.to_path_buf(), file, length: 0 };
        let columns: Vec<&str> = COLUMNS.into_iter().chain(further.iter().map(String::as_str)).collect();
        metrics.append(&format!("{}\n", columns.join(",")))?;
        Ok(metrics)
    }

    /// An existing file, cut to `length` bytes, where the newest checkpoint left it.
    ///
    /// # Errors
    /// When it is shorter than that, or the file system refuses.
    pub fn append_at(path: &Path, length: u64) -> Outcome<Self> {
        let file = OpenOptions::new().append(true).open(path).map_err(|e| Failure::io(path, e))?;
        let found = file.metadata().map_err(|e| Failure::io(path, e))?.len();
        if found < length {
            return Err(Failure::io(
                path,
                format!("it has {found} bytes, the checkpoint was taken at {length}; it was cut"),
            ));
        }
        file.set_len(length).map_err(|e| Failure::io(path, e))?;
        Ok(Self { path: path.to_path_buf(), file, length })
    }

    /// Adds rows, each with its cells of the further columns, in one write.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn rows(&mut self, rows: &[Row], further: &[Vec<Option<f64>>]) -> Outcome<()> {
        let text: String = rows.iter().zip(further).map(|(row, further)| line(row, further)).collect();
        self.append(&text)
    }

    /// Brings what was written to the disk; tells how long the file is.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn sync(&mut self) -> Outcome<u64> {
        self.file.sync_data().map_err(|e| Failure::io(&self.path, e))?;
        Ok(self.length)
    }

    fn append(&mut self, text: &str) -> Outcome<()> {
        self.file.write_all(text.as_bytes()).map_err(|e| Failure::io(&self.path, e))?;
        self.length += text.len() as u64;
        Ok(())
    }
}

/// A row as a line. Rust prints the shortest text that reads back as the same float; "not measured" is empty.
fn line(row: &Row, further: &[Option<f64>]) -> String {
    let cell = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let further: String = further.iter().map(|value| format!(",{}", cell(*value))).collect();
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{:.3}{further}\n",
        row.seed,
        row.step,
        row.epoch,
        row.samples,
        row.train_loss,
        cell(row.train_accuracy),
        cell(row.val_loss),
        cell(row.val_accuracy),
        cell(row.lr),
        cell(row.grad_norm),
        cell(row.update_ratio),
        row.seconds,
    )
}

/// A logged row with what was measured beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// The row.
    pub row: Row,
    /// The sharpness, and from which on the optimizer is unstable.
    pub sharpness: [Option<f64>; 2],
    /// The same under the optimizer's preconditioner.
    pub preconditioned: [Option<f64>; 2],
}

/// Reads a `metrics.csv`.
///
/// # Errors
/// With exit status 2, naming the line and the column of what cannot be read.
pub fn read_metrics(path: &Path) -> Outcome<Vec<Logged>> {
    let wrong = |line: u64, what: String| Failure::usage(format!("{}, line {line}: {what}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    let at: Vec<usize> = COLUMNS
        .iter()
        .map(|column| {
            header
                .iter()
                .position(|h| h == *column)
                .ok_or_else(|| wrong(1, format!("the column `{column}` is missing")))
        })
        .collect::<Outcome<_>>()?;
    let further = |name: &str| header.iter().position(|h| h == name);
    let [sharpness, preconditioned] = [SHARPNESS, PRECONDITIONED].map(|columns| columns.map(further));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |column: usize| record.get(at[column]).unwrap_or_default();
        let read = |at: usize| -> Outcome<Option<f64>> {
            match record.get(at).unwrap_or_default() {
                "" => Ok(None),
                cell => cell
                    .parse()
                    .map(Some)
                    .map_err(|_| wrong(line, format!("{} is `{cell}`, not a number", &header[at]))),
            }
        };
        let optional = |column: usize| read(at[column]);
        let pair = |columns: [Option<usize>; 2]| -> Outcome<[Option<f64>; 2]> {
            let [a, b] = columns.map(|at| at.map_or(Ok(None), read));
            Ok([a?, b?])
        };
        let number =
            |column: usize| optional(column)?.ok_or_else(|| wrong(line, format!("{} is empty", COLUMNS[column])));
        let integer = |column: usize| {
            let cell = text(column);
            cell.parse::<u64>().map_err(|_| wrong(line, format!("{} is `{cell}`, not an integer", COLUMNS[column])))
        };
        let row = Row {
            seed: integer(0)?,
            step: integer(1)?,
            epoch: number(2)?,
            samples: integer(3)?,
            train_loss: number(4)?,
            train_accuracy: optional(5)?,
            val_loss: optional(6)?,
            val_accuracy: optional(7)?,
            lr: optional(8)?,
            grad_norm: optional(9)?,
            update_ratio: optional(10)?,
            seconds: number(11)?,
        };
        rows.push(Logged { row, sharpness: pair(sharpness)?, preconditioned: pair(preconditioned)? });
    }
    Ok(rows)
}
