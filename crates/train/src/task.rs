//! A training run without optimizer, seed and machine: data, network, budget and conditions.

use crate::order::{Batching, Budget};
use crate::part::Data;
use crate::session::{GROUP_SIZE, Settings};
use crate::stopping::Stopping;
use downhill_data::{Dataset, Preparation, Prepared, Target};
use downhill_model::{Activation, Bias, Init, Loss, Network};
use downhill_optim::{Clip, Schedule};
use downhill_population::{Backend, BackendError, Place, Precision};
use std::sync::Arc;

/// A data set with a network and a budget.
#[derive(Clone)]
pub struct Task {
    /// The data.
    pub dataset: Arc<Dataset>,
    /// Its preparation.
    pub preparation: Preparation,
    /// Backend and precision.
    pub place: Place,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// The function after each hidden layer.
    pub activation: Activation,
    /// The layers that have a bias.
    pub bias: Bias,
    /// The initialiser of the weights.
    pub init: Init,
    /// The minimised loss.
    pub loss: Loss,
    /// The factor on the learning rate.
    pub schedule: Schedule,
    /// Limits on the gradient.
    pub clip: Clip,
    /// Rows in a batch; `None` is all of them.
    pub batch_size: Option<usize>,
    /// Leave out a last batch that is not full.
    pub drop_last: bool,
    /// The budget of a member.
    pub budget: Budget,
    /// The criteria that stop a member before the budget is spent.
    pub stopping: Stopping,
    /// Updates between two logged rows; `None` is one epoch.
    pub log_every: Option<u64>,
}

/// Units of each hidden layer, unless something else is said.
pub const HIDDEN: [usize; 2] = [32, 32];
/// Rows in a batch, unless something else is said.
pub const BATCH_SIZE: usize = 32;
/// Passes over the training rows, unless something else is said.
pub const EPOCHS: u64 = 30;

impl Task {
    /// A data set with everything at its default.
    ///
    /// # Errors
    /// When the default backend cannot be had.
    pub fn new(dataset: impl Into<Arc<Dataset>>) -> Result<Self, BackendError> {
        let dataset = dataset.into();
        Ok(Self {
            preparation: Preparation::default(),
            place: Place::new(Backend::default(), Precision::default())?,
            hidden: HIDDEN.to_vec(),
            activation: Activation::default(),
            bias: Bias::default(),
            init: Init::default(),
            loss: Loss::usual(matches!(dataset.target, Target::Classes { .. })),
            schedule: Schedule::default(),
            clip: Clip::default(),
            batch_size: Some(BATCH_SIZE),
            drop_last: false,
            budget: Budget::Epochs(EPOCHS),
            stopping: Stopping::default(),
            log_every: None,
            dataset,
        })
    }

    /// The network.
    pub fn network(&self) -> Network {
        let outputs = match &self.dataset.target {
            Target::Classes { names, .. } | Target::Values { names, .. } => names.len(),
        };
        Network {
            inputs: self.dataset.features.cols,
            hidden: self.hidden.clone(),
            outputs,
            activation: self.activation,
            bias: self.bias,
            loss: self.loss,
        }
    }

    /// The division of `rows` training rows into batches.
    pub fn batching(&self, rows: usize) -> Batching {
        Batching { rows, size: self.batch_size, drop_last: self.drop_last }
    }

    /// The parts of the data in the task's precision.
    pub fn data(&self, prepared: &Prepared) -> Data {
        Data::new(&self.dataset, prepared, self.place.precision)
    }

    /// The settings of a session on `rows` training rows, with checkpoints at logged rows.
    pub fn settings(&self, rows: usize, threads: usize) -> Settings {
        Settings {
            place: self.place.clone(),
            network: self.network(),
            schedule: self.schedule.clone(),
            clip: self.clip,
            batching: self.batching(rows),
            budget: self.budget,
            horizon: None,
            stopping: self.stopping,
            log_every: self.log_every,
            checkpoint_every: None,
            threads,
            group_size: GROUP_SIZE,
        }
    }
}
