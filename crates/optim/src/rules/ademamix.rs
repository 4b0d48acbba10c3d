//! AdEMAMix (Pagliardini, Ablin and Grangier 2024).
//!
//! ```text
//! m ← β₁m + (1 − β₁)g
//! w ← β₃w + (1 − β₃)g
//! v ← β₂v + (1 − β₂)g²
//! m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)
//! θ ← θ − ηλθ − η(m̂ + αw)/(√v̂ + ε)
//! ```
//!
//! The slow average w is not corrected for its start at zero. α and β₃ are constant, as in optax's `ademamix`, whose
//! defaults these are. With `warmup` T > 0 they follow the paper's schedules over the first T steps, which long runs
//! need to start calmly:
//!
//! ```text
//! αₜ = min(t/T, 1) α
//! 1/ln β₃ₜ = (1 − t/T)/ln β₁ + (t/T)/ln β₃       (t < T: the half-life grows in proportion to the step)
//! ```

use super::adam;
use crate::parameters::{beta1, beta2, decoupled_decay, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// AdamW with a second, much slower momentum.
pub struct AdEmaMix;

/// α and β₃ of one step.
fn mixture(alpha: f64, beta1: f64, beta3: f64, warmup: f64, step: u64) -> (f64, f64) {
    let part = step as f64 / warmup;
    if part < 1.0 {
        let slow = 1.0 / ((1.0 - part) / beta1.ln() + part / beta3.ln());
        (part * alpha, slow.exp().min(beta3))
    } else {
        (alpha, beta3)
    }
}

impl Rule<8, 12, 3> for AdEmaMix {
    const NAME: &'static str = "ademamix";
    const SUMMARY: &'static str = "AdamW with a fast and a very slow average of gradients";
    const SOURCE: &'static str = "Pagliardini, Ablin and Grangier 2024; optax's defaults";
    const DOC: &'static str = include_str!("ademamix.rs");
    const TABLE: &'static [Parameter; 8] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        Parameter::new("beta3", "β₃", 0.9999, Legal::Decay, "decay of the slow average of gradients").searched(
            0.99,
            0.9999,
            Scale::LogOneMinus,
        ),
        Parameter::new("alpha", "α", 5.0, Legal::NonNegative, "weight of the slow average").searched(
            1.0,
            10.0,
            Scale::Log,
        ),
        epsilon(1e-8),
        decoupled_decay(0.0),
        Parameter::new("warmup", "T", 0.0, Legal::Count(0), "steps over which α and β₃ grow; 0: constant"),
    ];

    fn coefficients([eta, beta1, beta2, beta3, alpha, eps, lambda, warmup]: [f64; 8], step: u64) -> [f64; 12] {
        let [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda] =
            adam::coefficients([eta, beta1, beta2, eps, lambda], step);
        let (alpha, beta3) = mixture(alpha, beta1, beta3, warmup, step);
        [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda, beta3, 1.0 - beta3, alpha]
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda, beta3, new3, alpha]: [R; 12],
        theta: R,
        g: R,
        [m, w, v]: [R; 3],
    ) -> (R, [R; 3]) {
        let m = beta1 * m + new1 * g;
        let w = beta3 * w + new3 * g;
        let v = beta2 * v + new2 * g * g;
        let (m_hat, v_hat) = (m * correct1, v * correct2);
        let theta = theta - eta * lambda * theta;
        (theta - eta * (m_hat + alpha * w).ratio(v_hat.sqrt() + eps), [m, w, v])
    }
}
