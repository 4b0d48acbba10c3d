//! The results of an experiment, and their conditions.

use downhill_chart::curves::CurvesFigure;
use downhill_report::race::RaceFigure;
use serde::Serialize;

/// The condition on a number for the claim to hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "must")]
pub enum Expected {
    /// |found − value| ≤ tolerance.
    Near {
        /// The value.
        value: f64,
        /// The largest allowed deviation.
        tolerance: f64,
    },
    /// low ≤ found ≤ high; an end may be infinite.
    Between {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// A statement that must be true: 1 is true, 0 is not.
    So,
    /// No condition: the number is reported, and decides nothing.
    Told,
}

impl Expected {
    /// Within a share of the value, such as 0.01 for one percent.
    pub fn within(value: f64, share: f64) -> Self {
        Self::Near { value, tolerance: (share * value).abs() }
    }

    /// At least `low`.
    pub fn at_least(low: f64) -> Self {
        Self::Between { low, high: f64::INFINITY }
    }

    /// At most `high`.
    pub fn at_most(high: f64) -> Self {
        Self::Between { low: f64::NEG_INFINITY, high }
    }

    /// Exactly `value`.
    pub fn exactly(value: f64) -> Self {
        Self::Near { value, tolerance: 0.0 }
    }

    /// Whether a number meets the condition. NaN never does; None without a condition.
    pub fn holds(&self, found: f64) -> Option<bool> {
        match *self {
            Self::Near { value, tolerance } => Some(found == value || (found - value).abs() <= tolerance),
            Self::Between { low, high } => Some((low..=high).contains(&found)),
            Self::So => Some(found == 1.0),
            Self::Told => None,
        }
    }
}

/// A number beside its condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Its meaning, with its unit, such as "steps until |y| ≥ 1 from y₀ = 1e-8".
    pub what: String,
    /// The number.
    pub found: f64,
    /// The condition.
    pub expected: Expected,
}

impl Measured {
    /// The number in words, with enough digits to show its distance from the condition.
    pub fn found_in_words(&self) -> String {
        match self.expected {
            Expected::So => if self.found == 1.0 { "yes" } else { "no" }.into(),
            Expected::Near { tolerance, .. } => number(self.found, tolerance),
            _ => number(self.found, 0.0),
        }
    }

    /// The condition in words; empty without one.
    pub fn must_in_words(&self) -> String {
        match self.expected {
            Expected::So => "yes".into(),
            Expected::Told => String::new(),
            Expected::Near { value, tolerance: 0.0 } => number(value, 0.0),
            Expected::Near { value, tolerance } => format!("{} ± {}", number(value, tolerance), number(tolerance, 0.0)),
            Expected::Between { low, high } if high == f64::INFINITY => format!("≥ {}", number(low, 0.0)),
            Expected::Between { low, high } if low == f64::NEG_INFINITY => format!("≤ {}", number(high, 0.0)),
            Expected::Between { low, high } => format!("{} to {}", number(low, 0.0), number(high, 0.0)),
        }
    }

    /// A number beside its condition.
    pub fn new(what: impl Into<String>, found: f64, expected: Expected) -> Self {
        Self { what: what.into(), found, expected }
    }

    /// A statement that is true or false: 1 or 0, and must be 1.
    pub fn is_so(what: impl Into<String>, found: bool) -> Self {
        Self::new(what, f64::from(u8::from(found)), Expected::So)
    }

    /// Whether it meets the condition; None without one.
    pub fn holds(&self) -> Option<bool> {
        self.expected.holds(self.found)
    }
}

/// The verdict on a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// Every number meets its condition.
    Reproduced,
    /// At least one number does not.
    NotReproduced,
    /// A question was answered, without conditions.
    Answered,
}

/// A picture as plain values.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// Curves.
    Curves(CurvesFigure),
    /// Paths on a plane.
    Race(Box<RaceFigure>),
}

/// A picture with its name and a sentence below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Part of the file's name, in kebab case; each name once in an outcome.
    pub name: &'static str,
    /// The caption, in a sentence or two.
    pub caption: String,
    /// The picture.
    pub figure: Figure,
}

/// The results.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The numbers, in the order of the claim.
    pub findings: Vec<Measured>,
    /// Notes for reading them correctly, a sentence each: if a claim was not reproduced, the reason.
    pub notes: Vec<String>,
    /// The pictures, the most informative one first.
    pub pictures: Vec<Picture>,
}

impl Evidence {
    /// The verdict that follows from the findings.
    pub fn verdict(&self) -> ClaimVerdict {
        let mut promised = self.findings.iter().filter_map(Measured::holds).peekable();
        match (promised.peek().is_some(), promised.all(|holds| holds)) {
            (false, _) => ClaimVerdict::Answered,
            (true, true) => ClaimVerdict::Reproduced,
            (true, false) => ClaimVerdict::NotReproduced,
        }
    }
}

/// A number for people: six significant digits, and more where `tolerance` is finer.
fn number(x: f64, tolerance: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x.is_infinite() { if x > 0.0 { "∞" } else { "−∞" }.into() } else { x.to_string() };
    }
    let finer = if tolerance > 0.0 { (x.abs() / tolerance).log10().ceil() + 1.0 } else { 0.0 };
    let digits = finer.clamp(6.0, 15.0) as usize;
    let rounded: f64 = format!("{x:.*e}", digits - 1).parse().unwrap_or(x);
    let small = !(1e-4..1e9).contains(&rounded.abs());
    if small { format!("{rounded:e}") } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(findings: Vec<Measured>) -> Evidence {
        Evidence { findings, notes: Vec::new(), pictures: Vec::new() }
    }

    #[test]
    fn one_number_that_is_off_undoes_a_claim() {
        let good = Measured::new("a", 1.0, Expected::within(1.01, 0.01));
        let bad = Measured::new("b", 1.0, Expected::at_least(2.0));
        assert_eq!(outcome(vec![good.clone()]).verdict(), ClaimVerdict::Reproduced);
        assert_eq!(outcome(vec![good.clone(), bad]).verdict(), ClaimVerdict::NotReproduced);
        assert_eq!(outcome(vec![good, Measured::is_so("c", false)]).verdict(), ClaimVerdict::NotReproduced);
    }

    #[test]
    fn nan_is_never_as_it_must_be() {
        for expected in [Expected::at_least(0.0), Expected::at_most(0.0), Expected::within(1.0, 9.0)] {
            assert_eq!(expected.holds(f64::NAN), Some(false));
        }
    }

    #[test]
    fn what_is_only_told_decides_nothing() {
        assert_eq!(outcome(vec![Measured::new("a", 3.0, Expected::Told)]).verdict(), ClaimVerdict::Answered);
        assert_eq!(outcome(Vec::new()).verdict(), ClaimVerdict::Answered);
    }

    #[test]
    fn numbers_have_the_digits_that_their_tolerance_asks_for() {
        let found = |found, expected| {
            let finding = Measured::new("x", found, expected);
            (finding.found_in_words(), finding.must_in_words())
        };
        let words = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(found(0.123456789, Expected::within(0.125, 0.1)), words("0.123457", "0.125 ± 0.0125"));
        let near = Expected::Near { value: 1.0, tolerance: 1e-9 };
        assert_eq!(found(1.000000000123456, near), words("1.0000000001", "1 ± 1e-9"));
        assert_eq!(found(12345678.9, Expected::at_least(1e12)), words("12345700", "≥ 1e12"));
        assert_eq!(found(f64::NAN, Expected::at_most(2.0)), words("NaN", "≤ 2"));
        assert_eq!(found(0.0, Expected::So), words("no", "yes"));
        assert_eq!(found(1.4272e-5, Expected::Told), words("1.4272e-5", ""));
    }
}
