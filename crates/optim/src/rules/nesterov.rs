//! Nesterov's accelerated gradient (Nesterov 1983), as rearranged by Bengio et al. 2012.
//!
//! ```text
//! g ← g + λθ
//! v ← μv + g
//! θ ← θ − η(g + μv)
//! ```
//!
//! PyTorch's `SGD` with `nesterov=True`: θ is the point looked ahead to.

use crate::parameters::{COUPLED_DECAY, MOMENTUM, learning_rate};
use crate::{Real, Rule};
use downhill_spec::Parameter;

/// Momentum that looks ahead.
pub struct Nesterov;

impl Rule<3, 3, 1> for Nesterov {
    const NAME: &'static str = "nesterov";
    const SUMMARY: &'static str = "momentum whose gradient is taken where the velocity leads";
    const SOURCE: &'static str = "Nesterov 1983; Bengio et al. 2012; PyTorch's form";
    const DOC: &'static str = include_str!("nesterov.rs");
    const TABLE: &'static [Parameter; 3] = &[learning_rate(1e-3), MOMENTUM, COUPLED_DECAY];

    fn coefficients(hyper: [f64; 3], _step: u64) -> [f64; 3] {
        hyper
    }

    fn edge([_, mu, _]: [f64; 3]) -> Option<f64> {
        Some(2.0 * (1.0 + mu) / (1.0 + 2.0 * mu))
    }

    fn update<R: Real>([eta, mu, lambda]: [R; 3], theta: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let g = g + lambda * theta;
        let v = mu * v + g;
        (theta - eta * (g + mu * v), [v])
    }
}
