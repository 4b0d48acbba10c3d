//! What is minimised.

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
    /// Half of that.
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

    /// Whether targets must be classes.
    pub fn needs_classes(self) -> bool {
        matches!(self, Loss::CrossEntropy | Loss::Hinge)
    }

    /// For a loss that is this number times the mean of the squared errors: that number.
    pub fn square_share(self) -> Option<f64> {
        match self {
            Loss::Mse => Some(1.0),
            Loss::HalfMse => Some(0.5),
            Loss::CrossEntropy | Loss::Hinge => None,
        }
    }

    /// The loss of each row, `[members, rows, 1]`. This is the seam for a fused operation.
    pub fn rows(self, outputs: Tensor<3>, targets: Tensor<3>) -> Tensor<3> {
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

    /// The mean over the rows for each member, `[members, 1, 1]`.
    pub fn mean(self, outputs: Tensor<3>, targets: Tensor<3>) -> Tensor<3> {
        self.rows(outputs, targets).mean_dim(1)
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
