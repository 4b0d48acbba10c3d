//! Published claims, run and checked.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod experiments;
mod networks;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
