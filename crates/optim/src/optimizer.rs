//! A rule at work on a population: the members' hyperparameters and state.

use crate::clip::Clip;
use crate::registry::OptimizerSpec;
use crate::rule::Update;
use burn::tensor::{DType, Element, Tensor, TensorData};
use downhill_population::params::{select_members, split_members};
use downhill_population::{Params, Place, Role, Shape, Values};
use std::sync::Arc;

/// One rule with the hyperparameters and the state of every member.
///
/// Not Burn's `Optimizer`: this one sees whole populations.
#[derive(Clone)]
pub struct Optimizer {
    rule: Arc<dyn Update>,
    roles: Vec<Role>,
    /// For each member its hyperparameters, in the order of the rule's table.
    hypers: Vec<Hyper>,
    /// Where `lr` and `weight_decay` stand in that table.
    lr: Option<usize>,
    weight_decay: Option<usize>,
    /// `state[parameter][slot]`, each `[members, rows, cols]`.
    state: Vec<Vec<Tensor<3>>>,
}

#[derive(Clone)]
struct Hyper {
    values: Vec<f64>,
    decay_bias: bool,
}

impl Optimizer {
    /// A rule before its first step.
    ///
    /// Member *i* has the hyperparameters of `specs[i]`; all must be of the same rule.
    ///
    /// # Panics
    /// When `specs` is empty or names two rules.
    pub fn new(place: &Place, shapes: &[Shape], specs: &[OptimizerSpec]) -> Self {
        let rule = specs[0].rule.clone();
        assert!(specs.iter().all(|s| s.spec.name == rule.name()), "one population, one rule");
        let table = rule.table();
        let at = |name: &str| table.iter().position(|p| p.name == name);
        let hypers: Vec<Hyper> = specs
            .iter()
            .map(|s| Hyper {
                values: s.spec.values()[..table.len()].to_vec(),
                decay_bias: s.spec.get("decay_bias") != Some(0.0),
            })
            .collect();
        let initial: Vec<Vec<f64>> = hypers.iter().map(|h| rule.initial(&h.values)).collect();
        let state = shapes
            .iter()
            .map(|shape| {
                (0..rule.states())
                    .map(|slot| {
                        let all: Vec<f64> =
                            initial.iter().flat_map(|s| std::iter::repeat_n(s[slot], shape.elements())).collect();
                        place.tensor(&all, [hypers.len(), shape.rows, shape.cols])
                    })
                    .collect()
            })
            .collect();
        let roles = shapes.iter().map(|s| s.role).collect();
        Self { lr: at("lr"), weight_decay: at("weight_decay"), rule, roles, hypers, state }
    }

    /// Each member's learning rate in update `step` under a schedule's factor; 0 for a rule without one.
    pub fn rates(&self, factor: f64) -> Vec<f64> {
        self.hypers.iter().map(|h| self.lr.map_or(0.0, |i| h.values[i] * factor)).collect()
    }

    /// Update number `step`, counted from 1, with every member's rate multiplied by `factor`.
    ///
    /// `gradients` has one tensor per parameter, `[members, rows, cols]`, and is clipped first.
    pub fn step(
        &mut self,
        place: &Place,
        step: u64,
        factor: f64,
        clip: &Clip,
        params: &mut Params,
        gradients: Vec<Tensor<3>>,
    ) {
        let gradients = clip.apply(place, gradients);
        let weights = self.coefficients(step, factor, Role::Weight);
        let biases = self.coefficients(step, factor, Role::Bias);
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
    }

    /// The rule's coefficients of every member in update `step`.
    fn coefficients(&self, step: u64, factor: f64, role: Role) -> Vec<Vec<f64>> {
        self.hypers
            .iter()
            .map(|hyper| {
                let mut values = hyper.values.clone();
                if let Some(lr) = self.lr {
                    values[lr] *= factor;
                }
                if let (Some(decay), Role::Bias, false) = (self.weight_decay, role, hyper.decay_bias) {
                    values[decay] = 0.0;
                }
                self.rule.coefficients(&values, step)
            })
            .collect()
    }

    /// Keeps the named members only, in the given order.
    pub fn select(&mut self, members: &[usize]) {
        self.hypers = members.iter().map(|&m| self.hypers[m].clone()).collect();
        self.state = self.state.iter().map(|slots| select_members(slots, members)).collect();
    }

    /// Copies of every member's state: for each parameter and slot, in that order, its values.
    pub fn to_members(&self) -> Vec<Values> {
        let all: Vec<Tensor<3>> = self.state.iter().flatten().cloned().collect();
        if all.is_empty() { vec![Vec::new(); self.hypers.len()] } else { split_members(&all) }
    }

    /// Puts back what [`to_members`](Self::to_members) gave.
    ///
    /// # Panics
    /// When the values are not of this rule and these shapes.
    pub fn restore(&mut self, place: &Place, members: &[Values]) {
        let slots = self.rule.states();
        for (i, tensors) in self.state.iter_mut().enumerate() {
            for (j, tensor) in tensors.iter_mut().enumerate() {
                let all: Vec<f64> = members.iter().flat_map(|m| m[i * slots + j].iter().copied()).collect();
                *tensor = place.tensor(&all, tensor.dims());
            }
        }
    }
}

/// A pass over memory for each member. Tensors that nobody else holds are changed in place.
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
        let gradients: &[T] = downhill_population::host::slice(&gradient);
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
