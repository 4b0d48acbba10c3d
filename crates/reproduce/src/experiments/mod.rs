//! One experiment, one file.

mod dinh2017;
mod double_descent;
mod edge_of_stability;
mod grokking;
mod li2018;
mod sgd_versus_adam;
mod wilson2017;

use crate::experiment::Experiment;

/// All, in the order in which they tell their story.
#[rustfmt::skip]
pub(crate) const ALL: &[&Experiment] = &[
    &wilson2017::EXPERIMENT,
    &edge_of_stability::EXPERIMENT,
    &grokking::EXPERIMENT,
    &double_descent::EXPERIMENT,
    &dinh2017::EXPERIMENT,
    &li2018::EXPERIMENT,
    &sgd_versus_adam::EXPERIMENT,
];
