//! `f32` and `f64` for the kernels: vectors of them, and an exponential and a logarithm that compile to vectors.

use burn::tensor::Element;
use pulp::Simd;
use pulp::bytemuck::Pod;
use std::f64::consts::LN_2;

/// ln 2 beyond the digits of [`LN_2`].
const LN_2_REST: f64 = 2.319_046_813_846_3e-17;

/// A floating-point type with its vectors.
pub(super) trait Number: Element + Pod + Default + PartialOrd {
    /// A vector of the machine's width.
    type Vector<S: Simd>: Copy;

    /// The number of lanes in a vector.
    fn lanes<S: Simd>() -> usize;
    /// The same number in every place.
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    /// The first [`Number::lanes`] numbers.
    fn load<S: Simd>(simd: S, from: &[Self]) -> Self::Vector<S>;
    /// Fewer than [`Number::lanes`] numbers; zeros after them.
    fn load_tail<S: Simd>(simd: S, from: &[Self]) -> Self::Vector<S>;
    /// The first [`Number::lanes`] numbers.
    fn store<S: Simd>(simd: S, to: &mut [Self], vector: Self::Vector<S>);
    /// Fewer than [`Number::lanes`] numbers.
    fn store_tail<S: Simd>(simd: S, to: &mut [Self], vector: Self::Vector<S>);
    /// a · b + c, rounded once where the machine can.
    fn mul_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
    /// max(0, x) that keeps NaN.
    fn relu<S: Simd>(simd: S, x: Self::Vector<S>) -> Self::Vector<S>;

    /// Rounded to this type.
    fn of(x: f64) -> Self;
    /// Exactly.
    fn wide(self) -> f64;
    /// a + b.
    fn plus(self, other: Self) -> Self;
    /// a − b.
    fn minus(self, other: Self) -> Self;
    /// a · b.
    fn times(self, other: Self) -> Self;
    /// a / b.
    fn over(self, other: Self) -> Self;
    /// eˣ for x ≤ 0, to about one unit in the last place; 0 where the result is no normal number, NaN for NaN.
    fn exp(self) -> Self;
    /// ln x for a normal x > 0, to about one unit in the last place; NaN for NaN.
    fn ln(self) -> Self;
}

macro_rules! number {
    (
        $t:ident, $bits:ident, $signed:ident, vector $vector:ident, lanes $lanes:ident, splat $splat:ident,
        view $view:ident, view_mut $view_mut:ident, load $load:ident, store $store:ident, mul_add $mul_add:ident,
        mul $mul:ident, add $add:ident, le $le:ident, select $select:ident,
        mantissa $mantissa:literal, bias $bias:literal, high bits $high:literal, exp to $exp:literal, ln to $ln:literal
    ) => {
        impl Number for $t {
            type Vector<S: Simd> = S::$vector;

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$vector {
                simd.$splat(x)
            }
            #[inline(always)]
            fn load<S: Simd>(_: S, from: &[Self]) -> S::$vector {
                S::$view(from).0[0]
            }
            #[inline(always)]
            fn load_tail<S: Simd>(simd: S, from: &[Self]) -> S::$vector {
                simd.$load(from)
            }
            #[inline(always)]
            fn store<S: Simd>(_: S, to: &mut [Self], vector: S::$vector) {
                S::$view_mut(to).0[0] = vector;
            }
            #[inline(always)]
            fn store_tail<S: Simd>(simd: S, to: &mut [Self], vector: S::$vector) {
                simd.$store(to, vector);
            }
            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                // Without vectors there may be no fused instruction, and a call for each product would cost far more.
                if S::IS_SCALAR { simd.$add(simd.$mul(a, b), c) } else { simd.$mul_add(a, b, c) }
            }
            #[inline(always)]
            fn relu<S: Simd>(simd: S, x: S::$vector) -> S::$vector {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$le(x, zero), zero, x)
            }

            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn wide(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn over(self, other: Self) -> Self {
                self / other
            }

            // x = n ln 2 + r with |r| ≤ ln(2)/2, and eʳ by its Taylor series.
            #[inline(always)]
            fn exp(self) -> Self {
                // Adding it leaves the nearest whole number in the last bits.
                const ROUND: $t = 1.5 * (1u64 << $mantissa) as $t;
                // The high part has so few bits that its product with n is exact.
                const HIGH: $t = $t::from_bits((LN_2 as $t).to_bits() & ($bits::MAX << $high));
                const LOW: $t = ((LN_2 - HIGH as f64) + LN_2_REST) as $t;
                const SMALLEST: $t = (1 - $bias) as $t * LN_2 as $t;
                let rounded = self * std::$t::consts::LOG2_E + ROUND;
                let n = rounded - ROUND;
                let r = (self - n * HIGH) - n * LOW;
                let mut series: $t = 1.0;
                let mut i = $exp;
                while i > 0 {
                    series = series * r * (1.0 / i as $t) + 1.0;
                    i -= 1;
                }
                let power = $t::from_bits((rounded.to_bits() << $mantissa).wrapping_add($bias << $mantissa));
                if self < SMALLEST { 0.0 } else { series * power }
            }

            // x = 2ᵉ m with m in √½ … √2, and ln m = 2 artanh f with f = (m − 1)/(m + 1) by its series.
            #[inline(always)]
            fn ln(self) -> Self {
                const ROOT: $bits = std::$t::consts::FRAC_1_SQRT_2.to_bits();
                const HIGH: $t = $t::from_bits((LN_2 as $t).to_bits() & ($bits::MAX << $high));
                const LOW: $t = ((LN_2 - HIGH as f64) + LN_2_REST) as $t;
                let e = (self.to_bits().wrapping_sub(ROOT) as $signed) >> $mantissa;
                let m = $t::from_bits(self.to_bits().wrapping_sub((e << $mantissa) as $bits));
                let e = e as $t;
                let f = (m - 1.0) / (m + 1.0);
                let square = f * f;
                let mut series: $t = 0.0;
                let mut i = $ln;
                while i > 0 {
                    series = (series + 1.0 / (2 * i + 1) as $t) * square;
                    i -= 1;
                }
                let mantissa = 2.0 * f + (2.0 * f) * series;
                // The arithmetic on bits would turn NaN into a number.
                if self.is_nan() { self } else { e * HIGH + (e * LOW + mantissa) }
            }
        }
    };
}

number!(
    f32, u32, i32, vector f32s, lanes F32_LANES, splat splat_f32s, view as_simd_f32s, view_mut as_mut_simd_f32s,
    load partial_load_f32s, store partial_store_f32s, mul_add mul_add_f32s, mul mul_f32s, add add_f32s,
    le less_than_or_equal_f32s, select select_f32s,
    mantissa 23, bias 127, high bits 12, exp to 7, ln to 5
);
number!(
    f64, u64, i64, vector f64s, lanes F64_LANES, splat splat_f64s, view as_simd_f64s, view_mut as_mut_simd_f64s,
    load partial_load_f64s, store partial_store_f64s, mul_add mul_add_f64s, mul mul_f64s, add add_f64s,
    le less_than_or_equal_f64s, select select_f64s,
    mantissa 52, bias 1023, high bits 32, exp to 13, ln to 12
);

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error in units of the result's last place.
    fn errors(points: impl Iterator<Item = f64>) -> [f64; 4] {
        let mut worst = [0.0f64; 4];
        for x in points {
            let (low, ulp32, ulp64) = (x as f32, f64::from(f32::EPSILON), f64::EPSILON);
            let relative = |found: f64, exact: f64, ulp: f64| (found / exact - 1.0).abs() / ulp;
            worst[0] = worst[0].max(relative(Number::exp(low).wide(), low.wide().exp(), ulp32));
            worst[1] = worst[1].max(relative(Number::exp(x), x.exp(), ulp64));
            let (grown, grown_low) = (x.exp(), x.exp() as f32);
            if x != 0.0 && grown_low != 1.0 {
                worst[2] = worst[2].max(relative(Number::ln(grown_low).wide(), grown_low.wide().ln(), ulp32));
                worst[3] = worst[3].max(relative(Number::ln(grown), grown.ln(), ulp64));
            }
        }
        worst
    }

    #[test]
    fn exponentials_and_logarithms_are_exact_to_the_last_places() {
        let worst = errors((0..200_000).map(|i| -80.0 * (f64::from(i) / 200_000.0).powi(3)));
        assert!(worst.iter().all(|&error| error < 2.0), "{worst:?}");
        // The sums of a softmax lie between 1 and the number of classes.
        for i in 1..2000 {
            let x = 1.0 + f64::from(i) / 100.0;
            assert!((Number::ln(x) / x.ln() - 1.0).abs() < 2.0 * f64::EPSILON, "ln {x}");
        }
    }

    #[test]
    fn the_ends_of_the_range_are_right() {
        assert_eq!((Number::exp(0.0f32), Number::exp(0.0f64)), (1.0, 1.0));
        assert_eq!((Number::ln(1.0f32), Number::ln(1.0f64)), (0.0, 0.0));
        assert_eq!((Number::exp(-1e4f32), Number::exp(-1e4f64)), (0.0, 0.0));
        assert_eq!((Number::exp(f32::NEG_INFINITY), Number::exp(f64::NEG_INFINITY)), (0.0, 0.0));
        assert!(Number::exp(f32::NAN).is_nan() && Number::exp(f64::NAN).is_nan());
        assert!(Number::ln(f32::NAN).is_nan() && Number::ln(f64::NAN).is_nan());
    }
}
