//! The folder of a run, opened again: to continue, to predict, to measure, to draw.

use crate::curves::RunCurves;
use crate::error::{Advice, Error, Result, refused};
use crate::folder::{CONFIG, METRICS, RECORD, weights_file};
use crate::metrics::{Logged, read_metrics};
use crate::options::Options;
use crate::predict::Predictor;
use crate::prepare::{Ready, prepare, read_weights};
use crate::record::{MemberRecord, RunRecord, Status, read_record};
use crate::task::network;
use downhill_optim::Registry;
use downhill_population::{Backend, Place};
use downhill_train::StopReason;
use std::fmt;
use std::path::{Path, PathBuf};

/// The choice between a member's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The weights of the last step.
    Last,
    /// The weights of the lowest validation loss, or without validation data those of the last step.
    Best,
}

/// The folder of a run.
pub struct Run {
    path: PathBuf,
    record: Option<RunRecord>,
}

/// A member of a finished run at the weights to be measured.
pub struct Trained {
    /// The run as planned: data, network, optimizer, members.
    pub ready: Ready,
    /// The run's record.
    pub record: RunRecord,
    /// The member's place among the run's.
    pub member: usize,
    /// Its seed.
    pub seed: u64,
    /// The choice of the weights.
    pub weights: Which,
    /// Updates done at these weights.
    pub step: u64,
    /// The weights, flat, in the order of the network's tensors.
    pub values: Vec<f64>,
    /// The last step's weights, for a path that must arrive there.
    pub last: Vec<f64>,
    /// The learning rate of the update that led to the weights; None before the first update, or without a rate.
    pub rate: Option<f64>,
}

impl Run {
    /// Opens the folder of a run that is running, stopped or finished.
    ///
    /// # Errors
    /// For a `run.json` that cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { record: read_record(&path.join(RECORD))?, path: path.into() })
    }

    /// Whether every member has ended.
    pub fn is_done(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.status == Status::Done)
    }

    /// The run's record.
    ///
    /// # Errors
    /// For a folder that contains no run.
    pub fn record(&self) -> Result<&RunRecord> {
        let shown = self.path.display();
        self.record.as_ref().ok_or_else(|| refused!("{shown} is not a run's folder: it holds no {RECORD}"))
    }

    /// Every option with its value.
    ///
    /// # Errors
    /// For a file that cannot be read or has another content.
    pub fn options(&self) -> Result<Options> {
        Options::read(&self.path.join(CONFIG))
    }

    /// The run as planned. A `resumed` run takes its weights from a checkpoint: see [`prepare`].
    ///
    /// # Errors
    /// For options or data that have changed.
    pub fn ready(&self, registry: &Registry, threads: usize, resumed: bool) -> Result<Ready> {
        prepare(&self.options()?, registry, threads, resumed)
    }

    /// Every row logged so far.
    ///
    /// # Errors
    /// For a file that cannot be read.
    pub fn rows(&self) -> Result<Vec<Logged>> {
        read_metrics(&self.path.join(METRICS))
    }

    /// The curves up to the last logged row.
    ///
    /// # Errors
    /// For files that cannot be read.
    pub fn curves(&self) -> Result<RunCurves> {
        let record = self.record()?;
        let ends: Vec<(StopReason, u64)> = record.members.iter().map(|m| (m.stop_reason, m.step)).collect();
        let best = match record.members.as_slice() {
            [only] => only.best.as_ref().and_then(|b| Some((b.step, b.val.as_ref()?.loss?))),
            _ => None,
        };
        let curves = RunCurves::new(String::new(), self.rows()?, &ends, best);
        Ok(RunCurves { members: record.seeds.len(), ..curves })
    }

    /// The network of the member with `seed`, or of the first member.
    ///
    /// # Errors
    /// For a run that has not ended, a seed that the run lacks, or files that cannot be read.
    pub fn predictor(&self, which: Which, seed: Option<u64>) -> Result<Predictor> {
        let record = self.record()?;
        let (_, seed) = self.member(seed)?;
        let path = self.path.join(weights_file(which.stem(), seed, record.seeds.len()));
        if !path.exists() {
            return Err(Error::advised(
                format!("{} is not there: the run has not ended; ", path.display()),
                Advice::Resume(self.path.clone()),
                " goes on with it",
            ));
        }
        let network = network(&self.options()?.common, &record.data.about)?;
        let config = self.path.join(CONFIG);
        let precision = record.dtype.parse().map_err(|e: String| Error::refused_file(&config, e))?;
        let place = Place::new(Backend::Flex, precision)?;
        let values = read_weights(&path, &network.shapes())?;
        Ok(Predictor::new(network, record.data.about.clone(), place, values))
    }

    /// The member with `seed`, or the first, at some of its weights. With `repeats` the run is going to be repeated,
    /// so a file of initial weights must still exist.
    ///
    /// # Errors
    /// For a folder without a finished run, for data that has changed, and for weights that diverged.
    pub fn subject(
        &self,
        which: Which,
        seed: Option<u64>,
        registry: &Registry,
        threads: usize,
        repeats: bool,
    ) -> Result<Trained> {
        let record = self.record()?;
        if !self.is_done() {
            return Err(Error::advised(
                "the run has not ended: wait for it, or if nothing trains there any more, ",
                Advice::Resume(self.path.clone()),
                " goes on with it",
            ));
        }
        let (member, seed) = self.member(seed)?;
        let ready = self.ready(registry, threads, !repeats)?;
        if ready.about.fingerprint != record.data.about.fingerprint {
            return Err(refused!(
                "the data has changed since the run: its fingerprint was {}, now it is {}",
                record.data.about.fingerprint,
                ready.about.fingerprint
            ));
        }
        let shown = self.path.display();
        let ended = record.members.iter().find(|m| m.seed == seed);
        let ended = ended.ok_or_else(|| refused!("{shown}/{RECORD} does not say how seed {seed} ended"))?;
        let step = which.step(ended);
        let shapes = ready.settings.network.shapes();
        let read = |which: Which| -> Result<Vec<f64>> {
            let name = weights_file(which.stem(), seed, record.seeds.len());
            Ok(read_weights(&self.path.join(name), &shapes)?.concat())
        };
        let values = read(which)?;
        let diverged = ended.stop_reason == StopReason::Diverged && step == ended.step;
        if diverged || !values.iter().all(|x| x.is_finite()) {
            let said = format!("seed {seed} diverged: nothing can be measured at its weights after step {step}");
            return Err(match which {
                Which::Last => Error::advised(
                    said + "; ",
                    Advice::Weights(Which::Best),
                    " takes those of the lowest validation loss",
                ),
                Which::Best => refused!("{}", said),
            });
        }
        let last = read(Which::Last)?;
        let rows = self.rows()?;
        let own = rows.iter().map(|logged| &logged.row).filter(|row| row.seed == seed && row.step <= step);
        let rate = own.rev().find_map(|row| row.lr);
        Ok(Trained { ready, record: record.clone(), member, seed, weights: which, step, values, last, rate })
    }

    /// The place and the seed of the member with `seed`, or of the first.
    fn member(&self, seed: Option<u64>) -> Result<(usize, u64)> {
        let seeds = &self.record()?.seeds;
        let seed = seed.unwrap_or(seeds.first().copied().unwrap_or(0));
        let place = seeds.iter().position(|&s| s == seed);
        let wrong = || refused!("option `seed` is {seed}, but the run's seeds are {seeds:?}");
        Ok((place.ok_or_else(wrong)?, seed))
    }
}

impl Which {
    fn stem(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "model",
        }
    }

    /// The number of updates that led a member to these weights.
    fn step(self, member: &MemberRecord) -> u64 {
        match (self, &member.best) {
            (Self::Best, Some(best)) => best.step,
            _ => member.step,
        }
    }

    /// `last` or `best`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "best",
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
