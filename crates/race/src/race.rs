//! The race as data.

use crate::error::RaceError;
use crate::stopping::Criterion;
use downhill_landscape::Landscape;
use downhill_optim::{Clip, OptimizerSpec, Schedule};
use downhill_population::{Backend, Place, Precision};

/// An optimizer with a name.
#[derive(Clone)]
pub struct Runner {
    /// Its name in pictures and tables.
    pub label: String,
    /// The optimizer.
    pub optimizer: OptimizerSpec,
}

impl Runner {
    /// A runner named as a user would type it.
    pub fn new(optimizer: OptimizerSpec) -> Self {
        Self { label: optimizer.brief(), optimizer }
    }
}

/// The rows of a walk to keep, besides the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// One row in this many steps, at least 1.
    Every(u64),
    /// The first and the last only.
    Ends,
}

/// The order in which batches go through the landscape's centres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A new random order in each epoch.
    Shuffled,
    /// The listed order, in each epoch.
    AsListed,
}

/// Some optimizers on one landscape from the same starts.
#[derive(Clone)]
pub struct Race {
    /// The landscape.
    pub landscape: Landscape,
    /// The optimizers.
    pub runners: Vec<Runner>,
    /// The starts, each with one number for each dimension of the landscape.
    pub starts: Vec<Vec<f64>>,
    /// Updates of each walk, if nothing ends it before.
    pub steps: u64,
    /// The factor on the learning rate, its total being `steps`; None is 1.
    pub schedule: Option<Schedule>,
    /// Limits on the gradient.
    pub clip: Clip,
    /// The standard deviation of the noise added to each coordinate of the gradient; 0 is no noise. All gradients of
    /// one step get the same noise.
    pub noise_sd: f64,
    /// Start number i draws its gradient noise and its batches of centres from `seed` + i, for every runner the same.
    pub seed: u64,
    /// Number of the landscape's centres in a gradient, if not all; a last partial batch is used.
    pub batch_size: Option<usize>,
    /// The order of the centres.
    pub order: Order,
    /// The lower and the upper end of each coordinate: a box onto which the optimizer's point is projected after each
    /// step; an end may be infinite. None is no box.
    pub projection: Option<Vec<(f64, f64)>>,
    /// Backend and precision of the walks.
    pub place: Place,
    /// The criteria that end a walk before its steps are done.
    pub stopping: Vec<Criterion>,
    /// The rows to keep.
    pub keep: Keep,
    /// Worker threads. Never changes a result.
    pub threads: usize,
    /// Most walks side by side in one population. Never changes a result.
    pub group_size: usize,
}

/// Walks side by side on one thread, measured best for two dimensions (`benches/race.rs`).
const GROUP_SIZE: usize = 512;

impl Race {
    /// A race in `f64` on one thread without schedule, clipping, noise, box and criteria that keeps every row; all
    /// fields are public.
    ///
    /// # Errors
    /// When the CPU backend is not available.
    pub fn new(
        landscape: Landscape,
        runners: Vec<Runner>,
        starts: Vec<Vec<f64>>,
        steps: u64,
    ) -> Result<Self, RaceError> {
        Ok(Self {
            landscape,
            runners,
            starts,
            steps,
            schedule: None,
            clip: Clip::default(),
            noise_sd: 0.0,
            seed: 0,
            batch_size: None,
            order: Order::Shuffled,
            projection: None,
            place: Place::new(Backend::Flex, Precision::F64)?,
            stopping: Vec::new(),
            keep: Keep::Every(1),
            threads: 1,
            group_size: GROUP_SIZE,
        })
    }

    /// The batch size, if gradients see a part of the centres only.
    pub(crate) fn mini_batch(&self) -> Option<usize> {
        self.batch_size.filter(|&size| size < self.landscape.function.centres().len())
    }

    /// Whether every step has the same function.
    pub(crate) fn is_exact(&self) -> bool {
        self.noise_sd == 0.0 && self.mini_batch().is_none()
    }

    /// Checks all assumptions of [`crate::run()`].
    ///
    /// # Errors
    /// Naming the field, its value and the legal values, or the optimizer and its requirement.
    pub fn check(&self) -> Result<(), RaceError> {
        let dims = self.landscape.dims();
        for (i, start) in self.starts.iter().enumerate() {
            if start.len() != dims || start.iter().any(|x| !x.is_finite()) {
                let shown: Vec<String> = start.iter().map(f64::to_string).collect();
                let legal = format!("{dims} finite numbers");
                return Err(RaceError::value(&format!("start {i}"), shown.join(","), legal));
            }
        }
        if !(self.noise_sd >= 0.0 && self.noise_sd.is_finite()) {
            return Err(RaceError::value("the noise's standard deviation", self.noise_sd, "0 or greater"));
        }
        if self.batch_size == Some(0) {
            return Err(RaceError::value("the batch size", 0, "1 or more centres"));
        }
        if let (Some(size), true) = (self.batch_size, self.landscape.function.centres().is_empty()) {
            let why = format!("none on `{}`, which has no centres", self.landscape.text);
            return Err(RaceError::value("the batch size", size, why));
        }
        if let Some(sides) = &self.projection
            && (sides.len() != dims || sides.iter().any(|(low, high)| low.is_nan() || high.is_nan() || low > high))
        {
            let shown: Vec<String> = sides.iter().map(|(low, high)| format!("{low}..{high}")).collect();
            let legal = format!("{dims} pairs low..high, low at most high");
            return Err(RaceError::value("the box to project onto", shown.join(","), legal));
        }
        if self.keep == Keep::Every(0) {
            return Err(RaceError::value("the steps from row to row", 0, "1 or more"));
        }
        for criterion in &self.stopping {
            let (what, number) = match *criterion {
                Criterion::GradientNorm(x) => ("the gradient norm to stop at", x),
                Criterion::LossChange { tolerance, .. } => ("the loss change to stop at", tolerance),
                Criterion::TargetLoss(x) => ("the loss to stop at", x),
                Criterion::MaxSteps(_) => continue,
            };
            if number.is_nan() {
                return Err(RaceError::value(what, number, "a number"));
            }
        }
        self.runners.iter().try_for_each(|runner| self.check_optimizer(&runner.optimizer))
    }

    /// The memory of the paths in bytes, if every walk does all its steps; for a refusal before any allocation.
    pub fn kept_bytes(&self) -> u128 {
        let rows = match self.keep {
            Keep::Every(n) => self.steps / n.max(1) + 2,
            Keep::Ends => 2,
        };
        let row = 8 * (self.landscape.dims() as u128 + 2) + 4;
        u128::from(rows) * row * self.starts.len() as u128 * self.runners.len() as u128
    }

    /// Refuses an optimizer with requirements that this race does not meet.
    fn check_optimizer(&self, optimizer: &OptimizerSpec) -> Result<(), RaceError> {
        let dims = self.landscape.dims();
        for spec in optimizer.chain() {
            let (name, nature) = (spec.about().name, spec.about().nature);
            let why = if (nature.full_batch || nature.squares) && !self.is_exact() {
                "compares losses from step to step, so it needs a race without noise and on all centres".into()
            } else if nature.exact_gradient && self.clip != Clip::default() {
                "needs the loss's own gradient; clipping does not go with it".into()
            } else if nature.squares && !self.has_residuals() {
                format!("is for sums of squares, and `{}` is not written as one", self.landscape.text)
            } else if let Some(most) = nature.parameters.filter(|&most| dims > most) {
                format!("takes at most {most} dimensions, not {dims}")
            } else if nature.keeps_position && self.projection.is_some() {
                "remembers where it is, so that nobody else may project its point onto a box".into()
            } else {
                continue;
            };
            return Err(RaceError::optimizer(name, why));
        }
        Ok(())
    }

    fn has_residuals(&self) -> bool {
        let dims = self.landscape.dims();
        let origin = self.place.tensor(&vec![0.0; dims], [1, 1, dims]);
        self.landscape.function.residuals(origin).is_some()
    }
}
