//! The output of a race: the table, the replay, and everything as JSON.

use downhill_chart::table::{Align, Table, number, percent};
use downhill_race::{Criterion, Path, Race, Tuned, replay, share_at_best};
use serde::Serialize;

/// The results of one optimizer over its starts. A figure that is not finite is absent.
#[derive(Clone, Debug, Serialize)]
pub struct RunnerRecord {
    /// Its label.
    pub optimizer: String,
    /// Its SPEC with every hyperparameter.
    pub spec: String,
    /// The rate that `--tune` chose, and whether it lies on the edge of the range.
    pub tuned: Option<TunedRecord>,
    /// Median over the starts of the last loss; a diverged walk counts as infinite.
    pub final_loss: Option<f64>,
    /// Median over the starts of the steps until the loss is within the tolerance of the best known value.
    pub steps_to_tolerance: Option<f64>,
    /// Starts from which the tolerance was reached.
    pub reached_tolerance: usize,
    /// Median over the starts of the gradient evaluations.
    pub gradient_evaluations: f64,
    /// Starts from which it diverged.
    pub diverged: usize,
    /// Share of the starts that end at a lowest known minimum.
    pub share_at_best: Option<f64>,
    /// The end of each walk.
    pub walks: Vec<Walk>,
}

/// A tuned rate.
#[derive(Clone, Debug, Serialize)]
pub struct TunedRecord {
    /// The rate; absent if every rate diverged or there is none.
    pub lr: Option<f64>,
    /// Whether it is the lowest or highest rate tried.
    pub on_edge: bool,
}

/// One walk.
#[derive(Clone, Debug, Serialize)]
pub struct Walk {
    /// The start.
    pub start: Vec<f64>,
    /// The end.
    pub end: Vec<Option<f64>>,
    /// The last loss.
    pub loss: Option<f64>,
    /// Number of steps.
    pub steps: u64,
    /// Gradient evaluations.
    pub gradient_evaluations: u64,
    /// The reason for its end.
    pub ended: String,
    /// The number of the known minimum that it reached.
    pub minimum: Option<usize>,
}

/// The median, a missing value counting as infinite; None for an infinite median.
fn median(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut values: Vec<f64> = values.map(|v| v.unwrap_or(f64::INFINITY)).collect();
    values.sort_by(f64::total_cmp);
    downhill_statistics::median(&values).filter(|m| m.is_finite())
}

/// The steps until a path's loss is within `tolerance` of `best`, if it gets there.
fn steps_to(path: &Path, best: Option<f64>, tolerance: f64) -> Option<u64> {
    let best = best?;
    (0..path.rows()).find(|&row| path.losses[row] - best <= tolerance).map(|row| path.step_of(row))
}

/// The records of all runners.
pub fn records(race: &Race, paths: &[Vec<Path>], tuned: Option<&[Tuned]>, tolerance: f64) -> Vec<RunnerRecord> {
    let landscape = &race.landscape;
    let finite = |x: f64| x.is_finite().then_some(x);
    let record = |(i, (runner, paths)): (usize, (&downhill_race::Runner, &Vec<Path>))| {
        let reached: Vec<Option<u64>> = paths.iter().map(|p| steps_to(p, landscape.lowest(), tolerance)).collect();
        RunnerRecord {
            optimizer: runner.label.clone(),
            spec: runner.optimizer.full(),
            tuned: tuned.map(|all| TunedRecord {
                lr: all[i].best.map(|best| all[i].trials[best].rate),
                on_edge: all[i].at_edge(),
            }),
            final_loss: median(paths.iter().map(|p| Some(p.final_loss()))),
            steps_to_tolerance: median(reached.iter().map(|steps| steps.map(|s| s as f64))),
            reached_tolerance: reached.iter().flatten().count(),
            gradient_evaluations: median(paths.iter().map(|p| Some(p.cost() as f64))).unwrap_or(0.0),
            diverged: paths.iter().filter(|p| p.diverged()).count(),
            share_at_best: share_at_best(landscape, paths),
            walks: paths
                .iter()
                .map(|path| Walk {
                    start: race.starts[path.start].clone(),
                    end: path.last_point().iter().map(|&x| finite(x)).collect(),
                    loss: finite(path.last_loss()),
                    steps: path.last_step,
                    gradient_evaluations: path.cost(),
                    ended: path.reason.to_string(),
                    minimum: path.arrived_at(landscape),
                })
                .collect(),
        }
    };
    race.runners.iter().zip(paths).enumerate().map(record).collect()
}

/// The table of a race.
pub fn table(race: &Race, records: &[RunnerRecord]) -> String {
    let several = race.starts.len() > 1;
    let known = !race.landscape.minima.is_empty();
    let mut header = vec!["optimizer".to_string()];
    if records.iter().any(|r| r.tuned.is_some()) {
        header.push("tuned lr".into());
    }
    header.push(if several { "final loss (median)".into() } else { "final loss".to_string() });
    if known {
        header.push("to tolerance".into());
        header.push(if several { "at the best".into() } else { "minimum".to_string() });
    }
    header.extend(["gradients".to_string(), if several { "diverged".into() } else { "ended".to_string() }]);
    let mut table = Table {
        align: header.iter().enumerate().map(|(i, _)| if i == 0 { Align::Left } else { Align::Right }).collect(),
        header,
        rows: Vec::new(),
    };
    for record in records {
        let mut row = vec![record.optimizer.clone()];
        if let Some(tuned) = &record.tuned {
            let edge = if tuned.on_edge { " (edge)" } else { "" };
            row.push(tuned.lr.map_or("–".into(), |lr| format!("{}{edge}", number(lr))));
        }
        row.push(record.final_loss.map_or("diverged".into(), number));
        if known {
            row.push(record.steps_to_tolerance.map_or("–".into(), number));
            row.push(match (several, record.walks.first().and_then(|walk| walk.minimum)) {
                (true, _) => record.share_at_best.map_or("–".into(), percent),
                (false, Some(minimum)) => {
                    let point = &race.landscape.minima[minimum].point;
                    let shown: Vec<String> = point.iter().take(3).map(|&x| number(x)).collect();
                    format!("({}{})", shown.join(", "), if point.len() > 3 { ", …" } else { "" })
                }
                (false, None) => "none".into(),
            });
        }
        row.push(number(record.gradient_evaluations));
        row.push(match record.walks.as_slice() {
            [only] => only.ended.clone(),
            all => format!("{}/{}", record.diverged, all.len()),
        });
        table.rows.push(row);
    }
    table.to_text()
}

/// The criteria of the replay: the usual ones and the race's own.
fn criteria(race: &Race) -> Vec<Criterion> {
    let mut all = vec![
        Criterion::GradientNorm(1e-2),
        Criterion::GradientNorm(1e-4),
        Criterion::GradientNorm(1e-8),
        Criterion::LossChange { tolerance: 1e-4, window: 10 },
        Criterion::LossChange { tolerance: 1e-8, window: 10 },
    ];
    if let Some(lowest) = race.landscape.lowest() {
        all.push(Criterion::TargetLoss(lowest + 1e-4));
        all.push(Criterion::TargetLoss(lowest + 1e-8));
    }
    all.extend(race.stopping.iter().copied().filter(|criterion| !all.contains(criterion)).collect::<Vec<_>>());
    all
}

/// The end of each walk from the first start under every criterion.
pub fn replays(race: &Race, paths: &[Vec<Path>]) -> String {
    let mut table = Table {
        header: ["optimizer", "criterion", "would stop at", "loss there", "saves", "going on gained"]
            .map(String::from)
            .to_vec(),
        align: vec![Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right],
        rows: Vec::new(),
    };
    for (runner, paths) in race.runners.iter().zip(paths) {
        let Some(path) = paths.first() else { continue };
        for criterion in criteria(race) {
            let mut row = vec![runner.label.clone(), criterion.to_string()];
            match replay(path, criterion) {
                None => row.extend(["never", "", "", ""].map(String::from)),
                Some(replay) => row.extend([
                    replay.step.to_string(),
                    number(replay.loss),
                    format!("{} steps", replay.saved),
                    if replay.change.is_finite() { number(-replay.change) } else { "diverged".into() },
                ]),
            }
            table.rows.push(row);
        }
    }
    table.to_text()
}
