//! AdaBelief (Zhuang et al. 2020).
//!
//! ```text
//! m ← β₁m + (1 − β₁)g
//! s ← β₂s + (1 − β₂)(g − m)² + ε
//! m̂ = m/(1 − β₁ᵗ)
//! ŝ = s/(1 − β₂ᵗ)
//! θ ← θ − ηλθ − η m̂/(√ŝ + ε)
//! ```
//!
//! The paper's Algorithm 2 and the defaults of optax's `adabelief`, whose `eps` and `eps_root` are one number here, as
//! in the paper. Without the rectification that the authors' package can add. The decay is decoupled as in that
//! package (optax has none). ε is added to s at every step and so gathers to ε/(1 − β₂).

use super::adam;
use crate::parameters::{beta1, beta2, decoupled_decay, guard, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Parameter, Scale};

/// Adam that divides by how far gradients stray from their average.
pub struct AdaBelief;

impl Rule<5, 9, 2> for AdaBelief {
    const NAME: &'static str = "adabelief";
    const SUMMARY: &'static str = "Adam with the spread of gradients around their average in the denominator";
    const SOURCE: &'static str = "Zhuang et al. 2020";
    const DOC: &'static str = include_str!("adabelief.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared deviations"),
        guard(1e-16, "added to the average at every step and to its root; with 0, 0/0 is 0").searched(
            1e-16,
            1e-2,
            Scale::Log,
        ),
        decoupled_decay(0.0),
    ];

    fn coefficients(hyper: [f64; 5], step: u64) -> [f64; 9] {
        adam::coefficients(hyper, step)
    }

    fn preconditioner([_, _, _, correct1, _, _, correct2, eps, _]: [f64; 9], [_, v]: [f64; 2]) -> Option<f64> {
        Some(((v * correct2).sqrt() + eps) / correct1)
    }

    fn edge([_, beta1, ..]: [f64; 5]) -> Option<f64> {
        Some(adam::edge_of_average(beta1))
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda]: [R; 9],
        theta: R,
        g: R,
        [m, s]: [R; 2],
    ) -> (R, [R; 2]) {
        let m = beta1 * m + new1 * g;
        let stray = g - m;
        let s = beta2 * s + new2 * stray * stray + eps;
        let (m_hat, s_hat) = (m * correct1, s * correct2);
        let theta = theta - eta * lambda * theta;
        (theta - eta * m_hat.ratio(s_hat.sqrt() + eps), [m, s])
    }
}
