//! Folds of one data set: the t test corrected for overlapping training sets.
//!
//! In repeated k-fold cross-validation two training sets share most of their rows, so the differences of the folds are
//! correlated, their spread underestimates the spread of their mean, and a test made for independent differences calls
//! alike optimizers different far too often (`docs/statistics.md` has the rates). No unbiased estimate of that variance
//! exists (Bengio and Grandvalet 2004); the corrected resampled t test (Nadeau and Bengio 2003, "Inference for the
//! generalization error", section 3.2) takes the correlation of two folds to be `n_test / (n_test + n_train)`:
//!
//! ```text
//! t = (mean(d) - shift) / sqrt((1/n + n_test/n_train) s^2),   s^2 = sum (d_i - mean(d))^2 / (n - 1)
//! ```
//!
//! with `n - 1` degrees of freedom, where `n` counts the folds of all repetitions (Bouckaert and Frank 2004, "Evaluating
//! the replicability of significance tests for comparing learning algorithms", the corrected repeated k-fold cv test).
//! With `n_test/n_train = 0` it is the ordinary paired t test.
//!
//! That correlation leaves out the effect of the training set on the expected loss. Where this effect is large, all
//! folds share it and the test is still too bold: `docs/statistics.md` has a case with twice the level, and it can be
//! more.
//!
//! However many repetitions there are, there is one data set: `1 / (1/n + n_test/n_train)`, the number of independent
//! differences with the same variance of their mean, is never above `n_train / n_test`, 9 for ten folds.
//!
//! # Infinities
//! As in [`crate::permutation`]: an infinite difference (one of the two diverged on that fold) stands for one larger
//! than all others together, several are equally large, and the result is the limit as they grow. In the limit the
//! finite differences are zeros beside ones: the test is that of the signs of the infinite differences. One diverged
//! fold of any number has `|t| < 1` and decides nothing; as many on both sides have `t = 0` and p = 1. Magnitudes above
//! [`HUGE`] count as infinite.
//!
//! # No spread
//! Differences that are all equal, but for rounding, have no `s`, and the formula would give p = 0. Equal differences
//! show that the measure is coarse (accuracies of few rows), not that their mean is known exactly; the only evidence
//! left is their common sign. So **p is then that of as many equal signs as there are independent differences** by the
//! correction: `2^(1 - m)` two-sided and `2^-m` one-sided, `m = 1 / (1/n + n_test/n_train)`, at most 1. It is 0.0065
//! for ten times ten folds and 0.075 for ten, where nothing is decided at 0.05. The interval is their value alone if
//! the level is not below that p, else everything. This is our convention; the sources leave the case open. Differences
//! that are all 0 have p = 1 and the interval [0, 0] at any level: an optimizer beside itself.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

use crate::descriptive::{mean, standard_deviation};
use crate::error::{StatisticsError, numbers, share};
use crate::interval::Interval;
use crate::permutation::{HUGE, TOLERANCE};

/// The corrected resampled t test of one set of differences: p values at any shift, and intervals at any level.
///
/// ```
/// use downhill_statistics::resampled::CorrectedT;
/// // Ten folds: nine tenths of the rows train, a tenth tests.
/// let differences = [0.02, 0.01, 0.03, 0.00, 0.02, 0.01, -0.01, 0.02, 0.03, 0.01];
/// let corrected = CorrectedT::new(&differences, 1.0 / 9.0)?;
/// let naive = CorrectedT::new(&differences, 0.0)?;
/// assert!(naive.p_value() < 0.01 && corrected.p_value() > 0.01);
/// assert!(corrected.interval(0.05)?.contains(corrected.mean()));
/// # Ok::<(), downhill_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CorrectedT {
    differences: usize,
    mean: f64,
    /// `1/n + n_test/n_train`.
    factor: f64,
    scale: Scale,
}

/// The spread by which a distance from the mean is measured.
#[derive(Clone, Copy, Debug)]
enum Scale {
    /// Fewer than two differences.
    Unknown,
    /// All are equal.
    None,
    /// The standard error of the mean.
    Error(f64),
    /// Some are infinite: `t` of every finite shift.
    Infinite(f64),
}

impl CorrectedT {
    /// The test of `differences`, one per fold of each repetition; `test_share` is `n_test / n_train`, the rows of a
    /// fold over the training rows: `1 / (k - 1)` for k folds. 0 stands for independent differences.
    ///
    /// Fewer than two differences are no error: then p is 1 and the interval everything.
    ///
    /// # Errors
    /// [`StatisticsError::NotANumber`], or [`StatisticsError::OutOfRange`] if `test_share` is negative or not finite.
    pub fn new(differences: &[f64], test_share: f64) -> Result<Self, StatisticsError> {
        numbers("the differences", differences)?;
        if !(test_share >= 0.0 && test_share.is_finite()) {
            let range = "0 or above and finite";
            return Err(StatisticsError::OutOfRange { what: "the test share", value: test_share, range });
        }
        let n = differences.len();
        let factor = 1.0 / n as f64 + test_share;
        let infinite = |d: f64| d.abs() >= HUGE;
        let (mean, scale) = match differences.iter().any(|&d| infinite(d)) {
            false => {
                let (mean, spread) = mean_and_spread(differences);
                (mean, if spread == 0.0 { Scale::None } else { Scale::Error(factor.sqrt() * spread) })
            }
            true => {
                let signs: Vec<f64> = differences.iter().map(|&d| if infinite(d) { d.signum() } else { 0.0 }).collect();
                let (sign, spread) = mean_and_spread(&signs);
                let finite: Vec<f64> = differences.iter().map(|&d| if infinite(d) { 0.0 } else { d }).collect();
                // As many infinities of both signs cancel.
                let mean = if sign == 0.0 { mean_and_spread(&finite).0 } else { sign * f64::INFINITY };
                let t = sign / (factor.sqrt() * spread);
                (mean, if spread == 0.0 { Scale::None } else { Scale::Infinite(t) })
            }
        };
        Ok(Self { differences: n, mean, factor, scale: if n < 2 { Scale::Unknown } else { scale } })
    }

    /// How many differences there are.
    pub fn len(&self) -> usize {
        self.differences
    }

    /// Whether there are no differences.
    pub fn is_empty(&self) -> bool {
        self.differences == 0
    }

    /// The mean difference; infinite if more trials diverged on one side, and 0 without differences.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// How many independent differences would have a mean as uncertain: `1 / (1/n + n_test/n_train)`, at most `n`; 0
    /// without differences.
    pub fn independent(&self) -> f64 {
        1.0 / self.factor
    }

    /// The two-sided p value of "no difference in the mean". In `[0, 1]` (0 only below the smallest `f64`); 1 if there
    /// are fewer than two differences or all are 0.
    pub fn p_value(&self) -> f64 {
        self.p_value_at(0.0)
    }

    /// The two-sided p value of "a mean difference of `shift`" (in the unit of the differences). For a NaN it is 1.
    pub fn p_value_at(&self, shift: f64) -> f64 {
        (2.0 * self.p_greater(shift).min(self.p_less(shift))).min(1.0)
    }

    /// The one-sided p value of "not above `shift`" against "above it". For a NaN it is 1.
    pub fn p_greater(&self, shift: f64) -> f64 {
        self.above(self.distance(shift))
    }

    /// The one-sided p value of "not below `shift`" against "below it": the mirror image of [`Self::p_greater`].
    pub fn p_less(&self, shift: f64) -> f64 {
        self.above(-self.distance(shift))
    }

    /// `t`; where there is no spread, infinite, or NaN for the mean itself.
    fn distance(&self, shift: f64) -> f64 {
        match self.scale {
            Scale::Error(error) => (self.mean - shift) / error,
            Scale::Infinite(t) if shift.is_finite() => t,
            Scale::None if self.mean.is_finite() && (self.mean - shift).abs() <= TOLERANCE * self.mean.abs() => {
                f64::NAN
            }
            Scale::None | Scale::Infinite(_) => (self.mean - shift) * f64::INFINITY,
            Scale::Unknown => f64::NAN,
        }
    }

    /// The p value of a `t` against larger ones; a NaN (nothing known, or no distance at all) decides nothing.
    fn above(&self, t: f64) -> f64 {
        match self.scale {
            _ if t.is_nan() => 1.0,
            Scale::None if t > 0.0 => self.equal_signs(),
            _ => self.t(|distribution| distribution.cdf(-t)).unwrap_or(1.0),
        }
    }

    /// The one-sided p value of differences without spread.
    fn equal_signs(&self) -> f64 {
        libm::exp2(-self.independent())
    }

    /// Student's t with `n - 1` degrees of freedom.
    fn t<T>(&self, of: impl FnOnce(StudentsT) -> T) -> Option<T> {
        StudentsT::new(0.0, 1.0, self.differences as f64 - 1.0).ok().map(of)
    }

    /// The `t` that is exceeded with the chance `level / 2`: `statrs`'s, and one step of Newton's method.
    fn critical(&self, level: f64) -> Option<f64> {
        self.t(|distribution| {
            let rough = distribution.inverse_cdf(level / 2.0);
            let step = (distribution.cdf(rough) - level / 2.0) / distribution.pdf(rough);
            if step.is_finite() { step - rough } else { -rough }
        })
    }

    /// All shifts that the two-sided test does not reject at `level`: the interval of the mean difference with
    /// confidence `1 - level`, `mean ± t(1 - level/2, n - 1) sqrt((1/n + n_test/n_train) s^2)`. In the unit of the
    /// differences.
    ///
    /// It contains 0 exactly if [`Self::p_value`] is above `level` (but for rounding). With infinite differences its
    /// ends are infinite; for differences without spread see above.
    ///
    /// # Errors
    /// [`StatisticsError::OutOfRange`] if `level` is not strictly between 0 and 1.
    pub fn interval(&self, level: f64) -> Result<Interval, StatisticsError> {
        share("the level", level)?;
        Ok(match self.scale {
            Scale::Error(error) => match self.critical(level) {
                Some(critical) => Interval { low: self.mean - critical * error, high: self.mean + critical * error },
                None => Interval::EVERYTHING,
            },
            Scale::Infinite(_) if self.p_value() <= level => Interval { low: self.mean, high: self.mean },
            Scale::None if self.mean == 0.0 || 2.0 * self.equal_signs() <= level => {
                Interval { low: self.mean, high: self.mean }
            }
            _ => Interval::EVERYTHING,
        })
    }
}

/// Mean and standard deviation, (0, 0) without differences; no spread if they are equal but for rounding, and a mean of 0
/// if they cancel but for rounding, as in [`crate::permutation`]. Squares of large ones do not overflow: all are divided
/// by a power of 2 first.
fn mean_and_spread(differences: &[f64]) -> (f64, f64) {
    let largest = differences.iter().fold(0.0, |largest: f64, d| largest.max(d.abs()));
    let scale = if largest > 0.0 { libm::exp2(libm::log2(largest).floor()) } else { 1.0 };
    let scaled: Vec<f64> = differences.iter().map(|d| d / scale).collect();
    let (low, high) = scaled.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &d| (a.min(d), b.max(d)));
    let spread = if high - low <= TOLERANCE * largest / scale { None } else { standard_deviation(&scaled) };
    let (sum, magnitude) = scaled.iter().fold((0.0, 0.0), |(sum, magnitude), d| (sum + d, magnitude + d.abs()));
    let mean = if f64::abs(sum) <= TOLERANCE * magnitude { 0.0 } else { mean(&scaled).unwrap_or(0.0) };
    (mean * scale, spread.unwrap_or(0.0) * scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permutation::SignFlips;
    use crate::tests::seeded;
    use crate::{PairedTest, equivalence};
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    fn test(differences: &[f64], test_share: f64) -> CorrectedT {
        CorrectedT::new(differences, test_share).expect("legal")
    }

    #[test]
    fn differences_that_cancel_but_for_rounding_have_a_mean_of_zero() {
        let differences = [0.97 - 0.96, 0.96 - 0.97, 0.3 - 0.1, 0.1 - 0.3, 0.8 - 0.7 - 0.1];
        assert_ne!(differences.iter().sum::<f64>(), 0.0);
        let test = test(&differences, 0.25);
        assert_eq!((test.mean(), test.p_value()), (0.0, 1.0));
    }

    fn ends(low: f64, high: f64) -> Result<Interval, StatisticsError> {
        Ok(Interval { low, high })
    }

    #[test]
    fn a_worked_example() {
        // Mean 2, s^2 = 2.5, factor 1/5 + 1/4: t = 2 / sqrt(1.125) = 1.8856 with 4 degrees of freedom.
        let found = test(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.25);
        assert_eq!(found.mean(), 2.0);
        assert!((found.independent() - 1.0 / 0.45).abs() < 1e-12);
        assert!((found.p_value() - 0.132_417).abs() < 1e-5, "{}", found.p_value());
        assert!((found.p_greater(0.0) - found.p_value() / 2.0).abs() < 1e-12);
    }

    #[test]
    fn too_few_differences_decide_nothing() {
        for few in [&[][..], &[3.0], &[INF]] {
            let test = test(few, 0.1);
            assert_eq!((test.p_value(), test.p_greater(0.0), test.p_less(0.0)), (1.0, 1.0, 1.0));
            assert_eq!(test.interval(0.05), Ok(Interval::EVERYTHING));
        }
        assert_eq!((test(&[], 0.1).mean(), test(&[], 0.1).independent()), (0.0, 0.0));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(CorrectedT::new(&[0.0, f64::NAN], 0.1).is_err());
        for share in [-0.1, INF, f64::NAN] {
            assert!(CorrectedT::new(&[0.0, 1.0], share).is_err());
        }
        assert!(test(&[0.0, 1.0], 0.1).interval(1.0).is_err());
        assert_eq!(test(&[1.0, 2.0], 0.1).p_value_at(f64::NAN), 1.0);
    }

    #[test]
    fn an_optimizer_beside_itself_is_a_tie_at_any_level() {
        for n in [2, 10, 100] {
            let tie = test(&vec![0.0; n], 1.0 / 9.0);
            assert_eq!((tie.p_value(), tie.p_greater(0.0), tie.p_less(0.0)), (1.0, 1.0, 1.0), "{n}");
            assert_eq!(tie.interval(0.05), ends(0.0, 0.0), "{n}");
        }
        // Within any margin, but only as surely as eight equal signs are.
        let tie = test(&[0.0; 100], 1.0 / 9.0);
        assert_eq!(equivalence::is_equivalent(&tie, 1e-9, 0.05), Ok(true));
        assert_eq!(equivalence::is_equivalent(&tie, 1e-9, 0.001), Ok(false));
    }

    #[test]
    fn equal_differences_are_as_sure_as_equal_signs() {
        let hundred = test(&[0.02; 100], 1.0 / 9.0);
        assert!((hundred.p_value() - 2f64.powf(1.0 - 1.0 / (0.01 + 1.0 / 9.0))).abs() < 1e-12);
        assert_eq!(hundred.interval(0.05), ends(0.02, 0.02));
        assert_eq!((hundred.p_value_at(0.02), hundred.p_less(0.0)), (1.0, 1.0));
        let ten = test(&[0.02; 10], 1.0 / 9.0);
        assert!(ten.p_value() > 0.05);
        assert_eq!(ten.interval(0.05), Ok(Interval::EVERYTHING));
        // 0.902 - 0.9 and 0.802 - 0.8 are equal but for rounding.
        let rounded: Vec<f64> = (0..10).map(|i| (0.902 - 0.01 * f64::from(i)) - (0.9 - 0.01 * f64::from(i))).collect();
        assert_eq!(test(&rounded, 1.0 / 9.0).p_value(), ten.p_value());
        // Independent ones: the smallest p of the sign-flip test.
        assert_eq!(test(&[0.02; 8], 0.0).p_value(), crate::permutation::smallest_p_value(8));
    }

    #[test]
    fn an_infinity_is_the_limit_of_a_growing_difference() {
        let data = [0.5, -0.2, INF, 0.3, 0.1, -INF, INF, 0.25, INF];
        let grown: Vec<f64> = data.iter().map(|d| d.clamp(-1e12, 1e12)).collect();
        let (limit, finite) = (test(&data, 0.25), test(&grown, 0.25));
        for shift in [0.0, -1.0, 3.0] {
            assert!((limit.p_value_at(shift) - finite.p_value_at(shift)).abs() < 1e-9, "{shift}");
            assert!((limit.p_less(shift) - finite.p_less(shift)).abs() < 1e-9, "{shift}");
        }
        assert_eq!(limit.mean(), INF);
        assert_eq!(limit.interval(0.05), Ok(Interval::EVERYTHING));
        assert_eq!(limit.interval(0.9), ends(INF, INF));
        assert!(finite.interval(0.9).expect("a level").low > 0.0);
        assert_eq!((limit.p_value_at(INF), limit.p_less(-INF)), (1.0, 1.0));
        let beyond = [0.5, -0.2, 1e300, 0.3, 0.1, -f64::MAX, 1e308, 0.25, 1e308];
        assert_eq!(test(&beyond, 0.25).p_value(), limit.p_value());
        assert!((0.0..1.0).contains(&test(&[1e200, 2e200, 1e200], 0.5).p_value()));
    }

    #[test]
    fn one_diverged_fold_never_makes_anyone_better() {
        for n in [2, 5, 10, 100] {
            for others in [0.0, -1.0, 1.0] {
                let mut differences = vec![others; n];
                differences[n / 2] = INF;
                let found = test(&differences, 1.0 / 9.0);
                assert!(found.p_value() > 0.3 && found.p_less(0.0) > 0.3, "{n}");
                assert_eq!(found.interval(0.05), Ok(Interval::EVERYTHING));
                assert!(equivalence::p_value(&found, 1.0).expect("a margin") > 0.5);
            }
        }
        let both = test(&[INF, -INF, 0.1, 0.3], 0.25);
        assert_eq!(both.p_value(), 1.0);
        assert!((both.mean() - 0.1).abs() < 1e-15);
        // Diverged on nine folds of ten it is worse, and on all ten as surely as equal signs say.
        let nine: Vec<f64> = (0..10).map(|i| if i < 9 { INF } else { -0.1 }).collect();
        assert!(test(&nine, 1.0 / 9.0).p_value() < 0.01);
        assert_eq!(test(&[INF; 10], 1.0 / 9.0).p_value(), test(&[1.0; 10], 1.0 / 9.0).p_value());
        assert_eq!(test(&[INF; 100], 1.0 / 9.0).interval(0.05), ends(INF, INF));
    }

    #[test]
    fn either_test_can_stand_where_one_is_asked_for() {
        let differences = [0.1, 0.3, 0.2, 0.4, 0.2, 0.3, 0.1];
        let (flips, corrected) = (SignFlips::new(&differences, 0).expect("no NaN"), test(&differences, 0.0));
        let tests: [&dyn PairedTest; 2] = [&flips, &corrected];
        for test in tests {
            assert!(test.p_value() < 0.05 && test.interval(0.05).expect("a level").contains(test.mean()));
            assert_eq!(equivalence::is_equivalent(test, 1.0, 0.05), Ok(true));
        }
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let value =
            prop_oneof![8 => -2.0..3.0f64, 2 => (-1..2i32).prop_map(f64::from), 1 => Just(INF), 1 => Just(-INF)];
        prop::collection::vec(value, 0..12)
    }

    proptest! {
        #![proptest_config(seeded(256))]

        #[test]
        fn the_interval_holds_what_is_not_rejected(d in values(), level in 0.01..0.5f64, f in 0.0..1.0f64) {
            let test = test(&d, f);
            let interval = test.interval(level).unwrap();
            prop_assert!(interval.low <= interval.high);
            // An end itself is rejected or not by rounding alone.
            for shift in [-1.0, 0.0, 0.4, 2.0] {
                let p = test.p_value_at(shift);
                prop_assert!((p - level).abs() < 1e-9 || interval.contains(shift) == (p > level), "{} {}", shift, p);
            }
        }

        #[test]
        fn p_values_are_chances_and_exchanging_the_optimizers_mirrors_them(d in values(), shift in -3.0..3.0f64) {
            let negated: Vec<f64> = d.iter().map(|d| -d).collect();
            let (a, b) = (test(&d, 0.2), test(&negated, 0.2));
            for p in [a.p_value_at(shift), a.p_greater(shift), a.p_less(shift)] {
                prop_assert!((0.0..=1.0).contains(&p), "{}", p);
            }
            prop_assert_eq!(a.p_greater(shift), b.p_less(-shift));
            prop_assert_eq!(a.p_value_at(shift), b.p_value_at(-shift));
            prop_assert!(a.p_greater(shift) + a.p_less(shift) > 1.0 - 1e-12);
        }

        #[test]
        fn more_overlap_is_never_surer(d in values(), f in 0.0..1.0f64) {
            prop_assert!(test(&d, f).p_value() <= test(&d, f + 0.1).p_value() + 1e-12);
        }
    }
}
