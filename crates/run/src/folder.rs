//! The folder of a training run, and its protection from other writers.

use crate::error::{Advice, Error, Result, refused};
use crate::options::Options;
use crate::record::RunRecord;
use crate::whole::write_whole;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Every option with its value.
pub const CONFIG: &str = "config.toml";
/// Status, versions, final figures.
pub(crate) const RECORD: &str = "run.json";
/// One row per logged step and member.
pub(crate) const METRICS: &str = "metrics.csv";
/// The loss curves.
pub const CURVES: &str = "curves.svg";
/// The folder of the newest complete state.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The folder of a probe, unless another is named.
pub const PROBE: &str = "probe";
/// The picture of the outputs of a network of two features over their plane.
pub(crate) const REGIONS: &str = "regions.svg";
/// The picture of the outputs of a network of one feature over its range.
pub(crate) const FIT: &str = "fit.svg";
const STATE: &str = "state.safetensors";
const LOCK: &str = ".lock";

/// The file with a member's weights: `stem` is `model` (of the lowest validation loss) or `last`; with several members
/// the name contains the seed.
pub(crate) fn weights_file(stem: &str, seed: u64, members: usize) -> String {
    if members > 1 { format!("{stem}-{seed}.safetensors") } else { format!("{stem}.safetensors") }
}

/// A run's folder, which no other process writes to while this value lives.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// `runs/<data>-<optimizer>-<short hash>`: the same options always give the same name.
///
/// # Errors
/// When the options cannot be written as text.
pub fn default_path(options: &Options, optimizer: &str) -> Result<PathBuf> {
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
/// When an option cannot be written as text, such as a path that is not UTF-8.
fn config_text(options: &Options) -> Result<String> {
    let body = options.to_toml().map_err(|e| refused!("{CONFIG} cannot hold these options: {e}"))?;
    Ok(format!(
        "# Everything this run was told, defaults written out.\n\
         # `downhill train --config config.toml` repeats it.\n{body}"
    ))
}

impl Folder {
    /// A folder for a new run. Files of an earlier run without a checkpoint are removed.
    ///
    /// # Errors
    /// Refused when the folder contains a checkpoint or foreign files, or another process trains there; failed when it
    /// cannot be made.
    pub fn create(path: &Path, options: &Options) -> Result<Self> {
        let shown = path.display();
        if path.exists() && !path.is_dir() {
            return Err(refused!("{shown} is a file; option `out` names a folder"));
        }
        let text = config_text(options)?;
        let taken = || {
            path.join(CHECKPOINT).join(STATE).exists().then(|| {
                Error::advised(
                    format!("{shown} already holds this run or another; "),
                    Advice::Resume(path.into()),
                    " goes on with it, option `out` names another folder, and removing the folder starts over",
                )
            })
        };
        if path.is_dir() {
            if let Some(failure) = taken() {
                return Err(failure);
            }
            // The lock is the first file of a run and is never removed: a folder without it is foreign.
            let names = entries(path)?;
            let foreign = names.iter().find(|name| !is_ours(name)).or(names.first());
            if let Some(name) = foreign.filter(|name| !is_ours(name) || !path.join(LOCK).exists()) {
                return Err(refused!("{shown} is not a run's folder: it holds `{name}`; option `out` names a new one"));
            }
        }
        fs::create_dir_all(path).map_err(|e| Error::refused_file(path, e))?;
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
            removed.map_err(|e| Error::file(&old, e))?;
        }
        dir.write(CONFIG, text.as_bytes())?;
        Ok(dir)
    }

    /// The folder of a run to be continued.
    ///
    /// # Errors
    /// When there is no such run, no checkpoint, or another process trains there.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        if !path.join(CONFIG).is_file() {
            return Err(refused!("{shown} is not a run's folder: it holds no {CONFIG}"));
        }
        if !path.join(CHECKPOINT).join(STATE).is_file() {
            return Err(Error::advised(
                format!("{shown}: nothing to resume, the run ended before its first checkpoint; "),
                Advice::StartOver(path.into()),
                " starts it over",
            ));
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

    /// Writes a file as a whole or not at all.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_whole(&self.file(name), bytes)
    }

    /// Replaces the checkpoint.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_checkpoint(&self, bytes: &[u8]) -> Result<()> {
        let folder = self.file(CHECKPOINT);
        fs::create_dir_all(&folder).map_err(|e| Error::file(&folder, e))?;
        write_whole(&folder.join(STATE), bytes)
    }

    /// The checkpoint's bytes.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn read_checkpoint(&self) -> Result<Vec<u8>> {
        let path = self.file(CHECKPOINT).join(STATE);
        fs::read(&path).map_err(|e| Error::file(&path, e))
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_record(&self, record: &RunRecord) -> Result<()> {
        let text = serde_json::to_string_pretty(record).map_err(|e| Error::file(&self.file(RECORD), e))?;
        self.write(RECORD, format!("{text}\n").as_bytes())
    }
}

fn lock(path: &Path) -> Result<File> {
    let file = path.join(LOCK);
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(&file).map_err(|e| Error::file(&file, e))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::refused_file(path, "another process is training there")),
        // A file system without locks cannot guard the folder.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(lock),
    }
}

fn entries(path: &Path) -> Result<Vec<String>> {
    let read = || -> std::io::Result<Vec<String>> {
        fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    };
    read().map_err(|e| Error::file(path, e))
}

fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(".part").unwrap_or(name);
    matches!(name, CONFIG | RECORD | METRICS | CURVES | CHECKPOINT | LOCK | REGIONS | FIT | PROBE)
        || (name.starts_with("events.out.tfevents.") && name.ends_with(".downhill"))
        || name.strip_suffix(".safetensors").is_some_and(is_weights)
}

/// `model` or `last`, with or without a seed.
fn is_weights(stem: &str) -> bool {
    let rest = stem.strip_prefix("model").or(stem.strip_prefix("last"));
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|seed| seed.parse::<u64>().is_ok()))
}
