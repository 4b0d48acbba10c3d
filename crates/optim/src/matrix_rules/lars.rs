//! LARS (You, Gitman and Ginsburg 2017).
//!
//! ```text
//! g ← g + λθ
//! r = τ‖θ‖/(‖g‖ + ε), 1 if either norm is 0
//! v ← μv + ηrg
//! θ ← θ − v
//! ```
//!
//! With Nesterov's momentum θ ← θ − (μv + ηrg). optax's `lars`: the paper divides by ‖g‖ + λ‖θ‖ and has no ε. Every
//! tensor has a trust ratio r of its own, biases too; a network starts with biases of 0, whose first ratio is 1, a
//! thousand times that of the weights.

use super::trust_ratio;
use crate::doors::{Context, MatrixRule};
use crate::parameters::{COUPLED_DECAY, MOMENTUM, learning_rate};
use burn::tensor::Tensor;
use downhill_spec::{Legal, Parameter, Scale};

/// Momentum whose step has a length in proportion to that of the parameter tensor.
pub struct Lars;

impl MatrixRule for Lars {
    const NAME: &'static str = "lars";
    const SUMMARY: &'static str = "momentum with steps in proportion to each tensor's norm";
    const SOURCE: &'static str = "You, Gitman and Ginsburg 2017; optax's form";
    const DOC: &'static str = include_str!("lars.rs");
    const TABLE: &'static [Parameter] = &[
        learning_rate(1e-1),
        MOMENTUM,
        Parameter::new(
            "trust_coefficient",
            "τ",
            1e-3,
            Legal::Positive,
            "length of a step at η = 1, as a share of the tensor's norm",
        )
        .searched(1e-4, 1e-1, Scale::Log),
        Parameter::new("eps", "ε", 0.0, Legal::NonNegative, "added to the gradient's norm"),
        Parameter::new("nesterov", "", 0.0, Legal::Flag, "Nesterov's momentum"),
        COUPLED_DECAY,
    ];

    fn initial(_context: &Context<'_>, theta: &Tensor<3>) -> Vec<Tensor<3>> {
        vec![theta.zeros_like()]
    }

    fn update(
        context: &Context<'_>,
        theta: Tensor<3>,
        g: Tensor<3>,
        mut state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let (mu, v) = (context.get("momentum"), state.remove(0));
        let g = g + context.get("weight_decay") * theta.clone();
        let r = trust_ratio(context.get("trust_coefficient"), &theta, &g, context.get("eps"));
        let g = g * r * context.get("lr");
        let v = mu.clone() * v + g.clone();
        let nesterov = context.get("nesterov").equal_elem(1.0).expand(v.dims());
        let step = v.clone().mask_where(nesterov, mu * v.clone() + g);
        (theta - step, vec![v])
    }
}
