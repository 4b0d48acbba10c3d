//! A study's trials by task and optimizer, in a fixed order: the order of the input changes nothing.

use crate::endpoint::{At, Endpoint, Measure};
use crate::error::VerdictError;
use crate::study::{ContenderFacts, Study, TaskFacts, Varies};
use crate::trial::{Trial, TrialRole};
use std::collections::BTreeSet;

/// One task and its trials.
pub(crate) struct TaskRecords<'a> {
    pub task: &'a TaskFacts,
    /// The measure that decides.
    pub endpoint: Endpoint,
    /// One for each optimizer, in the user's order.
    pub entries: Vec<Entry<'a>>,
}

/// One optimizer on one task.
pub(crate) struct Entry<'a> {
    pub contender: &'a ContenderFacts,
    /// By fold, rung, configuration and seed.
    pub tuning: Vec<&'a Trial>,
    /// By seed.
    pub evaluation: Vec<&'a Trial>,
    /// The kept setting of each search, at a fresh seed; by seed.
    pub fresh: Vec<&'a Trial>,
}

impl Entry<'_> {
    pub fn label(&self) -> &str {
        &self.contender.label
    }

    /// The evaluation trials that did not diverge.
    pub fn sound(&self) -> impl Iterator<Item = &Trial> {
        self.evaluation.iter().copied().filter(|trial| !trial.outcome.diverged)
    }
}

/// The records of every task, after a check that the study is legal.
pub(crate) fn records(study: &Study) -> Result<Vec<TaskRecords<'_>>, VerdictError> {
    check_question(study)?;
    unique("a task", study.tasks.iter().map(|task| task.name.as_str()))?;
    unique("an optimizer", study.optimizers.iter().map(|contender| contender.label.as_str()))?;
    let mut all = Vec::new();
    for task in &study.tasks {
        let endpoint = study.question.endpoint.unwrap_or_else(|| Endpoint::of(task));
        check_endpoint(endpoint, task)?;
        let entry = |contender| Entry { contender, tuning: Vec::new(), evaluation: Vec::new(), fresh: Vec::new() };
        all.push(TaskRecords { task, endpoint, entries: study.optimizers.iter().map(entry).collect() });
    }
    for trial in &study.trials {
        let planned = &trial.planned;
        let stranger =
            |what, which: &str| VerdictError::Stranger { trial: planned.id.clone(), what, which: which.into() };
        let task = all.iter_mut().find(|records| records.task.name == planned.task);
        let task = task.ok_or_else(|| stranger("task", &planned.task))?;
        let entry = task.entries.iter_mut().find(|entry| entry.label() == planned.optimizer);
        let entry = entry.ok_or_else(|| stranger("optimizer", &planned.optimizer))?;
        match planned.role {
            TrialRole::Tuning => entry.tuning.push(trial),
            TrialRole::Evaluation if planned.index < study.design.evaluation_seeds.len() => {
                entry.evaluation.push(trial)
            }
            TrialRole::Evaluation => return Err(stranger("evaluation seed number", &planned.index.to_string())),
            TrialRole::Fresh if planned.index < study.design.fresh_seeds.len() => entry.fresh.push(trial),
            TrialRole::Fresh => return Err(stranger("fresh seed number", &planned.index.to_string())),
        }
    }
    for entry in all.iter_mut().flat_map(|records| &mut records.entries) {
        sort(&mut entry.tuning, |trial| {
            let planned = &trial.planned;
            (planned.replicate, planned.rung, planned.configuration, planned.index)
        })?;
        sort(&mut entry.evaluation, |trial| trial.planned.index)?;
        sort(&mut entry.fresh, |trial| trial.planned.index)?;
    }
    for records in &all {
        let trials: Vec<&Trial> =
            records.entries.iter().flat_map(|entry| entry.evaluation.iter().chain(&entry.fresh)).copied().collect();
        if let Some(trial) = records.endpoint.unmeasured(&trials) {
            let (task, trial) = (records.task.name.clone(), trial.planned.id.clone());
            return Err(VerdictError::Absent { endpoint: records.endpoint, task, trial });
        }
    }
    Ok(all)
}

/// Sorts by a key that no two trials may share.
fn sort<K: Ord>(trials: &mut [&Trial], key: impl Fn(&Trial) -> K) -> Result<(), VerdictError> {
    trials.sort_by_key(|trial| key(trial));
    match trials.windows(2).find(|two| key(two[0]) == key(two[1])) {
        Some(two) => Err(VerdictError::Twice { what: "a trial", which: two[1].planned.id.clone() }),
        None => Ok(()),
    }
}

fn unique<'a>(what: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), VerdictError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(VerdictError::Twice { what, which: name.into() });
        }
    }
    Ok(())
}

fn check_question(study: &Study) -> Result<(), VerdictError> {
    let wrong = |what, value, range| Err(VerdictError::OutOfRange { what, value, range });
    let question = &study.question;
    if !(question.level > 0.0 && question.level < 1.0) {
        return wrong("the level", question.level, "above 0 and below 1");
    }
    if let Some(margin) = question.margin.filter(|margin| !(*margin > 0.0 && margin.is_finite())) {
        return wrong("the margin", margin, "above 0 and finite");
    }
    if let Some(target) = question.target_val_loss.filter(|target| !target.is_finite()) {
        return wrong("the target validation loss", target, "finite");
    }
    match study.design.varies {
        Varies::Folds(folds) if folds.folds < 2 => wrong("the number of folds", folds.folds as f64, "2 or more"),
        _ => Ok(()),
    }
}

fn check_endpoint(endpoint: Endpoint, task: &TaskFacts) -> Result<(), VerdictError> {
    let tests = matches!(endpoint.measure, Measure::TestAccuracy | Measure::TestLoss | Measure::TestRmse);
    let validates = endpoint.at == At::Best || endpoint.measure == Measure::ValLoss;
    let why = match () {
        () if !endpoint.fits(&task.kind) => "it is of the other kind (classification, regression)",
        () if tests && task.test_rows == 0 => "it has no test rows",
        () if validates && task.val_rows == 0 => "it has no validation rows",
        () => return Ok(()),
    };
    Err(VerdictError::Unmeasured { endpoint, task: task.name.clone(), why })
}
