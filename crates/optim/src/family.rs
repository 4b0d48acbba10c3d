//! What a registry holds and a population runs, whatever door an optimizer came through.

use crate::clip::Clip;
use crate::registry::OptimizerSpec;
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Problem, Shape, Values};
use downhill_spec::Parameter;
use serde::Serialize;

/// How an optimizer is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// Per-element equations ([`crate::Rule`]).
    Rule,
    /// One parameter tensor at a time ([`crate::MatrixRule`]).
    MatrixRule,
    /// All parameters, and as many gradients as it wants ([`crate::Method`]).
    Method,
}

/// What is known of an optimizer before it runs.
#[derive(Clone, Debug)]
pub struct About {
    /// The name that users type.
    pub name: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// Author, year, and where the conventions come from.
    pub source: &'static str,
    /// The page of the optimizer: the source file whose module documentation it is.
    pub doc: &'static str,
    /// How it is written down.
    pub door: Door,
    /// The hyperparameters.
    pub parameters: Vec<Parameter>,
    /// Whether schedules act on it: not without a learning rate, nor where that only says how to begin.
    pub scheduled: bool,
    /// What sets it apart from a plain rule.
    pub nature: Nature,
}

/// What sets an optimizer apart from a plain rule; all false and none for a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nature {
    /// It wraps another optimizer (`base=`).
    pub wraps: bool,
    /// It needs the problem's own gradient, neither clipped nor bent by a wrapper.
    pub exact_gradient: bool,
    /// A wrapper that gives its base another gradient than the problem's own.
    pub bends_gradient: bool,
    /// A wrapper that moves the parameters besides its base's steps.
    pub moves_parameters: bool,
    /// It remembers where it is, so nobody else may move the parameters.
    pub keeps_position: bool,
    /// It needs the same problem at every step: full batches.
    pub full_batch: bool,
    /// It needs a loss that is a sum of squares.
    pub squares: bool,
    /// The most parameters it can take.
    pub parameters: Option<usize>,
}

impl Nature {
    /// That of a rule.
    pub const PLAIN: Nature = Nature {
        wraps: false,
        exact_gradient: false,
        bends_gradient: false,
        moves_parameters: false,
        keeps_position: false,
        full_batch: false,
        squares: false,
        parameters: None,
    };
}

/// A kind of optimizer.
pub trait Family: Send + Sync {
    /// What is known of it.
    fn about(&self) -> &About;

    /// A population's optimizer before its first step; member *i* has the hyperparameters of `specs[i]`, all of this
    /// family.
    fn start(&self, place: &Place, shapes: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running>;

    /// Whether it divides gradients by a preconditioner that it can show ([`Running::preconditioners`]).
    fn preconditioned(&self) -> bool {
        false
    }

    /// The learning rate times the curvature above which theory says that it is unstable; none where it does not say.
    fn edge(&self, _spec: &OptimizerSpec) -> Option<f64> {
        None
    }

    /// How many numbers of state a member has, for a memory estimate before anything is allocated.
    fn state_elements(&self, shapes: &[Shape]) -> usize;
}

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
