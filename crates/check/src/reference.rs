//! Agreement with a path from another implementation.

use crate::problems::{Descent, ReferenceFunction as Inner};
use crate::report::{Line, number};
use crate::subject::Subject;
use crate::walk::{Member, Walk};
use downhill_population::{Precision, Role, Shape};
use std::fmt;
use std::str::FromStr;

/// A function of two variables on which references are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceFunction {
    /// (1 − x)² + 20 (y − x²)²
    Rosenbrock20,
    /// (x² + 10 y²)/2
    Bowl10,
}

impl FromStr for ReferenceFunction {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        match text {
            "rosenbrock20" => Ok(ReferenceFunction::Rosenbrock20),
            "bowl10" => Ok(ReferenceFunction::Bowl10),
            _ => Err(ReferenceError::ReferenceFunction { name: text.into() }),
        }
    }
}

impl fmt::Display for ReferenceFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReferenceFunction::Rosenbrock20 => "rosenbrock20",
            ReferenceFunction::Bowl10 => "bowl10",
        })
    }
}

/// The points of a path on a function, some steps or all; the first is the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The function.
    pub function: ReferenceFunction,
    /// Step and point, the steps ascending from 0.
    pub rows: Vec<(u64, [f64; 2])>,
    /// The largest difference in `f64`, in units of the number's size or 1. `f32` may differ by 1e-4.
    pub tolerance: f64,
}

/// The default tolerance of a reference: the effect of different orders of `f64` operations over 100 steps.
const TOLERANCE: f64 = 1e-9;
/// The tolerance in `f32`.
const TOLERANCE_F32: f64 = 1e-4;
/// Most steps of a reference.
const MOST_STEPS: u64 = 1_000_000;

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReferenceError {
    /// No function has this name.
    #[error("unknown function `{name}`; there are: rosenbrock20, bowl10")]
    ReferenceFunction {
        /// The name given.
        name: String,
    },
    /// The first line is not the header.
    #[error("line 1 is `{found}`, but must be `step,x,y`")]
    Header {
        /// The first line.
        found: String,
    },
    /// A line is no row.
    #[error("line {line}: cannot read `{text}`: expected a step and two numbers")]
    Row {
        /// Counted from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// Steps do not ascend from 0.
    #[error("line {line}: step {step}, but steps must ascend from 0 to at most 1000000")]
    Order {
        /// Counted from 1.
        line: usize,
        /// The step.
        step: u64,
    },
    /// Nothing to compare with.
    #[error("there is no row after step 0")]
    Empty,
}

impl Reference {
    /// Reads CSV with the columns `step,x,y`; the first row is the start, step 0. NaN and infinities are numbers too.
    ///
    /// # Errors
    /// When the text has no such columns, a row cannot be read, or steps do not ascend from 0.
    pub fn from_csv(function: ReferenceFunction, text: &str) -> Result<Self, ReferenceError> {
        // Excel's CSV begins with a byte-order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, header) = lines.next().unwrap_or((0, ""));
        if header.split(',').map(str::trim).ne(["step", "x", "y"]) {
            return Err(ReferenceError::Header { found: header.chars().take(60).collect() });
        }
        let mut rows: Vec<(u64, [f64; 2])> = Vec::new();
        for (i, text) in lines {
            let line = i + 1;
            let (step, point) =
                row(text).ok_or_else(|| ReferenceError::Row { line, text: text.chars().take(60).collect() })?;
            let ascends = rows.last().map_or(step == 0, |last| step > last.0);
            if !ascends || step > MOST_STEPS {
                return Err(ReferenceError::Order { line, step });
            }
            rows.push((step, point));
        }
        match rows.len() {
            0 | 1 => Err(ReferenceError::Empty),
            _ => Ok(Self { function, rows, tolerance: TOLERANCE }),
        }
    }
}

fn row(text: &str) -> Option<(u64, [f64; 2])> {
    let cells: Vec<&str> = text.split(',').map(str::trim).collect();
    match cells[..] {
        [step, x, y] => Some((step.parse().ok()?, [x.parse().ok()?, y.parse().ok()?])),
        _ => None,
    }
}

/// Whether the optimizer as typed walks the reference's path.
pub(crate) fn line(subject: &Subject<'_>, reference: &Reference) -> Line {
    let name = "reference";
    let (Some(first), Some(last)) = (reference.rows.first(), reference.rows.last()) else {
        return Line::skipped(name, "the reference has no rows");
    };
    let function = match reference.function {
        ReferenceFunction::Rosenbrock20 => Inner::Rosenbrock20,
        ReferenceFunction::Bowl10 => Inner::Bowl(vec![1.0, 10.0]),
    };
    let shapes = vec![Shape { name: "x".into(), rows: 1, cols: 2, role: Role::Point }];
    let descent = Descent { name: "reference", shapes, start: vec![first.1.to_vec()], function };
    let mut walk = Walk::new(&subject.place, &descent.shapes, &[Member::new(&subject.typed, &descent)]);
    let tolerance = match subject.place.precision {
        Precision::F32 => reference.tolerance.max(TOLERANCE_F32),
        Precision::F64 => reference.tolerance,
    };
    let mut worst = 0.0f64;
    for (step, point) in &reference.rows {
        walk.run(step - walk.step);
        let ours = walk.evaluated().swap_remove(0).swap_remove(0);
        for ((axis, ours), theirs) in ["x", "y"].into_iter().zip(ours).zip(*point) {
            let off = match (ours.is_finite(), theirs.is_finite()) {
                (true, true) => (ours - theirs).abs() / theirs.abs().max(1.0),
                (false, false) => 0.0,
                _ => f64::INFINITY,
            };
            worst = worst.max(off);
            if off > tolerance {
                let at = format!("{} on {}, step {step}", subject.typed, reference.function);
                return Line::failed(name, format!("{at}: {axis} is {ours}, but must be {theirs}"));
            }
        }
    }
    Line::passed(
        name,
        format!("the same path on {} for {} steps (within {})", reference.function, last.0, number(worst)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_and_wrong_ones_are_named() {
        let read = |text: &str| Reference::from_csv(ReferenceFunction::Bowl10, text);
        let good = read("\u{feff}step, x, y\n0,5,1\n1,4.5,NaN\n").unwrap();
        assert_eq!((good.rows.len(), good.rows[0]), (2, (0, [5.0, 1.0])));
        for (text, says) in [
            ("", "must be `step,x,y`"),
            ("x,y\n1,2\n", "must be `step,x,y`"),
            ("step,x,y\n1,5,1\n", "line 2: step 1"),
            ("step,x,y\n0,5,1\n0,5,1\n", "line 3: step 0"),
            ("step,x,y\n0,5\n", "line 2: cannot read `0,5`"),
            ("step,x,y\n0,5,one\n", "line 2"),
            ("step,x,y\n0,5,1\n", "no row after step 0"),
        ] {
            assert!(read(text).unwrap_err().to_string().contains(says), "{text}");
        }
        assert!("bowl".parse::<ReferenceFunction>().unwrap_err().to_string().contains("bowl10"));
    }
}
