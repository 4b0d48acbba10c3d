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
pub use adam::Adam;
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

use downhill_spec::{Legal, Parameter, Scale};

/// A learning rate. 0 is legal: nothing moves but what a decay says.
pub const fn learning_rate(default: f64) -> Parameter {
    Parameter::new("lr", "η", default, Legal::NonNegative, "learning rate").searched(1e-4, 1.0, Scale::Log)
}

/// Weight decay added to the gradient.
pub const COUPLED_DECAY: Parameter = Parameter::new(
    "weight_decay",
    "λ",
    0.0,
    Legal::NonNegative,
    "coupled weight decay (L2): λθ is added to the gradient",
)
.searched(1e-6, 1e-1, Scale::Log);

/// Weight decay beside the step.
pub const fn decoupled_decay(default: f64) -> Parameter {
    Parameter::new(
        "weight_decay",
        "λ",
        default,
        Legal::NonNegative,
        "decoupled weight decay: θ shrinks by ηλθ beside the step",
    )
    .searched(1e-4, 1.0, Scale::Log)
}

/// A momentum.
pub const MOMENTUM: Parameter =
    Parameter::new("momentum", "μ", 0.9, Legal::Decay, "share of the velocity that is kept").searched(
        0.5,
        0.999,
        Scale::LogOneMinus,
    );

/// Decay of the average of gradients.
pub const fn beta1(default: f64) -> Parameter {
    Parameter::new("beta1", "β₁", default, Legal::Decay, "decay of the average of gradients").searched(
        0.5,
        0.999,
        Scale::LogOneMinus,
    )
}

/// Decay of the average of squared gradients.
pub const fn beta2(default: f64, meaning: &'static str) -> Parameter {
    Parameter::new("beta2", "β₂", default, Legal::Decay, meaning).searched(0.9, 0.9999, Scale::LogOneMinus)
}

/// The guard against division by zero, added after the root.
pub const fn epsilon(default: f64) -> Parameter {
    guard(default, "added to the root in the denominator; with 0, 0/0 is 0")
}

/// A guard against division by zero that stands elsewhere.
pub const fn guard(default: f64, meaning: &'static str) -> Parameter {
    Parameter::new("eps", "ε", default, Legal::NonNegative, meaning).searched(1e-10, 1e-2, Scale::Log)
}

/// What corrects an average with decay `beta` for its start at zero: 1/(1 − βᵗ).
fn correction(beta: f64, step: u64) -> f64 {
    1.0 / (1.0 - beta.powf(step as f64))
}
