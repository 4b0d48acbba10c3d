//! Tests and intervals against SciPy, and over many simulated studies.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod scipy;
mod simulation;
