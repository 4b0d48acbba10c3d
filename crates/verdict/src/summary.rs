//! One figure over several trials.

use crate::verdict::Summary;
use downhill_statistics::{bootstrap, descriptive, quantile};

/// Resamples of a descriptive interval. Its ends then move by about one hundredth of its width from seed to seed.
const RESAMPLES: usize = 5_000;
/// The level of a descriptive interval.
const LEVEL: f64 = 0.05;

/// The summary of `values`, where an infinity stands for a trial without such a figure; infinite results are absent.
pub(crate) fn summary(values: &[f64], seed: u64) -> Summary {
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |q| quantile(&sorted, q).and_then(finite);
    let mean = |values: &[f64]| descriptive::mean(values).unwrap_or(f64::NAN);
    // An infinite mean has no useful interval.
    let sample = Some(values).filter(|values| values.iter().all(|value| value.is_finite()));
    let interval = sample.and_then(|values| bootstrap::bca(values, mean, LEVEL, RESAMPLES, seed).ok());
    Summary {
        median: at(0.5),
        interquartile_mean: descriptive::interquartile_mean(&sorted).and_then(finite),
        mean: descriptive::mean(values).and_then(finite),
        interval: interval.and_then(|found| finite(found.low).zip(finite(found.high))),
        quartiles: at(0.25).zip(at(0.75)),
        extremes: at(0.0).zip(at(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diverged_trial_takes_the_mean_away_and_leaves_the_median() {
        let found = summary(&[1.0, 2.0, 3.0, 4.0, f64::INFINITY], 0);
        assert_eq!((found.median, found.mean, found.interval, found.extremes), (Some(3.0), None, None, None));
        assert_eq!(found.quartiles, Some((2.0, 4.0)));
        assert_eq!(summary(&[], 0), Summary::default());
        assert_eq!(summary(&[f64::INFINITY; 3], 0), Summary::default());
    }

    #[test]
    fn one_trial_has_a_middle_and_no_interval() {
        let found = summary(&[2.0], 0);
        assert_eq!((found.median, found.mean, found.interval), (Some(2.0), Some(2.0), None));
    }
}
