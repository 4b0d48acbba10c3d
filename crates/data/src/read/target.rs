//! Whether a target is classes or numbers.

use super::encoder::TargetKind;
use crate::TaskKind;
use crate::error::DataError;

/// Most classes of one target.
pub(crate) const MAX_CLASSES: usize = 1000;

/// A numeric target of at most this many distinct integers is classes.
const MAX_INTEGER_CLASSES: usize = 20;

/// The different numbers of a target in order, at most one more than there may be classes.
#[derive(Default)]
pub(crate) struct Distinct(pub Vec<f64>);

impl Distinct {
    pub fn insert(&mut self, x: f64) {
        if self.0.len() <= MAX_CLASSES
            && let Err(place) = self.0.binary_search_by(|y| y.total_cmp(&x))
        {
            self.0.insert(place, x);
        }
    }

    /// The position of a number that was inserted.
    pub fn place(&self, x: f64) -> u32 {
        self.0.partition_point(|y| y.total_cmp(&x).is_lt()) as u32
    }
}

/// The kind of a numeric target: classes if it has at most 20 distinct integers, unless `task` decides.
pub(crate) fn numeric_kind(
    file: &str,
    name: &str,
    distinct: &Distinct,
    task: Option<TaskKind>,
    notes: &mut Vec<String>,
) -> Result<TargetKind, DataError> {
    let n = distinct.0.len();
    let few_integers = n <= MAX_INTEGER_CLASSES && distinct.0.iter().all(|x| x.fract() == 0.0);
    match task {
        Some(TaskKind::Regression) => return Ok(TargetKind::Value),
        None if !few_integers => {
            let count = if n > MAX_CLASSES { format!("over {MAX_CLASSES}") } else { n.to_string() };
            notes.push(format!(
                "target `{name}`: {count} distinct numbers, so regression (option `task=classification` decides otherwise)"
            ));
            return Ok(TargetKind::Value);
        }
        None => notes.push(format!(
            "target `{name}`: {n} distinct integers, so {n} classes (option `task=regression` decides otherwise)"
        )),
        Some(TaskKind::Classification) => {}
    }
    let names: Vec<String> = distinct.0.iter().map(f64::to_string).collect();
    check_classes(file, name, &names)?;
    Ok(TargetKind::Classes { names, numeric: true })
}

/// At least two classes and not too many.
pub(crate) fn check_classes(file: &str, name: &str, names: &[String]) -> Result<(), DataError> {
    let what = match names {
        [] => "the target has no value".to_string(),
        [one] => format!("the target has one class only, `{one}`; at least 2 are needed"),
        many if many.len() > MAX_CLASSES => {
            format!("the target has more than {MAX_CLASSES} classes; is it the right column?")
        }
        _ => return Ok(()),
    };
    Err(DataError::column(file, name, what))
}
