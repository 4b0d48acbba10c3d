//! An optimizer at work on a population, whichever trait it implements.

use crate::family::OptimizerSpec;
use crate::running::{Moment, Running};
use burn::tensor::Tensor;
use downhill_population::params::{select_members, split_members};
use downhill_population::{Gradient, Params, Place, Problem, Shape, Values};

/// One kind of optimizer with the hyperparameters and the state of every member.
///
/// Not Burn's `Optimizer`: this one sees whole populations.
pub struct Optimizer {
    running: Box<dyn Running>,
    members: usize,
}

impl Clone for Optimizer {
    fn clone(&self) -> Self {
        Self { running: self.running.boxed_clone(), members: self.members }
    }
}

impl Optimizer {
    /// An optimizer before its first step, at the parameters `params`.
    ///
    /// Member *i* has the hyperparameters of `specs[i]`; all must have the same kind, bases included.
    ///
    /// # Panics
    /// When `specs` is empty or names two kinds.
    pub fn new(place: &Place, shapes: &[Shape], params: &Params, specs: &[OptimizerSpec]) -> Self {
        let specs: Vec<&OptimizerSpec> = specs.iter().collect();
        Self::start(place, shapes, params, &specs)
    }

    pub(crate) fn start(place: &Place, shapes: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Self {
        assert!(specs.iter().all(|s| s.is_kin(specs[0])), "one population, one kind of optimizer");
        Self { running: specs[0].family.start(place, shapes, params, specs), members: specs.len() }
    }

    /// One update of `params`; `at` is the problem's gradient there, and `problem` evaluates more if the optimizer
    /// needs more. Returns the gradient at the new parameters if the step evaluated it.
    pub fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient> {
        self.running.step(moment, at, problem, params)
    }

    /// Each member's learning rate under a schedule's factor; None without a learning rate.
    pub fn rates(&self, factor: f64) -> Option<Vec<f64>> {
        self.running.rates(factor)
    }

    /// The diagonal of each member's preconditioner after update `step` (from 1) under a schedule's factor, laid out
    /// like the parameters: the divisor of the gradients, apart from the learning rate. None for an optimizer without
    /// one.
    pub fn preconditioners(&self, step: u64, factor: f64) -> Option<Vec<Values>> {
        self.running.preconditioners(step, factor)
    }

    /// The evaluation point: the parameters at which the loss is evaluated, and which are kept at the end. `params`
    /// themselves for most optimizers, an average for some.
    pub fn evaluated(&self, place: &Place, params: &Params) -> Params {
        self.running.evaluated(place, params).unwrap_or_else(|| params.clone())
    }

    /// Keeps the named members only, in the given order.
    pub fn select(&mut self, members: &[usize]) {
        self.select_hypers(members);
        let state = self.running.state();
        if !state.is_empty() {
            self.running.set_state(select_members(&state, members));
        }
    }

    pub(crate) fn state(&self) -> Vec<Tensor<3>> {
        self.running.state()
    }

    pub(crate) fn set_state(&mut self, state: Vec<Tensor<3>>) {
        self.running.set_state(state);
    }

    pub(crate) fn select_hypers(&mut self, members: &[usize]) {
        self.members = members.len();
        self.running.select_hypers(members);
    }

    /// The size of each tensor of a member's state, in the order of [`to_members`](Self::to_members).
    pub fn state_sizes(&self) -> Vec<usize> {
        self.running.state().iter().map(|t| t.dims()[1] * t.dims()[2]).collect()
    }

    /// Copies of every member's state: for each of its tensors the values.
    pub fn to_members(&self) -> Vec<Values> {
        let state = self.running.state();
        if state.is_empty() { vec![Vec::new(); self.members] } else { split_members(&state) }
    }

    /// Restores the state that [`to_members`](Self::to_members) returned.
    ///
    /// # Panics
    /// When the values do not fit this kind of optimizer and these shapes.
    pub fn restore(&mut self, place: &Place, members: &[Values]) {
        let fresh = self.running.state();
        let state = fresh.iter().enumerate().map(|(i, tensor)| {
            let all: Vec<f64> = members.iter().flat_map(|m| m[i].iter().copied()).collect();
            place.tensor(&all, tensor.dims())
        });
        self.running.set_state(state.collect());
    }
}
