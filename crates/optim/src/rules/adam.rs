//! Adam (Kingma and Ba 2015).
//!
//! ```text
//! g ← g + λθ
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)g²
//! m̂ = m/(1 − β₁ᵗ)
//! v̂ = v/(1 − β₂ᵗ)
//! θ ← θ − η m̂/(√v̂ + ε)
//! ```
//!
//! PyTorch's `Adam`, Algorithm 1 of the paper with an optional coupled decay.

use super::correction;
use crate::parameters::{COUPLED_DECAY, beta1, beta2, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Averages of gradients and of their squares, corrected for their start at zero.
pub struct Adam;

/// What Adam and its relatives compute once a step: `[η, β₁, 1 − β₁, 1/(1 − β₁ᵗ), β₂, 1 − β₂, 1/(1 − β₂ᵗ), ε, λ]`.
pub fn coefficients([eta, beta1, beta2, eps, lambda]: [f64; 5], step: u64) -> [f64; 9] {
    let (correct1, correct2) = (correction(beta1, step), correction(beta2, step));
    [eta, beta1, 1.0 - beta1, correct1, beta2, 1.0 - beta2, correct2, eps, lambda]
}

/// The edge of stability under a preconditioner and a moving average of gradients (Cohen et al. 2022, eq. 5).
pub fn edge_of_average(beta1: f64) -> f64 {
    2.0 * (1.0 + beta1) / (1.0 - beta1)
}

impl Rule<5, 9, 2> for Adam {
    const NAME: &'static str = "adam";
    const SUMMARY: &'static str = "momentum over the root of an average of squared gradients, both bias-corrected";
    const SOURCE: &'static str = "Kingma and Ba 2015";
    const DOC: &'static str = include_str!("adam.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        COUPLED_DECAY,
    ];

    fn coefficients(hyper: [f64; 5], step: u64) -> [f64; 9] {
        coefficients(hyper, step)
    }

    fn preconditioner([_, _, _, correct1, _, _, correct2, eps, _]: [f64; 9], [_, v]: [f64; 2]) -> Option<f64> {
        Some(((v * correct2).sqrt() + eps) / correct1)
    }

    fn edge([_, beta1, ..]: [f64; 5]) -> Option<f64> {
        Some(edge_of_average(beta1))
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda]: [R; 9],
        theta: R,
        g: R,
        [m, v]: [R; 2],
    ) -> (R, [R; 2]) {
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        let (m_hat, v_hat) = (m * correct1, v * correct2);
        (theta - eta * m_hat.ratio(v_hat.sqrt() + eps), [m, v])
    }
}
