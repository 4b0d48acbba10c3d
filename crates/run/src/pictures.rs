//! Pictures of a network's outputs everywhere: decision regions, fits.

use crate::folder::{FIT, REGIONS};
use crate::prepare::DataFacts;
use downhill_chart::regions::{LabelledPoint, RegionsFigure, regions_svg};
use downhill_chart::scatter::{self, FitFigure, FitPoint, fit_svg};
use downhill_data::TaskKind;
use downhill_population::{Params, Values};
use downhill_train::evaluate::argmax;
use downhill_train::{Part, Session};

/// Cells a side of the picture of decision regions.
const GRID: usize = 200;
/// Points of a regression's fitted curve.
const FIT_POINTS: usize = 400;

/// The picture of the network's outputs everywhere: decision regions for two features, the fitted curve for one; None
/// for other data.
pub fn everywhere(
    session: &Session,
    about: &DataFacts,
    values: &Values,
    title: &str,
) -> Option<(&'static str, String)> {
    match (about.task, about.features.len()) {
        (TaskKind::Classification, 2) => Some((REGIONS, regions(session, about, values, title))),
        (TaskKind::Regression, 1) if about.outputs.len() == 1 => Some((FIT, fit(session, about, values, title))),
        _ => None,
    }
}

/// The parts of the data with the inputs in their own units.
fn parts(session: &Session, about: &DataFacts) -> Vec<(scatter::FitPart, Vec<f64>, Part)> {
    let data = session.data();
    [
        (scatter::FitPart::Train, &data.train),
        (scatter::FitPart::Validation, &data.val),
        (scatter::FitPart::Test, &data.test),
    ]
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
fn outputs_at(session: &Session, about: &DataFacts, values: &Values, points: &[f64]) -> Vec<f64> {
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

/// The range of some numbers with a margin of a twentieth at both ends.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
    (low - margin, high + margin)
}

fn regions(session: &Session, about: &DataFacts, values: &Values, title: &str) -> String {
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

fn fit(session: &Session, about: &DataFacts, values: &Values, title: &str) -> String {
    let parts = parts(session, about);
    let (low, high) = range(parts.iter().flat_map(|(_, xs, _)| xs.iter().copied()));
    let xs: Vec<f64> = (0..FIT_POINTS).map(|i| low + (high - low) * i as f64 / (FIT_POINTS - 1) as f64).collect();
    let ys = about.own_units(&outputs_at(session, about, values, &xs));
    let points = parts.iter().flat_map(|(part, xs, data)| {
        let truth = about.own_units(&data.values().unwrap_or_default());
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
