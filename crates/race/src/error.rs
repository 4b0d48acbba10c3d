//! The one error of this crate.

use downhill_population::BackendError;

/// Why a race cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RaceError {
    /// A field with an illegal value.
    #[error("{field} is {value}; legal: {legal}")]
    Value {
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// The legal values.
        legal: String,
    },
    /// An optimizer that cannot work here.
    #[error("{name} {why}")]
    Optimizer {
        /// The optimizer.
        name: String,
        /// The reason, and the remedy.
        why: String,
    },
    /// A backend or precision that is not available.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl RaceError {
    pub(crate) fn value(field: &str, value: impl ToString, legal: impl ToString) -> Self {
        Self::Value { field: field.into(), value: value.to_string(), legal: legal.to_string() }
    }

    pub(crate) fn optimizer(name: &str, why: impl ToString) -> Self {
        Self::Optimizer { name: name.into(), why: why.to_string() }
    }
}
