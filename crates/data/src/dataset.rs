//! The result of every reader and generator: features, a target, and their origin.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{DataError, choose};
use crate::{Encoder, Matrix};

/// The target.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// One class per row.
    Classes {
        /// `[rows]`, each below `names.len()`.
        labels: Vec<u32>,
        /// Class names in sorted order; the label is the position here.
        names: Vec<String>,
    },
    /// One or more numbers per row.
    Values {
        /// `[rows, outputs]`, in the target's own units.
        values: Matrix,
        /// One name per output.
        names: Vec<String>,
    },
}

/// A data set in memory. Rows of `features` and `target` correspond.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The user's name for it: a catalog name with its parameters, or a path.
    pub name: String,
    /// `[rows, features]`; NaN is a missing cell (only under [`Missing::Mean`](crate::Missing)).
    pub features: Matrix,
    /// One name per column of `features`.
    pub feature_names: Vec<String>,
    /// The target.
    pub target: Target,
    /// The last `test_rows` rows are a test part that came with the data; 0 means that there is none.
    pub test_rows: usize,
    /// Decisions made while reading, one sentence each.
    pub notes: Vec<String>,
    /// How a CSV's columns became features; `None` for other formats.
    pub encoder: Option<Encoder>,
}

impl Dataset {
    /// Number of rows, the given test part included.
    pub fn rows(&self) -> usize {
        self.features.rows
    }

    /// Classification if the target is classes.
    pub fn task(&self) -> TaskKind {
        match self.target {
            Target::Classes { .. } => TaskKind::Classification,
            Target::Values { .. } => TaskKind::Regression,
        }
    }

    /// SHA-256, in hex, of features and target: shapes, names of classes and the exact bits of every number.
    ///
    /// Two data sets with one fingerprint train alike. The name, the notes and the names of features don't count.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash_matrix(&mut hash, &self.features);
        hash.update((self.test_rows as u64).to_le_bytes());
        match &self.target {
            Target::Classes { labels, names } => {
                hash.update(b"classes");
                hash.update((names.len() as u64).to_le_bytes());
                for name in names {
                    hash.update((name.len() as u64).to_le_bytes());
                    hash.update(name.as_bytes());
                }
                labels.iter().for_each(|label| hash.update(label.to_le_bytes()));
            }
            Target::Values { values, .. } => {
                hash.update(b"values");
                hash_matrix(&mut hash, values);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn hash_matrix(hash: &mut Sha256, matrix: &Matrix) {
    hash.update((matrix.rows as u64).to_le_bytes());
    hash.update((matrix.cols as u64).to_le_bytes());
    let mut buffer = [0u8; 8 * 512];
    for chunk in matrix.values.chunks(512) {
        for (bytes, value) in buffer.chunks_exact_mut(8).zip(chunk) {
            bytes.copy_from_slice(&value.to_bits().to_le_bytes());
        }
        hash.update(&buffer[..8 * chunk.len()]);
    }
}

/// Whether classes or numbers are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// One of several classes.
    Classification,
    /// A number.
    Regression,
}

const TASKS: [(&str, TaskKind); 2] =
    [("classification", TaskKind::Classification), ("regression", TaskKind::Regression)];

impl FromStr for TaskKind {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        choose("task", text, &TASKS)
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            TaskKind::Classification => "classification",
            TaskKind::Regression => "regression",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny(value: f64, label: u32) -> Dataset {
        Dataset {
            name: "tiny".into(),
            features: Matrix { rows: 2, cols: 1, values: vec![value, 2.0] },
            feature_names: vec!["x".into()],
            target: Target::Classes { labels: vec![0, label], names: vec!["a".into(), "b".into()] },
            test_rows: 0,
            notes: vec![],
            encoder: None,
        }
    }

    #[test]
    fn the_fingerprint_sees_every_bit_and_every_label_but_not_the_name() {
        let here = tiny(1.0, 1).fingerprint();
        assert_eq!(here.len(), 64);
        assert_eq!(here, Dataset { name: "other".into(), ..tiny(1.0, 1) }.fingerprint());
        assert_ne!(here, tiny(1.0 + f64::EPSILON, 1).fingerprint());
        assert_ne!(here, tiny(1.0, 0).fingerprint());
        assert_ne!(here, Dataset { test_rows: 1, ..tiny(1.0, 1) }.fingerprint());
        assert_ne!(tiny(0.0, 1).fingerprint(), tiny(-0.0, 1).fingerprint());
    }

    #[test]
    fn a_task_reads_and_prints_the_same_word() {
        for (word, task) in TASKS {
            assert_eq!(word.parse::<TaskKind>().unwrap(), task);
            assert_eq!(task.to_string(), word);
            assert_eq!(serde_json::to_string(&task).unwrap(), format!("\"{word}\""));
        }
        let error = "regress".parse::<TaskKind>().unwrap_err().to_string();
        assert_eq!(error, "task is `regress`; legal: classification, regression");
    }
}
