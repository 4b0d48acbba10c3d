//! A careful reader's questions about a comparison, answered: warnings with their remedy, then notes.

mod design;
mod runs;
mod task;
mod tuned;

use crate::records::TaskRecords;
use crate::study::Study;
use crate::verdict::{Finding, TaskVerdict, Weight};

/// The options of the command line that remedies name.
mod option {
    pub const EXTEND: &str = "--extend";
    pub const SEARCH_RANGE: &str = "--search-range";
    pub const SEEDS: &str = "--seeds";
    pub const TUNING_SEEDS: &str = "--tuning-seeds";
    pub const JUDGE: &str = "--judge";
    pub const CONFIGURATIONS: &str = "--configurations";
    pub const STEPS: &str = "--steps";
    pub const VAL_FRACTION: &str = "--val-fraction";
    pub const TEST_FRACTION: &str = "--test-fraction";
    pub const SPLIT_SEED: &str = "--split-seed";
}

/// All findings, warnings first; within each weight the study's, then each task's, in the user's order.
pub(crate) fn audit(study: &Study, records: &[TaskRecords<'_>], tasks: &[TaskVerdict], looks: usize) -> Vec<Finding> {
    let mut findings = design::findings(study, records, looks);
    findings.extend(runs::findings(study));
    for (records, verdict) in records.iter().zip(tasks) {
        findings.extend(task::findings(study, records, verdict));
        findings.extend(tuned::findings(study, records, verdict));
    }
    findings.sort_by_key(|finding| finding.weight);
    findings
}

fn warning(text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    let remedy = Some(remedy.into());
    Finding { weight: Weight::Warning, task: None, optimizer: None, text: text.into(), remedy }
}

fn note(text: impl Into<String>) -> Finding {
    Finding { weight: Weight::Note, task: None, optimizer: None, text: text.into(), remedy: None }
}

impl Finding {
    fn of_task(self, task: &str) -> Self {
        Self { task: Some(task.into()), ..self }
    }

    /// About these optimizers; a single one is also named in the finding's field.
    fn of_optimizers<S: AsRef<str>>(self, names: &[S]) -> Self {
        let one = if let [one] = names { Some(one.as_ref().to_string()) } else { None };
        Self { optimizer: one, ..self }
    }
}

/// "they", or "it", with its verb: for sentences about one or several.
fn plural<T>(of: &[T], one: &'static str, several: &'static str) -> &'static str {
    if of.len() == 1 { one } else { several }
}
