//! The one error of this crate.

/// Why something cannot be measured.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A list that does not fit the problem.
    #[error("{field} has {found} numbers; it needs {needed}")]
    Size {
        /// The list.
        field: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        needed: usize,
    },
    /// A value outside its legal range.
    #[error("{field} is {value}; legal: {legal}")]
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// The legal values.
        legal: &'static str,
    },
    /// A loss or a gradient that is not finite where it is needed.
    #[error("the {what} is not finite at {place}: nothing can be measured there")]
    NotFinite {
        /// `loss` or `gradient`.
        what: &'static str,
        /// Where.
        place: &'static str,
    },
}

impl ProbeError {
    pub(crate) fn value(field: &'static str, value: f64, legal: &'static str) -> Self {
        Self::Value { field, value, legal }
    }

    /// Refuses a list of the wrong length.
    pub(crate) fn check_size(field: &'static str, found: usize, needed: usize) -> Result<(), Self> {
        if found == needed { Ok(()) } else { Err(Self::Size { field, found, needed }) }
    }
}
