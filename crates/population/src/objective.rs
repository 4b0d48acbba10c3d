//! What a problem is: parameters in, one loss per member out.

use crate::params::Params;
use burn::tensor::Tensor;

/// A differentiable problem.
pub trait Objective {
    /// What one evaluation needs besides the parameters: a batch of data, or nothing.
    type Batch;

    /// One loss per member, `[members, 1, 1]`, from parameters `[members, rows, cols]`.
    ///
    /// A member's loss must not depend on another member's parameters or data.
    fn losses(&self, params: &[Tensor<3>], batch: &Self::Batch) -> Tensor<3>;
}

/// Losses and gradients of every member at one point.
#[derive(Debug)]
pub struct Gradient {
    /// One loss per member, `[members, 1, 1]`.
    pub losses: Tensor<3>,
    /// One tensor per parameter, `[members, rows, cols]`.
    pub gradients: Vec<Tensor<3>>,
}

/// Losses and gradients by automatic differentiation: one gradient evaluation for each member.
///
/// The batch must live on the autodiff device of the parameters.
pub fn gradient<O: Objective>(objective: &O, params: &Params, batch: &O::Batch) -> Gradient {
    let leaves: Vec<Tensor<3>> = params.tensors.iter().map(|t| Tensor::from_inner(t.clone()).require_grad()).collect();
    let losses = objective.losses(&leaves, batch);
    // Members share nothing, so the gradient of the sum is every member's own gradient.
    let mut tape = losses.clone().sum().backward();
    let gradients =
        leaves.iter().map(|t| t.grad_remove(&mut tape).unwrap_or_else(|| t.clone().inner().zeros_like())).collect();
    Gradient { losses: losses.inner(), gradients }
}
