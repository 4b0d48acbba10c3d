//! What is known of an optimizer before it runs.

use downhill_spec::Parameter;
use serde::Serialize;

/// How an optimizer is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// Per-element equations ([`crate::Rule`]).
    Rule,
    /// One parameter tensor at a time ([`crate::MatrixRule`]).
    MatrixRule,
    /// All parameters, and as many gradients as it wants ([`crate::Method`]).
    Method,
}

/// What is known of an optimizer before it runs.
#[derive(Clone, Debug)]
pub struct About {
    /// The name that users type.
    pub name: &'static str,
    /// One line: what it does.
    pub summary: &'static str,
    /// Author, year, and where the conventions come from.
    pub source: &'static str,
    /// The page of the optimizer: the source file whose module documentation it is.
    pub doc: &'static str,
    /// How it is written down.
    pub door: Door,
    /// The hyperparameters.
    pub parameters: Vec<Parameter>,
    /// Whether schedules act on it: not without a learning rate, nor where that only says how to begin.
    pub scheduled: bool,
    /// What sets it apart from a plain rule.
    pub nature: Nature,
}

/// What sets an optimizer apart from a plain rule; all false and none for a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nature {
    /// It wraps another optimizer (`base=`).
    pub wraps: bool,
    /// It needs the problem's own gradient, neither clipped nor bent by a wrapper.
    pub exact_gradient: bool,
    /// A wrapper that gives its base another gradient than the problem's own.
    pub bends_gradient: bool,
    /// A wrapper that moves the parameters besides its base's steps.
    pub moves_parameters: bool,
    /// It remembers where it is, so nobody else may move the parameters.
    pub keeps_position: bool,
    /// It needs the same problem at every step: full batches.
    pub full_batch: bool,
    /// It needs a loss that is a sum of squares.
    pub squares: bool,
    /// The most parameters it can take.
    pub parameters: Option<usize>,
}

impl Nature {
    /// That of a rule.
    pub const PLAIN: Nature = Nature {
        wraps: false,
        exact_gradient: false,
        bends_gradient: false,
        moves_parameters: false,
        keeps_position: false,
        full_batch: false,
        squares: false,
        parameters: None,
    };
}
