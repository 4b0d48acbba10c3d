//! AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019).
//!
//! ```text
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)g²
//! θ ← θ − ηλθ − η m̂/(√v̂ + ε)
//! ```
//!
//! PyTorch's `AdamW`: the decay is multiplied by the learning rate (the paper's by the schedule's factor only).

use super::adam;
use crate::parameters::{beta1, beta2, decoupled_decay, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Adam that shrinks weights beside the adaptive step.
pub struct AdamW;

impl Rule<5, 9, 2> for AdamW {
    const NAME: &'static str = "adamw";
    const SUMMARY: &'static str = "Adam with decoupled weight decay";
    const SOURCE: &'static str = "Loshchilov and Hutter 2019; PyTorch's form";
    const DOC: &'static str = include_str!("adamw.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        decoupled_decay(1e-2),
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
        [m, v]: [R; 2],
    ) -> (R, [R; 2]) {
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        let (m_hat, v_hat) = (m * correct1, v * correct2);
        let theta = theta - eta * lambda * theta;
        (theta - eta * m_hat.ratio(v_hat.sqrt() + eps), [m, v])
    }
}
