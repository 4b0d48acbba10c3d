//! What is to be run.

use crate::error::RaceError;
use crate::stopping::Criterion;
use downhill_landscape::Landscape;
use downhill_optim::{Clip, OptimizerSpec, Schedule};
use downhill_population::{Backend, Place, Precision};

/// An optimizer with a name.
#[derive(Clone)]
pub struct Runner {
    /// What pictures and tables call it.
    pub label: String,
    /// The optimizer.
    pub optimizer: OptimizerSpec,
}

impl Runner {
    /// A runner that is called as a user would type it.
    pub fn new(optimizer: OptimizerSpec) -> Self {
        Self { label: optimizer.brief(), optimizer }
    }
}

/// Which rows of a walk are kept; the first and the last always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Every so many steps, at least 1.
    Every(u64),
    /// The first and the last only.
    Ends,
}

/// In which order batches go through the landscape's centres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A new random one in each epoch.
    Shuffled,
    /// As they are listed, in each epoch anew.
    AsListed,
}

/// Some optimizers on one landscape from the same starts.
#[derive(Clone)]
pub struct Race {
    /// Where.
    pub landscape: Landscape,
    /// Who.
    pub runners: Vec<Runner>,
    /// From where, each as many numbers as the landscape has dimensions.
    pub starts: Vec<Vec<f64>>,
    /// Updates of each walk, if nothing ends it before.
    pub steps: u64,
    /// The factor on the learning rate, its total being `steps`; none is 1.
    pub schedule: Option<Schedule>,
    /// Limits on the gradient.
    pub clip: Clip,
    /// The standard deviation of what is added to each coordinate of the gradient; 0 is none. All gradients of one
    /// step get the same noise.
    pub noise_sd: f64,
    /// Start number i draws its gradient noise and its batches of centres from `seed` + i, for every runner the same.
    pub seed: u64,
    /// How many of the landscape's centres a gradient sees, if not all; a last partial batch is used.
    pub batch_size: Option<usize>,
    /// The order of those centres.
    pub order: Order,
    /// The lower and the upper end of each coordinate: a box onto which the point where gradients are taken is
    /// projected after each step; an end may be infinite. None is no box.
    pub projection: Option<Vec<(f64, f64)>>,
    /// Backend and precision of the walks.
    pub place: Place,
    /// What ends a walk before its steps are done.
    pub stopping: Vec<Criterion>,
    /// Which rows are kept.
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
    /// When the CPU backend cannot be had.
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

    /// Checks everything that [`crate::run()`] relies on.
    ///
    /// # Errors
    /// Naming the field, its value and what is legal, or the optimizer and what it needs.
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

    /// The bytes that the paths may take, if every walk does all its steps; for a refusal before anything is allocated.
    pub fn kept_bytes(&self) -> u128 {
        let rows = match self.keep {
            Keep::Every(n) => self.steps / n.max(1) + 2,
            Keep::Ends => 2,
        };
        let row = 8 * (self.landscape.dims() as u128 + 2) + 4;
        u128::from(rows) * row * self.starts.len() as u128 * self.runners.len() as u128
    }

    /// Refuses an optimizer that needs what this race does not give.
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
