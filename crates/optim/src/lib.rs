//! Optimizers as equations, learning-rate schedules, clipping, and the registry of them all.
//!
//! An optimizer comes in through one of three [`doors`]. Most are a [`Rule`]: the update of one parameter, given its
//! gradient and its state, written once as scalar equations (see [`rules::Adam`] for an example). A [`MatrixRule`] sees
//! a whole parameter tensor, a [`Method`] sees all of them and may ask for more gradients. Where to start reading:
//! [`doors::rule`], then any file of [`rules`], then [`optimizer`], which applies any of them to a population.
//!
//! An author elsewhere needs [`prelude`] and no other crate; Burn, with the features it is built with here, is [`burn`].

pub mod about;
pub mod clip;
pub mod doors;
pub mod family;
pub mod hypers;
pub mod kinship;
pub mod matrix_rules;
pub mod methods;
pub mod optimizer;
pub mod parameters;
pub mod prelude;
pub mod real;
pub mod record;
pub mod registry;
pub mod rules;
pub mod running;
pub mod schedule;
pub mod stability;
pub mod tensors;

pub use burn;

pub use about::{About, Door, Nature};
pub use clip::Clip;
pub use doors::{Context, MatrixRule, Method, Now, Rule, Stepped};
pub use family::{Family, OptimizerSpec};
pub use hypers::Hypers;
pub use optimizer::Optimizer;
pub use real::Real;
pub use registry::Registry;
pub use running::{Moment, Running};
pub use schedule::Schedule;
pub use stability::Edge;
