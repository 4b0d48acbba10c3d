//! The results of a probe of a trained network: slices of its loss, the path of training, and a page with all of them.
//!
//! [`plane_svg`] draws the loss over two directions, [`slice_figure`] and [`sharpness_figure`] lay out curves for
//! [`curves_svg`](downhill_chart::curves::curves_svg), and [`probe_page`] makes one HTML file from a [`ProbeFigure`]. All are
//! made from plain values.

mod page;
mod plane;
#[cfg(test)]
mod tests;

pub use page::probe_page;
pub use plane::plane_svg;

use downhill_chart::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Marker, Panel};
use downhill_chart::table::Table;

/// The loss over a plane of parameter space, perhaps with a path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossPlane {
    /// Heading of the picture.
    pub title: String,
    /// A line below it; may be empty.
    pub subtitle: String,
    /// Name of the first direction.
    pub x_label: String,
    /// Name of the second direction.
    pub y_label: String,
    /// Left and right end of the plane.
    pub x_range: (f64, f64),
    /// Lower and upper end of the plane.
    pub y_range: (f64, f64),
    /// Points a side, at least 2, from end to end.
    pub grid: usize,
    /// The loss at those points, `[grid * grid]`, row 0 at the lower end of `y_range`. NaN where there is none. With
    /// another length no ground is drawn.
    pub values: Vec<f64>,
    /// The path of training, as coordinates, from its beginning; empty without a path.
    pub path: Vec<(f64, f64)>,
    /// The place of the probed weights.
    pub here: Option<(f64, f64)>,
}

/// The content of a probe's page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProbeFigure {
    /// Heading of the page.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// The result, in one or two sentences.
    pub lead: String,
    /// Notes for reading the figures, a sentence each; code stands between backticks.
    pub notes: Vec<String>,
    /// Tables with their headings.
    pub tables: Vec<ProbeTable>,
    /// The loss along random directions.
    pub slice: Option<CurvesFigure>,
    /// The loss over the plane of two random directions.
    pub plane: Option<LossPlane>,
    /// The loss over the plane of the path.
    pub path: Option<LossPlane>,
    /// The sharpness over the steps.
    pub sharpness: Option<CurvesFigure>,
}

/// A table with its heading and reading help.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProbeTable {
    /// The heading.
    pub title: String,
    /// How to read it.
    pub how: String,
    /// The cells; the first column names its row.
    pub table: Table,
}

/// The loss along one direction, with the probed weights at 0.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceCurve {
    /// The name in the legend, such as "direction 1".
    pub name: String,
    /// Colour index.
    pub group: usize,
    /// Dashed for validation data.
    pub validation: bool,
    /// The losses at the places of the slice.
    pub losses: Vec<f64>,
}

/// The losses at the places `at` along directions.
pub fn slice_figure(
    title: &str,
    subtitle: &str,
    loss: &str,
    at: &[f64],
    here: f64,
    curves: &[SliceCurve],
) -> CurvesFigure {
    let curve = |curve: &SliceCurve| Curve {
        name: curve.name.clone(),
        group: curve.group,
        style: if curve.validation { LineStyle::Dashed } else { LineStyle::Solid },
        points: at.iter().copied().zip(curve.losses.iter().copied()).collect(),
        band: None,
    };
    let group = curves.first().map_or(0, |curve| curve.group);
    let panel = Panel {
        title: "Loss".into(),
        x_label: "distance, in norms of each filter's weights".into(),
        y_label: loss.into(),
        x_scale: AxisScale::Linear,
        scale: AxisScale::Linear,
        curves: curves.iter().map(curve).collect(),
        markers: vec![Marker { x: 0.0, y: here, text: "these weights".into(), group }],
    };
    CurvesFigure { title: title.into(), subtitle: subtitle.into(), panels: vec![panel] }
}

/// A sharpness over the steps, with the sharpness beyond which the optimizer is unstable, as far as both are known.
///
/// `measured` and `threshold` are `(step, value)` in rising order of steps; `name` is the measured quantity, such as
/// "sharpness", and `meaning` its description.
pub fn sharpness_figure(
    title: &str,
    subtitle: &str,
    (name, meaning): (&str, &str),
    measured: &[(f64, f64)],
    threshold: &[(f64, f64)],
) -> CurvesFigure {
    let curve = |name: &str, group, style, points: &[(f64, f64)]| Curve {
        name: name.into(),
        group,
        style,
        points: points.to_vec(),
        band: None,
    };
    let mut curves = vec![curve(name, 2, LineStyle::Solid, measured)];
    if !threshold.is_empty() {
        curves.push(curve("edge of stability", 1, LineStyle::Dotted, threshold));
    }
    let positive = curves.iter().flat_map(|curve| &curve.points).all(|(_, value)| *value > 0.0);
    let panel = Panel {
        title: "Sharpness".into(),
        x_label: "step".into(),
        y_label: meaning.into(),
        x_scale: AxisScale::Linear,
        scale: if positive { AxisScale::Log } else { AxisScale::Linear },
        curves,
        markers: Vec::new(),
    };
    CurvesFigure { title: title.into(), subtitle: subtitle.into(), panels: vec![panel] }
}
