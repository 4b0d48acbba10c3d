//! Slices of a loss landscape mislead unless directions are measured in the network's own weights.

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::{least, most};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::rescaling::Networks;
use downhill_chart::curves::{Curve, LineStyle, Panel};
use downhill_probe::{filter_normalised, profile, random_direction};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "li2018",
    title: "Slices that do not mislead",
    source: "Li, Xu, Taylor, Studer and Goldstein 2018, Visualizing the Loss Landscape of Neural Nets, section 4",
    says: "The loss along a random direction depends on how large the weights are, not only on the function: a rescaled network \
           that computes the same looks flat or sharp. With filter normalisation, where the direction has the norm of the \
           weights in every filter, the slice is the same.",
    recipe: "Networks 2-16-2 without biases, trained on moons by Adam with rate 0.02 for 500 full batches in f64, and their \
             twins (a W1, W2/a) for a = 1/3 and 3. One random direction for each of three seeds; 101 points from -1 to 1 \
             along it.",
    commands: &[],
    work: run,
};

/// Factors of the twins; 1 is the network itself.
const FACTORS: [f64; 3] = [1.0, 1.0 / 3.0, 3.0];
/// Points of a slice.
const POINTS: usize = 101;

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let networks = Networks::train(setting)?;
    let slices: Vec<Slices> =
        (0..networks.points.len()).map(|number| slices(&networks, number, setting)).collect::<Result<_, _>>()?;
    Ok(Evidence { findings: findings(&slices), notes: notes(), pictures: pictures(&slices) })
}

/// The slices of one network and its twins: for each factor the losses along the direction.
struct Slices {
    raw: Vec<Vec<f64>>,
    normalised: Vec<Vec<f64>>,
}

fn steps() -> Vec<f64> {
    (0..POINTS).map(|i| 2.0 * i as f64 / (POINTS - 1) as f64 - 1.0).collect()
}

fn slices(networks: &Networks, number: usize, setting: &Conditions) -> Result<Slices, ExperimentError> {
    let surface = networks.surface(setting.threads)?;
    let direction = random_direction(surface.parameters(), setting.seed + number as u64, 0);
    let steps = steps();
    let mut slices = Slices { raw: Vec::new(), normalised: Vec::new() };
    for a in FACTORS {
        let point = networks.rescaled(&networks.points[number], a);
        slices.raw.push(profile(&surface, &point, &direction, &steps)?);
        let normalised = filter_normalised(surface.shapes(), &point, &direction)?;
        slices.normalised.push(profile(&surface, &point, &normalised, &steps)?);
    }
    Ok(slices)
}

/// The largest difference of a twin's slice from the network's own, as a share of the highest loss on the latter.
fn apart(slices: &[Vec<f64>]) -> f64 {
    let highest = most(slices[0].iter().copied());
    let differences = slices[1..].iter().flat_map(|twin| twin.iter().zip(&slices[0])).map(|(a, b)| (a - b).abs());
    most(differences) / highest
}

fn findings(all: &[Slices]) -> Vec<Measured> {
    let normalised = most(all.iter().map(|slices| apart(&slices.normalised)));
    let raw = least(all.iter().map(|slices| apart(&slices.raw)));
    vec![
        Measured::new(
            "filter-normalised: largest difference between twins, as a share of the highest loss, three networks",
            normalised,
            Expected::at_most(1e-12),
        ),
        Measured::new("raw: the same, the least of three networks", raw, Expected::at_least(0.1)),
    ]
}

fn notes() -> Vec<String> {
    vec![
        "A filter is the incoming weights of one unit. The raw direction is one and the same for all twins, with \
          independent normal entries."
            .into(),
    ]
}

fn pictures(all: &[Slices]) -> Vec<Picture> {
    let Some(first) = all.first() else { return Vec::new() };
    let names = ["the network", "its twin, a = 1/3", "its twin, a = 3"];
    let lines = |slices: &[Vec<f64>]| -> Vec<Curve> {
        let line = |(group, (name, losses)): (usize, (&str, &Vec<f64>))| {
            let points = steps().into_iter().zip(losses.iter().copied()).collect();
            curve(name, group, LineStyle::Solid, points)
        };
        names.into_iter().zip(slices).enumerate().map(line).collect()
    };
    let panel =
        |title: &str, slices| -> Panel { panel(title, "step along the direction", "cross-entropy", lines(slices)) };
    vec![picture(
        "slices",
        "Three networks that compute the same function. Along one raw direction (left) they look as different as flat and sharp \
         minima; along the filter-normalised one (right) all three lines lie on each other.",
        "One function, three raw slices, one normalised slice",
        "relu network 2-16-2 without biases, (W1, W2) → (a W1, W2/a)",
        vec![panel("Raw direction", &first.raw), panel("Filter-normalised direction", &first.normalised)],
    )]
}
