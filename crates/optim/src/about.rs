//! The facts about an optimizer that are known before it runs.

use downhill_spec::Parameter;
use serde::Serialize;

/// The trait by which an optimizer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// Per-element equations ([`crate::Rule`]).
    Rule,
    /// One parameter tensor at a time ([`crate::MatrixRule`]).
    MatrixRule,
    /// All parameters, and any number of gradients ([`crate::Method`]).
    Method,
}

/// The facts about an optimizer that are known before it runs.
#[derive(Clone, Debug)]
pub struct About {
    /// The name that users type.
    pub name: &'static str,
    /// Its action, in one line.
    pub summary: &'static str,
    /// Author, year, and the source of the conventions.
    pub source: &'static str,
    /// The page of the optimizer: the source file, whose module documentation is the page.
    pub doc: &'static str,
    /// The trait by which it is written.
    pub door: Door,
    /// The hyperparameters.
    pub parameters: Vec<Parameter>,
    /// Whether schedules act on it: not without a learning rate, nor where the rate only sets the first step.
    pub scheduled: bool,
    /// Its differences from a plain rule.
    pub nature: Nature,
}

/// An optimizer's differences from a plain rule; all false and None for a rule.
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
    /// It stores its position, so nothing else may move the parameters.
    pub keeps_position: bool,
    /// It needs the same problem at every step: full batches.
    pub full_batch: bool,
    /// It needs a loss that is a sum of squares.
    pub squares: bool,
    /// The most parameters it can take.
    pub parameters: Option<usize>,
}

impl Nature {
    /// The nature of a rule.
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
