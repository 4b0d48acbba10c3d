//! Several tasks at once: how far behind the best, how often.
//!
//! Costs are those of reaching a target (steps, gradient evaluations, seconds), lower is better; infinite if the target
//! was not reached or the run diverged.

use downhill_random::{Purpose, Stream};

use crate::descriptive::{median, quantile};
use crate::error::{StatisticsError, at_least, numbers, same_length, share};
use crate::interval::Interval;

/// The ratio at which AlgoPerf stops counting.
pub const ALGOPERF_LIMIT: f64 = 4.0;

/// The ratio of each cost to the task's smallest; `costs[task][optimizer]` gives `ratios[task][optimizer]`, 1 or above.
///
/// An infinite cost has an infinite ratio, also if all costs of the task are infinite. If the smallest is 0, ratios are
/// 1 for 0 and infinite for the rest.
///
/// # Errors
/// [`StatisticsError::TooFew`] without a task, [`StatisticsError::LengthsDiffer`] if tasks have different numbers of
/// costs, [`StatisticsError::NotANumber`], [`StatisticsError::OutOfRange`] for a negative cost.
pub fn ratios(costs: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, StatisticsError> {
    at_least("tasks", costs.len(), 1)?;
    for task in costs {
        same_length("costs of two tasks", costs[0].len(), task.len())?;
        numbers("the costs", task)?;
        if let Some(&value) = task.iter().find(|&&cost| cost < 0.0) {
            return Err(StatisticsError::OutOfRange { what: "a cost", value, range: "0 or above" });
        }
    }
    let ratio = |cost: f64, best: f64| match cost {
        f64::INFINITY => f64::INFINITY,
        cost if cost == best => 1.0,
        cost => cost / best,
    };
    let of_task = |task: &Vec<f64>| {
        let best = task.iter().copied().fold(f64::INFINITY, f64::min);
        task.iter().map(|&cost| ratio(cost, best)).collect()
    };
    Ok(costs.iter().map(of_task).collect())
}

/// The performance profile of one optimizer: at `tau`, the share of tasks whose ratio is at most `tau` (Dolan and Moré
/// 2002, "Benchmarking optimization software with performance profiles").
///
/// Given its ratio on each task, the corners `(tau, share)` of the rising step curve, `tau` from 1; the first corner is
/// at 1 even if the share there is 0. Infinite ratios never count: the last share may be below 1. Ratios below 1 and
/// NaN are illegal, and treated as infinite.
pub fn profile(ratios: &[f64]) -> Vec<(f64, f64)> {
    let mut reached: Vec<f64> = ratios.iter().copied().filter(|r| *r >= 1.0 && r.is_finite()).collect();
    reached.sort_by(f64::total_cmp);
    let mut corners = vec![(1.0, 0.0)];
    for (i, &ratio) in reached.iter().enumerate() {
        let share = (i + 1) as f64 / ratios.len() as f64;
        match corners.last_mut() {
            Some(last) if last.0 == ratio => last.1 = share,
            _ => corners.push((ratio, share)),
        }
    }
    corners
}

/// The points of one task under AlgoPerf: `max(0, (4 - r) / 3)` for the ratio `r` to the best, from 1 (the best) to 0
/// (four times the best or more, or never).
///
/// Its mean over tasks is the area under [`profile`] from 1 to 4, divided by 3: the score of Dahl et al. (2023),
/// "Benchmarking Neural Network Training Algorithms", section 4. A ratio below 1 or NaN is illegal and earns 0.
pub fn algoperf_points(ratio: f64) -> f64 {
    match ratio >= 1.0 {
        true => ((ALGOPERF_LIMIT - ratio) / (ALGOPERF_LIMIT - 1.0)).max(0.0),
        false => 0.0,
    }
}

/// The AlgoPerf score of each optimizer, from 0 to 1: the mean over tasks of [`algoperf_points`];
/// `costs[task][optimizer]`.
///
/// It depends on the other optimizers: a faster newcomer lowers every score.
///
/// # Errors
/// As [`ratios`].
pub fn algoperf_scores(costs: &[Vec<f64>]) -> Result<Vec<f64>, StatisticsError> {
    let ratios = ratios(costs)?;
    let score = |j: usize| ratios.iter().map(|task| algoperf_points(task[j])).sum::<f64>() / ratios.len() as f64;
    Ok((0..ratios[0].len()).map(score).collect())
}

/// The cost of a task of several seeds: the median, so that a failure (an infinite cost) counts as the worst seed;
/// `costs[task][optimizer][seed]` gives `medians[task][optimizer]`, for [`algoperf_scores`].
///
/// It is infinite if half of the seeds or more failed. Tasks may have different numbers of seeds.
///
/// # Errors
/// [`StatisticsError::TooFew`] without a task, an optimizer or a seed; [`StatisticsError::LengthsDiffer`] if tasks have
/// different numbers of optimizers, or the optimizers of a task different numbers of seeds;
/// [`StatisticsError::NotANumber`], [`StatisticsError::OutOfRange`] for a negative cost.
pub fn median_costs(costs: &[Vec<Vec<f64>>]) -> Result<Vec<Vec<f64>>, StatisticsError> {
    at_least("tasks", costs.len(), 1)?;
    for task in costs {
        same_length("optimizers of two tasks", costs[0].len(), task.len())?;
        at_least("optimizers", task.len(), 1)?;
        at_least("seeds", task[0].len(), 1)?;
        for seeds in task {
            same_length("seeds of two optimizers", task[0].len(), seeds.len())?;
            numbers("the costs", seeds)?;
            if let Some(&value) = seeds.iter().find(|&&cost| cost < 0.0) {
                return Err(StatisticsError::OutOfRange { what: "a cost", value, range: "0 or above" });
            }
        }
    }
    Ok(costs.iter().map(|task| task.iter().map(|seeds| middle(seeds.iter().copied())).collect()).collect())
}

fn middle(costs: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = costs.collect();
    sorted.sort_by(f64::total_cmp);
    median(&sorted).unwrap_or(f64::INFINITY)
}

/// The uncertainty of the AlgoPerf scores over seeds: for each optimizer the percentile bootstrap interval (Efron 1979)
/// with confidence `1 - level` of its [`algoperf_scores`] on [`median_costs`]; `costs[task][optimizer][seed]`.
///
/// Each of `resamples` (at least 1,000) draws for every task as many seeds with replacement as it has, **the same ones
/// for all optimizers**: seed `i` of one belongs to seed `i` of the others. Tasks are not drawn: the interval covers
/// other seeds of these tasks, not other tasks. With one seed it is a point, which only says that nothing is known. It
/// is descriptive, and too narrow at few seeds, as bootstrap intervals are.
///
/// # Errors
/// As [`median_costs`]; [`StatisticsError::TooFew`] also below 1,000 resamples, [`StatisticsError::OutOfRange`] also if
/// `level` is not strictly between 0 and 1.
///
/// ```
/// use downhill_statistics::profiles::{algoperf_intervals, algoperf_scores, median_costs};
/// let never = f64::INFINITY;
/// let costs = [vec![vec![10.0, 12.0, 11.0], vec![20.0, 14.0, never]], vec![vec![5.0; 3], vec![5.0; 3]]];
/// let scores = algoperf_scores(&median_costs(&costs)?)?;
/// let intervals = algoperf_intervals(&costs, 0.05, 1_000, 0)?;
/// assert!(intervals[0].low == 1.0 && intervals[1].contains(scores[1]));
/// # Ok::<(), downhill_statistics::StatisticsError>(())
/// ```
pub fn algoperf_intervals(
    costs: &[Vec<Vec<f64>>],
    level: f64,
    resamples: usize,
    seed: u64,
) -> Result<Vec<Interval>, StatisticsError> {
    share("the level", level)?;
    at_least("resamples", resamples, 1_000)?;
    let observed = algoperf_scores(&median_costs(costs)?)?;
    let mut stream = Stream::new(seed, Purpose::Resampling, 2);
    let mut scores = vec![Vec::with_capacity(resamples); observed.len()];
    for _ in 0..resamples {
        let drawn: Vec<Vec<f64>> = costs.iter().map(|task| drawn_medians(task, &mut stream)).collect();
        let of_resample = algoperf_scores(&drawn)?;
        scores.iter_mut().zip(of_resample).for_each(|(all, score)| all.push(score));
    }
    let interval = |(mut scores, observed): (Vec<f64>, f64)| {
        scores.sort_by(f64::total_cmp);
        let end = |q: f64| quantile(&scores, q).unwrap_or(observed);
        Interval { low: end(level / 2.0), high: end(1.0 - level / 2.0) }
    };
    Ok(scores.into_iter().zip(observed).map(interval).collect())
}

/// The cost of each optimizer of a task over seeds drawn with replacement.
fn drawn_medians(task: &[Vec<f64>], stream: &mut Stream) -> Vec<f64> {
    let n = task[0].len();
    let drawn: Vec<usize> = (0..n).map(|_| stream.below(n)).collect();
    task.iter().map(|seeds| middle(drawn.iter().map(|&seed| seeds[seed]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::seeded;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn ratios_are_to_the_best_of_each_task() {
        let costs = [vec![10.0, 20.0, INF], vec![0.0, 5.0, 0.0], vec![INF, INF, INF]];
        assert_eq!(ratios(&costs), Ok(vec![vec![1.0, 2.0, INF], vec![1.0, INF, 1.0], vec![INF, INF, INF]]));
        assert!(ratios(&[vec![-1.0]]).is_err());
        assert!(ratios(&[vec![f64::NAN]]).is_err());
        assert!(ratios(&[vec![1.0], vec![]]).is_err());
        assert!(ratios(&[]).is_err());
    }

    #[test]
    fn a_profile_rises_by_tasks_and_never_counts_failures() {
        assert_eq!(profile(&[1.0, 2.0, 2.0, INF]), [(1.0, 0.25), (2.0, 0.75)]);
        assert_eq!(profile(&[3.0, INF]), [(1.0, 0.0), (3.0, 0.5)]);
        assert_eq!(profile(&[INF]), [(1.0, 0.0)]);
    }

    #[test]
    fn points_fall_from_one_to_nothing_at_four_times_the_best() {
        let found: Vec<f64> = [1.0, 2.5, 4.0, 9.0, INF, f64::NAN].map(algoperf_points).to_vec();
        assert_eq!(found, [1.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let costs = [vec![10.0, 25.0, INF], vec![20.0, 10.0, 40.0]];
        let scores = algoperf_scores(&costs).expect("costs");
        assert!(scores.iter().zip([5.0 / 6.0, 0.75, 0.0]).all(|(a, b)| (a - b).abs() < 1e-15), "{scores:?}");
    }

    #[test]
    fn the_cost_of_a_task_is_the_median_of_its_seeds_and_failures_are_the_worst() {
        let costs = [vec![vec![3.0, 1.0, INF], vec![INF, 2.0, INF]], vec![vec![1.0, 2.0], vec![1.0, INF]]];
        assert_eq!(median_costs(&costs), Ok(vec![vec![3.0, INF], vec![1.5, INF]]));
        let seeds = |seeds: &[f64]| vec![seeds.to_vec()];
        assert!(median_costs(&[]).is_err() && median_costs(&[vec![]]).is_err() && median_costs(&[seeds(&[])]).is_err());
        assert!(median_costs(&[seeds(&[-1.0])]).is_err() && median_costs(&[seeds(&[f64::NAN])]).is_err());
        assert!(median_costs(&[vec![vec![1.0], vec![1.0, 2.0]]]).is_err());
        assert!(median_costs(&[seeds(&[1.0]), vec![vec![1.0], vec![1.0]]]).is_err());
    }

    #[test]
    fn seeds_are_drawn_together() {
        // Twice as long on every seed, however long that is: the ratio never varies, and so neither do the scores.
        let first: Vec<f64> = vec![3.0, 50.0, 7.0, 100.0, 11.0];
        let second = first.iter().map(|cost| 2.0 * cost).collect();
        let found = algoperf_intervals(&[vec![first, second]], 0.05, 1_000, 3).expect("costs");
        assert!(found[0] == Interval { low: 1.0, high: 1.0 });
        assert!((found[1].low - 2.0 / 3.0).abs() < 1e-15 && found[1].low == found[1].high, "{found:?}");
    }

    #[test]
    fn the_interval_is_that_of_the_exact_chances() {
        // The slower optimizer fails at one of three seeds: 7/27 of the resamples have this seed twice or more, and
        // score 0.
        let costs = [vec![vec![10.0; 3], vec![25.0, INF, 25.0]]];
        let found = |level| algoperf_intervals(&costs, level, 10_000, 0).expect("costs")[1];
        assert_eq!(found(2.0 * 0.24), Interval { low: 0.0, high: 0.5 });
        assert_eq!(found(2.0 * 0.28), Interval { low: 0.5, high: 0.5 });
        let one = algoperf_intervals(&[vec![vec![10.0], vec![25.0]]], 0.05, 1_000, 0).expect("costs");
        assert_eq!(one[1], Interval { low: 0.5, high: 0.5 });
    }

    #[test]
    fn the_interval_of_scores_is_that_of_the_seed() {
        let costs: Vec<Vec<Vec<f64>>> = (0..4)
            .map(|t| (0..3).map(|o| (0..5).map(|s| f64::from(10 + (7 * t + 5 * o + 11 * s) % 13)).collect()).collect())
            .collect();
        let of = |seed| algoperf_intervals(&costs, 0.05, 1_000, seed).expect("costs");
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        let scores = algoperf_scores(&median_costs(&costs).expect("costs")).expect("costs");
        assert!(of(1).iter().zip(scores).all(|(interval, score)| interval.contains(score)));
        assert!(algoperf_intervals(&costs, 0.05, 10, 0).is_err() && algoperf_intervals(&costs, 1.0, 1_000, 0).is_err());
    }

    proptest! {
        #![proptest_config(seeded(128))]

        #[test]
        fn the_score_is_the_area_under_the_profile(r in prop::collection::vec(1.0..6.0f64, 1..12)) {
            let corners = profile(&r);
            let ends = corners.iter().skip(1).map(|c| c.0).chain([INF]);
            let area: f64 = corners.iter().zip(ends).map(|(c, end)| c.1 * (end.min(4.0) - c.0).max(0.0)).sum();
            let score = r.iter().map(|&r| algoperf_points(r)).sum::<f64>() / r.len() as f64;
            prop_assert!((area / 3.0 - score).abs() < 1e-12);
        }
    }
}
