//! Who hears what happens in a session.

use crate::member::Row;
use crate::session::Session;
use std::convert::Infallible;

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
