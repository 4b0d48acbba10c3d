//! The optimizer of a population, whichever trait its author implemented.

use crate::clip::Clip;
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Problem, Values};

/// The conditions of a step.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Backend and precision of the tensors.
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
/// Members share nothing: a member's results are the same in any population.
pub trait Running: Send + Sync {
    /// One update of `params`; `at` is the problem's gradient there. Returns the gradient at the new parameters if it
    /// evaluated it anyway.
    fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient>;

    /// Each member's learning rate under a schedule's factor; None without a learning rate.
    fn rates(&self, factor: f64) -> Option<Vec<f64>>;

    /// The evaluation point, which is kept at the end, if it differs from the point of the gradients.
    fn evaluated(&self, _place: &Place, _params: &Params) -> Option<Params> {
        None
    }

    /// The diagonal of each member's preconditioner after update `step` under a schedule's factor, laid out like the
    /// parameters; None for an optimizer without one.
    fn preconditioners(&self, _step: u64, _factor: f64) -> Option<Vec<Values>> {
        None
    }

    /// The state between steps: tensors `[members, _, _]`, always the same number and sizes.
    fn state(&self) -> Vec<Tensor<3>>;

    /// Restores what [`state`](Running::state) returned.
    fn set_state(&mut self, state: Vec<Tensor<3>>);

    /// Keeps the hyperparameters of the named members only, in the given order; the caller selects the state.
    fn select_hypers(&mut self, members: &[usize]);

    /// A copy.
    fn boxed_clone(&self) -> Box<dyn Running>;
}
