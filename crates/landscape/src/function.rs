//! The function of a landscape.

use crate::number::Number;
use burn::tensor::Tensor;
use std::fmt;

/// A function of a point, with derivatives written out.
///
/// The tensor form is differentiated automatically and drives the optimizers; the forms in `f64` judge the points they
/// reach. Outside a function's domain values are NaN; no numbers cause a panic.
pub trait Function: fmt::Debug + Send + Sync {
    /// The value at a point.
    fn value(&self, x: &[f64]) -> f64;

    /// The gradient at a point, into `out`, which is as long as the point.
    fn gradient(&self, x: &[f64], out: &mut [f64]);

    /// The second derivatives at a point, row by row.
    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>>;

    /// The values `[members, 1, 1]` at points `[members, 1, dims]`.
    fn tensor(&self, x: Tensor<3>) -> Tensor<3>;

    /// Numbers `[members, 1, n]` whose squares add up to the values, where the function is a sum of squares.
    fn residuals(&self, _x: Tensor<3>) -> Option<Tensor<3>> {
        None
    }

    /// The data over which the value is a mean, one row each; empty for a function without data.
    fn centres(&self) -> &[Vec<f64>] {
        &[]
    }

    /// The values `[members, 1, 1]` over each member's own rows `[members, batch, dims]` of the data only.
    fn tensor_over(&self, x: Tensor<3>, _centres: Tensor<3>) -> Tensor<3> {
        self.tensor(x)
    }
}

/// A function of two variables.
pub(crate) trait Plane: fmt::Debug + Send + Sync {
    /// f(x, y)
    fn value<N: Number>(&self, x: N, y: N) -> N;

    /// (∂f/∂x, ∂f/∂y)
    fn gradient(&self, x: f64, y: f64) -> [f64; 2];

    /// (∂²f/∂x², ∂²f/∂x∂y, ∂²f/∂y²)
    fn hessian(&self, x: f64, y: f64) -> [f64; 3];

    /// Numbers whose squares add up to f, if it is a sum of squares.
    fn residuals<N: Number>(&self, _x: N, _y: N) -> Option<Vec<N>> {
        None
    }
}

/// A function of two variables as a function of a point.
#[derive(Debug)]
pub(crate) struct Planar<P>(pub P);

impl<P: Plane> Function for Planar<P> {
    fn value(&self, x: &[f64]) -> f64 {
        self.0.value(x[0], x[1])
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.0.gradient(x[0], x[1]));
    }

    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let [xx, xy, yy] = self.0.hessian(x[0], x[1]);
        vec![vec![xx, xy], vec![xy, yy]]
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        self.0.value(x.clone().narrow(2, 0, 1), x.narrow(2, 1, 1))
    }

    fn residuals(&self, x: Tensor<3>) -> Option<Tensor<3>> {
        self.0.residuals(x.clone().narrow(2, 0, 1), x.narrow(2, 1, 1)).map(|parts| Tensor::cat(parts, 2))
    }
}

/// A square matrix from its entries.
pub(crate) fn matrix(dims: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    (0..dims).map(|i| (0..dims).map(|j| entry(i, j)).collect()).collect()
}
