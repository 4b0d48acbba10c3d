//! Levenberg-Marquardt: damped Gauss-Newton for sums of squares (Levenberg 1944, Marquardt 1963).
//!
//! ```text
//! f = ‖r(θ)‖²,  J = ∂r/∂θ
//! δ = (JᵀJ + μI)⁻¹ Jᵀr
//! θ ← θ − δ if f falls, and μ ← μ max(1/3, 1 − (2ρ − 1)³),  ν ← 2
//! otherwise θ stays,    and μ ← νμ,  ν ← 2ν
//! ρ = (f(θ) − f(θ − δ))/⟨δ, μδ + Jᵀr⟩
//! ```
//!
//! The damping follows Nielsen 1999, from μ = τ max diag JᵀJ. One trial a step. J comes from central differences of the
//! residuals at 2n points, evaluated as one population and all charged. With `damping=0` it is Gauss-Newton: every step is
//! taken, undamped, and where J has not full rank (a dead unit is enough) the step is NaN. For networks: `--loss mse` or `half-mse`.

use super::{around, dot, flat, unflat};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_linalg::solve_positive;
use downhill_population::{Params, Place, Problem, host};
use downhill_spec::{Legal, Parameter, Scale};

/// Most parameters.
const MOST: usize = 500;

/// Bounds of the damping, within single precision.
const LEAST: f64 = 1e-30;
const MOST_DAMPED: f64 = 1e30;

/// Newton's method with a sum of squares' own curvature, and a leash.
pub struct LevenbergMarquardt;

impl Method for LevenbergMarquardt {
    const NAME: &'static str = "levenberg-marquardt";
    const SUMMARY: &'static str = "Gauss-Newton steps for sums of squares, damped where the parabola lies";
    const SOURCE: &'static str = "Levenberg 1944, Marquardt 1963; damping after Nielsen 1999";
    const DOC: &'static str = include_str!("levenberg_marquardt.rs");
    const TABLE: &'static [Parameter] =
        &[Parameter::new("damping", "τ", 1e-3, Legal::NonNegative, "first damping, in units of the largest curvature")
            .searched(1e-6, 1.0, Scale::Log)];
    const NATURE: Nature = Nature { exact_gradient: true, squares: true, parameters: Some(MOST), ..Nature::PLAIN };

    /// μ and ν.
    fn initial(place: &Place, hypers: &Hypers, _params: &Params) -> Vec<Tensor<3>> {
        vec![hypers.each(place, |_| -1.0), hypers.each(place, |_| 2.0)]
    }

    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let place = now.moment.place;
        let (mut points, losses) = (flat(&params.tensors), host::values(now.at.losses));
        let (mut mu, mut nu) = (host::values(state[0].clone()), host::values(state[1].clone()));
        for (m, point) in points.iter_mut().enumerate() {
            let n = point.len();
            let Some((jacobian, r)) = jacobian(place, now.problem, m, &params.tensors, point) else {
                // Refused before the run: without residuals there is nothing to do.
                continue;
            };
            let mut normal = vec![0.0; n * n];
            let slope: Vec<f64> = jacobian.iter().map(|column| dot(column, &r)).collect();
            for i in 0..n {
                for j in 0..=i {
                    normal[i * n + j] = dot(&jacobian[i], &jacobian[j]);
                    normal[j * n + i] = normal[i * n + j];
                }
            }
            let damping = now.hypers.get(m, "damping");
            if mu[m] < 0.0 {
                mu[m] = damping * (0..n).fold(0.0f64, |most, i| most.max(normal[i * n + i]));
            }
            (0..n).for_each(|i| normal[i * n + i] += mu[m]);
            let broken = !losses[m].is_finite() || slope.iter().any(|x| !x.is_finite());
            let step = match solve_positive(n, &normal, &slope) {
                _ if broken => vec![f64::NAN; n],
                Some(step) => step,
                // Not definite in these digits: more damping, no step.
                None if damping > 0.0 => {
                    (mu[m], nu[m]) = ((mu[m] * nu[m]).clamp(LEAST, MOST_DAMPED), (nu[m] * 2.0).min(MOST_DAMPED));
                    continue;
                }
                None => vec![f64::NAN; n],
            };
            let there: Vec<f64> = point.iter().zip(&step).map(|(x, step)| x - step).collect();
            if damping == 0.0 || broken {
                *point = there;
                continue;
            }
            let at = Params { tensors: unflat(place, &params.tensors, std::slice::from_ref(&there)) };
            let trial: f64 = squares(now.problem.residuals_of(m, &at)).first().copied().unwrap_or(f64::NAN);
            let promised: f64 = step.iter().zip(&slope).map(|(d, s)| d * (mu[m] * d + s)).sum();
            let ratio = (losses[m] - trial) / promised;
            if ratio > 0.0 {
                *point = there;
                mu[m] *= (1.0 - (2.0 * ratio - 1.0).powi(3)).max(1.0 / 3.0);
                nu[m] = 2.0;
            } else {
                (mu[m], nu[m]) = ((mu[m] * nu[m]).min(MOST_DAMPED), (nu[m] * 2.0).min(MOST_DAMPED));
            }
        }
        let members = now.hypers.members();
        let state = vec![place.tensor(&mu, [members, 1, 1]), place.tensor(&nu, [members, 1, 1])];
        Stepped { params: Params { tensors: unflat(place, &params.tensors, &points) }, state, next: None }
    }
}

/// For each point the sum of its squared residuals.
fn squares(residuals: Option<Tensor<3>>) -> Vec<f64> {
    residuals.map(|r| flat(&[r]).iter().map(|r| dot(r, r)).collect()).unwrap_or_default()
}

/// The columns of J, and r.
fn jacobian(
    place: &Place,
    problem: &mut dyn Problem,
    member: usize,
    like: &[Tensor<3>],
    point: &[f64],
) -> Option<(Vec<Vec<f64>>, Vec<f64>)> {
    let (points, distances) = around(place, point);
    let residuals = flat(&[problem.residuals_of(member, &Params { tensors: unflat(place, like, &points) })?]);
    let columns = residuals
        .chunks_exact(2)
        .zip(distances)
        .map(|(pair, distance)| pair[0].iter().zip(&pair[1]).map(|(up, down)| (up - down) / distance).collect())
        .collect();
    let here = Params { tensors: unflat(place, like, &[point.to_vec()]) };
    let r = flat(&[problem.residuals_of(member, &here)?]).remove(0);
    Some((columns, r))
}
