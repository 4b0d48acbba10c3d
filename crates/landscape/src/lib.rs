//! Landscapes to descend on: test functions with formula, gradient, Hessian, box and known minima.
//!
//! A [`Landscape`] is an owned value and an [`Objective`](downhill_population::Objective): a point is a parameter
//! `[members, 1, dims]`, and gradients come by automatic differentiation. The same function is written out in `f64`
//! with its derivatives, so that an optimizer's path can be judged without another gradient evaluation. A landscape
//! comes by name ([`parse`], [`entries`]), from a matrix ([`quadratic()`]) or from a formula that a user types
//! ([`Landscape::from_formula`]).
//!
//! ```
//! let ravine = downhill_landscape::parse("ravine:b=20").unwrap();
//! assert_eq!(ravine.value(&[1.0, 1.0]), 0.0);
//! assert_eq!(ravine.gradient(&[0.0, 0.0]), [-2.0, 0.0]);
//! ```
//!
//! Where to start reading: [`function`], the trait of a landscape's function; then any file of `functions`.

pub mod catalog;
pub mod error;
pub mod formula;
pub mod function;
mod functions;
pub mod landscape;
pub mod number;
pub mod quadratic;

pub use catalog::{Listing, all, entries, parse};
pub use error::LandscapeError;
pub use formula::{Formula, FormulaError};
pub use function::Function;
pub use landscape::{Landscape, Minimum, Points};
pub use quadratic::quadratic;
