//! Every optimizer against other programs, closed forms and itself.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod common;
mod matrix_rules;
mod methods;
mod preconditioner;
mod prelude;
mod trajectories;
