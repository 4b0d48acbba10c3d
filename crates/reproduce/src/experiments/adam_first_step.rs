//! Adam's averages start at zero; the effect of the correction for this start.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{by_step, coordinate, curve, curves, panel, race_of, theory};
use downhill_chart::curves::AxisScale;
use downhill_landscape::Landscape;
use downhill_optim::parameters::{beta1, beta2, epsilon, learning_rate};
use downhill_optim::{Real, Registry, Rule};
use downhill_race::{Path, run};
use downhill_spec::Parameter;

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "adam-first-step",
    title: "Adam's first steps, with and without bias correction",
    source: "Kingma and Ba 2015, Adam: A method for stochastic optimization, sections 3 and 6.4",
    says: "Both averages of Adam start at zero and are too small at first, the one of squares for longer. Without the \
           correction for it the first steps are much longer than the learning rate says.",
    recipe: "A constant gradient of 1, and of 0.001 and 1,000; 1,000 steps of Adam with the usual decays 0.9 and \
             0.999, eps 0, and of the same rule without the correction, which is written here in a few lines and \
             entered into the registry like any other.",
    commands: &["downhill race --formula x -o adam:lr=1,eps=0 --from 0 --steps 1000 --csv -"],
    work,
};

/// Adam without the correction for the start at zero: an example of a rule of one's own.
struct Uncorrected;

impl Rule<4, 6, 2> for Uncorrected {
    const NAME: &'static str = "adam-uncorrected";
    const SUMMARY: &'static str = "Adam whose averages keep their bias towards their start at zero";
    const SOURCE: &'static str = "Kingma and Ba 2015, section 6.4";
    const TABLE: &'static [Parameter; 4] =
        &[learning_rate(1e-3), beta1(0.9), beta2(0.999, "decay of the average of squared gradients"), epsilon(1e-8)];

    fn coefficients([eta, beta1, beta2, eps]: [f64; 4], _step: u64) -> [f64; 6] {
        [eta, beta1, 1.0 - beta1, beta2, 1.0 - beta2, eps]
    }

    fn update<R: Real>([eta, beta1, new1, beta2, new2, eps]: [R; 6], theta: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        (theta - eta * m.ratio(v.sqrt() + eps), [m, v])
    }
}

const STEPS: u64 = 1000;

/// With a rate of 1, steps are multiples of the intended one.
const OPTIMIZERS: [&str; 4] = [
    "adam:lr=1,eps=0",
    "adam-uncorrected:lr=1,eps=0",
    "adam-uncorrected:lr=1,eps=0,beta2=0.99",
    "adam-uncorrected:lr=1,eps=0,beta2=0.9999",
];

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let mut registry = Registry::builtin();
    registry.add(Uncorrected);
    let walk = |slope: &str| -> Result<Vec<Path>, ExperimentError> {
        let landscape = Landscape::from_formula(&format!("{slope}*x"))?;
        let race = race_of(&registry, landscape, &OPTIMIZERS, vec![vec![0.0]], STEPS, setting)?;
        Ok(run(&race)?.into_iter().flatten().collect())
    };
    let paths = walk("1")?;
    let [corrected, plain] = [&paths[0], &paths[1]].map(steps);
    let largest = most(plain.iter().copied());
    let number = plain.iter().position(|&s| s == largest).map_or(f64::NAN, |i| (i + 1) as f64);
    let mut apart = Vec::new();
    for slope in ["0.001", "1000"] {
        for (path, same) in walk(slope)?.iter().zip(&paths) {
            apart.extend(steps(path).iter().zip(steps(same)).map(|(a, b)| (a - b).abs()));
        }
    }
    let uneven = most(corrected.iter().map(|s| (s - 1.0).abs()));
    let findings = vec![
        Measured::new("first step without correction, in learning rates", plain[0], near(3.1623, 5e-5)),
        Measured::new("longest step without correction, in learning rates", largest, near(6.5685, 5e-5)),
        Measured::new("number of that step", number, Expected::exactly(12.0)),
        Measured::new("step 1,000 without correction, in learning rates", plain[999], near(1.258, 5e-4)),
        Measured::new("with correction: most that any step differs from 1", uneven, Expected::at_most(1e-10)),
        Measured::new(
            "most that a step changes with a gradient of 0.001 or 1,000 instead of 1",
            most(apart),
            Expected::at_most(1e-9),
        ),
        Measured::new(
            "sum of the first 100 steps without correction, in learning rates",
            plain[..100].iter().sum(),
            Expected::Told,
        ),
    ];
    let names = ["with correction", "without", "without, β₂ = 0.99", "without, β₂ = 0.9999"];
    let drawn = paths.iter().zip(names).enumerate().map(|(group, (path, name))| {
        let steps = steps(path);
        curve(name, group, steps.iter().enumerate().map(|(i, &s)| ((i + 1) as f64, s)).collect())
    });
    let travelled = paths
        .iter()
        .zip(names)
        .enumerate()
        .map(|(group, (path, name))| curve(name, group, by_step(path, |row| -path.point(row)[0])));
    let intended = theory("as the learning rate says", 6, vec![(1.0, 1.0), (STEPS as f64, STEPS as f64)]);
    let panels = vec![
        panel("Length of each step", ["step", "in learning rates"], [AxisScale::Log; 2], drawn.collect()),
        panel(
            "Way travelled",
            ["step", "in learning rates"],
            [AxisScale::Log; 2],
            travelled.chain([intended]).collect(),
        ),
    ];
    let picture = curves(
        "steps",
        [
            "Adam on a constant slope",
            "decays 0.9 and 0.999 where nothing else is said",
            "With the correction every step is as long as the learning rate says. Without it the first thousand steps \
             and more are too long, at worst six and a half times with the usual decays, and the longer the memory of \
             squares the worse.",
        ],
        panels,
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "The first step without correction is (1 − β₁)/√(1 − β₂) learning rates long, step t is (1 − β₁ᵗ)/√(1 − \
             β₂ᵗ)."
                .into(),
        ],
        pictures: vec![picture],
    })
}

/// The lengths of a path's steps.
fn steps(path: &Path) -> Vec<f64> {
    coordinate(path, 0).windows(2).map(|pair| pair[0] - pair[1]).collect()
}

fn near(value: f64, tolerance: f64) -> Expected {
    Expected::Near { value, tolerance }
}
