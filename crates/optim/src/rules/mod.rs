//! The rules, one file each: module doc with the equations, hyperparameters, update.
//!
//! Symbols: θ parameter, g gradient, η learning rate, λ weight decay, t step counted from 1. A *coupled* decay is
//! added to the gradient (L2 regularisation); a *decoupled* one shrinks the parameter beside the step
//! (Loshchilov and Hutter 2019).

mod adabelief;
mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod adan;
mod ademamix;
mod adopt;
mod amsgrad;
mod lion;
mod momentum;
mod nadam;
mod nesterov;
mod radam;
mod rmsprop;
mod rprop;
mod sgd;
mod signsgd;
mod yogi;

pub use adabelief::AdaBelief;
pub use adadelta::AdaDelta;
pub use adagrad::AdaGrad;
pub use adam::{Adam, coefficients as adam_coefficients, edge_of_average};
pub use adamax::AdaMax;
pub use adamw::AdamW;
pub use adan::Adan;
pub use ademamix::AdEmaMix;
pub use adopt::Adopt;
pub use amsgrad::AmsGrad;
pub use lion::Lion;
pub use momentum::Momentum;
pub use nadam::NAdam;
pub use nesterov::Nesterov;
pub use radam::RAdam;
pub use rmsprop::RmsProp;
pub use rprop::Rprop;
pub use sgd::Sgd;
pub use signsgd::SignSgd;
pub use yogi::Yogi;

/// What corrects an average with decay `beta` for its start at zero: 1/(1 − βᵗ).
pub fn correction(beta: f64, step: u64) -> f64 {
    1.0 / (1.0 - beta.powf(step as f64))
}
