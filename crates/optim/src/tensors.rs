//! The operations of [`crate::Real`] that Burn does not have, or has with another answer to NaN, on tensors.

use burn::tensor::Tensor;

/// See [`crate::Real::ratio`].
pub fn ratio(dividend: Tensor<3>, divisor: Tensor<3>) -> Tensor<3> {
    let both_zero = dividend.clone().equal_elem(0.0).bool_and(divisor.clone().equal_elem(0.0));
    dividend / divisor.mask_fill(both_zero, 1.0)
}

/// See [`crate::Real::sign`]; Burn's `sign` makes a NaN 0.
pub(crate) fn sign(a: Tensor<3>) -> Tensor<3> {
    let (above, below) = (a.clone().greater_elem(0.0), a.clone().lower_elem(0.0));
    a.mask_fill(above, 1.0).mask_fill(below, -1.0)
}

/// The tensors, broadcast against each other.
fn aligned<const N: usize>(tensors: [Tensor<3>; N]) -> [Tensor<3>; N] {
    let mut shape = [1; 3];
    for tensor in &tensors {
        for (size, of_this) in shape.iter_mut().zip(tensor.dims()) {
            *size = of_this.max(*size);
        }
    }
    tensors.map(|tensor| tensor.expand(shape))
}

/// See [`crate::Real::max`]; Burn's `max_pair` loses a NaN of its second argument.
pub(crate) fn max(a: Tensor<3>, b: Tensor<3>) -> Tensor<3> {
    let [a, b] = aligned([a, b]);
    let take_a = a.clone().greater(b.clone()).bool_or(a.clone().is_nan());
    b.mask_where(take_a, a)
}

/// See [`crate::Real::min`].
pub(crate) fn min(a: Tensor<3>, b: Tensor<3>) -> Tensor<3> {
    let [a, b] = aligned([a, b]);
    let take_a = a.clone().lower(b.clone()).bool_or(a.clone().is_nan());
    b.mask_where(take_a, a)
}

/// See [`crate::Real::where_positive`].
pub(crate) fn where_positive(a: Tensor<3>, yes: Tensor<3>, no: Tensor<3>) -> Tensor<3> {
    let [a, yes, no] = aligned([a, yes, no]);
    no.mask_where(a.clone().greater_elem(0.0), yes).mask_where(a.clone().is_nan(), a)
}
