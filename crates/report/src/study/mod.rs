//! A comparison as a page, figures, tables and CSV files.
//!
//! All functions go from the records of a [`Study`](downhill_verdict::Study) and its
//! [`Verdict`](downhill_verdict::Verdict) to text. This module decides nothing: each number of a sentence is the
//! verdict's. Wall times are only in [`page`], [`Timings`] and [`timings_csv`]; all else has the same bytes for the
//! same study.
//!
//! - [`page`]: `report.html`, one file that needs nothing else.
//! - [`figures`]: `figures/*.svg`, on white paper.
//! - [`latex`], [`markdown`], [`terminal`]: the verdict and its table, for a paper, a pull request and a terminal.
//! - [`results_csv`], [`timings_csv`]: every trial, for other programs.

mod bands;
mod figures;
mod latex;
mod markdown;
mod page;
mod records;
mod rows;
mod terminal;
#[cfg(test)]
mod tests;
mod timings;
mod view;

pub use figures::figures;
pub use latex::latex;
pub use markdown::markdown;
pub use page::page;
pub use records::{results_csv, timings_csv};
pub use terminal::terminal;
pub use timings::{Timing, Timings};
