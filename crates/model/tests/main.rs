//! The network's derivatives.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod gradients;
