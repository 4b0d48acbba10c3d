//! From the records of a comparison to its verdict.
//!
//! A [`Study`] is a question, a design, and every finished [`Trial`]; a [`Verdict`] is the conclusion. All functions
//! here are pure functions of plain values: nothing trains, prints, draws without a seed or reads a clock, and two
//! equal studies have equal verdicts to the bit.
//!
//! - [`study`], [`trial`], [`endpoint`]: the records.
//! - [`mod@merge`]: several studies as one.
//! - [`selection`]: the configuration that tuning chooses; [`edge()`]: whether a better one may lie beyond.
//! - [`judge()`]: from the records to the answer; a file for each part of it.
//! - [`verdict`]: the answer.

mod audit;
mod covers;
mod edge;
pub mod endpoint;
mod error;
mod gaps;
mod judge;
pub mod merge;
mod overall;
mod pairs;
mod records;
pub mod selection;
mod sentences;
mod standings;
pub mod study;
mod summary;
mod targets;
pub mod trial;
mod tuning;
pub mod verdict;
mod words;

pub use edge::edge;
pub use endpoint::Endpoint;
pub use error::VerdictError;
pub use judge::judge;
pub use merge::merge;
pub use study::Study;
pub use trial::Trial;
pub use verdict::Verdict;
