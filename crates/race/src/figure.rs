//! A race as plain values, for its picture.

use crate::path::{Path, reach};
use crate::race::{Keep, Race};
use crate::run::run;
use downhill_landscape::Landscape;
use downhill_report::race::{Basins, RaceFigure, RunnerTrace, WalkTrace};

/// Points a side of the grid for contours.
const GRID: usize = 201;

/// Cells a side of the picture of basins.
const CELLS: usize = 48;

/// The headings of a picture of a race, and its part of the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The title.
    pub title: String,
    /// The line below the title.
    pub subtitle: String,
    /// Ends of x and y, each the lower one first.
    pub ranges: [(f64, f64); 2],
}

impl View {
    /// The landscape's usual box, enlarged to contain every start; headings from formula, starts and steps.
    pub fn of(race: &Race) -> Self {
        let landscape = &race.landscape;
        let starts = match race.starts.as_slice() {
            [only] => format!("from {}", point(only)),
            many => format!("from {} starts", many.len()),
        };
        let noise =
            if race.noise_sd > 0.0 { format!(", gradient noise of sd {}", race.noise_sd) } else { String::new() };
        let side = |i: usize| {
            let all = race.starts.iter().map(|start| start[i]);
            all.fold(landscape.domain[i], |(low, high), x| (low.min(x), high.max(x)))
        };
        Self {
            title: landscape.text.clone(),
            subtitle: format!("{}; {starts}, {} steps{noise}", landscape.formula, race.steps),
            ranges: if landscape.dims() == 2 { [side(0), side(1)] } else { [(0.0, 1.0); 2] },
        }
    }
}

/// The figure of a race. On a plane with contours, paths, and, with `basins`, the minima reached from starts all over
/// it; elsewhere with losses alone.
pub fn figure(race: &Race, paths: &[Vec<Path>], view: View, basins: bool) -> RaceFigure {
    let landscape = &race.landscape;
    let plane = landscape.dims() == 2;
    let ranges = view.ranges;
    let at = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / (GRID - 1) as f64;
    let value = |i: usize| landscape.value(&[at(ranges[0], i % GRID), at(ranges[1], i / GRID)]);
    let runners = race.runners.iter().zip(paths).map(|(runner, paths)| RunnerTrace {
        label: runner.label.clone(),
        traces: paths.iter().map(|path| trace(path, landscape)).collect(),
    });
    let minima = landscape.minima.iter().filter(|_| plane);
    RaceFigure {
        title: view.title,
        subtitle: view.subtitle,
        x_label: "x".into(),
        y_label: "y".into(),
        x_range: ranges[0],
        y_range: ranges[1],
        grid: GRID,
        values: if plane { (0..GRID * GRID).map(value).collect() } else { Vec::new() },
        reach: reach(landscape),
        minima: minima.map(|m| (m.point[0], m.point[1], m.value)).collect(),
        runners: runners.collect(),
        loss_floor: landscape.lowest(),
        basins: (basins && plane).then(|| attraction(race, ranges)).flatten(),
    }
}

fn point(point: &[f64]) -> String {
    let shown: Vec<String> = point.iter().take(4).map(|x| x.to_string()).collect();
    format!("({}{})", shown.join(", "), if point.len() > 4 { ", …" } else { "" })
}

fn trace(path: &Path, landscape: &Landscape) -> WalkTrace {
    let plane = landscape.dims() == 2;
    let rows = if plane { path.rows() } else { 0 };
    WalkTrace {
        points: (0..rows).map(|row| (path.point(row)[0], path.point(row)[1])).collect(),
        losses: path.losses.clone(),
        grad_norms: path.grad_norms.clone(),
        ended: format!("{} at step {}", path.reason, path.last_step),
        diverged: path.diverged(),
        minimum: if plane { path.arrived_at(landscape) } else { None },
    }
}

/// The minima reached from starts all over the plane; None if that race cannot be run.
fn attraction(race: &Race, ranges: [(f64, f64); 2]) -> Option<Basins> {
    let middle = |(low, high): (f64, f64), i: usize| low + (high - low) * (i as f64 + 0.5) / CELLS as f64;
    let starts = (0..CELLS * CELLS).map(|i| vec![middle(ranges[0], i % CELLS), middle(ranges[1], i / CELLS)]).collect();
    let paths = run(&Race { starts, keep: Keep::Ends, ..race.clone() }).ok()?;
    let reached = |path: &Path| path.arrived_at(&race.landscape).and_then(|minimum| u8::try_from(minimum).ok());
    Some(Basins { grid: CELLS, runners: paths.iter().map(|all| all.iter().map(reached).collect()).collect() })
}
