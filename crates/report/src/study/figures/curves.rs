//! Losses and accuracy by step, for the file; the page draws its own curves from the same numbers.

use downhill_chart::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Panel, curves_svg};
use downhill_verdict::trial::TrialRole;

use crate::study::bands::{Measured, band};
use crate::study::view::View;

/// The figure; None without an evaluation trial.
pub(super) fn curves(view: &View) -> Option<String> {
    let panel = |measured: Measured, title: &str| {
        let percent = measured.is_accuracy();
        let curves = view.verdict.standings.iter().filter_map(|standing| {
            let (line, band) = band(&view.trials(&standing.optimizer, TrialRole::Evaluation), measured)?;
            let factor = if percent { 100.0 } else { 1.0 };
            Some(Curve {
                name: standing.optimizer.clone(),
                group: view.group(&standing.optimizer),
                style: LineStyle::Solid,
                points: line.into_iter().map(|(x, y)| (x, factor * y)).collect(),
                band: Some(band.into_iter().map(|(x, low, high)| (x, factor * low, factor * high)).collect()),
            })
        });
        let curves: Vec<Curve> = curves.collect();
        let positive = curves.iter().flat_map(|curve| &curve.points).all(|point| point.1 > 0.0);
        Panel {
            title: title.into(),
            x_label: "step".into(),
            x_scale: AxisScale::Linear,
            y_label: if percent { "correct, %".into() } else { view.task.loss.clone() },
            scale: if percent || !positive { AxisScale::Linear } else { AxisScale::Log },
            curves,
            markers: vec![],
        }
    };
    let panels = [
        panel(Measured::TrainLoss, "Training loss"),
        panel(Measured::ValLoss, "Validation loss"),
        panel(Measured::ValAccuracy, "Validation accuracy"),
    ];
    let panels: Vec<Panel> = panels.into_iter().filter(|panel| !panel.curves.is_empty()).collect();
    if panels.is_empty() {
        return None;
    }
    Some(curves_svg(&CurvesFigure {
        title: format!("{}: curves of the chosen configurations", view.task.name),
        subtitle: format!("Median and quartiles over {}; a diverged run counts as infinite", view.runs()),
        panels,
    }))
}
