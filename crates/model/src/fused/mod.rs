//! A layer and the cross-entropy as one operation each, on the backend flex, with derivatives of their own.
//!
//! Composed from ordinary tensor operations, a small network's step spends two thirds of its time in passes over
//! memory and bookkeeping. Here bias and activation are part of the product, the mask of the activation, the gradient of
//! the bias and both products of the backward pass are one operation, and so is all of the loss.
//!
//! | operation | in | out | kept for the backward pass |
//! |---|---|---|---|
//! | [`dense()`] | x `[members, rows, inputs]`, w `[members, inputs, outputs]`, b `[members, 1, outputs]` | `[members, rows, outputs]` | x, w, the output |
//! | [`cross_entropy()`] | z and targets `[members, rows, classes]` | `[members, rows, 1]`, or their mean `[members, 1, 1]` | the slopes of the rows' losses |
//!
//! **A member's bits do not depend on its population.** Each operation is a loop over members, and the body sees one
//! member's numbers and the sizes of one member. Nor do they depend on the width of the machine's vectors: every sum
//! has one order ([`product`]), though a machine without fused multiply-add rounds differently. Products too large for
//! [`product`] go to flex's own, also one for each member, chosen by the sizes of one member.
//!
//! Other backends compute the same results from ordinary operations ([`crate::layer`], [`crate::loss`]) with Burn's own
//! derivatives, so that each way checks the other. Only first derivatives exist, as in all of Burn.

mod cross_entropy;
mod dense;
mod number;
mod product;

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Dispatch, DispatchDevice, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Tensor};
use number::Number;

/// The operations of this module as Burn dispatches them.
#[backend_extension(Flex, Autodiff)]
trait Fused: burn::backend::Backend {
    /// x · w + b, then relu if `relu`.
    fn fused_dense(x: FloatTensor<Self>, w: FloatTensor<Self>, b: FloatTensor<Self>, relu: bool) -> FloatTensor<Self>;

    /// −Σ t ln softmax(z) of each row, or its mean over the rows.
    fn fused_cross_entropy(z: FloatTensor<Self>, t: FloatTensor<Self>, mean: bool) -> FloatTensor<Self>;
}

impl Fused for Flex {
    fn fused_dense(x: FlexTensor, w: FlexTensor, b: FlexTensor, relu: bool) -> FlexTensor {
        dense::forward(x, w, b, relu)
    }

    fn fused_cross_entropy(z: FlexTensor, t: FlexTensor, mean: bool) -> FlexTensor {
        cross_entropy::losses(z, t, mean)
    }
}

impl<C: CheckpointStrategy> Fused for Autodiff<Flex, C> {
    fn fused_dense(x: FloatTensor<Self>, w: FloatTensor<Self>, b: FloatTensor<Self>, relu: bool) -> FloatTensor<Self> {
        dense::tracked::<C>(x, w, b, relu)
    }

    fn fused_cross_entropy(z: FloatTensor<Self>, t: FloatTensor<Self>, mean: bool) -> FloatTensor<Self> {
        cross_entropy::tracked::<C>(z, t, mean)
    }
}

/// x · w + b of each member, then max(0, ·) if `relu`; None where the operation does not apply to these tensors.
pub(crate) fn dense(x: &Tensor<3>, w: &Tensor<3>, b: Option<&Tensor<3>>, relu: bool) -> Option<Tensor<3>> {
    let ([members, rows, inputs], [w_members, w_inputs, outputs]) = (x.dims(), w.dims());
    let b_fits = b.is_none_or(|b| b.dims() == [w_members, 1, outputs]);
    if !is_flex(w)
        || inputs != w_inputs
        || !b_fits
        || (members != w_members && (members != 1 || rows == 0 || inputs == 0))
    {
        return None;
    }
    // For one batch shared by all members this is a view.
    let x = if members == w_members { x.clone() } else { x.clone().expand([w_members, rows, inputs]) };
    let none = || Tensor::zeros([w_members, 1, outputs], (&w.device(), w.dtype()));
    let b = b.map_or_else(none, Tensor::clone);
    Some(Tensor::from_dispatch(<Dispatch as Fused>::fused_dense(
        x.into_dispatch(),
        w.clone().into_dispatch(),
        b.into_dispatch(),
        relu,
    )))
}

/// −Σ t ln softmax(z) of each row, or its mean over the rows; None where the operation does not apply to these tensors.
pub(crate) fn cross_entropy(z: &Tensor<3>, t: &Tensor<3>, mean: bool) -> Option<Tensor<3>> {
    if !is_flex(z) || z.dims() != t.dims() || z.dtype() != t.dtype() {
        return None;
    }
    let (z, t) = (z.clone().into_dispatch(), t.clone().into_dispatch());
    Some(Tensor::from_dispatch(<Dispatch as Fused>::fused_cross_entropy(z, t, mean)))
}

fn is_flex(tensor: &Tensor<3>) -> bool {
    let device = tensor.device();
    let device = match device.as_dispatch() {
        DispatchDevice::Autodiff(inner) => inner,
        plain => plain,
    };
    matches!(device, DispatchDevice::Flex(_)) && matches!(tensor.dtype(), DType::F32 | DType::F64)
}

/// The sizes of a tensor of rank 3.
fn sizes(tensor: &FlexTensor) -> [usize; 3] {
    let shape = tensor.shape();
    [shape[0], shape[1], shape[2]]
}

/// A tensor `[members, rows, cols]` as one slice for each member, row-major. One batch for all members stays one.
struct Members {
    tensor: FlexTensor,
    offset: usize,
    stride: usize,
    elements: usize,
}

impl Members {
    fn new(tensor: FlexTensor) -> Self {
        let [_, rows, cols] = sizes(&tensor);
        let layout = tensor.layout();
        if layout.strides() == [0, cols as isize, 1] {
            let offset = layout.start_offset();
            return Self { tensor, offset, stride: 0, elements: rows * cols };
        }
        let tensor = tensor.to_contiguous();
        Self { tensor, offset: 0, stride: rows * cols, elements: rows * cols }
    }

    /// All numbers, to be divided by [`Members::range`].
    fn storage<T: Number>(&self) -> &[T] {
        self.tensor.storage()
    }

    /// The range of a member's numbers.
    fn range(&self, member: usize) -> std::ops::Range<usize> {
        let start = self.offset + member * self.stride;
        start..start + self.elements
    }
}

/// A tensor of these numbers.
fn tensor<T: Number>(numbers: Vec<T>, sizes: [usize; 3]) -> FlexTensor {
    FlexTensor::from_data(burn::tensor::TensorData::new(numbers, sizes))
}
