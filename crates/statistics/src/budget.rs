//! The best score of k trials: the result of a search with a smaller budget. It is descriptive and never decides.
//!
//! A search of `n` configurations has one best score, which improves with `n`: an optimizer looks better if more
//! configurations were tried. Dodge et al. (2019), "Show Your Work: Improved Reporting of Experimental Results", show
//! the whole curve over budgets instead, from the scores of one search.
//!
//! They draw `k` scores **with** replacement, `P(best is worse than v) = (share of scores worse than v)^k`. Here they
//! are drawn **without**, as a search tries no configuration twice:
//!
//! ```text
//! P(best of k is worse than the r best) = C(n - r, k) / C(n, k) = product over j = 0 .. r-1 of (n - k - j) / (n - j)
//! ```
//!
//! The mean is then unbiased for every `k` up to `n`, while the mean with replacement is too pessimistic (Tang et al.
//! 2020, "Showing Your Work Doesn't Always Work"): at `k = n` more than a third of the draws miss the best score. Near
//! `k = n` there is little left to draw, and the quantiles close in on the best score for that reason alone: the spread
//! of new searches would be wider. The configurations should be in no meaningful order (random or Sobol points), and
//! scored on validation data.

use crate::Better;
use crate::error::{StatisticsError, at_least, numbers};

/// The distribution of the best of [`Self::trials`] scores, in their unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestOf {
    /// The number of configurations tried, `k`, from 1.
    pub trials: usize,
    /// One search in ten does as well as this or better: the best score reached with a chance of 0.1 at least.
    pub lucky: f64,
    /// Every second search does as well or better.
    pub median: f64,
    /// Nine searches of ten do as well or better.
    pub unlucky: f64,
    /// The expected best score. If all `k` trials may have diverged, the mean is the bad infinity.
    pub mean: f64,
}

/// The best of `k` of these scores, drawn without replacement, for each `k` from 1 to the number of scores.
///
/// A diverged trial is the bad infinity: `+inf` if lower is better, `-inf` if higher is. It takes part as the worst
/// score, so with `m` diverged trials the mean is infinite for `k` up to `m`, and finite above. Equal scores tie.
///
/// # Errors
/// [`StatisticsError::TooFew`] without a score, [`StatisticsError::NotANumber`], [`StatisticsError::OutOfRange`] for
/// the good infinity, which no trial can have.
///
/// ```
/// use downhill_statistics::{Better, budget::best_of};
/// let best = best_of(&[0.5, 0.1, f64::INFINITY, 0.2], Better::Lower)?;
/// assert_eq!((best[0].median, best[0].mean), (0.2, f64::INFINITY));
/// assert!((best[1].mean - (3.0 * 0.1 + 2.0 * 0.2 + 0.5) / 6.0).abs() < 1e-12);
/// assert_eq!(best[3].mean, 0.1);
/// # Ok::<(), downhill_statistics::StatisticsError>(())
/// ```
pub fn best_of(scores: &[f64], better: Better) -> Result<Vec<BestOf>, StatisticsError> {
    numbers("the scores", scores)?;
    at_least("scores", scores.len(), 1)?;
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    if better == Better::Higher {
        sorted.reverse();
    }
    let good = if better == Better::Lower { f64::NEG_INFINITY } else { f64::INFINITY };
    if sorted[0] == good {
        let range = "finite, or the infinity that stands for a diverged trial";
        return Err(StatisticsError::OutOfRange { what: "a score", value: good, range });
    }
    Ok((1..=sorted.len()).map(|trials| best_of_k(&sorted, trials)).collect())
}

/// The distribution for one `k`, of scores from the best to the worst.
fn best_of_k(sorted: &[f64], k: usize) -> BestOf {
    let n = sorted.len();
    // The best of k is at worst the score with k - 1 scores behind it.
    let possible = &sorted[..=n - k];
    let reached = |chance: f64| {
        let mut missed = 1.0;
        for (r, &score) in possible.iter().enumerate() {
            missed *= (n - k - r) as f64 / (n - r) as f64;
            // The tolerance covers the rounding of a product of a million factors.
            if missed <= 1.0 - chance + 1e-9 {
                return score;
            }
        }
        possible[n - k]
    };
    // If none of the r better scores was drawn, the next one was with a chance of k / (n - r): from the worst up.
    let mean = |worse: f64, (r, &score): (usize, &f64)| match worse.is_infinite() {
        true => worse,
        false => worse + k as f64 / (n - r) as f64 * (score - worse),
    };
    let mean = possible[..n - k].iter().enumerate().rev().fold(possible[n - k], mean);
    BestOf { trials: k, lucky: reached(0.1), median: reached(0.5), unlucky: reached(0.9), mean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptive::mean;
    use crate::tests::seeded;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    /// The best of every choice of `k` scores, lower being better.
    fn every_choice(scores: &[f64], k: usize) -> Vec<f64> {
        let choices = (0u32..1 << scores.len()).filter(|set| set.count_ones() as usize == k);
        let best = |set: u32| (0..scores.len()).filter(|i| set >> i & 1 == 1).map(|i| scores[i]).fold(INF, f64::min);
        let mut best: Vec<f64> = choices.map(best).collect();
        best.sort_by(f64::total_cmp);
        best
    }

    #[test]
    fn the_best_of_one_is_any_and_the_best_of_all_is_the_best() {
        let scores: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        let best = best_of(&scores, Better::Lower).expect("numbers");
        assert_eq!(best.len(), 10);
        assert_eq!(best[0], BestOf { trials: 1, lucky: 1.0, median: 5.0, unlucky: 9.0, mean: 5.5 });
        assert_eq!(best[9], BestOf { trials: 10, lucky: 1.0, median: 1.0, unlucky: 1.0, mean: 1.0 });
    }

    #[test]
    fn the_mean_of_diverged_trials_is_infinite_until_one_must_have_worked() {
        let best = best_of(&[0.9, -INF, 0.8, -INF], Better::Higher).expect("numbers");
        let means: Vec<f64> = best.iter().map(|b| b.mean).collect();
        assert_eq!(means[..2], [-INF, -INF]);
        assert!((means[2] - (3.0 * 0.9 + 0.8) / 4.0).abs() < 1e-15 && means[3] == 0.9);
        assert_eq!((best[0].median, best[1].unlucky, best[2].unlucky), (0.8, -INF, 0.8));
        let none = best_of(&[INF; 3], Better::Lower).expect("numbers");
        assert!(none.iter().all(|b| b.mean == INF && b.lucky == INF));
    }

    #[test]
    fn many_scores_neither_overflow_nor_lose_their_digits() {
        let scores: Vec<f64> = (1..=3_000).map(f64::from).collect();
        for k in [1, 10, 1_500, 2_999] {
            let best = best_of_k(&scores, k);
            // The expected smallest of k of the numbers 1 to n is (n + 1) / (k + 1).
            assert!((best.mean * (k + 1) as f64 / 3_001.0 - 1.0).abs() < 1e-12, "{k}: {best:?}");
        }
        assert_eq!(best_of_k(&[0.1; 3_000], 7).mean, 0.1);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(best_of(&[], Better::Lower).is_err());
        assert!(best_of(&[1.0, f64::NAN], Better::Lower).is_err());
        assert!(best_of(&[1.0, -INF], Better::Lower).is_err());
        assert!(best_of(&[1.0, INF], Better::Higher).is_err());
    }

    proptest! {
        #![proptest_config(seeded(128))]

        #[test]
        fn it_is_the_best_of_every_choice(
            scores in prop::collection::vec(prop_oneof![8 => (-9..9i32).prop_map(f64::from), 1 => Just(INF)], 1..10)
        ) {
            for best in best_of(&scores, Better::Lower).unwrap() {
                let every = every_choice(&scores, best.trials);
                let expected = mean(&every).unwrap();
                prop_assert!(best.mean == expected || (best.mean - expected).abs() < 1e-12, "{:?} {}", best, expected);
                for (chance, found) in [(1, best.lucky), (5, best.median), (9, best.unlucky)] {
                    // The place of the first with at least that share at or before it.
                    let place = (every.len() * chance).div_ceil(10) - 1;
                    prop_assert_eq!(found, every[place]);
                }
            }
        }

        #[test]
        fn more_trials_are_never_worse_and_higher_is_lower_mirrored(
            scores in prop::collection::vec(-9.0..9.0f64, 1..30)
        ) {
            let best = best_of(&scores, Better::Lower).unwrap();
            for pair in best.windows(2) {
                prop_assert!(pair[1].mean <= pair[0].mean + 1e-12 && pair[1].unlucky <= pair[0].unlucky);
                prop_assert!(pair[1].lucky <= pair[1].median && pair[1].median <= pair[1].unlucky);
            }
            let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
            for (a, b) in best.iter().zip(best_of(&negated, Better::Higher).unwrap()) {
                prop_assert_eq!((a.lucky, a.median, a.unlucky, a.mean), (-b.lucky, -b.median, -b.unlucky, -b.mean));
            }
        }
    }
}
