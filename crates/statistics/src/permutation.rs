//! The deciding test: sign flips of paired differences, and its inversion, the interval.
//!
//! If two optimizers are alike, a difference `d_i` (one seed, everything else equal) is as likely as `-d_i`, for each
//! seed by itself. So all `2^n` flips of signs are equally likely, and the p value is the share of them whose mean is
//! at least as far from 0 as the observed mean (Fisher 1935, "The Design of Experiments", section 21). The only
//! assumption about the distribution is this symmetry.
//!
//! # How it is computed
//! Write `S` for the set of flipped differences, `B` for the sum of `d - shift` over `S` and `C` for the sum over the
//! rest. A flip is as far out as the observed signs if `|C - B| >= |C + B|`, which is `B C <= 0`: **if and only if
//! `shift` lies between the mean over `S` and the mean over the rest**, ends included. So each pair of complementary
//! sets is one interval of shifts, all of them around the observed mean, and
//!
//! - the p value at a shift is the share of these intervals that contain it (the empty set's interval is everything),
//! - the interval at a level, the set of all shifts with a p above the level, runs from an order statistic of the lower
//!   ends to one of the upper ends. It is exact: no search, no approximation. (Hartigan 1969, "Using subsample values
//!   as typical values".)
//!
//! Up to [`EXACT_UP_TO`] differences all `2^(n-1)` pairs are taken; above, [`DRAWS`] random ones from a seeded stream,
//! and the observed pair counts with them, `(count + 1) / (draws + 1)`, which keeps the level exactly (Phipson and
//! Smyth 2010).
//!
//! # Ties
//! Accuracies are multiples of `1/rows`, so sums of differences often cancel exactly, but for rounding. A sum below
//! [`TOLERANCE`] times the sum of the magnitudes in it is 0, and counts as "as far out": never against the null.
//!
//! # Infinities
//! An infinite difference (one of the two diverged) stands for one larger than all others together: the result is the
//! limit as it grows. Several infinities are equally large. The mean, and ends of the interval, may then be infinite.
//! Magnitudes above [`HUGE`] are taken as infinite, so that no sum can overflow.

use downhill_random::{Purpose, Stream};

use crate::descriptive::mean;
use crate::error::{StatisticsError, numbers, share};
use crate::interval::Interval;

/// Up to this number of differences every flip is counted: `2^20`, about a million.
pub const EXACT_UP_TO: usize = 20;

/// Random flips drawn when there are too many to count. At p = 0.05 the p value has a standard error of 0.0007.
pub const DRAWS: usize = 99_999;

/// A sum smaller than this times the sum of its magnitudes is a tie. Differences of 1e-6 between values near 1 still
/// cancel within it.
pub const TOLERANCE: f64 = 1e-9;

/// Differences of this magnitude and above count as infinite.
pub const HUGE: f64 = 1e290;

/// The smallest p value that the two-sided test can give for `n` differences: `2 / 2^n`, or `1 / (DRAWS + 1)` where
/// flips are drawn; 1 if there are none.
///
/// It is reached if all differences have one sign. Below 6 differences it is above 0.05: the test can never decide.
pub fn smallest_p_value(n: usize) -> f64 {
    match n {
        0 => 1.0,
        n if n <= EXACT_UP_TO => 2.0 / (1u64 << n) as f64,
        _ => 1.0 / (DRAWS + 1) as f64,
    }
}

/// The sign-flip test of one set of differences: p values at any shift, and intervals at any level.
///
/// ```
/// use downhill_statistics::permutation::SignFlips;
/// let test = SignFlips::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0)?;
/// assert_eq!(test.p_value(), 2.0 / 64.0);
/// assert_eq!(test.p_greater(0.0), 1.0 / 64.0);
/// assert_eq!(test.interval(0.05)?, downhill_statistics::Interval { low: 1.0, high: 6.0 });
/// # Ok::<(), downhill_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignFlips {
    differences: usize,
    mean: f64,
    /// For each pair of complementary sets but the observed one, the smaller mean …
    lows: Vec<f64>,
    /// … and the larger one.
    highs: Vec<f64>,
}

impl SignFlips {
    /// Counts the flips of `differences`; `seed` is used only above [`EXACT_UP_TO`] of them.
    ///
    /// Takes about 10 ms and keeps 8 MB at 20 differences, and 1.6 MB above.
    ///
    /// # Errors
    /// [`StatisticsError::NotANumber`]. No differences at all are no error: then p is 1 and the interval everything.
    pub fn new(differences: &[f64], seed: u64) -> Result<Self, StatisticsError> {
        numbers("the differences", differences)?;
        let n = differences.len();
        let all = differences.iter().fold(Part::EMPTY, |part, &d| part.and(Part::of(d)));
        // The plain mean is the more accurate one, unless infinities or everything cancels.
        let plain = mean(differences).filter(|mean| mean.abs() < HUGE && all.mean() != 0.0 && all.mean().is_finite());
        let mut test = Self {
            differences: n,
            mean: plain.unwrap_or(if n == 0 { 0.0 } else { all.mean() }),
            lows: Vec::new(),
            highs: Vec::new(),
        };
        match n {
            0 => {}
            n if n <= EXACT_UP_TO => test.count_all(differences),
            _ => test.draw(differences, seed),
        }
        Ok(test)
    }

    /// Every pair of complementary sets once: the last difference is never in `S`. Sums of the two halves of the
    /// differences are made once, so no sum has more than `n` roundings.
    fn count_all(&mut self, differences: &[f64]) {
        let (first, second) = differences.split_at(differences.len() / 2);
        let (first, second) = (subsets(first), subsets(second));
        let pairs = first.len() * second.len() / 2;
        self.lows.reserve_exact(pairs - 1);
        self.highs.reserve_exact(pairs - 1);
        // The complement of a place's bits is the complementary set: the list read backwards. The empty set comes
        // first.
        let halves = second.iter().zip(second.iter().rev()).take(second.len() / 2);
        for (j, (inside, outside)) in halves.enumerate() {
            for (set, rest) in first.iter().zip(first.iter().rev()).skip(usize::from(j == 0)) {
                self.push(set.and(*inside).mean(), rest.and(*outside).mean());
            }
        }
    }

    /// [`DRAWS`] random pairs, eight differences at a time from the sums of all their subsets.
    fn draw(&mut self, differences: &[f64], seed: u64) {
        let mut stream = Stream::new(seed, Purpose::Resampling, 0);
        let eights: Vec<Vec<Part>> = differences.chunks(8).map(subsets).collect();
        for _ in 0..DRAWS {
            let (mut set, mut rest) = (Part::EMPTY, Part::EMPTY);
            for group in eights.chunks(8) {
                let bits = stream.bits();
                for (i, parts) in group.iter().enumerate() {
                    let at = (bits >> (8 * i)) as usize & (parts.len() - 1);
                    set = set.and(parts[at]);
                    rest = rest.and(parts[parts.len() - 1 - at]);
                }
            }
            match set.count == 0.0 || rest.count == 0.0 {
                true => self.push(f64::NEG_INFINITY, f64::INFINITY),
                false => self.push(set.mean(), rest.mean()),
            }
        }
    }

    fn push(&mut self, a: f64, b: f64) {
        // As selections, not branches: the outcome of the comparison cannot be predicted.
        self.lows.push(if a < b { a } else { b });
        self.highs.push(if a < b { b } else { a });
    }

    /// Pairs of complementary sets, the observed one (nothing flipped, everything flipped) among them.
    fn pairs(&self) -> f64 {
        (self.lows.len() + 1) as f64
    }

    /// How many differences there are.
    pub fn len(&self) -> usize {
        self.differences
    }

    /// Whether there are no differences.
    pub fn is_empty(&self) -> bool {
        self.differences == 0
    }

    /// Whether all flips were counted (else they were drawn).
    pub fn is_exact(&self) -> bool {
        self.differences <= EXACT_UP_TO
    }

    /// The mean difference, the estimate that the interval surrounds; infinite if more trials diverged on one side, and
    /// 0 without differences.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The two-sided p value of "the differences are symmetric around 0": the share of flips whose mean is at least as
    /// far from 0 as the observed mean. In `(0, 1]`; 1 if there are no differences or all are 0.
    pub fn p_value(&self) -> f64 {
        self.p_value_at(0.0)
    }

    /// The two-sided p value of "symmetric around `shift`" (in the unit of the differences). For a NaN it is 1.
    pub fn p_value_at(&self, shift: f64) -> f64 {
        let (from, to) = around(shift);
        let held = self.lows.iter().zip(&self.highs).filter(|&(&low, &high)| low <= to && from <= high).count();
        (held + 1) as f64 / self.pairs()
    }

    /// The one-sided p value of "not above `shift`" against "above it": the share of flips around `shift` whose mean is
    /// at least the observed mean. In `(0, 1]`; for a NaN it is 1.
    pub fn p_greater(&self, shift: f64) -> f64 {
        let (_, to) = around(shift);
        self.one_sided(|mean| mean <= to)
    }

    /// The one-sided p value of "not below `shift`" against "below it": the mirror image of [`Self::p_greater`].
    pub fn p_less(&self, shift: f64) -> f64 {
        let (from, _) = around(shift);
        self.one_sided(|mean| from <= mean)
    }

    fn one_sided(&self, holds: impl Fn(f64) -> bool) -> f64 {
        let held = self.lows.iter().chain(&self.highs).filter(|&&mean| holds(mean)).count();
        let observed = self.is_empty() || holds(self.mean);
        (held + 1 + usize::from(observed)) as f64 / (2.0 * self.pairs())
    }

    /// All shifts that the two-sided test does not reject at `level` (p above it): the interval of the mean difference
    /// with confidence `1 - level`, the test inverted. In the unit of the differences.
    ///
    /// It is everything if the level is below [`smallest_p_value`], and a single number if all differences are equal.
    /// It contains 0 exactly if [`Self::p_value`] is above `level`.
    ///
    /// # Errors
    /// [`StatisticsError::OutOfRange`] if `level` is not strictly between 0 and 1.
    pub fn interval(&self, level: f64) -> Result<Interval, StatisticsError> {
        share("the level", level)?;
        // The fewest pairs, beside the observed pair, that make p larger than the level.
        let pairs = self.pairs();
        let mut needed = (level * pairs).floor() as usize;
        while (needed + 1) as f64 / pairs <= level {
            needed += 1;
        }
        while needed > 0 && needed as f64 / pairs > level {
            needed -= 1;
        }
        if needed == 0 {
            return Ok(Interval::EVERYTHING);
        }
        let (mut lows, mut highs) = (self.lows.clone(), self.highs.clone());
        let at = highs.len() - needed;
        let (_, &mut low, _) = lows.select_nth_unstable_by(needed - 1, f64::total_cmp);
        let (_, &mut high, _) = highs.select_nth_unstable_by(at, f64::total_cmp);
        Ok(Interval { low, high })
    }
}

/// The numbers that tie with `shift`; all numbers for a NaN, so that nothing is rejected.
fn around(shift: f64) -> (f64, f64) {
    match shift {
        s if s.is_finite() => (s - TOLERANCE * s.abs(), s + TOLERANCE * s.abs()),
        s if s.is_infinite() => (s, s),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

/// The sums of a set of differences that its mean needs. Counts are floats so that adding two sets is one vector
/// operation.
#[derive(Clone, Copy)]
struct Part {
    count: f64,
    /// The number of positive infinities less that of negative ones.
    infinite: f64,
    /// Sum of the finite ones …
    sum: f64,
    /// … and of their magnitudes.
    magnitude: f64,
}

impl Part {
    const EMPTY: Self = Self { count: 0.0, infinite: 0.0, sum: 0.0, magnitude: 0.0 };

    fn of(d: f64) -> Self {
        match d.abs() < HUGE {
            true => Self { count: 1.0, infinite: 0.0, sum: d, magnitude: d.abs() },
            false => Self { count: 1.0, infinite: d.signum(), sum: 0.0, magnitude: 0.0 },
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            infinite: self.infinite + other.infinite,
            sum: self.sum + other.sum,
            magnitude: self.magnitude + other.magnitude,
        }
    }

    /// The mean; exactly 0 if the sum is nothing but rounding. As many infinities of both signs cancel.
    fn mean(self) -> f64 {
        let finite = if self.sum.abs() <= TOLERANCE * self.magnitude { 0.0 } else { self.sum / self.count };
        if self.infinite == 0.0 { finite } else { self.infinite * f64::INFINITY }
    }
}

/// All subsets; bit `i` of the place says whether difference `i` is in it.
fn subsets(differences: &[f64]) -> Vec<Part> {
    let mut parts = vec![Part::EMPTY];
    for &d in differences {
        for i in 0..parts.len() {
            parts.push(parts[i].and(Part::of(d)));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::seeded;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    fn test(differences: &[f64]) -> SignFlips {
        SignFlips::new(differences, 7).expect("no NaN")
    }

    /// The definition, flip by flip.
    fn brute_force(differences: &[f64], shift: f64) -> f64 {
        let shifted: Vec<f64> = differences.iter().map(|d| d - shift).collect();
        let slack = 1e-9 * shifted.iter().map(|d| d.abs()).sum::<f64>();
        let observed = shifted.iter().sum::<f64>().abs();
        let flips = 1u64 << shifted.len();
        let far = (0..flips).filter(|flip| {
            let sum: f64 = shifted.iter().enumerate().map(|(i, d)| if flip >> i & 1 == 1 { -d } else { *d }).sum();
            sum.abs() >= observed - slack
        });
        far.count() as f64 / flips as f64
    }

    #[test]
    fn nothing_decides_nothing() {
        let none = test(&[]);
        assert_eq!((none.p_value(), none.p_greater(0.0), none.mean()), (1.0, 1.0, 0.0));
        assert_eq!(none.interval(0.05), Ok(Interval::EVERYTHING));
        let one = test(&[3.0]);
        assert_eq!((one.p_value(), one.p_greater(0.0), one.p_less(0.0)), (1.0, 0.5, 1.0));
        assert_eq!(one.interval(0.05), Ok(Interval::EVERYTHING));
        assert!(SignFlips::new(&[0.0, f64::NAN], 0).is_err());
        assert!(one.interval(0.0).is_err() && one.interval(f64::NAN).is_err());
    }

    #[test]
    fn an_exact_tie_is_certain_and_its_interval_is_zero() {
        for n in [8, 20, 30] {
            let tie = test(&vec![0.0; n]);
            assert_eq!((tie.p_value(), tie.p_greater(0.0), tie.p_less(0.0)), (1.0, 1.0, 1.0), "{n}");
            assert_eq!(tie.interval(0.05), Ok(Interval { low: 0.0, high: 0.0 }), "{n}");
        }
    }

    #[test]
    fn the_smallest_p_value_is_reached_by_equal_signs() {
        for n in 1..=20usize {
            let all: Vec<f64> = (0..n).map(|i| 1.0 + i as f64).collect();
            assert_eq!(test(&all).p_value(), smallest_p_value(n));
        }
        assert_eq!(test(&[1.0; 40]).p_value(), smallest_p_value(40));
        assert!(smallest_p_value(5) > 0.05 && smallest_p_value(6) < 0.05);
    }

    #[test]
    fn sums_that_cancel_but_for_rounding_are_ties() {
        // 0.1 + 0.2 - 0.3 is 5.6e-17 in f64; as integers the sums cancel exactly.
        let decimal = test(&[0.1, 0.2, -0.3, 0.4, 0.5, -0.1, 0.2, 0.6]);
        let whole = test(&[1.0, 2.0, -3.0, 4.0, 5.0, -1.0, 2.0, 6.0]);
        assert_eq!(decimal.p_value(), whole.p_value());
        // Accuracies of a test set of 10,000 rows, one in ten thousand apart.
        let accuracies: Vec<f64> = [9501, 9502, 9503, 9499].iter().map(|&c: &i32| f64::from(c) / 1e4 - 0.95).collect();
        assert_eq!(test(&accuracies).p_value(), test(&[1.0, 2.0, 3.0, -1.0]).p_value());
    }

    #[test]
    fn one_huge_difference_does_not_drown_the_signs_of_the_others() {
        let huge = [1e30, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
        assert_eq!(test(&huge).p_value(), 2.0 / 256.0);
    }

    #[test]
    fn an_infinity_is_the_limit_of_a_growing_difference() {
        let data = [0.5, -0.2, INF, 0.3, 0.1, -INF, INF, 0.25, -0.05];
        let grown: Vec<f64> = data.iter().map(|d| d.clamp(-1e5, 1e5)).collect();
        let (limit, finite) = (test(&data), test(&grown));
        for shift in [0.0, -1.0, 0.3, 0.07] {
            assert_eq!(limit.p_value_at(shift), finite.p_value_at(shift), "{shift}");
            assert_eq!(limit.p_greater(shift), finite.p_greater(shift), "{shift}");
            assert_eq!(limit.p_less(shift), finite.p_less(shift), "{shift}");
        }
        assert_eq!(limit.mean(), INF);
        for level in [0.05, 0.1, 0.2, 0.5, 0.8] {
            let (a, b) = (limit.interval(level).expect("a level"), finite.interval(level).expect("a level"));
            for (end, grown) in [(a.low, b.low), (a.high, b.high)] {
                assert!((end - grown).abs() < 1e-9 || end.is_infinite() && end.signum() * grown > 1e3, "{a:?} {b:?}");
            }
        }
        let all = test(&[INF; 8]);
        assert_eq!((all.p_value(), all.mean()), (2.0 / 256.0, INF));
        assert_eq!(all.interval(0.05), Ok(Interval { low: INF, high: INF }));
        let beyond = test(&[1e308, 1e308, 1e308, -1e308, 1.0, 2.0, 3.0, f64::MAX]);
        assert_eq!(beyond.p_value(), test(&[INF, INF, INF, -INF, 1.0, 2.0, 3.0, INF]).p_value());
        assert_eq!(test(&[INF, -INF, 0.1, 0.3]).mean(), 0.1);
    }

    #[test]
    fn drawn_flips_agree_with_counted_ones() {
        let mut stream = Stream::new(3, Purpose::Test, 0);
        let differences: Vec<f64> = (0..16).map(|_| stream.normal() + 0.3).collect();
        let exact = test(&differences);
        let mut drawn = SignFlips { lows: vec![], highs: vec![], ..exact.clone() };
        drawn.draw(&differences, 5);
        // Four standard errors of a share of 100,000 draws.
        for shift in [-0.4, -0.1, 0.0, 0.2, 0.8] {
            assert!((exact.p_value_at(shift) - drawn.p_value_at(shift)).abs() < 0.0064, "{shift}");
            assert!((exact.p_greater(shift) - drawn.p_greater(shift)).abs() < 0.0064, "{shift}");
        }
        let (a, b) = (exact.interval(0.05).expect("level"), drawn.interval(0.05).expect("level"));
        assert!((a.low - b.low).abs() < 0.02 && (a.high - b.high).abs() < 0.02, "{a:?} {b:?}");
    }

    #[test]
    fn drawn_flips_are_those_of_the_seed() {
        let differences: Vec<f64> = (0..25).map(|i| f64::from(i) - 8.0).collect();
        let p = |seed| SignFlips::new(&differences, seed).expect("no NaN").p_value();
        assert_eq!(p(1), p(1));
        assert_ne!(p(1), p(2));
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        // Whole numbers make ties and zeros, the others none.
        prop_oneof![
            prop::collection::vec((-4..5i32).prop_map(f64::from), 0..10),
            prop::collection::vec(-2.0..3.0f64, 0..10)
        ]
    }

    proptest! {
        #![proptest_config(seeded(256))]

        #[test]
        fn the_p_value_is_its_definition(d in values(), shift in -3..4i32) {
            let shift = f64::from(shift) / 2.0;
            prop_assert_eq!(test(&d).p_value_at(shift), brute_force(&d, shift));
        }

        #[test]
        fn the_interval_is_exactly_what_is_not_rejected(d in values(), level in 0.01..0.5f64) {
            let interval = test(&d).interval(level).unwrap();
            for end in [interval.low, interval.high] {
                if end.is_finite() {
                    prop_assert!(brute_force(&d, end) > level, "the end {} is rejected", end);
                }
            }
            if interval.low.is_finite() {
                prop_assert!(brute_force(&d, interval.low - 1e-5) <= level);
                prop_assert!(brute_force(&d, interval.high + 1e-5) <= level);
            } else {
                prop_assert_eq!(interval, Interval::EVERYTHING);
                prop_assert!(brute_force(&d, 1e3) > level);
            }
            prop_assert_eq!(interval.contains(0.0), test(&d).p_value() > level);
        }

        #[test]
        fn exchanging_the_optimizers_mirrors_everything(d in values()) {
            let negated: Vec<f64> = d.iter().map(|d| -d).collect();
            let (a, b) = (test(&d), test(&negated));
            prop_assert_eq!(a.p_value(), b.p_value());
            prop_assert_eq!(a.p_greater(0.5), b.p_less(-0.5));
            let (x, y) = (a.interval(0.1).unwrap(), b.interval(0.1).unwrap());
            prop_assert!(x.low == -y.high && x.high == -y.low);
        }

        #[test]
        fn a_shift_of_the_differences_shifts_the_interval(d in values(), shift in -5.0..5.0f64) {
            let moved: Vec<f64> = d.iter().map(|d| d + shift).collect();
            let (a, b) = (test(&d).interval(0.1).unwrap(), test(&moved).interval(0.1).unwrap());
            let near = |x: f64, y: f64| x == y || (x - y).abs() < 1e-7;
            prop_assert!(near(a.low + shift, b.low) && near(a.high + shift, b.high), "{:?} {:?}", a, b);
        }

        #[test]
        fn p_values_are_above_zero_and_at_most_one(d in values(), shift in -3.0..3.0f64) {
            let test = test(&d);
            for p in [test.p_value_at(shift), test.p_greater(shift), test.p_less(shift)] {
                prop_assert!(0.0 < p && p <= 1.0, "{}", p);
            }
            prop_assert!(test.p_greater(shift) + test.p_less(shift) > 1.0 - 1e-12);
        }
    }
}
