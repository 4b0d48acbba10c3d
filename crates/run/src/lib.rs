//! A training run as a thing to hold: what it was told, the folder that it leaves, opened again, measured, predicting.
//!
//! - [`options`]: what may be said, and as which keys of a file; [`task`] and [`fn@prepare`]: what was meant.
//! - [`Training`]: a session with the files that grow beside it; [`Folder`] guards their place.
//! - [`Run`]: a folder, opened again.
//! - [`predict`], [`diagnostics`], [`measure`], [`path`]: what a network says, and what its loss looks like.
//! - [`curves`]: a run, drawn.
//!
//! Nothing here prints, ends the program or knows a command line; errors name options (see [`error`]). The clock is
//! read for the time of day in files.

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
