//! A comparison at work.
//!
//! A [`Protocol`] says what is compared and how. [`plan()`] is a pure function of it and of the trials that are finished:
//! first every configuration of every search, a search for each seed as a rule, then what was chosen. [`run()`] trains planned trials as
//! populations on all cores, and a [`Store`] keeps what is finished: lines that are only ever added, so that a study can be
//! stopped at any moment, run in shards, or grow. What it all means is `downhill-verdict`'s business.
//!
//! A trial's figures depend on nothing but what its id is a hash of: not on threads, populations, shards or stops.
//!
//! - [`protocol`]: tasks, optimizers, seeds; the same to everybody.
//! - [`search`]: which configurations are tried.
//! - [`mod@plan`]: which trials there are, and their ids.
//! - [`mod@run`]: trials trained in populations.
//! - [`store`]: finished trials in files.
//! - [`mod@complete`]: plan, run, keep, until nothing is left; in memory, or wherever a keeper keeps.
//! - [`facts`]: what a verdict must know beside the trials.
//! - [`estimate`]: what it will cost.

pub mod complete;
pub mod estimate;
pub mod facts;
mod outcome;
pub mod plan;
pub mod protocol;
pub mod run;
pub mod search;
pub mod store;

pub use plan::{Plan, plan};
pub use protocol::{Contender, Protocol, Subject};
pub use run::{Ended, Workers, run};
pub use store::{Shard, Store, StoreError};
