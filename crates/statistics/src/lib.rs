//! The statistics of a comparison between optimizers: the deciding test, and descriptions.
//!
//! One test decides: the sign-flip test of [`permutation`] on differences paired by seed, corrected for the number of
//! comparisons by [`holm`]; its inversion is the interval, and [`equivalence`] turns it around. Where the differences
//! are folds of one data set, [`resampled`] takes its place. All other modules describe: [`descriptive`],
//! [`bootstrap`], [`wilcoxon`], [`effect`]; [`power`] estimates how many seeds might decide; [`budget`] how good a
//! smaller search would have been; [`ranks`] and [`profiles`] cover several tasks. The reasons, with measured error
//! rates, are in `docs/statistics.md`.
//!
//! **A diverged trial is an infinity** (the bad one: `+inf` for a loss, `-inf` for an accuracy), never NaN and never
//! left out. Each function documents its treatment of infinities; NaN is refused with a [`StatisticsError`], or gives
//! `None` where NaN is the only possible error.
//!
//! Functions here are pure: plain numbers in, plain numbers out. Nothing prints or reads a clock, and functions that
//! draw take a seed. "Level" is always the rate of false alarms (0.05), so an interval at level 0.05 is one of 95 %.
//!
//! ```
//! use downhill_statistics::{paired_differences, permutation::SignFlips};
//! let adam = [0.91, 0.93, 0.92, 0.94, 0.92, 0.93];
//! let sgd = [0.90, 0.90, 0.91, 0.92, 0.91, 0.90];
//! let test = SignFlips::new(&paired_differences(&adam, &sgd)?, 0)?;
//! assert_eq!(test.p_value(), 2.0 / 64.0);
//! let interval = test.interval(0.05)?;
//! assert!(interval.low > 0.0 && interval.contains(test.mean()));
//! # Ok::<(), downhill_statistics::StatisticsError>(())
//! ```

pub mod bootstrap;
pub mod budget;
pub mod descriptive;
mod differences;
pub mod effect;
pub mod equivalence;
mod error;
pub mod holm;
mod interval;
mod normal;
mod paired;
pub mod permutation;
pub mod power;
pub mod profiles;
pub mod ranks;
pub mod resampled;
#[cfg(test)]
mod tests;
pub mod wilcoxon;

pub use descriptive::{median, quantile};
pub use differences::paired_differences;
pub use error::StatisticsError;
pub use interval::Interval;
pub use paired::PairedTest;

/// Whether lower or higher values of a measure are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// A loss, an error, a cost.
    Lower,
    /// An accuracy.
    Higher,
}
