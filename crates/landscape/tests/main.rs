//! Landscapes, their derivatives and minima.
//!
//! One program for all of this crate's tests: each would link Burn once more.

mod derivatives;
mod formulas;
mod quadratics;
