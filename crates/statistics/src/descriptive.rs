//! Middle and spread of numbers: descriptive, never deciding.

use std::ops::Range;

/// The quantile `q` (0 to 1) of rising numbers, type 7 of Hyndman and Fan (1996), the default of
/// R and NumPy: with `h = (n - 1) q`, the straight line between the two values around rank `h`.
///
/// Infinities are allowed: the line between a number and an infinity is that infinity, and between
/// both infinities the positive one. `None` if there are no numbers or `q` is not within 0 to 1.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    if sorted.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let rank = (sorted.len() - 1) as f64 * q;
    let below = sorted[rank.floor() as usize];
    let above = sorted[rank.ceil() as usize];
    let part = rank.fract();
    Some(match part == 0.0 || below == above {
        true => below,
        false if above == f64::INFINITY => above,
        false if below == f64::NEG_INFINITY => below,
        false => below + part * (above - below),
    })
}

/// The middle of rising numbers: [`quantile`] 0.5.
pub fn median(sorted: &[f64]) -> Option<f64> {
    quantile(sorted, 0.5)
}

/// The arithmetic mean. With an infinity it is that infinity; `None` if there are no numbers, one is NaN, or both
/// infinities occur.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let rough = values.iter().sum::<f64>() / n;
    if !rough.is_finite() {
        return (!rough.is_nan()).then_some(rough);
    }
    // The second pass corrects the rounding of the first.
    Some(rough + values.iter().map(|v| v - rough).sum::<f64>() / n)
}

/// The sample standard deviation, `sqrt(sum (x - mean)^2 / (n - 1))`, in the unit of the values.
///
/// Infinite if one value is; `None` for fewer than two values or a NaN.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 || values.iter().any(|v| v.is_nan()) {
        return None;
    }
    if values.iter().any(|v| v.is_infinite()) {
        return Some(f64::INFINITY);
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The mean of the middle half of rising numbers, with exact weights: value `i` of `n` stands for the stretch `[i,
/// i+1]` of `[0, n]` and counts with the part of it that lies in `[n/4, 3n/4]`.
///
/// Agarwal et al. (2021), "Deep Reinforcement Learning at the Edge of the Statistical Precipice", put it in place of
/// mean and median; their code is [`trimmed_mean`] with 0.25, which drops whole values only and so keeps more
/// than half of them where 4 does not divide `n`. Where it does, both are equal.
///
/// Infinities in the outer quarters have no effect; else as in [`mean`]. `None` also if there are no numbers.
pub fn interquartile_mean(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len() as f64;
    let (low, high) = (n / 4.0, 3.0 * n / 4.0);
    let weight = |i: usize| ((i + 1) as f64).min(high) - (i as f64).max(low);
    let weighted = sorted.iter().enumerate().filter(|(i, _)| weight(*i) > 0.0).map(|(i, v)| weight(i) * v);
    let mean = weighted.sum::<f64>() / (n / 2.0);
    (!mean.is_nan()).then_some(mean)
}

/// The mean of rising numbers without the `floor(share * n)` smallest and as many largest, as `scipy.stats.trim_mean`
/// has it.
///
/// Infinities that are cut have no effect; else as in [`mean`]. `None` if nothing is left or `share` is not in
/// `[0, 0.5)`.
pub fn trimmed_mean(sorted: &[f64], share: f64) -> Option<f64> {
    if !(0.0..0.5).contains(&share) {
        return None;
    }
    let cut = (share * sorted.len() as f64).floor() as usize;
    let kept: Range<usize> = cut..sorted.len() - cut;
    mean(&sorted[kept])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::seeded;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0, 0.1, 0.25, 0.5, 0.9, 1])
        let expected = [(0.0, 1.0), (0.1, 1.3), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)];
        for (q, value) in expected {
            let found = quantile(&[1.0, 2.0, 4.0, 8.0], q).expect("there are numbers");
            assert!((found - value).abs() < 1e-12, "{q}: {found}");
        }
        assert_eq!(median(&[5.0]), Some(5.0));
    }

    #[test]
    fn there_is_no_quantile_of_nothing_or_beyond_one() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1.0], 1.1), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
    }

    #[test]
    fn infinities_stay_infinities() {
        assert_eq!(median(&[1.0, INF]), Some(INF));
        assert_eq!(median(&[1.0, 2.0, INF]), Some(2.0));
        assert_eq!(median(&[-INF, 2.0]), Some(-INF));
        assert_eq!(median(&[-INF, INF]), Some(INF));
        assert_eq!(median(&[INF, INF]), Some(INF));
        assert_eq!(mean(&[1.0, INF]), Some(INF));
        assert_eq!(mean(&[-INF, INF]), None);
        assert_eq!(standard_deviation(&[1.0, -INF]), Some(INF));
        assert_eq!(interquartile_mean(&[-INF, 1.0, 2.0, INF]), Some(1.5));
        assert_eq!(interquartile_mean(&[1.0, 2.0, INF]), Some(INF));
        assert_eq!(trimmed_mean(&[-INF, 1.0, 2.0, INF], 0.25), Some(1.5));
    }

    #[test]
    fn nothing_and_nan_have_no_middle_and_no_spread() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[f64::NAN]), None);
        assert_eq!(standard_deviation(&[1.0]), None);
        assert_eq!(standard_deviation(&[1.0, f64::NAN]), None);
        assert_eq!(interquartile_mean(&[]), None);
        assert_eq!(trimmed_mean(&[], 0.25), None);
        assert_eq!(trimmed_mean(&[1.0], 0.5), None);
    }

    #[test]
    fn the_interquartile_mean_counts_parts_of_values() {
        // n = 6: the stretch [1.5, 4.5] takes half of the second and of the fifth value.
        let value = interquartile_mean(&[0.0, 1.0, 2.0, 4.0, 8.0, 100.0]);
        assert_eq!(value, Some((0.5 + 2.0 + 4.0 + 0.5 * 8.0) / 3.0));
        // n = 1: the only value.
        assert_eq!(interquartile_mean(&[7.0]), Some(7.0));
        // The convention of scipy.stats.trim_mean(x, 0.25) drops one of six at each end.
        assert_eq!(trimmed_mean(&[0.0, 1.0, 2.0, 4.0, 8.0, 100.0], 0.25), Some(15.0 / 4.0));
    }

    #[test]
    fn a_mean_of_equal_numbers_is_that_number() {
        assert_eq!(mean(&[0.1; 10]), Some(0.1));
        assert_eq!(standard_deviation(&[0.1; 10]), Some(0.0));
    }

    proptest! {
        #![proptest_config(seeded(256))]

        #[test]
        fn a_quantile_lies_between_its_neighbours(
            mut values in prop::collection::vec(-1e9..1e9f64, 1..30), q in 0.0..=1.0f64
        ) {
            values.sort_by(f64::total_cmp);
            let found = quantile(&values, q).expect("there are numbers");
            prop_assert!(values[0] <= found && found <= values[values.len() - 1]);
        }

        #[test]
        fn where_four_divides_n_both_interquartile_means_agree(quarter in 1..6usize, seed in 0..1000u64) {
            let mut values: Vec<f64> = (0..4 * quarter as u64).map(|i| ((i * 7919 + seed) % 101) as f64).collect();
            values.sort_by(f64::total_cmp);
            let (exact, whole) = (interquartile_mean(&values).unwrap(), trimmed_mean(&values, 0.25).unwrap());
            prop_assert!((exact - whole).abs() < 1e-12);
        }
    }
}
