//! RAdam: rectified Adam (Liu et al. 2020).
//!
//! ```text
//! g ← g + λθ
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)g²
//! m̂ = m/(1 − β₁ᵗ)
//! ρ∞ = 2/(1 − β₂) − 1
//! ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ)
//! r = √((ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ))
//! θ ← θ − η r √(1 − β₂ᵗ) m̂/(√v + ε)     if ρ > 5
//! θ ← θ − η m̂                           else
//! ```
//!
//! PyTorch's `RAdam` with its coupled decay. The paper rectifies from ρ > 4 and has no ε. The first steps (five with
//! the default β₂) are those of momentum without a denominator: a rate that suits them may be far from Adam's.
//! ε is added before the bias correction, so early it weighs more than Adam's.

use super::correction;
use crate::parameters::{COUPLED_DECAY, beta1, beta2, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Adam that waits with its denominator until it can be trusted.
pub struct RAdam;

/// r √(1 − β₂ᵗ), or 0 while there is nothing to rectify.
fn rectification(beta2: f64, step: u64) -> f64 {
    let t = step as f64;
    let left = 1.0 - beta2.powf(t);
    let longest = 2.0 / (1.0 - beta2) - 1.0;
    let rho = longest - 2.0 * t * beta2.powf(t) / left;
    if rho > 5.0 {
        let r = (rho - 4.0) * (rho - 2.0) * longest / ((longest - 4.0) * (longest - 2.0) * rho);
        (r * left).sqrt()
    } else {
        0.0
    }
}

impl Rule<5, 9, 2> for RAdam {
    const NAME: &'static str = "radam";
    const SUMMARY: &'static str = "Adam whose early steps, of uncertain denominators, are rectified";
    const SOURCE: &'static str = "Liu et al. 2020; PyTorch's form";
    const DOC: &'static str = include_str!("radam.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        COUPLED_DECAY,
    ];

    fn coefficients([eta, beta1, beta2, eps, lambda]: [f64; 5], step: u64) -> [f64; 9] {
        let rectify = rectification(beta2, step);
        [eta, beta1, 1.0 - beta1, correction(beta1, step), beta2, 1.0 - beta2, rectify, eps, lambda]
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, beta2, new2, rectify, eps, lambda]: [R; 9],
        theta: R,
        g: R,
        [m, v]: [R; 2],
    ) -> (R, [R; 2]) {
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        let m_hat = m * correct1;
        let adaptive = rectify * m_hat.ratio(v.sqrt() + eps);
        (theta - eta * rectify.where_positive(adaptive, m_hat), [m, v])
    }
}
