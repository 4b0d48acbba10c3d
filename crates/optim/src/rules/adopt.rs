//! ADOPT (Taniguchi et al. 2024), with the authors' clipping.
//!
//! ```text
//! g ← g + λθ
//! c = (t − 1)^¼
//! n = clamp(g/max(√v, ε), −c, c)
//! m ← β₁m + (1 − β₁)n
//! v ← β₂v + (1 − β₂)g²          (the first step: v ← g²)
//! θ ← θ − ηm
//! ```
//!
//! The denominator does not know the gradient that it divides, and the momentum gathers what was divided: so it
//! converges with any β₂. The first step only fills v: c is 0. The authors' code and optax's `adopt`, both with this
//! clipping (the paper's first algorithm has none). The decay is the authors' default, a coupled one (optax has none).

use crate::parameters::{COUPLED_DECAY, beta1, guard, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// Adam whose denominator is one step older.
pub struct Adopt;

impl Rule<5, 8, 2> for Adopt {
    const NAME: &'static str = "adopt";
    const SUMMARY: &'static str = "a momentum of gradients, each divided by the root of the average before it";
    const SOURCE: &'static str = "Taniguchi et al. 2024";
    const DOC: &'static str = include_str!("adopt.rs");
    const TABLE: &'static [Parameter; 5] = &[
        learning_rate(1e-3),
        beta1(0.9),
        Parameter::new("beta2", "β₂", 0.9999, Legal::Decay, "decay of the average of squared gradients").searched(
            0.9,
            0.99999,
            Scale::LogOneMinus,
        ),
        guard(1e-6, "the smallest denominator; with 0, 0/0 is 0"),
        COUPLED_DECAY,
    ];

    fn coefficients([eta, beta1, beta2, eps, lambda]: [f64; 5], step: u64) -> [f64; 8] {
        let clip = ((step - 1) as f64).powf(0.25);
        let beta2 = if step == 1 { 0.0 } else { beta2 };
        [eta, beta1, 1.0 - beta1, beta2, 1.0 - beta2, clip, eps, lambda]
    }

    fn update<R: Real>(
        [eta, beta1, new1, beta2, new2, clip, eps, lambda]: [R; 8],
        theta: R,
        g: R,
        [m, v]: [R; 2],
    ) -> (R, [R; 2]) {
        let g = g + lambda * theta;
        let n = g.ratio(v.sqrt().max(eps)).max(-clip).min(clip);
        let m = beta1 * m + new1 * n;
        let v = beta2 * v + new2 * g * g;
        (theta - eta * m, [m, v])
    }
}
