//! Trials trained in populations, on all cores.

use crate::outcome::outcomes;
use crate::plan::{PlanError, describe};
use crate::protocol::{Contender, Protocol, Subject};
use downhill_data::{DataError, Draw, Prepared, prepare};
use downhill_train::{Budget, Data, Ended, KeptRows, MemberSpec, Monitor, Session, Settings, Task};
use downhill_verdict::study::log_interval;
use downhill_verdict::trial::{Planned, TrialOutcome, TrialRole};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// Most members in a population: more gain nothing on small networks, as measured in `docs/performance.md`, and the
/// usual 240 runs of an optimizer's searches make six such populations.
const POPULATION: usize = 40;

/// Multiplications of one update's forward pass in a whole population: beyond this, larger populations are no faster,
/// and smaller ones lose less when a study is stopped.
const POPULATION_WORK: usize = 20_000_000;

/// Threads and populations: they never change a result.
#[derive(Clone, Debug)]
pub struct Workers {
    /// Threads.
    pub threads: usize,
    /// Most members in a population; none chooses by the network's size.
    pub population: Option<usize>,
    /// The text for every outcome's `by`.
    pub by: String,
}

/// Why trials cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// An illegal setting.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An impossible draw of the data.
    #[error("{task}: {source}")]
    Data {
        /// The task.
        task: String,
        /// Why.
        source: Box<DataError>,
    },
    /// A draw of the data has numbers beyond the precision's largest.
    #[error(
        "{task}: a number is beyond the largest of this precision; use option `dtype=f64` or option `scale=standard`"
    )]
    Beyond {
        /// The task.
        task: String,
    },
    /// The owner of the outcomes could not take them.
    #[error("{0}")]
    Sink(E),
    /// Trials that were kept are gone.
    #[error(
        "{0} finished trials were written and are not found again: their file was replaced or removed while this ran; what it holds now \
         stays, and the same command goes on from it"
    )]
    Lost(usize),
    /// A trial is of no task or optimizer of the protocol.
    #[error("the trial {0} is not of this study")]
    Foreign(String),
}

/// One draw of a task's data.
pub(crate) struct Cell {
    pub(crate) prepared: Prepared,
    data: Arc<Data>,
}

/// Trials that may share a population.
struct Job<'a> {
    subject: &'a Subject,
    contender: &'a Contender,
    draw: Draw,
    task: Task,
    /// The schedule's total.
    horizon: u64,
    steps: u64,
    trials: Vec<&'a Planned>,
}

/// Trains these trials and passes on the finished ones, a population at a time; an interruption loses trials that are
/// under way.
///
/// # Errors
/// For impossible data or settings, and the errors of `sink`. Trials passed on before stay.
pub fn run<E: Send>(
    protocol: &Protocol,
    trials: &[Planned],
    workers: &Workers,
    monitor: &Monitor,
    mut sink: impl FnMut(Vec<TrialOutcome>) -> Result<(), E>,
) -> Result<Ended, RunError<E>> {
    let threads = workers.threads.max(1);
    let jobs = jobs(protocol, trials, threads, workers.population)?;
    let crew = threads.min(jobs.len()).max(1);
    // With fewer populations than threads, each gets several.
    let inside = (threads / crew).max(1);
    let queue = Mutex::new(jobs.iter());
    let cells = Cells::default();
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..crew {
            let (sender, queue, cells) = (sender.clone(), &queue, &cells);
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(job) = next.filter(|_| !monitor.interrupt.load(Ordering::Relaxed)) else { break };
                    let done = cells.get(job).map(|cell| job.train(&cell, inside, workers, monitor));
                    if sender.send(done).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut failure = None;
        for done in receiver {
            let taken = match done {
                Ok(Some(outcomes)) if failure.is_none() => sink(outcomes).map_err(RunError::Sink),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                failure = failure.or(Some(error));
                // The other threads end at their next update.
                monitor.interrupt.store(true, Ordering::Relaxed);
            }
        }
        match failure {
            Some(error) => Err(error),
            None if monitor.interrupt.load(Ordering::Relaxed) => Ok(Ended::Interrupted),
            None => Ok(Ended::Done),
        }
    })
}

/// Most members of a population of a task's network, on `train_rows` training rows.
pub fn population_of(task: &Task, train_rows: usize) -> usize {
    let rows = task.batching(train_rows).batch_size();
    (POPULATION_WORK / rows.saturating_mul(task.network().parameters()).max(1)).clamp(1, POPULATION)
}

/// Lays trials out in populations.
fn jobs<'a, E>(
    protocol: &'a Protocol,
    trials: &'a [Planned],
    threads: usize,
    population: Option<usize>,
) -> Result<Vec<Job<'a>>, RunError<E>> {
    let mut groups: Vec<Job<'a>> = Vec::new();
    let mut places: BTreeMap<(usize, usize, bool, Draw, u64, String), usize> = BTreeMap::new();
    for planned in trials {
        let foreign = || RunError::Foreign(planned.id.clone());
        let subject = protocol.subjects.iter().position(|s| s.name == planned.task).ok_or_else(foreign)?;
        let contender = protocol.contenders.iter().position(|c| c.label == planned.optimizer).ok_or_else(foreign)?;
        let task = protocol.subjects[subject].with(&planned.settings).map_err(PlanError::from)?;
        let draw = protocol.draw(planned.seed, planned.replicate);
        let key = (subject, contender, planned.role == TrialRole::Tuning, draw, planned.steps, describe(&task));
        let at = *places.entry(key).or_insert(groups.len());
        if at == groups.len() {
            let horizon = task.batching(protocol.subjects[subject].train_rows).steps(task.budget);
            groups.push(Job {
                subject: &protocol.subjects[subject],
                contender: &protocol.contenders[contender],
                draw,
                task,
                horizon,
                steps: planned.steps,
                trials: Vec::new(),
            });
        }
        groups[at].trials.push(planned);
    }
    let lone = groups.len() == 1;
    let split = |job: Job<'a>| {
        let most = population.unwrap_or_else(|| population_of(&job.task, job.subject.train_rows)).max(1);
        let mut parts = job.trials.len().div_ceil(most).max(1);
        if lone {
            // No other population fills the other threads.
            parts = parts.next_multiple_of(threads).min(job.trials.len());
        }
        let size = job.trials.len().div_ceil(parts).max(1);
        let part = |trials: &[&'a Planned]| Job { trials: trials.to_vec(), task: job.task.clone(), ..job };
        job.trials.chunks(size).map(part).collect::<Vec<_>>()
    };
    Ok(groups.into_iter().flat_map(split).collect())
}

impl Job<'_> {
    /// Trains its trials; none if it was interrupted.
    fn train(&self, cell: &Cell, threads: usize, workers: &Workers, monitor: &Monitor) -> Option<Vec<TrialOutcome>> {
        let network = self.task.network();
        let member = |planned: &&Planned| MemberSpec {
            seed: planned.seed,
            // The plan was made of the same settings, so they are legal.
            optimizer: self.contender.with(&planned.settings).unwrap_or_else(|_| self.contender.spec.clone()),
            values: self.task.init.member(&network, planned.seed),
        };
        let settings = Settings {
            budget: Budget::Steps(self.steps),
            horizon: Some(self.horizon),
            log_every: Some(self.task.log_every.unwrap_or_else(|| log_interval(self.horizon))),
            ..self.task.settings(cell.prepared.split.train.len(), threads)
        };
        let began = (monitor.clock)();
        let mut session = Session::new(settings, cell.data.clone(), self.trials.iter().map(member).collect());
        let mut rows = KeptRows::of(self.trials.len());
        let ended = session.run(monitor, &mut rows);
        if !matches!(ended, Ok(Ended::Done)) {
            return None;
        }
        let seconds = (monitor.clock)() - began;
        Some(outcomes(&session, cell, &self.trials, &rows.0, seconds, &workers.by))
    }
}

/// The draws of the data, each made when it is first needed. Only draws that are the same for all trials are kept.
#[derive(Default)]
struct Cells(Mutex<HashMap<(String, Draw), Arc<Cell>>>);

impl Cells {
    fn get<E>(&self, job: &Job<'_>) -> Result<Arc<Cell>, RunError<E>> {
        let key = (job.subject.name.clone(), job.draw);
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&key) {
            return Ok(cell.clone());
        }
        let task = &job.subject.task;
        let name = || job.subject.name.clone();
        let prepared = prepare(&task.dataset, &task.preparation, job.draw)
            .map_err(|source| RunError::Data { task: name(), source: Box::new(source) })?;
        let data = task.data(&prepared);
        if !data.is_finite() {
            return Err(RunError::Beyond { task: name() });
        }
        let cell = Arc::new(Cell { prepared, data: Arc::new(data) });
        if job.draw == Draw::Fixed {
            cells.insert(key, cell.clone());
        }
        Ok(cell)
    }
}
