//! The trials that ran, and their seeds and programs.

use super::{note, warning};
use crate::study::Study;
use crate::trial::TrialRole;
use crate::verdict::Finding;
use crate::words::count;
use std::collections::BTreeSet;

pub(super) fn findings(study: &Study) -> Vec<Finding> {
    let mut findings = Vec::new();
    if study.missing > 0 {
        let are = if study.missing == 1 { "is" } else { "are" };
        let text = format!("{} {are} missing: nothing here is final.", count(study.missing, "trial"));
        let remedy = "Run the same command again: what is finished is kept. Of studies put together, each optimizer needs \
                      each task.";
        findings.push(warning(text, remedy));
    }
    findings.extend(seeds(study));
    findings.extend(programs(study));
    findings
}

/// A pair is two trials with the same number: both must have had the planned seed of that number.
fn seeds(study: &Study) -> Option<Finding> {
    let other = study.trials.iter().filter(|trial| {
        let planned = match trial.planned.role {
            TrialRole::Evaluation => &study.design.evaluation_seeds,
            TrialRole::Fresh => &study.design.fresh_seeds,
            TrialRole::Tuning => return false,
        };
        planned.get(trial.planned.index) != Some(&trial.planned.seed)
    });
    let other = other.count();
    (other > 0).then(|| {
        let text =
            format!("{} had another seed than the study says: pairs may not belong together.", count(other, "trial"));
        warning(text, "Start over in an empty folder.")
    })
}

/// The programs and instruction sets that ran the trials; the only finding that is not a function of the numbers.
fn programs(study: &Study) -> Option<Finding> {
    let by: BTreeSet<&str> =
        study.trials.iter().map(|trial| trial.outcome.by.as_str()).filter(|by| !by.is_empty()).collect();
    let all: Vec<&str> = by.into_iter().collect();
    match all.as_slice() {
        [] => None,
        [one] => Some(note(format!("All trials were run by {one}."))),
        several => {
            let text = format!("Trials were run by different programs or instruction sets: {}.", several.join("; "));
            Some(warning(text, "Run all trials with one program on one kind of machine."))
        }
    }
}
