//! What came out of an experiment, and what it must be.

use downhill_report::curves::CurvesFigure;
use downhill_report::race::RaceFigure;
use serde::Serialize;

/// What a number must be for the claim to hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "must")]
pub enum Expected {
    /// |found − value| ≤ tolerance.
    Near {
        /// The value.
        value: f64,
        /// How far off it may be.
        tolerance: f64,
    },
    /// low ≤ found ≤ high; an end may be infinite.
    Between {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// No number is promised: it is told, and decides nothing.
    Told,
}

impl Expected {
    /// Within a share of the value, such as 0.01 for one percent.
    pub fn within(value: f64, share: f64) -> Self {
        Self::Near { value, tolerance: (share * value).abs() }
    }

    /// At least so much.
    pub fn at_least(low: f64) -> Self {
        Self::Between { low, high: f64::INFINITY }
    }

    /// At most so much.
    pub fn at_most(high: f64) -> Self {
        Self::Between { low: f64::NEG_INFINITY, high }
    }

    /// Exactly this.
    pub fn exactly(value: f64) -> Self {
        Self::Near { value, tolerance: 0.0 }
    }

    /// Whether a number is as it must be. NaN never is; none where nothing is promised.
    pub fn holds(&self, found: f64) -> Option<bool> {
        match *self {
            Self::Near { value, tolerance } => Some(found == value || (found - value).abs() <= tolerance),
            Self::Between { low, high } => Some((low..=high).contains(&found)),
            Self::Told => None,
        }
    }
}

/// A number beside what it must be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What it is, with its unit, such as "steps until |y| ≥ 1 from y₀ = 1e-8".
    pub what: String,
    /// The number.
    pub found: f64,
    /// What it must be.
    pub expected: Expected,
}

impl Finding {
    /// A number beside what it must be.
    pub fn new(what: impl Into<String>, found: f64, expected: Expected) -> Self {
        Self { what: what.into(), found, expected }
    }

    /// A statement that is true or false: 1 or 0, and must be 1.
    pub fn is_so(what: impl Into<String>, found: bool) -> Self {
        Self::new(what, f64::from(u8::from(found)), Expected::exactly(1.0))
    }

    /// Whether it is as it must be; none where nothing is promised.
    pub fn holds(&self) -> Option<bool> {
        self.expected.holds(self.found)
    }
}

/// What an experiment says of its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every number is as it must be.
    Reproduced,
    /// At least one is not.
    NotReproduced,
    /// A question was answered, and no number was promised.
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
    /// What is to be seen, in a sentence or two.
    pub caption: String,
    /// The picture.
    pub figure: Figure,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The numbers, in the order of the claim.
    pub findings: Vec<Finding>,
    /// What a reader must know to read them right, a sentence each: where a claim did not come out, why.
    pub notes: Vec<String>,
    /// The pictures, the most telling one first.
    pub pictures: Vec<Picture>,
}

impl Outcome {
    /// What the findings say of the claim.
    pub fn verdict(&self) -> Verdict {
        let mut promised = self.findings.iter().filter_map(Finding::holds).peekable();
        match (promised.peek().is_some(), promised.all(|holds| holds)) {
            (false, _) => Verdict::Answered,
            (true, true) => Verdict::Reproduced,
            (true, false) => Verdict::NotReproduced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(findings: Vec<Finding>) -> Outcome {
        Outcome { findings, notes: Vec::new(), pictures: Vec::new() }
    }

    #[test]
    fn one_number_that_is_off_undoes_a_claim() {
        let good = Finding::new("a", 1.0, Expected::within(1.01, 0.01));
        let bad = Finding::new("b", 1.0, Expected::at_least(2.0));
        assert_eq!(outcome(vec![good.clone()]).verdict(), Verdict::Reproduced);
        assert_eq!(outcome(vec![good.clone(), bad]).verdict(), Verdict::NotReproduced);
        assert_eq!(outcome(vec![good, Finding::is_so("c", false)]).verdict(), Verdict::NotReproduced);
    }

    #[test]
    fn nan_is_never_as_it_must_be() {
        for expected in [Expected::at_least(0.0), Expected::at_most(0.0), Expected::within(1.0, 9.0)] {
            assert_eq!(expected.holds(f64::NAN), Some(false));
        }
    }

    #[test]
    fn what_is_only_told_decides_nothing() {
        assert_eq!(outcome(vec![Finding::new("a", 3.0, Expected::Told)]).verdict(), Verdict::Answered);
        assert_eq!(outcome(Vec::new()).verdict(), Verdict::Answered);
    }
}
