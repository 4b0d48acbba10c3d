//! Exponential moving average of the weights (Polyak and Juditsky 1992 for averaging; the exponential form is folklore).
//!
//! ```text
//! θ ← the base's step
//! a ← b                       after the first step
//! a ← da + (1 − d)b           after every other
//! ```
//!
//! b is where the base is judged: θ, but for a base that is an average itself. Gradients are taken at θ; the loss is looked at, and the network kept, at the average a. PyTorch's `AveragedModel` with
//! `get_ema_multi_avg_fn(d)`, updated at every step.

use super::{add, scale, subtract};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Params, Place};
use downhill_spec::{Legal, Parameter, Scale};

/// The base, judged at an exponential average of its path.
pub struct Ema;

impl Method for Ema {
    const NAME: &'static str = "ema";
    const SUMMARY: &'static str = "the base, judged at an exponential moving average of its path";
    const SOURCE: &'static str = "PyTorch's AveragedModel; Polyak and Juditsky 1992";
    const DOC: &'static str = include_str!("ema.rs");
    const TABLE: &'static [Parameter] = &[Parameter::new("decay", "d", 0.999, Legal::Decay, "decay of the average")
        .searched(0.9, 0.9999, Scale::LogOneMinus)];
    const NATURE: Nature = Nature { wraps: true, ..Nature::PLAIN };

    fn initial(_place: &Place, _hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        params.tensors.clone()
    }

    fn step(mut now: Now<'_>, mut params: Params, average: Vec<Tensor<3>>) -> Stepped {
        let at = now.at.clone();
        let next = now.base_step(at, &mut params);
        let judged = now.base_evaluated(&params);
        let average = if now.moment.step == 1 {
            judged.tensors
        } else {
            let new = now.hypers.each(now.moment.place, |m| 1.0 - now.hypers.get(m, "decay"));
            add(&average, &scale(&subtract(&judged.tensors, &average), &new))
        };
        Stepped { params, state: average, next }
    }

    fn evaluated(_place: &Place, _hypers: &Hypers, _params: &Params, average: &[Tensor<3>]) -> Option<Params> {
        Some(Params { tensors: average.to_vec() })
    }
}
