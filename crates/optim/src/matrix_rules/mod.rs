//! The matrix rules, one file each: what a population's parameter tensor becomes, given its gradient and state.
//!
//! Symbols: θ one member's parameter tensor (W where it must be a matrix), g (G) its gradient, η learning rate, λ
//! weight decay, t step counted from 1, ‖·‖ the Frobenius norm. Products, roots and quotients are
//! elementwise, but capital letters next to each other are a product of matrices.

mod adafactor;
mod lamb;
mod lars;
mod muon;
mod shampoo;
mod soap;

pub use adafactor::AdaFactor;
pub use lamb::Lamb;
pub use lars::Lars;
pub use muon::Muon;
pub use shampoo::Shampoo;
pub use soap::Soap;

use crate::doors::Context;
use crate::tensors::ratio;
use burn::tensor::Tensor;
use downhill_population::{Place, Shape, host};

/// The longest side that gets a factor of its own in Shampoo and SOAP. Eigenvectors are found on the CPU in a time that
/// grows with the cube: about a tenth of a second here.
const LONGEST_SIDE: usize = 128;

/// The numbers of all factors of a parameter, two matrices for each side that has one.
fn factor_elements(shape: &Shape) -> usize {
    [shape.rows, shape.cols].into_iter().filter(|&n| n <= LONGEST_SIDE).map(|n| 2 * n * n).sum()
}

/// Each member's norm, `[members, 1, 1]`.
pub fn norm(x: &Tensor<3>) -> Tensor<3> {
    (x.clone() * x.clone()).sum_dim(2).sum_dim(1).sqrt()
}

/// `x`, but nowhere less than `floor`, which broadcasts. NaN stays NaN.
pub fn at_least(x: Tensor<3>, floor: Tensor<3>) -> Tensor<3> {
    let dims = x.dims();
    x.max_pair(floor.expand(dims))
}

/// c‖θ‖/(‖u‖ + ε) for each member, `[members, 1, 1]`; 1 where either norm is 0.
pub fn trust_ratio(c: Tensor<3>, theta: &Tensor<3>, u: &Tensor<3>, eps: Tensor<3>) -> Tensor<3> {
    let (of_theta, of_u) = (norm(theta), norm(u));
    let either_zero = of_theta.clone().equal_elem(0.0).bool_or(of_u.clone().equal_elem(0.0));
    (c * of_theta / (of_u + eps)).mask_fill(either_zero, 1.0)
}

/// βx + (1 − β) now, the decay β being the hyperparameter of that name.
pub fn average(context: &Context<'_>, beta: &str, x: Tensor<3>, now: Tensor<3>) -> Tensor<3> {
    context.get(beta) * x + context.each(|h| 1.0 - h(beta)) * now
}

/// Adam's averages with this gradient in them, m ← β₁m + (1 − β₁)g and v ← β₂v + (1 − β₂)g².
pub fn averages(context: &Context<'_>, g: &Tensor<3>, m: Tensor<3>, v: Tensor<3>) -> [Tensor<3>; 2] {
    [average(context, "beta1", m, g.clone()), average(context, "beta2", v, g.clone() * g.clone())]
}

/// Adam's direction m̂/(√v̂ + ε), where 0/0 is 0.
pub fn adam_direction(context: &Context<'_>, m: &Tensor<3>, v: &Tensor<3>, eps: &str) -> Tensor<3> {
    let correction = |beta: &str| context.each(|h| 1.0 / (1.0 - h(beta).powf(context.step as f64)));
    let (m_hat, v_hat) = (m.clone() * correction("beta1"), v.clone() * correction("beta2"));
    let root = v_hat.sqrt() + context.get(eps);
    ratio(m_hat, root)
}

/// The identity matrix times each member's number, `[members, n, n]`.
fn diagonal(place: &Place, n: usize, number: Tensor<3>) -> Tensor<3> {
    let identity: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
    place.tensor(&identity, [1, n, n]) * number
}

/// What `of` makes of a member's matrix, for every member that is `due`; `kept` for the others. All `[members, n, n]`;
/// `of` is given the member and its matrix in row-major order.
fn refreshed(
    place: &Place,
    matrix: &Tensor<3>,
    kept: Tensor<3>,
    due: impl Fn(usize) -> bool,
    of: impl Fn(usize, &[f64]) -> Vec<f64>,
) -> Tensor<3> {
    let [members, n, _] = kept.dims();
    if !(0..members).any(&due) {
        return kept;
    }
    let from = host::values(matrix.clone());
    let mut to = host::values(kept);
    for member in (0..members).filter(|&member| due(member)) {
        let range = member * n * n..(member + 1) * n * n;
        to[range.clone()].copy_from_slice(&of(member, &from[range]));
    }
    place.tensor(&to, [members, n, n])
}
