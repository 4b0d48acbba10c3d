//! The common interface of the tests of paired differences.

use crate::error::StatisticsError;
use crate::interval::Interval;
use crate::permutation::SignFlips;
use crate::resampled::CorrectedT;

/// A test of the mean of paired differences: [`SignFlips`] for independent trials, [`CorrectedT`] for folds that share
/// training rows. The types document each number.
pub trait PairedTest {
    /// The mean difference.
    fn mean(&self) -> f64;
    /// The two-sided p value of "the mean difference is `shift`".
    fn p_value_at(&self, shift: f64) -> f64;
    /// The one-sided p value of "not above `shift`".
    fn p_greater(&self, shift: f64) -> f64;
    /// The one-sided p value of "not below `shift`".
    fn p_less(&self, shift: f64) -> f64;
    /// The interval of the mean difference with confidence `1 - level`.
    ///
    /// # Errors
    /// [`StatisticsError::OutOfRange`] if `level` is not strictly between 0 and 1.
    fn interval(&self, level: f64) -> Result<Interval, StatisticsError>;

    /// The two-sided p value of "no difference".
    fn p_value(&self) -> f64 {
        self.p_value_at(0.0)
    }
}

impl PairedTest for SignFlips {
    fn mean(&self) -> f64 {
        self.mean()
    }

    fn p_value_at(&self, shift: f64) -> f64 {
        self.p_value_at(shift)
    }

    fn p_greater(&self, shift: f64) -> f64 {
        self.p_greater(shift)
    }

    fn p_less(&self, shift: f64) -> f64 {
        self.p_less(shift)
    }

    fn interval(&self, level: f64) -> Result<Interval, StatisticsError> {
        self.interval(level)
    }
}

impl PairedTest for CorrectedT {
    fn mean(&self) -> f64 {
        self.mean()
    }

    fn p_value_at(&self, shift: f64) -> f64 {
        self.p_value_at(shift)
    }

    fn p_greater(&self, shift: f64) -> f64 {
        self.p_greater(shift)
    }

    fn p_less(&self, shift: f64) -> f64 {
        self.p_less(shift)
    }

    fn interval(&self, level: f64) -> Result<Interval, StatisticsError> {
        self.interval(level)
    }
}
