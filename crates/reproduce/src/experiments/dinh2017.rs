//! A minimum can be made arbitrarily sharp without changing the network's outputs.

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::{least, most};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::rescaling::Networks;
use downhill_chart::curves::{AxisScale, LineStyle, Panel};
use downhill_probe::{Curvature, EigenSearch, Symmetric, Way};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "dinh2017",
    title: "Sharpness alone proves nothing",
    source: "Dinh, Pascanu, Bengio and Bengio 2017, Sharp Minima Can Generalize For Deep Nets",
    says: "A relu network without biases computes the same after (W1, W2) -> (a W1, W2/a). Loss and predictions stay, but the \
           Hessian's trace becomes tr(H11)/a² + a² tr(H22): of the same function there are flat minima and minima as sharp as \
           one likes.",
    recipe: "Networks 2-16-2 without biases, trained on moons by Adam with rate 0.02 for 500 full batches in f64; three seeds. \
             The whole Hessian of the training loss at a from 1/20 to 20.",
    commands: &[],
    work: run,
};

/// The factors a.
const FACTORS: [f64; 9] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let networks = Networks::train(setting)?;
    let all: Vec<Vec<Twin>> =
        (0..networks.points.len()).map(|number| twins(&networks, number, setting.threads)).collect::<Result<_, _>>()?;
    Ok(Evidence { findings: findings(&all), notes: notes(&all), pictures: pictures(&all) })
}

/// A network, rescaled.
struct Twin {
    a: f64,
    loss: f64,
    trace: f64,
    /// tr(H11)/a² + a² tr(H22), from the Hessian at a = 1.
    predicted: f64,
    sharpness: f64,
    /// Share of test rows predicted correctly.
    accuracy: f64,
    /// Outputs on the test rows.
    outputs: Vec<f64>,
}

/// One network under all factors.
fn twins(networks: &Networks, number: usize, threads: usize) -> Result<Vec<Twin>, ExperimentError> {
    let surface = networks.surface(threads)?;
    let point = &networks.points[number];
    let at = surface.at(point.clone())?;
    let [first, second] = block_traces(&at.hessian()?, networks.first_layer());
    let twin = |&a: &f64| {
        let rescaled = networks.rescaled(point, a);
        let on_test = networks.on_test(&rescaled);
        let at = surface.at(rescaled)?;
        let curvature = Curvature::at(&at, Way::Exact)?;
        Ok(Twin {
            a,
            loss: at.loss,
            trace: curvature.trace(0, 0)?.value,
            predicted: first / (a * a) + a * a * second,
            sharpness: curvature.largest(&EigenSearch::default())?.values[0],
            accuracy: on_test.accuracy.unwrap_or(f64::NAN),
            outputs: on_test.outputs,
        })
    };
    FACTORS.iter().map(twin).collect()
}

/// The traces of the two layers' diagonal blocks.
fn block_traces(hessian: &Symmetric, first: usize) -> [f64; 2] {
    let diagonal: Vec<f64> = (0..hessian.rows()).map(|i| hessian.elements()[i * hessian.rows() + i]).collect();
    [diagonal[..first].iter().sum(), diagonal[first..].iter().sum()]
}

/// The largest value of a figure over all networks and factors; `figure` takes the twin and the network itself; NaN
/// without the latter.
fn largest(all: &[Vec<Twin>], figure: impl Fn(&Twin, &Twin) -> f64) -> f64 {
    let of_network = |twins: &Vec<Twin>| {
        let own = twins.iter().find(|twin| twin.a == 1.0);
        own.map_or(f64::NAN, |own| most(twins.iter().map(|twin| figure(twin, own))))
    };
    most(all.iter().map(of_network))
}

fn findings(all: &[Vec<Twin>]) -> Vec<Measured> {
    let relative = |found: f64, expected: f64| (found - expected).abs() / expected.abs();
    let outputs = |twin: &Twin, own: &Twin| {
        let size = most(own.outputs.iter().map(|output| output.abs()));
        most(twin.outputs.iter().zip(&own.outputs).map(|(a, b)| (a - b).abs() / size))
    };
    let sharper: Vec<f64> = all
        .iter()
        .map(|twins| {
            let sharpness = twins.iter().map(|twin| twin.sharpness);
            most(sharpness.clone()) / least(sharpness)
        })
        .collect();
    vec![
        Measured::new(
            "largest change of the training loss, as a share of it",
            largest(all, |twin, own| relative(twin.loss, own.loss)),
            Expected::at_most(1e-12),
        ),
        Measured::new(
            "largest change of an output on a test row, as a share of the largest output",
            largest(all, outputs),
            Expected::at_most(1e-12),
        ),
        Measured::new(
            "largest change of the share of test rows that are right",
            largest(all, |twin, own| (twin.accuracy - own.accuracy).abs()),
            Expected::exactly(0.0),
        ),
        Measured::new(
            "largest difference of the trace from tr(H11)/a² + a² tr(H22), as a share of it",
            largest(all, |twin, _| relative(twin.trace, twin.predicted)),
            Expected::at_most(1e-6),
        ),
        Measured::new(
            "sharpest twin over flattest twin of the same network, the least of three networks",
            least(sharper),
            Expected::at_least(10.0),
        ),
    ]
}

fn notes(all: &[Vec<Twin>]) -> Vec<String> {
    let accuracies: Vec<String> =
        all.iter().filter_map(|twins| Some(format!("{:.1} %", 100.0 * twins.first()?.accuracy))).collect();
    vec![
        format!("The networks are right on {} of the test rows, whatever a is.", accuracies.join(", ")),
        "The Hessian comes from differences of gradients, which limits how well the two sides agree.".into(),
    ]
}

fn pictures(all: &[Vec<Twin>]) -> Vec<Picture> {
    let Some(twins) = all.first() else { return Vec::new() };
    let line = |of: fn(&Twin) -> f64| twins.iter().map(|twin| (twin.a, of(twin))).collect::<Vec<_>>();
    let log = |panel: Panel| Panel { x_scale: AxisScale::Log, scale: AxisScale::Log, ..panel };
    let curvature = vec![
        curve("trace of the Hessian", 0, LineStyle::Solid, line(|twin| twin.trace)),
        curve("tr(H11)/a² + a² tr(H22)", 1, LineStyle::Dotted, line(|twin| twin.predicted)),
        curve("sharpness", 2, LineStyle::Solid, line(|twin| twin.sharpness)),
    ];
    let loss = vec![curve("training loss", 3, LineStyle::Solid, line(|twin| twin.loss))];
    vec![picture(
        "curvature",
        "One network and its rescaled twins, which all compute the same function and have the same loss (right). Their \
         curvature is anything from flat to sharp (left).",
        "The same function, flat and sharp",
        "relu network 2-16-2 without biases, (W1, W2) → (a W1, W2/a)",
        vec![
            log(panel("Curvature", "a", "trace and largest eigenvalue of the Hessian", curvature)),
            log(panel("Loss", "a", "cross-entropy", loss)),
        ],
    )]
}
