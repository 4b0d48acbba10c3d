//! The conformance kit: whether an optimizer is sound, and what it is like.
//!
//! [`check`] tests any optimizer of a [`Registry`], whichever trait it implements, and gives a [`Report`] with one
//! [`Line`] for each claim. A line that [`Failed`](LineOutcome::Failed) is a defect. Questions without a right answer (does
//! the path depend on the scale of the loss?) make up the [`Fingerprint`], which never fails.
//!
//! The problems are functions of a few numbers with gradients in closed form, computed in `f64` and rounded once. There
//! is no clock and no randomness but named streams, so the same optimizer always gives the same report.
//! [`measure_cost`] is apart, because it reads the clock.
//!
//! ```
//! use downhill_check::check;
//! use downhill_optim::Registry;
//! use downhill_population::Precision;
//! let report = check(&Registry::builtin(), "sgd", Precision::F64, None).unwrap();
//! assert!(report.passed());
//! assert_eq!(report.fingerprint.unwrap().scale.holds, false);
//! ```

mod broken;
mod cost;
mod descends;
mod fingerprint;
mod hyperparameters;
mod independence;
mod problems;
mod reference;
mod report;
mod state;
mod still;
mod subject;
mod table;
mod tensors;
mod walk;

pub use cost::{Cost, measure_cost};
pub use fingerprint::{Coupling, Fingerprint, StepBound, Symmetry};
pub use reference::{Reference, ReferenceError, ReferenceFunction};
pub use report::{Line, LineOutcome, Report};

use downhill_optim::Registry;
use downhill_population::{BackendError, Precision};
use downhill_spec::SpecError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use subject::Subject;

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The registry has no such optimizer, or a value is illegal.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The backend does not compute in this precision.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// The parts of a check, in the order of the report: the name of each, for the line of a panic, and its function.
type Part = (&'static str, fn(&Subject<'_>) -> Vec<Line>);

const PARTS: &[Part] = &[
    ("table", table::lines),
    ("descends", descends::lines),
    ("state", state::lines),
    ("members", independence::lines),
    ("still", still::lines),
    ("broken gradients", broken::lines),
    ("hyperparameters", hyperparameters::lines),
    ("tensor form", tensors::lines),
];

/// Checks the optimizer `spec` of `registry` in `precision`, and against `reference` if there is one.
///
/// Hyperparameters given in `spec` hold except where a check varies them; learning rates that are not given are
/// searched for or set to the middle of their range. An optimizer that panics fails the line it panicked in.
///
/// # Errors
/// When the registry does not know `spec`.
pub fn check(
    registry: &Registry,
    spec: &str,
    precision: Precision,
    reference: Option<&Reference>,
) -> Result<Report, CheckError> {
    let subject = Subject::new(registry, spec, precision)?;
    let mut lines = Vec::new();
    for (name, part) in PARTS {
        let result = catch_unwind(AssertUnwindSafe(|| part(&subject)));
        lines.extend(result.unwrap_or_else(|panic| vec![panicked(name, panic.as_ref())]));
    }
    if let Some(reference) = reference {
        let result = catch_unwind(AssertUnwindSafe(|| reference::line(&subject, reference)));
        lines.push(result.unwrap_or_else(|panic| panicked("reference", panic.as_ref())));
    }
    let fingerprint = match catch_unwind(AssertUnwindSafe(|| fingerprint::fingerprint(&subject))) {
        Ok(fingerprint) => Some(fingerprint),
        Err(panic) => {
            lines.push(panicked("fingerprint", panic.as_ref()));
            None
        }
    };
    Ok(Report { optimizer: subject.typed.to_string(), precision, lines, fingerprint, cost: None })
}

fn panicked(name: &str, panic: &(dyn std::any::Any + Send)) -> Line {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Line::failed(name, format!("it panicked: {}", said.unwrap_or("without a word")))
}
