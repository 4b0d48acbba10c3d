//! The multilayer perceptron.

use crate::activation::Activation;
use crate::layer::dense;
use crate::loss::Loss;
use burn::tensor::Tensor;
use downhill_population::{Objective, Role, Shape};
use serde::{Deserialize, Serialize};

/// The layers that have a bias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// Every layer.
    #[default]
    All,
    /// Every layer but the last.
    NotLast,
    /// No layer.
    None,
}

/// A multilayer perceptron: dense layers with an activation after each but the last.
///
/// Without hidden layers it is linear or, under cross-entropy, softmax regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Number of features.
    pub inputs: usize,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Number of classes or of target columns.
    pub outputs: usize,
    /// The function after each hidden layer.
    pub activation: Activation,
    /// The layers that have a bias.
    pub bias: Bias,
    /// The minimised loss.
    pub loss: Loss,
}

/// Data of one evaluation: every member has its own rows.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[members, rows, features]`.
    pub inputs: Tensor<3>,
    /// `[members, rows, outputs]`.
    pub targets: Tensor<3>,
}

/// Sizes of hidden layers that cannot be; its text names the field first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "hidden is `{0}`, but must be integers of at least 1 (layers are separated by commas; none is no hidden layer)"
)]
pub struct HiddenError(pub String);

/// Reads the sizes of hidden layers: positive integers, separated by commas, or `none`.
///
/// # Errors
/// For anything else.
pub fn hidden(text: &str) -> Result<Vec<usize>, HiddenError> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let size = |size: &str| size.trim().parse::<usize>().ok().filter(|size| *size > 0);
    text.split(',').map(size).collect::<Option<_>>().ok_or_else(|| HiddenError(text.into()))
}

/// Sizes of hidden layers as the text that [`hidden`] reads.
pub fn hidden_text(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    if sizes.is_empty() { "none".into() } else { sizes.join(",") }
}

impl Network {
    /// `(inputs, outputs)` of each layer.
    pub fn layers(&self) -> Vec<(usize, usize)> {
        let sizes: Vec<usize> =
            std::iter::once(self.inputs).chain(self.hidden.iter().copied()).chain([self.outputs]).collect();
        sizes.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// Whether layer `index` has a bias.
    pub fn has_bias(&self, index: usize) -> bool {
        match self.bias {
            Bias::All => true,
            Bias::NotLast => index < self.hidden.len(),
            Bias::None => false,
        }
    }

    /// The parameters in order: `layers.0.weight`, `layers.0.bias`, `layers.1.weight`, …
    pub fn shapes(&self) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for (i, (rows, cols)) in self.layers().into_iter().enumerate() {
            let role = if i == self.hidden.len() { Role::Head } else { Role::Weight };
            shapes.push(Shape { name: format!("layers.{i}.weight"), rows, cols, role });
            if self.has_bias(i) {
                shapes.push(Shape { name: format!("layers.{i}.bias"), rows: 1, cols, role: Role::Bias });
            }
        }
        shapes
    }

    /// Number of parameters of one member.
    pub fn parameters(&self) -> usize {
        self.shapes().iter().map(Shape::elements).sum()
    }

    /// The outputs, `[members, rows, outputs]`, of inputs `[members, rows, features]`.
    pub fn forward(&self, params: &[Tensor<3>], inputs: Tensor<3>) -> Tensor<3> {
        let mut params = params.iter().cloned();
        let mut next = || params.next().expect("as many tensors as shapes()");
        let mut x = inputs;
        for i in 0..=self.hidden.len() {
            let weight = next();
            let bias = self.has_bias(i).then(&mut next);
            let activation = if i < self.hidden.len() { self.activation } else { Activation::Identity };
            x = dense(x, weight, bias, activation);
        }
        x
    }

    /// Sizes as text: `64-32-10`.
    pub fn describe(&self) -> String {
        let sizes: Vec<String> = std::iter::once(self.inputs)
            .chain(self.hidden.iter().copied())
            .chain([self.outputs])
            .map(|n| n.to_string())
            .collect();
        sizes.join("-")
    }
}

impl Objective for Network {
    type Batch = Batch;

    fn losses(&self, params: &[Tensor<3>], batch: &Batch) -> Tensor<3> {
        self.loss.mean(self.forward(params, batch.inputs.clone()), batch.targets.clone())
    }

    fn batch_of(&self, batch: &Batch, member: usize, copies: usize) -> Batch {
        let of = |all: &Tensor<3>| all.clone().narrow(0, member, 1).repeat_dim(0, copies);
        Batch { inputs: of(&batch.inputs), targets: of(&batch.targets) }
    }

    fn residuals(&self, params: &[Tensor<3>], batch: &Batch) -> Option<Tensor<3>> {
        let [_, rows, outputs] = batch.targets.dims();
        let share = self.loss.square_share()? / (rows * outputs) as f64;
        Some((self.forward(params, batch.inputs.clone()) - batch.targets.clone()) * share.sqrt())
    }
}
