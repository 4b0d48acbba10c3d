//! The one function through which every layer goes.

use crate::activation::Activation;
use burn::tensor::Tensor;

/// A dense layer of every member: `activation(x · weight + bias)`.
///
/// `x` is `[members, rows, inputs]`, `weight` `[members, inputs, outputs]`, `bias` `[members, 1, outputs]`; the
/// result is `[members, rows, outputs]`. This is the seam for a fused operation.
pub fn dense(x: Tensor<3>, weight: Tensor<3>, bias: Option<Tensor<3>>, activation: Activation) -> Tensor<3> {
    let product = x.matmul(weight);
    let z = match bias {
        Some(bias) => product + bias,
        None => product,
    };
    activation.apply(z)
}
