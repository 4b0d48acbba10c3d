//! The function that computes every layer.

use crate::activation::Activation;
use crate::fused;
use burn::tensor::Tensor;

/// A dense layer of every member: `activation(x · weight + bias)`.
///
/// `x` is `[members, rows, inputs]`, or `[1, rows, inputs]` for all members, `weight` `[members, inputs, outputs]`, `bias`
/// `[members, 1, outputs]`; the result is `[members, rows, outputs]`. On the backend flex, product, bias and relu are one
/// operation.
pub fn dense(x: Tensor<3>, weight: Tensor<3>, bias: Option<Tensor<3>>, activation: Activation) -> Tensor<3> {
    let relu = activation == Activation::Relu;
    match fused::dense(&x, &weight, bias.as_ref(), relu) {
        Some(y) if relu => y,
        Some(z) => activation.apply(z),
        None => composed(x, weight, bias, activation),
    }
}

/// [`dense`] from ordinary operations.
fn composed(x: Tensor<3>, weight: Tensor<3>, bias: Option<Tensor<3>>, activation: Activation) -> Tensor<3> {
    let product = x.matmul(weight);
    let z = match bias {
        Some(bias) => product + bias,
        None => product,
    };
    activation.apply(z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData};

    /// Sizes of one member: rows, inputs, outputs. All tails of vectors, one row, nothing, and both ways of being large.
    const SIZES: [[usize; 3]; 9] = [
        [32, 2, 32],
        [32, 32, 2],
        [1, 5, 3],
        [7, 33, 17],
        [64, 64, 10],
        [13, 128, 300],
        [20_000, 2, 16],
        [0, 3, 4],
        [6, 4, 1],
    ];

    fn numbers(sizes: [usize; 3], seed: f64, dtype: DType) -> Tensor<3> {
        let count: usize = sizes.iter().product();
        let all: Vec<f64> = (0..count).map(|i| (seed * (i + 1) as f64).sin()).collect();
        Tensor::from_data(TensorData::new(all, sizes), (&Device::flex().autodiff(), dtype))
    }

    fn data(tensor: Tensor<3>) -> Vec<f64> {
        downhill_population::host::values(tensor)
    }

    /// The outputs and the gradients of x, w and b of Σ outputs².
    fn outputs_and_gradients(
        dense: impl Fn(Tensor<3>, Tensor<3>, Option<Tensor<3>>) -> Tensor<3>,
        [x, w, b]: [Tensor<3>; 3],
        bias: bool,
    ) -> Vec<Vec<f64>> {
        let leaves = [x.require_grad(), w.require_grad(), b.require_grad()];
        let [x, w, b] = leaves.clone();
        let y = dense(x, w, bias.then_some(b));
        let tape = (y.clone() * y.clone()).sum().backward();
        let gradients = leaves.iter().filter_map(|leaf| leaf.grad(&tape)).map(data);
        std::iter::once(data(y.inner())).chain(gradients).collect()
    }

    fn operands(members: usize, batches: usize, [rows, inputs, outputs]: [usize; 3], dtype: DType) -> [Tensor<3>; 3] {
        let w = numbers([members, inputs, outputs], 1.3, dtype);
        [numbers([batches, rows, inputs], 0.7, dtype), w, numbers([members, 1, outputs], 2.9, dtype)]
    }

    #[test]
    fn the_fused_layer_and_its_gradients_are_those_of_ordinary_operations() {
        for sizes in SIZES {
            for (members, batches) in [(3, 3), (1, 1), (3, 1)] {
                for (dtype, tolerance) in [(DType::F32, 1e-5), (DType::F64, 1e-13)] {
                    for (activation, bias) in
                        [(Activation::Relu, true), (Activation::Identity, true), (Activation::Tanh, false)]
                    {
                        let of = |dense: fn(_, _, _, _) -> _| {
                            let operands = operands(members, batches, sizes, dtype);
                            outputs_and_gradients(|x, w, b| dense(x, w, b, activation), operands, bias)
                        };
                        let (expected, found) = (of(composed), of(dense));
                        assert_eq!(expected.len(), found.len());
                        for (expected, found) in expected.iter().zip(&found) {
                            assert_eq!(expected.len(), found.len());
                            let scale = expected.iter().fold(1.0f64, |m, v| m.max(v.abs()));
                            for (e, f) in expected.iter().zip(found) {
                                assert!((e - f).abs() < tolerance * scale, "{sizes:?} {activation}: {f} for {e}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_members_bits_are_the_same_alone_and_in_a_population() {
        for sizes in SIZES {
            for dtype in [DType::F32, DType::F64] {
                let run = |operands| outputs_and_gradients(|x, w, b| dense(x, w, b, Activation::Relu), operands, true);
                let together = run(operands(5, 5, sizes, dtype));
                for member in 0..5 {
                    let alone = run(operands(5, 5, sizes, dtype).map(|t| t.narrow(0, member, 1).detach()));
                    for (together, alone) in together.iter().zip(&alone) {
                        let range = member * alone.len()..(member + 1) * alone.len();
                        assert_eq!(&together[range], alone, "{sizes:?}, member {member}");
                    }
                }
            }
        }
    }

    #[test]
    fn nan_and_infinity_pass_through_a_layer_and_back() {
        for sizes in [[3, 2, 4], [3, 200, 200]] {
            let [x, w, b] = operands(2, 2, sizes, DType::F32);
            let bad = x.clone().slice([1..2, 0..1, 0..1]).mul_scalar(f32::NAN);
            let x = x.slice_assign([1..2, 0..1, 0..1], bad);
            let figures = outputs_and_gradients(|x, w, b| dense(x, w, b, Activation::Relu), [x.detach(), w, b], true);
            let nan = |values: &[f64]| values.iter().any(|v| v.is_nan());
            for values in &figures {
                let (healthy, broken) = values.split_at(values.len() / 2);
                assert!(!nan(healthy) && nan(broken), "{sizes:?}");
            }
            let row = &figures[0][figures[0].len() / 2..][..sizes[2]];
            assert!(row.iter().all(|y| y.is_nan()), "relu keeps a NaN");
        }
    }
}
