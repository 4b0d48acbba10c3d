//! Adan: adaptive Nesterov momentum (Xie et al. 2022).
//!
//! ```text
//! d = g − g′                     (g′ the gradient before; d = 0 in the first step)
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)d
//! n ← β₃n + (1 − β₃)(g + γd)²    (γ = β₂)
//! m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ),  n̂ = n/(1 − β₃ᵗ)
//! θ ← (θ − η(m̂ + γv̂)/(√(n̂ + ε̄) + ε)) / (1 + ηλ)
//! ```
//!
//! The authors' code and its defaults, with betas that are what is kept (the paper's are 1 minus these). optax's `adan`
//! differs: γ is 1 − β₂ (the paper's symbol with the code's numbers), ε̄ is 1e-8, and the decay is subtracted as ηλθ;
//! `complement=true,eps_root=1e-8` walks as it does.

use super::correction;
use crate::parameters::{beta1, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// Adam with a momentum of the gradient's changes.
pub struct Adan;

impl Rule<8, 15, 4> for Adan {
    const NAME: &'static str = "adan";
    const SUMMARY: &'static str = "Adam with Nesterov's momentum, from the differences of successive gradients";
    const SOURCE: &'static str = "Xie et al. 2022; the authors' code";
    const DOC: &'static str = include_str!("adan.rs");
    const TABLE: &'static [Parameter; 8] = &[
        learning_rate(1e-3),
        beta1(0.98),
        Parameter::new("beta2", "β₂", 0.92, Legal::Decay, "decay of the average of differences, and their weight")
            .searched(0.5, 0.999, Scale::LogOneMinus),
        Parameter::new("beta3", "β₃", 0.99, Legal::Decay, "decay of the average of squares").searched(
            0.9,
            0.9999,
            Scale::LogOneMinus,
        ),
        epsilon(1e-8),
        Parameter::new(
            "weight_decay",
            "λ",
            0.0,
            Legal::NonNegative,
            "decoupled weight decay: θ is divided by 1 + ηλ after the step",
        )
        .searched(1e-4, 1.0, Scale::Log),
        Parameter::new("eps_root", "ε̄", 0.0, Legal::NonNegative, "added under the root in the denominator"),
        Parameter::new("complement", "", 0.0, Legal::Flag, "weigh differences by 1 − β₂, as optax does"),
    ];

    fn coefficients([eta, beta1, beta2, beta3, eps, lambda, eps_root, complement]: [f64; 8], step: u64) -> [f64; 15] {
        let gamma = if complement == 0.0 { beta2 } else { 1.0 - beta2 };
        let differ = if step == 1 { 0.0 } else { 1.0 };
        let [correct1, correct2, correct3] = [beta1, beta2, beta3].map(|beta| correction(beta, step));
        let [new1, new2, new3] = [beta1, beta2, beta3].map(|beta| 1.0 - beta);
        let shrink = 1.0 / (1.0 + eta * lambda);
        [eta, beta1, new1, correct1, beta2, new2, correct2, beta3, new3, correct3, gamma, differ, eps, eps_root, shrink]
    }

    fn update<R: Real>(coefficients: [R; 15], theta: R, g: R, [m, v, n, before]: [R; 4]) -> (R, [R; 4]) {
        let [eta, beta1, new1, correct1, beta2, new2, correct2, beta3, new3, correct3, ..] = coefficients;
        let [.., gamma, differ, eps, eps_root, shrink] = coefficients;
        let d = differ * (g - before);
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * d;
        let ahead = g + gamma * d;
        let n = beta3 * n + new3 * ahead * ahead;
        let (m_hat, v_hat, n_hat) = (m * correct1, v * correct2, n * correct3);
        let step = (m_hat + gamma * v_hat).ratio((n_hat + eps_root).sqrt() + eps);
        ((theta - eta * step) * shrink, [m, v, n, g])
    }
}
