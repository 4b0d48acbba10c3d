//! AMSGrad (Reddi, Kale and Kumar 2018).
//!
//! ```text
//! g ← g + λθ
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)g²
//! u ← max(u, v)
//! θ ← θ − η m/(1 − β₁ᵗ) / (√(u/(1 − β₂ᵗ)) + ε)
//! ```
//!
//! PyTorch's `Adam` with `amsgrad=True`: the maximum is of the uncorrected averages, and is corrected when used (the
//! paper corrects nothing; optax takes the maximum of corrected averages).

use super::adam;
use crate::parameters::{COUPLED_DECAY, beta1, beta2, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Adam whose denominators never shrink.
pub struct AmsGrad;

impl Rule<5, 9, 3> for AmsGrad {
    const NAME: &'static str = "amsgrad";
    const SUMMARY: &'static str = "Adam with the largest average of squared gradients so far";
    const SOURCE: &'static str = "Reddi, Kale and Kumar 2018; PyTorch's form";
    const DOC: &'static str = include_str!("amsgrad.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        COUPLED_DECAY,
    ];

    fn coefficients(hyper: [f64; 5], step: u64) -> [f64; 9] {
        adam::coefficients(hyper, step)
    }

    fn preconditioner([_, _, _, correct1, _, _, correct2, eps, _]: [f64; 9], [_, _, u]: [f64; 3]) -> Option<f64> {
        Some(((u * correct2).sqrt() + eps) / correct1)
    }

    fn edge([_, beta1, ..]: [f64; 5]) -> Option<f64> {
        Some(adam::edge_of_average(beta1))
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda]: [R; 9],
        theta: R,
        g: R,
        [m, v, u]: [R; 3],
    ) -> (R, [R; 3]) {
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        let u = u.max(v);
        let (m_hat, u_hat) = (m * correct1, u * correct2);
        (theta - eta * m_hat.ratio(u_hat.sqrt() + eps), [m, v, u])
    }
}
