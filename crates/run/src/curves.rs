//! Loss curves of runs.

use crate::metrics::Logged;
use crate::record::RunRecord;
use downhill_chart::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Marker, Panel, curves_svg};
use downhill_chart::statistics::median_and_band;
use downhill_train::StopReason;

/// One run's rows, to be drawn.
pub struct RunCurves {
    /// The text in the legend; empty for a single run.
    pub label: String,
    /// Every member's rows.
    pub rows: Vec<Logged>,
    /// Number of members.
    pub members: usize,
    /// The step with the lowest validation loss of a single member, and that loss.
    pub best: Option<(u64, f64)>,
    /// The step of each diverged member.
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

    /// Its curve in a panel: the line of a single member, or the median and the middle half of several. `worst` is the
    /// value of a diverged member.
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

/// The line below a run's picture.
pub fn subtitle(record: &RunRecord) -> String {
    let several = match record.members.len() {
        0 | 1 => String::new(),
        n => format!(", {n} seeds: median and middle half"),
    };
    let noise = match record.data.label_noise {
        0.0 => String::new(),
        share => format!(", {} % of their labels wrong", 100.0 * share),
    };
    format!("network {}, {} training rows{noise}{several}", record.network, record.data.train)
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
        // Where the training loss is not finite the member has diverged, whatever its other figures are.
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
    // Losses of 0 or below have no place on a logarithmic axis.
    let positive = loss_curves.iter().flat_map(|c| &c.points).all(|(_, y)| y.is_nan() || *y > 0.0);
    let panel = |title: &str, y_label: &str, scale, curves, markers| Panel {
        title: title.into(),
        x_label: "step".into(),
        x_scale: AxisScale::Linear,
        y_label: y_label.into(),
        scale,
        curves,
        markers,
    };
    let mut panels =
        vec![panel("Loss", loss_name, if positive { AxisScale::Log } else { AxisScale::Linear }, loss_curves, markers)];
    if accuracy {
        panels.push(panel("Accuracy", "share of rows that are right", AxisScale::Linear, accuracy_curves, Vec::new()));
    }
    let sharpness = sharpness(runs);
    if !sharpness.is_empty() {
        let positive = sharpness.iter().flat_map(|c| &c.points).all(|(_, y)| *y > 0.0);
        let scale = if positive { AxisScale::Log } else { AxisScale::Linear };
        panels.push(panel("Sharpness", "largest eigenvalue of the Hessian", scale, sharpness, Vec::new()));
    }
    curves_svg(&CurvesFigure { title: title.into(), subtitle: subtitle.into(), panels })
}

/// The measured curvature, with the edge of stability as a dotted line.
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
