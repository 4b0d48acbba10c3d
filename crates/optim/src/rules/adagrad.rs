//! AdaGrad (Duchi, Hazan and Singer 2011), the diagonal form.
//!
//! ```text
//! g ← g + λθ
//! s ← s + g²                    (from s₀)
//! θ ← θ − η/(1 + (t − 1)κ) · g/(√s + ε)
//! ```
//!
//! PyTorch's `Adagrad`: s₀ is 0 (Keras and optax start at 0.1), κ is `lr_decay`.

use crate::parameters::{COUPLED_DECAY, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter};

/// A rate that falls for each parameter with the gradients that it has seen.
pub struct AdaGrad;

impl Rule<5, 3, 1> for AdaGrad {
    const NAME: &'static str = "adagrad";
    const SUMMARY: &'static str = "divides each step by the root of the sum of all squared gradients";
    const SOURCE: &'static str = "Duchi, Hazan and Singer 2011; PyTorch's form";
    const DOC: &'static str = include_str!("adagrad.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-2),
        Parameter::new("lr_decay", "κ", 0.0, Legal::NonNegative, "the rate falls as 1/(1 + (t − 1)κ)"),
        COUPLED_DECAY,
        Parameter::new("initial_accumulator_value", "s₀", 0.0, Legal::NonNegative, "where the sum of squares starts"),
        epsilon(1e-10),
    ];

    fn coefficients([eta, kappa, lambda, _, eps]: [f64; 5], step: u64) -> [f64; 3] {
        [eta / (1.0 + (step - 1) as f64 * kappa), lambda, eps]
    }

    fn initial([_, _, _, start, _]: [f64; 5]) -> [f64; 1] {
        [start]
    }

    fn preconditioner([_, _, eps]: [f64; 3], [s]: [f64; 1]) -> Option<f64> {
        Some(s.sqrt() + eps)
    }

    fn edge([_, kappa, ..]: [f64; 5]) -> Option<f64> {
        (kappa == 0.0).then_some(2.0)
    }

    fn update<R: Real>([eta, lambda, eps]: [R; 3], theta: R, g: R, [s]: [R; 1]) -> (R, [R; 1]) {
        let g = g + lambda * theta;
        let s = s + g * g;
        (theta - eta * g.ratio(s.sqrt() + eps), [s])
    }
}
