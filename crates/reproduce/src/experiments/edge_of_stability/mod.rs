//! Gradient descent sharpens its surroundings up to what its rate can bear, and stays there.

mod descent;

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Experiment, ExperimentError, Setting};
use crate::outcome::{Expected, Finding, Outcome, Picture};
use crate::training::side_by_side;
use descent::{Bench, Descent, LOOK, descend, sharpness, weights};
use downhill_report::curves::{Curve, LineStyle, Panel, Scale};

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
const STEPS: u64 = 20_000;
/// Draws of the initial weights from which all rates descend.
const DESCENTS: u64 = 3;
/// Draws whose sharpness at the start is measured, and the range in which a start of the recipe lay.
const DRAWS: u64 = 100;
const START: (f64, f64) = (2.4, 2.9);

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
