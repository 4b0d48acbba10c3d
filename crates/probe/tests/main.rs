//! Curvature and measures against exact ones.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod common;
mod curvature;
mod measures;
