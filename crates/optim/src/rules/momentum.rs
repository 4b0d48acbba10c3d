//! Gradient descent with momentum, the heavy ball (Polyak 1964).
//!
//! ```text
//! g ← g + λθ
//! v ← μv + (1 − τ)g      (the first step: v ← g)
//! θ ← θ − ηv
//! ```
//!
//! PyTorch's `SGD` with `momentum` and `dampening`. The rate multiplies the velocity when it is used and not when
//! it is made, so a rate that changes acts at once on the whole velocity; Polyak's form differs there.

use crate::parameters::{COUPLED_DECAY, MOMENTUM, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter};

/// The heavy ball.
pub struct Momentum;

impl Rule<4, 4, 1> for Momentum {
    const NAME: &'static str = "momentum";
    const SUMMARY: &'static str = "the heavy ball: a velocity that gathers gradients";
    const SOURCE: &'static str = "Polyak 1964; PyTorch's form";
    const DOC: &'static str = include_str!("momentum.rs");
    const TABLE: &'static [Parameter; 4] = &[
        learning_rate(1e-3),
        MOMENTUM,
        Parameter::new("dampening", "τ", 0.0, Legal::Fraction, "share of the gradient that the velocity leaves out"),
        COUPLED_DECAY,
    ];

    fn coefficients([eta, mu, tau, lambda]: [f64; 4], step: u64) -> [f64; 4] {
        let take = if step == 1 { 1.0 } else { 1.0 - tau };
        [eta, mu, take, lambda]
    }

    fn edge([_, mu, tau, _]: [f64; 4]) -> Option<f64> {
        Some(2.0 * (1.0 + mu) / (1.0 - tau))
    }

    fn update<R: Real>([eta, mu, take, lambda]: [R; 4], theta: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let g = g + lambda * theta;
        let v = mu * v + take * g;
        (theta - eta * v, [v])
    }
}
