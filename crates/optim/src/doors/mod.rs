//! The three doors for an optimizer: a trait for its author, and the driver that runs it on a population.

pub mod matrix_rule;
pub mod method;
pub mod rule;
pub(crate) mod rule_driver;

pub use matrix_rule::{Context, MatrixRule};
pub use method::{Method, Now, Stepped};
pub use rule::{Rule, Update};

use burn::tensor::Tensor;
use downhill_spec::{Legal, Parameter};

/// Whether weight decay acts on biases too; every optimizer with a `weight_decay` has it.
const DECAY_BIAS: Parameter =
    Parameter::new("decay_bias", "", 1.0, Legal::Flag, "whether weight decay acts on biases too");

/// Puts a flat list of tensors back into its original lists.
fn refill(slots: &mut [Vec<Tensor<3>>], state: Vec<Tensor<3>>) {
    let mut state = state.into_iter();
    slots.iter_mut().for_each(|slots| *slots = state.by_ref().take(slots.len()).collect());
}

/// An author's table with the common parameters added.
fn parameters(table: &[Parameter]) -> Vec<Parameter> {
    let mut parameters = table.to_vec();
    if parameters.iter().any(|p| p.name == "weight_decay") {
        parameters.push(DECAY_BIAS);
    }
    parameters
}
