//! A comparison from its protocol to its finished trials: plan, run, keep, and plan again.

use crate::facts::{grow, with_trials};
use crate::plan::{Finished, Plan, plan};
use crate::protocol::Protocol;
use crate::run::{RunError, Workers, run};
use downhill_train::{Ended, Monitor};
use downhill_verdict::Study;
use downhill_verdict::trial::{Planned, TrialOutcome};
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::Ordering;

/// Keeps trials, in memory or in a folder that several processes share, and is told of the work.
pub trait Keeper {
    /// Errors of reading and writing.
    type Error: Send;

    /// Every finished trial, of any process.
    ///
    /// # Errors
    /// When the trials cannot be read.
    fn finished(&mut self) -> Result<Finished, Self::Error>;

    /// Keeps finished trials.
    ///
    /// # Errors
    /// When it cannot be written; the work then ends.
    fn keep(&mut self, outcomes: &[TrialOutcome]) -> Result<(), Self::Error>;

    /// Called with a plan that differs from the one before, and with the study and its ranges at that time.
    ///
    /// # Errors
    /// When it cannot be written; the work then ends.
    fn planned(&mut self, _plan: &Plan, _facts: &Study) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Called before these trials are run.
    fn begins(&mut self, _plan: &Plan, _todo: &[Planned], _finished: &Finished) {}

    /// Whether this process runs the trial; another process runs the others.
    fn mine(&self, _planned: &Planned) -> bool {
        true
    }

    /// Called when all trials of this process are finished, and `missing` trials of others are not; `finished` are the
    /// finished ones. Returns, after a moment, whether to look again.
    fn waits(&mut self, _missing: usize, _finished: &Finished) -> bool {
        false
    }
}

/// Trials in memory.
#[derive(Default)]
pub struct Memory(Finished);

impl Keeper for Memory {
    type Error = Infallible;

    fn finished(&mut self) -> Result<Finished, Infallible> {
        Ok(self.0.clone())
    }

    fn keep(&mut self, outcomes: &[TrialOutcome]) -> Result<(), Infallible> {
        self.0.extend(outcomes.iter().map(|outcome| (outcome.id.clone(), outcome.clone())));
        Ok(())
    }
}

/// A comparison with all trials of this process finished.
pub struct Completed {
    /// The last plan.
    pub plan: Plan,
    /// The study without its trials, its ranges as they grew.
    pub facts: Study,
    /// Finished trials, of other plans too.
    pub finished: Finished,
}

impl Completed {
    /// The study with its trials.
    pub fn study(self) -> Study {
        with_trials(Study { missing: self.plan.later, ..self.facts }, &self.plan.trials, &self.finished)
    }
}

/// Plans and runs until nothing is left to do in this process. `facts` is the study without its trials; None after an
/// interruption.
///
/// # Errors
/// The errors of [`plan`](crate::plan()), of [`run`] and of the keeper.
pub fn complete<K: Keeper>(
    protocol: &Protocol,
    facts: &Study,
    workers: &Workers,
    monitor: &Monitor,
    keeper: &mut K,
) -> Result<Option<Completed>, RunError<K::Error>> {
    let (mut grown, mut known): (Study, Option<Plan>) = (facts.clone(), None);
    let mut ran: Vec<String> = Vec::new();
    loop {
        let mut finished = keeper.finished().map_err(RunError::Sink)?;
        // A trial that is lost each time would be run forever.
        let lost = ran.iter().filter(|id| !finished.contains_key(*id)).count();
        if lost > 0 {
            return Err(RunError::Lost(lost));
        }
        let plan = plan(protocol, &finished).map_err(RunError::Plan)?;
        grow(&mut grown, facts, &plan);
        if known.as_ref() != Some(&plan) {
            keeper.planned(&plan, &grown).map_err(RunError::Sink)?;
            known = Some(plan.clone());
        }
        let open: Vec<&Planned> = plan.trials.iter().filter(|p| !finished.contains_key(&p.id)).collect();
        // The same optimizer under two names has the same trials; each is run once.
        let mut seen = HashSet::new();
        let mut here = open.clone();
        here.retain(|planned| keeper.mine(planned) && seen.insert(planned.id.as_str()));
        let todo: Vec<Planned> = here.into_iter().cloned().collect();
        if todo.is_empty() {
            let missing = plan.later + open.len();
            if missing == 0 || !keeper.waits(missing, &finished) {
                return Ok(Some(Completed { plan, facts: grown, finished }));
            }
            if monitor.interrupt.load(Ordering::Relaxed) {
                return Ok(None);
            }
            continue;
        }
        keeper.begins(&plan, &todo, &finished);
        let ended = run(protocol, &todo, workers, monitor, |outcomes| {
            keeper.keep(&outcomes)?;
            finished.extend(outcomes.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
            Ok(())
        })?;
        if ended == Ended::Interrupted {
            return Ok(None);
        }
        ran.extend(todo.into_iter().map(|planned| planned.id));
    }
}
