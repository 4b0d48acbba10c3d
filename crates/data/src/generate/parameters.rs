//! The parameters of generated data sets: `key=value,key=value`, checked against a table.

use serde::Serialize;

use crate::error::{DataError, nearest};

/// One parameter of a generated data set. `legal` begins with `LOW to HIGH`, and that text is what values are
/// checked against, so what is printed is what is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// What the user writes before `=`.
    pub name: &'static str,
    /// The value without it, as one would write it.
    pub default: &'static str,
    /// Legal values: `LOW to HIGH`, both included, and words after a comma.
    pub legal: &'static str,
    /// One line.
    pub meaning: &'static str,
}

/// The parameters that were given for one data set, over its table.
pub(crate) struct Parameters<'a> {
    pub dataset: &'static str,
    table: &'static [Parameter],
    given: Vec<(&'a str, &'a str)>,
}

impl<'a> Parameters<'a> {
    /// Takes `key=value,key=value` apart. Every key must be in the table, once.
    pub fn parse(dataset: &'static str, table: &'static [Parameter], text: &'a str) -> Result<Self, DataError> {
        let mut given: Vec<(&str, &str)> = vec![];
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                let legal = format!("key=value, as in {}={}", table[0].name, table[0].default);
                return Err(DataError::value(format!("{dataset}: a parameter"), pair, legal));
            };
            let (key, value) = (key.trim(), value.trim());
            if !table.iter().any(|parameter| parameter.name == key) {
                let names: Vec<&str> = table.iter().map(|parameter| parameter.name).collect();
                return Err(DataError::UnknownParameter {
                    dataset: dataset.into(),
                    key: key.into(),
                    nearest: nearest(key, names.iter().copied()),
                    known: format!("it has {}", names.join(", ")),
                });
            }
            if let Some((_, before)) = given.iter().find(|(k, _)| *k == key) {
                return Err(DataError::value(
                    format!("{dataset}: {key}"),
                    format!("{before} and {value}"),
                    "one value",
                ));
            }
            given.push((key, value));
        }
        Ok(Parameters { dataset, table, given })
    }

    /// The value as text.
    pub fn text(&self, name: &str) -> &str {
        let given = self.given.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        given.unwrap_or_else(|| self.parameter(name).map_or("", |parameter| parameter.default))
    }

    /// An integer in its legal range.
    pub fn integer(&self, name: &str) -> Result<usize, DataError> {
        let value = self.text(name).parse::<usize>().map_err(|_| self.illegal(name))?;
        let (low, high) = self.range(name)?;
        if (value as f64) < low || (value as f64) > high { Err(self.illegal(name)) } else { Ok(value) }
    }

    /// A number in its legal range.
    pub fn real(&self, name: &str) -> Result<f64, DataError> {
        let value = self.text(name).parse::<f64>().map_err(|_| self.illegal(name))?;
        let (low, high) = self.range(name)?;
        if (low..=high).contains(&value) { Ok(value) } else { Err(self.illegal(name)) }
    }

    /// The seed.
    pub fn seed(&self) -> Result<u64, DataError> {
        self.text("seed").parse().map_err(|_| self.illegal("seed"))
    }

    /// The error for this parameter's value.
    pub fn illegal(&self, name: &str) -> DataError {
        let legal = self.parameter(name).map_or("", |parameter| parameter.legal);
        DataError::value(format!("{}: {name}", self.dataset), self.text(name), legal)
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.table.iter().find(|parameter| parameter.name == name)
    }

    fn range(&self, name: &str) -> Result<(f64, f64), DataError> {
        let legal = self.parameter(name).map_or("", |parameter| parameter.legal);
        range(legal).ok_or_else(|| self.illegal(name))
    }
}

/// The numbers in `LOW to HIGH`, up to a comma.
pub(super) fn range(legal: &str) -> Option<(f64, f64)> {
    let (low, high) = legal.split(',').next()?.split_once(" to ")?;
    Some((low.parse().ok()?, high.parse().ok()?))
}
