//! The hyperparameters that many optimizers have.

use downhill_spec::{Legal, Parameter, Scale};

/// A learning rate. 0 is legal: then only a decay moves anything.
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

/// A guard against division by zero at another place.
pub const fn guard(default: f64, meaning: &'static str) -> Parameter {
    Parameter::new("eps", "ε", default, Legal::NonNegative, meaning).searched(1e-10, 1e-2, Scale::Log)
}
