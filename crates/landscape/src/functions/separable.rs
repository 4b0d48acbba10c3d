//! Sums of one function over the coordinates, in any dimension.

use crate::function::{Function, matrix};
use crate::number::Number;
use burn::tensor::Tensor;
use std::f64::consts::{PI, TAU};
use std::fmt;

/// One coordinate's share.
pub(crate) trait Term: fmt::Debug + Send + Sync {
    /// f(x)
    fn value<N: Number>(&self, x: N) -> N;
    /// f′(x)
    fn slope(&self, x: f64) -> f64;
    /// f″(x)
    fn curvature(&self, x: f64) -> f64;
}

/// Σ f(xᵢ)
#[derive(Debug)]
pub(crate) struct Separable<T>(pub T);

impl<T: Term> Function for Separable<T> {
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().map(|&x| self.0.value(x)).sum()
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(g, &x)| *g = self.0.slope(x));
    }

    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        matrix(x.len(), |i, j| if i == j { self.0.curvature(x[i]) } else { 0.0 })
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        self.0.value(x).sum_dim(2)
    }
}

/// x² + 10 − 10 cos 2πx
#[derive(Debug)]
pub(crate) struct Rastrigin;

impl Term for Rastrigin {
    fn value<N: Number>(&self, x: N) -> N {
        x.clone().square() + x.times(TAU).cos().times(-10.0).plus(10.0)
    }

    fn slope(&self, x: f64) -> f64 {
        2.0 * x + 20.0 * PI * (TAU * x).sin()
    }

    fn curvature(&self, x: f64) -> f64 {
        2.0 + 40.0 * PI * PI * (TAU * x).cos()
    }
}

/// (x⁴ − 16 x² + 5 x)/2
#[derive(Debug)]
pub(crate) struct StyblinskiTang;

impl Term for StyblinskiTang {
    fn value<N: Number>(&self, x: N) -> N {
        let square = x.clone().square();
        (square.clone() * square.plus(-16.0) + x.times(5.0)).times(0.5)
    }

    fn slope(&self, x: f64) -> f64 {
        2.0 * x * x * x - 16.0 * x + 2.5
    }

    fn curvature(&self, x: f64) -> f64 {
        6.0 * x * x - 16.0
    }
}

/// The coordinates of Styblinski and Tang's minima with their shares of the value, the lower first.
pub(crate) const STYBLINSKI_TANG: [(f64, f64); 2] =
    [(-2.903534027771177, -39.16616570377142), (2.746802770990837, -25.029446655283945)];
