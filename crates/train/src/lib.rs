//! The training loop for populations of small networks.
//!
//! A [`Session`] holds members, each with its own seed, and drives them until each has stopped. It knows no optimizer's
//! mathematics (that is `downhill-optim`), prints nothing, and reads no clock and no file: time comes in through a
//! [`Monitor`], and events go out through an [`Observer`].
//!
//! - [`part`]: training, validation and test data as arrays, and batches drawn from them.
//! - [`task`]: data, network, budget and conditions of training.
//! - [`order`]: the rows of each batch, a pure function of the member's seed and the epoch.
//! - [`group`]: one population at work on one thread.
//! - [`member`]: one run: its seed, its logged rows, its end.
//! - [`session`]: all populations, logged rows, stopping.
//! - [`glimpse`]: a closer look at a member, for diagnostics.
//! - [`observer`]: who hears what happens; [`kept`] keeps every row.
//! - [`stopping`]: when a member is done, and why.
//! - [`mod@evaluate`] and [`metrics`]: losses, accuracies, confusion, errors.
//! - [`checkpoint`]: the state that a session needs to continue with the same bits.

pub mod checkpoint;
pub mod evaluate;
mod exact;
pub mod glimpse;
pub mod group;
pub mod kept;
pub mod member;
pub mod metrics;
pub mod observer;
pub mod order;
pub mod part;
pub mod session;
pub mod stopping;
pub mod task;

pub use checkpoint::CheckpointError;
pub use evaluate::{Evaluation, evaluate};
pub use glimpse::Glimpse;
pub use kept::KeptRows;
pub use member::{Best, Member, MemberSpec, Row};
pub use observer::Observer;
pub use order::{BatchSizeError, Batching, Budget};
pub use part::{Data, Part};
pub use session::{Ended, Monitor, Session, Settings};
pub use stopping::{Stop, StopReason, Stopping};
pub use task::Task;
