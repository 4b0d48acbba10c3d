//! Published claims about gradient descent, run and checked.
//!
//! An [`Experiment`] is plain data beside one function: the source, its claim, the recipe, and [`Experiment::run`],
//! which gives an [`Outcome`]: [`Finding`]s, each a number beside its condition, and pictures. Whether a claim is
//! [`Verdict::Reproduced`] follows from the findings alone. Experiments use the library under the commands: races,
//! training, comparisons. They print nothing, read no clock and write no file; the input is a seed and a number of
//! threads, and the threads never change a result.
//!
//! ```
//! use downhill_reproduce::{Setting, Verdict, find};
//! let experiment = find("adam-first-step").unwrap();
//! let outcome = experiment.run(&Setting::default()).unwrap();
//! assert_eq!(outcome.verdict(), Verdict::Reproduced);
//! ```
//!
//! Where to start reading: any file of `experiments`; then [`outcome`].

pub mod catalog;
mod drawing;
pub mod experiment;
mod experiments;
mod numbers;
pub mod outcome;
mod rescaling;
mod scene;
mod training;

pub use catalog::{all, find};
pub use experiment::{Experiment, ExperimentError, Setting};
pub use outcome::{Expected, Figure, Finding, Outcome, Picture, Verdict};
