//! Axes: the places of values, and the ticks with their labels.

use crate::table::grouped;

/// The scale of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisScale {
    /// Equal differences take equal lengths.
    Linear,
    /// Equal ratios take equal lengths; values of zero and below are left out.
    Log,
}

/// Sizes beyond this count as infinite: no useful loss is that large, and sums of two never overflow.
const HUGE: f64 = 1e100;

impl AxisScale {
    /// The position of a value on an endless axis: itself, or its decimal logarithm.
    ///
    /// NaN if it lies nowhere; an infinity if it is beyond `1e100`.
    pub fn position(self, value: f64) -> f64 {
        let value = if value.abs() > HUGE { value.signum() * f64::INFINITY } else { value };
        match self {
            AxisScale::Linear => value,
            AxisScale::Log if value > 0.0 => value.log10(),
            AxisScale::Log => f64::NAN,
        }
    }
}

/// A stretch of an endless axis, in [positions](AxisScale::position).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Its scale.
    pub scale: AxisScale,
    /// The position of its lower (left) end.
    pub low: f64,
    /// The position of its upper (right) end, above `low`.
    pub high: f64,
    /// Whether ticks must be whole numbers, as for steps.
    pub whole: bool,
}

/// A place on an axis with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// 0 at the lower end, 1 at the upper one.
    pub fraction: f64,
    /// Its label.
    pub label: Label,
}

/// The label of a tick: `0.001`, `12k`, or with a raised exponent `2×10` and -7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The number, or the part before the exponent.
    pub text: String,
    /// The raised exponent.
    pub exponent: Option<i32>,
}

impl Axis {
    /// The axis from `low` to `high` (positions), extended on both sides by the share `room` of its length; an axis of
    /// zero length gets a sensible length around its value.
    pub fn around(scale: AxisScale, (low, high): (f64, f64), room: f64) -> Self {
        /// Shorter than this share of its values, an axis would show only rounding errors.
        const SHORTEST: f64 = 1e-6;
        let size = low.abs().max(high.abs());
        let (low, high) = match scale {
            AxisScale::Linear if size < 1.0 / HUGE => (-1.0, 1.0),
            AxisScale::Linear if high - low <= SHORTEST * size => (low - 0.1 * size, high + 0.1 * size),
            AxisScale::Log if high - low <= SHORTEST => (low - 0.5, high + 0.5),
            _ => (low - room * (high - low), high + room * (high - low)),
        };
        Self { scale, low, high, whole: false }
    }

    /// As [`Self::around`], but a linear axis that nearly begins at zero begins there.
    pub fn around_or_from_zero(scale: AxisScale, (low, high): (f64, f64), room: f64) -> Self {
        /// Up to this share of the high end is near zero.
        const NEAR: f64 = 0.15;
        let axis = Self::around(scale, (low, high), room);
        let from_zero = scale == AxisScale::Linear && 0.0 <= low && low < NEAR * high;
        Self { low: if from_zero { 0.0 } else { axis.low }, ..axis }
    }

    /// The place of a value, 0 at the lower end and 1 at the upper one; below 0 or above 1 beyond the ends, NaN if it
    /// lies nowhere.
    pub fn fraction(&self, value: f64) -> f64 {
        self.fraction_at(self.scale.position(value))
    }

    fn fraction_at(&self, position: f64) -> f64 {
        (position - self.low) / (self.high - self.low)
    }

    /// Round places with labels, about as many as `most` and not many more.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let ticks = |most| match self.scale {
            AxisScale::Linear => self.linear_ticks(self.low, self.high, most),
            AxisScale::Log => self.log_ticks(most),
        };
        // An axis from 2.1 to 2.4 has no tick if few are asked for; a shorter step finds one.
        [most, 2 * most, 5 * most].into_iter().map(ticks).find(|ticks| !ticks.is_empty()).unwrap_or_default()
    }

    /// Multiples of 1, 2 or 5 times a power of ten between two values.
    fn linear_ticks(&self, low: f64, high: f64, most: usize) -> Vec<Tick> {
        let (digit, exponent) = step(high - low, most, self.whole);
        // Dividing by 10^n is exact where multiplying by 10^-n isn't: 3 / 10, not 3 * 0.1.
        let value = |count: f64| match exponent {
            0.. => count * digit * 10f64.powi(exponent),
            _ => count * digit / 10f64.powi(-exponent),
        };
        let (first, last) = ((low / value(1.0)).ceil(), (high / value(1.0)).floor());
        let values: Vec<f64> =
            (0..=(last - first).max(-1.0) as usize).map(|count| value(first + count as f64)).collect();
        let values: Vec<f64> = values.into_iter().filter(|&value| low <= value && value <= high).collect();
        let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let tick = |&value: &f64| Tick { fraction: self.fraction(value), label: label(value, largest, exponent) };
        values.iter().map(tick).collect()
    }

    /// Powers of ten, with 2 and 5 times them if there is room; linear ticks if these are fewer than two.
    fn log_ticks(&self, most: usize) -> Vec<Tick> {
        let powers: Vec<i32> = (self.low.floor() as i32..=self.high.ceil() as i32).collect();
        let inside = |&(digit, power): &(u32, i32)| {
            let position = f64::from(power) + f64::from(digit).log10();
            self.low <= position && position <= self.high
        };
        let fine: Vec<(u32, i32)> =
            powers.iter().flat_map(|&power| [1, 2, 5].map(|digit| (digit, power))).filter(inside).collect();
        if fine.len() < 2 {
            return self.linear_ticks(10f64.powf(self.low), 10f64.powf(self.high), most);
        }
        let coarse: Vec<(u32, i32)> = powers.iter().map(|&power| (1, power)).filter(inside).collect();
        let stride = coarse.len().div_ceil(most.max(1)).max(1) as i32;
        let chosen = if fine.len() <= most + 2 || coarse.len() < 2 {
            fine
        } else {
            coarse.into_iter().filter(|(_, power)| power.rem_euclid(stride) == 0).collect()
        };
        let plain = chosen.iter().all(|(_, power)| (-4..=4).contains(power));
        chosen.into_iter().map(|(digit, power)| self.log_tick(digit, power, plain)).collect()
    }

    fn log_tick(&self, digit: u32, power: i32, plain: bool) -> Tick {
        let label = match (plain, digit) {
            (true, _) if power < 0 => {
                Label::plain(format!("0.{}{digit}", "0".repeat(power.unsigned_abs() as usize - 1)))
            }
            (true, _) => Label::plain(grouped(&format!("{digit}{}", "0".repeat(power as usize)))),
            (false, 1) => Label { text: "10".into(), exponent: Some(power) },
            (false, _) => Label { text: format!("{digit}×10"), exponent: Some(power) },
        };
        Tick { fraction: self.fraction_at(f64::from(power) + f64::from(digit).log10()), label }
    }

    /// Places between the labelled powers of ten (2 to 9 times each), where a logarithmic axis
    /// is long enough to need them and short enough to have room.
    pub fn minor_ticks(&self) -> Vec<f64> {
        /// With more powers of ten than this, the places between them are noise.
        const MOST_POWERS: f64 = 7.0;
        if self.scale == AxisScale::Linear || self.high - self.low > MOST_POWERS {
            return Vec::new();
        }
        let powers = self.low.floor() as i32..=self.high.ceil() as i32;
        let places = powers.flat_map(|power| (2..10).map(move |digit| f64::from(power) + f64::from(digit).log10()));
        places.map(|position| self.fraction_at(position)).filter(|fraction| (0.0..=1.0).contains(fraction)).collect()
    }
}

impl Label {
    fn plain(text: String) -> Self {
        Self { text: text.replace('-', "−"), exponent: None }
    }
}

/// The smallest step of 1, 2 or 5 times a power of ten (returned as factor and exponent) that divides `length` into at
/// most `most` parts.
fn step(length: f64, most: usize, whole: bool) -> (f64, i32) {
    let least = length / most.max(1) as f64;
    let exponent = least.log10().floor() as i32;
    let times = least / 10f64.powi(exponent);
    /// Room for rounding: 2.0000000001 is a step of 2.
    const SLACK: f64 = 1.0 + 1e-9;
    let (digit, exponent) = match [1.0, 2.0, 5.0].into_iter().find(|&digit| times <= digit * SLACK) {
        Some(digit) => (digit, exponent),
        None => (1.0, exponent + 1),
    };
    if whole && exponent < 0 { (1.0, 0) } else { (digit, exponent) }
}

/// The label of a value among multiples of `10^exponent` up to `largest`.
fn label(value: f64, largest: f64, exponent: i32) -> Label {
    let decimals = |unit: i32| (unit - exponent).max(0) as usize;
    let power = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    match power {
        _ if value == 0.0 => Label::plain("0".into()),
        10.. | ..-4 => {
            let (digits, decimals) = (value / 10f64.powi(power), decimals(power));
            Label { exponent: Some(power), ..Label::plain(format!("{digits:.decimals$}×10")) }
        }
        7.. if exponent >= 5 => Label::plain(format!("{:.*}M", decimals(6), value / 1e6)),
        4.. if exponent >= 2 => Label::plain(format!("{:.*}k", decimals(3), value / 1e3)),
        _ => Label::plain(grouped(&format!("{value:.*}", decimals(0)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(scale: AxisScale, low: f64, high: f64, most: usize) -> Vec<String> {
        let axis = Axis { scale, low: scale.position(low), high: scale.position(high), whole: false };
        let words = |label: Label| label.text + &label.exponent.map_or(String::new(), |power| format!("^{power}"));
        axis.ticks(most).into_iter().map(|tick| words(tick.label)).collect()
    }

    #[test]
    fn linear_ticks_are_round_numbers_with_as_many_decimals_as_they_need() {
        assert_eq!(labels(AxisScale::Linear, 0.0, 1.0, 6), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(AxisScale::Linear, 0.0, 2.3, 6), ["0", "0.5", "1.0", "1.5", "2.0"]);
        assert_eq!(labels(AxisScale::Linear, -3.0, 3.0, 4), ["−2", "0", "2"]);
        assert_eq!(labels(AxisScale::Linear, 0.981, 0.9842, 4), ["0.981", "0.982", "0.983", "0.984"]);
    }

    #[test]
    fn large_steps_are_in_thousands_and_millions() {
        assert_eq!(labels(AxisScale::Linear, 0.0, 20_000.0, 5), ["0", "5k", "10k", "15k", "20k"]);
        assert_eq!(labels(AxisScale::Linear, 0.0, 2_000.0, 4), ["0", "500", "1000", "1500", "2000"]);
        assert_eq!(labels(AxisScale::Linear, 10_000.0, 10_800.0, 4), ["10.0k", "10.2k", "10.4k", "10.6k", "10.8k"]);
        assert_eq!(labels(AxisScale::Linear, 0.0, 2e7, 4), ["0", "5M", "10M", "15M", "20M"]);
        assert_eq!(labels(AxisScale::Linear, 12_345.0, 12_348.0, 3), ["12,345", "12,346", "12,347", "12,348"]);
    }

    #[test]
    fn tiny_and_huge_values_have_a_raised_exponent() {
        assert_eq!(labels(AxisScale::Linear, 0.0, 2e-7, 4), ["0", "0.5×10^-7", "1.0×10^-7", "1.5×10^-7", "2.0×10^-7"]);
        assert_eq!(labels(AxisScale::Linear, -4e12, 4e12, 4), ["−4×10^12", "−2×10^12", "0", "2×10^12", "4×10^12"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(AxisScale::Log, 5e-4, 20.0, 6), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(AxisScale::Log, 1e-7, 1.0, 4), ["10^-6", "10^-4", "10^-2", "10^0"]);
        assert_eq!(labels(AxisScale::Log, 0.5, 20_000.0, 6), ["1", "10", "100", "1000", "10,000"]);
    }

    #[test]
    fn a_short_logarithmic_axis_has_more_than_powers_of_ten() {
        assert_eq!(labels(AxisScale::Log, 0.08, 3.0, 6), ["0.1", "0.2", "0.5", "1", "2"]);
        assert_eq!(labels(AxisScale::Log, 2.05, 2.45, 4), ["2.1", "2.2", "2.3", "2.4"]);
        assert_eq!(labels(AxisScale::Log, 1.5e-9, 3e-8, 5), ["2×10^-9", "5×10^-9", "10^-8", "2×10^-8"]);
    }

    #[test]
    fn steps_are_never_cut_into_halves() {
        let axis = Axis { scale: AxisScale::Linear, low: 0.0, high: 1.0, whole: true };
        let fractions: Vec<f64> = axis.ticks(6).iter().map(|tick| tick.fraction).collect();
        assert_eq!(fractions, [0.0, 1.0]);
    }

    #[test]
    fn an_axis_around_a_constant_has_a_length() {
        let axis = Axis::around(AxisScale::Linear, (2.0, 2.0), 0.04);
        assert_eq!((axis.low, axis.high), (1.8, 2.2));
        let axis = Axis::around(AxisScale::Linear, (0.0, 0.0), 0.04);
        assert_eq!((axis.low, axis.high), (-1.0, 1.0));
        let axis = Axis::around(AxisScale::Log, (-3.0, -3.0), 0.04);
        assert_eq!((axis.low, axis.high), (-3.5, -2.5));
    }

    #[test]
    fn an_axis_that_nearly_begins_at_zero_does() {
        let low = |low, high| Axis::around_or_from_zero(AxisScale::Linear, (low, high), 0.04).low;
        assert_eq!(low(0.05, 2.3), 0.0);
        assert!(low(0.9, 0.99) > 0.85);
        assert!(low(-0.05, 2.3) < -0.05);
    }

    proptest! {
        #![proptest_config(crate::tests::seeded(256))]

        #[test]
        fn every_axis_has_a_few_ticks_in_rising_order_on_it(
            low in -1e12..1e12f64, length in -12.0..12f64, log: bool, most in 2usize..9,
        ) {
            let (scale, low, length) =
                if log { (AxisScale::Log, low / 1e12 * 90.0, length.abs().max(0.01)) } else { (AxisScale::Linear, low, 10f64.powf(length)) };
            let axis = Axis::around(scale, (low, low + length), 0.04);
            let fractions: Vec<f64> = axis.ticks(most).iter().map(|tick| tick.fraction).collect();
            prop_assert!(!fractions.is_empty() && fractions.len() <= (most + 2).max(6), "{fractions:?}");
            prop_assert!(fractions.iter().all(|fraction| (-1e-6..=1.0 + 1e-6).contains(fraction)), "{fractions:?}");
            prop_assert!(fractions.is_sorted_by(|a, b| a < b));
        }
    }
}
