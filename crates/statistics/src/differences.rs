//! Differences between two optimizers, paired by seed.

use crate::error::{StatisticsError, numbers, same_length};

/// `first[i] - second[i]`, where `i` is the seed: same initial weights, data order and splits.
///
/// A diverged trial (an infinity) against a finite one gives an infinite difference. Two equal values give exactly 0,
/// two equal infinities too: if both diverged, neither was better. Accuracies should be exact fractions in `f64`
/// (correct answers over rows): rounded to `f32` first, differences that are equal stop being so.
///
/// # Errors
/// [`StatisticsError::LengthsDiffer`], or [`StatisticsError::NotANumber`] if a value is NaN.
pub fn paired_differences(first: &[f64], second: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    same_length("paired values", first.len(), second.len())?;
    numbers("first of the paired values", first)?;
    numbers("second of the paired values", second)?;
    Ok(first.iter().zip(second).map(|(a, b)| if a == b { 0.0 } else { a - b }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn who_diverged_alone_is_infinitely_far_and_two_who_diverged_are_equal() {
        let found = paired_differences(&[1.5, INF, 1.0, INF], &[1.0, 1.0, INF, INF]);
        assert_eq!(found, Ok(vec![0.5, INF, -INF, 0.0]));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let lengths = paired_differences(&[1.0], &[]).expect_err("lengths differ");
        assert_eq!(lengths.to_string(), "paired values: 1 values beside 0, and they must be as many");
        let nan = paired_differences(&[1.0, 2.0], &[1.0, f64::NAN]).expect_err("NaN");
        assert_eq!(nan, StatisticsError::NotANumber { what: "second of the paired values", index: 1 });
    }
}
