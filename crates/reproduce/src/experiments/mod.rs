//! One experiment, one file.

mod adam_first_step;
mod adamw_box;
mod condition_number;
mod dinh2017;
mod double_descent;
mod edge_of_stability;
mod grokking;
mod implicit_bias;
mod learning_rate;
mod li2018;
mod newton;
mod ravine;
mod reddi2018;
mod robbins_monro;
mod saddle_escape;
mod saddles_not_minima;
mod sgd_versus_adam;
mod stability_limits;
mod wilson2017;

use crate::experiment::Experiment;

/// All experiments, in a good reading order.
pub(crate) const ALL: &[&Experiment] = &[
    &learning_rate::EXPERIMENT,
    &condition_number::EXPERIMENT,
    &stability_limits::EXPERIMENT,
    &ravine::EXPERIMENT,
    &saddle_escape::EXPERIMENT,
    &saddles_not_minima::EXPERIMENT,
    &adam_first_step::EXPERIMENT,
    &robbins_monro::EXPERIMENT,
    &newton::EXPERIMENT,
    &wilson2017::EXPERIMENT,
    &edge_of_stability::EXPERIMENT,
    &reddi2018::EXPERIMENT,
    &adamw_box::EXPERIMENT,
    &grokking::EXPERIMENT,
    &double_descent::EXPERIMENT,
    &implicit_bias::EXPERIMENT,
    &dinh2017::EXPERIMENT,
    &li2018::EXPERIMENT,
    &sgd_versus_adam::EXPERIMENT,
];
