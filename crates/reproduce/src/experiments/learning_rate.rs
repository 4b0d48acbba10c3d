//! A parabola and a learning rate: creep, converge, oscillate, orbit, diverge.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{by_step, coordinate, curve, curves, panel, race, theory};
use downhill_chart::curves::AxisScale;
use downhill_landscape::parse;
use downhill_race::{Path, run};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "learning-rate",
    title: "What a learning rate does on a parabola",
    source: "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, section 5",
    says: "On a parabola of curvature L the learning rate η times L decides everything: below 1 gradient descent goes \
           down on one side, between 1 and 2 it jumps from side to side and still arrives, at 2 it orbits for ever, \
           above 2 it flies apart.",
    recipe: "Gradient descent on L x²/2 with L of 0.25, 2 and 16, 5,000 steps, at η L of 0.5, 1.5, 2 and 2.1. Then x² \
             from 10 with rate 0.1 for 50 steps, and from 8 with rates 0.01, 0.1 and 0.9 for 30 steps.",
    commands: &[
        "downhill race bowl:dims=1,a=2 -o sgd:lr=0.1 --from 10 --steps 50",
        "downhill race bowl:dims=1,a=2 -o sgd:lr=0.01 -o sgd:lr=0.1 -o sgd:lr=0.9 --from 8 --steps 30",
    ],
    work,
};

/// Powers of two, so that a rate of 2/L is exact in floating point, and so is the orbit.
const CURVATURES: [f64; 3] = [0.25, 2.0, 16.0];

/// Gradient descent with these rates on L x²/2, one path for each.
fn walks(
    curvature: f64,
    rates: &[f64],
    start: f64,
    steps: u64,
    setting: &Conditions,
) -> Result<Vec<Path>, ExperimentError> {
    let texts: Vec<String> = rates.iter().map(|rate| format!("sgd:lr={rate}")).collect();
    let landscape = parse(&format!("bowl:dims=1,a={curvature}"))?;
    let race = race(landscape, &texts, vec![vec![start]], steps, setting)?;
    Ok(run(&race)?.into_iter().flatten().collect())
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let (mut falls, mut alternates, mut diverges) = (true, true, true);
    let mut strays = Vec::new();
    for curvature in CURVATURES {
        let rates = [0.5, 1.5, 2.0, 2.1].map(|product| product / curvature);
        let paths = walks(curvature, &rates, 8.0, 5000, setting)?;
        let [below, between, orbit, above] = [0, 1, 2, 3].map(|i| coordinate(&paths[i], 0));
        // Until the values are so small that only rounding is left.
        let pairs = |x: &[f64]| {
            x.windows(2).take_while(|pair| pair[0].abs() > 1e-300).map(|p| (p[0], p[1])).collect::<Vec<_>>()
        };
        falls &= pairs(&below).iter().all(|&(x, next)| 0.0 <= next && next < x);
        alternates &= pairs(&between).iter().all(|&(x, next)| x * next <= 0.0 && next.abs() < x.abs());
        strays.extend(orbit.windows(2).map(|pair| (pair[0] + pair[1]).abs()));
        diverges &= paths[3].diverged() && above.windows(2).all(|pair| pair[1].abs() > pair[0].abs());
    }
    let from_ten = walks(2.0, &[0.1], 10.0, 50, setting)?;
    let rates = [0.01, 0.1, 0.9, 1.0, 1.05];
    let from_eight = walks(2.0, &rates, 8.0, 30, setting)?;
    let end = |path: &Path| path.last_point()[0];
    let turns = |path: &Path| coordinate(path, 0).windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count() as f64;
    let exact = |value: f64| Expected::within(value, 1e-12);
    let findings = vec![
        Measured::is_so("at η L = 0.5 it comes down on one side, on all three curvatures", falls),
        Measured::is_so("at η L = 1.5 it changes sides with every step and shrinks", alternates),
        Measured::new(
            "at η L = 2: most that a point differs from the mirrored one before, of 8",
            most(strays),
            Expected::exactly(0.0),
        ),
        Measured::is_so("at η L = 2.1 it grows with every step until it leaves the numbers", diverges),
        Measured::new(
            "x² from 10, rate 0.1: x after 50 steps (10 · 0.8⁵⁰ = 1.4272e-4)",
            end(&from_ten[0]),
            exact(10.0 * 0.8f64.powi(50)),
        ),
        Measured::new(
            "x² from 8, rate 0.01: x after 30 steps (it creeps)",
            end(&from_eight[0]),
            exact(8.0 * 0.98f64.powi(30)),
        ),
        Measured::new(
            "x² from 8, rate 0.1: x after 30 steps (it converges)",
            end(&from_eight[1]),
            exact(8.0 * 0.8f64.powi(30)),
        ),
        Measured::new(
            "x² from 8, rate 0.9: x after 30 steps (it oscillates)",
            end(&from_eight[2]),
            exact(8.0 * 0.8f64.powi(30)),
        ),
        Measured::new(
            "x² from 8, rate 0.9: changes of side in 30 steps",
            turns(&from_eight[2]),
            Expected::exactly(30.0),
        ),
    ];
    let names = ["0.01: creeps", "0.1: converges", "0.9: oscillates", "1: orbits", "1.05: diverges"];
    // The diverging path is drawn until it is twice as far away as it began.
    let shown = |path: &Path, row: usize| path.point(row)[0].abs() <= 16.0;
    let drawn = |value: &dyn Fn(&Path, usize) -> f64| {
        let all = from_eight.iter().zip(names).enumerate();
        all.map(|(group, (path, name))| {
            let far = |row: usize| if shown(path, row) { value(path, row) } else { f64::NAN };
            curve(name, group, by_step(path, far))
        })
        .collect()
    };
    let walked = vec![
        panel("Where it is", ["step", "x"], [AxisScale::Linear; 2], drawn(&|path, row| path.point(row)[0])),
        panel(
            "How far away",
            ["step", "|x|"],
            [AxisScale::Linear, AxisScale::Log],
            drawn(&|path, row| path.point(row)[0].abs()),
        ),
    ];
    // Off the rate 1/L by half a stride, where one step arrives and a logarithm has no place.
    let swept: Vec<f64> = (0..110).map(|i| 0.0125 + 0.01 * f64::from(i)).collect();
    let left: Vec<(f64, f64)> = walks(2.0, &swept, 8.0, 10, setting)?
        .iter()
        .zip(&swept)
        .map(|(path, rate)| (2.0 * rate, end(path).abs()))
        .collect();
    let ends = |of: fn(f64, f64) -> f64| left.iter().fold(8.0f64, |most, point| of(most, point.1));
    let (lowest, highest) = (ends(f64::min), ends(f64::max));
    let sweep = vec![
        curve("|x| after 10 steps", 0, left),
        theory("where it began", 6, vec![(0.0, 8.0), (2.225, 8.0)]),
        theory("η L = 2", 1, vec![(2.0, lowest), (2.0, highest)]),
    ];
    Ok(Evidence {
        findings,
        notes: vec![
            "At η L = 1 a single step arrives; every other rate is a power of |1 − η L|.".into(),
            "The orbit at η L = 2 is exact here because the curvatures are powers of two; with others rounding lets it \
             drift by some 1e-16 a step."
                .into(),
        ],
        pictures: vec![
            curves(
                "walks",
                [
                    "Five learning rates on x²",
                    "gradient descent from 8; the curvature is 2, so η L is twice the rate",
                    "The same step, five rates. Too small a rate creeps; one of 0.1 comes down smoothly; 0.9 shrinks \
                     just as fast while it jumps from wall to wall; 1 jumps for ever; 1.05 climbs out of the bowl. On \
                     the right every walk is a straight line: each step multiplies the distance by |1 − η L|, and 0.1 \
                     lies below 0.9.",
                ],
                walked,
            ),
            curves(
                "sweep",
                [
                    "How far away after 10 steps, by learning rate",
                    "gradient descent on a parabola of curvature L from 8",
                    "From left to right: the larger the rate the better, up to η L = 1, where one step arrives; then \
                     worse, and past η L = 2 farther away than at the start.",
                ],
                vec![panel(
                    "Distance from the minimum",
                    ["learning rate times curvature", "|x|"],
                    [AxisScale::Linear, AxisScale::Log],
                    sweep,
                )],
            ),
        ],
    })
}
