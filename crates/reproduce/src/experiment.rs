//! What an experiment is.

use crate::outcome::Outcome;
use downhill_data::DataError;
use downhill_landscape::LandscapeError;
use downhill_population::BackendError;
use downhill_probe::ProbeError;
use downhill_race::RaceError;
use downhill_spec::SpecError;
use downhill_study::run::RunError;
use downhill_verdict::VerdictError;
use std::convert::Infallible;

/// A published claim and how it is tried here.
#[derive(Debug)]
pub struct Experiment {
    /// The name that users type, in kebab case.
    pub name: &'static str,
    /// A heading of a few words.
    pub title: &'static str,
    /// Author, year and place.
    pub source: &'static str,
    /// What the source says, in one to three plain sentences.
    pub says: &'static str,
    /// What is done here, in one to three sentences: data, network, optimizer, rates, steps, seeds.
    pub recipe: &'static str,
    /// Commands of ours that show the same or a part of it, such as `downhill race ravine -o momentum:lr=0.01`.
    pub commands: &'static [&'static str],
    /// What it does.
    pub(crate) work: fn(&Setting) -> Result<Outcome, ExperimentError>,
}

/// On which chance and on how much of the machine an experiment runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The first seed; 0 is what the pages show. Experiments without chance do not look at it.
    pub seed: u64,
    /// Worker threads, at least 1. They never change a result.
    pub threads: usize,
}

impl Default for Setting {
    fn default() -> Self {
        Self { seed: 0, threads: 1 }
    }
}

/// Why an experiment could not be run. A claim that did not come out is no error, but an [`Outcome`].
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
    /// A backend or precision that cannot be had.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl Experiment {
    /// Runs it.
    ///
    /// # Errors
    /// When what it needs cannot be made on this machine.
    pub fn run(&self, setting: &Setting) -> Result<Outcome, ExperimentError> {
        (self.work)(setting)
    }
}
