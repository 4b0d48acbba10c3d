//! Stochastic gradient descent (Robbins and Monro 1951; Cauchy 1847).
//!
//! ```text
//! g ← g + λθ
//! θ ← θ − ηg
//! ```
//!
//! PyTorch's `SGD` with momentum 0.

use crate::parameters::{COUPLED_DECAY, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Gradient descent.
pub struct Sgd;

impl Rule<2, 2, 0> for Sgd {
    const NAME: &'static str = "sgd";
    const SUMMARY: &'static str = "gradient descent: a step against the gradient";
    const SOURCE: &'static str = "Robbins and Monro 1951";
    const DOC: &'static str = include_str!("sgd.rs");
    const TABLE: &'static [Parameter; 2] = &[learning_rate(1e-3), COUPLED_DECAY];

    fn coefficients(hyper: [f64; 2], _step: u64) -> [f64; 2] {
        hyper
    }

    fn edge(_hyper: [f64; 2]) -> Option<f64> {
        Some(2.0)
    }

    fn update<R: Real>([eta, lambda]: [R; 2], theta: R, g: R, []: [R; 0]) -> (R, [R; 0]) {
        let g = g + lambda * theta;
        (theta - eta * g, [])
    }
}
