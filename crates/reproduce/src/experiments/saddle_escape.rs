//! A saddle: the time to escape from a start near its ridge.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{by_step, coordinate, curve, curves, median, panel, plane, race};
use downhill_chart::curves::AxisScale;
use downhill_landscape::parse;
use downhill_race::{Path, Race, run};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "saddle-escape",
    title: "How long a saddle holds gradient descent",
    source: "Lee, Simchowitz, Jordan and Recht 2016; Jin et al. 2017, How to escape saddle points efficiently",
    says: "Gradient descent stays at a saddle only from a line of exact starts. From y₀ beside it the way out takes \
           ln(1/y₀)/ln(1 + η) steps: long, but only as the logarithm. A little noise in the gradient ends the stay \
           even from the line itself, and Adam, whose steps do not depend on the gradient's size, hardly notices the \
           saddle.",
    recipe: "(x² − y²)/2 from (1, y₀), gradient descent with rate 0.1, until |y| is 1: y₀ of 0 for 10,000 steps, and \
             of 1e-4, 1e-8, 1e-12 and 1e-16; from y₀ = 0 with gradient noise of sd 1e-2, 1e-4 and 1e-6, the median of \
             1,001 seeds; Adam with rate 0.01 from all four.",
    commands: &[
        "downhill race saddle -o sgd:lr=0.1 --from 1,1e-8 --steps 300",
        "downhill race saddle -o sgd:lr=0.1 --from 1,0 --noise 1e-4 --steps 300",
        "downhill race saddle -o adam:lr=0.01 --from 1,1e-8 --steps 100",
    ],
    work,
};

/// Starts beside the ridge, and the steps until |y| is 1: ⌈ln(1/y₀)/ln 1.1⌉.
const BESIDE: [(f64, f64); 4] = [(1e-4, 97.0), (1e-8, 194.0), (1e-12, 290.0), (1e-16, 387.0)];
/// Standard deviations of the noise, and the median of the steps until |y| is 1.
const NOISE: [(f64, f64); 3] = [(1e-2, 68.0), (1e-4, 117.0), (1e-6, 165.0)];
/// Seeds of each noise.
const SEEDS: usize = 1001;

/// The first step at which |y| is at least 1; infinite if there is none.
fn escape(path: &Path) -> f64 {
    let out = (0..path.rows()).find(|&row| path.point(row)[1].abs() >= 1.0);
    out.map_or(f64::INFINITY, |row| path.step_of(row) as f64)
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let saddle = parse("saddle")?;
    let mut findings = Vec::new();

    let ridge = run(&race(saddle.clone(), &["sgd:lr=0.1"], vec![vec![1.0, 0.0]], 10_000, setting)?)?;
    let strays = most(coordinate(&ridge[0][0], 1).iter().map(|y| y.abs()));
    findings.push(Measured::new("from y₀ = 0: largest |y| in 10,000 steps", strays, Expected::exactly(0.0)));

    let starts: Vec<Vec<f64>> = BESIDE.iter().map(|(y, _)| vec![1.0, *y]).collect();
    let beside = run(&race(saddle.clone(), &["sgd:lr=0.1", "adam:lr=0.01"], starts, 500, setting)?)?;
    for ((y, steps), path) in BESIDE.iter().zip(&beside[0]) {
        let what = format!("gradient descent from y₀ = {y:e}: steps until |y| ≥ 1");
        findings.push(Measured::new(what, escape(path), Expected::exactly(*steps)));
    }

    let noisy = race(saddle.clone(), &["sgd:lr=0.1"], vec![vec![1.0, 0.0]; SEEDS], 300, setting)?;
    let mut clouds = Vec::new();
    for (noise_sd, steps) in NOISE {
        let paths = run(&Race { noise_sd, ..noisy.clone() })?.remove(0);
        let what = format!("from y₀ = 0 with noise of sd {noise_sd:e}: median of steps until |y| ≥ 1");
        let expected = Expected::Near { value: steps, tolerance: 2.0 };
        findings.push(Measured::new(what, median(paths.iter().map(escape).collect()), expected));
        clouds.push(paths);
    }
    for ((y, _), path) in BESIDE.iter().zip(&beside[1]) {
        let what = format!("Adam from y₀ = {y:e}: steps until |y| ≥ 1");
        findings.push(Measured::new(what, escape(path), Expected::Near { value: 77.0, tolerance: 3.0 }));
    }

    let mut lines = Vec::new();
    for (group, ((y, _), path)) in BESIDE.iter().zip(&beside[0]).enumerate() {
        lines.push(curve(format!("gradient descent, y₀ = {y:e}"), group, outward(path)));
    }
    lines.push(curve("Adam, y₀ = 1e-16", 4, outward(&beside[1][3])));
    let mut bands = Vec::new();
    for (group, ((noise_sd, _), paths)) in NOISE.iter().zip(&clouds).enumerate() {
        bands.push(cloud(format!("noise of sd {noise_sd:e}"), group + 5, paths));
    }
    let axes = [AxisScale::Linear, AxisScale::Log];
    let panels = vec![
        panel("From beside the ridge", ["step", "|y|"], axes, lines),
        panel("From the ridge itself, with noise", ["step", "|y|"], axes, bands),
    ];
    let curves = curves(
        "escape",
        [
            "Away from a saddle",
            "(x² − y²)/2, gradient descent with rate 0.1 and Adam with rate 0.01, until |y| is 1",
            "On the left every line of gradient descent rises by the same tenth a step, so that ten thousand times \
             nearer to the ridge costs 97 steps more; Adam takes 79 from the nearest. On the right the noise alone \
             starts the escape: median and middle half of 1,001 seeds.",
        ],
        panels,
    );
    let shown = race(saddle, &["sgd:lr=0.1", "adam:lr=0.01"], vec![vec![1.8, 1e-4], vec![1.8, 1e-2]], 110, setting)?;
    let paths = run(&shown)?;
    let map = plane(
        "map",
        [
            "A saddle",
            "(x² − y²)/2 from (1.8, 1e-4) and (1.8, 1e-2)",
            "Gradient descent comes down the ridge almost to the saddle and only there turns off; Adam leaves at once \
             along a diagonal, since it gives each coordinate the same pace.",
        ],
        &shown,
        &paths,
        [(-2.0, 2.0), (-2.0, 2.0)],
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "From y₀ beside the ridge y grows by 1 + η each step; rounding plays no part, since every step multiplies."
                .into(),
            "Under noise of sd σ the spread of y after many steps is 0.218 σ 1.1ᵗ; its median size passes 1 after \
             68.4, 116.7 and 165.1 steps, so that the first whole step beyond is found."
                .into(),
            "With eps = 1e-8 Adam takes one or two steps more from 1e-12 and 1e-16: there the first gradients are \
             smaller than eps."
                .into(),
        ],
        pictures: vec![curves, map],
    })
}

/// |y| up to the first step at which it is 1.
fn outward(path: &Path) -> Vec<(f64, f64)> {
    let mut points = by_step(path, |row| path.point(row)[1].abs());
    points.truncate((escape(path) as usize).saturating_add(1));
    points
}

/// Median and middle half of |y| over the seeds, until the median is 1.
fn cloud(name: String, group: usize, paths: &[Path]) -> downhill_chart::curves::Curve {
    let runs: Vec<Vec<(f64, f64)>> =
        paths.iter().map(|path| by_step(path, |row| path.point(row)[1].abs()).into_iter().skip(1).collect()).collect();
    let (mut line, mut band) = downhill_chart::statistics::median_and_band(&runs, 0.25, 0.75, f64::INFINITY);
    let end = line.iter().position(|point| point.1 >= 1.0).map_or(line.len(), |last| last + 1);
    line.truncate(end);
    band.truncate(end);
    downhill_chart::curves::Curve { band: Some(band), ..curve(name, group, line) }
}
