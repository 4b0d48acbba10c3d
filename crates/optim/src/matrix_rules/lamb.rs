//! LAMB (You et al. 2020).
//!
//! ```text
//! m ← β₁m + (1 − β₁)g
//! v ← β₂v + (1 − β₂)g²
//! u = m̂/(√v̂ + ε) + λθ,  m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
//! r = ‖θ‖/‖u‖, 1 if either norm is 0
//! θ ← θ − ηru
//! ```
//!
//! optax's `lamb`: the paper's Algorithm 2 with φ the identity. Every tensor has a trust ratio of its own, biases too.

use super::{adam_direction, averages, trust_ratio};
use crate::doors::{Context, MatrixRule};
use crate::parameters::{beta1, beta2, epsilon, learning_rate};
use burn::tensor::Tensor;
use downhill_spec::{Legal, Parameter, Scale};

/// Adam whose step has a length in proportion to that of the parameter tensor.
pub struct Lamb;

impl MatrixRule for Lamb {
    const NAME: &'static str = "lamb";
    const SUMMARY: &'static str = "Adam with steps in proportion to each tensor's norm";
    const SOURCE: &'static str = "You et al. 2020; optax's form";
    const DOC: &'static str = include_str!("lamb.rs");
    const TABLE: &'static [Parameter] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-6),
        Parameter::new(
            "weight_decay",
            "λ",
            0.0,
            Legal::NonNegative,
            "weight decay: λθ is added to Adam's direction, before the norm is taken",
        )
        .searched(1e-4, 1.0, Scale::Log),
    ];

    fn initial(_context: &Context<'_>, theta: &Tensor<3>) -> Vec<Tensor<3>> {
        vec![theta.zeros_like(), theta.zeros_like()]
    }

    fn update(
        context: &Context<'_>,
        theta: Tensor<3>,
        g: Tensor<3>,
        mut state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let [m, v] = averages(context, &g, state.remove(0), state.remove(0));
        let u = adam_direction(context, &m, &v, "eps") + context.get("weight_decay") * theta.clone();
        let r = trust_ratio(context.each(|_| 1.0), &theta, &u, context.each(|_| 0.0));
        (theta - context.get("lr") * r * u, vec![m, v])
    }
}
