//! Functions with a point of zero gradient that is no minimum.

use crate::function::Plane;
use crate::number::Number;

/// (x² − y²)/2
#[derive(Debug)]
pub(crate) struct Saddle;

impl Plane for Saddle {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        (x.square() - y.square()).times(0.5)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        [x, -y]
    }

    fn hessian(&self, _x: f64, _y: f64) -> [f64; 3] {
        [1.0, 0.0, -1.0]
    }
}

/// x³ − 3 x y²
#[derive(Debug)]
pub(crate) struct MonkeySaddle;

impl Plane for MonkeySaddle {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        x.clone() * (x.square() - y.square().times(3.0))
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        [3.0 * (x * x - y * y), -6.0 * x * y]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        [6.0 * x, -6.0 * y, -6.0 * x]
    }
}
