//! Published claims about gradient descent, run and checked.
//!
//! An [`Experiment`] is plain data beside one function: the source, its claim, the recipe, and [`Experiment::run`],
//! which gives an [`Evidence`]: [`Measured`]s, each a number beside its condition, and pictures. Whether a claim is
//! [`ClaimVerdict::Reproduced`] follows from the findings alone. Experiments use the library under the commands: races,
//! training, comparisons. They print nothing, read no clock and write no file; the input is a seed and a number of
//! threads, and the threads never change a result.
//!
//! ```
//! use downhill_reproduce::{Conditions, ClaimVerdict, find};
//! let experiment = find("adam-first-step").unwrap();
//! let outcome = experiment.run(&Conditions::default()).unwrap();
//! assert_eq!(outcome.verdict(), ClaimVerdict::Reproduced);
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
pub use experiment::{Conditions, Experiment, ExperimentError};
pub use outcome::{ClaimVerdict, Evidence, Expected, Figure, Measured, Picture};
