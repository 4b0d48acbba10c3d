#![doc = include_str!("../../README.md")]

mod families;
mod from_burn;
mod to_burn;

pub use families::{burn_adam, burn_sgd};
pub use from_burn::{Card, FromBurn, Leaves};
pub use to_burn::{RuleState, ToBurn, ToBurnError};
