//! SOAP (Vyas et al. 2024): Adam in the eigenbasis of Shampoo's factors.
//!
//! ```text
//! G' = Qᴸᵀ G Qᴿ
//! M ← β₁M + (1 − β₁)G,  M' = Qᴸᵀ M Qᴿ
//! V ← β₂V + (1 − β₂)G'²
//! W ← W − η √(1 − β₂ᵏ)/(1 − β₁ᵏ) Qᴸ (M'/(√V + ε)) Qᴿᵀ,  k = t − 1
//! W ← W − ηλW
//! L ← β₂L + (1 − β₂)GGᵀ,  Qᴸ = eigenvectors of L
//! R ← β₂R + (1 − β₂)GᵀG,  Qᴿ = eigenvectors of R
//! ```
//!
//! As in the authors' code the first step moves nothing: it only makes L, R and their eigenvectors, so that no gradient
//! is seen in a basis that it helped to make. The eigenvectors are computed anew when k is a multiple of
//! `precondition_every`; exactly, largest eigenvalue first, where the authors take one step of a QR iteration.
//!
//! With full batches step 2 sees the gradient of step 1 again. In its own singular vectors that is diagonal but for
//! rounding, and where rounding is not small beside ε, as in `f32`, those elements take one step at random.
//!
//! A factor without full rank (early on, and in a last layer under cross-entropy always) leaves the vectors of its
//! eigenvalue 0 to rounding, and Adam is not indifferent to them: runs repeat to the bit, but differ between backends,
//! precisions and machines as those of other rules do not.
//!
//! Biases have no factors and get Adam, also as the authors' code has it; points of functions are matrices of one row,
//! or this would be Adam on every function. A side of more than 128 has no factor (10,000 in the authors' code).

use super::{LONGEST_SIDE, average, diagonal, factor_elements, refreshed};
use crate::doors::{Context, MatrixRule};
use crate::parameters::{beta1, beta2, decoupled_decay, epsilon, learning_rate};
use crate::tensors::ratio;
use burn::tensor::Tensor;
use downhill_linalg::eigen;
use downhill_population::Role;
use downhill_population::Shape;
use downhill_spec::{Legal, Parameter};

/// Adam that takes its squares along the axes in which gradients vary most and least.
pub struct Soap;

impl MatrixRule for Soap {
    const NAME: &'static str = "soap";
    const SUMMARY: &'static str = "Adam in the eigenbasis of Shampoo's factors";
    const SOURCE: &'static str = "Vyas et al. 2024; the authors' code, with exact eigenvectors";
    const DOC: &'static str = include_str!("soap.rs");
    const TABLE: &'static [Parameter] = &[
        learning_rate(3e-3),
        beta1(0.95),
        beta2(0.95, "decay of the averages of squares and of outer products"),
        epsilon(1e-8),
        Parameter::new("precondition_every", "", 10.0, Legal::Count(1), "steps from one eigenbasis to the next"),
        decoupled_decay(1e-2),
    ];

    fn state_elements(shape: &Shape) -> usize {
        let factors = if shape.role == Role::Bias { 0 } else { factor_elements(shape) };
        2 * shape.elements() + factors
    }

    /// M and V, then for each side that has a factor: the factor, and its eigenvectors.
    fn initial(context: &Context<'_>, w: &Tensor<3>) -> Vec<Tensor<3>> {
        let [_, rows, cols] = w.dims();
        let zero = |n| diagonal(context.place, n, context.each(|_| 0.0));
        let sides = [rows, cols].into_iter().filter(|&n| has_factor(context.role, n));
        [w.zeros_like(), w.zeros_like()].into_iter().chain(sides.flat_map(|n| [zero(n), zero(n)])).collect()
    }

    fn update(
        context: &Context<'_>,
        w: Tensor<3>,
        g: Tensor<3>,
        mut state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let [_, rows, cols] = w.dims();
        let mut factors = state.split_off(2);
        let right = if has_factor(context.role, cols) { factors.split_off(factors.len() - 2) } else { vec![] };
        let left = factors;
        debug_assert_eq!(left.is_empty(), !has_factor(context.role, rows));
        let into = |x: Tensor<3>| turned(x, left.get(1).map(|q| q.clone().transpose()), right.get(1).cloned());
        let back = |x: Tensor<3>| turned(x, left.get(1).cloned(), right.get(1).map(|q| q.clone().transpose()));

        let w = if context.step == 1 {
            // No step, but a broken gradient shows.
            w + g.clone() * 0.0
        } else {
            let k = (context.step - 1) as f64;
            let m = average(context, "beta1", state.remove(0), g.clone());
            let g_turned = into(g.clone());
            let v = average(context, "beta2", state.remove(0), g_turned.clone() * g_turned);
            let u = back(ratio(into(m.clone()), v.clone().sqrt() + context.get("eps")));
            let eta = context.each(|h| h("lr") * (1.0 - h("beta2").powf(k)).sqrt() / (1.0 - h("beta1").powf(k)));
            state = vec![m, v];
            let w = w - eta * u;
            w.clone() - context.each(|h| h("lr") * h("weight_decay")) * w
        };
        if !left.is_empty() {
            state.extend(next_factor(context, left, g.clone().matmul(g.clone().transpose())));
        }
        if !right.is_empty() {
            state.extend(next_factor(context, right, g.clone().transpose().matmul(g)));
        }
        (w, state)
    }
}

fn has_factor(role: Role, side: usize) -> bool {
    role != Role::Bias && side <= LONGEST_SIDE
}

/// `left · x · right`, where a side that is missing is left out.
fn turned(x: Tensor<3>, left: Option<Tensor<3>>, right: Option<Tensor<3>>) -> Tensor<3> {
    let x = left.map_or(x.clone(), |left| left.matmul(x));
    right.map_or(x.clone(), |right| x.matmul(right))
}

/// The factor with `outer` in it, and its eigenvectors where those are due.
fn next_factor(context: &Context<'_>, mut old: Vec<Tensor<3>>, outer: Tensor<3>) -> [Tensor<3>; 2] {
    let (factor, basis) = (old.remove(0), old.remove(0));
    let factor = average(context, "beta2", factor, outer);
    let n = basis.dims()[1];
    // In step 1 too: 0 is a multiple of everything.
    let due = |member| (context.step - 1).is_multiple_of(context.hypers.get(member, "precondition_every") as u64);
    let basis = refreshed(context.place, &factor, basis, due, |_, matrix| eigen(n, matrix).1);
    [factor, basis]
}
