//! From runs to pictures: loss curves, decision regions, fits.

use crate::figures::own_units;
use crate::plan::About;
use crate::run_dir::Logged;
use downhill_chart::curves::{Curve, CurvesFigure, LineStyle, Marker, Panel, Scale, curves_svg};
use downhill_chart::regions::{LabelledPoint, RegionsFigure, regions_svg};
use downhill_chart::scatter::{self, FitFigure, FitPoint, fit_svg};
use downhill_chart::statistics::median_and_band;
use downhill_data::Task;
use downhill_population::{Params, Values};
use downhill_train::evaluate::argmax;
use downhill_train::{Part, Session, StopReason};

/// One run's rows, to be drawn.
pub struct RunCurves {
    /// What the legend says; empty for a lone run.
    pub label: String,
    /// Every member's rows.
    pub rows: Vec<Logged>,
    /// How many members there are.
    pub members: usize,
    /// The step with the lowest validation loss of a lone member, and that loss.
    pub best: Option<(u64, f64)>,
    /// Members that diverged: the step of each.
    pub diverged: Vec<u64>,
}

impl RunCurves {
    /// The curves of a run from its rows and its members' ends.
    pub fn new(label: String, rows: Vec<Logged>, ends: &[(StopReason, u64)], best: Option<(u64, f64)>) -> Self {
        let diverged =
            ends.iter().filter(|(reason, _)| *reason == StopReason::Diverged).map(|(_, step)| *step).collect();
        Self { label, rows, members: ends.len(), best, diverged }
    }

    /// A figure of each member over the steps.
    fn of(&self, figure: &dyn Fn(&Logged) -> Option<f64>) -> Vec<Vec<(f64, f64)>> {
        let mut seeds: Vec<u64> = self.rows.iter().map(|r| r.row.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
            .into_iter()
            .map(|seed| {
                let own = self.rows.iter().filter(|r| r.row.seed == seed);
                own.filter_map(|r| figure(r).map(|y| (r.row.step as f64, y))).collect()
            })
            .collect()
    }

    /// Its curve in a panel: the line of a lone member, the median and the middle half of several. `worst` is what a
    /// diverged member counts as.
    fn curve(
        &self,
        name: &str,
        group: usize,
        style: LineStyle,
        worst: f64,
        figure: &dyn Fn(&Logged) -> Option<f64>,
    ) -> Option<Curve> {
        let mut lines = self.of(figure);
        lines.retain(|line| !line.is_empty());
        if lines.is_empty() {
            return None;
        }
        let name = if self.label.is_empty() { name.to_string() } else { self.label.clone() };
        if lines.len() == 1 {
            return Some(Curve { name, group, style, points: lines.remove(0), band: None });
        }
        let (points, band) = median_and_band(&lines, 0.25, 0.75, worst);
        Some(Curve { name, group, style, points, band: Some(band) })
    }
}

/// The picture of one run or several: loss on a logarithmic axis and, in classifications, accuracy.
pub fn curves(title: &str, subtitle: &str, loss_name: &str, runs: &[RunCurves]) -> String {
    let accuracy = runs.iter().any(|run| run.rows.iter().any(|r| r.row.train_accuracy.is_some()));
    let mut loss_curves = Vec::new();
    let mut accuracy_curves = Vec::new();
    let mut markers = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        let (train, val) = if runs.len() == 1 { (0, 1) } else { (i, i) };
        let (solid, dashed) = (LineStyle::Solid, LineStyle::Dashed);
        // Where the training loss is not finite the member has diverged, whatever its other figures are there.
        let sound = |r: &Logged, y: f64| if r.row.train_loss.is_finite() { y } else { f64::NAN };
        let worst = f64::INFINITY;
        loss_curves.extend(run.curve("training", train, solid, worst, &|r| Some(sound(r, r.row.train_loss))));
        loss_curves.extend(run.curve("validation", val, dashed, worst, &|r| Some(sound(r, r.row.val_loss?))));
        accuracy_curves.extend(run.curve("training", train, solid, 0.0, &|r| Some(sound(r, r.row.train_accuracy?))));
        accuracy_curves.extend(run.curve("validation", val, dashed, 0.0, &|r| Some(sound(r, r.row.val_accuracy?))));
        if let (Some((step, loss)), 1) = (run.best, runs.len()) {
            markers.push(Marker { x: step as f64, y: loss, text: "lowest validation loss".into(), group: val });
        }
        for &step in run.diverged.iter().take(1) {
            let text = match run.diverged.len() {
                n if run.members > 1 => format!("{n} of {} diverged", run.members),
                _ => "diverged".into(),
            };
            markers.push(Marker { x: step as f64, y: f64::NAN, text, group: train });
        }
    }
    // Losses that reach 0, or below, have no place on a logarithmic axis.
    let positive = loss_curves.iter().flat_map(|c| &c.points).all(|(_, y)| y.is_nan() || *y > 0.0);
    let panel = |title: &str, y_label: &str, scale, curves, markers| Panel {
        title: title.into(),
        x_label: "step".into(),
        x_scale: Scale::Linear,
        y_label: y_label.into(),
        scale,
        curves,
        markers,
    };
    let mut panels =
        vec![panel("Loss", loss_name, if positive { Scale::Log } else { Scale::Linear }, loss_curves, markers)];
    if accuracy {
        panels.push(panel("Accuracy", "share of rows that are right", Scale::Linear, accuracy_curves, Vec::new()));
    }
    let sharpness = sharpness(runs);
    if !sharpness.is_empty() {
        let positive = sharpness.iter().flat_map(|c| &c.points).all(|(_, y)| *y > 0.0);
        let scale = if positive { Scale::Log } else { Scale::Linear };
        panels.push(panel("Sharpness", "largest eigenvalue of the Hessian", scale, sharpness, Vec::new()));
    }
    curves_svg(&CurvesFigure { title: title.into(), subtitle: subtitle.into(), panels })
}

/// What was measured of the curvature, with the edge of stability as a dotted line.
fn sharpness(runs: &[RunCurves]) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        for (name, group) in [("sharpness", 2), ("preconditioned sharpness", 3)] {
            let plain = name == "sharpness";
            let of = |logged: &Logged| if plain { logged.sharpness } else { logged.preconditioned };
            let group = if runs.len() == 1 { group } else { i };
            let edge = format!("edge of stability of {name}");
            curves.extend(run.curve(name, group, LineStyle::Solid, f64::INFINITY, &|r| of(r)[0]));
            curves.extend(run.curve(&edge, group, LineStyle::Dotted, f64::INFINITY, &|r| of(r)[1]));
        }
    }
    curves
}

/// Cells of the picture of decision regions, a side.
const GRID: usize = 200;
/// Points of a regression's fitted curve.
const FIT_POINTS: usize = 400;

/// The picture of what the network says everywhere: decision regions for two features, the fitted curve for one. None
/// for other data.
pub fn everywhere(session: &Session, about: &About, values: &Values, title: &str) -> Option<(&'static str, String)> {
    match (about.task, about.features.len()) {
        (Task::Classification, 2) => Some(("regions.svg", regions(session, about, values, title))),
        (Task::Regression, 1) if about.outputs.len() == 1 => Some(("fit.svg", fit(session, about, values, title))),
        _ => None,
    }
}

/// The parts of the data with the inputs in their own units.
fn parts(session: &Session, about: &About) -> Vec<(scatter::Part, Vec<f64>, Part)> {
    let data = session.data();
    [(scatter::Part::Train, &data.train), (scatter::Part::Validation, &data.val), (scatter::Part::Test, &data.test)]
        .into_iter()
        .map(|(name, part)| {
            let scaled = part.inputs();
            let width = about.features.len();
            let mut own = vec![0.0; scaled.len()];
            for (row, out) in scaled.chunks_exact(width).zip(own.chunks_exact_mut(width)) {
                about.scaler.invert(row, out);
            }
            (name, own, part.clone())
        })
        .collect()
}

/// The network's outputs at points in the features' own units, row-major.
fn outputs_at(session: &Session, about: &About, values: &Values, points: &[f64]) -> Vec<f64> {
    let settings = session.settings();
    let width = about.features.len();
    let mut scaled = vec![0.0; points.len()];
    for (row, out) in points.chunks_exact(width).zip(scaled.chunks_exact_mut(width)) {
        about.scaler.apply(row, out);
    }
    let params = Params::from_members(&settings.place, &settings.network.shapes(), std::slice::from_ref(values));
    let inputs = settings.place.tensor(&scaled, [1, points.len() / width, width]);
    downhill_population::host::values(settings.network.forward(&params.tensors, inputs))
}

/// The range of some numbers with a margin of a twentieth on both sides.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
    (low - margin, high + margin)
}

fn regions(session: &Session, about: &About, values: &Values, title: &str) -> String {
    let parts = parts(session, about);
    let axis = |a: usize| range(parts.iter().flat_map(|(_, xs, _)| xs.iter().skip(a).step_by(2).copied()));
    let (x_range, y_range) = (axis(0), axis(1));
    let centre = |(low, high): (f64, f64), i: usize| low + (high - low) * (i as f64 + 0.5) / GRID as f64;
    let points: Vec<f64> =
        (0..GRID * GRID).flat_map(|i| [centre(x_range, i % GRID), centre(y_range, i / GRID)]).collect();
    let classes = about.outputs.len();
    let outputs = outputs_at(session, about, values, &points);
    let rows = || outputs.chunks_exact(classes);
    let labelled = parts.iter().flat_map(|(part, xs, data)| {
        let predicted = session.evaluate(std::slice::from_ref(values), data).remove(0).outputs;
        let predicted: Vec<Option<u32>> = predicted.chunks_exact(classes).map(argmax).collect();
        let labels = data.labels().unwrap_or_default().to_vec();
        xs.chunks_exact(2)
            .zip(labels)
            .zip(predicted)
            .map(|((x, class), predicted)| LabelledPoint {
                x: x[0],
                y: x[1],
                class,
                part: *part,
                wrong: predicted != Some(class),
            })
            .collect::<Vec<_>>()
    });
    regions_svg(&RegionsFigure {
        title: title.into(),
        subtitle: "what the network says everywhere, with the data on it".into(),
        x_label: about.features[0].clone(),
        y_label: about.features[1].clone(),
        x_range,
        y_range,
        grid: GRID,
        classes: rows().map(|z| argmax(z).unwrap_or(0)).collect(),
        confidence: rows().map(confidence).collect(),
        class_names: about.outputs.clone(),
        points: labelled.collect(),
    })
}

/// The softmax probability of the largest output.
fn confidence(outputs: &[f64]) -> f32 {
    let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (1.0 / outputs.iter().map(|z| (z - most).exp()).sum::<f64>()) as f32
}

fn fit(session: &Session, about: &About, values: &Values, title: &str) -> String {
    let parts = parts(session, about);
    let (low, high) = range(parts.iter().flat_map(|(_, xs, _)| xs.iter().copied()));
    let xs: Vec<f64> = (0..FIT_POINTS).map(|i| low + (high - low) * i as f64 / (FIT_POINTS - 1) as f64).collect();
    let ys = own_units(about, &outputs_at(session, about, values, &xs));
    let points = parts.iter().flat_map(|(part, xs, data)| {
        let truth = own_units(about, &data.values().unwrap_or_default());
        xs.iter().zip(truth).map(|(&x, y)| FitPoint { x, y, part: *part }).collect::<Vec<_>>()
    });
    fit_svg(&FitFigure {
        title: title.into(),
        subtitle: "what the network says, with the data on it".into(),
        x_label: about.features[0].clone(),
        y_label: about.outputs[0].clone(),
        points: points.collect(),
        curve: xs.into_iter().zip(ys).collect(),
    })
}
