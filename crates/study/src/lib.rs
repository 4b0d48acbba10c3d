//! A comparison at work.
//!
//! A [`Protocol`] defines the comparison. [`plan()`] is a pure function of the protocol and of the finished trials:
//! first every configuration of every search, a search for each seed as a rule, then the chosen settings. [`run()`]
//! trains planned trials as populations on all cores, and a [`Store`] keeps the finished trials as lines that are only
//! ever added, so that a study can be stopped at any moment, run in shards, or grow. The conclusions are drawn by
//! `downhill-verdict`.
//!
//! A trial's figures depend only on the content that its id is a hash of: not on threads, populations, shards or stops.
//!
//! - [`protocol`]: tasks, optimizers, seeds; the same for all optimizers.
//! - [`search`]: the configurations that are tried.
//! - [`mod@plan`]: the trials and their ids.
//! - [`mod@run`]: trials trained in populations.
//! - [`store`]: finished trials in files.
//! - [`mod@complete`]: plan, run, keep, until nothing is left; in memory, or through any keeper.
//! - [`facts`]: the facts that a verdict needs beside the trials.
//! - [`estimate`]: the cost.

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
pub use run::{Workers, run};
pub use store::{Shard, Store, StoreError};
