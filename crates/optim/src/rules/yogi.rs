//! Yogi (Zaheer et al. 2018).
//!
//! ```text
//! g ← g + λθ
//! m ← β₁m + (1 − β₁)g                      (from m₀)
//! v ← v − (1 − β₂) sign(v − g²) g²         (from v₀)
//! m̂ = m/(1 − β₁ᵗ)
//! v̂ = v/(1 − β₂ᵗ)
//! θ ← θ − η m̂/(√v̂ + ε)
//! ```
//!
//! optax's `yogi` with Adam's optional coupled decay; the paper's Algorithm 2 corrects no bias. optax starts m and v
//! both at 1e-6, which moves a parameter whose gradient is 0. Here m₀ is 0 unless `initial_average` says otherwise;
//! `initial_average=1e-6` walks as optax.

use super::adam;
use crate::parameters::{COUPLED_DECAY, beta1, beta2, epsilon, learning_rate};
use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter};

/// Adam whose denominator falls no faster than the gradients allow.
pub struct Yogi;

impl Rule<7, 9, 2> for Yogi {
    const NAME: &'static str = "yogi";
    const SUMMARY: &'static str = "Adam with a denominator that changes by additive steps";
    const SOURCE: &'static str = "Zaheer et al. 2018; optax's form";
    const DOC: &'static str = include_str!("yogi.rs");
    const TABLE: &'static [Parameter; 7] = &[
        learning_rate(1e-2),
        beta1(0.9),
        beta2(0.999, "1 minus the share of g² by which the denominator's square changes"),
        epsilon(1e-3),
        COUPLED_DECAY,
        Parameter::new("initial_accumulator_value", "v₀", 1e-6, Legal::NonNegative, "where v starts"),
        Parameter::new("initial_average", "m₀", 0.0, Legal::Finite, "where m starts"),
    ];

    fn coefficients([eta, beta1, beta2, eps, lambda, ..]: [f64; 7], step: u64) -> [f64; 9] {
        adam::coefficients([eta, beta1, beta2, eps, lambda], step)
    }

    fn initial([.., v, m]: [f64; 7]) -> [f64; 2] {
        [m, v]
    }

    fn preconditioner([_, _, _, correct1, _, _, correct2, eps, _]: [f64; 9], [_, v]: [f64; 2]) -> Option<f64> {
        Some(((v * correct2).sqrt() + eps) / correct1)
    }

    fn edge([_, beta1, ..]: [f64; 7]) -> Option<f64> {
        Some(adam::edge_of_average(beta1))
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, _, new2, correct2, eps, lambda]: [R; 9],
        theta: R,
        g: R,
        [m, v]: [R; 2],
    ) -> (R, [R; 2]) {
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let v = v - new2 * (v - g * g).sign() * g * g;
        let (m_hat, v_hat) = (m * correct1, v * correct2);
        (theta - eta * m_hat.ratio(v_hat.sqrt() + eps), [m, v])
    }
}
