//! Bowl: Σ cᵢ xᵢ²/2, the simplest landscape with a narrow direction.

use crate::function::{Function, matrix};
use burn::tensor::{Tensor, TensorData};

/// Σ cᵢ xᵢ²/2
#[derive(Debug)]
pub(crate) struct Bowl {
    /// The curvatures, all positive.
    pub curvatures: Vec<f64>,
}

impl Bowl {
    /// Curvatures from `a` to `b`, each the same multiple of the one before.
    pub fn spread(a: f64, b: f64, dims: usize) -> Self {
        let last = (dims - 1) as f64;
        let curvature = |i: usize| match i {
            0 => a,
            i if i + 1 == dims => b,
            i => a * (b / a).powf(i as f64 / last),
        };
        Self { curvatures: (0..dims).map(curvature).collect() }
    }

    /// A row `[1, 1, dims]` of numbers of the type and on the device of `x`.
    fn row(&self, x: &Tensor<3>, of: impl Fn(f64) -> f64) -> Tensor<3> {
        let values: Vec<f64> = self.curvatures.iter().map(|&c| of(c)).collect();
        let dims = values.len();
        Tensor::from_data(TensorData::new(values, [1, 1, dims]), (&x.device(), x.dtype()))
    }
}

impl Function for Bowl {
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().zip(&self.curvatures).map(|(x, c)| x * x * c).sum::<f64>() / 2.0
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(x).zip(&self.curvatures).for_each(|((g, x), c)| *g = c * x);
    }

    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        matrix(x.len(), |i, j| if i == j { self.curvatures[i] } else { 0.0 })
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        let c = self.row(&x, |c| c);
        (x.clone() * x * c).sum_dim(2) / 2.0
    }

    fn residuals(&self, x: Tensor<3>) -> Option<Tensor<3>> {
        let roots = self.row(&x, |c| (c / 2.0).sqrt());
        Some(x * roots)
    }
}
