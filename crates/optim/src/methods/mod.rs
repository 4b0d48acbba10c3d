//! The methods, one file each: wrappers around other optimizers, and methods that evaluate more than one gradient.
//!
//! Symbols as in [`crate::rules`]; f is the loss, ∇f its gradient.

mod ema;
mod lbfgs;
mod levenberg_marquardt;
mod line_search;
mod lookahead;
mod newton;
mod prodigy;
mod sam;
mod schedule_free;
mod swa;

pub use ema::Ema;
pub use lbfgs::Lbfgs;
pub use levenberg_marquardt::LevenbergMarquardt;
pub use lookahead::Lookahead;
pub use newton::Newton;
pub use prodigy::Prodigy;
pub use sam::Sam;
pub use schedule_free::{ScheduleFreeAdamW, ScheduleFreeSgd};
pub use swa::Swa;

use crate::tensors::ratio;
use burn::tensor::Tensor;
use downhill_population::params::split_members;
use downhill_population::{Params, Place, Precision, Problem, host};

/// The sums of two lists of tensors.
pub fn add(a: &[Tensor<3>], b: &[Tensor<3>]) -> Vec<Tensor<3>> {
    a.iter().zip(b).map(|(a, b)| a.clone() + b.clone()).collect()
}

/// The differences of two lists of tensors.
pub fn subtract(a: &[Tensor<3>], b: &[Tensor<3>]) -> Vec<Tensor<3>> {
    a.iter().zip(b).map(|(a, b)| a.clone() - b.clone()).collect()
}

/// Every tensor times a number for each member, `[members, 1, 1]`.
pub fn scale(tensors: &[Tensor<3>], factor: &Tensor<3>) -> Vec<Tensor<3>> {
    tensors.iter().map(|t| t.clone() * factor.clone()).collect()
}

/// For each member the tensors of `yes` or those of `no`.
pub fn choose(place: &Place, which: &[bool], yes: &[Tensor<3>], no: &[Tensor<3>]) -> Vec<Tensor<3>> {
    let flags: Vec<f64> = which.iter().map(|&b| f64::from(u8::from(b))).collect();
    let mask = place.tensor(&flags, [which.len(), 1, 1]).equal_elem(1.0);
    let pick = |(yes, no): (&Tensor<3>, &Tensor<3>)| no.clone().mask_where(mask.clone().expand(no.dims()), yes.clone());
    yes.iter().zip(no).map(pick).collect()
}

/// The sum over all elements of all tensors, for each member.
pub fn member_sums(place: &Place, tensors: &[Tensor<3>]) -> Vec<f64> {
    let mut sums = vec![0.0; tensors.first().map_or(0, |t| t.dims()[0])];
    for tensor in tensors {
        let elements = (tensor.dims()[1] * tensor.dims()[2]).max(1);
        let all = if place.backend.is_host() {
            host::values(tensor.clone())
        } else {
            host::values(tensor.clone().sum_dim(2).sum_dim(1))
        };
        let share = if place.backend.is_host() { elements } else { 1 };
        for (sum, member) in sums.iter_mut().zip(all.chunks_exact(share)) {
            *sum += member.iter().sum::<f64>();
        }
    }
    sums
}

/// Every member's tensors as one vector each.
fn flat(tensors: &[Tensor<3>]) -> Vec<Vec<f64>> {
    split_members(tensors).into_iter().map(|values| values.concat()).collect()
}

/// The way back: tensors shaped as `like` but for the number of members, from one vector for each.
fn unflat(place: &Place, like: &[Tensor<3>], members: &[Vec<f64>]) -> Vec<Tensor<3>> {
    let mut from = 0;
    like.iter()
        .map(|tensor| {
            let [_, rows, cols] = tensor.dims();
            let range = from..from + rows * cols;
            from = range.end;
            let all: Vec<f64> = members.iter().flat_map(|member| member[range.clone()].iter().copied()).collect();
            place.tensor(&all, [members.len(), rows, cols])
        })
        .collect()
}

/// Row `i` of a matrix with `n` columns.
fn row(values: &[f64], n: usize, i: usize) -> &[f64] {
    &values[i * n..(i + 1) * n]
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// For each coordinate two points, a little up and down from `point`, and how far apart the two are in this precision.
fn around(place: &Place, point: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
    // The cube root of the precision balances rounding and curvature of a central difference.
    let unit = place.precision.unit();
    let (mut points, mut distances) = (Vec::new(), Vec::new());
    for (i, x) in point.iter().enumerate() {
        let h = unit.cbrt() * x.abs().max(1.0);
        let moved = |by: f64| {
            let mut there = point.to_vec();
            there[i] = match place.precision {
                Precision::F32 => f64::from((x + by) as f32),
                Precision::F64 => x + by,
            };
            there
        };
        let (up, down) = (moved(h), moved(-h));
        distances.push(up[i] - down[i]);
        points.extend([up, down]);
    }
    (points, distances)
}

/// One member's Hessian at `point`, row-major and symmetric, from central differences of its gradient.
fn hessian(place: &Place, problem: &mut dyn Problem, member: usize, like: &[Tensor<3>], point: &[f64]) -> Vec<f64> {
    let n = point.len();
    let (points, distances) = around(place, point);
    let gradients = flat(&problem.gradient_of(member, &Params { tensors: unflat(place, like, &points) }).gradients);
    let mut h = vec![0.0; n * n];
    for (i, (pair, distance)) in gradients.chunks_exact(2).zip(distances).enumerate() {
        for (j, (up, down)) in pair[0].iter().zip(&pair[1]).enumerate() {
            let curvature = (up - down) / distance;
            h[i * n + j] += 0.5 * curvature;
            h[j * n + i] += 0.5 * curvature;
        }
    }
    h
}
