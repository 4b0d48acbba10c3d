//! Walks, judgements and limits on landscapes.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod races;
mod stability;
mod steps;
