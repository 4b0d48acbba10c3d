//! A comparison from its protocol to its finished trials, in memory.

use crate::facts::{grow, with_trials};
use crate::plan::{Finished, PlanError, plan};
use crate::protocol::Protocol;
use crate::run::{Ended, RunError, Workers, run};
use downhill_train::Monitor;
use downhill_verdict::Study;
use downhill_verdict::trial::{Outcome, Planned};
use std::collections::HashSet;
use std::convert::Infallible;

/// Plans and runs until nothing is left to do. `facts` is the study without its trials; none comes back after an interruption.
///
/// # Errors
/// Those of [`plan`] and [`run`].
pub fn complete(
    protocol: &Protocol,
    facts: &Study,
    workers: &Workers,
    monitor: &Monitor,
) -> Result<Option<Study>, RunError<Infallible>> {
    let (mut finished, mut grown) = (Finished::new(), facts.clone());
    loop {
        let plan = plan(protocol, &finished).map_err(|error: PlanError| RunError::Plan(error))?;
        grow(&mut grown, facts, &plan);
        // The same optimizer under two names has the same trials; each is run once.
        let mut seen = HashSet::new();
        let new = |planned: &&Planned| !finished.contains_key(&planned.id) && seen.insert(planned.id.clone());
        let todo: Vec<Planned> = plan.trials.iter().filter(new).cloned().collect();
        if todo.is_empty() {
            return Ok(Some(with_trials(Study { missing: plan.later, ..grown }, &plan.trials, &finished)));
        }
        let mut done: Vec<Outcome> = Vec::with_capacity(todo.len());
        let ended = run(protocol, &todo, workers, monitor, |outcomes| {
            done.extend(outcomes);
            Ok(())
        })?;
        if ended == Ended::Interrupted {
            return Ok(None);
        }
        finished.extend(done.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
    }
}
