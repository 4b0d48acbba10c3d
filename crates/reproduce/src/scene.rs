//! Shared by many experiments: races of optimizers as users type them, and pictures as plain values.

use crate::drawing;
use crate::experiment::{Conditions, ExperimentError};
use crate::outcome::{Figure, Picture};
use downhill_chart::curves::{AxisScale, Curve, LineStyle, Panel};
use downhill_landscape::Landscape;
use downhill_optim::Registry;
use downhill_race::{Path, Race, Runner, View, figure};
use std::convert::identity;

/// A race in `f64` of built-in optimizers, written as on the command line.
pub(crate) fn race(
    landscape: Landscape,
    optimizers: &[impl AsRef<str>],
    starts: Vec<Vec<f64>>,
    steps: u64,
    setting: &Conditions,
) -> Result<Race, ExperimentError> {
    race_of(&Registry::builtin(), landscape, optimizers, starts, steps, setting)
}

/// A race with custom optimizers.
pub(crate) fn race_of(
    registry: &Registry,
    landscape: Landscape,
    optimizers: &[impl AsRef<str>],
    starts: Vec<Vec<f64>>,
    steps: u64,
    setting: &Conditions,
) -> Result<Race, ExperimentError> {
    let mut runners = Vec::with_capacity(optimizers.len());
    for text in optimizers {
        runners.push(Runner::new(registry.parse(text.as_ref())?));
    }
    let race = Race::new(landscape, runners, starts, steps)?;
    Ok(Race { threads: setting.threads, seed: setting.seed, ..race })
}

/// One coordinate of a path, row by row.
pub(crate) fn coordinate(path: &Path, axis: usize) -> Vec<f64> {
    (0..path.rows()).map(|row| path.point(row)[axis]).collect()
}

/// Values by the step of their row.
pub(crate) fn by_step(path: &Path, value: impl Fn(usize) -> f64) -> Vec<(f64, f64)> {
    (0..path.rows()).map(|row| (path.step_of(row) as f64, value(row))).collect()
}

/// A measured curve.
pub(crate) fn curve(name: impl Into<String>, group: usize, points: Vec<(f64, f64)>) -> Curve {
    drawing::curve(name, group, LineStyle::Solid, points)
}

/// A curve that was not measured: a prediction or a limit.
pub(crate) fn theory(name: impl Into<String>, group: usize, points: Vec<(f64, f64)>) -> Curve {
    drawing::curve(name, group, LineStyle::Dotted, points)
}

/// A pair of axes; `labels` and `scales` are of the x and of the y axis.
pub(crate) fn panel(title: &str, labels: [&str; 2], scales: [AxisScale; 2], curves: Vec<Curve>) -> Panel {
    let [x_scale, scale] = scales;
    Panel { x_scale, scale, ..drawing::panel(title, labels[0], labels[1], curves) }
}

/// A picture of curves.
pub(crate) fn curves(name: &'static str, [title, subtitle, caption]: [&str; 3], panels: Vec<Panel>) -> Picture {
    drawing::picture(name, caption, title, subtitle, panels)
}

/// A picture of a race on a plane, with the ends of x and y.
pub(crate) fn plane(
    name: &'static str,
    [title, subtitle, caption]: [&str; 3],
    race: &Race,
    paths: &[Vec<Path>],
    ranges: [(f64, f64); 2],
) -> Picture {
    let view = View { title: title.into(), subtitle: subtitle.into(), ranges };
    let figure = Figure::Race(Box::new(figure(race, paths, view, false)));
    Picture { name, caption: caption.into(), figure }
}

/// About `count` rows of a path, with steps spread evenly over a logarithmic axis.
pub(crate) fn log_rows(path: &Path, count: usize) -> Vec<usize> {
    let last = path.rows() - 1;
    let row = |i: usize| ((last as f64).powf(i as f64 / count as f64).round() as usize).min(last);
    let mut rows: Vec<usize> = (0..=count).map(row).collect();
    rows.dedup();
    rows
}

/// The middle of an odd number of values, or the mean of the two in the middle; NaN without values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    downhill_statistics::median(&values).map_or(f64::NAN, identity)
}
