//! The loop for one population.

use crate::path::Path;
use crate::race::{Keep, Order, Race};
use crate::stopping::{WalkEnd, Watch};
use burn::tensor::Tensor;
use downhill_landscape::Points;
use downhill_optim::{Moment, Optimizer, OptimizerSpec};
use downhill_population::params::select_members;
use downhill_population::{Counted, Gradient, Params, Problem, host};
use downhill_random::{Purpose, Stream};

/// One walk to be done.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    /// The number of its start.
    pub start: usize,
    /// Its optimizer; all members of one population have the same kind.
    pub optimizer: &'a OptimizerSpec,
}

/// A walk under way.
struct Walker {
    /// Its place in the answer.
    position: usize,
    seed: u64,
    path: Path,
    watches: Vec<Watch>,
    /// The centres' order in the current epoch.
    order: Vec<usize>,
}

/// Walks side by side, in the order of `members`.
pub(crate) fn walk(race: &Race, members: &[Member<'_>]) -> Vec<Path> {
    let shapes = race.landscape.shapes();
    let starts: Vec<Vec<Vec<f64>>> = members.iter().map(|m| vec![race.starts[m.start].clone()]).collect();
    let specs: Vec<OptimizerSpec> = members.iter().map(|m| m.optimizer.clone()).collect();
    let params = Params::from_members(&race.place, &shapes, &starts);
    let optimizer = Optimizer::new(&race.place, &shapes, &params, &specs);
    let walkers = members.iter().enumerate().map(|(position, m)| Walker::new(race, position, m.start)).collect();
    let evaluations = vec![0; members.len()];
    let mut group = Group { race, walkers, params, optimizer, evaluations, next: None, done: Vec::new() };
    group.look(0);
    for step in 1..=race.steps {
        if group.walkers.is_empty() {
            break;
        }
        group.update(step);
        group.look(step);
    }
    group.done.sort_by_key(|(position, _)| *position);
    group.done.into_iter().map(|(_, path)| path).collect()
}

impl Walker {
    fn new(race: &Race, position: usize, start: usize) -> Self {
        let dims = race.landscape.dims();
        let (every, rows) = match race.keep {
            Keep::Every(n) => (n, race.steps / n + 2),
            Keep::Ends => (race.steps.max(1), 2),
        };
        // A race of very many steps may end early and need less memory.
        let rows = rows.min(4096) as usize;
        let path = Path {
            start,
            dims,
            every,
            points: Vec::with_capacity(rows * dims),
            losses: Vec::with_capacity(rows),
            grad_norms: Vec::with_capacity(rows),
            evaluations: Vec::with_capacity(rows),
            reason: WalkEnd::Steps,
            last_step: 0,
        };
        let watches = race.stopping.iter().map(|&criterion| Watch::new(criterion)).collect();
        Self { position, seed: race.seed.wrapping_add(start as u64), path, watches, order: Vec::new() }
    }
}

/// Walks that are under way side by side.
struct Group<'a> {
    race: &'a Race,
    walkers: Vec<Walker>,
    params: Params,
    optimizer: Optimizer,
    /// Each walk's gradient evaluations so far.
    evaluations: Vec<u64>,
    /// The gradient at the parameters, if the optimizer had to evaluate it.
    next: Option<Gradient>,
    /// Walks that ended, with their places in the answer.
    done: Vec<(usize, Path)>,
}

impl Group<'_> {
    /// One update of all.
    fn update(&mut self, step: u64) {
        let race = self.race;
        let batch = self.batch(step);
        let mut problem = Counted { objective: &race.landscape, batch: &batch, evaluations: &mut self.evaluations };
        let at = self.next.take().unwrap_or_else(|| problem.gradient(&self.params));
        let factor = race.schedule.as_ref().map_or(1.0, |schedule| schedule.factor(step - 1, race.steps));
        let moment = Moment { place: &race.place, step, factor, clip: &race.clip };
        let next = self.optimizer.step(&moment, at, &mut problem, &mut self.params);
        if let Some(sides) = &race.projection {
            self.project(sides);
        }
        // Under noise this gradient would have the noise of the wrong step, and in a box belong to the wrong point.
        self.next = next.filter(|_| race.is_exact() && race.projection.is_none());
    }

    /// Moves every coordinate into its side of the box; NaN stays NaN.
    fn project(&mut self, sides: &[(f64, f64)]) {
        let mut points = host::values(self.params.tensors[0].clone());
        let bounds = sides.iter().cycle();
        points.iter_mut().zip(bounds).for_each(|(x, &(low, high))| *x = x.clamp(low, high));
        self.params.tensors[0] = self.race.place.tensor(&points, [self.walkers.len(), 1, sides.len()]);
    }

    /// Every walk's noise and centres of a step.
    fn batch(&mut self, step: u64) -> Points {
        let race = self.race;
        let (members, dims) = (self.walkers.len(), race.landscape.dims());
        let noise = (race.noise_sd > 0.0).then(|| {
            let mut noise = Vec::with_capacity(members * dims);
            for walker in &self.walkers {
                let mut stream = Stream::new(walker.seed, Purpose::GradientNoise, step);
                noise.extend((0..dims).map(|_| race.noise_sd * stream.normal()));
            }
            Tensor::from_inner(race.place.tensor(&noise, [members, 1, dims]))
        });
        let all = race.landscape.function.centres();
        let centres = race.mini_batch().map(|size| {
            let per_epoch = all.len().div_ceil(size) as u64;
            let (epoch, position) = ((step - 1) / per_epoch, (step - 1) % per_epoch);
            let first = position as usize * size;
            let rows = first..(first + size).min(all.len());
            let mut numbers = Vec::with_capacity(members * rows.len() * dims);
            for walker in &mut self.walkers {
                if position == 0 {
                    walker.order = match race.order {
                        Order::Shuffled => Stream::new(walker.seed, Purpose::Order, epoch).permutation(all.len()),
                        Order::AsListed => (0..all.len()).collect(),
                    };
                }
                numbers.extend(walker.order[rows.clone()].iter().flat_map(|&row| all[row].iter().copied()));
            }
            Tensor::from_inner(race.place.tensor(&numbers, [members, rows.len(), dims]))
        });
        Points { noise, centres }
    }

    /// Writes the row of a step, and dismisses the walks that have ended.
    fn look(&mut self, step: u64) {
        let race = self.race;
        let dims = race.landscape.dims();
        let params = host::values(self.params.tensors[0].clone());
        let points = host::values(self.optimizer.evaluated(&race.place, &self.params).tensors[0].clone());
        let mut gradient = vec![0.0; dims];
        let mut over = Vec::new();
        for (i, walker) in self.walkers.iter_mut().enumerate() {
            let (point, at) = (&points[i * dims..(i + 1) * dims], &params[i * dims..(i + 1) * dims]);
            let loss = race.landscape.function.value(point);
            race.landscape.function.gradient(point, &mut gradient);
            let grad_norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            let diverged = !loss.is_finite() || point.iter().chain(at).any(|x| !x.is_finite());
            let mut reason = (step == race.steps).then_some(WalkEnd::Steps);
            for watch in &mut walker.watches {
                if let Some(criterion) = watch.see(step, loss, grad_norm) {
                    reason = reason.filter(|r| matches!(r, WalkEnd::Met(_))).or(Some(WalkEnd::Met(criterion)));
                }
            }
            if diverged {
                reason = Some(WalkEnd::Diverged);
            }
            let path = &mut walker.path;
            if step.is_multiple_of(path.every) || reason.is_some() {
                path.points.extend_from_slice(point);
                path.losses.push(loss);
                path.grad_norms.push(grad_norm);
                path.evaluations.push(u32::try_from(self.evaluations[i]).unwrap_or(u32::MAX));
            }
            path.last_step = step;
            if let Some(reason) = reason {
                path.reason = reason;
                over.push(i);
            }
        }
        if !over.is_empty() {
            self.dismiss(&over);
        }
    }

    /// Dismisses the walks at these positions.
    fn dismiss(&mut self, over: &[usize]) {
        let mut keep = Vec::with_capacity(self.walkers.len() - over.len());
        let mut staying = Vec::with_capacity(keep.capacity());
        for (i, walker) in std::mem::take(&mut self.walkers).into_iter().enumerate() {
            if over.binary_search(&i).is_ok() {
                self.done.push((walker.position, walker.path));
            } else {
                keep.push(i);
                staying.push(walker);
            }
        }
        self.walkers = staying;
        if keep.is_empty() {
            return;
        }
        self.evaluations = keep.iter().map(|&i| self.evaluations[i]).collect();
        self.params = self.params.select(&keep);
        self.optimizer.select(&keep);
        self.next = self.next.take().map(|next| Gradient {
            losses: select_members(std::slice::from_ref(&next.losses), &keep).remove(0),
            gradients: select_members(&next.gradients, &keep),
        });
    }
}
