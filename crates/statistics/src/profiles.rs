//! Several tasks at once: how far behind the best, how often.
//!
//! Costs are what it took to reach a target (steps, gradient evaluations, seconds), lower is better; infinite if the
//! target was not reached or the run diverged.

use crate::error::{StatisticsError, at_least, numbers, same_length};

/// The ratio at which AlgoPerf stops counting.
pub const ALGOPERF_LIMIT: f64 = 4.0;

/// The ratio of each cost to the task's smallest; `costs[task][optimizer]` gives `ratios[task][optimizer]`, 1 or above.
///
/// An infinite cost has an infinite ratio, also if all of the task are infinite. If the smallest is 0, ratios are 1 for
/// 0 and infinite for the rest.
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
/// NaN are none, and treated as infinite.
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

/// What one task earns under AlgoPerf: `max(0, (4 - r) / 3)` for the ratio `r` to the best, from 1 (the best) to 0
/// (four times the best or more, or never).
///
/// Its mean over tasks is the area under [`profile`] from 1 to 4, divided by 3: the score of Dahl et al. (2023),
/// "Benchmarking Neural Network Training Algorithms", section 4. A ratio below 1 or NaN is none and earns 0.
pub fn algoperf_points(ratio: f64) -> f64 {
    match ratio >= 1.0 {
        true => ((ALGOPERF_LIMIT - ratio) / (ALGOPERF_LIMIT - 1.0)).max(0.0),
        false => 0.0,
    }
}

/// The AlgoPerf score of each optimizer, from 0 to 1: the mean over tasks of [`algoperf_points`];
/// `costs[task][optimizer]`.
///
/// It depends on who else takes part: a faster newcomer lowers everybody's score.
///
/// # Errors
/// As [`ratios`].
pub fn algoperf_scores(costs: &[Vec<f64>]) -> Result<Vec<f64>, StatisticsError> {
    let ratios = ratios(costs)?;
    let score = |j: usize| ratios.iter().map(|task| algoperf_points(task[j])).sum::<f64>() / ratios.len() as f64;
    Ok((0..ratios[0].len()).map(score).collect())
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
