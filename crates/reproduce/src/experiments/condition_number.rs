//! A narrow bowl: the cost of the ratio of its curvatures, and the saving by momentum.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::scene::{by_step, curve, curves, panel, plane, race, theory};
use downhill_chart::curves::AxisScale;
use downhill_landscape::parse;
use downhill_race::{Path, Race, run, tune};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "condition-number",
    title: "What a narrow bowl costs, and what momentum saves",
    source: "Polyak 1964; Nesterov 1983; rates as in Lessard, Recht and Packard 2016, proposition 1",
    says: "On a bowl with curvatures m and L = k m the steep side sets the safe rate, and the flat side then takes \
           long: at best gradient descent shrinks the distance by (k − 1)/(k + 1) a step. The heavy ball reaches (√k − \
           1)/(√k + 1), Nesterov's method with its usual parameters 1 − 1/√k.",
    recipe: "The bowl (x² + k y²)/2 from (1, 1) with k of 10, 100 and 1,000. Gradient descent with rate 2/(L + m); \
             heavy ball with 4/(√L + √m)² and momentum ((√k − 1)/(√k + 1))²; Nesterov with 1/L and (√k − 1)/(√k + 1). \
             The factor of a step is the mean one from step 200 to 1,000 for gradient descent. With momentum the two \
             roots r of the recurrence coincide and the error is e(t) = (a + b t) rᵗ: r is the smaller root of \
             e(t + 2) − 2 r e(t + 1) + r² e(t) = 0 at t = 200. For k = 100 also 61 rates of gradient descent, 0.2 % \
             apart, by the loss after 1,000 steps.",
    commands: &[
        "downhill race bowl:b=100 -o sgd:lr=0.0198 -o momentum:lr=0.0330578512,momentum=0.669421488 -o \
         nesterov:lr=0.01,momentum=0.818181818 --from 1 --steps 1000",
        "downhill stability -o sgd --curvature 100",
    ],
    work,
};

const NAMES: [&str; 3] = ["gradient descent", "heavy ball", "Nesterov"];

/// The three at their classical parameters on curvatures 1 and `k`, as users type them.
fn optimizers(k: f64) -> [String; 3] {
    let root = k.sqrt();
    let beta = (root - 1.0) / (root + 1.0);
    let ball = 4.0 / ((root + 1.0) * (root + 1.0));
    [
        format!("sgd:lr={}", 2.0 / (k + 1.0)),
        format!("momentum:lr={ball},momentum={}", beta * beta),
        format!("nesterov:lr={},momentum={beta}", 1.0 / k),
    ]
}

/// The distance between two rates of the search, as a share of the best.
const STRIDE: f64 = 0.002;

/// The theoretical factor of each.
fn promised(k: f64) -> [f64; 3] {
    let root = k.sqrt();
    [(k - 1.0) / (k + 1.0), (root - 1.0) / (root + 1.0), 1.0 - 1.0 / root]
}

fn bowl(k: f64, texts: &[impl AsRef<str>], steps: u64, setting: &Conditions) -> Result<Race, ExperimentError> {
    race(parse(&format!("bowl:a=1,b={k}"))?, texts, vec![vec![1.0, 1.0]], steps, setting)
}

/// The larger coordinate: squares of small distances would underflow.
fn distance(path: &Path, row: usize) -> f64 {
    most(path.point(row).iter().map(|x| x.abs()))
}

/// The factor r of a step, of a distance that goes as rᵗ.
fn factor(path: &Path) -> f64 {
    (distance(path, 1000) / distance(path, 200)).powf(1.0 / 800.0)
}

/// The factor r of a step, of a distance e(t) = (a + b t) rᵗ, from three rows. The other root of their equation,
/// r (1 + 2 b/(a + b t)), is larger.
fn double_factor(path: &Path) -> f64 {
    let [e0, e1, e2] = [200, 201, 202].map(|row| distance(path, row));
    let (one, two) = (e1 / e0, e2 / e0);
    one - (one * one - two).sqrt()
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let mut findings = Vec::new();
    let mut hundred = Vec::new();
    for k in [10.0, 100.0, 1000.0] {
        let paths: Vec<Path> = run(&bowl(k, &optimizers(k), 1000, setting)?)?.into_iter().flatten().collect();
        for (i, name) in NAMES.into_iter().enumerate() {
            let found = if i == 0 { factor(&paths[i]) } else { double_factor(&paths[i]) };
            let expected = Expected::Near { value: promised(k)[i], tolerance: if i == 0 { 1e-9 } else { 1e-6 } };
            findings.push(Measured::new(format!("{name}, k = {k}: factor of a step"), found, expected));
        }
        let safe = bowl(k, &[0.999, 1.001].map(|share| format!("sgd:lr={}", share * 2.0 / k)), 4000, setting)?;
        let ends: Vec<f64> = run(&safe)?.iter().map(|paths| paths[0].last_point()[1].abs()).collect();
        findings.push(Measured::is_so(
            format!("gradient descent, k = {k}: at 0.999 of 2/L the steep side shrinks, at 1.001 it grows"),
            ends[0] < 0.1 && ends[1] > 10.0,
        ));
        if k == 100.0 {
            hundred = paths;
        }
    }
    let best = 2.0 / 101.0;
    let rates: Vec<f64> = (0..=60).map(|i| best * (0.94 + STRIDE * f64::from(i))).collect();
    let tuned = tune(&bowl(100.0, &["sgd"], 1000, setting)?, &rates)?;
    let tuned = tuned[0].optimizer.get("lr").unwrap_or(f64::NAN);
    // One rate of tolerance: the loss counts the steep side a hundred times, and so prefers a slightly lower rate.
    findings.push(Measured::new(
        "gradient descent, k = 100: best of 61 rates, 0.2 % apart, over 2/(L + m), to one rate beside",
        tuned / best,
        Expected::Near { value: 1.0, tolerance: STRIDE * (1.0 + 1e-9) },
    ));
    let pictures = vec![shrinking(&hundred), needed(setting)?, valley(setting)?];
    let notes = vec![
        "A factor of .98 looks close to one of .82, but a millionth of the distance takes 691 steps with the one and \
         69 with the other, and some 25 more for the factor t."
            .into(),
        "Both classical parameters need to know m and L. Chosen by hand and a little off, momentum loses much of what \
         it saves."
            .into(),
        "Nesterov's form is that of deep learning libraries: the point that moves is the one looked ahead to.".into(),
    ];
    Ok(Evidence { findings, notes, pictures })
}

fn shrinking(paths: &[Path]) -> Picture {
    let mut lines = Vec::new();
    for (group, (path, name)) in paths.iter().zip(NAMES).enumerate() {
        let points = by_step(path, |row| distance(path, row)).into_iter().filter(|point| point.1 > 1e-16).collect();
        lines.push(curve(name, group, points));
    }
    for (group, rate) in promised(100.0).into_iter().enumerate() {
        let last = (-16.0 * 10f64.ln() / rate.ln()).min(1000.0);
        lines.push(theory("rᵗ alone", group, vec![(0.0, 1.0), (last, rate.powf(last))]));
    }
    let panels = vec![panel(
        "Distance from the minimum",
        ["step", "larger of |x| and |y|"],
        [AxisScale::Linear, AxisScale::Log],
        lines,
    )];
    let caption = "Straight lines on a logarithmic axis: each step takes the same share. The heavy ball needs about a \
                   seventh of the steps of gradient descent. It rises first, since with coinciding roots the error \
                   goes as t rᵗ; the dotted lines are rᵗ alone.";
    curves(
        "distance",
        ["A bowl a hundred times steeper one way", "curvatures 1 and 100, classical parameters", caption],
        panels,
    )
}

/// Steps until the distance is a millionth, for bowls up to three thousand times steeper one way.
fn needed(setting: &Conditions) -> Result<Picture, ExperimentError> {
    const RATIOS: [f64; 7] = [3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0];
    let mut measured = [const { Vec::new() }; 3];
    let mut predicted = [const { Vec::new() }; 3];
    for k in RATIOS {
        for (i, text) in optimizers(k).iter().enumerate() {
            let steps = 1e-6f64.ln() / promised(k)[i].ln();
            predicted[i].push((k, steps));
            let paths = run(&bowl(k, &[text], (2.0 * steps) as u64 + 20, setting)?)?;
            let path = &paths[0][0];
            let arrived = (0..path.rows()).find(|&row| distance(path, row) <= 1e-6);
            measured[i].push((k, arrived.map_or(f64::NAN, |row| row as f64)));
        }
    }
    let mut lines = Vec::new();
    for (group, (points, name)) in measured.into_iter().zip(NAMES).enumerate() {
        lines.push(curve(name, group, points));
    }
    for (group, points) in predicted.into_iter().enumerate() {
        lines.push(theory("as rᵗ alone would need", group, points));
    }
    let panels = vec![panel(
        "Steps to a millionth of the distance",
        ["condition number k = L/m", "steps"],
        [AxisScale::Log; 2],
        lines,
    )];
    let caption = "The price of narrowness: with gradient descent ten times the condition number costs ten times the \
                   steps, with momentum about three times.";
    Ok(curves("steps", ["How many steps a narrow bowl takes", "from (1, 1), classical parameters", caption], panels))
}

fn valley(setting: &Conditions) -> Result<Picture, ExperimentError> {
    let k = 25.0;
    let mut race = race(parse(&format!("bowl:a=1,b={k}"))?, &optimizers(k), vec![vec![9.0, 2.0]], 60, setting)?;
    for (runner, name) in race.runners.iter_mut().zip(NAMES) {
        runner.label = name.into();
    }
    let paths = run(&race)?;
    let caption = "Gradient descent at its best rate jumps from wall to wall at every step and creeps along the \
                   valley. The heavy ball swings even wider at first, but gathers speed along and is a million times \
                   nearer in the end. Nesterov's method, with its rate of 1/L, is on the floor after two steps.";
    let ranges = [(-10.0, 10.0), (-6.0, 6.0)];
    Ok(plane(
        "valley",
        ["A bowl 25 times steeper one way", "the classical parameters of each, 60 steps", caption],
        &race,
        &paths,
        ranges,
    ))
}
