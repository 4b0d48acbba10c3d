//! Gradient descent moves to sharper places up to the limit of its rate, and stays there.

mod descent;

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::{least, most};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::training::side_by_side;
use descent::{Bench, Descent, LOOK, descend, sharpness, weights};
use downhill_chart::curves::{AxisScale, Curve, LineStyle, Panel};

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
    commands: &[
        "downhill train moons -o sgd:lr=0.5 --loss half-mse --hidden 32,32 --activation tanh --batch-size full --steps 2000 \
         --probe sharpness --probe-every 50",
    ],
    work: run,
};

/// Degree of the polynomial, and the rates tried on it.
const TARGETS: [(usize, &[f64]); 3] = [(3, &[0.1, 0.2]), (4, &[0.1, 0.2, 0.4]), (5, &[0.2, 0.4])];
const STEPS: u64 = 20_000;
/// Draws of the initial weights from which all rates descend.
const DESCENTS: u64 = 3;
/// Draws whose sharpness at the start is measured, and its claimed range.
const DRAWS: u64 = 100;
const START: (f64, f64) = (2.4, 2.9);

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let jobs: Vec<(u64, (usize, &[f64]))> = (setting.seed..setting.seed + DESCENTS)
        .flat_map(|seed| TARGETS.into_iter().map(move |target| (seed, target)))
        .collect();
    let descents =
        side_by_side(setting.threads, &jobs, |&(seed, (degree, rates))| descend(degree, rates, seed, STEPS))?;
    let draws: Vec<u64> = (setting.seed..setting.seed + DRAWS).collect();
    let starts = side_by_side(setting.threads, &draws, |&seed| {
        let bench = Bench::new(TARGETS[0].0)?;
        let point = weights(seed).concat();
        Ok(sharpness(&bench.surface()?, point, None)?.map_or(f64::NAN, |(value, _)| value))
    })?;
    let descents: Vec<Descent> = descents.into_iter().flatten().collect();
    Ok(Evidence { findings: findings(&descents, &starts), notes: notes(&starts), pictures: pictures(&descents) })
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

fn findings(descents: &[Descent], starts: &[f64]) -> Vec<Measured> {
    let at_start = |what: &str| format!("sharpness at the start, {what} of {DRAWS} draws of the weights");
    let told = |what: String, found: f64| Measured::new(what, found, Expected::Told);
    let mut findings = vec![
        told(at_start("mean"), starts.iter().sum::<f64>() / starts.len() as f64),
        told(at_start("lowest"), least(starts.iter().copied())),
        told(at_start("highest"), most(starts.iter().copied())),
        told(format!("share of {DRAWS} draws that start between {} and {}", START.0, START.1), inside(starts)),
        Measured::new(
            "sharpness at the start, times lr/2, the highest of all descents",
            most(descents.iter().map(Descent::start)),
            Expected::at_most(1.0),
        ),
    ];
    for (name, of) in alike(descents) {
        let level =
            |which: &str| format!("{name}: mean sharpness over the second half, times lr/2, {which} of three draws");
        let edge = Expected::Between { low: 0.95, high: 1.08 };
        findings.push(Measured::new(level("lowest"), least(of.iter().map(|descent| descent.level())), edge));
        findings.push(Measured::new(level("highest"), most(of.iter().map(|descent| descent.level())), edge));
    }
    for (name, of) in alike(descents) {
        findings.push(Measured::new(
            format!("{name}: loss at the end over loss at the start, the highest of three draws"),
            most(of.iter().map(|descent| descent.fall())),
            Expected::at_most(0.9),
        ));
        findings.push(Measured::new(
            format!("{name}: share of looks in the second half at which the loss rose, the least of three draws"),
            least(of.iter().map(|descent| descent.rises())),
            Expected::at_least(0.01),
        ));
    }
    findings
}

/// Share of the starts within the recipe's claimed range.
fn inside(starts: &[f64]) -> f64 {
    starts.iter().filter(|&&start| (START.0..=START.1).contains(&start)).count() as f64 / starts.len() as f64
}

fn notes(starts: &[f64]) -> Vec<String> {
    let mean = starts.iter().sum::<f64>() / starts.len() as f64;
    let (low, high) = (least(starts.iter().copied()), most(starts.iter().copied()));
    vec![
        format!(
            "Sharpness at the start is said to lie between {} and {} for this recipe. That is not what the recipe gives: on \
             the polynomial of degree {}, {DRAWS} draws of the weights begin anywhere from {low:.1} to {high:.1}, {mean:.1} \
             in the mean, and {:.0} % of them in that range. Nothing is judged by it.",
            START.0,
            START.1,
            TARGETS[0].0,
            100.0 * inside(starts),
        ),
        format!("The loss is looked at every {LOOK} steps."),
    ]
}

fn pictures(descents: &[Descent]) -> Vec<Picture> {
    // The descents of the first draw.
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
        x_scale: AxisScale::Log,
        scale: AxisScale::Log,
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
