//! The protocol of a comparison: the same seeds, splits, budgets and ranges for all optimizers.

use crate::search::SearchPlan;
use downhill_data::Draw;
use downhill_model::{Activation, HiddenError, hidden};
use downhill_optim::OptimizerSpec;
use downhill_random::sobol::TooManyDimensions;
use downhill_spec::SpecError;
use downhill_train::order::batch_size;
use downhill_train::{BatchSizeError, Task};
use downhill_verdict::selection::Chooser;
use downhill_verdict::study::{Dimension, Folds, Halving, Judged, Rung, STRUCTURE, Varies};
use downhill_verdict::trial::{Setting, Value};
use downhill_verdict::verdict::End;

/// A comparison, ready to be planned.
#[derive(Clone)]
pub struct Protocol {
    /// The tasks.
    pub subjects: Vec<Subject>,
    /// The optimizers.
    pub contenders: Vec<Contender>,
    /// Configurations of each search, before any growth.
    pub configurations: usize,
    /// The subject of the verdict.
    pub judged: Judged,
    /// The measure by which a search chooses.
    pub chooser: Chooser,
    /// Seeds with which every configuration is tried; where each seed searches for itself, the seed of each replicate's
    /// search.
    pub tuning_seeds: Vec<u64>,
    /// Seeds that are judged, one for each replicate; under folds one for each fold.
    pub evaluation_seeds: Vec<u64>,
    /// Seeds of the fresh runs of each replicate's kept setting, one for each replicate; empty for no fresh runs.
    pub fresh_seeds: Vec<u64>,
    /// Seed of the search's points.
    pub search_seed: u64,
    /// Drop weak configurations early.
    pub halving: bool,
    /// Let the learning rate's range grow, for all optimizers, while a best rate lies on an edge.
    pub extend: bool,
    /// The differences between evaluation seeds.
    pub varies: Varies,
}

/// One task of a study.
#[derive(Clone)]
pub struct Subject {
    /// Its name; unique in a study.
    pub name: String,
    /// SHA-256 of the data.
    pub fingerprint: String,
    /// Data, network, budget.
    pub task: Task,
    /// Training rows of the first draw.
    pub train_rows: usize,
}

/// One optimizer of a study.
#[derive(Clone)]
pub struct Contender {
    /// Its name; unique in a study.
    pub label: String,
    /// The optimizer; searched hyperparameters are at their defaults here.
    pub spec: OptimizerSpec,
    /// The searched settings.
    pub search: Vec<Dimension>,
}

/// An illegal setting: a value that its key does not take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// The optimizer does not take it.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The task does not take it as a batch size.
    #[error(transparent)]
    BatchSize(#[from] BatchSizeError),
    /// The task does not take it as its hidden layers.
    #[error(transparent)]
    Hidden(#[from] HiddenError),
}

impl Protocol {
    /// The configurations of an optimizer; where each seed searches, those of a replicate.
    ///
    /// # Errors
    /// For more settings than a search can vary.
    pub fn configurations(
        &self,
        contender: &Contender,
        growth: &[End],
        replicate: Option<usize>,
    ) -> Result<Vec<Vec<Setting>>, TooManyDimensions> {
        let (dimensions, seed) = (&contender.search, self.search_seed);
        let replicate = replicate.filter(|_| self.judged.each_seed_searches());
        SearchPlan { dimensions, configurations: self.configurations, seed, growth, replicate }.configurations()
    }

    /// The draw of the data that a trial sees.
    pub fn draw(&self, seed: u64, replicate: Option<usize>) -> Draw {
        match (self.varies, replicate) {
            (Varies::Folds(Folds { folds, .. }), Some(number)) => Draw::Fold { folds, number },
            (Varies::Resampling, _) => Draw::Redrawn(seed),
            _ => Draw::Fixed,
        }
    }

    /// The replicates, each with a search of its own: the folds, or the seeds; a single None if one search serves all.
    pub fn replicates(&self) -> Vec<Option<usize>> {
        match self.varies {
            Varies::Folds(Folds { folds, repeats }) => (0..folds * repeats).map(Some).collect(),
            _ if self.judged.each_seed_searches() => (0..self.evaluation_seeds.len()).map(Some).collect(),
            _ => vec![None],
        }
    }

    /// Whether shards are independent: every replicate has a search of its own, and no range grows for all.
    pub fn shards_stand_alone(&self) -> bool {
        self.replicates()[0].is_some() && !self.extend
    }

    /// The seeds that a search tries each configuration with.
    pub fn seeds_of_search(&self, replicate: Option<usize>) -> &[u64] {
        match replicate.filter(|_| self.judged.each_seed_searches()) {
            Some(number) => self.tuning_seeds.get(number..=number).unwrap_or_default(),
            None => &self.tuning_seeds,
        }
    }

    /// The rungs of successive halving for `configurations` and `steps` updates: three at most, each with a third of
    /// the configurations and three times the updates of the rung before. A configuration that survives starts over, so
    /// that every trial stands for itself. None without halving.
    pub fn rungs(&self, configurations: usize, steps: u64) -> Option<Vec<Rung>> {
        if !self.halving || configurations < 3 {
            return None;
        }
        let count = if configurations >= 9 { 3 } else { 2 };
        let mut left = configurations;
        let rung = |rung: u32| {
            let here = Rung { configurations: left, steps: steps.div_ceil(3u64.pow(count - 1 - rung)).max(1) };
            left = left.div_ceil(3);
            here
        };
        Some((0..count).map(rung).collect())
    }

    /// Halving as the report describes it, for a search of the usual size on this task.
    pub fn halving(&self, subject: &Subject) -> Option<Halving> {
        let steps = subject.steps(&[]).ok()?;
        let rungs = self.rungs(self.configurations, steps)?;
        let spent: u64 = rungs.iter().map(|r| r.configurations as u64 * r.steps).sum();
        let cost_share = spent as f64 / (self.configurations as u64 * steps.max(1)) as f64;
        Some(Halving { rungs, cost_share })
    }
}

impl Subject {
    /// The task under some settings; those of an optimizer change nothing.
    ///
    /// # Errors
    /// For a value that a task does not take.
    pub fn with(&self, settings: &[Setting]) -> Result<Task, SettingError> {
        let mut task = self.task.clone();
        for Setting { key, value } in settings {
            let text = match value {
                Value::Text(text) => text.clone(),
                Value::Number(number) => number.to_string(),
            };
            match key.as_str() {
                "batch-size" => task.batch_size = batch_size(&text)?,
                "hidden" => task.hidden = hidden(&text)?,
                "activation" => task.activation = Activation::parse(&text)?,
                _ => {}
            }
        }
        Ok(task)
    }

    /// The updates of a full trial under some settings.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub fn steps(&self, settings: &[Setting]) -> Result<u64, SettingError> {
        let task = self.with(settings)?;
        Ok(task.batching(self.train_rows).steps(task.budget))
    }
}

impl Contender {
    /// The optimizer under some settings; those of a task change nothing.
    ///
    /// # Errors
    /// For a value outside a legal range.
    pub fn with(&self, settings: &[Setting]) -> Result<OptimizerSpec, SettingError> {
        let mut spec = self.spec.clone();
        for Setting { key, value } in settings {
            if let (Value::Number(number), false) = (value, STRUCTURE.contains(&key.as_str())) {
                spec.set(key, *number)?;
            }
        }
        Ok(spec)
    }
}
