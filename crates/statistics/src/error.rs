//! Errors in the input numbers.

/// Why a statistic cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// A value is NaN. A diverged trial is an infinity, never NaN: the caller knows which infinity is the bad one.
    #[error("{what}: value {index} is not a number; say a diverged trial as an infinity")]
    NotANumber {
        /// Which argument.
        what: &'static str,
        /// Its place, from 0.
        index: usize,
    },
    /// Two arguments that belong together, value by value, have different lengths.
    #[error("{what}: {first} values beside {second}, and they must be as many")]
    LengthsDiffer {
        /// Which arguments.
        what: &'static str,
        /// Length of the first.
        first: usize,
        /// Length of the second.
        second: usize,
    },
    /// There are fewer values than the statistic needs.
    #[error("{what}: {found} given, at least {needed} needed")]
    TooFew {
        /// The thing that is too few.
        what: &'static str,
        /// The smallest number that works.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// A number is outside its legal range.
    #[error("{what} is {value}, and must be {range}")]
    OutOfRange {
        /// Which argument.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The legal range, in words.
        range: &'static str,
    },
}

/// Refuses NaN.
pub(crate) fn numbers(what: &'static str, values: &[f64]) -> Result<(), StatisticsError> {
    match values.iter().position(|v| v.is_nan()) {
        Some(index) => Err(StatisticsError::NotANumber { what, index }),
        None => Ok(()),
    }
}

/// Refuses a share that is not strictly between 0 and 1 (a level, a power).
pub(crate) fn share(what: &'static str, value: f64) -> Result<(), StatisticsError> {
    match value > 0.0 && value < 1.0 {
        true => Ok(()),
        false => Err(StatisticsError::OutOfRange { what, value, range: "above 0 and below 1" }),
    }
}

/// Refuses fewer than `needed`.
pub(crate) fn at_least(what: &'static str, found: usize, needed: usize) -> Result<(), StatisticsError> {
    match found >= needed {
        true => Ok(()),
        false => Err(StatisticsError::TooFew { what, needed, found }),
    }
}

/// Refuses two lengths that differ.
pub(crate) fn same_length(what: &'static str, first: usize, second: usize) -> Result<(), StatisticsError> {
    match first == second {
        true => Ok(()),
        false => Err(StatisticsError::LengthsDiffer { what, first, second }),
    }
}
