//! A rule at work on a population: one pass over memory on the CPU, tensor operations elsewhere.

use super::rule::{Rule, Update};
use super::{parameters, refill};
use crate::about::{About, Door, Nature};
use crate::family::{Family, OptimizerSpec};
use crate::hypers::Hypers;
use crate::running::{Moment, Running};
use burn::tensor::{DType, Element, Tensor, TensorData};
use downhill_population::params::split_members;
use downhill_population::{Gradient, Params, Place, Problem, Role, Shape, Values, host};
use std::sync::Arc;

/// A rule as a registry holds it.
pub(crate) struct RuleFamily {
    about: About,
    rule: Arc<dyn Update>,
}

impl RuleFamily {
    pub(crate) fn new<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>() -> Self {
        let about = About {
            name: T::NAME,
            summary: T::SUMMARY,
            source: T::SOURCE,
            doc: T::DOC,
            door: Door::Rule,
            parameters: parameters(T::TABLE),
            scheduled: T::SCHEDULED && T::TABLE.iter().any(|p| p.name == "lr"),
            nature: Nature::PLAIN,
        };
        Self { about, rule: super::rule::erased::<T, H, C, S>() }
    }
}

impl Family for RuleFamily {
    fn about(&self) -> &About {
        &self.about
    }

    fn start(&self, place: &Place, shapes: &[Shape], _params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running> {
        let hypers = Hypers::new(&self.about.parameters, specs.iter().map(|s| &s.spec));
        let hyper_count = self.rule.hypers();
        let initial: Vec<Vec<f64>> =
            (0..hypers.members()).map(|m| self.rule.initial(&hypers.of(m)[..hyper_count])).collect();
        let state = shapes
            .iter()
            .map(|shape| {
                (0..self.rule.states())
                    .map(|slot| {
                        let all: Vec<f64> =
                            initial.iter().flat_map(|s| std::iter::repeat_n(s[slot], shape.elements())).collect();
                        place.tensor(&all, [hypers.members(), shape.rows, shape.cols])
                    })
                    .collect()
            })
            .collect();
        let roles = shapes.iter().map(|s| s.role).collect();
        Box::new(RunningRule { rule: self.rule.clone(), scheduled: self.about.scheduled, roles, hypers, state })
    }

    fn preconditioned(&self) -> bool {
        let defaults: Vec<f64> = self.about.parameters[..self.rule.hypers()].iter().map(|p| p.default).collect();
        let coefficients = self.rule.coefficients(&defaults, 1);
        self.rule.preconditioner(&coefficients, &self.rule.initial(&defaults)).is_some()
    }

    fn edge(&self, spec: &OptimizerSpec) -> Option<f64> {
        self.rule.edge(&spec.spec.values()[..self.rule.hypers()])
    }

    fn state_elements(&self, shapes: &[Shape]) -> usize {
        self.rule.states() * shapes.iter().map(Shape::elements).sum::<usize>()
    }
}

#[derive(Clone)]
struct RunningRule {
    rule: Arc<dyn Update>,
    scheduled: bool,
    roles: Vec<Role>,
    hypers: Hypers,
    /// `state[parameter][slot]`, each `[members, rows, cols]`.
    state: Vec<Vec<Tensor<3>>>,
}

impl RunningRule {
    /// The rule's coefficients of every member.
    fn coefficients(&self, step: u64, factor: f64, role: Role) -> Vec<Vec<f64>> {
        let hypers = self.hypers.under(factor, role);
        let count = self.rule.hypers();
        (0..hypers.members()).map(|m| self.rule.coefficients(&hypers.of(m)[..count], step)).collect()
    }
}

impl Running for RunningRule {
    fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        _problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient> {
        let place = moment.place;
        let gradients = moment.clip.apply(place, at.gradients);
        let weights = self.coefficients(moment.step, moment.factor, Role::Weight);
        let biases = self.coefficients(moment.step, moment.factor, Role::Bias);
        let old_params = std::mem::take(&mut params.tensors);
        let old_state = std::mem::take(&mut self.state);
        for (((param, gradient), state), role) in old_params.into_iter().zip(gradients).zip(old_state).zip(&self.roles)
        {
            let coefficients = if *role == Role::Bias { &biases } else { &weights };
            let (param, state) = if place.backend.is_host() {
                match place.precision.dtype() {
                    DType::F64 => {
                        let pass =
                            |c: &[f64], p: &mut [f64], g: &[f64], s: &mut [&mut [f64]]| self.rule.pass_f64(c, p, g, s);
                        on_host(place, coefficients, param, gradient, state, pass)
                    }
                    _ => {
                        let pass =
                            |c: &[f64], p: &mut [f32], g: &[f32], s: &mut [&mut [f32]]| self.rule.pass_f32(c, p, g, s);
                        on_host(place, coefficients, param, gradient, state, pass)
                    }
                }
            } else {
                self.rule.tensors(coefficient_tensors(place, coefficients), param, gradient, state)
            };
            params.tensors.push(param);
            self.state.push(state);
        }
        None
    }

    fn rates(&self, factor: f64) -> Option<Vec<f64>> {
        self.hypers.rates(factor).filter(|_| self.scheduled)
    }

    fn preconditioners(&self, step: u64, factor: f64) -> Option<Vec<Values>> {
        let coefficients = self.coefficients(step, factor, Role::Weight);
        let diagonal = |coefficients: &[f64], slots: &[Values], at: usize| -> Option<Vec<f64>> {
            let elements = slots.first()?[at].len();
            let mut state = vec![0.0; slots.len()];
            let one = |i: usize| {
                state.iter_mut().zip(slots).for_each(|(number, slot)| *number = slot[at][i]);
                self.rule.preconditioner(coefficients, &state)
            };
            (0..elements).map(one).collect()
        };
        // `slots[slot][parameter]` of a member.
        let slots: Vec<Vec<Values>> = (0..self.rule.states())
            .map(|slot| split_members(&self.state.iter().map(|state| state[slot].clone()).collect::<Vec<_>>()))
            .collect();
        let member = |(m, coefficients): (usize, &Vec<f64>)| -> Option<Values> {
            let slots: Vec<Values> = slots.iter().map(|members| members[m].clone()).collect();
            (0..self.roles.len()).map(|at| diagonal(coefficients, &slots, at)).collect()
        };
        coefficients.iter().enumerate().map(member).collect()
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
        Box::new(self.clone())
    }
}

/// A pass over memory for each member. Tensors without another owner are changed in place.
fn on_host<T: Element>(
    place: &Place,
    coefficients: &[Vec<f64>],
    param: Tensor<3>,
    gradient: Tensor<3>,
    state: Vec<Tensor<3>>,
    pass: impl Fn(&[f64], &mut [T], &[T], &mut [&mut [T]]),
) -> (Tensor<3>, Vec<Tensor<3>>) {
    let shape = param.dims();
    let elements = shape[1] * shape[2];
    let mut param = param.into_data();
    let gradient = gradient.into_data();
    let mut state: Vec<TensorData> = state.into_iter().map(Tensor::into_data).collect();
    {
        let params = slice_mut::<T>(&mut param);
        let gradients: &[T] = host::slice(&gradient);
        let mut states: Vec<&mut [T]> = state.iter_mut().map(slice_mut::<T>).collect();
        for (member, coefficients) in coefficients.iter().enumerate() {
            let range = member * elements..(member + 1) * elements;
            let mut state: Vec<&mut [T]> = states.iter_mut().map(|s| &mut s[range.clone()]).collect();
            pass(coefficients, &mut params[range.clone()], &gradients[range], &mut state);
        }
    }
    let back = |data: TensorData| Tensor::from_data(data, (&place.device, place.precision.dtype()));
    (back(param), state.into_iter().map(back).collect())
}

fn slice_mut<T: Element>(data: &mut TensorData) -> &mut [T] {
    data.as_mut_slice().expect("the data is of the population's type")
}

/// Each coefficient as a tensor `[members, 1, 1]`.
fn coefficient_tensors(place: &Place, coefficients: &[Vec<f64>]) -> Vec<Tensor<3>> {
    let count = coefficients.first().map_or(0, Vec::len);
    (0..count)
        .map(|c| {
            let all: Vec<f64> = coefficients.iter().map(|member| member[c]).collect();
            place.tensor(&all, [all.len(), 1, 1])
        })
        .collect()
}
