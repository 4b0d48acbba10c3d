//! The conformance kit on sound optimizers and on wrong ones.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod reports;
mod wrong;
