//! Ackley: a nearly flat plain full of traps around a pointed hole.

use crate::function::{Function, matrix};
use burn::tensor::Tensor;
use std::f64::consts::{E, TAU};

/// −20 exp(−r/5) − exp(mean cos 2πxᵢ) + 20 + e, with r = √(mean xᵢ²)
///
/// The hole has a point: at the origin the gradient is defined as 0 and the second derivatives are infinite.
#[derive(Debug)]
pub(crate) struct Ackley;

/// Squares below this count as this, so that the root has a derivative; it is above 0 in `f32`, too.
const SMALLEST: f64 = 1e-37;

/// r, 20 exp(−r/5), exp(mean cos 2πxᵢ)
fn parts(x: &[f64]) -> (f64, f64, f64) {
    let n = x.len() as f64;
    let r = (x.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
    let waves = x.iter().map(|x| (TAU * x).cos()).sum::<f64>() / n;
    (r, 20.0 * (-0.2 * r).exp(), waves.exp())
}

impl Function for Ackley {
    fn value(&self, x: &[f64]) -> f64 {
        let (_, hole, waves) = parts(x);
        20.0 - hole + (E - waves)
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        let ((r, hole, waves), n) = (parts(x), x.len() as f64);
        for (g, x) in out.iter_mut().zip(x) {
            let of_hole = if r == 0.0 { 0.0 } else { 0.2 * hole * x / (n * r) };
            *g = of_hole + waves * TAU / n * (TAU * x).sin();
        }
    }

    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let ((r, hole, waves), n) = (parts(x), x.len() as f64);
        matrix(x.len(), |i, j| {
            let same = if i == j { 1.0 } else { 0.0 };
            let of_hole = match r {
                0.0 if i == j => f64::INFINITY,
                0.0 => 0.0,
                _ => 0.2 * hole / (n * r) * (same - x[i] * x[j] / (n * r) * (0.2 + 1.0 / r)),
            };
            let of_waves = same * TAU * (TAU * x[i]).cos() - TAU / n * (TAU * x[i]).sin() * (TAU * x[j]).sin();
            of_hole + waves * TAU / n * of_waves
        })
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        let r = (x.clone() * x.clone()).mean_dim(2).clamp_min(SMALLEST).sqrt();
        let hole = (r * -0.2).exp() * 20.0;
        let waves = (x * TAU).cos().mean_dim(2).exp();
        (hole.neg() + 20.0) + (waves.neg() + E)
    }
}
