//! The vocabulary of the laboratory: many training runs as one population.
//!
//! A *member* is one run. Every parameter is a tensor of rank 3, `[members, rows, cols]`, and a loss is one number per
//! member. Members do not interact, so one backward pass of the summed losses gives each member its own gradient, and a
//! member's numbers do not depend on the other members.
//!
//! - [`backend`]: the backends that were compiled in, and the precisions.
//! - [`place`]: the device of a backend, and the precision, of a population.
//! - [`params`]: the tensors of a population and their roles.
//! - [`objective`]: parameters in, one loss per member out, and gradients by automatic differentiation.
//! - [`host`]: reading and changing tensors of the CPU backends as slices, without copies.

pub mod backend;
pub mod host;
pub mod objective;
pub mod params;
pub mod place;

pub use backend::{Backend, BackendError, Precision};
pub use objective::{Counted, Gradient, Objective, Problem, gradient};
pub use params::{Params, Role, Shape, Values};
pub use place::Place;
