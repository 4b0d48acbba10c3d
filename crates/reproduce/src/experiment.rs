//! The type of an experiment.

use crate::outcome::Evidence;
use downhill_data::DataError;
use downhill_landscape::LandscapeError;
use downhill_population::BackendError;
use downhill_probe::ProbeError;
use downhill_race::RaceError;
use downhill_spec::SpecError;
use downhill_study::run::RunError;
use downhill_verdict::VerdictError;
use std::convert::Infallible;

/// A published claim with its experiment.
#[derive(Debug)]
pub struct Experiment {
    /// The name that users type, in kebab case.
    pub name: &'static str,
    /// A heading of a few words.
    pub title: &'static str,
    /// Author, year and place.
    pub source: &'static str,
    /// The claim of the source, in one to three plain sentences.
    pub says: &'static str,
    /// The experiment, in one to three sentences: data, network, optimizer, rates, steps, seeds.
    pub recipe: &'static str,
    /// Commands of ours that show the same result or a part of it, such as `downhill race ravine -o momentum:lr=0.01`.
    pub commands: &'static [&'static str],
    /// Its function.
    pub(crate) work: fn(&Conditions) -> Result<Evidence, ExperimentError>,
}

/// Seed and threads of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The first seed; the pages show seed 0. Experiments without randomness ignore it.
    pub seed: u64,
    /// Worker threads, at least 1. They never change a result.
    pub threads: usize,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { seed: 0, threads: 1 }
    }
}

/// Why an experiment could not be run. A claim that was not reproduced is no error, but an [`Evidence`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A landscape could not be made.
    #[error(transparent)]
    Landscape(#[from] LandscapeError),
    /// An optimizer could not be made.
    #[error(transparent)]
    Optimizer(#[from] SpecError),
    /// A race could not be run.
    #[error(transparent)]
    Race(#[from] RaceError),
    /// A data set could not be made ready.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A point could not be probed.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// A comparison could not be run.
    #[error(transparent)]
    Study(#[from] RunError<Infallible>),
    /// A comparison could not be judged.
    #[error(transparent)]
    Verdict(#[from] VerdictError),
    /// A backend or precision that is not available.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl Experiment {
    /// Runs it.
    ///
    /// # Errors
    /// When something it needs cannot be made on this machine.
    pub fn run(&self, setting: &Conditions) -> Result<Evidence, ExperimentError> {
        (self.work)(setting)
    }
}
