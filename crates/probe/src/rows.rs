//! Rows of data for a network, in the form that a surface and its measures need.

use crate::error::ProbeError;
use crate::noise::Examples;
use crate::surface::{AT_ONCE, Share, Smoothness};
use burn::tensor::Tensor;
use downhill_model::{Activation, Batch, Loss, Network};
use downhill_population::Place;

/// Rows of one share of the data.
const CHUNK: usize = 1024;

/// Inputs and targets as plain numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    count: usize,
    inputs: Vec<f64>,
    targets: Vec<f64>,
}

impl Rows {
    /// Rows with numeric targets: `inputs` `[rows, features]` and `targets` `[rows, outputs]`, row by row, for
    /// `network`.
    ///
    /// # Errors
    /// When the sizes do not fit the network, or there is no row.
    pub fn new(network: &Network, inputs: Vec<f64>, targets: Vec<f64>) -> Result<Self, ProbeError> {
        let count = targets.len() / network.outputs.max(1);
        ProbeError::check_size("the inputs", inputs.len(), count * network.inputs)?;
        ProbeError::check_size("the targets", targets.len(), count * network.outputs)?;
        if count == 0 {
            return Err(ProbeError::value("the number of rows", 0.0, "at least 1"));
        }
        Ok(Self { count, inputs, targets })
    }

    /// Rows of a classification: `labels` are numbers of classes, below the network's outputs.
    ///
    /// # Errors
    /// When the sizes do not fit the network, or there is no row.
    pub fn labelled(network: &Network, inputs: Vec<f64>, labels: &[u32]) -> Result<Self, ProbeError> {
        let classes = network.outputs;
        let mut targets = vec![0.0; labels.len() * classes];
        for (row, &label) in targets.chunks_exact_mut(classes.max(1)).zip(labels) {
            match row.get_mut(label as usize) {
                Some(slot) => *slot = 1.0,
                None => return Err(ProbeError::value("a label", label.into(), "below the number of outputs")),
            }
        }
        Self::new(network, inputs, targets)
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rows as shares of a surface's data.
    pub fn shares(&self, network: &Network, place: &Place) -> Vec<Share<Batch>> {
        let widest = network.layers().iter().map(|&(inputs, outputs)| inputs.max(outputs)).max().unwrap_or(1);
        let share = |from: usize| {
            let rows = CHUNK.min(self.count - from);
            let batch = self.batch(network, place, from, [1, rows]);
            Share { batch, weight: rows as f64, numbers: rows * widest }
        };
        (0..self.count).step_by(CHUNK).map(share).collect()
    }

    /// The rows as single examples, some at a time.
    pub fn examples<'a>(
        &'a self,
        network: &'a Network,
        place: &'a Place,
    ) -> impl Iterator<Item = Examples<Batch>> + 'a {
        let together = (AT_ONCE / network.parameters().max(1)).clamp(1, CHUNK);
        (0..self.count).step_by(together).map(move |from| {
            let count = together.min(self.count - from);
            Examples { batch: self.batch(network, place, from, [count, 1]), count }
        })
    }

    /// The inputs of some rows, `[1, rows, features]`, some at a time.
    pub(crate) fn inputs<'a>(&'a self, network: &'a Network, place: &'a Place) -> impl Iterator<Item = Tensor<3>> + 'a {
        (0..self.count).step_by(CHUNK).map(move |from| {
            let rows = CHUNK.min(self.count - from);
            let range = from * network.inputs..(from + rows) * network.inputs;
            place.tensor(&self.inputs[range], [1, rows, network.inputs])
        })
    }

    /// Members × rows of the data from a row on, on the autodiff device.
    fn batch(&self, network: &Network, place: &Place, from: usize, [members, rows]: [usize; 2]) -> Batch {
        let of = |all: &[f64], width: usize| {
            let range = from * width..(from + members * rows) * width;
            Tensor::from_inner(place.tensor(&all[range], [members, rows, width]))
        };
        Batch { inputs: of(&self.inputs, network.inputs), targets: of(&self.targets, network.outputs) }
    }
}

/// Whether a network's loss has second derivatives everywhere.
pub fn smoothness(network: &Network) -> Smoothness {
    let bends = matches!(network.activation, Activation::Relu | Activation::LeakyRelu { .. });
    if network.loss == Loss::Hinge || bends && !network.hidden.is_empty() {
        Smoothness::Kinked
    } else {
        Smoothness::Smooth
    }
}
