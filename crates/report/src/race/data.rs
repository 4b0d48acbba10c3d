//! The data that the page's script draws, as compact JSON.

use downhill_chart::contours::{self, Levels};
use downhill_chart::simplify::simplify;

use super::{Basins, RaceFigure, WalkTrace};
use crate::web::{number, quoted};

/// The page has at most this many paths of all runners.
const MOST_PATHS: usize = 120;
/// All paths together have about this many points; beyond, steps are left out evenly.
const MOST_POINTS: usize = 60_000;
/// A path has at most this many points, besides its end, and may always have `FEWEST_STEPS`.
const MOST_STEPS: usize = 3000;
const FEWEST_STEPS: usize = 60;
/// Contours lie on a grid of this many places a side.
const PLACES: f64 = 8191.0;
/// And stray by at most this many places.
const TOLERANCE: f64 = 1.2;
/// Up to this many paths, places have the digits for a close look.
const FEW_PATHS: usize = 12;
/// Significant digits of places on few paths and on many, and of losses and gradients.
const PLACE_DIGITS: usize = 9;
const ROUGH_DIGITS: usize = 6;
const LOSS_DIGITS: usize = 4;

/// The JSON, and the part of the race in it.
pub(super) struct Data {
    pub json: String,
    /// Number of starts drawn.
    pub shown: usize,
    /// Whether steps were left out.
    pub thinned: bool,
}

/// The moving parts; `losses` are the ends of the loss axis.
pub(super) fn data(figure: &RaceFigure, levels: Option<&Levels>, losses: (f64, f64)) -> Data {
    let starts = super::drawn_starts(figure, MOST_PATHS);
    let traces = (figure.runners.len() * starts.len()).max(1);
    let most = (MOST_POINTS / traces).clamp(FEWEST_STEPS, MOST_STEPS);
    let last = figure.last_step();
    let thinned = last >= most;
    let mut steps: Vec<usize> =
        if thinned { (0..most).map(|row| row * last / (most - 1)).collect() } else { (0..=last).collect() };
    // No path loses its end.
    let ends = figure.runners.iter().flat_map(|runner| starts.iter().filter_map(|&start| runner.traces.get(start)));
    steps.extend(ends.map(WalkTrace::last_step));
    steps.sort_unstable();
    steps.dedup();

    let floor = figure.floor();
    let digits = if traces <= FEW_PATHS { PLACE_DIGITS } else { ROUGH_DIGITS };
    let runners = figure.runners.iter().map(|runner| {
        let traces = starts.iter().filter_map(|&start| runner.traces.get(start).map(|given| (start, given)));
        let traces: Vec<String> = traces.map(|(start, given)| trace(start, given, &steps, floor, digits)).collect();
        format!("{{\"label\":{},\"traces\":[{}]}}", quoted(&runner.label), traces.join(","))
    });
    let runners: Vec<String> = runners.collect();
    let minima = figure.minima.iter().map(|&(x, y, value)| list([x, y, value].into_iter(), PLACE_DIGITS));
    let minima: Vec<String> = minima.collect();
    let json = format!(
        "{{\"steps\":[{}],\"floor\":{},\"log\":{},\"losses\":{},\"plane\":{},\"minima\":[{}],\"runners\":[{}],\"basins\":{}}}",
        steps.iter().map(usize::to_string).collect::<Vec<_>>().join(","),
        // With full digits: small differences from the floor are shown.
        floor.map_or("null".into(), |floor| number(floor, 17)),
        floor.is_some(),
        list([losses.0, losses.1].into_iter(), PLACE_DIGITS),
        levels.map_or("null".into(), |levels| plane(figure, levels)),
        minima.join(","),
        runners.join(","),
        figure.basins.as_ref().map_or("null".into(), |given| basins(figure, given)),
    );
    Data { json, shown: starts.len(), thinned }
}

fn list(values: impl Iterator<Item = f64>, digits: usize) -> String {
    format!("[{}]", values.map(|value| number(value, digits)).collect::<Vec<_>>().join(","))
}

fn trace(start: usize, trace: &WalkTrace, steps: &[usize], floor: Option<f64>, digits: usize) -> String {
    let last = steps.partition_point(|&step| step <= trace.last_step()).saturating_sub(1);
    let steps = &steps[..=last.min(steps.len().saturating_sub(1))];
    let column = |values: &dyn Fn(usize) -> Option<f64>, digits: usize| {
        let mut cells: Vec<String> =
            steps.iter().map(|&step| number(values(step).unwrap_or(f64::NAN), digits)).collect();
        // Missing values at the end need no nulls.
        while cells.last().is_some_and(|cell| cell == "null") {
            cells.pop();
        }
        format!("[{}]", cells.join(","))
    };
    // Above a floor the difference is written: the digits of the loss itself would not show it.
    let loss = |step: usize| trace.losses.get(step).map(|loss| loss - floor.unwrap_or(0.0));
    format!(
        "{{\"start\":{start},\"n\":{last},\"d\":{},\"m\":{},\"e\":{},\"x\":{},\"y\":{},\"l\":{},\"g\":{}}}",
        u8::from(trace.diverged),
        trace.minimum.map_or("null".into(), |minimum| minimum.to_string()),
        quoted(&trace.ended),
        column(&|step| trace.points.get(step).map(|point| point.0), digits),
        column(&|step| trace.points.get(step).map(|point| point.1), digits),
        column(&loss, LOSS_DIGITS),
        column(&|step| trace.grad_norms.get(step).copied(), LOSS_DIGITS),
    )
}

fn plane(figure: &RaceFigure, levels: &Levels) -> String {
    let unit = PLACES / (figure.grid - 1) as f64;
    let rings: Vec<String> = levels
        .values
        .iter()
        .map(|&level| {
            let rings = contours::above(&figure.values, figure.grid, level);
            let rings: Vec<String> = rings.iter().filter_map(|ring| ring_of_places(ring, unit)).collect();
            format!("[{}]", rings.join(","))
        })
        .collect();
    let missing = contours::missing(&figure.values, figure.grid);
    let missing = missing.iter().map(|area| list(area.iter().map(|&node| (node as f64 * unit).round()), 5));
    let range = |range: (f64, f64)| list([range.0, range.1].into_iter(), 17);
    format!(
        "{{\"x\":{},\"y\":{},\"xl\":{},\"yl\":{},\"places\":{PLACES},\"rings\":[{}],\"missing\":[{}]}}",
        range(figure.x_range),
        range(figure.y_range),
        quoted(&figure.x_label),
        quoted(&figure.y_label),
        rings.join(","),
        missing.collect::<Vec<_>>().join(","),
    )
}

/// The first place, then the offset to each next one.
fn ring_of_places(ring: &[(f64, f64)], unit: f64) -> Option<String> {
    let mut scaled: Vec<(f64, f64)> = ring.iter().map(|&(x, y)| (x * unit, y * unit)).collect();
    scaled.extend(scaled.first().copied());
    let mut places: Vec<(i64, i64)> =
        simplify(&scaled, TOLERANCE).iter().map(|&(x, y)| (x.round() as i64, y.round() as i64)).collect();
    places.pop();
    places.dedup();
    let mut before = (0, 0);
    let steps = places.iter().map(|&(x, y)| {
        let step = format!("{},{}", x - before.0, y - before.1);
        before = (x, y);
        step
    });
    let steps: Vec<String> = steps.collect();
    (places.len() > 2).then(|| format!("[{}]", steps.join(",")))
}

/// For each runner runs of equal cells: their length and minimum (−1 for none).
fn basins(figure: &RaceFigure, basins: &Basins) -> String {
    let runner = |place: usize| {
        let cells = basins.runners.get(place).filter(|cells| sound(basins, cells))?;
        let known = |cell: &Option<u8>| cell.map(usize::from).filter(|&minimum| minimum < figure.minima.len());
        let cells: Vec<i64> = cells.iter().map(|cell| known(cell).map_or(-1, |minimum| minimum as i64)).collect();
        let runs: Vec<String> = cells.chunk_by(|a, b| a == b).map(|run| format!("{},{}", run.len(), run[0])).collect();
        Some(format!("[{}]", runs.join(",")))
    };
    let runners: Vec<String> =
        (0..figure.runners.len()).map(|place| runner(place).unwrap_or_else(|| "null".into())).collect();
    format!("{{\"grid\":{},\"runners\":[{}]}}", basins.grid, runners.join(","))
}

/// Whether a runner has a cell for each place.
pub(super) fn sound(basins: &Basins, cells: &[Option<u8>]) -> bool {
    !cells.is_empty() && basins.grid.checked_mul(basins.grid) == Some(cells.len())
}
