//! Optimizers as equations: update rules, learning-rate schedules, clipping, and the registry of them all.
//!
//! An optimizer is a [`Rule`]: what happens to one parameter, given its gradient and its state, written once as
//! scalar equations (see [`rules::Adam`] for the shape of it). From that one function come a single pass over
//! memory for `f32` and `f64` on the CPU, and tensor operations on every other backend. Where to start reading:
//! [`rule`], then any file of [`rules`], then [`optimizer`], which applies a rule to a population.

pub mod clip;
pub mod optimizer;
pub mod real;
pub mod record;
pub mod registry;
pub mod rule;
pub mod rules;
pub mod schedule;

pub use clip::Clip;
pub use optimizer::Optimizer;
pub use real::Real;
pub use registry::{OptimizerSpec, Registry};
pub use rule::{Rule, Update};
pub use schedule::Schedule;
