//! The cost of a study.

use crate::protocol::{Contender, Protocol, Subject};
use downhill_data::{Draw, prepare};
use downhill_train::Ended;
use downhill_train::{Budget, MemberSpec, Monitor, Observer, Row, Session, Settings};
use std::convert::Infallible;

/// Members of the population that is timed.
const MEMBERS: usize = 8;

/// Seconds that timing one optimizer on one task should take.
const SECONDS: f64 = 0.1;

/// The cost of one update of one member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateCost {
    /// Gradient evaluations.
    pub evaluations: f64,
    /// Seconds on one thread.
    pub seconds: f64,
}

/// Times an optimizer on a task for a tenth of a second; the figures are thrown away. None if the data cannot be made
/// ready.
pub fn cost(protocol: &Protocol, subject: &Subject, contender: &Contender, monitor: &Monitor) -> Option<UpdateCost> {
    let task = &subject.task;
    let draw = protocol.replicates()[0].map_or(Draw::Fixed, |replicate| protocol.draw(0, Some(replicate)));
    let prepared = prepare(&task.dataset, &task.preparation, draw).ok()?;
    let data = std::sync::Arc::new(task.data(&prepared));
    let network = task.network();
    let mut steps = 4;
    loop {
        let settings = Settings {
            budget: Budget::Steps(steps),
            log_every: Some(steps),
            ..task.settings(prepared.split.train.len(), 1)
        };
        let member = |seed: usize| MemberSpec {
            seed: seed as u64,
            optimizer: contender.spec.clone(),
            values: task.init.member(&network, seed as u64),
        };
        let mut session = Session::new(settings, data.clone(), (0..MEMBERS).map(member).collect());
        let began = (monitor.clock)();
        let Ok(outcome) = session.run(monitor, &mut Nobody);
        let seconds = (monitor.clock)() - began;
        if outcome == Ended::Interrupted {
            return None;
        }
        let updates: u64 = session.members().iter().filter_map(|m| m.stop).map(|stop| stop.step).sum();
        let evaluations: u64 = session.members().iter().map(|m| m.evaluations).sum();
        if seconds >= SECONDS || updates < steps * MEMBERS as u64 || steps > 1 << 20 {
            let updates = updates.max(1) as f64;
            return Some(UpdateCost { evaluations: evaluations as f64 / updates, seconds: seconds / updates });
        }
        steps *= if seconds < SECONDS / 8.0 { 4 } else { 2 };
    }
}

struct Nobody;

impl Observer for Nobody {
    type Error = Infallible;

    fn rows(&mut self, _: &Session, _: &[usize], _: &[Row]) -> Result<(), Infallible> {
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> Result<(), Infallible> {
        Ok(())
    }
}
