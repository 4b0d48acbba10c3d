//! What many experiments share: races of optimizers as users type them, and pictures as plain values.

use crate::drawing;
use crate::experiment::{ExperimentError, Setting};
use crate::outcome::{Figure, Picture};
use downhill_chart::curves::{Curve, LineStyle, Panel, Scale};
use downhill_landscape::Landscape;
use downhill_optim::Registry;
use downhill_race::{Path, Race, Runner};
use downhill_report::race::{RaceFigure, RunnerTrace, Trace};
use std::convert::identity;

/// Points a side of the grid that contours are drawn from.
const GRID: usize = 201;

/// A race in `f64` of built-in optimizers, written as on the command line.
pub(crate) fn race(
    landscape: Landscape,
    optimizers: &[impl AsRef<str>],
    starts: Vec<Vec<f64>>,
    steps: u64,
    setting: &Setting,
) -> Result<Race, ExperimentError> {
    race_of(&Registry::builtin(), landscape, optimizers, starts, steps, setting)
}

/// The same with optimizers of one's own.
pub(crate) fn race_of(
    registry: &Registry,
    landscape: Landscape,
    optimizers: &[impl AsRef<str>],
    starts: Vec<Vec<f64>>,
    steps: u64,
    setting: &Setting,
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

/// What was measured.
pub(crate) fn curve(name: impl Into<String>, group: usize, points: Vec<(f64, f64)>) -> Curve {
    drawing::curve(name, group, LineStyle::Solid, points)
}

/// What was not measured: a prediction or a limit.
pub(crate) fn theory(name: impl Into<String>, group: usize, points: Vec<(f64, f64)>) -> Curve {
    drawing::curve(name, group, LineStyle::Dotted, points)
}

/// A pair of axes; `labels` are of the x and of the y axis, `scales` too.
pub(crate) fn panel(title: &str, labels: [&str; 2], scales: [Scale; 2], curves: Vec<Curve>) -> Panel {
    let [x_scale, scale] = scales;
    Panel { x_scale, scale, ..drawing::panel(title, labels[0], labels[1], curves) }
}

/// A picture of curves.
pub(crate) fn curves(name: &'static str, [title, subtitle, caption]: [&str; 3], panels: Vec<Panel>) -> Picture {
    drawing::picture(name, caption, title, subtitle, panels)
}

/// A picture of a race on a plane, x and y between these ends.
pub(crate) fn plane(
    name: &'static str,
    [title, subtitle, caption]: [&str; 3],
    race: &Race,
    paths: &[Vec<Path>],
    [x_range, y_range]: [(f64, f64); 2],
) -> Picture {
    let landscape = &race.landscape;
    let at = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / (GRID - 1) as f64;
    let value = |i: usize| landscape.value(&[at(x_range, i % GRID), at(y_range, i / GRID)]);
    let runners = race.runners.iter().zip(paths).map(|(runner, paths)| RunnerTrace {
        label: runner.label.clone(),
        traces: paths.iter().map(|path| trace(path, landscape)).collect(),
    });
    let figure = RaceFigure {
        title: title.into(),
        subtitle: subtitle.into(),
        x_label: "x".into(),
        y_label: "y".into(),
        x_range,
        y_range,
        grid: GRID,
        values: (0..GRID * GRID).map(value).collect(),
        minima: landscape.minima.iter().map(|m| (m.point[0], m.point[1], m.value)).collect(),
        runners: runners.collect(),
        loss_floor: landscape.lowest(),
        basins: None,
    };
    Picture { name, caption: caption.into(), figure: Figure::Race(Box::new(figure)) }
}

fn trace(path: &Path, landscape: &Landscape) -> Trace {
    /// So near to a minimum a path has reached it.
    const NEAR: f64 = 1e-3;
    Trace {
        points: (0..path.rows()).map(|row| (path.point(row)[0], path.point(row)[1])).collect(),
        losses: path.losses.clone(),
        grad_norms: path.grad_norms.clone(),
        ended: format!("{} at step {}", path.reason, path.last_step),
        diverged: path.diverged(),
        minimum: path.ended_at(landscape, NEAR),
    }
}

/// Rows of a path with steps that spread evenly over a logarithmic axis, about so many.
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
