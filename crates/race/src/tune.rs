//! The same search for a learning rate for every optimizer.

use crate::error::RaceError;
use crate::path::Path;
use crate::race::{Keep, Race, Runner};
use crate::run::run;
use downhill_optim::OptimizerSpec;

/// The result of a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    /// The learning rate.
    pub rate: f64,
    /// The median over the starts of the last loss, a divergence counting as infinite.
    pub median: f64,
}

/// An optimizer after the search.
#[derive(Clone)]
pub struct Tuned {
    /// The optimizer with the best rate; unchanged if it has no learning rate, if its rate was given, or if every rate
    /// diverged.
    pub optimizer: OptimizerSpec,
    /// Every rate tried, in the order of the grid; empty for an optimizer without a learning rate or with a given one.
    pub trials: Vec<Tried>,
    /// The number of the best trial; None if no median is finite.
    pub best: Option<usize>,
}

impl Tuned {
    /// Whether the best rate is the first or the last of the grid, so that a better one may lie outside.
    pub fn at_edge(&self) -> bool {
        self.best.is_some_and(|best| best == 0 || best + 1 == self.trials.len())
    }
}

/// Numbers from `low` to `high`, each the same multiple of the one before.
///
/// # Errors
/// When an end is not positive and finite, `high` is not above `low`, or `count` is less than 2.
pub fn log_grid(low: f64, high: f64, count: usize) -> Result<Vec<f64>, RaceError> {
    if !(low > 0.0 && high > low && high.is_finite() && count >= 2) {
        let legal = "0 < low < high, and at least 2 rates";
        return Err(RaceError::value("the grid of rates", format!("{count} from {low} to {high}"), legal));
    }
    let last = (count - 1) as f64;
    let rate = |i: usize| match i {
        0 => low,
        i if i + 1 == count => high,
        i => low * (high / low).powf(i as f64 / last),
    };
    Ok((0..count).map(rate).collect())
}

/// Tries the same rates from all starts with every runner whose rate was not given, and takes the rate with the lowest
/// median of the last losses; of equal medians the lowest rate.
///
/// It runs all steps, without the race's criteria. It never uses the distance to a minimum.
///
/// # Errors
/// The errors of [`Race::check`], and an illegal rate.
pub fn tune(race: &Race, rates: &[f64]) -> Result<Vec<Tuned>, RaceError> {
    let mut runners = Vec::new();
    for runner in race.runners.iter().filter(|runner| is_open(&runner.optimizer)) {
        for &rate in rates {
            let optimizer = with_rate(&runner.optimizer, rate)?;
            runners.push(Runner { label: runner.label.clone(), optimizer });
        }
    }
    let mut paths = run(&Race { runners, stopping: Vec::new(), keep: Keep::Ends, ..race.clone() })?.into_iter();
    let choose = |runner: &Runner| {
        let tried = if is_open(&runner.optimizer) { rates } else { &[] };
        let trials: Vec<Tried> = tried
            .iter()
            .zip(paths.by_ref())
            .map(|(&rate, paths)| Tried { rate, median: median(paths.iter().map(Path::final_loss).collect()) })
            .collect();
        let finite = trials.iter().enumerate().filter(|(_, trial)| trial.median.is_finite());
        let best = finite.min_by(|a, b| a.1.median.total_cmp(&b.1.median).then(a.1.rate.total_cmp(&b.1.rate)));
        let best = best.map(|(index, _)| index);
        let optimizer = match best {
            Some(best) => with_rate(&runner.optimizer, trials[best].rate)?,
            None => runner.optimizer.clone(),
        };
        Ok(Tuned { optimizer, trials, best })
    };
    race.runners.iter().map(choose).collect()
}

/// Whether an optimizer has a learning rate that its user left open.
fn is_open(optimizer: &OptimizerSpec) -> bool {
    has_rate(optimizer) && !optimizer.given("lr")
}

/// Whether an optimizer, or one under it, has a learning rate.
pub(crate) fn has_rate(optimizer: &OptimizerSpec) -> bool {
    optimizer.get("lr").is_some()
}

/// The same optimizer with another learning rate.
pub(crate) fn with_rate(optimizer: &OptimizerSpec, rate: f64) -> Result<OptimizerSpec, RaceError> {
    let mut optimizer = optimizer.clone();
    match optimizer.set("lr", rate) {
        Ok(()) => Ok(optimizer),
        Err(error) => Err(RaceError::optimizer(optimizer.about().name, format!("cannot take a rate: {error}"))),
    }
}

/// The middle value, or the mean of the two in the middle; infinite where they are.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::INFINITY,
        n if n % 2 == 1 => values[n / 2],
        n => values[n / 2 - 1] / 2.0 + values[n / 2] / 2.0,
    }
}
