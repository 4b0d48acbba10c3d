//! The program, as its users run it.
//!
//! One program for all of this crate's tests: each program would link Burn once more.

mod architecture;
mod check;
mod common;
mod compare;
mod defaults;
mod diagnostics;
mod errors;
mod guards;
mod outputs;
mod pages;
mod probe;
mod race;
mod reproduce;
mod resume;
