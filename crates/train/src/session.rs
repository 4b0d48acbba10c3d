//! Members trained together until each has stopped.

mod log;

use crate::evaluate::{Evaluation, evaluate};
use crate::glimpse::Glimpse;
use crate::group::{Group, Recipe, Retired};
use crate::member::{Member, MemberSpec};
use crate::observer::Observer;
use crate::order::{Batching, Budget};
use crate::part::{Data, Part};
use crate::stopping::{Stopping, Watch};
use downhill_model::Network;
use downhill_optim::{Clip, Optimizer, OptimizerSpec, Schedule};
use downhill_population::{Params, Place, Values};
use log::Measured;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The settings of a session, apart from its members and data.
#[derive(Clone)]
pub struct Settings {
    /// Backend and precision.
    pub place: Place,
    /// The network and its loss.
    pub network: Network,
    /// The factor on the learning rate.
    pub schedule: Schedule,
    /// Limits on the gradient.
    pub clip: Clip,
    /// The division into batches.
    pub batching: Batching,
    /// The budget of a member.
    pub budget: Budget,
    /// The schedule's total, if it is not the budget's number of updates: for runs that end early on purpose.
    pub horizon: Option<u64>,
    /// The criteria that stop a member before the budget is spent.
    pub stopping: Stopping,
    /// Updates between two logged rows; `None` is one epoch.
    pub log_every: Option<u64>,
    /// Updates between two checkpoints; `None` is at logged rows, at most one each two seconds.
    pub checkpoint_every: Option<u64>,
    /// Worker threads.
    pub threads: usize,
    /// Most members in one population.
    pub group_size: usize,
}

/// Most members in one population: more gain nothing, as measured in `docs/performance.md`. It never changes a result.
pub const GROUP_SIZE: usize = 64;

/// Multiplications in the forward pass of an update from which on threads inside an operation pay: about those of
/// 784-128-10 on batches of 32. It never changes a result.
const LARGE: usize = 3_000_000;

/// Seconds between two default checkpoints.
const CHECKPOINT_SECONDS: f64 = 2.0;

/// Seconds after which populations on several threads wait for each other, so that an interruption finds them at the
/// same update.
const SLICE_SECONDS: f64 = 0.1;

/// The clock, the progress and the stop signal of a session. Shared with other threads.
pub struct Monitor {
    /// Seconds since some fixed moment.
    pub clock: Box<dyn Fn() -> f64 + Send + Sync>,
    /// Member-updates done since the session began or was resumed.
    pub updates: AtomicU64,
    /// Set to end the session at the next update, with a checkpoint.
    pub interrupt: AtomicBool,
}

/// How training came back, such as [`Session::run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All of it is done: every member has stopped.
    Done,
    /// It was interrupted; a session has taken a checkpoint.
    Interrupted,
}

/// A member that has not ended, on its way into a population.
#[derive(Clone)]
pub(crate) struct Live {
    pub member: usize,
    pub params: Values,
    /// The optimizer's state; None before the first update.
    pub state: Option<Values>,
    pub evaluations: u64,
    /// See [`Group::paid`].
    pub paid: bool,
}

/// Members and their data.
pub struct Session {
    pub(crate) settings: Settings,
    recipe: Recipe,
    data: Arc<Data>,
    pub(crate) members: Vec<Member>,
    pub(crate) groups: Vec<Group>,
    pub(crate) optimizers: Vec<OptimizerSpec>,
    /// One pool for each worker: see [`Session::form_groups`].
    pools: Vec<rayon::ThreadPool>,
    pub(crate) step: u64,
    /// Seconds spent before the last resume.
    pub(crate) seconds_before: f64,
    started: Option<f64>,
    now: f64,
    /// Each member's newest glimpse, if requested.
    glimpses: Option<Vec<Option<Glimpse>>>,
}

impl Session {
    /// Members before their first update.
    ///
    /// # Panics
    /// When there are no members, or their optimizers have different kinds.
    pub fn new(settings: Settings, data: impl Into<Arc<Data>>, specs: Vec<MemberSpec>) -> Self {
        let data = data.into();
        let recipe = Recipe {
            place: settings.place.clone(),
            network: settings.network.clone(),
            schedule: settings.schedule.clone(),
            clip: settings.clip,
            batching: settings.batching,
            total_steps: settings.batching.steps(settings.budget),
            horizon: settings.horizon.unwrap_or_else(|| settings.batching.steps(settings.budget)),
            grad_norm_threshold: settings.stopping.grad_norm,
        };
        let members = specs
            .iter()
            .map(|spec| Member {
                seed: spec.seed,
                stop: None,
                last_row: None,
                best: None,
                values: None,
                evaluations: 0,
                watch: Watch::default(),
            })
            .collect();
        let optimizers = specs.iter().map(|spec| spec.optimizer.clone()).collect();
        let mut session = Self {
            settings,
            recipe,
            data,
            members,
            groups: Vec::new(),
            optimizers,
            pools: Vec::new(),
            step: 0,
            seconds_before: 0.0,
            started: None,
            now: 0.0,
            glimpses: None,
        };
        let fresh = |(member, spec): (usize, MemberSpec)| Live {
            member,
            params: spec.values,
            state: None,
            evaluations: 0,
            paid: false,
        };
        let live = specs.into_iter().enumerate().map(fresh).collect();
        session.form_groups(live);
        session
    }

    /// Divides live members into populations: one for each thread, or more where they would grow too large.
    pub(crate) fn form_groups(&mut self, live: Vec<Live>) {
        let (place, shapes) = (&self.settings.place, self.settings.network.shapes());
        let threads = self.settings.threads.max(1);
        let rounds = live.len().div_ceil(threads * self.settings.group_size.max(1)).max(1);
        let size = live.len().div_ceil(threads * rounds).max(1);
        self.groups = live
            .chunks(size)
            .map(|chunk| {
                let members: Vec<usize> = chunk.iter().map(|live| live.member).collect();
                let seeds = members.iter().map(|&m| self.members[m].seed).collect();
                let specs: Vec<OptimizerSpec> = members.iter().map(|&m| self.optimizers[m].clone()).collect();
                let values: Vec<Values> = chunk.iter().map(|live| live.params.clone()).collect();
                let params = Params::from_members(place, &shapes, &values);
                let mut optimizer = Optimizer::new(place, &shapes, &params, &specs);
                let states: Vec<Values> = chunk.iter().filter_map(|live| live.state.clone()).collect();
                if !states.is_empty() {
                    optimizer.restore(place, &states);
                }
                let mut group = Group::new(members, seeds, self.step, params, optimizer);
                group.evaluations = chunk.iter().map(|live| live.evaluations).collect();
                group.paid = chunk.iter().all(|live| live.paid);
                group
            })
            .collect();
        self.form_pools();
    }

    /// One rayon pool for each worker. Several populations get one thread each, since threads inside an operation would
    /// only block each other. A lone population uses all threads inside its operations, if it is large: for a small one
    /// waking them costs more than they gain.
    fn form_pools(&mut self) {
        let threads = self.settings.threads.max(1);
        let largest = self.groups.iter().map(|group| group.members.len()).max().unwrap_or(1);
        let multiplications = largest * self.settings.batching.batch_size() * self.settings.network.parameters();
        let (workers, inside) = match self.groups.len() {
            0 | 1 if multiplications < LARGE => (1, 1),
            0 | 1 => (1, threads),
            groups => (threads.min(groups), 1),
        };
        self.pools =
            (0..workers).filter_map(|_| rayon::ThreadPoolBuilder::new().num_threads(inside).build().ok()).collect();
    }

    /// Runs tensor operations on the first worker's threads.
    fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.pools.first() {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// The members, in the given order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Updates done by every member that has not stopped.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Updates that the budget allows.
    pub fn total_steps(&self) -> u64 {
        self.recipe.total_steps
    }

    /// Seconds of training so far, over all resumes.
    pub fn seconds(&self) -> f64 {
        self.seconds_before + self.started.map_or(0.0, |started| self.now - started)
    }

    /// Whether every member has stopped.
    pub fn is_done(&self) -> bool {
        self.members.iter().all(|m| m.stop.is_some())
    }

    /// Keeps a [`Glimpse`] of every member at its logged rows from now on.
    pub fn look_closely(&mut self) {
        self.glimpses = Some(vec![None; self.members.len()]);
    }

    /// The member's state at its newest logged row; None without [`look_closely`](Self::look_closely), and for a member
    /// that ended before the logged step.
    pub fn glimpse(&self, member: usize) -> Option<&Glimpse> {
        self.glimpses.as_ref()?[member].as_ref()
    }

    /// Figures of any parameters of this network over a part, for example of [`crate::Best::values`].
    pub fn evaluate(&self, values: &[Values], part: &Part) -> Vec<Evaluation> {
        if values.is_empty() {
            return Vec::new();
        }
        let place = &self.settings.place;
        let params = Params::from_members(place, &self.settings.network.shapes(), values);
        self.inside(|| evaluate(place, &self.settings.network, &params, part, true))
    }

    /// Trains until every member has stopped, or until the monitor says to stop.
    ///
    /// # Errors
    /// Whatever the observer gives; the session is then as it was at the last update.
    pub fn run<O: Observer>(&mut self, monitor: &Monitor, observer: &mut O) -> Result<Ended, O::Error> {
        self.now = (monitor.clock)();
        self.started = Some(self.now);
        let mut checkpointed = self.now;
        let mut slice = 1u64;
        if self.step == 0 && self.members.iter().all(|m| m.last_row.is_none()) {
            let measured = self.advance(0, true, monitor).1;
            let (members, rows) = self.log(Vec::new(), measured);
            observer.rows(self, &members, &rows)?;
            // From here on a killed run can be resumed.
            observer.checkpoint(self)?;
        }
        while !self.is_done() {
            if monitor.interrupt.load(Ordering::Relaxed) {
                observer.checkpoint(self)?;
                return Ok(Ended::Interrupted);
            }
            let boundary = self.next_boundary();
            let until = boundary.min(self.step.saturating_add(slice));
            let logs = until == self.next_log();
            let before = (monitor.clock)();
            let (mut retired, measured) = self.advance(until, logs, monitor);
            self.now = (monitor.clock)();
            slice = next_slice(slice, self.now - before);
            self.step = until;
            retired.sort_by_key(|r| (r.step, r.member));
            let (members, rows) = self.log(retired, measured);
            if !rows.is_empty() {
                self.now = (monitor.clock)();
                observer.rows(self, &members, &rows)?;
            }
            let due = match self.settings.checkpoint_every {
                Some(every) => self.step.is_multiple_of(every),
                None => logs && self.now - checkpointed >= CHECKPOINT_SECONDS,
            };
            if due || self.is_done() {
                observer.checkpoint(self)?;
                checkpointed = (monitor.clock)();
            }
        }
        Ok(Ended::Done)
    }

    fn next_log(&self) -> u64 {
        let every = self.settings.log_every.unwrap_or_else(|| self.settings.batching.steps_per_epoch()).max(1);
        (self.step / every + 1).saturating_mul(every).min(self.recipe.total_steps)
    }

    /// The next update after which rows are logged or a checkpoint is taken.
    fn next_boundary(&self) -> u64 {
        let checkpoint =
            self.settings.checkpoint_every.map_or(u64::MAX, |every| (self.step / every + 1).saturating_mul(every));
        self.next_log().min(checkpoint)
    }

    /// Brings every group to update `until`; `measure` requests the figures there, group by group.
    fn advance(&mut self, until: u64, measure: bool, monitor: &Monitor) -> (Vec<Retired>, Option<Vec<Measured>>) {
        let (recipe, data) = (&self.recipe, &self.data);
        let work = |groups: &mut [Group]| -> Vec<(Vec<Retired>, Measured)> {
            let one = |group: &mut Group| {
                let members = group.members.len() as u64;
                let tick = || {
                    monitor.updates.fetch_add(members, Ordering::Relaxed);
                };
                let retired = group.advance(recipe, &data.train, until, measure, &tick);
                let measured = if measure {
                    Measured::of(recipe, data, &group.evaluated(&recipe.place), group.members.len())
                } else {
                    Measured::default()
                };
                (retired, measured)
            };
            groups.iter_mut().map(one).collect()
        };
        let share = self.groups.len().div_ceil(self.pools.len().max(1)).max(1);
        let done: Vec<(Vec<Retired>, Measured)> = match self.pools.as_slice() {
            [] => work(&mut self.groups),
            [pool] => pool.install(|| work(&mut self.groups)),
            pools => std::thread::scope(|scope| {
                let handles: Vec<_> = self
                    .groups
                    .chunks_mut(share)
                    .zip(pools)
                    .map(|(groups, pool)| scope.spawn(|| pool.install(|| work(groups))))
                    .collect();
                handles.into_iter().flat_map(|h| h.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
            }),
        };
        let (retired, measured): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        (retired.into_iter().flatten().collect(), measure.then_some(measured))
    }
}

/// A slice that will take about [`SLICE_SECONDS`], from the last one's time.
fn next_slice(slice: u64, seconds: f64) -> u64 {
    if seconds < SLICE_SECONDS / 2.0 {
        slice.saturating_mul(2)
    } else if seconds > SLICE_SECONDS * 2.0 {
        (slice / 2).max(1)
    } else {
        slice
    }
}
