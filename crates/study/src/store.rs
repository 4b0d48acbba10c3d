//! Finished trials in files.
//!
//! Each process adds lines to a file of its own: `trials.jsonl`, or `trials-2-of-5.jsonl` for a shard. No line is ever
//! changed, so readers see whole trials, except for a last line that a killed process left unfinished: readers skip
//! this line, and the file's own process cuts it off before it continues.

use crate::plan::Finished;
use downhill_verdict::trial::{Planned, TrialOutcome};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One of several parts of a study's trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 1.
    pub number: usize,
    /// Number of shards.
    pub of: usize,
}

impl Shard {
    /// Whether a trial belongs to this shard: the same for every process. A replicate with a search of its own (a fold,
    /// a seed) is whole in one shard, so that no shard waits for another; the replicates of one optimizer on one task
    /// are dealt out in turn. Other trials are divided by their ids.
    pub fn has(self, planned: &Planned) -> bool {
        let (first, place) = match planned.replicate {
            Some(replicate) => {
                let of = Sha256::digest(format!("{}\n{}", planned.task, planned.optimizer));
                (u64::from(u32::from_be_bytes([of[0], of[1], of[2], of[3]])), replicate as u64)
            }
            None => (planned.id.get(..8).and_then(|head| u64::from_str_radix(head, 16).ok()).unwrap_or(0), 0),
        };
        (first + place) % self.of.max(1) as u64 == self.number as u64 - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// Errors of a study's files.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its message.
        source: io::Error,
    },
    /// A line is no trial.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// Another process writes there.
    #[error("{}: another process is at work on it", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

/// The file that this process adds to.
pub struct Store {
    folder: PathBuf,
    path: PathBuf,
    file: File,
}

impl Store {
    /// Opens the file of this shard, or of no shard, and cuts off a line that a killed process left unfinished.
    ///
    /// # Errors
    /// When another process has it open, or the file system refuses.
    pub fn open(folder: &Path, shard: Option<Shard>) -> Result<Self, StoreError> {
        let name = match shard {
            None => "trials.jsonl".into(),
            Some(Shard { number, of }) => format!("trials-{number}-of-{of}.jsonl"),
        };
        let path = folder.join(name);
        let io = |source| StoreError::Io { path: path.clone(), source };
        let file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy { path: path.clone() }),
            // A file system without locks cannot guard it.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let bytes = fs::read(&path).map_err(io)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            // A handle that appends may not be allowed to cut.
            let cut = OpenOptions::new().write(true).open(&path).map_err(io)?;
            cut.set_len(whole as u64).map_err(io)?;
        }
        Ok(Self { folder: folder.to_path_buf(), path, file })
    }

    /// Every trial that any process has finished.
    ///
    /// # Errors
    /// As [`read`].
    pub fn finished(&self) -> Result<Finished, StoreError> {
        read(&self.folder)
    }

    /// Adds finished trials, and brings them to the disk.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn append(&mut self, outcomes: &[TrialOutcome]) -> Result<(), StoreError> {
        let io = |source| StoreError::Io { path: self.path.clone(), source };
        let mut text = String::new();
        for outcome in outcomes {
            text += &serde_json::to_string(outcome).map_err(|e| io(e.into()))?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes()).map_err(io)?;
        self.file.sync_data().map_err(io)
    }
}

/// Every trial in the files of a folder. If two files have the same trial, the first file's counts, by name.
///
/// # Errors
/// For a line that is no trial, except an unfinished last line; when the file system refuses.
pub fn read(folder: &Path) -> Result<Finished, StoreError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| StoreError::Io { path, source }
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let name = entry.map_err(io(folder))?.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".jsonl").unwrap_or_default();
        if stem == "trials" || stem.starts_with("trials-") {
            names.push(name);
        }
    }
    names.sort();
    let mut finished = Finished::new();
    for name in names {
        let path = folder.join(name);
        let bytes = fs::read(&path).map_err(io(&path))?;
        let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
        // The text after the last line end is empty or unfinished.
        lines.pop();
        // A blank line is no trial.
        let blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
        for (number, line) in lines.into_iter().enumerate().filter(|(_, line)| !blank(line)) {
            let outcome: TrialOutcome = serde_json::from_slice(line).map_err(|e| StoreError::Line {
                path: path.clone(),
                line: number + 1,
                problem: format!("no finished trial: {e}"),
            })?;
            finished.entry(outcome.id.clone()).or_insert(outcome);
        }
    }
    Ok(finished)
}

#[cfg(test)]
mod tests {
    use super::*;
    use downhill_verdict::trial::{Figures, TrialCurve};

    fn outcome(id: &str) -> TrialOutcome {
        TrialOutcome {
            id: id.into(),
            stop: "steps".into(),
            diverged: false,
            steps: 3,
            gradient_evaluations: 3,
            best: None,
            last: Figures::default(),
            curve: TrialCurve::default(),
            seconds: 0.25,
            by: "test".into(),
        }
    }

    #[test]
    fn what_was_appended_is_read_from_every_shard_and_an_unfinished_line_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let shard = Some(Shard { number: 2, of: 3 });
        Store::open(folder.path(), shard).unwrap().append(&[outcome("b")]).unwrap();
        let mut store = Store::open(folder.path(), None).unwrap();
        store.append(&[outcome("a"), outcome("c")]).unwrap();
        assert!(matches!(Store::open(folder.path(), None), Err(StoreError::Busy { .. })));
        drop(store);
        let path = folder.path().join("trials.jsonl");
        let mut text = fs::read_to_string(&path).unwrap();
        text += "{\"id\":\"d\",\"st";
        fs::write(&path, &text).unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 3);
        fs::write(&path, fs::read_to_string(&path).unwrap().replacen('\n', "\n \r\n\n", 1)).unwrap();
        let mut store = Store::open(folder.path(), None).unwrap();
        store.append(&[outcome("d")]).unwrap();
        let mut ids: Vec<String> = store.finished().unwrap().into_keys().collect();
        ids.sort();
        assert_eq!(ids, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_damaged_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("trials-1-of-2.jsonl"), "{}\n").unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("trials-1-of-2.jsonl, line 1: no finished trial"), "{error}");
    }
}
