//! Gradient descent on a polynomial, its sharpness measured along the way.

use crate::experiment::ExperimentError;
use crate::training::{least_squares, parts, regression};
use downhill_data::Matrix;
use downhill_model::{Activation, Bias, Network};
use downhill_optim::{Optimizer, OptimizerSpec, Registry};
use downhill_population::{Params, Place, Values};
use downhill_probe::{Curvature, EigenSearch, Rows, Surface, Way, smoothness};
use downhill_random::{Purpose, Stream};
use downhill_run::diagnostics;
use downhill_train::group::{Group, Recipe};
use downhill_train::{Part, Task, evaluate};

const POINTS: usize = 20;
const UNITS: usize = 100;
/// Updates between two measurements of the sharpness.
const PROBE: u64 = 200;
/// Updates between two measurements of the loss.
pub(super) const LOOK: u64 = 5;
/// Residual of the largest eigenvalue, as a share of it: the eigenvalue is then known to about the square of this.
const TOLERANCE: f64 = 1e-3;

/// One polynomial to be learnt.
pub(super) struct Bench {
    task: Task,
    network: Network,
    rows: Rows,
    train: Part,
}

impl Bench {
    /// The bench of a degree.
    pub fn new(degree: usize) -> Result<Self, ExperimentError> {
        let x: Vec<f64> = (0..POINTS).map(|i| 2.0 * i as f64 / (POINTS - 1) as f64 - 1.0).collect();
        let y: Vec<f64> = x.iter().map(|&x| chebyshev(degree, x)).collect();
        let features = Matrix { rows: POINTS, cols: 1, values: x };
        let task = Task {
            hidden: vec![UNITS],
            activation: Activation::Tanh,
            bias: Bias::NotLast,
            ..least_squares(regression("chebyshev", features, y), 1)?
        };
        let (_, data) = parts(&task)?;
        let network = task.network();
        let rows = Rows::new(&network, data.train.inputs(), data.train.values().unwrap_or_default())?;
        Ok(Self { task, network, rows, train: data.train })
    }

    /// Its loss around any parameters.
    pub fn surface(&self) -> Result<Surface<'_, Network>, ExperimentError> {
        let (network, place) = (&self.network, &self.task.place);
        let shares = self.rows.shares(network, place);
        Ok(Surface::new(network, place, network.shapes(), shares, smoothness(network), 1)?)
    }
}

/// T_n(x): T_0 = 1, T_1 = x, T_(n+1) = 2x T_n − T_(n−1).
fn chebyshev(degree: usize, x: f64) -> f64 {
    let (mut before, mut now) = (1.0, x);
    for _ in 1..degree {
        (before, now) = (now, 2.0 * x * now - before);
    }
    if degree == 0 { 1.0 } else { now }
}

/// W1 ~ N(0, 1.9² · 2/101), b1 = 0, W2 ~ N(0, 2/101).
pub(super) fn weights(seed: u64) -> Values {
    let sd = (2.0 / (UNITS + 1) as f64).sqrt();
    let normals = |layer: u64, sd: f64| -> Vec<f64> {
        let mut stream = Stream::new(seed, Purpose::Weights, layer);
        (0..UNITS).map(|_| sd * stream.normal()).collect()
    };
    vec![normals(0, 1.9 * sd), vec![0.0; UNITS], normals(1, sd)]
}

/// The sharpness at a point, with its eigenvector; `near` is an eigenvector that it may be near to. None where the search did not
/// converge.
pub(super) fn sharpness(
    surface: &Surface<'_, Network>,
    point: Vec<f64>,
    near: Option<Vec<f64>>,
) -> Result<Option<(f64, Vec<f64>)>, ExperimentError> {
    let at = surface.at(point)?;
    let search = EigenSearch { start: near, tolerance: TOLERANCE, ..EigenSearch::default() };
    Ok(diagnostics::steepest(&Curvature::at(&at, Way::Products)?, None, &search)?)
}

/// One rate on one polynomial.
pub(super) struct Descent {
    /// The polynomial's degree, and the learning rate.
    pub degree: usize,
    pub rate: f64,
    /// Planned number of steps.
    pub steps: u64,
    /// `(step, sharpness)`.
    pub sharpness: Vec<(f64, f64)>,
    /// `(step, loss)`.
    pub losses: Vec<(f64, f64)>,
}

/// Descends at several rates, as one population.
pub(super) fn descend(degree: usize, rates: &[f64], seed: u64, steps: u64) -> Result<Vec<Descent>, ExperimentError> {
    let bench = Bench::new(degree)?;
    let surface = bench.surface()?;
    let (place, network): (&Place, &Network) = (&bench.task.place, &bench.network);
    let optimizers = rates.iter().map(|rate| Registry::builtin().parse(&format!("sgd:lr={rate}")));
    let optimizers = optimizers.collect::<Result<Vec<OptimizerSpec>, _>>()?;
    let params = Params::from_members(place, &network.shapes(), &vec![weights(seed); rates.len()]);
    let optimizer = Optimizer::new(place, &network.shapes(), &params, &optimizers);
    let members: Vec<usize> = (0..rates.len()).collect();
    let mut group = Group::new(members, vec![seed; rates.len()], 0, params, optimizer);
    let recipe = Recipe {
        place: place.clone(),
        network: network.clone(),
        schedule: bench.task.schedule.clone(),
        clip: bench.task.clip,
        batching: bench.task.batching(POINTS),
        total_steps: steps,
        horizon: steps,
        grad_norm_threshold: None,
    };
    let mut descents: Vec<Descent> =
        rates.iter().map(|&rate| Descent { degree, rate, steps, sharpness: Vec::new(), losses: Vec::new() }).collect();
    let mut near: Vec<Option<Vec<f64>>> = vec![None; rates.len()];
    for step in (0..=steps).step_by(LOOK as usize) {
        // A member that diverges leaves, and its lines end there.
        group.advance(&recipe, &bench.train, step, false, &|| {});
        let params = group.evaluated(place);
        if group.members.is_empty() {
            break;
        }
        for (&member, at) in group.members.iter().zip(evaluate(place, network, &params, &bench.train, false)) {
            descents[member].losses.push((step as f64, at.loss));
        }
        if step % PROBE == 0 {
            for (&member, values) in group.members.iter().zip(params.to_members()) {
                let found = sharpness(&surface, values.concat(), near[member].take())?;
                near[member] = found.map(|(value, vector)| {
                    descents[member].sharpness.push((step as f64, value));
                    vector
                });
            }
        }
    }
    Ok(descents)
}

impl Descent {
    /// The part of a line from half of the steps on; none if the line does not reach the last step.
    fn second_half<'a>(&self, line: &'a [(f64, f64)]) -> Option<&'a [(f64, f64)]> {
        let arrived = line.last().is_some_and(|last| last.0 == self.steps as f64);
        arrived.then(|| &line[line.partition_point(|point| point.0 < self.steps as f64 / 2.0)..])
    }

    /// The mean sharpness over the second half of the steps, as a multiple of 2/lr; NaN if the descent did not reach
    /// the last step.
    pub fn level(&self) -> f64 {
        self.second_half(&self.sharpness).map_or(f64::NAN, |late| {
            late.iter().map(|point| point.1).sum::<f64>() / late.len() as f64 * self.rate / 2.0
        })
    }

    /// The sharpness at the start, as a multiple of 2/lr.
    pub fn start(&self) -> f64 {
        self.sharpness.first().map_or(f64::NAN, |first| first.1 * self.rate / 2.0)
    }

    /// Share of the measurements in the second half with a loss higher than the one before; NaN like [`Self::level`].
    pub fn rises(&self) -> f64 {
        self.second_half(&self.losses).map_or(f64::NAN, |late| {
            late.windows(2).filter(|pair| pair[1].1 > pair[0].1).count() as f64 / (late.len() - 1) as f64
        })
    }

    /// The last loss over the first; NaN like [`Self::level`].
    pub fn fall(&self) -> f64 {
        let late = self.second_half(&self.losses).and_then(<[_]>::last);
        self.losses.first().zip(late).map_or(f64::NAN, |(first, last)| last.1 / first.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chebyshev_polynomials_are_cosines_of_multiples() {
        for degree in 0..6 {
            for angle in [0.0, 0.3, 1.1, 2.0, 3.1] {
                let (angle, times): (f64, f64) = (angle, degree as f64);
                assert!((chebyshev(degree, angle.cos()) - (times * angle).cos()).abs() < 1e-12);
            }
        }
    }

    /// A fifth of the recipe's steps, at the rate that is there first.
    #[test]
    fn sharpness_rises_to_the_edge_and_stays() {
        let descents = descend(4, &[0.4], 1, 4_000).unwrap();
        let descent = &descents[0];
        assert_eq!((descent.sharpness.len(), descent.losses.len()), (21, 801));
        assert!(descent.sharpness[0].1 < 0.8 * 5.0, "{:?}", descent.sharpness[0]);
        assert!((descent.level() - 1.0).abs() < 0.08, "{}", descent.level());
        assert!(descent.rises() > 0.01 && descent.fall() < 0.9);
    }

    #[test]
    fn a_descent_that_does_not_come_to_its_end_has_no_figures() {
        let descents = descend(3, &[0.1, 1e3], 0, 400).unwrap();
        let figures = |descent: &Descent| [descent.level(), descent.rises(), descent.fall()];
        assert!(figures(&descents[0]).iter().all(|figure| figure.is_finite()));
        let mut cut = descend(3, &[0.1], 0, 400).unwrap().remove(0);
        cut.sharpness.pop();
        cut.losses.pop();
        for descent in [&cut, &descents[1]] {
            assert!(figures(descent).iter().all(|figure| figure.is_nan()), "{:?}", figures(descent));
        }
    }

    #[test]
    fn a_rate_does_not_know_which_others_are_beside_it() {
        let alone = descend(5, &[0.2], 0, 200).unwrap();
        let together = descend(5, &[0.4, 0.2], 0, 200).unwrap();
        assert_eq!(alone[0].losses, together[1].losses);
        assert_eq!(alone[0].sharpness, together[1].sharpness);
    }

    #[test]
    fn the_sharpness_is_the_largest_eigenvalue_of_the_whole_hessian() {
        let bench = Bench::new(3).unwrap();
        let surface = bench.surface().unwrap();
        let point = weights(4).concat();
        let found = sharpness(&surface, point.clone(), None).unwrap().unwrap().0;
        let at = surface.at(point).unwrap();
        let exact = Curvature::at(&at, Way::Exact).unwrap().largest(&EigenSearch::default()).unwrap().values[0];
        assert!((found / exact - 1.0).abs() < 1e-5, "{found} for {exact}");
    }
}
