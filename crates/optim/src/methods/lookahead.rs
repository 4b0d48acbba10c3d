//! Lookahead (Zhang et al. 2019).
//!
//! ```text
//! θ ← the base's step                  (fast weights)
//! every k steps:  φ ← φ + α(θ − φ)     (slow weights)
//!                 θ ← φ
//! ```
//!
//! The authors' algorithm, with its result: the loss is looked at, and the network kept, at the slow weights φ. The base
//! keeps its state over a return to them, so it must not be one that remembers where it is (schedule-free, L-BFGS).

use super::{add, choose, scale, subtract};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Params, Place};
use downhill_spec::{Legal, Parameter, Scale};

/// k steps forward, part of the way back.
pub struct Lookahead;

impl Method for Lookahead {
    const NAME: &'static str = "lookahead";
    const SUMMARY: &'static str = "slow weights that follow the base a part of the way every few steps";
    const SOURCE: &'static str = "Zhang, Lucas, Hinton and Ba 2019";
    const DOC: &'static str = include_str!("lookahead.rs");
    const TABLE: &'static [Parameter] =
        &[
            Parameter::new("k", "k", 5.0, Legal::Count(1), "steps of the base between two returns"),
            Parameter::new("alpha", "α", 0.5, Legal::Fraction, "part of the way that the slow weights follow")
                .searched(0.2, 0.8, Scale::Linear),
        ];
    const NATURE: Nature = Nature { wraps: true, moves_parameters: true, ..Nature::PLAIN };

    fn initial(_place: &Place, _hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        params.tensors.clone()
    }

    fn step(mut now: Now<'_>, mut params: Params, slow: Vec<Tensor<3>>) -> Stepped {
        let at = now.at.clone();
        now.base_step(at, &mut params);
        let returns: Vec<bool> =
            (0..now.hypers.members()).map(|m| now.moment.step.is_multiple_of(now.hypers.get(m, "k") as u64)).collect();
        let moved = add(&slow, &scale(&subtract(&params.tensors, &slow), &now.get("alpha")));
        let place = now.moment.place;
        let params = Params { tensors: choose(place, &returns, &moved, &params.tensors) };
        Stepped { params, state: choose(place, &returns, &moved, &slow), next: None }
    }

    fn evaluated(_place: &Place, _hypers: &Hypers, _params: &Params, slow: &[Tensor<3>]) -> Option<Params> {
        Some(Params { tensors: slow.to_vec() })
    }
}
