//! The result of a check: plain values, to be printed or serialised by the caller.

use crate::cost::Cost;
use crate::fingerprint::Fingerprint;
use downhill_population::Precision;
use serde::Serialize;

/// The outcome of one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineOutcome {
    /// It holds.
    Passed,
    /// It does not hold: a defect.
    Failed,
    /// Either answer is fine; the detail gives it.
    Measured,
    /// It does not apply to this optimizer; the detail says why.
    Skipped,
}

/// One claim about an optimizer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The claim in a few words; the same for every optimizer.
    pub name: String,
    /// Its outcome.
    pub outcome: LineOutcome,
    /// The observation.
    pub detail: String,
}

impl Line {
    fn new(name: &str, outcome: LineOutcome, detail: impl Into<String>) -> Self {
        Self { name: name.into(), outcome, detail: detail.into() }
    }

    pub(crate) fn passed(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, LineOutcome::Passed, detail)
    }

    pub(crate) fn failed(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, LineOutcome::Failed, detail)
    }

    pub(crate) fn measured(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, LineOutcome::Measured, detail)
    }

    pub(crate) fn skipped(name: &str, reason: impl Into<String>) -> Self {
        Self::new(name, LineOutcome::Skipped, reason)
    }

    /// Passed with `good`, or failed with the first complaint.
    pub(crate) fn judged(name: &str, complaint: Option<String>, good: impl Into<String>) -> Self {
        match complaint {
            Some(complaint) => Self::failed(name, complaint),
            None => Self::passed(name, good),
        }
    }
}

/// The result of an optimizer's check.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The optimizer as a user would type it.
    pub optimizer: String,
    /// The precision of parameters, gradients and state.
    pub precision: Precision,
    /// One line for each claim.
    pub lines: Vec<Line>,
    /// The optimizer's fingerprint; None if it panicked.
    pub fingerprint: Option<Fingerprint>,
    /// The cost of a step, if it was measured.
    pub cost: Option<Cost>,
}

impl Report {
    /// Whether no line failed.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The lines that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.outcome == LineOutcome::Failed)
    }
}

/// A number with three significant digits.
pub(crate) fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
    if (1e-3..1e5).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}
