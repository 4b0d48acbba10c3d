//! `run.json`: the run's configuration, its end, and its final figures. A figure that is not finite is `null`.

use crate::error::{Error, Result};
use crate::machine::Machine;
use crate::prepare::DataFacts;
use downhill_train::StopReason;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The layout's version.
pub(crate) const SCHEMA: u32 = 1;

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The layout's version.
    pub schema: u32,
    /// The run's status.
    pub status: Status,
    /// Versions of the programs.
    pub versions: Versions,
    /// The machine of the run.
    pub machine: Machine,
    /// The Burn backend.
    pub backend: String,
    /// The floating-point type.
    pub dtype: String,
    /// The members' seeds.
    pub seeds: Vec<u64>,
    /// The data.
    pub data: DataRecord,
    /// The network's sizes, such as `64-32-10`.
    pub network: String,
    /// Number of parameters of each member.
    pub parameters: usize,
    /// The minimised loss.
    pub loss: String,
    /// The optimizer with every hyperparameter.
    pub optimizer: String,
    /// Its start, in seconds since 1970.
    pub started: f64,
    /// Its end, in seconds since 1970.
    pub ended: Option<f64>,
    /// Seconds of training, without interruptions.
    pub seconds: Option<f64>,
    /// The end of each member.
    pub members: Vec<MemberRecord>,
}

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is running, or was killed.
    Running,
    /// It was stopped by the user and can be resumed.
    Interrupted,
    /// Every member ended.
    Done,
}

/// Versions of the programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The user's program around this one, with its version and revision; None for the command line itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// This program's version.
    pub downhill: String,
    /// The git revision that it was built from.
    pub revision: String,
    /// Burn's version.
    pub burn: String,
}

/// The workspace's pinned version of Burn.
const BURN: &str = "0.22.1";

impl Versions {
    /// The versions of a program, given its version and git revision.
    pub fn of(program: &str, revision: &str) -> Self {
        Self { program: None, downhill: program.into(), revision: revision.into(), burn: BURN.into() }
    }
}

/// The data and its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Its name, columns and scaling.
    #[serde(flatten)]
    pub about: DataFacts,
    /// Training rows.
    pub train: usize,
    /// Validation rows.
    pub val: usize,
    /// Test rows.
    pub test: usize,
    /// Share of the training labels that were made wrong.
    pub label_noise: f64,
    /// Decisions made while reading the data.
    pub notes: Vec<String>,
}

/// The end of a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberRecord {
    /// Its seed.
    pub seed: u64,
    /// The reason for its end.
    pub stop_reason: StopReason,
    /// Number of updates.
    pub step: u64,
    /// Gradient evaluations of its optimizer: the unit of cost.
    pub gradient_evaluations: u64,
    /// Figures at the last update.
    pub last: FigureRecord,
    /// Figures at the logged update with the lowest validation loss; absent without validation data.
    pub best: Option<FigureRecord>,
}

/// Figures of one set of weights over the three parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureRecord {
    /// Updates done.
    pub step: u64,
    /// Over the training part.
    pub train: PartRecord,
    /// Over the validation part.
    pub val: Option<PartRecord>,
    /// Over the test part.
    pub test: Option<PartRecord>,
    /// Test loss minus training loss.
    pub loss_gap: Option<f64>,
    /// Training accuracy minus test accuracy.
    pub accuracy_gap: Option<f64>,
}

/// Figures over one part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Mean loss.
    pub loss: Option<f64>,
    /// Share of rows predicted correctly.
    pub accuracy: Option<f64>,
    /// Mean over classes of the share predicted correctly.
    pub balanced_accuracy: Option<f64>,
    /// Counts by true class (rows) and predicted class (columns).
    pub confusion: Option<Vec<Vec<u64>>>,
    /// A regression's errors, one for each target column.
    pub errors: Option<Vec<TargetErrors>>,
}

/// Errors of one target column, in its own units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetErrors {
    /// The column.
    pub target: String,
    /// Root of the mean squared error.
    pub rmse: Option<f64>,
    /// Mean absolute error.
    pub mae: Option<f64>,
    /// Share of the variance explained.
    pub r_squared: Option<f64>,
}

/// Reads a `run.json`, if it exists.
///
/// # Errors
/// Naming the file, when it cannot be read or is no such record.
pub(crate) fn read_record(path: &Path) -> Result<Option<RunRecord>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|e| Error::refused_file(path, e))?;
    serde_json::from_str(&text).map(Some).map_err(|e| Error::refused_file(path, e))
}

#[cfg(test)]
mod tests {
    use super::BURN;

    #[test]
    fn the_version_of_burn_is_the_one_that_the_workspace_is_pinned_to() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.contains(&format!("burn = {{ version = \"={BURN}\"")));
    }
}
