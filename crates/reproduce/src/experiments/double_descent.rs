//! The test error of least squares rises until there are as many features as points, and falls again beyond.

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::training::{least_squares, member, parts, regression, side_by_side, train};
use downhill_chart::curves::{AxisScale, Curve, LineStyle, Panel};
use downhill_data::Matrix;
use downhill_random::{Purpose, Stream};
use downhill_train::{StopReason, Stopping, Task};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "double-descent",
    title: "More features than points: the test error falls again",
    source: "Hastie, Montanari, Rosset and Tibshirani 2019 (2022), Surprises in High-Dimensional Ridgeless Least Squares \
             Interpolation, theorem 1; Belkin, Hsu, Ma and Mandal 2019",
    says: "Gradient descent from 0 finds the least-squares solution of smallest norm. With g features per point its excess \
           risk is s² g/(1 - g) for g < 1 and (1 - 1/g) + s²/(g - 1) for g > 1, for a truth of norm 1 and noise of variance \
           s²: a peak at g = 1, and a second descent.",
    recipe: "y = x.b + noise with 200 independent normal features, |b| = 1 and noise of variance 0.25; 40 to 1,000 points. \
             Gradient descent from 0 in f64, full batches, at nearly the largest stable rate, until the gradient's norm is \
             below 1e-6, at most 3,000 steps. Twenty draws of everything for each number of points.",
    commands: &[],
    work: run,
};

/// Features.
const FEATURES: usize = 200;
/// Variance of the noise.
const NOISE: f64 = 0.25;
/// Draws for each number of points.
const DRAWS: u64 = 20;
/// Numbers of points: these must be near theory, and others are for the picture.
const JUDGED: [usize; 4] = [1000, 400, 100, 40];
const OTHERS: [usize; 9] = [667, 286, 250, 222, 200, 182, 160, 133, 67];
/// Numbers of points next to as many as there are features, one on each side.
const BESIDE: [usize; 2] = [222, 182];
/// Most updates of a descent.
const STEPS: u64 = 3_000;
/// Descent has converged when the gradient is no longer than this.
const CONVERGED: f64 = 1e-6;

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let mut counts: Vec<usize> = JUDGED.into_iter().chain(OTHERS).collect();
    counts.sort_unstable();
    let jobs: Vec<(usize, u64)> =
        counts.iter().flat_map(|&points| (0..DRAWS).map(move |draw| (points, setting.seed + draw))).collect();
    let done = side_by_side(setting.threads, &jobs, |&(points, seed)| descend(points, seed))?;
    let cells: Vec<Cell> =
        counts.iter().zip(done.chunks(DRAWS as usize)).map(|(&points, draws)| Cell::of(points, draws)).collect();
    Ok(Evidence { findings: findings(&cells), notes: notes(&cells), pictures: pictures(&cells) })
}

/// One descent.
#[derive(Clone, Copy)]
struct Descent {
    /// |found − truth|², the excess risk under independent features of variance 1.
    risk: f64,
    converged: bool,
}

/// A draw of the problem.
struct Problem {
    truth: Vec<f64>,
    features: Matrix,
    targets: Vec<f64>,
}

impl Problem {
    fn draw(points: usize, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Truth, points as u64);
        let raw: Vec<f64> = (0..FEATURES).map(|_| stream.normal()).collect();
        let norm = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
        let truth: Vec<f64> = raw.into_iter().map(|x| x / norm).collect();
        let mut stream = Stream::new(seed, Purpose::Samples, points as u64);
        let values: Vec<f64> = (0..points * FEATURES).map(|_| stream.normal()).collect();
        let clean = values.chunks_exact(FEATURES).map(|row| row.iter().zip(&truth).map(|(x, b)| x * b).sum::<f64>());
        let targets = clean.map(|y| y + NOISE.sqrt() * stream.normal()).collect();
        Self { truth, features: Matrix { rows: points, cols: FEATURES, values }, targets }
    }

    /// Gradient descent from 0; whether it converged.
    fn descend(&self) -> Result<(Vec<f64>, bool), ExperimentError> {
        let points = self.targets.len();
        let task = Task {
            stopping: Stopping { grad_norm: Some(CONVERGED), ..Stopping::default() },
            ..least_squares(regression("double-descent", self.features.clone(), self.targets.clone()), STEPS)?
        };
        let (_, data) = parts(&task)?;
        let zeros = task.init.member(&task.network(), 0);
        let member = member(&format!("sgd:lr={}", rate(points)), 0, zeros)?;
        let trained = train(task.settings(points, 1), data, vec![member]);
        let converged = trained.session.members()[0].stop.is_some_and(|stop| stop.reason == StopReason::GradientNorm);
        Ok((trained.values(0)[0].clone(), converged))
    }
}

/// Descends on a draw of `points` points.
fn descend(points: usize, seed: u64) -> Result<Descent, ExperimentError> {
    let problem = Problem::draw(points, seed);
    let (found, converged) = problem.descend()?;
    Ok(Descent { risk: found.iter().zip(&problem.truth).map(|(w, b)| (w - b) * (w - b)).sum(), converged })
}

/// Nearly the largest stable rate: the largest curvature is about (1 + √g)² (Marchenko and Pastur 1967), with small
/// deviations in a draw.
fn rate(points: usize) -> f64 {
    1.7 / (1.0 + (FEATURES as f64 / points as f64).sqrt()).powi(2)
}

/// The theoretical excess risk for g features per point.
fn theory(g: f64) -> f64 {
    if g < 1.0 { NOISE * g / (1.0 - g) } else { (1.0 - 1.0 / g) + NOISE / (g - 1.0) }
}

/// All draws of one number of points.
struct Cell {
    points: usize,
    /// Features per point.
    g: f64,
    mean: f64,
    /// Quartiles of the draws.
    quartiles: (f64, f64),
    converged: usize,
}

impl Cell {
    fn of(points: usize, draws: &[Descent]) -> Self {
        let mut risks: Vec<f64> = draws.iter().map(|draw| draw.risk).collect();
        risks.sort_by(f64::total_cmp);
        let quartile = |share: f64| risks[(share * (risks.len() - 1) as f64).round() as usize];
        Self {
            points,
            g: FEATURES as f64 / points as f64,
            mean: risks.iter().sum::<f64>() / risks.len() as f64,
            quartiles: (quartile(0.25), quartile(0.75)),
            converged: draws.iter().filter(|draw| draw.converged).count(),
        }
    }
}

fn findings(cells: &[Cell]) -> Vec<Measured> {
    let at = |points: usize| cells.iter().find(|cell| cell.points == points);
    let mut findings = Vec::new();
    for cell in JUDGED.into_iter().filter_map(at) {
        findings.push(Measured::new(
            format!("mean excess risk of {DRAWS} draws at g = {}", cell.g),
            cell.mean,
            Expected::within(theory(cell.g), 0.15),
        ));
        findings.push(Measured::new(
            format!("draws at g = {} that converged", cell.g),
            cell.converged as f64,
            Expected::exactly(DRAWS as f64),
        ));
    }
    let peak = cells.iter().max_by(|a, b| a.mean.total_cmp(&b.mean));
    findings.push(Measured::new(
        "features per point where the mean excess risk is highest",
        peak.map_or(f64::NAN, |cell| cell.g),
        Expected::Between { low: 0.8, high: 1.25 },
    ));
    let beyond = most(JUDGED.into_iter().filter_map(at).map(|cell| cell.mean));
    // Theory has no bound at g = 1: the peak must be as high as the theoretical risk next to it.
    let in_theory = |counts: &[usize]| most(counts.iter().map(|&points| theory(FEATURES as f64 / points as f64)));
    findings.push(Measured::new(
        "height of the peak, in times of the highest mean at g = 0.2, 0.5, 2, 5",
        peak.map_or(f64::NAN, |cell| cell.mean) / beyond,
        Expected::at_least(in_theory(&BESIDE) / in_theory(&JUDGED)),
    ));
    findings
}

fn notes(cells: &[Cell]) -> Vec<String> {
    let short = cells.iter().filter(|cell| cell.converged < DRAWS as usize);
    let counts: Vec<String> =
        short.map(|cell| format!("{} of {DRAWS} at g = {:.2}", DRAWS as usize - cell.converged, cell.g)).collect();
    let mut notes = Vec::new();
    if !counts.is_empty() {
        notes.push(format!(
            "Near g = 1 the smallest curvature goes to 0 and descent does not converge in {STEPS} steps: {}. Stopping \
             early keeps these risks finite; in theory they have no bound at g = 1.",
            counts.join(", ")
        ));
    }
    notes
}

fn pictures(cells: &[Cell]) -> Vec<Picture> {
    let means = cells.iter().rev().map(|cell| (cell.g, cell.mean)).collect();
    let band = cells.iter().rev().map(|cell| (cell.g, cell.quartiles.0, cell.quartiles.1)).collect();
    let descent = Curve { band: Some(band), ..curve("gradient descent, mean of 20 draws", 0, LineStyle::Solid, means) };
    // Left of the peak, a gap on it, and right of it.
    let grid = (0..=200).map(|i| 10f64.powf(-0.75 + 1.5 * f64::from(i) / 200.0));
    let line = grid.map(|g| (g, if (g - 1.0).abs() < 0.012 { f64::NAN } else { theory(g) })).collect();
    let panel = Panel {
        x_scale: AxisScale::Log,
        scale: AxisScale::Log,
        ..panel(
            "Excess risk",
            "features per point",
            "squared distance from the truth",
            vec![descent, curve("theory", 1, LineStyle::Dotted, line)],
        )
    };
    vec![picture(
        "risk",
        "The excess risk of least squares by gradient descent from 0. With as many features as points it is worst; with more \
         it falls a second time, although every training point is fitted exactly. The area holds the middle half of the draws.",
        "Double descent",
        "200 features, 40 to 1,000 points, noise of variance 0.25",
        vec![panel],
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use downhill_linalg::solve_positive;

    #[test]
    fn descent_from_0_finds_the_solution_of_smallest_norm() {
        for points in [40, 100] {
            let problem = Problem::draw(points, 3);
            let (found, converged) = problem.descend().unwrap();
            assert!(converged);
            // X'(XX')⁻¹y, by Cholesky's method.
            let row = |i: usize| problem.features.row(i);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let gram: Vec<f64> =
                (0..points).flat_map(|i| (0..points).map(move |j| (i, j))).map(|(i, j)| dot(row(i), row(j))).collect();
            let alpha = solve_positive(points, &gram, &problem.targets).unwrap();
            for (column, w) in found.iter().enumerate() {
                let smallest: f64 = (0..points).map(|i| alpha[i] * row(i)[column]).sum();
                assert!((w - smallest).abs() < 1e-4, "{points} points: {w} for {smallest}");
            }
        }
    }

    #[test]
    fn theory_has_its_peak_at_as_many_features_as_points_and_tends_to_the_null_risk() {
        assert_eq!([theory(0.5), theory(2.0)], [0.25, 0.75]);
        assert!(theory(0.999) > 100.0 && theory(1.001) > 100.0);
        assert!((theory(1e6) - 1.0).abs() < 1e-5, "with endless features nothing is learnt, and |b|² = 1 is lost");
    }
}
