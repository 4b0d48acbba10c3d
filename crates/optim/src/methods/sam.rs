//! SAM, sharpness-aware minimisation (Foret et al. 2021).
//!
//! ```text
//! ε = ρ ∇f(θ)/‖∇f(θ)‖
//! g = ∇f(θ + ε)
//! θ ← the base's step from θ with g
//! ```
//!
//! The norm is over all parameters of a member. Two gradient evaluations a step. On a quadratic of curvature L gradient
//! descent under SAM ends bouncing at ±ηρL/(2 − ηL) (Bartlett, Long and Bousquet 2023). Clipping acts on g. Where the
//! gradient is 0 there is no direction to look in, and g = 0.

use super::{add, scale};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, host};
use downhill_spec::{Legal, Parameter, Scale};

/// The base's step with the gradient from a little uphill.
pub struct Sam;

impl Method for Sam {
    const NAME: &'static str = "sam";
    const SUMMARY: &'static str = "gives its base the gradient from a little uphill, to avoid sharp minima";
    const SOURCE: &'static str = "Foret et al. 2021";
    const DOC: &'static str = include_str!("sam.rs");
    const TABLE: &'static [Parameter] =
        &[Parameter::new("rho", "ρ", 0.05, Legal::NonNegative, "how far uphill").searched(0.005, 0.5, Scale::Log)];
    const NATURE: Nature = Nature { wraps: true, bends_gradient: true, ..Nature::PLAIN };

    fn initial(_place: &Place, _hypers: &Hypers, _params: &Params) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn step(mut now: Now<'_>, mut params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let norms = host::norms(now.moment.place, &now.at.gradients);
        let uphill = now.hypers.each(now.moment.place, |m| {
            let rho = now.hypers.get(m, "rho");
            if norms[m] == 0.0 { 0.0 } else { rho / norms[m] }
        });
        let above = Params { tensors: add(&params.tensors, &scale(&now.at.gradients, &uphill)) };
        let gradients = now.problem.gradient(&above).gradients;
        now.base_step(Gradient { losses: now.at.losses.clone(), gradients }, &mut params);
        Stepped { params, state, next: None }
    }
}
