//! A training run as an object: its options, its folder, opened again, measured, predicting.
//!
//! - [`options`]: the options, and their keys in a file; [`task`] and [`fn@prepare`]: their meaning.
//! - [`Training`]: a session with its growing files; [`Folder`] protects their folder.
//! - [`Run`]: a folder, opened again.
//! - [`predict`], [`diagnostics`], [`measure`], [`path`]: a network's predictions, and the shape of its loss.
//! - [`curves`]: the picture of a run.
//!
//! Nothing here prints, ends the program or knows a command line; errors name options (see [`error`]). The clock is
//! read only for the time of day in files.

pub mod curves;
pub mod diagnostics;
pub mod error;
mod events;
mod figures;
pub mod fit;
pub mod folder;
pub mod machine;
pub mod measure;
pub mod metrics;
pub mod open;
pub mod options;
pub mod path;
mod pictures;
pub mod predict;
pub mod prepare;
pub mod record;
pub mod task;
pub mod training;
pub mod whole;
mod writer;

pub use error::Error;
pub use folder::Folder;
pub use open::Run;
pub use options::{Common, Options};
pub use prepare::{DataFacts, Ready, prepare};
pub use record::{RunRecord, Versions};
pub use training::Training;
