//! Losses.

use crate::fused;
use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A loss between a network's outputs and its targets, `[members, rows, outputs]` both.
///
/// Targets of a classification are one-hot rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// −ln of the softmax probability of the true class, in nats.
    CrossEntropy,
    /// The squared error, averaged over the outputs.
    Mse,
    /// Half of the squared error, averaged over the outputs.
    HalfMse,
    /// Multi-class hinge, max(0, 1 + max over wrong classes of z − z of the true class) (Crammer and Singer 2001).
    Hinge,
}

impl Loss {
    /// All losses with their formulas.
    pub const ALL: [(Loss, &'static str); 4] = [
        (Loss::CrossEntropy, "−ln softmax(z)[y]"),
        (Loss::Mse, "mean over outputs of (z − y)²"),
        (Loss::HalfMse, "half of mse"),
        (Loss::Hinge, "max(0, 1 + max over j ≠ y of z[j] − z[y]) (Crammer and Singer 2001)"),
    ];

    /// What is minimised unless something else is said: of classes the cross-entropy, of numbers the squared error.
    pub fn usual(classes: bool) -> Self {
        if classes { Loss::CrossEntropy } else { Loss::Mse }
    }

    /// Whether targets must be classes.
    pub fn needs_classes(self) -> bool {
        matches!(self, Loss::CrossEntropy | Loss::Hinge)
    }

    /// The factor of a loss that is a multiple of the mean of the squared errors.
    pub fn square_share(self) -> Option<f64> {
        match self {
            Loss::Mse => Some(1.0),
            Loss::HalfMse => Some(0.5),
            Loss::CrossEntropy | Loss::Hinge => None,
        }
    }

    /// The loss of each row, `[members, rows, 1]`. On the backend flex, the cross-entropy is one operation.
    pub fn rows(self, outputs: Tensor<3>, targets: Tensor<3>) -> Tensor<3> {
        self.fused(&outputs, &targets, false).unwrap_or_else(|| self.composed(outputs, targets))
    }

    /// The mean over the rows for each member, `[members, 1, 1]`.
    pub fn mean(self, outputs: Tensor<3>, targets: Tensor<3>) -> Tensor<3> {
        self.fused(&outputs, &targets, true).unwrap_or_else(|| self.composed(outputs, targets).mean_dim(1))
    }

    fn fused(self, outputs: &Tensor<3>, targets: &Tensor<3>, mean: bool) -> Option<Tensor<3>> {
        if self == Loss::CrossEntropy { fused::cross_entropy(outputs, targets, mean) } else { None }
    }

    /// The loss of each row from ordinary operations.
    fn composed(self, outputs: Tensor<3>, targets: Tensor<3>) -> Tensor<3> {
        match self {
            Loss::CrossEntropy => (activation::log_softmax(outputs, 2) * targets).sum_dim(2).neg(),
            Loss::Mse => squares(outputs, targets).mean_dim(2),
            Loss::HalfMse => squares(outputs, targets).mean_dim(2) * 0.5,
            Loss::Hinge => {
                let right = (outputs.clone() * targets.clone()).sum_dim(2);
                let wrong = outputs.mask_fill(targets.equal_elem(1.0), f64::from(f32::MIN)).max_dim(2);
                activation::relu(wrong - right + 1.0)
            }
        }
    }
}

fn squares(outputs: Tensor<3>, targets: Tensor<3>) -> Tensor<3> {
    let difference = outputs - targets;
    difference.clone() * difference
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Loss::CrossEntropy => "cross-entropy",
            Loss::Mse => "mse",
            Loss::HalfMse => "half-mse",
            Loss::Hinge => "hinge",
        })
    }
}

impl FromStr for Loss {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .map(|(loss, _)| loss)
            .find(|loss| loss.to_string() == text)
            .ok_or_else(|| format!("unknown loss `{text}`; there are: cross-entropy, mse, half-mse, hinge"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData};
    use downhill_population::host::values;

    /// Outputs, and targets that are one-hot or, with `soft`, shares.
    fn operands(sizes: [usize; 3], scale: f64, soft: bool, dtype: DType) -> (Tensor<3>, Tensor<3>) {
        let (count, device) = (sizes.iter().product::<usize>(), Device::flex().autodiff());
        let z: Vec<f64> = (0..count).map(|i| scale * (0.7 * (i + 1) as f64).sin()).collect();
        let one_hot = |i: usize| if i % sizes[2] == (i / sizes[2]) % sizes[2] { 1.0 } else { 0.0 };
        let t: Vec<f64> = (0..count).map(|i| if soft { 1.0 / (1 + i % 4) as f64 } else { one_hot(i) }).collect();
        let tensor = |all| Tensor::from_data(TensorData::new(all, sizes), (&device, dtype));
        (tensor(z), tensor(t))
    }

    /// Losses, and the gradient of the outputs of Σ losses².
    fn losses_and_gradient(
        loss: impl Fn(Tensor<3>, Tensor<3>) -> Tensor<3>,
        z: Tensor<3>,
        t: Tensor<3>,
    ) -> [Vec<f64>; 2] {
        let z = z.require_grad();
        let losses = loss(z.clone(), t);
        let tape = (losses.clone() * losses.clone()).sum().backward();
        [values(losses.inner()), values(z.grad(&tape).expect("it is a leaf"))]
    }

    #[test]
    fn the_fused_cross_entropy_and_its_gradient_are_those_of_ordinary_operations() {
        let loss = Loss::CrossEntropy;
        for sizes in [[3, 32, 2], [2, 17, 10], [1, 1, 3], [2, 100, 1], [4, 5, 33]] {
            for (dtype, tolerance) in [(DType::F32, 3e-6), (DType::F64, 1e-14)] {
                for (scale, soft) in [(1.0, false), (30.0, false), (1.0, true)] {
                    let (z, t) = operands(sizes, scale, soft, dtype);
                    let pairs = [
                        (
                            losses_and_gradient(|z, t| loss.composed(z, t), z.clone(), t.clone()),
                            losses_and_gradient(|z, t| loss.rows(z, t), z.clone(), t.clone()),
                        ),
                        (
                            losses_and_gradient(|z, t| loss.composed(z, t).mean_dim(1), z.clone(), t.clone()),
                            losses_and_gradient(|z, t| loss.mean(z, t), z, t),
                        ),
                    ];
                    for (expected, found) in pairs {
                        for (expected, found) in expected.iter().zip(&found) {
                            assert_eq!(expected.len(), found.len());
                            let size = expected.iter().fold(1.0f64, |m, v| m.max(v.abs()));
                            for (e, f) in expected.iter().zip(found) {
                                assert!((e - f).abs() < tolerance * size, "{sizes:?}, {dtype:?}: {f} for {e}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn one_set_of_targets_serves_all_members() {
        let (z, t) = operands([3, 20, 4], 1.0, false, DType::F64);
        let one = t.narrow(0, 0, 1);
        let view = one.clone().expand([3, 20, 4]);
        let copies = one.repeat_dim(0, 3);
        assert_eq!(values(Loss::CrossEntropy.rows(z.clone(), view)), values(Loss::CrossEntropy.rows(z, copies)));
    }

    #[test]
    fn a_certain_prediction_costs_nothing_and_nan_and_infinity_show() {
        let device = Device::flex();
        let row = |z: [f64; 2]| {
            let z = Tensor::from_data(TensorData::new(z.to_vec(), [1, 1, 2]), (&device, DType::F64));
            let t = Tensor::from_data(TensorData::new(vec![1.0, 0.0], [1, 1, 2]), (&device, DType::F64));
            values(Loss::CrossEntropy.mean(z, t))[0]
        };
        assert_eq!(row([800.0, 0.0]), 0.0);
        assert_eq!(row([0.0, 800.0]), 800.0);
        assert!(row([f64::NAN, 0.0]).is_nan() && row([0.0, f64::NAN]).is_nan());
        assert!(!row([f64::INFINITY, 0.0]).is_finite() && !row([f64::NEG_INFINITY, 0.0]).is_finite());
    }

    #[test]
    fn nothing_has_losses_without_a_panic() {
        for sizes in [[2, 0, 3], [0, 4, 3]] {
            let (z, t) = operands(sizes, 1.0, false, DType::F32);
            assert_eq!(Loss::CrossEntropy.rows(z, t).dims(), [sizes[0], sizes[1], 1]);
        }
    }
}
