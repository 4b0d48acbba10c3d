//! The numbers an update rule computes with.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A real number: `f32`, `f64`, or a recorded tensor operation ([`crate::record`]).
///
/// The functions pass a NaN on, so that a broken gradient shows in the parameters and is reported.
pub trait Real:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// A constant of the equations.
    fn of(constant: f64) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// -1, 0 or 1.
    fn sign(self) -> Self;
    /// The larger of two.
    fn max(self, other: Self) -> Self;
    /// The smaller of two.
    fn min(self, other: Self) -> Self;
    /// `yes` where `self` is greater than 0, else `no`: a choice that stays vector code.
    fn where_positive(self, yes: Self, no: Self) -> Self;
    /// `self / divisor`, where 0/0 is 0: a parameter that never had a gradient stays where it is.
    fn ratio(self, divisor: Self) -> Self;
}

/// A number in memory.
pub trait Float: Real {
    /// The number, or 0 where it is too small to have full precision (below 1.2e-38 in `f32`, 2.2e-308 in `f64`).
    ///
    /// The average of a gradient that has become 0 decays into those numbers and, by rounding, stays there; a processor
    /// computes with them many times slower.
    fn flushed(self) -> Self;
}

macro_rules! real_for_float {
    ($float:ty) => {
        impl Float for $float {
            #[inline(always)]
            fn flushed(self) -> Self {
                // Written so that NaN stays NaN.
                if <$float>::abs(self) < <$float>::MIN_POSITIVE { 0.0 } else { self }
            }
        }
        impl Real for $float {
            #[inline(always)]
            fn of(constant: f64) -> Self {
                constant as $float
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$float>::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$float>::abs(self)
            }
            #[inline(always)]
            fn sign(self) -> Self {
                // Selects, not branches: this must become vector code. Zero and NaN fall through to themselves.
                if self > 0.0 {
                    1.0
                } else if self < 0.0 {
                    -1.0
                } else {
                    self
                }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self > other || self.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self < other || self.is_nan() { self } else { other }
            }
            #[inline(always)]
            fn where_positive(self, yes: Self, no: Self) -> Self {
                let chosen = if self > 0.0 { yes } else { no };
                if self.is_nan() { self } else { chosen }
            }
            #[inline(always)]
            fn ratio(self, divisor: Self) -> Self {
                // A zero divisor becomes 1 when the dividend is zero too, so there is nothing to divide by zero.
                let both_zero = (self == 0.0) & (divisor == 0.0);
                self / if both_zero { 1.0 } else { divisor }
            }
        }
    };
}

real_for_float!(f32);
real_for_float!(f64);

#[cfg(test)]
mod tests {
    use super::{Float, Real};

    #[test]
    fn numbers_too_small_for_full_precision_become_zero() {
        assert_eq!(
            [1e-40f32.flushed(), -1e-40f32.flushed(), f32::MIN_POSITIVE.flushed()],
            [0.0, 0.0, f32::MIN_POSITIVE]
        );
        assert_eq!([1e-310f64.flushed(), -2.5f64.flushed()], [0.0, -2.5]);
        assert!(f32::NAN.flushed().is_nan());
    }

    #[test]
    fn nan_passes_through_and_zero_over_zero_is_zero() {
        assert_eq!([Real::sign(-3.0), Real::sign(0.0), Real::sign(2.0)], [-1.0, 0.0, 1.0]);
        assert!(Real::sign(f64::NAN).is_nan());
        assert!(Real::max(f64::NAN, 1.0).is_nan() && Real::max(1.0, f64::NAN).is_nan());
        assert!(Real::min(f64::NAN, 1.0).is_nan() && Real::min(1.0, f64::NAN).is_nan());
        assert!(f64::NAN.where_positive(1.0, 2.0).is_nan());
        assert_eq!([Real::max(1.0, 2.0), Real::min(1.0, 2.0)], [2.0, 1.0]);
        assert_eq!([3.0, 0.0, -3.0].map(|x: f64| x.where_positive(1.0, 2.0)), [1.0, 2.0, 2.0]);
        assert_eq!(0.0f64.ratio(0.0), 0.0);
        assert_eq!(1.0f64.ratio(0.0), f64::INFINITY);
        assert!(f64::NAN.ratio(0.0).is_nan() && 0.0f64.ratio(f64::NAN).is_nan());
        assert_eq!(3.0f64.ratio(2.0), 1.5);
    }
}
