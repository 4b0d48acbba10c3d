//! The pictures of a race.

use crate::landscapes::tell::near;
use downhill_landscape::Landscape;
use downhill_race::{Keep, Path, Race, run};
use downhill_report::race::{Basins, RaceFigure, RunnerTrace, Trace};

/// Points a side of the grid that contours are drawn from.
const GRID: usize = 201;

/// Cells a side of the picture of basins.
const CELLS: usize = 48;

/// A race as plain values.
pub fn figure(race: &Race, paths: &[Vec<Path>], basins: bool) -> RaceFigure {
    let landscape = &race.landscape;
    let plane = landscape.dims() == 2;
    let ranges = if plane { ranges(race) } else { [(0.0, 1.0); 2] };
    let at = |range: (f64, f64), i: usize, of: usize| range.0 + (range.1 - range.0) * i as f64 / (of - 1) as f64;
    let values = if plane {
        let cell =
            |row: usize, column: usize| landscape.value(&[at(ranges[0], column, GRID), at(ranges[1], row, GRID)]);
        (0..GRID * GRID).map(|i| cell(i / GRID, i % GRID)).collect()
    } else {
        Vec::new()
    };
    let starts = match race.starts.len() {
        1 => format!("from {}", point(&race.starts[0])),
        n => format!("from {n} starts"),
    };
    let noise = if race.noise_sd > 0.0 { format!(", gradient noise of sd {}", race.noise_sd) } else { String::new() };
    RaceFigure {
        title: landscape.text.clone(),
        subtitle: format!("{}; {starts}, {} steps{noise}", landscape.formula, race.steps),
        x_label: "x".into(),
        y_label: "y".into(),
        x_range: ranges[0],
        y_range: ranges[1],
        grid: GRID,
        values,
        minima: if plane { minima(landscape) } else { Vec::new() },
        runners: race
            .runners
            .iter()
            .zip(paths)
            .map(|(runner, paths)| RunnerTrace {
                label: runner.label.clone(),
                traces: paths.iter().map(|path| trace(path, landscape)).collect(),
            })
            .collect(),
        loss_floor: landscape.lowest(),
        basins: (basins && plane).then(|| attraction(race, ranges)).flatten(),
    }
}

fn point(point: &[f64]) -> String {
    let shown: Vec<String> = point.iter().take(4).map(|x| x.to_string()).collect();
    format!("({}{})", shown.join(", "), if point.len() > 4 { ", …" } else { "" })
}

fn minima(landscape: &Landscape) -> Vec<(f64, f64, f64)> {
    landscape.minima.iter().map(|m| (m.point[0], m.point[1], m.value)).collect()
}

/// The usual box, grown to hold every start.
fn ranges(race: &Race) -> [(f64, f64); 2] {
    let side = |i: usize| {
        let (mut low, mut high) = race.landscape.domain[i];
        for start in &race.starts {
            (low, high) = (low.min(start[i]), high.max(start[i]));
        }
        (low, high)
    };
    [side(0), side(1)]
}

fn trace(path: &Path, landscape: &Landscape) -> Trace {
    let plane = landscape.dims() == 2;
    let rows = if plane { path.rows() } else { 0 };
    Trace {
        points: (0..rows).map(|row| (path.point(row)[0], path.point(row)[1])).collect(),
        losses: path.losses.clone(),
        grad_norms: path.grad_norms.clone(),
        ended: format!("{} at step {}", path.reason, path.last_step),
        diverged: path.diverged(),
        minimum: if plane { path.ended_at(landscape, near(landscape)) } else { None },
    }
}

/// Where starts from all over the plane end; none if that race cannot be run.
fn attraction(race: &Race, ranges: [(f64, f64); 2]) -> Option<Basins> {
    let middle = |range: (f64, f64), i: usize| range.0 + (range.1 - range.0) * (i as f64 + 0.5) / CELLS as f64;
    let starts = (0..CELLS * CELLS).map(|i| vec![middle(ranges[0], i % CELLS), middle(ranges[1], i / CELLS)]).collect();
    let paths = run(&Race { starts, keep: Keep::Ends, ..race.clone() }).ok()?;
    let reached = |path: &Path| {
        path.ended_at(&race.landscape, near(&race.landscape)).and_then(|minimum| u8::try_from(minimum).ok())
    };
    Some(Basins { grid: CELLS, runners: paths.iter().map(|all| all.iter().map(reached).collect()).collect() })
}
