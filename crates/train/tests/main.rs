//! The training loop: the population invariant, resuming, backends.
//!
//! One program for all of this crate's tests: each would link Burn once more.

#[cfg(any(feature = "ndarray", feature = "wgpu"))]
mod backends;
mod population;
