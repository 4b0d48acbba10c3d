//! The path of training: the run repeated, with snapshots of its weights.

use crate::error::{Error, Result};
use crate::open::Trained;
use downhill_train::Ended;
use downhill_train::{Monitor, Observer, Row, Session};
use std::convert::Infallible;

/// Most snapshots; of more rows, evenly spaced ones are kept, the last row among them.
const MOST: usize = 160;

/// The weights at a logged row.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Updates done.
    pub step: u64,
    /// The weights, flat.
    pub values: Vec<f64>,
    /// The diagonal of the optimizer's preconditioner after that update, in the layout of `values`; None for an
    /// optimizer without a preconditioner.
    pub preconditioner: Option<Vec<f64>>,
    /// The learning rate of that update.
    pub rate: Option<f64>,
}

/// A repeated run.
pub struct Repeated {
    /// The snapshots, in the order of steps.
    pub snapshots: Vec<Snapshot>,
    /// The snapshot of the probed step, if a row was logged there.
    pub probed: Option<Snapshot>,
    /// Whether the repeated run ended at the same weights, bit for bit.
    pub arrived: bool,
}

/// A member to be trained once more.
pub struct Repetition<'a> {
    subject: &'a Trained,
    session: Session,
}

impl<'a> Repetition<'a> {
    /// The member before its first update.
    pub fn of(subject: &'a Trained) -> Self {
        let ready = &subject.ready;
        let member = ready.members[subject.member].clone();
        let mut session = Session::new(ready.settings.clone(), ready.data.clone(), vec![member]);
        session.look_closely();
        Self { subject, session }
    }

    /// The session to be trained.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Trains.
    ///
    /// # Errors
    /// After an interruption.
    pub fn run(mut self, monitor: &Monitor) -> Result<Repeated> {
        let step = self.subject.step;
        let mut keeper = Keeper { step, every: 1, rows: 0, kept: Vec::new(), newest: None, probed: None };
        let Ok(ended) = self.session.run(monitor, &mut keeper);
        if ended == Ended::Interrupted {
            return Err(Error::Interrupted);
        }
        let Keeper { mut kept, newest, probed, .. } = keeper;
        kept.extend(newest.filter(|newest| kept.last().is_none_or(|last| last.step < newest.step)));
        let end = self.session.members()[0].values.as_ref().map(|values| values.concat());
        let last = &self.subject.last;
        let same = |end: &Vec<f64>| {
            end.len() == last.len()
                && end.iter().zip(last).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
        };
        Ok(Repeated { snapshots: kept, probed, arrived: end.as_ref().is_some_and(same) })
    }
}

/// Keeps evenly spaced snapshots; the distance doubles each time there are too many.
struct Keeper {
    step: u64,
    every: usize,
    rows: usize,
    kept: Vec<Snapshot>,
    newest: Option<Snapshot>,
    probed: Option<Snapshot>,
}

impl Observer for Keeper {
    type Error = Infallible;

    fn rows(&mut self, session: &Session, _: &[usize], rows: &[Row]) -> std::result::Result<(), Infallible> {
        for row in rows {
            // No glimpse is taken of a diverged member's last row.
            let Some(glimpse) = session.glimpse(0) else { continue };
            if !glimpse.values.iter().flatten().all(|x| x.is_finite()) {
                continue;
            }
            let snapshot = Snapshot {
                step: row.step,
                values: glimpse.values.concat(),
                preconditioner: glimpse.preconditioner.as_ref().map(|p| p.concat()),
                rate: row.lr,
            };
            if row.step == self.step {
                self.probed = Some(snapshot.clone());
            }
            if self.rows.is_multiple_of(self.every) {
                self.kept.push(snapshot.clone());
            }
            self.newest = Some(snapshot);
            self.rows += 1;
            if self.kept.len() > MOST {
                self.every *= 2;
                let mut place = 0;
                self.kept.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> std::result::Result<(), Infallible> {
        Ok(())
    }
}
