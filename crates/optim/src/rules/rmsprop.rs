//! RMSProp (Tieleman and Hinton 2012), centred after Graves 2013.
//!
//! ```text
//! g ← g + λθ
//! v ← αv + (1 − α)g²
//! a ← αa + (1 − α)g            (used if centred)
//! d ← √(v − a²) or √v
//! b ← μb + g/(d + ε)
//! θ ← θ − ηb
//! ```
//!
//! PyTorch's `RMSprop`: α is .99 (the lecture has .9) and ε stands outside the root. Deviation: where rounding makes
//! v − a² negative it counts as 0 (PyTorch gives NaN).

use crate::parameters::{COUPLED_DECAY, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// A rate for each parameter, by the size of its recent gradients.
pub struct RmsProp;

impl Rule<6, 7, 3> for RmsProp {
    const NAME: &'static str = "rmsprop";
    const SUMMARY: &'static str = "divides each step by the root of an average of squared gradients";
    const SOURCE: &'static str = "Tieleman and Hinton 2012; Graves 2013; PyTorch's form";
    const DOC: &'static str = include_str!("rmsprop.rs");
    const TABLE: &'static [Parameter; 6] = &[
        learning_rate(1e-2),
        Parameter::new("alpha", "α", 0.99, Legal::Decay, "decay of the average of squared gradients").searched(
            0.9,
            0.999,
            Scale::LogOneMinus,
        ),
        epsilon(1e-8),
        COUPLED_DECAY,
        Parameter::new("momentum", "μ", 0.0, Legal::Decay, "share of the velocity that is kept"),
        Parameter::new(
            "centered",
            "",
            0.0,
            Legal::Flag,
            "divide by the standard deviation instead of the root mean square",
        ),
    ];

    fn coefficients([eta, alpha, eps, lambda, mu, centered]: [f64; 6], _step: u64) -> [f64; 7] {
        [eta, alpha, 1.0 - alpha, eps, lambda, mu, centered]
    }

    fn preconditioner([.., eps, _, _, centered]: [f64; 7], [v, a, _]: [f64; 3]) -> Option<f64> {
        Some((v - centered * a * a).max(0.0).sqrt() + eps)
    }

    fn edge([.., mu, _]: [f64; 6]) -> Option<f64> {
        Some(2.0 * (1.0 + mu))
    }

    fn update<R: Real>(
        [eta, alpha, new, eps, lambda, mu, centered]: [R; 7],
        theta: R,
        g: R,
        [v, a, b]: [R; 3],
    ) -> (R, [R; 3]) {
        let g = g + lambda * theta;
        let v = alpha * v + new * g * g;
        let a = alpha * a + new * g;
        let d = (v - centered * a * a).max(R::of(0.0)).sqrt();
        let b = mu * b + g.ratio(d + eps);
        (theta - eta * b, [v, a, b])
    }
}
