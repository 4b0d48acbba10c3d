//! The largest learning rate at which an optimizer does not blow up on a parabola, measured and predicted.

use crate::error::RaceError;
use crate::path::Path;
use crate::race::{Keep, Race, Runner};
use crate::tune::{has_rate, log_grid, with_rate};
use crate::walk::{Member, walk};
use downhill_landscape::parse;
use downhill_optim::OptimizerSpec;

/// The end of the stable rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// The largest stable rate; the smallest unstable one is at most [`RESOLUTION`] of it higher.
    At(f64),
    /// Every rate up to this one, the largest tried, is stable.
    Above(f64),
    /// The smallest rate tried is not stable.
    Below(f64),
}

/// The largest stable rate, measured and predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// The second derivative L of the parabola Lx²/2.
    pub curvature: f64,
    /// The measured limit.
    pub measured: Limit,
    /// The theoretical limit, where theory covers the optimizer ([`downhill_optim::Edge`]); None if the preconditioner
    /// follows the gradient.
    pub predicted: Option<f64>,
}

/// The gap between the largest stable rate found and the smallest unstable one is at most this share of the rate.
pub const RESOLUTION: f64 = 5e-5;

/// Rates over this many powers of ten on either side of 1/L are tried.
const REACH: i32 = 6;
/// Rates in the first round, and in each later round between two neighbours.
const FIRST: usize = 60;
const ROUND: usize = 32;
/// Steps of a walk: enough for visible growth at a rate one [`RESOLUTION`] too high, even for gradient descent.
const STEPS: u64 = 4000;
/// Growth from one quarter of the walk to the next that counts as growth.
const GROWTH: f64 = 1.05;

/// Searches the largest stable learning rate on Lx²/2 from x = 1, with `curvature` L.
///
/// A rate is unstable when the walk becomes infinite or NaN, or ends farther out than it began and its largest |x| grew
/// from the second quarter of 4000 steps to the third and again to the fourth, by a twentieth each. Slow growth near
/// the limit shows in the second half, when the transient of the start has died away; a bounded walk that never settles
/// (a sign rule's) is stable. |x| is taken at the optimizer's evaluation point. The search assumes that all rates below
/// the first unstable one are stable.
///
/// # Errors
/// When the optimizer has no learning rate, or the curvature is not positive.
pub fn stability(optimizer: &OptimizerSpec, curvature: f64) -> Result<Stability, RaceError> {
    if !(curvature > 0.0 && curvature.is_finite()) {
        return Err(RaceError::value("the curvature", curvature, "greater than 0"));
    }
    if !has_rate(optimizer) {
        return Err(RaceError::optimizer(optimizer.about().name, "has no learning rate"));
    }
    let landscape = parse(&format!("bowl:dims=1,a={curvature:e}"))
        .map_err(|error| RaceError::value("the curvature", curvature, error))?;
    let mut race = Race::new(landscape, vec![Runner::new(optimizer.clone())], vec![vec![1.0]], STEPS)?;
    race.keep = Keep::Every(1);
    race.check()?;
    let reach = 10f64.powi(REACH);
    let rates = log_grid(1.0 / (curvature * reach), reach / curvature, FIRST)?;
    let edge = optimizer.edge().filter(|edge| !edge.preconditioned);
    let predicted = edge.map(|edge| edge.rate(curvature));
    let stable = |measured| Stability { curvature, measured, predicted };
    let (mut low, mut high) = match first_unstable(&race, optimizer, &rates)? {
        None => return Ok(stable(Limit::Above(rates[FIRST - 1]))),
        Some(0) => return Ok(stable(Limit::Below(rates[0]))),
        Some(i) => (rates[i - 1], rates[i]),
    };
    while high / low - 1.0 > RESOLUTION {
        let rates = log_grid(low, high, ROUND)?;
        let inner = &rates[1..ROUND - 1];
        let first = first_unstable(&race, optimizer, inner)?.unwrap_or(inner.len());
        (low, high) = (rates[first], rates[first + 1]);
    }
    Ok(stable(Limit::At(low)))
}

/// The first unstable rate; all rates walk side by side.
fn first_unstable(race: &Race, optimizer: &OptimizerSpec, rates: &[f64]) -> Result<Option<usize>, RaceError> {
    let optimizers: Vec<OptimizerSpec> =
        rates.iter().map(|&rate| with_rate(optimizer, rate)).collect::<Result<_, _>>()?;
    let members: Vec<Member<'_>> = optimizers.iter().map(|optimizer| Member { start: 0, optimizer }).collect();
    Ok(walk(race, &members).iter().position(|path| !is_stable(path)))
}

fn is_stable(path: &Path) -> bool {
    if path.diverged() {
        return false;
    }
    let quarter = path.points.len() / 4;
    let most = |k: usize| path.points[k * quarter..(k + 1) * quarter].iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let [second, third, fourth] = [1, 2, 3].map(most);
    !(fourth > 1.0 && fourth > GROWTH * third && third > GROWTH * second)
}
