//! Prodigy (Mishchenko and Defazio 2023): Adam that estimates its own rate from the distance it has come.
//!
//! ```text
//! γ = η d √(1 − β₂ᵗ)/(1 − β₁ᵗ)
//! m ← β₁m + (1 − β₁) d g
//! v ← β₂v + (1 − β₂) d² g²
//! r ← β₃r + (d/d₀) γ ⟨g, θ₀ − θ⟩
//! s ← β₃s + γ d g/d₀
//! d ← max(d, c r/‖s‖₁)
//! θ ← θ − γ (m/(√v + dε) + λθ)
//! ```
//!
//! optax's `prodigy`: β₃ = √β₂, γ with the d of the step before, and the sum over all parameters of a member. It is a method
//! because of that sum. η is a multiplier, 1 unless there is a reason; d starts at d₀, far too small, and doubles its way
//! up within tens of steps.

use super::{add, member_sums, ratio, scale, subtract};
use crate::parameters::{beta1, beta2, decoupled_decay, epsilon};
use crate::{Hypers, Method, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Params, Place, host};
use downhill_spec::{Legal, Parameter, Scale};

/// Adam without a rate to tune.
pub struct Prodigy;

impl Method for Prodigy {
    const NAME: &'static str = "prodigy";
    const SUMMARY: &'static str = "Adam that estimates its own rate from how far it has come";
    const SOURCE: &'static str = "Mishchenko and Defazio 2023; optax's form";
    const DOC: &'static str = include_str!("prodigy.rs");
    const TABLE: &'static [Parameter] = &[
        Parameter::new("lr", "η", 1.0, Legal::NonNegative, "multiplier of the estimated rate").searched(
            0.1,
            10.0,
            Scale::Log,
        ),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        decoupled_decay(0.0),
        Parameter::new("d0", "d₀", 1e-6, Legal::Positive, "first estimate of the rate"),
        Parameter::new("d_coef", "c", 1.0, Legal::Positive, "multiplier of new estimates"),
    ];

    const COPIES: usize = 4;

    /// m, v, s and θ₀ of every parameter; d and r.
    fn initial(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        let zeros = || params.tensors.iter().map(Tensor::zeros_like);
        let (d, r) = (hypers.tensor(place, "d0"), hypers.each(place, |_| 0.0));
        zeros().chain(zeros()).chain(zeros()).chain(params.tensors.iter().cloned()).chain([d, r]).collect()
    }

    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let (place, count) = (now.moment.place, params.tensors.len());
        let mut parts = state.chunks(count);
        let mut next = || parts.next().unwrap_or_default();
        let (m, v, s, start) = (next(), next(), next(), next());
        let (old_d, old_r) = (host::values(state[4 * count].clone()), host::values(state[4 * count + 1].clone()));
        let gradients = now.clipped();
        let h = |member: usize, name: &str| now.hypers.get(member, name);
        let each = |number: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..now.hypers.members()).map(number).collect() };
        let tensor = |number: &dyn Fn(usize) -> f64| now.hypers.each(place, number);

        let t = now.moment.step as f64;
        let corrections = |i: usize| (1.0 - h(i, "beta2").powf(t)).sqrt() / (1.0 - h(i, "beta1").powf(t));
        let gamma = each(&|i| h(i, "lr") * old_d[i] * corrections(i));
        let back = subtract(start, &params.tensors);
        let along: Vec<Tensor<3>> = gradients.iter().zip(back).map(|(g, back)| g.clone() * back).collect();
        let along = member_sums(place, &along);
        let r = each(&|i| h(i, "beta2").sqrt() * old_r[i] + old_d[i] / h(i, "d0") * gamma[i] * along[i]);

        let dg = scale(&gradients, &tensor(&|i| old_d[i]));
        let squares: Vec<Tensor<3>> = dg.iter().map(|g| g.clone() * g.clone()).collect();
        let (beta1, beta2) = (|i| h(i, "beta1"), |i| h(i, "beta2"));
        let m = add(&scale(m, &tensor(&beta1)), &scale(&dg, &tensor(&|i| 1.0 - beta1(i))));
        let v = add(&scale(v, &tensor(&beta2)), &scale(&squares, &tensor(&|i| 1.0 - beta2(i))));
        let s = add(&scale(s, &tensor(&|i| beta2(i).sqrt())), &scale(&dg, &tensor(&|i| gamma[i] / h(i, "d0"))));

        let size = member_sums(place, &s.iter().map(|s| s.clone().abs()).collect::<Vec<_>>());
        let d = each(&|i| {
            let estimate = h(i, "d_coef") * r[i] / size[i];
            // Without any gradient so far there is nothing to estimate from; a broken one must show.
            if estimate > old_d[i] || (estimate.is_nan() && size[i] != 0.0) { estimate } else { old_d[i] }
        });
        let (guard, rate) = (tensor(&|i| d[i] * h(i, "eps")), tensor(&|i| gamma[i]));
        let averages = m.iter().zip(&v);
        let step = |((p, (m, v)), decay): ((&Tensor<3>, (&Tensor<3>, &Tensor<3>)), Tensor<3>)| {
            let ratio = ratio(m.clone(), v.clone().sqrt() + guard.clone());
            p.clone() - (ratio + p.clone() * decay) * rate.clone()
        };
        let tensors = params.tensors.iter().zip(averages).zip(now.decays()).map(step).collect();
        let scalars = [tensor(&|i| d[i]), tensor(&|i| r[i])];
        let state = m.into_iter().chain(v).chain(s).chain(start.iter().cloned()).chain(scalars).collect();
        Stepped { params: Params { tensors }, state, next: None }
    }
}
