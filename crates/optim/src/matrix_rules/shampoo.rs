//! Shampoo (Gupta, Koren and Singer 2018).
//!
//! ```text
//! G ← G + λW
//! L ← L + GGᵀ,  starting at εI
//! R ← R + GᵀG,  starting at εI
//! W ← W − η L^(−1/4) G R^(−1/4)
//! ```
//!
//! The paper's Algorithm 1: sums that never forget, no momentum, no grafting of another rule's step length. A bias or a
//! point of a function is a matrix of one row, so L is a number. The roots are computed anew every `precondition_every`
//! steps, first in step 1, from eigenvalues in `f64`; those below ε, where rounding alone can take them, become ε.
//!
//! With `precondition_every` above 1 the first roots, made from one gradient, have to do for that many steps: in every
//! direction that gradient did not have they multiply by 1/√ε. Take a larger ε then: on digits every 10 diverged with
//! 1e-4 and learned with 1e-2.
//!
//! A side of more than 128 has no factor. With one factor left its exponent is −1/2, as the paper has it for tensors of
//! order one; with none this is gradient descent.

use super::{LONGEST_SIDE, diagonal, factor_elements, refreshed};
use crate::doors::{Context, MatrixRule};
use crate::parameters::{COUPLED_DECAY, learning_rate};
use burn::tensor::Tensor;
use downhill_linalg::{eigen, spectral};
use downhill_population::Shape;
use downhill_spec::{Legal, Parameter, Scale};

/// Gradients between inverse roots of the sums of their outer products.
pub struct Shampoo;

impl MatrixRule for Shampoo {
    const NAME: &'static str = "shampoo";
    const SUMMARY: &'static str = "gradients between inverse roots of sums of outer products, one for each side";
    const SOURCE: &'static str = "Gupta, Koren and Singer 2018, Algorithm 1";
    const DOC: &'static str = include_str!("shampoo.rs");
    const TABLE: &'static [Parameter] =
        &[
            learning_rate(1e-1),
            Parameter::new("eps", "ε", 1e-4, Legal::Positive, "what both factors start with on their diagonal")
                .searched(1e-8, 1.0, Scale::Log),
            Parameter::new(
                "precondition_every",
                "",
                1.0,
                Legal::Count(1),
                "steps from one computation of roots to the next",
            ),
            COUPLED_DECAY,
        ];

    fn state_elements(shape: &Shape) -> usize {
        factor_elements(shape)
    }

    /// For each side that has a factor: the sum, and its root.
    fn initial(context: &Context<'_>, w: &Tensor<3>) -> Vec<Tensor<3>> {
        let [_, rows, cols] = w.dims();
        let start = |n| diagonal(context.place, n, context.get("eps"));
        [rows, cols].into_iter().filter(|&n| n <= LONGEST_SIDE).flat_map(|n| [start(n), start(n)]).collect()
    }

    fn update(context: &Context<'_>, w: Tensor<3>, g: Tensor<3>, state: Vec<Tensor<3>>) -> (Tensor<3>, Vec<Tensor<3>>) {
        let [_, rows, cols] = w.dims();
        let g = g + context.get("weight_decay") * w.clone();
        let exponent = -1.0 / state.len() as f64;
        let (mut old, mut new) = (state.into_iter(), Vec::new());
        let mut step = g.clone();
        if rows <= LONGEST_SIDE {
            let outer = g.clone().matmul(g.clone().transpose());
            let (sum, root) = next_factor(context, &mut old, outer, exponent);
            step = root.clone().matmul(step);
            new.extend([sum, root]);
        }
        if cols <= LONGEST_SIDE {
            let outer = g.clone().transpose().matmul(g);
            let (sum, root) = next_factor(context, &mut old, outer, exponent);
            step = step.matmul(root.clone());
            new.extend([sum, root]);
        }
        (w - context.get("lr") * step, new)
    }
}

/// The sum with `outer` in it, and its root where that is due.
fn next_factor(
    context: &Context<'_>,
    old: &mut impl Iterator<Item = Tensor<3>>,
    outer: Tensor<3>,
    exponent: f64,
) -> (Tensor<3>, Tensor<3>) {
    let (Some(sum), Some(root)) = (old.next(), old.next()) else { unreachable!("two tensors for each factor") };
    let (sum, n) = (sum + outer, root.dims()[1]);
    let due = |member| (context.step - 1).is_multiple_of(context.hypers.get(member, "precondition_every") as u64);
    let root = refreshed(context.place, &sum, root, due, |member, matrix| {
        let (values, vectors) = eigen(n, matrix);
        let eps = context.hypers.get(member, "eps");
        // Written so that NaN stays NaN.
        spectral(n, &values, &vectors, |x| if x < eps { eps } else { x }.powf(exponent))
    });
    (sum, root)
}
