//! The curves, which the page's script draws, as compact JSON.

use downhill_verdict::trial::{Trial, TrialRole};

use crate::study::bands::{Measured, band};
use crate::study::view::View;
use crate::web::{number, quoted};

/// All curves together have about this many values; beyond, rows are left out evenly.
const MOST_VALUES: usize = 600_000;
/// A chart has at most this many rows, and at least `FEWEST_ROWS`.
const MOST_ROWS: usize = 600;
const FEWEST_ROWS: usize = 40;
/// Values have this many significant digits.
const DIGITS: usize = 4;

/// The JSON, without any `<`, and whether rows were left out.
pub(super) fn curves(views: &[View]) -> (String, bool) {
    let series: usize = views.iter().flat_map(|view| &view.verdict.standings).map(|standing| standing.trials + 3).sum();
    let most = (MOST_VALUES / (Measured::ALL.len() * series).max(1)).clamp(FEWEST_ROWS, MOST_ROWS);
    let mut thinned = false;
    let tasks: Vec<String> = views.iter().map(|view| task(view, most, &mut thinned)).collect();
    let labels = views.first().map(|view| view.study.optimizers.iter()).into_iter().flatten();
    let labels: Vec<String> = labels.map(|optimizer| quoted(&optimizer.label)).collect();
    (format!("{{\"optimizers\":[{}],\"tasks\":[{}]}}", labels.join(","), tasks.join(",")), thinned)
}

fn task(view: &View, most: usize, thinned: &mut bool) -> String {
    let trials: Vec<(usize, Vec<&Trial>)> = view
        .verdict
        .standings
        .iter()
        .map(|standing| (view.group(&standing.optimizer), view.trials(&standing.optimizer, TrialRole::Evaluation)))
        .collect();
    let mut steps: Vec<u64> = trials
        .iter()
        .flat_map(|(_, trials)| trials)
        .flat_map(|trial| trial.outcome.curve.step.iter().copied())
        .collect();
    steps.sort_unstable();
    steps.dedup();
    if steps.len() > most {
        *thinned = true;
        // Evenly, with the first and the last.
        let last = steps.len() - 1;
        steps = (0..most).map(|row| steps[row * last / (most - 1)]).collect();
    }
    let charts: Vec<String> =
        Measured::ALL.into_iter().filter_map(|measured| chart(&trials, measured, &steps)).collect();
    let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
    format!(
        "{{\"name\":{},\"loss\":{},\"steps\":[{}],\"charts\":[{}]}}",
        quoted(&view.task.name),
        quoted(&view.task.loss),
        steps.join(","),
        charts.join(",")
    )
}

fn chart(trials: &[(usize, Vec<&Trial>)], measured: Measured, steps: &[u64]) -> Option<String> {
    let factor = if measured.is_accuracy() { 100.0 } else { 1.0 };
    let series: Vec<String> = trials
        .iter()
        .filter_map(|(group, trials)| {
            let (line, band) = band(trials, measured)?;
            let median = on_grid(steps, line.iter().map(|&(x, y)| (x, factor * y)));
            let low = on_grid(steps, band.iter().map(|&(x, low, _)| (x, factor * low)));
            let high = on_grid(steps, band.iter().map(|&(x, _, high)| (x, factor * high)));
            let seeds: Vec<String> = trials
                .iter()
                .map(|trial| {
                    let curve = &trial.outcome.curve;
                    let value = |value: &Option<f64>| value.map_or(f64::NAN, |value| factor * value);
                    let points =
                        curve.step.iter().zip(measured.column(curve)).map(|(&step, y)| (step as f64, value(y)));
                    on_grid(steps, points)
                })
                .collect();
            let ended = trials.iter().map(|trial| u8::from(trial.outcome.diverged).to_string()).collect::<Vec<_>>();
            Some(format!(
                "{{\"o\":{group},\"median\":{median},\"low\":{low},\"high\":{high},\"seeds\":[{}],\"diverged\":[{}]}}",
                seeds.join(","),
                ended.join(",")
            ))
        })
        .collect();
    let name = match measured {
        Measured::TrainLoss => "Training loss",
        Measured::ValLoss => "Validation loss",
        Measured::TrainAccuracy => "Training accuracy, %",
        Measured::ValAccuracy => "Validation accuracy, %",
    };
    (!series.is_empty()).then(|| {
        format!("{{\"title\":\"{name}\",\"accuracy\":{},\"series\":[{}]}}", measured.is_accuracy(), series.join(","))
    })
}

/// The values at the steps of the grid, in rising order of steps; null where there is none.
fn on_grid(steps: &[u64], points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut points = points.peekable();
    let mut cells = Vec::with_capacity(steps.len());
    for &step in steps {
        let step = step as f64;
        while points.peek().is_some_and(|point| point.0 < step) {
            points.next();
        }
        cells
            .push(points.peek().filter(|point| point.0 == step).map_or("null".into(), |point| number(point.1, DIGITS)));
    }
    // Curves that end early need no nulls.
    while cells.last().is_some_and(|cell| cell == "null") {
        cells.pop();
    }
    format!("[{}]", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_at_their_steps_and_the_end_is_cut() {
        let points =
            [(0.0, 2.20259), (10.0, f64::NAN), (15.0, 1.0), (20.0, 1e-7), (30.0, f64::INFINITY), (40.0, f64::NAN)];
        assert_eq!(on_grid(&[0, 10, 20, 30, 40, 50], points.into_iter()), "[2.203,null,1e-7,1e300]");
    }
}
