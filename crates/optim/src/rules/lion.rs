//! Lion (Chen et al. 2023).
//!
//! ```text
//! u = sign(β₁m + (1 − β₁)g)
//! θ ← θ − η(u + λθ)
//! m ← β₂m + (1 − β₂)g
//! ```
//!
//! The authors' form and defaults; optax's `lion` has the same equations with λ = 1e-3.

use crate::parameters::{beta1, beta2, decoupled_decay, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// The sign of an interpolated momentum: every element moves by exactly the learning rate.
pub struct Lion;

impl Rule<4, 6, 1> for Lion {
    const NAME: &'static str = "lion";
    const SUMMARY: &'static str = "the sign of an interpolated momentum";
    const SOURCE: &'static str = "Chen et al. 2023";
    const DOC: &'static str = include_str!("lion.rs");
    const TABLE: &'static [Parameter; 4] = &[
        learning_rate(1e-4),
        beta1(0.9),
        beta2(0.99, "decay of the average of gradients that is kept"),
        decoupled_decay(0.0),
    ];

    fn coefficients([eta, beta1, beta2, lambda]: [f64; 4], _step: u64) -> [f64; 6] {
        [eta, beta1, 1.0 - beta1, beta2, 1.0 - beta2, lambda]
    }

    fn update<R: Real>([eta, beta1, new1, beta2, new2, lambda]: [R; 6], theta: R, g: R, [m]: [R; 1]) -> (R, [R; 1]) {
        let u = (beta1 * m + new1 * g).sign();
        (theta - eta * (u + lambda * theta), [beta2 * m + new2 * g])
    }
}
