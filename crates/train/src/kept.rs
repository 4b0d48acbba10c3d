//! An observer that keeps all rows.

use crate::member::Row;
use crate::observer::Observer;
use crate::session::Session;
use std::convert::Infallible;

/// Every member's logged rows, in the order of the session's members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptRows(pub Vec<Vec<Row>>);

impl KeptRows {
    /// Empty, for `members` members.
    pub fn of(members: usize) -> Self {
        Self(vec![Vec::new(); members])
    }
}

impl Observer for KeptRows {
    type Error = Infallible;

    fn rows(&mut self, _: &Session, members: &[usize], rows: &[Row]) -> Result<(), Infallible> {
        for (&member, row) in members.iter().zip(rows) {
            self.0[member].push(row.clone());
        }
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> Result<(), Infallible> {
        Ok(())
    }
}
