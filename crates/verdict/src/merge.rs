//! Several studies as one.

use crate::Trial;
use crate::study::{ContenderFacts, Study, TaskFacts};
use crate::trial::TrialRole;
use std::collections::HashSet;

/// Why studies cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is no study.
    #[error("there is no study to merge")]
    Nothing,
    /// Their questions or designs differ.
    #[error("study {number} differs from the first in its {what}: {here}, not {there}")]
    Differs {
        /// Which study, from 1.
        number: usize,
        /// The part that differs.
        what: &'static str,
        /// Its value.
        here: String,
        /// The value in the first study.
        there: String,
    },
    /// One name for two things.
    #[error("study {number}: its {what} `{name}` is another one than in an earlier study")]
    Homonym {
        /// Which study, from 1.
        number: usize,
        /// A task or an optimizer.
        what: &'static str,
        /// The name.
        name: String,
    },
}

/// One study of all tasks and optimizers of several, whose question and design must be the same: level, endpoint,
/// margin, seeds, search, what varies. A trial in several studies counts once, and so does a look.
///
/// Where evaluation trials are missing from the whole, [`Study::missing`] is at least their number, including the
/// trials of an optimizer on a task that no study combined with it. Where none is missing, the whole is complete,
/// whatever one study by itself lacks.
///
/// # Errors
/// When the studies differ in more than tasks and optimizers, or use one name for two things.
pub fn merge(studies: &[Study]) -> Result<Study, MergeError> {
    let [first, others @ ..] = studies else { return Err(MergeError::Nothing) };
    let mut all = first.clone();
    let key = |t: &Trial| (t.planned.id.clone(), t.planned.optimizer.clone(), t.planned.task.clone());
    let mut known: HashSet<_> = first.trials.iter().map(key).collect();
    for (i, other) in others.iter().enumerate() {
        let number = i + 2;
        same(number, "level", &first.question.level, &other.question.level)?;
        same(number, "endpoint", &first.question.endpoint, &other.question.endpoint)?;
        same(number, "margin", &first.question.margin, &other.question.margin)?;
        same(number, "target", &first.question.target_val_loss, &other.question.target_val_loss)?;
        same(number, "protocol", &first.design.judged, &other.design.judged)?;
        same(number, "choice", &first.design.choose_by, &other.design.choose_by)?;
        same(number, "number of configurations", &first.design.configurations, &other.design.configurations)?;
        same(number, "tuning seeds", &first.design.tuning_seeds, &other.design.tuning_seeds)?;
        same(number, "evaluation seeds", &first.design.evaluation_seeds, &other.design.evaluation_seeds)?;
        same(number, "fresh seeds", &first.design.fresh_seeds, &other.design.fresh_seeds)?;
        same(number, "search", &first.design.search, &other.design.search)?;
        same(number, "halving", &first.design.halving, &other.design.halving)?;
        same(number, "resampling", &first.design.varies, &other.design.varies)?;
        // Only the command that repeats a task may differ: in the path of its file, or in its program.
        let task = |task: &TaskFacts| TaskFacts { train: Vec::new(), ..task.clone() };
        let optimizer = |one: &ContenderFacts| ContenderFacts { short: String::new(), ..one.clone() };
        join(&mut all.tasks, &other.tasks, number, "task", |task: &TaskFacts| &task.name, task)?;
        join(
            &mut all.optimizers,
            &other.optimizers,
            number,
            "optimizer",
            |one: &ContenderFacts| &one.label,
            optimizer,
        )?;
        all.question.earlier_looks.extend(&other.question.earlier_looks);
        all.trials.extend(other.trials.iter().filter(|trial| known.insert(key(trial))).cloned());
        all.missing += other.missing;
    }
    if !others.is_empty() {
        all.question.earlier_looks.sort_unstable();
        all.question.earlier_looks.dedup();
        all.missing = missing(&all);
    }
    Ok(all)
}

/// As [`merge`] says, given the sum of the studies' missing trials. Evaluation comes after tuning: where all evaluation
/// trials are there, so are the tuning trials they needed.
fn missing(all: &Study) -> usize {
    let of_role = |role: TrialRole| -> HashSet<_> {
        let planned = all.trials.iter().map(|trial| &trial.planned).filter(|planned| planned.role == role);
        planned.map(|planned| (&planned.task, &planned.optimizer, planned.index)).collect()
    };
    let searched: HashSet<_> =
        of_role(TrialRole::Tuning).into_iter().map(|(task, optimizer, _)| (task, optimizer)).collect();
    let evaluations = all.tasks.len() * all.optimizers.len() * all.design.evaluation_seeds.len();
    let fresh = searched.len() * all.design.fresh_seeds.len();
    let lacking = |planned: usize, role: TrialRole| planned.saturating_sub(of_role(role).len());
    match lacking(evaluations, TrialRole::Evaluation) + lacking(fresh, TrialRole::Fresh) {
        0 => 0,
        lacking => lacking.max(all.missing),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(
    number: usize,
    what: &'static str,
    there: &T,
    here: &T,
) -> Result<(), MergeError> {
    if here == there {
        return Ok(());
    }
    Err(MergeError::Differs { number, what, here: format!("{here:?}"), there: format!("{there:?}") })
}

fn join<T: PartialEq + Clone>(
    all: &mut Vec<T>,
    others: &[T],
    number: usize,
    what: &'static str,
    name: impl Fn(&T) -> &String,
    bare: impl Fn(&T) -> T,
) -> Result<(), MergeError> {
    for other in others {
        match all.iter().find(|known| name(known) == name(other)) {
            None => all.push(other.clone()),
            Some(known) if bare(known) == bare(other) => {}
            Some(_) => return Err(MergeError::Homonym { number, what, name: name(other).clone() }),
        }
    }
    Ok(())
}
