//! The measurements, as tables and as JSON.

use crate::cli::Probe as Args;
use downhill_chart::table::{Align, Table, number, percent};
use downhill_run::measure::{Found, StableRate, Steepness};
use downhill_run::open::Trained;
use serde::Serialize;

/// The content of `--json` and `probe.json`. A figure that is not finite is `null`.
#[derive(Serialize)]
pub struct Record<'a> {
    data: &'a str,
    network: &'a str,
    optimizer: &'a str,
    /// `last` or `best`.
    weights: &'a str,
    seed: u64,
    /// Updates done at these weights.
    step: u64,
    parameters: usize,
    /// Training rows used.
    rows: usize,
    /// All training rows.
    of_rows: usize,
    loss: f64,
    gradient_norm: f64,
    /// The largest eigenvalue of the Hessian; absent if no eigenvalue was asked for.
    sharpness: Option<f64>,
    /// The largest eigenvalues, largest first.
    eigenvalues: &'a [f64],
    /// For each eigenvalue, the norm of Hv − λv over the largest |λ|.
    residuals: &'a [f64],
    /// Whether all residuals are below the tolerance.
    converged: bool,
    /// Whether the whole Hessian was computed.
    exact_hessian: bool,
    preconditioned_sharpness: Option<f64>,
    trace: f64,
    /// The standard error of an estimated trace.
    trace_error: Option<f64>,
    /// In examples; absent where the noise hides the gradient.
    noise_scale: Option<f64>,
    /// The summed variances of one example's gradient.
    noise_variance: Option<f64>,
    /// An unbiased estimate of the squared norm of the gradient without noise.
    noise_gradient_square: Option<f64>,
    layers: Vec<LayerRecord<'a>>,
    stability: Option<StableRate>,
    slices: Option<SlicesRecord<'a>>,
    path: Option<PathRecord<'a>>,
}

/// One layer.
#[derive(Serialize)]
struct LayerRecord<'a> {
    name: &'a str,
    parameters: usize,
    weight_norm: f64,
    gradient_norm: f64,
    /// Hidden units, and the number of them that pass no gradient; absent for the last layer.
    units: Option<usize>,
    idle_units: Option<usize>,
}

#[derive(Serialize)]
struct SlicesRecord<'a> {
    at: &'a [f64],
    training: &'a [Vec<f64>],
    validation: &'a [Vec<f64>],
    side: &'a [f64],
    plane: &'a [Vec<f64>],
}

#[derive(Serialize)]
struct PathRecord<'a> {
    /// Whether the repeated run ended at the same weights, bit for bit.
    arrived: bool,
    steps: &'a [u64],
    /// Shares of the squared distances from the end along the two axes.
    explained: [f64; 2],
    coordinates: &'a [[f64; 2]],
    here: [f64; 2],
    x: &'a [f64],
    y: &'a [f64],
    losses: &'a [Vec<f64>],
    steepness: &'a [Steepness],
}

/// The subject: data and optimizer, then network and weights.
pub fn heading(subject: &Trained) -> [String; 2] {
    let record = &subject.record;
    // A file's name without its folders.
    let data = record.data.about.name.rsplit('/').next().unwrap_or_default();
    [
        format!("{data}: {}", subject.ready.optimizer.brief()),
        format!(
            "network {}, {} weights after {} updates, seed {}",
            record.network,
            subject.weights,
            number(subject.step as f64),
            subject.seed
        ),
    ]
}

/// The record of a probe.
pub fn record<'a>(subject: &'a Trained, found: &'a Found) -> Record<'a> {
    let layer = |(i, layer): (usize, &'a downhill_probe::Layer)| LayerRecord {
        name: &layer.name,
        parameters: layer.parameters,
        weight_norm: layer.weight_norm,
        gradient_norm: layer.gradient_norm,
        units: found.units.get(i).map(|units| units.units),
        idle_units: found.units.get(i).map(|units| units.idle),
    };
    Record {
        data: &subject.record.data.about.name,
        network: &subject.record.network,
        optimizer: &subject.record.optimizer,
        weights: subject.weights.name(),
        seed: subject.seed,
        step: subject.step,
        parameters: subject.values.len(),
        rows: found.rows.0,
        of_rows: found.rows.1,
        loss: found.loss,
        gradient_norm: found.gradient_norm,
        sharpness: found.spectrum.values.first().copied(),
        eigenvalues: &found.spectrum.values,
        residuals: &found.spectrum.residuals,
        converged: found.spectrum.converged,
        exact_hessian: found.exact,
        preconditioned_sharpness: found.preconditioned.as_ref().map(|p| p.values[0]),
        trace: found.trace.value,
        trace_error: found.trace.error,
        noise_scale: found.noise.and_then(|noise| noise.scale),
        noise_variance: found.noise.map(|noise| noise.variance),
        noise_gradient_square: found.noise.map(|noise| noise.square),
        layers: found.layers.iter().enumerate().map(layer).collect(),
        stability: found.stability,
        slices: found.slices.as_ref().map(|slices| SlicesRecord {
            at: &slices.at,
            training: &slices.training,
            validation: &slices.validation,
            side: &slices.side,
            plane: &slices.plane,
        }),
        path: found.path.as_ref().map(|path| PathRecord {
            arrived: path.arrived,
            steps: &path.steps,
            explained: path.plane.explained,
            coordinates: &path.plane.coordinates,
            here: path.here,
            x: &path.sides[0],
            y: &path.sides[1],
            losses: &path.losses,
            steepness: &path.steepness,
        }),
    }
}

/// The whole network's figures, one a row.
pub fn figures(args: &Args, subject: &Trained, found: &Found) -> Table {
    let mut rows = vec![
        vec!["loss".into(), number(found.loss), format!("over {}", rows(found))],
        vec!["gradient norm".into(), number(found.gradient_norm), String::new()],
    ];
    let mut row = |name: &str, value: String, remark: String| rows.push(vec![name.into(), value, remark]);
    if let Some(&sharpness) = found.spectrum.values.first() {
        let residual = found.spectrum.residuals.iter().copied().fold(0.0, f64::max);
        let remark = if found.spectrum.converged {
            format!("largest eigenvalue of the Hessian; residual {}", number(residual))
        } else {
            format!("a lower bound: the search ended early, at a residual of {}", number(residual))
        };
        row("sharpness", number(sharpness), remark);
    }
    let further: Vec<String> = found.spectrum.values.iter().skip(1).map(|&value| number(value)).collect();
    if !further.is_empty() {
        row("next eigenvalues", further.join("  "), String::new());
    }
    match &found.preconditioned {
        Some(preconditioned) => {
            let how = match preconditioned.converged {
                true => "under the optimizer's own scaling",
                false => "at least: the search ended before it converged",
            };
            row("preconditioned sharpness", number(preconditioned.values[0]), how.into());
        }
        None if subject.ready.optimizer.is_preconditioned() => {
            let why = match args.path {
                true => "there is none before the first update, nor at a step without a logged row",
                false => "needs the optimizer's state: --path repeats the run for it",
            };
            row("preconditioned sharpness", "–".into(), why.into());
        }
        None => {}
    }
    let error = found.trace.error.map(|error| format!(" ± {}", number(error))).unwrap_or_default();
    let how =
        if found.trace.error.is_some() { "estimated, ± standard error" } else { "exact, from the whole Hessian" };
    row("trace of the Hessian", number(found.trace.value) + &error, how.into());
    if let Some(noise) = found.noise {
        let scale = noise.scale.map_or("–".into(), number);
        let remark = match noise.scale {
            Some(_) => "in examples: batches far larger gain little".into(),
            None => "the noise of the examples hides the gradient".to_string(),
        };
        row("gradient noise scale", scale, remark);
    }
    if let Some(stability) = found.stability {
        let what = if stability.preconditioned { "preconditioned sharpness" } else { "sharpness" };
        row("edge of stability", number(stability.threshold), format!("of the {what}, at the run's rate"));
        let largest = stability.largest_rate.map_or("none: no curvature is positive".into(), number);
        row(
            "largest stable rate",
            largest,
            format!("the run's was {} there: {}", number(stability.rate), verdict(&stability)),
        );
    }
    if let Some(path) = &found.path {
        let [first, second] = path.plane.explained.map(percent);
        row(
            "path in its plane",
            percent(path.plane.explained.iter().sum()),
            format!("{first} and {second} along the axes"),
        );
        let arrived = if path.arrived { "yes" } else { "no" };
        row("run repeated exactly", arrived.into(), "the same last weights, bit for bit".into());
    }
    Table {
        header: ["figure", "value", ""].map(String::from).to_vec(),
        align: vec![Align::Left, Align::Right, Align::Left],
        rows,
    }
}

/// `stable` or `beyond the edge`.
pub fn verdict(stability: &StableRate) -> &'static str {
    if stability.stable { "stable" } else { "beyond the edge" }
}

fn rows(found: &Found) -> String {
    let (used, all) = found.rows;
    if used == all {
        format!("all {all} training rows")
    } else {
        format!("{used} of {all} training rows, evenly spaced")
    }
}

/// One row for each layer.
pub fn layers(found: &Found) -> Table {
    let row = |(i, layer): (usize, &downhill_probe::Layer)| {
        let idle = found.units.get(i).map_or("–".into(), |units| format!("{} of {}", units.idle, units.units));
        vec![
            layer.name.clone(),
            layer.parameters.to_string(),
            number(layer.weight_norm),
            number(layer.gradient_norm),
            idle,
        ]
    };
    Table {
        header: ["layer", "parameters", "weight norm", "gradient norm", "idle units"].map(String::from).to_vec(),
        align: vec![Align::Left, Align::Right, Align::Right, Align::Right, Align::Right],
        rows: found.layers.iter().enumerate().map(row).collect(),
    }
}

/// The findings, in one or two sentences.
pub fn lead(found: &Found) -> String {
    let Some(&sharpness) = found.spectrum.values.first() else {
        return format!("The loss is {}.", number(found.loss));
    };
    let Some(stability) = found.stability else {
        return format!("The sharpness is {} at a loss of {}.", number(sharpness), number(found.loss));
    };
    let what = if stability.preconditioned { "preconditioned sharpness" } else { "sharpness" };
    let (steepness, threshold) = (number(stability.steepness), number(stability.threshold));
    let relation = if stability.stable { "below" } else { "beyond" };
    let rate = number(stability.rate);
    format!("The {what} is {steepness}, {relation} the edge of stability, {threshold}, at learning rate {rate}.")
}

/// The method of each measurement, in a sentence or two.
pub fn notes(subject: &Trained, found: &Found) -> Vec<String> {
    let mut notes = vec![format!(
        "All of it is computed in `f64` over {}, at the `{}` weights of seed {} after {} updates, without weight decay \
        in the loss. Second derivatives are central differences of gradients.",
        rows(found),
        subject.weights,
        subject.seed,
        number(subject.step as f64)
    )];
    if found.stability.is_some() && !subject.ready.settings.batching.is_full() {
        notes.push(
            "The edge of stability is that of full batches. The noise of smaller ones keeps a run below it, and may \
            throw it off there already."
                .into(),
        );
    }
    if found.path.is_some() {
        notes.push(
            "The plane of the path holds most of the squared distances of the weights on the way from the last ones \
            (principal components, as in Li et al. 2018, but through the end of the path and not through its middle)."
                .into(),
        );
    }
    if found.slices.is_some() {
        notes.push(
            "Slices go along random directions in which each unit's incoming weights have the norm of those of the \
            network, and biases stay (Li et al. 2018)."
                .into(),
        );
    }
    if let Some(path) = &found.path {
        notes.push(if path.arrived {
            "The run was repeated for its path, and ended at the same weights, bit for bit.".into()
        } else {
            "The run was repeated for its path, and did not end at the same weights: this machine or version computes \
            other bits, so the path is that of a similar run."
                .into()
        });
    }
    notes
}
