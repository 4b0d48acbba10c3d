//! Muon (Jordan et al. 2024) for hidden matrices, AdamW for the rest.
//!
//! ```text
//! B ← μB + (1 − μ)G
//! X = (1 − μ)G + μB with Nesterov's momentum, B without
//! X ← X/max(‖X‖, ε)
//! X ← aX + (bXXᵀ + c(XXᵀ)²)X, k times
//! W ← W − ηλW − η √max(1, outputs/inputs) X
//! ```
//!
//! With (a, b, c) = (3.4445, −4.7750, 2.0315) this takes the singular values of X to about 1 (0.7 to 1.2) and leaves
//! the singular vectors: a Newton-Schulz iteration. X is transposed for it where that makes XXᵀ smaller.
//!
//! Conventions and defaults of PyTorch's `Muon` with the learning rate adjusted as in "original". PyTorch keeps W as
//! [outputs, inputs], here it is [inputs, outputs]. PyTorch iterates in bfloat16, here it is the run's own precision.
//!
//! The last layer, biases and points of functions get AdamW with the learning rate `rest_lr`, as the author recommends;
//! its defaults are those of his `MuonWithAuxAdam`. The one weight decay is for both.

use super::{adam_direction, at_least, average, averages, norm};
use crate::doors::{Context, MatrixRule};
use crate::parameters::{beta1, beta2, decoupled_decay, learning_rate};
use burn::tensor::Tensor;
use downhill_population::Role;
use downhill_spec::{Legal, Parameter, Scale};

/// Momentum made orthogonal.
pub struct Muon;

impl MatrixRule for Muon {
    const NAME: &'static str = "muon";
    const SUMMARY: &'static str = "hidden matrices move by their momentum made orthogonal, the rest by AdamW";
    const SOURCE: &'static str = "Jordan et al. 2024; PyTorch's form";
    const DOC: &'static str = include_str!("muon.rs");
    const TABLE: &'static [Parameter] = &[
        learning_rate(1e-3),
        Parameter::new("momentum", "μ", 0.95, Legal::Decay, "decay of the average of gradients of hidden matrices")
            .searched(0.5, 0.999, Scale::LogOneMinus),
        Parameter::new("nesterov", "", 1.0, Legal::Flag, "Nesterov's momentum"),
        Parameter::new("ns_steps", "k", 5.0, Legal::Within(0, 99), "steps of the Newton-Schulz iteration"),
        Parameter::new("eps", "ε", 1e-7, Legal::Positive, "least norm that the momentum is divided by"),
        Parameter::new("rest_lr", "η", 3e-4, Legal::NonNegative, "learning rate of AdamW for the rest").searched(
            1e-5,
            1e-1,
            Scale::Log,
        ),
        beta1(0.9),
        beta2(0.95, "decay of the average of squared gradients of the rest"),
        Parameter::new("rest_eps", "ε", 1e-10, Legal::NonNegative, "added to AdamW's root; with 0, 0/0 is 0"),
        decoupled_decay(0.1),
    ];

    fn initial(context: &Context<'_>, theta: &Tensor<3>) -> Vec<Tensor<3>> {
        vec![theta.zeros_like(); if context.role == Role::Weight { 1 } else { 2 }]
    }

    fn update(
        context: &Context<'_>,
        theta: Tensor<3>,
        g: Tensor<3>,
        mut state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        if context.role != Role::Weight {
            let [m, v] = averages(context, &g, state.remove(0), state.remove(0));
            let eta = context.get("rest_lr");
            let theta = theta.clone() - eta.clone() * context.get("weight_decay") * theta;
            return (theta - eta * adam_direction(context, &m, &v, "rest_eps"), vec![m, v]);
        }
        let [_, inputs, outputs] = theta.dims();
        let b = average(context, "momentum", state.remove(0), g.clone());
        let of_g = context.each(|h| if h("nesterov") == 1.0 { 1.0 - h("momentum") } else { 0.0 });
        let of_b = context.each(|h| if h("nesterov") == 1.0 { h("momentum") } else { 1.0 });
        let x = orthogonal(context, of_g * g + of_b * b.clone());
        let stretch = (outputs as f64 / inputs as f64).max(1.0).sqrt();
        let theta = theta.clone() - context.get("lr") * context.get("weight_decay") * theta;
        (theta - context.each(|h| h("lr") * stretch) * x, vec![b])
    }
}

/// Each member's matrix with its singular values taken to about 1.
fn orthogonal(context: &Context<'_>, x: Tensor<3>) -> Tensor<3> {
    const A: f64 = 3.4445;
    const B: f64 = -4.7750;
    const C: f64 = 2.0315;
    let [members, rows, cols] = x.dims();
    let mut x = x.clone() / at_least(norm(&x), context.get("eps"));
    if rows > cols {
        x = x.transpose();
    }
    let steps = |member| context.hypers.get(member, "ns_steps") as u64;
    for k in 0..(0..members).map(steps).max().unwrap_or(0) {
        let gram = x.clone().matmul(x.clone().transpose());
        let next = x.clone() * A + (gram.clone() * B + gram.clone().matmul(gram) * C).matmul(x.clone());
        // Members with fewer steps stay as they are.
        let goes_on = context.get("ns_steps").greater_elem(k as f64).expand(x.dims());
        x = x.mask_where(goes_on, next);
    }
    if rows > cols { x.transpose() } else { x }
}
