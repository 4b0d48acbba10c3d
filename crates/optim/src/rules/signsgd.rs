//! signSGD (Bernstein et al. 2018).
//!
//! ```text
//! θ ← θ − η(sign(g) + λθ)
//! ```
//!
//! optax's `sign_sgd`, with the decoupled decay of signSGD with majority vote (Bernstein et al. 2019). The sign of 0
//! is 0. The papers set no default rate; 1e-3 is ours. With a momentum it is [`Lion`](super::Lion) with β₁ = β₂.

use crate::parameters::{decoupled_decay, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// The sign of the gradient: every element moves by exactly the learning rate.
pub struct SignSgd;

impl Rule<2, 2, 0> for SignSgd {
    const NAME: &'static str = "signsgd";
    const SUMMARY: &'static str = "the sign of the gradient";
    const SOURCE: &'static str = "Bernstein et al. 2018";
    const DOC: &'static str = include_str!("signsgd.rs");
    const TABLE: &'static [Parameter; 2] = &[learning_rate(1e-3), decoupled_decay(0.0)];

    fn coefficients(hyper: [f64; 2], _step: u64) -> [f64; 2] {
        hyper
    }

    fn update<R: Real>([eta, lambda]: [R; 2], theta: R, g: R, []: [R; 0]) -> (R, [R; 0]) {
        (theta - eta * (g.sign() + lambda * theta), [])
    }
}
