//! One experiment, one file.

mod double_descent;
mod grokking;
mod sgd_versus_adam;
mod wilson2017;

use crate::experiment::Experiment;

/// All, in the order in which they tell their story.
#[rustfmt::skip]
pub(crate) const ALL: &[&Experiment] = &[
    &wilson2017::EXPERIMENT,
    &grokking::EXPERIMENT,
    &double_descent::EXPERIMENT,
    &sgd_versus_adam::EXPERIMENT,
];
