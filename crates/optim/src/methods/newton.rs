//! Newton's method, for small problems.
//!
//! ```text
//! H = ∇²f(θ) = Σ λᵢ vᵢvᵢᵀ
//! θ ← θ − η Σ vᵢ⟨vᵢ, g⟩/(λᵢ + δ)          over all |λᵢ + δ| above noise
//! ```
//!
//! The Hessian comes from central differences of 2n gradients (Burn differentiates once only), evaluated side by side as
//! one population and all charged: that is Newton's price. Directions without curvature are left out, as a pseudo-inverse
//! does: those below n u^(2/3) of the largest, the noise of differences of gradients (u the precision: 2e-16, in f32 1e-7). As it stands it walks to saddles as gladly as to minima; with `saddle_free` it divides by |λᵢ| + δ and leaves
//! them (Dauphin et al. 2014).

use super::{dot, flat, hessian, unflat};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_linalg::eigen;
use downhill_population::{Params, Place};
use downhill_spec::{Legal, Parameter, Scale};

/// Most parameters.
const MOST: usize = 200;

/// The minimum of the local parabola in one step.
pub struct Newton;

impl Method for Newton {
    const NAME: &'static str = "newton";
    const SUMMARY: &'static str = "the minimum of the local parabola in one step, at the price of the whole Hessian";
    const SOURCE: &'static str = "Newton 1669, Raphson 1690; saddle-free after Dauphin et al. 2014";
    const DOC: &'static str = include_str!("newton.rs");
    const TABLE: &'static [Parameter] = &[
        Parameter::new("lr", "η", 1.0, Legal::NonNegative, "part of the step that is taken").searched(
            0.1,
            1.0,
            Scale::Log,
        ),
        Parameter::new("damping", "δ", 0.0, Legal::NonNegative, "added to every curvature").searched(
            1e-6,
            1.0,
            Scale::Log,
        ),
        Parameter::new("saddle_free", "", 0.0, Legal::Flag, "take the size of each curvature, not its sign"),
    ];
    const NATURE: Nature = Nature { exact_gradient: true, parameters: Some(MOST), ..Nature::PLAIN };

    fn initial(_place: &Place, _hypers: &Hypers, _params: &Params) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let place = now.moment.place;
        let (mut points, gradients) = (flat(&params.tensors), flat(&now.at.gradients));
        for (m, point) in points.iter_mut().enumerate() {
            let g = &gradients[m];
            let h = hessian(place, now.problem, m, &params.tensors, point);
            let (values, vectors) = eigen(g.len(), &h);
            let damping = now.hypers.get(m, "damping");
            let curvature = |value: f64| match now.hypers.get(m, "saddle_free") {
                0.0 => value + damping,
                _ => value.abs() + damping,
            };
            let largest = values.iter().fold(0.0f64, |most, &v| most.max(curvature(v).abs()));
            let flat = (g.len() as f64 * place.precision.unit().powf(2.0 / 3.0)).min(1e-2);
            let mut step = vec![0.0; g.len()];
            for (k, &value) in values.iter().enumerate() {
                let v: Vec<f64> = vectors.iter().skip(k).step_by(g.len()).copied().collect();
                let curvature = curvature(value);
                if curvature.abs() > flat * largest || curvature.is_nan() {
                    let share = dot(&v, g) / curvature;
                    step.iter_mut().zip(&v).for_each(|(step, v)| *step += share * v);
                }
            }
            let lr = now.hypers.get(m, "lr");
            point.iter_mut().zip(step).for_each(|(x, step)| *x -= lr * step);
        }
        Stepped { params: Params { tensors: unflat(place, &params.tensors, &points) }, state, next: None }
    }
}
