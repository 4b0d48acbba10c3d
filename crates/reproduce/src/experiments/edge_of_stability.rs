//! Gradient descent sharpens its surroundings up to what its rate can bear, and stays there.

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Experiment, ExperimentError, Setting};
use crate::outcome::{Expected, Finding, Outcome, Picture};
use crate::training::{least_squares, parts, regression, side_by_side};
use downhill_data::Matrix;
use downhill_model::{Activation, Bias, Network};
use downhill_optim::{Optimizer, OptimizerSpec, Registry};
use downhill_population::{Params, Place, Values};
use downhill_probe::{Curvature, Rows, Search, Surface, Way, smoothness};
use downhill_random::{Purpose, Stream};
use downhill_report::curves::{Curve, LineStyle, Panel, Scale};
use downhill_train::group::{Group, Recipe};
use downhill_train::{Part, Task, evaluate};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "edge-of-stability",
    title: "The edge of stability",
    source: "Cohen, Kaur, Li, Kolter and Talwalkar 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of \
             Stability, section 3 and appendix (Chebyshev polynomials)",
    says: "Under full-batch gradient descent the sharpness, the largest eigenvalue of the Hessian, rises until it reaches 2/lr, \
           where a quadratic would become unstable, and then hovers there. The loss goes on falling, but not monotonically.",
    recipe: "20 points evenly spaced in [-1, 1], y a Chebyshev polynomial of degree 3, 4 or 5; tanh network 1-100-1 without a \
             bias in the last layer; W1 ~ N(0, 1.9² 2/101), b1 = 0, W2 ~ N(0, 2/101). Loss half the mean squared error, \
             gradient descent, full batches, f64, 20,000 steps; the sharpness every 200. Three draws of the weights.",
    commands: &["downhill stability --curvature 20 -o sgd"],
    work: run,
};

/// Degree of the polynomial, and the rates that are tried on it.
const TARGETS: [(usize, &[f64]); 3] = [(3, &[0.1, 0.2]), (4, &[0.1, 0.2, 0.4]), (5, &[0.2, 0.4])];
const POINTS: usize = 20;
const UNITS: usize = 100;
const STEPS: u64 = 20_000;
/// Updates between two measurements of the sharpness, and between two looks at the loss.
const PROBE: u64 = 200;
const LOOK: u64 = 5;
/// Draws of the initial weights from which all rates descend.
const DESCENTS: u64 = 3;
/// Draws whose sharpness at the start is measured, and the range in which a start of the recipe lay.
const DRAWS: u64 = 100;
const START: (f64, f64) = (2.4, 2.9);
/// Residual of the largest eigenvalue, as a share of it: the eigenvalue is then known to about the square of that.
const TOLERANCE: f64 = 1e-3;

fn run(setting: &Setting) -> Result<Outcome, ExperimentError> {
    let jobs: Vec<(u64, (usize, &[f64]))> = (setting.seed..setting.seed + DESCENTS)
        .flat_map(|seed| TARGETS.into_iter().map(move |target| (seed, target)))
        .collect();
    let descents =
        side_by_side(setting.threads, &jobs, |&(seed, (degree, rates))| descend(degree, rates, seed, STEPS))?;
    let draws: Vec<u64> = (setting.seed..setting.seed + DRAWS).collect();
    let starts = side_by_side(setting.threads, &draws, |&seed| {
        let bench = Bench::new(TARGETS[0].0)?;
        let point = weights(seed).concat();
        Ok(sharpness(&bench.surface()?, point, None)?.0)
    })?;
    let descents: Vec<Descent> = descents.into_iter().flatten().collect();
    Ok(Outcome {
        findings: findings(&descents, &starts),
        notes: notes(&descents, &starts),
        pictures: pictures(&descents),
    })
}

/// One polynomial to be learnt.
struct Bench {
    task: Task,
    network: Network,
    rows: Rows,
    train: Part,
}

impl Bench {
    /// That of a degree.
    fn new(degree: usize) -> Result<Self, ExperimentError> {
        let x: Vec<f64> = (0..POINTS).map(|i| 2.0 * i as f64 / (POINTS - 1) as f64 - 1.0).collect();
        let y: Vec<f64> = x.iter().map(|&x| chebyshev(degree, x)).collect();
        let features = Matrix { rows: POINTS, cols: 1, values: x };
        let task = Task {
            hidden: vec![UNITS],
            activation: Activation::Tanh,
            bias: Bias::NotLast,
            ..least_squares(regression("chebyshev", features, y), STEPS)?
        };
        let (_, data) = parts(&task)?;
        let network = task.network();
        let rows = Rows::new(&network, data.train.inputs(), data.train.values().unwrap_or_default())?;
        Ok(Self { task, network, rows, train: data.train })
    }

    /// Its loss around any parameters.
    fn surface(&self) -> Result<Surface<'_, Network>, ExperimentError> {
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
fn weights(seed: u64) -> Values {
    let sd = (2.0 / (UNITS + 1) as f64).sqrt();
    let normals = |layer: u64, sd: f64| -> Vec<f64> {
        let mut stream = Stream::new(seed, Purpose::Weights, layer);
        (0..UNITS).map(|_| sd * stream.normal()).collect()
    };
    vec![normals(0, 1.9 * sd), vec![0.0; UNITS], normals(1, sd)]
}

/// The sharpness at a point, with its eigenvector; `near` is one that it may be near to.
fn sharpness(
    surface: &Surface<'_, Network>,
    point: Vec<f64>,
    near: Option<Vec<f64>>,
) -> Result<(f64, Vec<f64>), ExperimentError> {
    let at = surface.at(point)?;
    let search = Search { start: near, tolerance: TOLERANCE, ..Search::default() };
    let mut spectrum = Curvature::at(&at, Way::Products)?.largest(&search)?;
    Ok((spectrum.values[0], spectrum.vectors.remove(0)))
}

/// One rate on one polynomial.
struct Descent {
    degree: usize,
    rate: f64,
    /// `(step, sharpness)`.
    sharpness: Vec<(f64, f64)>,
    /// `(step, loss)`.
    losses: Vec<(f64, f64)>,
}

/// Descends at several rates, as one population.
fn descend(degree: usize, rates: &[f64], seed: u64, steps: u64) -> Result<Vec<Descent>, ExperimentError> {
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
        rates.iter().map(|&rate| Descent { degree, rate, sharpness: Vec::new(), losses: Vec::new() }).collect();
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
                let (value, vector) = sharpness(&surface, values.concat(), near[member].take())?;
                descents[member].sharpness.push((step as f64, value));
                near[member] = Some(vector);
            }
        }
    }
    Ok(descents)
}

impl Descent {
    /// The mean sharpness over the second half of the steps, as a multiple of 2/lr; NaN if it did not come that far.
    fn level(&self) -> f64 {
        let last = self.sharpness.last().map_or(0.0, |point| point.0);
        let late: Vec<f64> = self.sharpness.iter().filter(|point| point.0 >= last / 2.0).map(|point| point.1).collect();
        late.iter().sum::<f64>() / late.len() as f64 * self.rate / 2.0
    }

    /// Share of the looks in the second half at which the loss is higher than at the look before.
    fn rises(&self) -> f64 {
        let late = &self.losses[self.losses.len() / 2..];
        late.windows(2).filter(|pair| pair[1].1 > pair[0].1).count() as f64 / (late.len() - 1) as f64
    }

    /// The last loss over the first.
    fn fall(&self) -> f64 {
        self.losses.first().zip(self.losses.last()).map_or(f64::NAN, |(first, last)| last.1 / first.1)
    }
}

/// The descents of one polynomial at one rate, one for each draw of the weights.
fn alike(descents: &[Descent]) -> Vec<(String, Vec<&Descent>)> {
    let pairs = TARGETS.into_iter().flat_map(|(degree, rates)| rates.iter().map(move |&rate| (degree, rate)));
    let of = |(degree, rate): (usize, f64)| {
        let of = descents.iter().filter(|descent| descent.degree == degree && descent.rate == rate);
        (format!("T_{degree}, lr {rate}"), of.collect())
    };
    pairs.map(of).collect()
}

/// The one in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn findings(descents: &[Descent], starts: &[f64]) -> Vec<Finding> {
    let among = starts.iter().filter(|&&start| (START.0..=START.1).contains(&start)).count();
    let mut findings = vec![
        Finding::new(
            format!("sharpness at the start, mean of {DRAWS} draws of the weights"),
            starts.iter().sum::<f64>() / starts.len() as f64,
            Expected::Told,
        ),
        Finding::new(
            format!("share of {DRAWS} draws whose sharpness at the start is between {} and {}", START.0, START.1),
            among as f64 / starts.len() as f64,
            Expected::at_least(0.1),
        ),
        Finding::new(
            format!("highest sharpness at the start of {DRAWS} draws, times lr/2 for the highest rate, 0.4"),
            starts.iter().copied().fold(0.0, f64::max) * 0.4 / 2.0,
            Expected::at_most(0.95),
        ),
    ];
    for (name, of) in alike(descents) {
        findings.push(Finding::new(
            format!("{name}: mean sharpness over the second half, times lr/2, median of three draws"),
            median(of.iter().map(|descent| descent.level()).collect()),
            Expected::Between { low: 0.95, high: 1.08 },
        ));
    }
    for (name, of) in alike(descents) {
        findings.push(Finding::new(
            format!("{name}: loss at the end over loss at the start, the highest of three draws"),
            of.iter().map(|descent| descent.fall()).fold(0.0, f64::max),
            Expected::at_most(0.9),
        ));
        findings.push(Finding::new(
            format!("{name}: share of looks in the second half at which the loss rose, median of three draws"),
            median(of.iter().map(|descent| descent.rises()).collect()),
            Expected::at_least(0.01),
        ));
    }
    findings
}

fn notes(descents: &[Descent], starts: &[f64]) -> Vec<String> {
    let ends = |values: &[f64]| {
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
    };
    let (low, high) = ends(starts);
    let level = |(name, of): (String, Vec<&Descent>)| {
        let (low, high) = ends(&of.iter().map(|descent| descent.level()).collect::<Vec<_>>());
        format!("{name}: {low:.3} to {high:.3}")
    };
    let levels: Vec<String> = alike(descents).into_iter().map(level).collect();
    vec![
        format!(
            "The sharpness at the start depends on the draw of the weights: here from {low:.2} to {high:.2}. Between {} and \
             {} is where some draws begin, not all of them.",
            START.0, START.1
        ),
        format!("Mean sharpness over the second half, times lr/2, lowest and highest of three draws: {}.", levels.join("; ")),
        "Some draws do not get to 2/lr in 20,000 steps at the smallest rate, or hover a little higher at the largest one: the \
         median of three draws is judged."
            .into(),
        format!("The loss is looked at every {LOOK} steps."),
    ]
}

fn pictures(descents: &[Descent]) -> Vec<Picture> {
    // Those of the first draw.
    let descents = &descents[..descents.len() / DESCENTS as usize];
    let group = |rate: f64| if rate < 0.15 { 0 } else { 1 + usize::from(rate > 0.3) };
    let panels: Vec<Panel> = TARGETS
        .iter()
        .map(|&(degree, _)| {
            let here = descents.iter().filter(|descent| descent.degree == degree);
            let lines = here.clone().map(|descent| {
                let name = format!("lr {}", descent.rate);
                curve(name, group(descent.rate), LineStyle::Solid, descent.sharpness.clone())
            });
            let limits = here.map(|descent| {
                let (name, limit) = (format!("2/{}", descent.rate), 2.0 / descent.rate);
                let line = vec![(0.0, limit), (STEPS as f64, limit)];
                curve(name, group(descent.rate), LineStyle::Dotted, line)
            });
            let curves: Vec<Curve> = lines.chain(limits).collect();
            panel(&format!("Chebyshev polynomial of degree {degree}"), "step", "sharpness", curves)
        })
        .collect();
    let losses = descents.iter().filter(|descent| descent.degree == 4).map(|descent| {
        let (name, points) = (format!("lr {}", descent.rate), descent.losses.clone());
        curve(name, group(descent.rate), LineStyle::Solid, points)
    });
    let loss = Panel {
        x_scale: Scale::Log,
        scale: Scale::Log,
        ..panel("Chebyshev polynomial of degree 4", "step", "half the mean squared error", losses.collect())
    };
    vec![
        picture(
            "sharpness",
            "The largest eigenvalue of the Hessian rises along the way until it meets the dotted line 2/lr of its own rate, \
             where a quadratic would become unstable, and stays there.",
            "The edge of stability",
            "tanh network 1-100-1, full-batch gradient descent",
            panels,
        ),
        picture(
            "loss",
            "Once the sharpness is at 2/lr the loss still falls over long times, but no longer at every step: it trembles.",
            "Falling, but not step by step",
            "tanh network 1-100-1, full-batch gradient descent, a look every five steps",
            vec![loss],
        ),
    ]
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
        let found = sharpness(&surface, point.clone(), None).unwrap().0;
        let at = surface.at(point).unwrap();
        let exact = Curvature::at(&at, Way::Exact).unwrap().largest(&Search::default()).unwrap().values[0];
        assert!((found / exact - 1.0).abs() < 1e-5, "{found} for {exact}");
    }
}
