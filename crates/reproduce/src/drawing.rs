//! Short helpers for pictures of curves.

use crate::outcome::{Figure, Picture};
use downhill_chart::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Panel};

/// A line.
pub(crate) fn curve(name: impl Into<String>, group: usize, style: LineStyle, points: Vec<(f64, f64)>) -> Curve {
    Curve { name: name.into(), group, style, points, band: None }
}

/// A pair of axes, both linear.
pub(crate) fn panel(title: &str, x_label: &str, y_label: &str, curves: Vec<Curve>) -> Panel {
    Panel {
        title: title.into(),
        x_label: x_label.into(),
        x_scale: AxisScale::Linear,
        y_label: y_label.into(),
        scale: AxisScale::Linear,
        curves,
        markers: Vec::new(),
    }
}

/// A picture of one to three panels.
pub(crate) fn picture(
    name: &'static str,
    caption: impl Into<String>,
    title: &str,
    subtitle: &str,
    panels: Vec<Panel>,
) -> Picture {
    let figure = CurvesFigure { title: title.into(), subtitle: subtitle.into(), panels };
    Picture { name, caption: caption.into(), figure: Figure::Curves(figure) }
}
