//! One experiment, one file.

mod adam_first_step;
mod adamw_box;
mod condition_number;
mod implicit_bias;
mod learning_rate;
mod newton;
mod ravine;
mod reddi2018;
mod robbins_monro;
mod saddle_escape;
mod saddles_not_minima;
mod stability_limits;

use crate::experiment::Experiment;

/// All, in the order in which they tell their story.
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
    &reddi2018::EXPERIMENT,
    &adamw_box::EXPERIMENT,
    &implicit_bias::EXPERIMENT,
];
