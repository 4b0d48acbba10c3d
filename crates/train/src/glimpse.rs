//! A closer look at a member at a logged row, for diagnostics that are not in the row.

use crate::group::{Group, TensorFigures};
use downhill_population::{Place, Values};

/// A member's state at its newest logged row.
#[derive(Clone, Debug, PartialEq)]
pub struct Glimpse {
    /// The parameters that the row describes.
    pub values: Values,
    /// The diagonal of the optimizer's preconditioner after the row's update, laid out like the parameters; None for an
    /// optimizer without one, and before the first update.
    pub preconditioner: Option<Values>,
    /// Figures of the row's update for each parameter tensor; empty before the first update.
    pub tensors: Vec<TensorFigures>,
}

impl Glimpse {
    /// The glimpses of all members of a population, whose last update had the schedule's `factor`.
    pub(crate) fn of(group: &Group, place: &Place, factor: f64) -> Vec<Self> {
        let preconditioners = if group.step == 0 { None } else { group.optimizer.preconditioners(group.step, factor) };
        let values = group.evaluated(place).to_members();
        let one = |(at, values): (usize, Values)| Self {
            values,
            preconditioner: preconditioners.as_ref().map(|all| all[at].clone()),
            tensors: group.tensors.get(at).cloned().unwrap_or_default(),
        };
        values.into_iter().enumerate().map(one).collect()
    }
}
