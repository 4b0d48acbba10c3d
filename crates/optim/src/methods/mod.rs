//! The methods, one file each: wrappers around other optimizers, and methods that evaluate more than one gradient.
//!
//! Symbols as in [`crate::rules`]; f is the loss, ∇f its gradient.

mod ema;
mod lbfgs;
mod line_search;
mod lookahead;
mod prodigy;
mod sam;
mod schedule_free;
mod swa;

pub use ema::Ema;
pub use lbfgs::Lbfgs;
pub use lookahead::Lookahead;
pub use prodigy::Prodigy;
pub use sam::Sam;
pub use schedule_free::{ScheduleFreeAdamW, ScheduleFreeSgd};
pub use swa::Swa;

use burn::tensor::Tensor;
use downhill_population::params::split_members;
use downhill_population::{Place, host};

/// The sums of two lists of tensors.
fn add(a: &[Tensor<3>], b: &[Tensor<3>]) -> Vec<Tensor<3>> {
    a.iter().zip(b).map(|(a, b)| a.clone() + b.clone()).collect()
}

/// The differences of two lists of tensors.
fn subtract(a: &[Tensor<3>], b: &[Tensor<3>]) -> Vec<Tensor<3>> {
    a.iter().zip(b).map(|(a, b)| a.clone() - b.clone()).collect()
}

/// Every tensor times a number for each member, `[members, 1, 1]`.
fn scale(tensors: &[Tensor<3>], factor: &Tensor<3>) -> Vec<Tensor<3>> {
    tensors.iter().map(|t| t.clone() * factor.clone()).collect()
}

/// For each member the tensors of `yes` or those of `no`.
fn choose(place: &Place, which: &[bool], yes: &[Tensor<3>], no: &[Tensor<3>]) -> Vec<Tensor<3>> {
    let flags: Vec<f64> = which.iter().map(|&b| f64::from(u8::from(b))).collect();
    let mask = place.tensor(&flags, [which.len(), 1, 1]).equal_elem(1.0);
    let pick = |(yes, no): (&Tensor<3>, &Tensor<3>)| no.clone().mask_where(mask.clone().expand(no.dims()), yes.clone());
    yes.iter().zip(no).map(pick).collect()
}

/// The Euclidean norm over all tensors, for each member.
fn member_norms(place: &Place, tensors: &[Tensor<3>]) -> Vec<f64> {
    host::norms(place, tensors)
}

/// The sum over all elements of all tensors, for each member.
fn member_sums(place: &Place, tensors: &[Tensor<3>]) -> Vec<f64> {
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
