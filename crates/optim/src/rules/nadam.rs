//! NAdam: Adam with Nesterov's momentum (Dozat 2016).
//!
//! ```text
//! g ← g + λθ
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)g²
//! v̂ = v/(1 − β₂ᵗ)
//! μₜ = β₁(1 − 0.96^(tψ)/2)
//! p ← pμₜ                       (from 1)
//! θ ← θ − η((1 − μₜ)/(1 − p) g + μₜ₊₁/(1 − pμₜ₊₁) m)/(√v̂ + ε)
//! ```
//!
//! PyTorch's `NAdam` with its coupled decay; ψ is `momentum_decay`. As there, the momentum's schedule is in the step
//! only and m itself decays by β₁ (Dozat's by μₜ). optax's `nadam` has no schedule: μₜ = β₁.
//!
//! p, the product of all μ so far, is the same number for every element of a parameter. It depends on all earlier
//! steps, which coefficients do not know, so it is kept as state: one number an element more than needed. PyTorch
//! keeps it in single precision unless its default type is `float64`, which moves its path by some 1e-9.

use super::correction;
use crate::parameters::{COUPLED_DECAY, beta1, beta2, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// Adam that looks ahead.
pub struct NAdam;

impl Rule<6, 11, 3> for NAdam {
    const NAME: &'static str = "nadam";
    const SUMMARY: &'static str = "Adam with Nesterov's momentum, which warms up";
    const SOURCE: &'static str = "Dozat 2016; PyTorch's form";
    const DOC: &'static str = include_str!("nadam.rs");
    const TABLE: &'static [Parameter; 6] = &[
        learning_rate(2e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        COUPLED_DECAY,
        Parameter::new("momentum_decay", "ψ", 4e-3, Legal::NonNegative, "how fast μ grows from β₁/2 to β₁; 0: never")
            .searched(1e-3, 1e-1, Scale::Log),
    ];

    fn coefficients([eta, beta1, beta2, eps, lambda, psi]: [f64; 6], step: u64) -> [f64; 11] {
        let mu = |t: f64| beta1 * (1.0 - 0.5 * 0.96f64.powf(t * psi));
        let (now, next) = (mu(step as f64), mu(step as f64 + 1.0));
        let correct2 = correction(beta2, step);
        [now, next, eta * (1.0 - now), eta * next, beta1, 1.0 - beta1, beta2, 1.0 - beta2, correct2, eps, lambda]
    }

    fn initial(_hyper: [f64; 6]) -> [f64; 3] {
        [0.0, 0.0, 1.0]
    }

    fn update<R: Real>(
        [now, next, eta_g, eta_m, beta1, new1, beta2, new2, correct2, eps, lambda]: [R; 11],
        theta: R,
        g: R,
        [m, v, p]: [R; 3],
    ) -> (R, [R; 3]) {
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        let v_hat = v * correct2;
        let p = p * now;
        let one = R::of(1.0);
        let ahead = eta_g * g / (one - p) + eta_m * m / (one - p * next);
        (theta - ahead.ratio(v_hat.sqrt() + eps), [m, v, p])
    }
}
