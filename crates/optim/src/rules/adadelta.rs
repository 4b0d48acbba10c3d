//! Adadelta (Zeiler 2012).
//!
//! ```text
//! g ← g + λθ
//! v ← ρv + (1 − ρ)g²
//! Δ = √(u + ε) g / √(v + ε)
//! u ← ρu + (1 − ρ)Δ²
//! θ ← θ − ηΔ
//! ```
//!
//! PyTorch's `Adadelta`. The paper has no η, which is to say η = 1, the default here too. ε does more than guard the
//! division: the first steps are about √ε long, and with ε = 0 nothing ever moves.

use crate::parameters::{COUPLED_DECAY, guard, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// Steps in the units of the parameter, from the sizes of earlier steps.
pub struct AdaDelta;

impl Rule<4, 5, 2> for AdaDelta {
    const NAME: &'static str = "adadelta";
    const SUMMARY: &'static str = "scales each step by the size of recent steps over that of recent gradients";
    const SOURCE: &'static str = "Zeiler 2012; PyTorch's form";
    const DOC: &'static str = include_str!("adadelta.rs");
    const TABLE: &'static [Parameter; 4] =
        &[
            learning_rate(1.0),
            Parameter::new("rho", "ρ", 0.9, Legal::Decay, "decay of the averages of squared gradients and steps")
                .searched(0.5, 0.999, Scale::LogOneMinus),
            guard(1e-6, "added to both averages under their roots; sets the size of the first steps"),
            COUPLED_DECAY,
        ];

    fn coefficients([eta, rho, eps, lambda]: [f64; 4], _step: u64) -> [f64; 5] {
        [eta, rho, 1.0 - rho, eps, lambda]
    }

    fn update<R: Real>([eta, rho, new, eps, lambda]: [R; 5], theta: R, g: R, [v, u]: [R; 2]) -> (R, [R; 2]) {
        let g = g + lambda * theta;
        let v = rho * v + new * g * g;
        let delta = ((u + eps).sqrt() * g).ratio((v + eps).sqrt());
        let u = rho * u + new * delta * delta;
        (theta - eta * delta, [v, u])
    }
}
