//! The definition of a problem: parameters in, one loss per member out; and the evaluations that a method may request.

use crate::params::Params;
use burn::tensor::Tensor;

/// A differentiable problem.
pub trait Objective {
    /// The input of an evaluation besides the parameters: a batch of data, or nothing.
    type Batch;

    /// One loss per member, `[members, 1, 1]`, from parameters `[members, rows, cols]`.
    ///
    /// A member's loss must not depend on another member's parameters or data.
    fn losses(&self, params: &[Tensor<3>], batch: &Self::Batch) -> Tensor<3>;

    /// The batch of one member, repeated for a population of `copies` of that member.
    fn batch_of(&self, batch: &Self::Batch, member: usize, copies: usize) -> Self::Batch;

    /// Numbers `[members, rows, cols]` whose squares add up to each member's loss, where the loss is a sum of squares.
    fn residuals(&self, _params: &[Tensor<3>], _batch: &Self::Batch) -> Option<Tensor<3>> {
        None
    }
}

/// Losses and gradients of every member at one point.
#[derive(Clone, Debug)]
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

/// A problem at one step, as an optimizer sees it. Every evaluation is charged to its members.
pub trait Problem {
    /// Losses and gradients of all members at these parameters: one evaluation for each member.
    fn gradient(&mut self, params: &Params) -> Gradient;

    /// Losses and gradients of one member's problem at several points, laid side by side like a population: one
    /// evaluation for each point.
    fn gradient_of(&mut self, member: usize, points: &Params) -> Gradient;

    /// The residuals of one member's problem ([`Objective::residuals`]) at several points, `[points, rows, cols]`: one
    /// evaluation for each point.
    fn residuals_of(&mut self, member: usize, points: &Params) -> Option<Tensor<3>>;
}

/// An objective and a batch as a [`Problem`] that counts evaluations.
pub struct Counted<'a, O: Objective> {
    /// The objective.
    pub objective: &'a O,
    /// The batch, on the autodiff device.
    pub batch: &'a O::Batch,
    /// Each member's evaluations so far.
    pub evaluations: &'a mut [u64],
}

impl<O: Objective> Problem for Counted<'_, O> {
    fn gradient(&mut self, params: &Params) -> Gradient {
        self.evaluations.iter_mut().for_each(|n| *n += 1);
        gradient(self.objective, params, self.batch)
    }

    fn gradient_of(&mut self, member: usize, points: &Params) -> Gradient {
        self.evaluations[member] += points.members() as u64;
        gradient(self.objective, points, &self.objective.batch_of(self.batch, member, points.members()))
    }

    fn residuals_of(&mut self, member: usize, points: &Params) -> Option<Tensor<3>> {
        self.evaluations[member] += points.members() as u64;
        let batch = self.objective.batch_of(self.batch, member, points.members());
        let leaves: Vec<Tensor<3>> = points.tensors.iter().map(|t| Tensor::from_inner(t.clone())).collect();
        self.objective.residuals(&leaves, &batch).map(Tensor::inner)
    }
}
