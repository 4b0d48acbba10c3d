//! Optimizers on landscapes: the loop, its paths, and their evaluation.
//!
//! A [`Race`] is plain data: a landscape, runners, starts. [`run()`] gives a [`Path`] for each runner and start. The
//! starts of one runner are a population; how they are spread over populations and threads never changes a bit of a
//! path.
//!
//! ```
//! use downhill_optim::Registry;
//! use downhill_race::{Race, Runner, run};
//! let landscape = downhill_landscape::parse("ravine").unwrap();
//! let sgd = Registry::builtin().parse("sgd:lr=0.01").unwrap();
//! let starts = vec![landscape.start.clone()];
//! let race = Race::new(landscape, vec![Runner::new(sgd)], starts, 100).unwrap();
//! let paths = run(&race).unwrap();
//! assert!((paths[0][0].last_point()[0] - 0.3918031876805813).abs() < 1e-9);
//! ```
//!
//! - [`race`]: the race as data.
//! - [`mod@run`]: its threads.
//! - `walk`: the loop for one population.
//! - [`mod@figure`]: plain values for a picture.
//! - [`path`]: the record of a walk, and the minimum it reached.
//! - [`stopping`]: stopping criteria.
//! - [`mod@replay`]: the step at which another criterion would have stopped a walk.
//! - [`starts`]: the starts of walks.
//! - [`mod@tune`]: the same search for a learning rate for all.
//! - [`mod@stability`]: the largest stable learning rate.

pub mod error;
pub mod figure;
pub mod path;
pub mod race;
pub mod replay;
pub mod run;
pub mod stability;
pub mod starts;
pub mod stopping;
pub mod tune;
mod walk;

pub use error::RaceError;
pub use figure::{View, figure};
pub use path::{Path, share_at_best};
pub use race::{Keep, Order, Race, Runner};
pub use replay::{Replay, replay};
pub use run::run;
pub use stability::{Limit, Stability, stability};
pub use stopping::{Criterion, WalkEnd};
pub use tune::{Tried, Tuned, log_grid, tune};
