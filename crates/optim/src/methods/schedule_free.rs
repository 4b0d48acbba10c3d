//! Schedule-free SGD and AdamW (Defazio et al. 2024).
//!
//! ```text
//! y = θ                                  where gradients are taken
//! z ← z − η (u + λy)                     the base's step
//! w = (largest η so far)²,  c = w/(sum of all w)
//! x ← (1 − c)x + cz                      the average: where the loss is looked at
//! y ← (1 − β)z + βx
//! ```
//!
//! u is the gradient g for SGD, and g divided by √v̂ + ε for AdamW (v ← β₂v + (1 − β₂)g², v̂ = v/(1 − β₂ᵗ)). With a constant
//! rate c = 1/t, and x is the mean of all z. optax's `schedule_free_sgd` and `schedule_free_adamw`, with x kept instead of
//! recomputed from y and z, so that β = 0 is legal. Meant to run without a schedule other than a warm-up.

use super::{add, ratio, scale, subtract};
use crate::parameters::{beta2, decoupled_decay, epsilon, learning_rate};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Params, Place};
use downhill_spec::{Legal, Parameter, Scale};

const BETA: Parameter =
    Parameter::new("beta1", "β", 0.9, Legal::Fraction, "how near the gradient is taken to the average").searched(
        0.5,
        0.99,
        Scale::LogOneMinus,
    );

/// Gradient descent, judged at an average that needs no schedule.
pub struct ScheduleFreeSgd;

/// Adam's denominator, judged at an average that needs no schedule.
pub struct ScheduleFreeAdamW;

impl Method for ScheduleFreeSgd {
    const NAME: &'static str = "schedule-free-sgd";
    const SUMMARY: &'static str = "gradient descent from points near its own average, judged at the average";
    const SOURCE: &'static str = "Defazio et al. 2024; optax's form";
    const DOC: &'static str = include_str!("schedule_free.rs");
    const TABLE: &'static [Parameter] = &[learning_rate(1.0), BETA, decoupled_decay(0.0)];

    const NATURE: Nature = Nature { keeps_position: true, ..Nature::PLAIN };

    fn initial(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        start(place, hypers, params)
    }

    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let steps = now.clipped();
        average(&now, params, state, steps)
    }

    fn evaluated(_place: &Place, _hypers: &Hypers, params: &Params, state: &[Tensor<3>]) -> Option<Params> {
        Some(Params { tensors: state[params.tensors.len()..2 * params.tensors.len()].to_vec() })
    }
}

impl Method for ScheduleFreeAdamW {
    const NAME: &'static str = "schedule-free-adamw";
    const SUMMARY: &'static str = "AdamW without momentum from points near its own average, judged at the average";
    const SOURCE: &'static str = "Defazio et al. 2024; optax's form";
    const DOC: &'static str = include_str!("schedule_free.rs");
    const TABLE: &'static [Parameter] = &[
        learning_rate(2.5e-3),
        BETA,
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-8),
        decoupled_decay(0.0),
    ];

    const NATURE: Nature = Nature { keeps_position: true, ..Nature::PLAIN };

    fn initial(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        start(place, hypers, params).into_iter().chain(params.tensors.iter().map(Tensor::zeros_like)).collect()
    }

    fn step(now: Now<'_>, params: Params, mut state: Vec<Tensor<3>>) -> Stepped {
        let v = state.split_off(state.len() - params.tensors.len());
        let (hypers, place) = (now.hypers, now.moment.place);
        let of = |number: &dyn Fn(f64) -> f64| hypers.each(place, |m| number(hypers.get(m, "beta2")));
        let (decay, new) = (of(&|beta| beta), of(&|beta| 1.0 - beta));
        let correct = of(&|beta| 1.0 / (1.0 - beta.powf(now.moment.step as f64)));
        let gradients = now.clipped();
        let squares: Vec<Tensor<3>> = gradients.iter().map(|g| g.clone() * g.clone()).collect();
        let v = add(&scale(&v, &decay), &scale(&squares, &new));
        let steps = gradients
            .into_iter()
            .zip(&v)
            .map(|(g, v)| ratio(g, (v.clone() * correct.clone()).sqrt() + now.get("eps")))
            .collect();
        let mut stepped = average(&now, params, state, steps);
        stepped.state.extend(v);
        stepped
    }

    fn evaluated(place: &Place, hypers: &Hypers, params: &Params, state: &[Tensor<3>]) -> Option<Params> {
        ScheduleFreeSgd::evaluated(place, hypers, params, state)
    }
}

/// z, x, the largest rate so far, and the sum of the weights.
fn start(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
    let zero = hypers.each(place, |_| 0.0);
    params.tensors.iter().chain(&params.tensors).cloned().chain([zero.clone(), zero]).collect()
}

/// The step from z along `steps`, and the average.
fn average(now: &Now<'_>, y: Params, mut state: Vec<Tensor<3>>, steps: Vec<Tensor<3>>) -> Stepped {
    let count = y.tensors.len();
    let mut scalars = state.split_off(2 * count).into_iter();
    let x = state.split_off(count);
    let (rate, decay, beta) = (now.get("lr"), now.decays(), now.get("beta1"));
    let largest = scalars.next().map_or_else(|| rate.clone(), |before| before.max_pair(rate.clone()));
    let weight = largest.clone() * largest.clone();
    let total = scalars.next().map_or_else(|| weight.clone(), |before| before + weight.clone());
    // A rate of 0 from the start has no weight: nothing moves.
    let share = (weight / total.clone()).mask_fill(total.clone().equal_elem(0.0), 0.0);

    let decayed: Vec<Tensor<3>> = y.tensors.iter().zip(decay).map(|(y, decay)| y.clone() * decay).collect();
    let z = subtract(&state, &scale(&add(&steps, &decayed), &rate));
    let x = add(&scale(&x, &(share.clone().neg() + 1.0)), &scale(&z, &share));
    let params = Params { tensors: add(&scale(&z, &(beta.clone().neg() + 1.0)), &scale(&x, &beta)) };
    Stepped { params, state: z.into_iter().chain(x).chain([largest, total]).collect(), next: None }
}
