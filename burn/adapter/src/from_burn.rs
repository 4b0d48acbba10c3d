//! One of Burn's optimizers as a [`Family`] that a [`Registry`](downhill_optim::Registry) can hold.

use burn::optim::{Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{DType, Tensor, TensorData};
use burn_pack::Scalar;
use downhill_optim::Running;
use downhill_optim::{About, Door, Family, Moment, Nature, OptimizerSpec};
use downhill_population::{Gradient, Params, Place, Problem, Shape, host};
use downhill_spec::Parameter;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What users see of one of Burn's optimizers.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// The name that users type.
    pub name: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// The hyperparameters. `lr` is the rate that Burn is told at every step.
    pub table: &'static [Parameter],
    /// Tensors of state for each parameter tensor, about: what a memory estimate needs.
    pub states: usize,
}

/// One of Burn's optimizers, entered unchanged.
///
/// A population of `K` members runs `K` optimizers of Burn's side by side, each on its own member's matrices
/// `[rows, cols]`; a bias is a matrix of one row. So members stay independent, and nothing is gained from their number.
///
/// Burn's state is known through its records only. It must have the same parts whatever the hyperparameters are, from
/// the second step on: an option that adds a tensor, such as AMSGrad, is a family of its own.
pub struct FromBurn<O: Optimizer> {
    about: About,
    states: usize,
    make: Arc<Make<O>>,
    rebuild: Option<Rebuild<O>>,
}

type Make<O> = dyn Fn(&dyn Fn(&str) -> f64) -> O + Send + Sync;
type Rebuild<O> = fn(&Leaves<'_>) -> Option<<O as Optimizer>::State<2>>;

impl<O: Optimizer> FromBurn<O> {
    /// A family whose members are made by `make` from their hyperparameters.
    ///
    /// `make` is given a function from names to values, which panics when the table has no such name.
    pub fn new(card: Card, make: impl Fn(&dyn Fn(&str) -> f64) -> O + Send + Sync + 'static) -> Self {
        let about = About {
            name: card.name,
            summary: card.summary,
            source: "Burn 0.22.1",
            doc: "",
            door: Door::MatrixRule,
            parameters: card.table.to_vec(),
            scheduled: card.table.iter().any(|p| p.name == "lr"),
            nature: Nature::PLAIN,
        };
        Self { about, states: card.states, make: Arc::new(make), rebuild: None }
    }

    /// Puts states together from their parts without Burn's records.
    ///
    /// Those read every tensor back in the device's default type, which rounds f64 to f32. So without this the optimizer
    /// computes in f32, whatever the population's precision.
    pub fn rebuilt_by(self, rebuild: Rebuild<O>) -> Self {
        Self { rebuild: Some(rebuild), ..self }
    }
}

impl<O: Optimizer> Family for FromBurn<O> {
    fn about(&self) -> &About {
        &self.about
    }

    fn start(&self, place: &Place, _: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running> {
        let value = |spec: &OptimizerSpec, name: &str| {
            spec.get(name).unwrap_or_else(|| panic!("no hyperparameter is named `{name}`"))
        };
        let optimizers: Vec<O> = specs.iter().map(|spec| (self.make)(&|name| value(spec, name))).collect();
        let dtype = if self.rebuild.is_some() { place.precision.dtype() } else { DType::F32 };
        let probe = |tensor: &Tensor<3>| Layout::probe(&optimizers[0], tensor.clone().cast(dtype));
        Box::new(RunningBurn {
            place: place.clone(),
            dtype,
            rates: specs.iter().map(|spec| spec.get("lr").unwrap_or(1.0)).collect(),
            layouts: params.tensors.iter().map(probe).collect(),
            states: params.tensors.iter().map(|_| specs.iter().map(|_| None).collect()).collect(),
            rebuild: self.rebuild.unwrap_or(by_record::<O>),
            optimizers,
        })
    }

    fn state_elements(&self, shapes: &[Shape]) -> usize {
        self.states * shapes.iter().map(Shape::elements).sum::<usize>()
    }
}

#[derive(Clone)]
struct RunningBurn<O: Optimizer> {
    place: Place,
    /// The type in which Burn computes.
    dtype: DType,
    /// One for each member, like the rates.
    optimizers: Vec<O>,
    rates: Vec<f64>,
    rebuild: Rebuild<O>,
    /// One for each parameter.
    layouts: Vec<Layout>,
    /// `[parameter][member]`; none before the first step.
    states: Vec<Vec<Option<O::State<2>>>>,
}

impl<O: Optimizer> Running for RunningBurn<O> {
    fn step(
        &mut self,
        moment: &Moment<'_>,
        at: Gradient,
        _problem: &mut dyn Problem,
        params: &mut Params,
    ) -> Option<Gradient> {
        let gradients = moment.clip.apply(moment.place, at.gradients);
        for ((param, gradient), states) in params.tensors.iter_mut().zip(gradients).zip(&mut self.states) {
            let [_, rows, cols] = param.dims();
            let member = |tensor: &Tensor<3>, m: usize| {
                tensor.clone().slice([m..m + 1, 0..rows, 0..cols]).reshape([rows, cols]).cast(self.dtype)
            };
            let mut next = Vec::new();
            for (m, (optimizer, state)) in self.optimizers.iter().zip(states).enumerate() {
                let rate = self.rates[m] * moment.factor;
                let (new, left) = optimizer.step(rate, member(param, m), member(&gradient, m), state.take());
                *state = left;
                next.push(new.reshape([1, rows, cols]));
            }
            *param = Tensor::cat(next, 0).cast(moment.place.precision.dtype());
        }
        None
    }

    fn rates(&self, factor: f64) -> Option<Vec<f64>> {
        Some(self.rates.iter().map(|rate| rate * factor).collect())
    }

    fn state(&self) -> Vec<Tensor<3>> {
        let each = self.layouts.iter().zip(&self.states);
        each.flat_map(|(layout, states)| layout.to_tensors::<O>(&self.place, states)).collect()
    }

    fn set_state(&mut self, state: Vec<Tensor<3>>) {
        let mut state = state.into_iter();
        for (layout, states) in self.layouts.iter().zip(&mut self.states) {
            let tensors: Vec<Tensor<3>> = state.by_ref().take(1 + layout.leaves.len()).collect();
            *states = layout.to_states::<O>(&self.place, self.rebuild, tensors);
        }
    }

    fn select_hypers(&mut self, members: &[usize]) {
        self.optimizers = members.iter().map(|&m| self.optimizers[m].clone()).collect();
        self.rates = members.iter().map(|&m| self.rates[m]).collect();
    }

    fn boxed_clone(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

/// The parts of a state of Burn's, by the names of its records.
///
/// As tensors of a population they are, for each parameter: `[members, 1, 1 + leaves]`, whether a member has a state and
/// which of the leaves; then for each leaf `[members, 1, numbers]`. A scalar is four numbers of 16 bits, which every
/// precision holds exactly.
#[derive(Clone)]
struct Layout {
    leaves: Vec<(String, Leaf)>,
}

#[derive(Clone)]
enum Leaf {
    Tensor { shape: Vec<usize>, dtype: DType },
    Scalar(Scalar),
}

impl Layout {
    /// What two steps leave behind: some optimizers have all of their state after the second only.
    fn probe<O: Optimizer>(optimizer: &O, params: Tensor<3>) -> Self {
        let [_, rows, cols] = params.dims();
        let param = params.slice([0..1, 0..rows, 0..cols]).reshape([rows, cols]);
        let (param, state) = optimizer.step(0.0, param.clone(), param.zeros_like(), None);
        let (_, state) = optimizer.step(0.0, param.clone(), param.zeros_like(), state);
        let sink = flatten::<O>(&state);
        let tensor = |(name, data): (String, TensorData)| {
            (name, Leaf::Tensor { shape: data.shape().to_vec(), dtype: data.dtype() })
        };
        let scalars = sink.scalars.into_iter().map(|(name, scalar)| (name, Leaf::Scalar(scalar)));
        Self { leaves: scalars.chain(sink.tensors.into_iter().map(tensor)).collect() }
    }

    fn to_tensors<O: Optimizer>(&self, place: &Place, states: &[Option<O::State<2>>]) -> Vec<Tensor<3>> {
        let mut there: Vec<f64> = Vec::new();
        let mut leaves: Vec<Vec<f64>> = vec![Vec::new(); self.leaves.len()];
        for state in states {
            let sink = flatten::<O>(state);
            there.push(f64::from(state.is_some()));
            for ((name, leaf), values) in self.leaves.iter().zip(&mut leaves) {
                let found = match leaf {
                    Leaf::Tensor { .. } => {
                        sink.tensors.iter().find(|(n, _)| n == name).map(|(_, data)| data.iter::<f64>().collect())
                    }
                    Leaf::Scalar(_) => sink.scalars.iter().find(|(n, _)| n == name).map(|(_, s)| to_numbers(*s)),
                };
                there.push(f64::from(found.is_some()));
                values.extend(found.unwrap_or_else(|| vec![0.0; leaf.numbers()]));
            }
        }
        let members = states.len();
        let lay = |values: &Vec<f64>| place.tensor(values, [members, 1, values.len() / members.max(1)]);
        std::iter::once(&there).chain(&leaves).map(lay).collect()
    }

    fn to_states<O: Optimizer>(
        &self,
        place: &Place,
        rebuild: Rebuild<O>,
        tensors: Vec<Tensor<3>>,
    ) -> Vec<Option<O::State<2>>> {
        let members = tensors[0].dims()[0];
        let all: Vec<Vec<f64>> = tensors.into_iter().map(host::values).collect();
        let of = |values: &[f64], member: usize| {
            let size = values.len() / members;
            values[member * size..(member + 1) * size].to_vec()
        };
        let state = |member: usize| {
            let there = of(&all[0], member);
            let present = self.leaves.iter().zip(&all[1..]).zip(&there[1..]).filter(|(_, there)| **there == 1.0);
            let mut leaves = Leaves { place, scalars: BTreeMap::new(), tensors: BTreeMap::new() };
            for (((name, leaf), values), _) in present {
                let values = of(values, member);
                match leaf {
                    Leaf::Tensor { shape, dtype } => {
                        let data = TensorData::new(values, shape.clone()).convert_dtype(*dtype);
                        leaves.tensors.insert(name.clone(), data);
                    }
                    Leaf::Scalar(like) => {
                        leaves.scalars.insert(name.clone(), from_numbers(*like, &values));
                    }
                }
            }
            (there[0] == 1.0).then(|| rebuild(&leaves)).flatten()
        };
        (0..members).map(state).collect()
    }
}

impl Leaf {
    fn numbers(&self) -> usize {
        match self {
            Leaf::Tensor { shape, .. } => shape.iter().product(),
            Leaf::Scalar(_) => 4,
        }
    }
}

/// The parts of one member's state for one parameter, by the names of Burn's records, such as `momentum.moment_1`.
pub struct Leaves<'a> {
    place: &'a Place,
    scalars: BTreeMap<String, Scalar>,
    tensors: BTreeMap<String, TensorData>,
}

impl Leaves<'_> {
    /// A tensor in its own precision, on the population's device.
    pub fn tensor<const D: usize>(&self, name: &str) -> Option<Tensor<D>> {
        let data = self.tensors.get(name)?;
        Some(Tensor::from_data(data.clone(), (&self.place.device, data.dtype())))
    }

    /// A number.
    pub fn scalar<T: TryFrom<Scalar>>(&self, name: &str) -> Option<T> {
        T::try_from(*self.scalars.get(name)?).ok()
    }
}

fn flatten<O: Optimizer>(state: &Option<O::State<2>>) -> StateSink {
    let mut sink = StateSink::default();
    if let Some(state) = state {
        state.state_flatten("", &mut sink);
    }
    sink
}

/// A state as Burn itself loads it.
fn by_record<O: Optimizer>(leaves: &Leaves<'_>) -> Option<O::State<2>> {
    let mut source = StateSource::new(leaves.scalars.clone());
    for (name, data) in &leaves.tensors {
        source.insert_tensor(name.clone(), data.clone());
    }
    RecordState::state_unflatten("", &mut source, &leaves.place.device)
}

/// The 64 bits of a scalar, 16 at a time.
fn to_numbers(scalar: Scalar) -> Vec<f64> {
    let bits = match scalar {
        Scalar::Int(value) => value.cast_unsigned(),
        Scalar::UInt(value) => value,
        Scalar::Float(value) => value.to_bits(),
        Scalar::Bool(value) => u64::from(value),
    };
    (0..4).map(|part| f64::from((bits >> (16 * part)) as u16)).collect()
}

/// Undoes [`to_numbers`], for a scalar of the same type as `like`.
fn from_numbers(like: Scalar, numbers: &[f64]) -> Scalar {
    let bits = numbers.iter().rev().fold(0, |bits, &number| bits << 16 | u64::from(number as u16));
    match like {
        Scalar::Int(_) => Scalar::Int(bits.cast_signed()),
        Scalar::UInt(_) => Scalar::UInt(bits),
        Scalar::Float(_) => Scalar::Float(f64::from_bits(bits)),
        Scalar::Bool(_) => Scalar::Bool(bits != 0),
    }
}
