//! Members trained together until each has stopped.

use crate::evaluate::{Evaluation, evaluate};
use crate::glimpse::Glimpse;
use crate::group::{Group, Recipe, Retired, UpdateFigures};
use crate::observer::{Observer, Row};
use crate::order::{Batching, Budget};
use crate::part::Data;
use crate::stopping::{Seen, Stop, StopReason, Stopping, Watch};
use downhill_model::Network;
use downhill_optim::{Clip, Optimizer, OptimizerSpec, Schedule};
use downhill_population::{Params, Place, Values};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a session does, apart from its members and data.
#[derive(Clone)]
pub struct Settings {
    /// Where the numbers live.
    pub place: Place,
    /// The network and its loss.
    pub network: Network,
    /// The factor on the learning rate.
    pub schedule: Schedule,
    /// Limits on the gradient.
    pub clip: Clip,
    /// How batches are cut.
    pub batching: Batching,
    /// How long members may train.
    pub budget: Budget,
    /// The schedule's total, if that is not the budget's number of updates: for runs that end early on purpose.
    pub horizon: Option<u64>,
    /// When they stop before that.
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

/// Seconds between two checkpoints that nobody asked for.
const CHECKPOINT_SECONDS: f64 = 2.0;

/// Seconds after which populations on several threads wait for each other, so that an interruption finds them at the
/// same update.
const SLICE_SECONDS: f64 = 0.1;

/// A member before its first update.
#[derive(Clone)]
pub struct MemberSpec {
    /// Its seed: data order, and whatever else its owner drew from it.
    pub seed: u64,
    /// Its optimizer with its hyperparameters; all members of a session share the rule.
    pub optimizer: OptimizerSpec,
    /// Its initial parameters.
    pub values: Values,
}

/// The logged row with the lowest validation loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// Its figures.
    pub row: Row,
    /// The parameters there.
    pub values: Values,
}

/// A member of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its seed.
    pub seed: u64,
    /// Where and why it ended, if it has.
    pub stop: Option<Stop>,
    /// Its newest logged row.
    pub last_row: Option<Row>,
    /// Its row with the lowest validation loss; none without validation data, or before the first row.
    pub best: Option<Best>,
    /// Its parameters, once it has ended.
    pub values: Option<Values>,
    /// Gradient evaluations it did, once it has ended.
    pub evaluations: u64,
    pub(crate) watch: Watch,
}

/// Where time comes from, how far the session is, and how to stop it. Shared with other threads.
pub struct Monitor {
    /// Seconds since some fixed moment.
    pub clock: Box<dyn Fn() -> f64 + Send + Sync>,
    /// Member-updates done since the session began or was resumed.
    pub updates: AtomicU64,
    /// Set to end the session at the next update, with a checkpoint.
    pub interrupt: AtomicBool,
}

/// How a session came back from [`Session::run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every member has stopped.
    Done,
    /// It was interrupted; a checkpoint was taken.
    Interrupted,
}

/// A member that has not ended, on its way into a population.
#[derive(Clone)]
pub(crate) struct Live {
    pub member: usize,
    pub params: Values,
    /// The optimizer's state; none before the first update.
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
    /// Each member's newest, if they are asked for.
    glimpses: Option<Vec<Option<Glimpse>>>,
}

impl Session {
    /// Members before their first update.
    ///
    /// # Panics
    /// When there are no members, or their optimizers are of two rules.
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

    /// Lays live members out in populations: as many as there are threads, or more where they would grow too large.
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
    /// only stand in each other's way. A lone population uses all threads inside its operations, if it is large: for a
    /// small one waking them costs more than they do.
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

    /// The members, in the order in which they were given.
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

    /// The member as it is at its newest logged row; none without [`look_closely`](Self::look_closely), nor for a row of a
    /// member that ended on the way there.
    pub fn glimpse(&self, member: usize) -> Option<&Glimpse> {
        self.glimpses.as_ref()?[member].as_ref()
    }

    /// Figures of any parameters of this network over a part, for example of [`Best::values`].
    pub fn evaluate(&self, values: &[Values], part: &crate::Part) -> Vec<Evaluation> {
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
    pub fn run<O: Observer>(&mut self, monitor: &Monitor, observer: &mut O) -> Result<Outcome, O::Error> {
        self.now = (monitor.clock)();
        self.started = Some(self.now);
        let mut checkpointed = self.now;
        let mut slice = 1u64;
        if self.step == 0 && self.members.iter().all(|m| m.last_row.is_none()) {
            let measured = self.advance(0, true, monitor).1;
            let (members, rows) = self.log(Vec::new(), measured);
            observer.rows(self, &members, &rows)?;
            // From here on a run that is killed can go on.
            observer.checkpoint(self)?;
        }
        while !self.is_done() {
            if monitor.interrupt.load(Ordering::Relaxed) {
                observer.checkpoint(self)?;
                return Ok(Outcome::Interrupted);
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
        Ok(Outcome::Done)
    }

    fn next_log(&self) -> u64 {
        let every = self.settings.log_every.unwrap_or_else(|| self.settings.batching.steps_per_epoch()).max(1);
        (self.step / every + 1).saturating_mul(every).min(self.recipe.total_steps)
    }

    /// The next update after which something is to be done.
    fn next_boundary(&self) -> u64 {
        let checkpoint =
            self.settings.checkpoint_every.map_or(u64::MAX, |every| (self.step / every + 1).saturating_mul(every));
        self.next_log().min(checkpoint)
    }

    /// Brings every group to update `until`; `measure` asks for the figures there, group by group.
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

    /// The rows of members that just ended and, where figures were measured, of all others; stops those whose rows say
    /// so. With the members' numbers beside them.
    fn log(&mut self, retired: Vec<Retired>, measured: Option<Vec<Measured>>) -> (Vec<usize>, Vec<Row>) {
        let mut rows = Vec::new();
        for Retired { member, reason, step, values, evaluations } in retired {
            if let Some(glimpses) = &mut self.glimpses {
                glimpses[member] = None;
            }
            let already = self.members[member].last_row.as_ref().is_some_and(|row| row.step == step);
            if !already {
                let shapes = self.settings.network.shapes();
                let params = Params::from_members(&self.settings.place, &shapes, std::slice::from_ref(&values));
                let measured = self.inside(|| Measured::of(&self.recipe, &self.data, &params, 1));
                let row = self.row(member, step, &measured, 0, UpdateFigures::default());
                self.take_row(member, &row, &values);
                rows.push((member, row));
            }
            self.members[member].stop = Some(Stop { reason, step });
            self.members[member].values = Some(values);
            self.members[member].evaluations = evaluations;
        }
        if let Some(measured) = measured {
            self.log_groups(&measured, &mut rows);
        }
        self.groups.retain(|group| !group.members.is_empty());
        rows.sort_by_key(|(_, row)| row.step);
        rows.into_iter().unzip()
    }

    fn log_groups(&mut self, measured: &[Measured], rows: &mut Vec<(usize, Row)>) {
        let mut groups = std::mem::take(&mut self.groups);
        let factor = self.recipe.schedule.factor(self.step.saturating_sub(1), self.recipe.horizon);
        for (group, measured) in groups.iter_mut().zip(measured) {
            if let Some(glimpses) = &mut self.glimpses {
                let new = Glimpse::of(group, &self.recipe.place, factor);
                group.members.iter().zip(new).for_each(|(&member, glimpse)| glimpses[member] = Some(glimpse));
            }
            let new: Vec<Row> = group
                .members
                .iter()
                .enumerate()
                .map(|(i, &member)| self.row(member, self.step, measured, i, group.last[i]))
                .collect();
            let wanted = |(row, &m): (&Row, &usize)| self.is_best(m, row) || self.ends(m, row).is_some();
            let values = if new.iter().zip(&group.members).any(wanted) {
                group.evaluated(&self.recipe.place).to_members()
            } else {
                vec![Values::new(); group.members.len()]
            };
            let members = group.members.clone();
            let mut keep = Vec::new();
            for (position, row) in new.iter().enumerate() {
                let member = group.members[position];
                match self.take_row(member, row, &values[position]) {
                    Some(reason) => {
                        self.members[member].stop = Some(Stop { reason, step: self.step });
                        self.members[member].values = Some(values[position].clone());
                        self.members[member].evaluations = group.evaluations[position];
                    }
                    None => keep.push(position),
                }
            }
            if keep.len() < group.members.len() {
                group.keep(&keep);
            }
            rows.extend(members.into_iter().zip(new));
        }
        self.groups = groups;
    }

    fn row(&self, member: usize, step: u64, measured: &Measured, at: usize, figures: UpdateFigures) -> Row {
        let (train, val) = (&measured.train[at], measured.val.get(at));
        let batching = &self.settings.batching;
        Row {
            seed: self.members[member].seed,
            step,
            epoch: step as f64 / batching.steps_per_epoch() as f64,
            samples: batching.samples(step),
            train_loss: train.loss,
            train_accuracy: train.accuracy,
            val_loss: val.map(|val| val.loss),
            val_accuracy: val.and_then(|val| val.accuracy),
            lr: figures.lr,
            grad_norm: figures.grad_norm,
            update_ratio: figures.update_ratio,
            seconds: self.seconds(),
        }
    }

    fn is_best(&self, member: usize, row: &Row) -> bool {
        row.val_loss.is_some_and(|loss| {
            let best = self.members[member].best.as_ref().and_then(|best| best.row.val_loss);
            !loss.is_nan() && best.is_none_or(|best| loss < best)
        })
    }

    /// Whether a row ends a member, without taking it into account yet.
    fn ends(&self, member: usize, row: &Row) -> Option<StopReason> {
        self.see(&mut self.members[member].watch.clone(), row)
    }

    fn see(&self, watch: &mut Watch, row: &Row) -> Option<StopReason> {
        let seen = Seen {
            train_loss: row.train_loss,
            watched_loss: row.val_loss.unwrap_or(row.train_loss),
            accuracy: row.val_accuracy.or(row.train_accuracy),
        };
        let spent = match self.settings.budget {
            Budget::Steps(_) => StopReason::Steps,
            Budget::Epochs(_) => StopReason::Epochs,
        };
        watch.see(&self.settings.stopping, seen).or((row.step >= self.recipe.total_steps).then_some(spent))
    }

    /// Takes a row into a member's account.
    fn take_row(&mut self, member: usize, row: &Row, values: &Values) -> Option<StopReason> {
        let mut watch = std::mem::take(&mut self.members[member].watch);
        let reason = self.see(&mut watch, row);
        let best = self.is_best(member, row);
        let member = &mut self.members[member];
        member.watch = watch;
        member.last_row = Some(row.clone());
        if best {
            member.best = Some(Best { row: row.clone(), values: values.clone() });
        }
        reason
    }
}

/// Figures of one population's members; `val` is empty without validation data.
#[derive(Default)]
struct Measured {
    train: Vec<Evaluation>,
    val: Vec<Evaluation>,
}

impl Measured {
    fn of(recipe: &Recipe, data: &Data, params: &Params, members: usize) -> Self {
        let over = |part: &crate::Part| {
            if members == 0 || part.rows() == 0 {
                return Vec::new();
            }
            evaluate(&recipe.place, &recipe.network, params, part, false)
        };
        Self { train: over(&data.train), val: over(&data.val) }
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
