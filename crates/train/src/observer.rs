//! What a session tells, and who hears it.

use crate::exact;
use crate::session::Session;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// One logged row: figures of the parameters after `step` updates. What was not measured is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The member's seed.
    pub seed: u64,
    /// Updates done.
    pub step: u64,
    /// Passes over the training rows done.
    pub epoch: f64,
    /// Training rows seen.
    pub samples: u64,
    /// Mean loss over the whole training part.
    #[serde(with = "exact")]
    pub train_loss: f64,
    /// Share of training rows that are right.
    pub train_accuracy: Option<f64>,
    /// Mean loss over the validation part.
    #[serde(with = "exact::option")]
    pub val_loss: Option<f64>,
    /// Share of validation rows that are right.
    pub val_accuracy: Option<f64>,
    /// Learning rate of update `step`.
    pub lr: Option<f64>,
    /// Norm of its gradient, before clipping.
    #[serde(with = "exact::option")]
    pub grad_norm: Option<f64>,
    /// Norm of the step over the norm of the parameters before it.
    #[serde(with = "exact::option")]
    pub update_ratio: Option<f64>,
    /// Seconds since the start, stops left out.
    pub seconds: f64,
}

/// Who hears what happens.
pub trait Observer {
    /// What can go wrong with writing it down.
    type Error;

    /// Rows were logged, in the order of step and member; `rows[i]` is of member number `members[i]`.
    ///
    /// # Errors
    /// Whatever ends the session.
    fn rows(&mut self, session: &Session, members: &[usize], rows: &[Row]) -> Result<(), Self::Error>;

    /// Now is the time for a checkpoint.
    ///
    /// # Errors
    /// Whatever ends the session.
    fn checkpoint(&mut self, session: &Session) -> Result<(), Self::Error>;
}

/// Two that hear the same, one after the other.
impl<A: Observer, B: Observer> Observer for (A, B)
where
    A::Error: From<B::Error>,
{
    type Error = A::Error;

    fn rows(&mut self, session: &Session, members: &[usize], rows: &[Row]) -> Result<(), A::Error> {
        self.0.rows(session, members, rows)?;
        Ok(self.1.rows(session, members, rows)?)
    }

    fn checkpoint(&mut self, session: &Session) -> Result<(), A::Error> {
        self.0.checkpoint(session)?;
        Ok(self.1.checkpoint(session)?)
    }
}

impl<O: Observer> Observer for &mut O {
    type Error = O::Error;

    fn rows(&mut self, session: &Session, members: &[usize], rows: &[Row]) -> Result<(), O::Error> {
        (**self).rows(session, members, rows)
    }

    fn checkpoint(&mut self, session: &Session) -> Result<(), O::Error> {
        (**self).checkpoint(session)
    }
}

/// Nobody listens.
impl Observer for () {
    type Error = Infallible;

    fn rows(&mut self, _: &Session, _: &[usize], _: &[Row]) -> Result<(), Infallible> {
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> Result<(), Infallible> {
        Ok(())
    }
}
