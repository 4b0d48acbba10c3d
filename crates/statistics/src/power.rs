//! The number of seeds that might decide. An estimate, never a promise: the observed mean and spread stand for the true
//! ones.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::gamma::ln_gamma;

use crate::descriptive::{mean, standard_deviation};
use crate::error::{StatisticsError, at_least, numbers, share};
use crate::normal;
use crate::permutation::{EXACT_UP_TO, smallest_p_value};

/// The largest number of seeds to give; above, the answer is "not within reach".
pub const MOST_SEEDS: usize = 1_000_000;

/// The fewest seeds at which the two-sided sign-flip test can reach `level / comparisons` at all: the smallest `n` with
/// [`smallest_p_value`]`(n)` at or below it. `None` if no number does (a level below `2 / 2^20`).
///
/// Holm's correction tests the smallest p of all comparisons at `level / comparisons` and stops if that fails: with
/// fewer seeds than this, no "better" can come out, whatever the data.
///
/// # Errors
/// [`StatisticsError::OutOfRange`] if `level` is not strictly between 0 and 1, [`StatisticsError::TooFew`] for
/// no comparisons.
pub fn fewest_seeds(level: f64, comparisons: usize) -> Result<Option<usize>, StatisticsError> {
    share("the level", level)?;
    at_least("comparisons", comparisons, 1)?;
    let level = level / comparisons as f64;
    Ok((1..=EXACT_UP_TO).find(|&n| smallest_p_value(n) <= level))
}

/// The power of the two-sided paired t test, which the sign-flip test comes close to: the chance that it rejects at
/// `level`, if the differences are normal with a mean of `effect` standard deviations, and `n` of them.
///
/// With `T` noncentral t of `n - 1` degrees of freedom and noncentrality `effect sqrt(n)`, and `c` the quantile
/// `1 - level / 2` of the central t: `P(T > c) + P(T < -c)`. As an integral over `s`, the sample's standard deviation
/// relative to the true one, of `P(Z > c s - effect sqrt(n)) + P(Z < -c s - effect sqrt(n))` (Owen 1968), by Simpson's
/// rule; agrees with SciPy's `nct` to 1e-6 and better.
///
/// # Errors
/// [`StatisticsError::TooFew`] below two differences, [`StatisticsError::OutOfRange`] if `effect` is not finite or
/// `level` not strictly between 0 and 1.
pub fn power(effect: f64, n: usize, level: f64) -> Result<f64, StatisticsError> {
    share("the level", level)?;
    at_least("differences", n, 2)?;
    match effect.is_finite() {
        true => Ok(noncentral(effect, n, level)),
        false => Err(StatisticsError::OutOfRange { what: "the effect", value: effect, range: "finite" }),
    }
}

fn noncentral(effect: f64, n: usize, level: f64) -> f64 {
    const INTERVALS: usize = 1_000;
    let freedom = (n - 1) as f64;
    let shift = effect.abs() * (n as f64).sqrt();
    let critical = match StudentsT::new(0.0, 1.0, freedom) {
        Ok(t) => -t.inverse_cdf(level / 2.0),
        Err(_) => -normal::quantile(level / 2.0),
    };
    // s = sqrt(chi squared / freedom) has the density 2 (f/2)^(f/2) s^(f-1) exp(-f s^2 / 2) / gamma(f/2), a spread of
    // about sqrt(1 / (2 f)), and nothing beyond nine of it above 1.
    let constant = std::f64::consts::LN_2 + freedom / 2.0 * (freedom / 2.0).ln() - ln_gamma(freedom / 2.0);
    let density = |s: f64| match s > 0.0 {
        true => (constant + (freedom - 1.0) * s.ln() - freedom * s * s / 2.0).exp(),
        false if freedom == 1.0 => constant.exp(),
        false => 0.0,
    };
    let spread = 9.0 / (2.0 * freedom).sqrt();
    let (low, high) = ((1.0 - spread).max(0.0), 1.0 + spread);
    let rejects = |s: f64| normal::sf(critical * s - shift) + normal::cdf(-critical * s - shift);
    // s = low + (high - low) x^3: with few seeds the mass lies near s = 0, where the steps are then small.
    let step = 1.0 / INTERVALS as f64;
    let weight = |i: usize| if i == 0 || i == INTERVALS { 1.0 } else { (2 + 2 * (i % 2)) as f64 };
    let terms = (0..=INTERVALS).map(|i| {
        let x = step * i as f64;
        let s = low + (high - low) * x.powi(3);
        weight(i) * density(s) * rejects(s) * 3.0 * (high - low) * x * x
    });
    (terms.sum::<f64>() * step / 3.0).clamp(0.0, 1.0)
}

/// The total number of seeds that would decide with the chance `target` (0.8 is usual), if the true mean and standard
/// deviation of the differences are `mean` and `sd`: the smallest `n` with [`power`] at `level / comparisons` of at
/// least `target` and at least [`fewest_seeds`].
///
/// `level / comparisons` is Holm's level for the smallest p, so with several true differences fewer seeds suffice.
/// `None` if no number up to [`MOST_SEEDS`] suffices: no mean difference, an infinite one, or an infinite spread. With
/// a spread of 0, [`fewest_seeds`].
///
/// # Errors
/// [`StatisticsError::OutOfRange`] if `level` or `target` is not strictly between 0 and 1 or `sd` is negative or NaN,
/// [`StatisticsError::NotANumber`] for the mean, [`StatisticsError::TooFew`] for no comparisons.
pub fn seeds_needed(
    mean: f64,
    sd: f64,
    level: f64,
    comparisons: usize,
    target: f64,
) -> Result<Option<usize>, StatisticsError> {
    share("the power", target)?;
    numbers("the mean difference", &[mean])?;
    if sd.is_nan() || sd < 0.0 {
        return Err(StatisticsError::OutOfRange { what: "the standard deviation", value: sd, range: "0 or above" });
    }
    let Some(fewest) = fewest_seeds(level, comparisons)? else { return Ok(None) };
    if mean == 0.0 || mean.is_infinite() || sd.is_infinite() {
        return Ok(None);
    }
    let fewest = fewest.max(2);
    let effect = mean / sd;
    let level = level / comparisons as f64;
    let enough = |n: usize| !effect.is_finite() || noncentral(effect, n, level) >= target;
    if enough(fewest) {
        return Ok(Some(fewest));
    }
    // Drawn flips resolve less than counted ones: a level below theirs is out of reach above `EXACT_UP_TO` seeds.
    let most = if smallest_p_value(MOST_SEEDS) <= level { MOST_SEEDS } else { EXACT_UP_TO };
    if !enough(most) {
        return Ok(None);
    }
    // Power rises with n: halve the range (not enough, enough].
    let (mut low, mut high) = (fewest, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    Ok(Some(high))
}

/// How many seeds beyond those of `differences` might decide an undecided comparison: [`seeds_needed`] for their mean
/// and standard deviation, less their number, and at least 1.
///
/// `None`: no number is within reach. A mean near 0 and a mean overestimated by chance are both common at few seeds, so
/// take the number as an order of magnitude. With infinities the answer is `None`.
///
/// # Errors
/// As [`seeds_needed`]; [`StatisticsError::TooFew`] below two differences, [`StatisticsError::NotANumber`].
pub fn more_seeds(
    differences: &[f64],
    level: f64,
    comparisons: usize,
    target: f64,
) -> Result<Option<usize>, StatisticsError> {
    numbers("the differences", differences)?;
    at_least("differences", differences.len(), 2)?;
    let (Some(mean), Some(sd)) = (mean(differences), standard_deviation(differences)) else { return Ok(None) };
    let needed = seeds_needed(mean, sd, level, comparisons, target)?;
    Ok(needed.map(|n| n.saturating_sub(differences.len()).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_seeds_can_reach_five_percent_and_more_comparisons_need_more() {
        assert_eq!(fewest_seeds(0.05, 1), Ok(Some(6)));
        assert_eq!(fewest_seeds(0.05, 3), Ok(Some(7)));
        assert_eq!(fewest_seeds(0.05, 6), Ok(Some(8)));
        assert_eq!(fewest_seeds(1e-9, 1), Ok(None));
        assert!(fewest_seeds(0.05, 0).is_err() && fewest_seeds(1.5, 1).is_err());
    }

    #[test]
    fn a_textbook_sample_size() {
        // Paired t test, effect 0.5, level 0.05, power 0.8: 34 pairs (Cohen 1988; G*Power 3).
        assert_eq!(seeds_needed(0.5, 1.0, 0.05, 1, 0.8), Ok(Some(34)));
        assert_eq!(seeds_needed(-0.05, 0.1, 0.05, 1, 0.8), Ok(Some(34)));
        assert!(seeds_needed(0.5, 1.0, 0.05, 6, 0.8).expect("legal") > Some(34));
    }

    #[test]
    fn without_a_difference_no_number_of_seeds_decides() {
        assert_eq!(seeds_needed(0.0, 1.0, 0.05, 1, 0.8), Ok(None));
        assert_eq!(seeds_needed(0.0, 0.0, 0.05, 1, 0.8), Ok(None));
        assert_eq!(seeds_needed(1e-6, 1.0, 0.05, 1, 0.8), Ok(None));
        assert_eq!(seeds_needed(f64::INFINITY, f64::INFINITY, 0.05, 1, 0.8), Ok(None));
        assert_eq!(seeds_needed(1.0, 0.0, 0.05, 1, 0.8), Ok(Some(6)));
        // Drawn flips cannot reach 5e-6, counted ones can.
        assert_eq!(seeds_needed(0.5, 1.0, 5e-6, 1, 0.8), Ok(None));
        assert_eq!(fewest_seeds(5e-6, 1), Ok(Some(19)));
        assert_eq!(more_seeds(&[1.0, f64::INFINITY], 0.05, 1, 0.8), Ok(None));
        assert_eq!(more_seeds(&[f64::NEG_INFINITY, f64::INFINITY], 0.05, 1, 0.8), Ok(None));
    }

    #[test]
    fn more_seeds_are_counted_beyond_those_there_are() {
        let differences: Vec<f64> = (0..10).map(|i| 0.5 + if i % 2 == 0 { 0.9 } else { -0.9 }).collect();
        let sd = standard_deviation(&differences).expect("ten values");
        let needed = seeds_needed(0.5, sd, 0.05, 3, 0.8).expect("legal").expect("within reach");
        assert_eq!(more_seeds(&differences, 0.05, 3, 0.8), Ok(Some(needed - 10)));
        assert!(more_seeds(&[1.0], 0.05, 1, 0.8).is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(seeds_needed(f64::NAN, 1.0, 0.05, 1, 0.8).is_err());
        assert!(seeds_needed(1.0, -1.0, 0.05, 1, 0.8).is_err());
        assert!(seeds_needed(1.0, 1.0, 0.05, 1, 1.0).is_err());
        assert!(power(0.5, 1, 0.05).is_err() && power(f64::NAN, 5, 0.05).is_err());
    }
}
