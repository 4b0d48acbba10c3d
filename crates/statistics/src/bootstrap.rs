//! Bootstrap intervals. They are descriptive and never decide: see `docs/statistics.md` for how often they are wrong.

use downhill_random::{Purpose, Stream};

use crate::descriptive::quantile;
use crate::error::{StatisticsError, at_least, numbers, share};
use crate::interval::Interval;
use crate::normal;

/// The bias-corrected and accelerated interval (BCa) of `statistic`, of one sample or of paired differences: Efron
/// (1987), "Better bootstrap confidence intervals". Confidence `1 - level`; in the unit of the statistic.
///
/// With `t` the statistic of the sample, `t_b` of the b-th of `resamples` (at least 1,000; 10,000 are good) drawn with
/// replacement, `t_(i)` of the sample without value i, and `F` the standard normal distribution:
///
/// ```text
/// z0 = F^-1(share of t_b below t, equal ones half)
/// a  = sum (m - t_(i))^3 / (6 (sum (m - t_(i))^2)^1.5)        m the mean of the t_(i)
/// end(z) = quantile of t_b at F(z0 + (z0 + z) / (1 - a (z0 + z)))     z = F^-1(level / 2), F^-1(1 - level / 2)
/// ```
///
/// as in `scipy.stats.bootstrap(method="BCa")`. Where SciPy gives NaN: if no `t_b` lies on one side of `t`, the share
/// is taken as half a resample; if the statistic does not vary, `a` is 0 and the interval the point `t`.
///
/// Infinities are resampled like all values, and `statistic` must cope with them (a mean does, unless both occur); ends
/// may be infinite. If the statistic without one value is infinite, `a` is 0.
///
/// # Errors
/// [`StatisticsError::TooFew`] for fewer than two values or 1,000 resamples, [`StatisticsError::NotANumber`] if a value
/// or a value of the statistic is NaN, [`StatisticsError::OutOfRange`] if `level` is not strictly between 0 and 1.
///
/// ```
/// use downhill_statistics::{bootstrap, descriptive::mean};
/// let sample = [1.0, 2.0, 2.5, 4.0, 9.0];
/// let interval = bootstrap::bca(&sample, |v| mean(v).unwrap_or(f64::NAN), 0.05, 2_000, 0)?;
/// assert!(interval.contains(3.7));
/// # Ok::<(), downhill_statistics::StatisticsError>(())
/// ```
pub fn bca(
    sample: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
    level: f64,
    resamples: usize,
    seed: u64,
) -> Result<Interval, StatisticsError> {
    numbers("the sample", sample)?;
    at_least("values of the sample", sample.len(), 2)?;
    at_least("resamples", resamples, 1_000)?;
    share("the level", level)?;
    let t = statistic(sample);
    numbers("the statistic of the sample", &[t])?;

    let mut resampled = resampled(sample, &statistic, resamples, seed);
    numbers("the statistic of the resamples", &resampled)?;
    resampled.sort_by(f64::total_cmp);
    if resampled.first() == resampled.last() && resampled.first() == Some(&t) {
        return Ok(Interval { low: t, high: t });
    }

    let below = resampled.partition_point(|&b| b < t) as f64;
    let equal = resampled.partition_point(|&b| b <= t) as f64 - below;
    let n = resamples as f64;
    let z0 = normal::quantile(((below + equal / 2.0) / n).clamp(0.5 / n, 1.0 - 0.5 / n));
    let a = acceleration(sample, &statistic);
    let end = |z: f64| {
        let shifted = z0 + z;
        let scale = 1.0 - a * shifted;
        // Beyond the pole the map would turn back; the limit at the pole is the last resample.
        let q = if scale > 0.0 { normal::cdf(z0 + shifted / scale) } else { f64::from(u8::from(shifted > 0.0)) };
        quantile(&resampled, q).unwrap_or(t)
    };
    let z = normal::quantile(level / 2.0);
    Ok(Interval { low: end(z), high: end(-z) })
}

/// The statistic of samples drawn with replacement.
fn resampled(sample: &[f64], statistic: &impl Fn(&[f64]) -> f64, resamples: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Resampling, 1);
    let mut drawn = vec![0.0; sample.len()];
    let draw = |_| {
        drawn.iter_mut().for_each(|value| *value = sample[stream.below(sample.len())]);
        statistic(&drawn)
    };
    (0..resamples).map(draw).collect()
}

/// Efron's acceleration `a`, from the statistic without one value at a time; 0 where it does not vary or is not finite.
fn acceleration(sample: &[f64], statistic: &impl Fn(&[f64]) -> f64) -> f64 {
    let without = |i: usize| statistic(&[&sample[..i], &sample[i + 1..]].concat());
    let left: Vec<f64> = (0..sample.len()).map(without).collect();
    let mean = left.iter().sum::<f64>() / left.len() as f64;
    let power = |k: i32| left.iter().map(|t| (mean - t).powi(k)).sum::<f64>();
    let a = power(3) / (6.0 * power(2) * power(2).sqrt());
    if a.is_finite() { a } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptive::{mean, median};

    fn mean_of(values: &[f64]) -> f64 {
        mean(values).unwrap_or(f64::NAN)
    }

    #[test]
    fn a_statistic_that_does_not_vary_is_a_point() {
        let found = bca(&[0.1; 8], mean_of, 0.05, 1_000, 0);
        assert_eq!(found, Ok(Interval { low: 0.1, high: 0.1 }));
    }

    #[test]
    fn the_largest_value_as_statistic_gives_no_nan() {
        let largest = |v: &[f64]| v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let found = bca(&[1.0, 2.0, 3.0, 4.0], largest, 0.05, 1_000, 0).expect("numbers");
        assert!(found.low <= found.high && found.high == 4.0);
    }

    #[test]
    fn a_diverged_trial_makes_an_end_infinite() {
        let found = bca(&[1.0, 2.0, 3.0, 4.0, 5.0, f64::INFINITY], mean_of, 0.05, 1_000, 0).expect("numbers");
        assert_eq!(found.high, f64::INFINITY);
        let middle = |v: &[f64]| {
            let mut sorted = v.to_vec();
            sorted.sort_by(f64::total_cmp);
            median(&sorted).unwrap_or(f64::NAN)
        };
        let sample: Vec<f64> = (0..30).map(f64::from).chain([f64::INFINITY]).collect();
        let found = bca(&sample, middle, 0.05, 1_000, 0).expect("numbers");
        assert!(found.low > 0.0 && found.high < 30.0, "{found:?}");
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(bca(&[1.0], mean_of, 0.05, 1_000, 0).is_err());
        assert!(bca(&[1.0, f64::NAN], mean_of, 0.05, 1_000, 0).is_err());
        assert!(bca(&[1.0, 2.0], mean_of, 0.0, 1_000, 0).is_err());
        assert!(bca(&[1.0, 2.0], mean_of, 0.05, 10, 0).is_err());
        assert!(bca(&[f64::INFINITY, f64::NEG_INFINITY], mean_of, 0.05, 1_000, 0).is_err());
    }

    #[test]
    fn the_interval_is_that_of_the_seed() {
        let sample = [1.0, 2.0, 2.5, 4.0, 9.0];
        let of = |seed| bca(&sample, mean_of, 0.05, 1_000, seed).expect("numbers");
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
