//! Rosenbrock: Σ (1 − xᵢ)² + b (xᵢ₊₁ − xᵢ²)², a curved valley that is easy to find and slow to follow.

use crate::function::{Function, matrix};
use burn::tensor::Tensor;

/// Σ (1 − xᵢ)² + b (xᵢ₊₁ − xᵢ²)², over i from 1 to dims − 1
#[derive(Debug)]
pub(crate) struct Rosenbrock {
    /// The steepness of the valley's walls.
    pub b: f64,
}

impl Rosenbrock {
    /// 1 − xᵢ and xᵢ₊₁ − xᵢ²
    fn parts(x: &Tensor<3>) -> (Tensor<3>, Tensor<3>) {
        let pairs = x.dims()[2] - 1;
        let first = x.clone().narrow(2, 0, pairs);
        let across = x.clone().narrow(2, 1, pairs) - first.clone() * first.clone();
        (first.neg() + 1.0, across)
    }
}

impl Function for Rosenbrock {
    fn value(&self, x: &[f64]) -> f64 {
        x.windows(2)
            .map(|w| {
                let (along, across) = (1.0 - w[0], w[1] - w[0] * w[0]);
                along * along + across * across * self.b
            })
            .sum()
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (i, w) in x.windows(2).enumerate() {
            let across = w[1] - w[0] * w[0];
            out[i] += -2.0 * (1.0 - w[0]) - 4.0 * self.b * w[0] * across;
            out[i + 1] += 2.0 * self.b * across;
        }
    }

    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut h = matrix(x.len(), |_, _| 0.0);
        for (i, w) in x.windows(2).enumerate() {
            h[i][i] += 2.0 - 4.0 * self.b * (w[1] - 3.0 * w[0] * w[0]);
            h[i][i + 1] -= 4.0 * self.b * w[0];
            h[i + 1][i] -= 4.0 * self.b * w[0];
            h[i + 1][i + 1] += 2.0 * self.b;
        }
        h
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        let (along, across) = Self::parts(&x);
        let terms = along.clone() * along + across.clone() * across * self.b;
        if x.dims()[2] == 2 { terms } else { terms.sum_dim(2) }
    }

    fn residuals(&self, x: Tensor<3>) -> Option<Tensor<3>> {
        let (along, across) = Self::parts(&x);
        Some(Tensor::cat(vec![along, across * self.b.sqrt()], 2))
    }
}
