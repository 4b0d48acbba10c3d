//! AdaMax (Kingma and Ba 2015, section 7.1).
//!
//! ```text
//! g ← g + λθ
//! m ← β₁m + (1 − β₁)g
//! u ← max(β₂u, |g| + ε)
//! θ ← θ − η m/(1 − β₁ᵗ) / u
//! ```
//!
//! PyTorch's `Adamax`. The paper has no ε: with ε = 0 this is its Algorithm 2.

use super::correction;
use crate::parameters::{COUPLED_DECAY, beta1, beta2, guard, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Adam with a decaying maximum for a denominator.
pub struct AdaMax;

impl Rule<5, 6, 2> for AdaMax {
    const NAME: &'static str = "adamax";
    const SUMMARY: &'static str = "momentum over the largest recent gradient, which fades";
    const SOURCE: &'static str = "Kingma and Ba 2015; PyTorch's form";
    const DOC: &'static str = include_str!("adamax.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(2e-3),
        beta1(0.9),
        beta2(0.999, "decay of the largest gradient so far"),
        guard(1e-8, "added to each gradient's size; with 0, 0/0 is 0"),
        COUPLED_DECAY,
    ];

    fn coefficients([eta, beta1, beta2, eps, lambda]: [f64; 5], step: u64) -> [f64; 6] {
        [eta * correction(beta1, step), beta1, 1.0 - beta1, beta2, eps, lambda]
    }

    fn update<R: Real>(
        [eta_hat, beta1, new1, beta2, eps, lambda]: [R; 6],
        theta: R,
        g: R,
        [m, u]: [R; 2],
    ) -> (R, [R; 2]) {
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let u = (beta2 * u).max(g.abs() + eps);
        (theta - eta_hat * m.ratio(u), [m, u])
    }
}
