//! No difference larger than a margin: the deciding test, turned around.

use crate::error::{StatisticsError, share};
use crate::paired::PairedTest;

/// The p value of "the mean difference is at least `margin` away from 0": two one-sided tests, the larger p of "not
/// above `-margin`" and "not below `margin`" (Schuirmann 1987, TOST). At or below the level, there is no difference
/// larger than the margin.
///
/// `margin` is in the unit of the differences, and is to be chosen before the data are seen. No p value says "equal":
/// without a margin, a large p of the test of a difference only says that too little is known. No correction is needed
/// for the two tests, but several pairs need [`crate::holm`]. With sign flips the p values are never below `1 / 2^n`.
///
/// An infinite mean difference is larger than any margin: p is then above one half.
///
/// # Errors
/// [`StatisticsError::OutOfRange`] if `margin` is not above 0 and finite.
pub fn p_value(test: &dyn PairedTest, margin: f64) -> Result<f64, StatisticsError> {
    match margin > 0.0 && margin.is_finite() {
        true => Ok(test.p_greater(-margin).max(test.p_less(margin))),
        false => Err(StatisticsError::OutOfRange { what: "the margin", value: margin, range: "above 0 and finite" }),
    }
}

/// Whether there is no difference larger than `margin` at `level`: [`p_value`] is at most `level`.
///
/// # Errors
/// As [`p_value`], and if `level` is not strictly between 0 and 1.
pub fn is_equivalent(test: &dyn PairedTest, margin: f64, level: f64) -> Result<bool, StatisticsError> {
    share("the level", level)?;
    Ok(p_value(test, margin)? <= level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permutation::SignFlips;
    use crate::tests::seeded;
    use proptest::prelude::*;

    #[test]
    fn exact_ties_are_equivalent_within_any_margin() {
        let test = SignFlips::new(&[0.0; 10], 0).expect("no NaN");
        assert_eq!(p_value(&test, 1e-9), Ok(1.0 / 1024.0));
        assert_eq!(is_equivalent(&test, 1e-9, 0.05), Ok(true));
    }

    #[test]
    fn too_few_or_diverged_seeds_show_no_equivalence() {
        let few = SignFlips::new(&[0.0; 4], 0).expect("no NaN");
        assert_eq!(is_equivalent(&few, 1.0, 0.05), Ok(false));
        let mut differences = [0.0; 10];
        differences[3] = f64::INFINITY;
        let diverged = SignFlips::new(&differences, 0).expect("no NaN");
        assert!(p_value(&diverged, 1.0).expect("margin") > 0.5);
    }

    #[test]
    fn a_margin_must_be_above_zero() {
        let test = SignFlips::new(&[0.0; 10], 0).expect("no NaN");
        for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(p_value(&test, margin).is_err());
        }
    }

    proptest! {
        #![proptest_config(seeded(128))]

        // Two one-sided tests at a level are the interval at twice the level inside the margin.
        #[test]
        fn equivalence_is_the_wider_interval_within_the_margin(
            d in prop::collection::vec(-1.0..1.0f64, 6..11), margin in 0.1..1.0f64
        ) {
            let test = SignFlips::new(&d, 0).unwrap();
            let interval = test.interval(0.1).unwrap();
            let inside = -margin < interval.low && interval.high < margin;
            prop_assert_eq!(is_equivalent(&test, margin, 0.05).unwrap(), inside);
        }
    }
}
