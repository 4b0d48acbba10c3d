//! Several tasks at once: mean ranks, whether they differ at all, and by how much they must.
//!
//! Demšar (2006), "Statistical comparisons of classifiers over multiple data sets". Here the tasks are the sample, a
//! single number each (such as the median over seeds), so the result says nothing about a single task.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};

use crate::Better;
use crate::error::{StatisticsError, at_least, numbers, same_length};

/// The ranks of one task's scores, 1 the best; equal ones share the mean of their ranks.
///
/// The bad infinity (a divergence) comes last, several of them tied.
///
/// # Errors
/// [`StatisticsError::NotANumber`].
pub fn ranks(scores: &[f64], better: Better) -> Result<Vec<f64>, StatisticsError> {
    numbers("the scores", scores)?;
    let ahead = |a: f64, b: f64| if better == Better::Lower { a < b } else { a > b };
    let rank = |&mine: &f64| {
        let before = scores.iter().filter(|&&other| ahead(other, mine)).count();
        let equal = scores.iter().filter(|&&other| other == mine).count();
        before as f64 + (equal as f64 + 1.0) / 2.0
    };
    Ok(scores.iter().map(rank).collect())
}

/// The mean rank of each optimizer over tasks; `scores[task][optimizer]`.
///
/// # Errors
/// [`StatisticsError::TooFew`] without a task, [`StatisticsError::LengthsDiffer`] if tasks have different numbers of
/// scores, [`StatisticsError::NotANumber`].
pub fn mean_ranks(scores: &[Vec<f64>], better: Better) -> Result<Vec<f64>, StatisticsError> {
    let ranks = all_ranks(scores, better)?;
    let tasks = ranks.len() as f64;
    Ok((0..ranks[0].len()).map(|j| ranks.iter().map(|task| task[j]).sum::<f64>() / tasks).collect())
}

/// The ranks of every task; at least one task.
fn all_ranks(scores: &[Vec<f64>], better: Better) -> Result<Vec<Vec<f64>>, StatisticsError> {
    at_least("tasks", scores.len(), 1)?;
    for task in scores {
        same_length("scores of two tasks", scores[0].len(), task.len())?;
    }
    scores.iter().map(|task| ranks(task, better)).collect()
}

/// The outcome of Friedman's test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Friedman {
    /// Friedman's statistic, corrected for ties.
    pub chi_squared: f64,
    /// Its p value, from chi squared with `k - 1` degrees of freedom: rough and cautious for few tasks.
    pub p: f64,
    /// Iman and Davenport's statistic, `(N - 1) chi² / (N (k - 1) - chi²)`; infinite if all tasks agree.
    pub f: f64,
    /// Its p value, from F with `k - 1` and `(k - 1)(N - 1)` degrees of freedom: the better p value (Demšar 2006,
    /// section 3.2.2).
    pub p_f: f64,
}

/// Friedman's (1937) test of "all `k` optimizers have the same mean rank over `N` tasks"; `scores[task][optimizer]`.
///
/// `chi² = (12 / (N k (k + 1)) sum_j R_j² - 3 N (k + 1)) / (1 - sum (t³ - t) / (N k (k² - 1)))`, where `R_j` is an
/// optimizer's sum of ranks and `t` runs over groups of ties within a task; as `scipy.stats.friedmanchisquare`.
/// If everything is tied, the statistics are 0 and p is 1. Infinities are ranked as in [`ranks`].
///
/// # Errors
/// [`StatisticsError::TooFew`] below 3 optimizers or 2 tasks; as [`mean_ranks`].
pub fn friedman(scores: &[Vec<f64>], better: Better) -> Result<Friedman, StatisticsError> {
    at_least("tasks", scores.len(), 2)?;
    at_least("optimizers", scores[0].len(), 3)?;
    let ranks = all_ranks(scores, better)?;
    let (tasks, k) = (ranks.len() as f64, ranks[0].len() as f64);
    // Centred, sum (R_j - N (k + 1) / 2)² is the same and rounds less; a group of t ties lowers a task's sum of squared
    // ranks by (t³ - t) / 12, so the whole is k - 1 times the share of the squares that is between the optimizers.
    let middle = (k + 1.0) / 2.0;
    let sum = |j: usize| ranks.iter().map(|task| task[j] - middle).sum::<f64>();
    let between: f64 = (0..ranks[0].len()).map(|j| sum(j) * sum(j)).sum::<f64>() / tasks;
    let all: f64 = ranks.iter().flatten().map(|rank| (rank - middle) * (rank - middle)).sum();
    if all == 0.0 {
        return Ok(Friedman { chi_squared: 0.0, p: 1.0, f: 0.0, p_f: 1.0 });
    }
    let chi_squared = tasks * (k - 1.0) * between / all;
    let rest = tasks * (k - 1.0) - chi_squared;
    // All tasks agree: nothing is left but rounding.
    let f = if rest > 1e-12 * chi_squared { (tasks - 1.0) * chi_squared / rest } else { f64::INFINITY };
    let p = ChiSquared::new(k - 1.0).map_or(f64::NAN, |d| d.sf(chi_squared));
    let p_f = match f.is_finite() {
        true => FisherSnedecor::new(k - 1.0, (k - 1.0) * (tasks - 1.0)).map_or(f64::NAN, |d| d.sf(f)),
        false => 0.0,
    };
    Ok(Friedman { chi_squared, p, f, p_f })
}

/// The level of a critical difference; the tables have two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NemenyiLevel {
    /// 0.05.
    Five,
    /// 0.10.
    Ten,
}

/// Quantiles of the studentized range with infinite degrees of freedom, divided by the square root of 2, for 2 to 20
/// optimizers. Demšar (2006), table 5(a), has them for 2 to 10 with three digits (the tests compare);
/// here they are `scipy.stats.studentized_range.ppf(1 - level, k, inf) / sqrt(2)`.
const FIVE: [f64; 19] = [
    1.959964, 2.343701, 2.569032, 2.727774, 2.849705, 2.948320, 3.030878, 3.101730, 3.163684, 3.218654, 3.268004,
    3.312739, 3.353618, 3.391230, 3.426041, 3.458425, 3.488685, 3.517073, 3.543799,
];
const TEN: [f64; 19] = [
    1.644854, 2.052293, 2.291341, 2.459516, 2.588521, 2.692732, 2.779884, 2.854606, 2.919889, 2.977768, 3.029694,
    3.076733, 3.119693, 3.159199, 3.195743, 3.229723, 3.261461, 3.291224, 3.319233,
];

/// Nemenyi's (1963) critical difference: two of `optimizers` differ over `tasks` at `level` if their mean ranks are at
/// least this far apart, `q sqrt(k (k + 1) / (6 N))`. Holds for all pairs at once.
///
/// # Errors
/// [`StatisticsError::OutOfRange`] unless there are 2 to 20 optimizers, [`StatisticsError::TooFew`] without a task.
pub fn critical_difference(optimizers: usize, tasks: usize, level: NemenyiLevel) -> Result<f64, StatisticsError> {
    at_least("tasks", tasks, 1)?;
    let table = if level == NemenyiLevel::Five { FIVE } else { TEN };
    let k = optimizers as f64;
    match optimizers.checked_sub(2).and_then(|i| table.get(i)) {
        Some(q) => Ok(q * (k * (k + 1.0) / (6.0 * tasks as f64)).sqrt()),
        None => Err(StatisticsError::OutOfRange { what: "the number of optimizers", value: k, range: "from 2 to 20" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn equal_scores_share_their_ranks_and_a_divergence_is_last() {
        assert_eq!(ranks(&[0.5, INF, 0.1, 0.5, INF], Better::Lower), Ok(vec![2.5, 4.5, 1.0, 2.5, 4.5]));
        assert_eq!(ranks(&[0.9, -INF, 0.8], Better::Higher), Ok(vec![1.0, 3.0, 2.0]));
        assert!(ranks(&[f64::NAN], Better::Lower).is_err());
    }

    #[test]
    fn mean_ranks_are_over_tasks() {
        let scores = [vec![0.1, 0.2, 0.3], vec![0.3, 0.2, 0.1], vec![0.1, 0.2, INF]];
        assert_eq!(mean_ranks(&scores, Better::Lower), Ok(vec![5.0 / 3.0, 2.0, 7.0 / 3.0]));
        assert!(mean_ranks(&[], Better::Lower).is_err());
        assert!(mean_ranks(&[vec![1.0], vec![]], Better::Lower).is_err());
    }

    #[test]
    fn ranks_that_are_all_tied_or_all_agree() {
        let tied = friedman(&[vec![1.0; 4], vec![2.0; 4]], Better::Lower);
        assert_eq!(tied, Ok(Friedman { chi_squared: 0.0, p: 1.0, f: 0.0, p_f: 1.0 }));
        let agreed = friedman(&vec![vec![1.0, 2.0, 3.0]; 5], Better::Lower).expect("five tasks");
        assert_eq!((agreed.chi_squared, agreed.f, agreed.p_f), (10.0, INF, 0.0));
        assert!(friedman(&[vec![1.0, 2.0], vec![1.0, 2.0]], Better::Lower).is_err());
        assert!(friedman(&[vec![1.0, 2.0, 3.0]], Better::Lower).is_err());
    }

    #[test]
    fn the_table_rounds_to_the_published_one() {
        // Demšar (2006), table 5(a).
        let five = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164];
        let ten = [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920];
        // Some of the published digits are cut off and not rounded.
        for (ours, published) in FIVE.iter().zip(five).chain(TEN.iter().zip(ten)) {
            assert!((ours - published).abs() < 0.001, "{ours} {published}");
        }
    }

    #[test]
    fn the_critical_difference_of_demsars_example() {
        // Section 3.2.4 there: four classifiers, fourteen data sets.
        let found = critical_difference(4, 14, NemenyiLevel::Five).expect("in the table");
        assert!((found - 1.25).abs() < 0.005, "{found}");
        let found = critical_difference(4, 14, NemenyiLevel::Ten).expect("in the table");
        assert!((found - 1.12).abs() < 0.005, "{found}");
        assert!(critical_difference(1, 14, NemenyiLevel::Five).is_err());
        assert!(critical_difference(21, 14, NemenyiLevel::Five).is_err());
        assert!(critical_difference(4, 0, NemenyiLevel::Five).is_err());
    }
}
