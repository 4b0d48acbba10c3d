//! Data sets as they are read, made and refused.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod binary;
mod catalog;
mod csv;
mod generators;
mod hostile;
