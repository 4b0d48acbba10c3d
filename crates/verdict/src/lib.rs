//! From the records of a comparison to its verdict.
//!
//! A [`Study`] is what was asked, how, and every finished [`Trial`]; a [`Verdict`] is what can be said. Everything here
//! is a pure function of plain values: nothing trains, prints, draws without a seed or reads a clock, and two equal
//! studies have equal verdicts to the bit.
//!
//! - [`study`], [`trial`], [`endpoint`]: the records.
//! - [`selection`]: which configuration tuning chooses.
//! - [`verdict`]: the answer.

pub mod endpoint;
pub mod selection;
pub mod study;
pub mod trial;
pub mod verdict;

pub use endpoint::Endpoint;
pub use study::Study;
pub use trial::Trial;
pub use verdict::Verdict;
