//! AdaFactor (Shazeer and Stern 2018).
//!
//! ```text
//! β = 1 − t⁻ᵞ,  ρ = min(η, 1/√t),  α = max(ε₂, rms(θ)) ρ
//! θ ← θ − ηλθ
//! r ← βr + (1 − β) mean of g² over each row
//! c ← βc + (1 − β) mean of g² over each column
//! v = r cᵀ / max(mean(r), ε₁)
//! u = g/max(√v, ε₁)
//! θ ← θ − α u/max(1, rms(u)/d)
//! ```
//!
//! A tensor of one row or one column has v ← βv + (1 − β)g² instead of r and c.
//!
//! PyTorch's `Adafactor`, which caps the step by η where the paper has 0.01, places ε₁ as above (the paper adds it to
//! g²) and counts `beta2_decay` negative, −γ. It factors matrices of one row too, which gives the same v unless that is
//! below ε₁. rms(x) = ‖x‖/√n for n elements.

use super::{at_least, norm};
use crate::doors::{Context, MatrixRule};
use crate::parameters::{decoupled_decay, learning_rate};
use crate::tensors::ratio;
use burn::tensor::Tensor;
use downhill_spec::{Legal, Parameter};

/// Steps relative to the parameter's size, over a second moment kept as one number for each row and each column.
pub struct AdaFactor;

impl MatrixRule for AdaFactor {
    const NAME: &'static str = "adafactor";
    const SUMMARY: &'static str = "relative steps over a second moment of rows and columns";
    const SOURCE: &'static str = "Shazeer and Stern 2018; PyTorch's form";
    const DOC: &'static str = include_str!("adafactor.rs");
    const TABLE: &'static [Parameter] = &[
        learning_rate(1e-2),
        Parameter::new("beta2_decay", "γ", 0.8, Legal::NonNegative, "how fast the average of squares slows down"),
        Parameter::new(
            "eps1",
            "ε₁",
            0.0,
            Legal::NonNegative,
            "guard of denominators; 0: the precision's rounding unit",
        ),
        Parameter::new("eps2", "ε₂", 1e-3, Legal::NonNegative, "least size of a parameter tensor for a relative step"),
        Parameter::new("d", "d", 1.0, Legal::Positive, "largest root mean square of an update"),
        decoupled_decay(0.0),
    ];

    fn initial(_context: &Context<'_>, theta: &Tensor<3>) -> Vec<Tensor<3>> {
        let zeros = theta.zeros_like();
        if is_factored(theta) { vec![zeros.clone().sum_dim(2), zeros.sum_dim(1)] } else { vec![zeros] }
    }

    fn update(
        context: &Context<'_>,
        theta: Tensor<3>,
        g: Tensor<3>,
        mut state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let t = context.step as f64;
        let unit = context.place.precision.unit();
        let eps1 = |h: &dyn Fn(&str) -> f64| if h("eps1") == 0.0 { unit } else { h("eps1") };
        let new = context.each(|h| t.powf(-h("beta2_decay")));
        let average = |old: Tensor<3>, now: Tensor<3>| old.clone() + (now - old) * new.clone();

        let alpha = at_least(rms(&theta), context.get("eps2")) * context.each(|h| h("lr").min(1.0 / t.sqrt()));
        let squares = g.clone() * g.clone();
        let v = if is_factored(&theta) {
            state[0] = average(state[0].clone(), squares.clone().mean_dim(2));
            state[1] = average(state[1].clone(), squares.mean_dim(1));
            let (r, c) = (state[0].clone(), state[1].clone());
            r.clone() * c / at_least(r.mean_dim(1), context.each(eps1))
        } else {
            state[0] = average(state[0].clone(), squares);
            state[0].clone()
        };
        let u = ratio(g, at_least(v, context.each(|h| eps1(h).powi(2))).sqrt());
        let limit = at_least(rms(&u) / context.get("d"), context.each(|_| 1.0));
        let theta = theta.clone() - context.each(|h| h("lr") * h("weight_decay")) * theta;
        (theta - u * (alpha / limit), state)
    }
}

fn is_factored(theta: &Tensor<3>) -> bool {
    let [_, rows, cols] = theta.dims();
    rows > 1 && cols > 1
}

/// Each member's root mean square, `[members, 1, 1]`.
fn rms(x: &Tensor<3>) -> Tensor<3> {
    let [_, rows, cols] = x.dims();
    norm(x) / ((rows * cols) as f64).sqrt()
}
