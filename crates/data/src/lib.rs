//! Data sets as plain arrays: a catalog, seeded generators, readers of CSV, .npy and IDX files, splits, scaling
//! and label noise. No Burn, no clock, no printing.
//!
//! [`load`] turns a name or a path into a [`Dataset`]; [`split()`] divides its rows; a [`Scaler`] is fitted on the
//! training rows; [`flip_labels`] flips training labels; [`prepare`] does all three. All randomness comes from given
//! seeds, and generated data has the same bits on every machine.

mod catalog;
mod dataset;
mod error;
mod generate;
mod load;
mod matrix;
mod noise;
mod prepare;
pub mod read;
mod scale;
mod split;

pub use catalog::{Entry, Origin, catalog};
pub use dataset::{Dataset, Target, TaskKind};
pub use error::{DataError, MAX_CELLS};
pub use load::{LoadOptions, Missing, load};
pub use matrix::Matrix;
pub use noise::flip_labels;
pub use prepare::{Draw, Preparation, Prepared, prepare};
pub use read::Encoder;
pub use scale::{Scaler, Scaling};
pub use split::{Split, SplitOptions, fold, redraw, split};
