//! The third door for an optimizer: all parameters at once, and any number of gradients.

use super::parameters;
use crate::about::{About, Door, Nature};
use crate::family::{Family, OptimizerSpec};
use crate::hypers::Hypers;
use crate::optimizer::Optimizer;
use crate::running::{Moment, Running};
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Problem, Role, Shape};
use downhill_spec::Parameter;
use std::marker::PhantomData;

/// An optimizer that sees all parameters of a population and may evaluate more gradients, each of which counts.
///
/// Members stay independent. Everything is a pure function of its arguments; state is passed in and returned. The
/// learning rate, if there is one, must be the hyperparameter named `lr`: schedules act on it.
pub trait Method: Send + Sync + 'static {
    /// The name that users type.
    const NAME: &'static str;
    /// Its action, in one line.
    const SUMMARY: &'static str;
    /// Author, year, and the source of the conventions when they are not the author's.
    const SOURCE: &'static str;
    /// The page of the method: the source file, whose module documentation is the page.
    const DOC: &'static str = "";
    /// The hyperparameters.
    const TABLE: &'static [Parameter];
    /// Its differences from a plain rule; `wraps` makes it a wrapper around another optimizer.
    const NATURE: Nature = Nature::PLAIN;

    /// The size of the state in copies of the parameters, about, for a memory estimate.
    const COPIES: usize = 3;

    /// The state before the first step at `params`: tensors whose first dimension is the members.
    fn initial(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>>;

    /// One step: parameters and state to the new ones, the state as many tensors as [`initial`](Self::initial) gave, of
    /// the same sizes. The result has the gradient at the new parameters if the step evaluated it.
    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped;

    /// The point at which the loss is evaluated, if it differs from the point of the gradients.
    fn evaluated(_place: &Place, _hypers: &Hypers, _params: &Params, _state: &[Tensor<3>]) -> Option<Params> {
        None
    }
}

/// The result of a [`Method`]'s step.
#[derive(Debug)]
pub struct Stepped {
    /// The new parameters.
    pub params: Params,
    /// The new state.
    pub state: Vec<Tensor<3>>,
    /// The gradient at the new parameters, if known.
    pub next: Option<Gradient>,
}

/// The input of a [`Method`]'s step.
pub struct Now<'a> {
    /// Step number, schedule and clipping.
    pub moment: Moment<'a>,
    /// Every member's hyperparameters, with the schedule's factor in the learning rates.
    pub hypers: &'a Hypers,
    /// The parameters' roles.
    pub roles: &'a [Role],
    /// The problem's gradient at the parameters, not clipped.
    pub at: Gradient,
    /// The problem, for more gradients.
    pub problem: &'a mut dyn Problem,
    /// The optimizer under a wrapper.
    pub base: Option<&'a mut Optimizer>,
}

impl Now<'_> {
    /// Every member's value of a hyperparameter, `[members, 1, 1]`.
    ///
    /// # Panics
    /// When the method's table has no such name.
    pub fn get(&self, name: &str) -> Tensor<3> {
        self.hypers.tensor(self.moment.place, name)
    }

    /// The problem's gradient, clipped.
    pub fn clipped(&self) -> Vec<Tensor<3>> {
        self.moment.clip.apply(self.moment.place, self.at.gradients.clone())
    }

    /// For each parameter every member's `weight_decay`, `[members, 1, 1]`: 0 for a bias that does not decay.
    ///
    /// # Panics
    /// When the method's table has no weight decay.
    pub fn decays(&self) -> Vec<Tensor<3>> {
        let decay = |&role: &Role| self.hypers.under(1.0, role).tensor(self.moment.place, "weight_decay");
        self.roles.iter().map(decay).collect()
    }

    /// The point at which the loss of the optimizer under a wrapper is evaluated.
    ///
    /// # Panics
    /// When the method is no wrapper.
    pub fn base_evaluated(&self, params: &Params) -> Params {
        self.base.as_ref().expect("a wrapper has a base").evaluated(self.moment.place, params)
    }

    /// A step of the optimizer under a wrapper from `params` with the gradient `at`; returns the gradient at the new
    /// parameters if that optimizer evaluated it.
    ///
    /// # Panics
    /// When the method is no wrapper.
    pub fn base_step(&mut self, at: Gradient, params: &mut Params) -> Option<Gradient> {
        let base = self.base.as_mut().expect("a wrapper has a base");
        base.step(&self.moment, at, self.problem, params)
    }
}

/// A method as a registry holds it.
pub(crate) struct MethodFamily<T> {
    about: About,
    method: PhantomData<T>,
}

impl<T: Method> MethodFamily<T> {
    pub(crate) fn new() -> Self {
        let about = About {
            name: T::NAME,
            summary: T::SUMMARY,
            source: T::SOURCE,
            doc: T::DOC,
            door: Door::Method,
            parameters: parameters(T::TABLE),
            scheduled: T::TABLE.iter().any(|p| p.name == "lr"),
            nature: T::NATURE,
        };
        Self { about, method: PhantomData }
    }
}

impl<T: Method> Family for MethodFamily<T> {
    fn about(&self) -> &About {
        &self.about
    }

    fn start(&self, place: &Place, shapes: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running> {
        let hypers = Hypers::new(&self.about.parameters, specs.iter().map(|s| &s.spec));
        let bases: Vec<&OptimizerSpec> = specs.iter().filter_map(|s| s.base.as_deref()).collect();
        let base = (!bases.is_empty()).then(|| Optimizer::start(place, shapes, params, &bases));
        let state = T::initial(place, &hypers, params);
        let roles = shapes.iter().map(|s| s.role).collect();
        Box::new(RunningMethod::<T> { hypers, roles, base, state, method: PhantomData })
    }

    fn state_elements(&self, shapes: &[Shape]) -> usize {
        T::COPIES * shapes.iter().map(Shape::elements).sum::<usize>()
    }
}

struct RunningMethod<T> {
    hypers: Hypers,
    roles: Vec<Role>,
    base: Option<Optimizer>,
    /// The method's own state; the base's state precedes it where both are combined.
    state: Vec<Tensor<3>>,
    method: PhantomData<T>,
}

impl<T: Method> Running for RunningMethod<T> {
    fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient> {
        let hypers = self.hypers.under(moment.factor, Role::Weight);
        let old = Params { tensors: std::mem::take(&mut params.tensors) };
        let state = std::mem::take(&mut self.state);
        let now = Now { moment: *moment, hypers: &hypers, roles: &self.roles, at, problem, base: self.base.as_mut() };
        let stepped = T::step(now, old, state);
        *params = stepped.params;
        self.state = stepped.state;
        stepped.next
    }

    fn rates(&self, factor: f64) -> Option<Vec<f64>> {
        self.hypers.rates(factor).or_else(|| self.base.as_ref()?.rates(factor))
    }

    fn evaluated(&self, place: &Place, params: &Params) -> Option<Params> {
        T::evaluated(place, &self.hypers, params, &self.state)
            .or_else(|| self.base.as_ref().map(|base| base.evaluated(place, params)))
    }

    fn state(&self) -> Vec<Tensor<3>> {
        let base = self.base.as_ref().map(Optimizer::state).unwrap_or_default();
        base.into_iter().chain(self.state.iter().cloned()).collect()
    }

    fn set_state(&mut self, state: Vec<Tensor<3>>) {
        let mut state = state;
        let own = state.split_off(state.len() - self.state.len());
        if let Some(base) = &mut self.base {
            base.set_state(state);
        }
        self.state = own;
    }

    fn select_hypers(&mut self, members: &[usize]) {
        self.hypers.select(members);
        if let Some(base) = &mut self.base {
            base.select_hypers(members);
        }
    }

    fn boxed_clone(&self) -> Box<dyn Running> {
        Box::new(Self {
            hypers: self.hypers.clone(),
            roles: self.roles.clone(),
            base: self.base.clone(),
            state: self.state.clone(),
            method: PhantomData,
        })
    }
}
