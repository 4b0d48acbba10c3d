//! A rule or matrix rule of downhill's as Burn's own [`Optimizer`].

use burn::optim::{LearningRate, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{DType, Device, Tensor};
use downhill_optim::{Clip, Door, Moment, OptimizerSpec};
use downhill_population::{Backend, Gradient, Params, Place, Precision, Problem, Role, Shape};
use std::borrow::Cow;

/// An optimizer of downhill's that Burn can call.
///
/// Burn shows an optimizer one parameter tensor at a time, of any rank, and tells it one learning rate. Here
///
/// - the tensor is one member of a population: `[n]` is seen as `[1, 1, n]`, `[rows, cols]` as `[1, rows, cols]`, and of
///   higher ranks all dimensions but the last are rows;
/// - its role is [`Role::Bias`] up to rank 1, [`Role::Weight`] from rank 2 on, since Burn does not say what a tensor is
///   to its model (a `gamma` of a normalisation counts as a bias, and no weight is known to be the last layer's);
/// - Burn's rate takes the place of the hyperparameter `lr`; rates of parts (`…_lr`) keep their ratio to it. An optimizer
///   without `lr` ignores Burn's rate;
/// - steps are counted for each tensor, from the first gradient that it gets;
/// - f32 and f64 are computed as they are, narrower floats in f32.
#[derive(Clone)]
pub struct ToBurn {
    /// As the user gave it.
    spec: OptimizerSpec,
    /// The same with a rate of 1 and the rates of parts in proportion, to be multiplied by Burn's rate.
    unit: OptimizerSpec,
}

/// Why an optimizer cannot run inside of Burn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToBurnError {
    /// It is a [`downhill_optim::Method`].
    #[error(
        "`{name}` is a method: it sees all parameters at once and may ask for more gradients, but Burn shows an \
         optimizer one tensor and one gradient; rules and matrix rules can run there"
    )]
    Method {
        /// The optimizer.
        name: String,
    },
}

impl ToBurn {
    /// The optimizer of `spec`.
    ///
    /// # Errors
    /// When it is neither a rule nor a matrix rule.
    pub fn new(spec: OptimizerSpec) -> Result<Self, ToBurnError> {
        if spec.about().door == Door::Method {
            return Err(ToBurnError::Method { name: spec.about().name.into() });
        }
        let mut unit = spec.clone();
        if let Some(lr) = spec.get("lr") {
            for parameter in &spec.about().parameters {
                let rate = spec.get(parameter.name).unwrap_or_default();
                if parameter.name.ends_with("_lr") {
                    // Without a rate to be in proportion to, or where the quotient is not legal, it stays as it is.
                    let _ = unit.set(parameter.name, rate / lr);
                }
            }
            let _ = unit.set("lr", 1.0);
        }
        Ok(Self { spec, unit })
    }

    /// The spec and the factor on its rates that make `lr` the learning rate, to the bit.
    fn at_rate(&self, lr: LearningRate) -> (Cow<'_, OptimizerSpec>, f64) {
        match self.spec.get("lr") {
            // Only the start depends on it: it must be in the hyperparameters.
            Some(_) if !self.spec.is_scheduled() => {
                let mut spec = self.spec.clone();
                let _ = spec.set("lr", lr);
                (Cow::Owned(spec), 1.0)
            }
            Some(own) if own != lr => (Cow::Borrowed(&self.unit), lr),
            _ => (Cow::Borrowed(&self.spec), 1.0),
        }
    }
}

impl Optimizer for ToBurn {
    type State<const D: usize> = RuleState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<RuleState<D>>,
    ) -> (Tensor<D>, Option<RuleState<D>>) {
        let (dims, dtype) = (tensor.dims(), tensor.dtype());
        let place = place(&tensor.device(), dtype);
        let shape = shape(&dims);
        let lay = |tensor: Tensor<D>| {
            let tensor = tensor.reshape([1, shape.rows, shape.cols]);
            if dtype == place.precision.dtype() { tensor } else { tensor.cast(place.precision.dtype()) }
        };
        let mut params = Params { tensors: vec![lay(tensor)] };
        let at = Gradient { losses: place.tensor(&[f64::NAN], [1, 1, 1]), gradients: vec![lay(grad)] };

        let (spec, factor) = self.at_rate(lr);
        let mut running = spec.family.start(&place, std::slice::from_ref(&shape), &params, &[spec.as_ref()]);
        let fits = |old: &RuleState<D>| sizes(&old.tensors) == sizes(&running.state());
        // A record of another optimizer: Burn starts such parameters afresh, and so does this.
        let old = state.filter(fits);
        let step = old.as_ref().map_or(1, |old| old.step + 1);
        if let Some(old) = old {
            running.set_state(old.tensors);
        }
        let moment = Moment { place: &place, step, factor, clip: &Clip::default() };
        running.step(&moment, at, &mut NoProblem, &mut params);

        let tensor = params.tensors.remove(0).reshape(dims);
        let tensor = if dtype == place.precision.dtype() { tensor } else { tensor.cast(dtype) };
        (tensor, Some(RuleState { step, tensors: running.state() }))
    }

    fn to_device<const D: usize>(state: RuleState<D>, device: &Device) -> RuleState<D> {
        let tensors = state.tensors.into_iter().map(|tensor| tensor.to_device(device)).collect();
        RuleState { step: state.step, tensors }
    }
}

/// Tensors on `device` as a place. Everything but flex counts as a device of its own, on which rules become tensor
/// operations.
fn place(device: &Device, dtype: DType) -> Place {
    let backend = if *device == Device::flex() { Backend::Flex } else { Backend::Wgpu };
    let precision = if dtype == DType::F64 { Precision::F64 } else { Precision::F32 };
    Place { backend, precision, device: device.clone() }
}

fn shape(dims: &[usize]) -> Shape {
    let cols = dims.last().copied().unwrap_or(1);
    let rows = dims.iter().rev().skip(1).product();
    let role = if dims.len() < 2 { Role::Bias } else { Role::Weight };
    Shape { name: "tensor".into(), rows, cols, role }
}

fn sizes(tensors: &[Tensor<3>]) -> Vec<[usize; 3]> {
    tensors.iter().map(|tensor| tensor.dims()).collect()
}

/// What a rule has left behind for one parameter tensor of rank `D`.
#[derive(Clone)]
pub struct RuleState<const D: usize> {
    /// Updates so far.
    pub step: u64,
    /// The rule's state, each `[1, _, _]`.
    pub tensors: Vec<Tensor<3>>,
}

/// By hand: the derive of Burn 0.22 names paths of its own crate, and reads every tensor back as the device's default
/// type, which would round f64 to f32.
impl<const D: usize> RecordState for RuleState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_scalar(prefix, "step", self.step.into());
        out.push_scalar(prefix, "tensors", self.tensors.len().into());
        for (i, tensor) in self.tensors.iter().enumerate() {
            out.push_tensor(prefix, &format!("state.{i}"), tensor.to_data());
        }
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let step = source.take_scalar(prefix, "step")?.try_into().ok()?;
        let count: usize = source.take_scalar(prefix, "tensors")?.try_into().ok()?;
        let mut tensor = |i| {
            let data = source.take_tensor(prefix, &format!("state.{i}"))?;
            let dtype = data.dtype();
            (data.rank() == 3).then(|| Tensor::from_data(data, (device, dtype)))
        };
        let tensors = (0..count).map(&mut tensor).collect::<Option<_>>()?;
        Some(Self { step, tensors })
    }
}

/// Rules and matrix rules are content with the gradient they are given.
struct NoProblem;

impl Problem for NoProblem {
    fn gradient(&mut self, _: &Params) -> Gradient {
        unreachable!("only methods ask for more gradients")
    }

    fn gradient_of(&mut self, _: usize, _: &Params) -> Gradient {
        unreachable!("only methods ask for more gradients")
    }

    fn residuals_of(&mut self, _: usize, _: &Params) -> Option<Tensor<3>> {
        unreachable!("only methods ask for residuals")
    }
}
