//! The second door for an optimizer: one parameter tensor of a population at a time.

use super::{parameters, refill};
use crate::about::{About, Door, Nature};
use crate::family::{Family, OptimizerSpec};
use crate::hypers::Hypers;
use crate::running::{Moment, Running};
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Problem, Role, Shape};
use downhill_spec::Parameter;
use std::marker::PhantomData;

/// An update rule that sees one parameter tensor, `[members, rows, cols]`, as a whole.
///
/// Members stay independent: a norm is one member's norm. Everything is a pure function: state is passed in and
/// returned. The learning rate must be the hyperparameter named `lr`, the rate of a part must end in `_lr`, a weight
/// decay must be named `weight_decay`; schedules and `decay_bias` act on these.
pub trait MatrixRule: Send + Sync + 'static {
    /// The name that users type.
    const NAME: &'static str;
    /// Its action, in one line.
    const SUMMARY: &'static str;
    /// Author, year, and the source of the conventions when they are not the author's.
    const SOURCE: &'static str;
    /// The page of the rule: the source file, whose module documentation is the page.
    const DOC: &'static str = "";
    /// The hyperparameters.
    const TABLE: &'static [Parameter];

    /// Numbers of state of a member for a parameter of this shape, for a memory estimate: two copies of the parameter
    /// by default.
    fn state_elements(shape: &Shape) -> usize {
        2 * shape.elements()
    }

    /// The state before the first step, for a parameter: tensors whose first dimension is the members.
    fn initial(context: &Context<'_>, param: &Tensor<3>) -> Vec<Tensor<3>>;

    /// Parameter, gradient and state to the new parameter and the new state, as many tensors as
    /// [`initial`](Self::initial) gave, of the same sizes.
    fn update(
        context: &Context<'_>,
        param: Tensor<3>,
        grad: Tensor<3>,
        state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>);
}

/// The input of a [`MatrixRule`] besides the tensors.
pub struct Context<'a> {
    /// Backend and precision of the tensors.
    pub place: &'a Place,
    /// The number of this update, counted from 1; 0 for the initial state.
    pub step: u64,
    /// The role of the parameter in its model.
    pub role: Role,
    /// Every member's hyperparameters, schedule and `decay_bias` applied.
    pub hypers: &'a Hypers,
}

impl Context<'_> {
    /// Every member's value of a hyperparameter, `[members, 1, 1]`.
    ///
    /// # Panics
    /// When the rule's table has no such name.
    pub fn get(&self, name: &str) -> Tensor<3> {
        self.hypers.tensor(self.place, name)
    }

    /// A number computed in `f64` from one member's hyperparameters, for every member, `[members, 1, 1]`.
    ///
    /// `number` takes a function from names to values, which panics when the rule's table has no such name.
    pub fn each(&self, number: impl Fn(&dyn Fn(&str) -> f64) -> f64) -> Tensor<3> {
        self.hypers.each(self.place, |member| number(&|name| self.hypers.get(member, name)))
    }
}

/// A matrix rule as a registry holds it.
pub(crate) struct MatrixFamily<T> {
    about: About,
    rule: PhantomData<T>,
}

impl<T: MatrixRule> MatrixFamily<T> {
    pub(crate) fn new() -> Self {
        let about = About {
            name: T::NAME,
            summary: T::SUMMARY,
            source: T::SOURCE,
            doc: T::DOC,
            door: Door::MatrixRule,
            parameters: parameters(T::TABLE),
            scheduled: T::TABLE.iter().any(|p| p.name == "lr"),
            nature: Nature::PLAIN,
        };
        Self { about, rule: PhantomData }
    }
}

impl<T: MatrixRule> Family for MatrixFamily<T> {
    fn about(&self) -> &About {
        &self.about
    }

    fn start(&self, place: &Place, shapes: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running> {
        let hypers = Hypers::new(&self.about.parameters, specs.iter().map(|s| &s.spec));
        let initial = |(shape, param): (&Shape, &Tensor<3>)| {
            T::initial(&Context { place, step: 0, role: shape.role, hypers: &hypers }, param)
        };
        let state = shapes.iter().zip(&params.tensors).map(initial).collect();
        let roles = shapes.iter().map(|s| s.role).collect();
        Box::new(RunningMatrixRule::<T> { roles, hypers, state, rule: PhantomData })
    }

    fn state_elements(&self, shapes: &[Shape]) -> usize {
        shapes.iter().map(T::state_elements).sum()
    }
}

struct RunningMatrixRule<T> {
    roles: Vec<Role>,
    hypers: Hypers,
    /// The tensors of each parameter.
    state: Vec<Vec<Tensor<3>>>,
    rule: PhantomData<T>,
}

impl<T: MatrixRule> Running for RunningMatrixRule<T> {
    fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        _problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient> {
        let gradients = moment.clip.apply(moment.place, at.gradients);
        let old_params = std::mem::take(&mut params.tensors);
        let old_state = std::mem::take(&mut self.state);
        for (((param, gradient), state), &role) in old_params.into_iter().zip(gradients).zip(old_state).zip(&self.roles)
        {
            let hypers = self.hypers.under(moment.factor, role);
            let context = Context { place: moment.place, step: moment.step, role, hypers: &hypers };
            let (param, state) = T::update(&context, param, gradient, state);
            params.tensors.push(param);
            self.state.push(state);
        }
        None
    }

    fn rates(&self, factor: f64) -> Option<Vec<f64>> {
        self.hypers.rates(factor)
    }

    fn state(&self) -> Vec<Tensor<3>> {
        self.state.iter().flatten().cloned().collect()
    }

    fn set_state(&mut self, state: Vec<Tensor<3>>) {
        refill(&mut self.state, state);
    }

    fn select_hypers(&mut self, members: &[usize]) {
        self.hypers.select(members);
    }

    fn boxed_clone(&self) -> Box<dyn Running> {
        Box::new(Self {
            roles: self.roles.clone(),
            hypers: self.hypers.clone(),
            state: self.state.clone(),
            rule: PhantomData,
        })
    }
}
