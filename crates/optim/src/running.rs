//! What a population runs, whatever door an optimizer came through.

use crate::clip::Clip;
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Problem, Values};

/// When and under what a step is taken.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Where the tensors live.
    pub place: &'a Place,
    /// The number of this update, counted from 1.
    pub step: u64,
    /// The schedule's factor on the learning rate.
    pub factor: f64,
    /// Limits on the gradient.
    pub clip: &'a Clip,
}

/// An optimizer at work on a population.
///
/// Members share nothing: whatever this computes for one is the same in any population.
pub trait Running: Send + Sync {
    /// One update of `params`; `at` is the problem's gradient there. Gives the gradient at the new parameters back if it
    /// had to evaluate that anyway.
    fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient>;

    /// Each member's learning rate under a schedule's factor; none if it has no such thing.
    fn rates(&self, factor: f64) -> Option<Vec<f64>>;

    /// Where the loss is to be looked at and what is kept at the end, if that is not where gradients are taken.
    fn evaluated(&self, _place: &Place, _params: &Params) -> Option<Params> {
        None
    }

    /// The diagonal of each member's preconditioner after update `step` under a schedule's factor, laid out like the
    /// parameters; none for an optimizer without.
    fn preconditioners(&self, _step: u64, _factor: f64) -> Option<Vec<Values>> {
        None
    }

    /// All that a step leaves for the next: tensors `[members, _, _]`, always as many and of the same sizes.
    fn state(&self) -> Vec<Tensor<3>>;

    /// Puts back what [`state`](Running::state) gave.
    fn set_state(&mut self, state: Vec<Tensor<3>>);

    /// Keeps the hyperparameters of the named members only, in the given order; the state is taken care of.
    fn select_hypers(&mut self, members: &[usize]);

    /// A copy.
    fn boxed_clone(&self) -> Box<dyn Running>;
}
