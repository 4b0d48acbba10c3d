//! Effect sizes that only count which value is larger. They need no unit, and an infinity is just the last place.

use crate::error::{StatisticsError, at_least, numbers};

/// Cliff's delta of two samples, `(#(x > y) - #(x < y)) / (n m)` over all pairs, from -1 to 1 (Cliff 1993,
/// "Dominance statistics").
///
/// Infinities are larger than every number and equal to each other.
///
/// # Errors
/// [`StatisticsError::TooFew`] if a sample is empty, [`StatisticsError::NotANumber`].
pub fn cliffs_delta(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    numbers("the first sample", x)?;
    numbers("the second sample", y)?;
    at_least("values of the first sample", x.len(), 1)?;
    at_least("values of the second sample", y.len(), 1)?;
    let mut net: i64 = 0;
    for a in x {
        for b in y {
            net += i64::from(a > b) - i64::from(a < b);
        }
    }
    Ok(net as f64 / (x.len() as f64 * y.len() as f64))
}

/// Cliff's delta of paired values, within pairs: `(#(d > 0) - #(d < 0)) / n`, from -1 to 1.
///
/// # Errors
/// [`StatisticsError::TooFew`] if there are no differences, [`StatisticsError::NotANumber`].
pub fn paired_delta(differences: &[f64]) -> Result<f64, StatisticsError> {
    numbers("the differences", differences)?;
    at_least("differences", differences.len(), 1)?;
    let net: i64 = differences.iter().map(|&d| i64::from(d > 0.0) - i64::from(d < 0.0)).sum();
    Ok(net as f64 / differences.len() as f64)
}

/// The probability that a value of `x` exceeds one of `y`, ties counting one half: `(delta + 1) / 2` of
/// [`cliffs_delta`], which is `U / (n m)` of Mann and Whitney (1947). Agarwal et al. (2021) call it the probability of
/// improvement; where lower is better, exchange the arguments.
///
/// # Errors
/// As [`cliffs_delta`].
pub fn probability_of_improvement(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    Ok((cliffs_delta(x, y)? + 1.0) / 2.0)
}

/// The same within pairs: the share of differences above 0, zeros counting one half.
///
/// # Errors
/// As [`paired_delta`].
pub fn paired_probability_of_improvement(differences: &[f64]) -> Result<f64, StatisticsError> {
    Ok((paired_delta(differences)? + 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn delta_counts_who_is_ahead() {
        assert_eq!(cliffs_delta(&[3.0, 4.0], &[1.0, 2.0]), Ok(1.0));
        assert_eq!(cliffs_delta(&[1.0, 2.0], &[1.0, 2.0]), Ok(0.0));
        assert_eq!(cliffs_delta(&[1.0, 5.0, 5.0], &[2.0, 5.0]), Ok((4.0 - 2.0 - 2.0) / 6.0 + (3.0 - 1.0 - 2.0) / 6.0));
        assert_eq!(probability_of_improvement(&[1.0, INF], &[INF]), Ok(0.25));
        assert_eq!(paired_delta(&[1.0, -2.0, 0.0, INF]), Ok(0.25));
        assert_eq!(paired_probability_of_improvement(&[1.0, -2.0, 0.0, INF]), Ok(0.625));
    }

    #[test]
    fn nothing_has_no_effect_size() {
        assert!(cliffs_delta(&[], &[1.0]).is_err());
        assert!(cliffs_delta(&[1.0], &[f64::NAN]).is_err());
        assert!(paired_delta(&[]).is_err());
    }
}
