//! SWA, stochastic weight averaging (Izmailov et al. 2018; equal averages after Polyak and Juditsky 1992).
//!
//! ```text
//! θ ← the base's step
//! at steps t > s, every c-th:  a ← a + (b − a)/(n + 1),  n ← n + 1
//! ```
//!
//! b is where the base is judged: θ, but for a base that is an average itself. Gradients are taken at θ; the loss is looked
//! at, and the network kept, at the average a, or at b as long as nothing has been averaged. PyTorch's `AveragedModel`. The authors start at three quarters of the training, average once each epoch,
//! and keep or cycle the learning rate meanwhile: set `start` and `every` in steps, and the schedule, to do so.

use super::{add, choose, scale, subtract};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Params, Place, host};
use downhill_spec::{Legal, Parameter};

/// The base, judged at the mean of its path.
pub struct Swa;

impl Method for Swa {
    const NAME: &'static str = "swa";
    const SUMMARY: &'static str = "the base, judged at the mean of its path";
    const SOURCE: &'static str = "Izmailov et al. 2018; Polyak and Juditsky 1992";
    const DOC: &'static str = include_str!("swa.rs");
    const TABLE: &'static [Parameter] = &[
        Parameter::new("start", "s", 0.0, Legal::Count(0), "steps before the mean begins"),
        Parameter::new("every", "c", 1.0, Legal::Count(1), "steps between two points of the mean"),
    ];
    const NATURE: Nature = Nature { wraps: true, ..Nature::PLAIN };

    /// The mean, and how many points are in it.
    fn initial(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        let count = hypers.each(place, |_| 0.0);
        params.tensors.iter().cloned().chain([count]).collect()
    }

    fn step(mut now: Now<'_>, mut params: Params, mut state: Vec<Tensor<3>>) -> Stepped {
        let at = now.at.clone();
        let next = now.base_step(at, &mut params);
        let judged = now.base_evaluated(&params);
        let place = now.moment.place;
        let (step, count) = (now.moment.step, state.split_off(params.tensors.len()).remove(0));
        let takes: Vec<bool> = (0..now.hypers.members())
            .map(|m| {
                let (start, every) = (now.hypers.get(m, "start") as u64, now.hypers.get(m, "every") as u64);
                step > start && (step - start).is_multiple_of(every)
            })
            .collect();
        let counts = host::values(count.clone());
        let share = now.hypers.each(place, |m| 1.0 / (counts[m] + 1.0));
        let mean = add(&state, &scale(&subtract(&judged.tensors, &state), &share));
        let mut state = choose(place, &takes, &mean, &state);
        state.extend(choose(place, &takes, &[count.clone() + 1.0], &[count]));
        Stepped { params, state, next }
    }

    fn evaluated(place: &Place, _hypers: &Hypers, params: &Params, state: &[Tensor<3>]) -> Option<Params> {
        let (mean, count) = state.split_at(params.tensors.len());
        let begun: Vec<bool> = host::values(count[0].clone()).iter().map(|&n| n > 0.0).collect();
        Some(Params { tensors: choose(place, &begun, mean, &params.tensors) })
    }
}
