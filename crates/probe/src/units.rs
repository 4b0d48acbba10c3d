//! Units that pass no gradient.

use crate::error::ProbeError;
use crate::rows::Rows;
use burn::tensor::Tensor;
use downhill_model::layer::dense;
use downhill_model::{Activation, Network};
use downhill_population::{Params, Place, Values, host};

/// Slopes below this count as 0.
pub const FLAT: f64 = 1e-3;

/// The units of one hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Number of units.
    pub units: usize,
    /// Number of idle units.
    pub idle: usize,
}

impl Units {
    /// The share of idle units.
    pub fn share(&self) -> f64 {
        self.idle as f64 / self.units as f64
    }
}

/// The idle units of each hidden layer: units whose activation function has a slope below [`FLAT`] in size at every
/// row.
///
/// For relu these are the dead units, whose output is 0 at every row; for tanh and sigmoid the saturated ones. The
/// other activations have flat ends too, except identity, and leaky relu with a slope of at least [`FLAT`].
///
/// # Errors
/// When `values` do not hold one list of the right size for each of the network's tensors.
pub fn idle_units(place: &Place, network: &Network, values: &Values, rows: &Rows) -> Result<Vec<Units>, ProbeError> {
    let shapes = network.shapes();
    ProbeError::check_size("the parameters", values.len(), shapes.len())?;
    for (values, shape) in values.iter().zip(&shapes) {
        ProbeError::check_size("a parameter tensor", values.len(), shape.elements())?;
    }
    let params = Params::from_members(place, &shapes, std::slice::from_ref(values));
    let mut passes: Vec<Vec<bool>> = network.hidden.iter().map(|&units| vec![false; units]).collect();
    for inputs in rows.inputs(network, place) {
        let mut x = inputs;
        let mut tensors = params.tensors.iter().cloned();
        for (layer, passes) in passes.iter_mut().enumerate() {
            let Some(weight) = tensors.next() else { break };
            let bias = if network.has_bias(layer) { tensors.next() } else { None };
            let sums = dense(x, weight, bias, Activation::Identity);
            let (outputs, slopes) = outputs_and_slopes(network.activation, sums);
            for row in host::values(slopes).chunks_exact(passes.len().max(1)) {
                // A NaN slope does not make a unit idle.
                passes.iter_mut().zip(row).for_each(|(passes, slope)| *passes |= slope.is_nan() || slope.abs() >= FLAT);
            }
            x = outputs;
        }
    }
    let count =
        |passes: Vec<bool>| Units { units: passes.len(), idle: passes.iter().filter(|passes| !**passes).count() };
    Ok(passes.into_iter().map(count).collect())
}

/// An activation's values and its derivatives there.
fn outputs_and_slopes(activation: Activation, sums: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
    let leaf = Tensor::from_inner(sums).require_grad();
    let outputs = activation.apply(leaf.clone());
    let mut tape = outputs.clone().sum().backward();
    let slopes = leaf.grad_remove(&mut tape).unwrap_or_else(|| leaf.inner().ones_like());
    (outputs.inner(), slopes)
}
