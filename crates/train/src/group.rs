//! One population at work on one thread.

use crate::order::Batching;
use crate::part::Part;
use crate::stopping::StopReason;
use burn::tensor::Tensor;
use downhill_model::{Batch, Network};
use downhill_optim::{Clip, Moment, Optimizer, Schedule};
use downhill_population::params::select_members;
use downhill_population::{Counted, Gradient, Params, Place, Problem, Values, host};

/// The settings that all members of a session share, apart from the data.
#[derive(Clone)]
pub struct Recipe {
    /// Backend and precision, without automatic differentiation.
    pub place: Place,
    /// The network and its loss.
    pub network: Network,
    /// The factor on the learning rate.
    pub schedule: Schedule,
    /// Limits on the gradient.
    pub clip: Clip,
    /// The division into batches.
    pub batching: Batching,
    /// Number of updates of each member.
    pub total_steps: u64,
    /// The schedule's total.
    pub horizon: u64,
    /// A member ends when its gradient's norm falls below this.
    pub grad_norm_threshold: Option<f64>,
}

/// Members that train side by side in the same tensors.
pub struct Group {
    /// Each member's number in the session.
    pub members: Vec<usize>,
    /// Updates done.
    pub step: u64,
    pub(crate) params: Params,
    pub(crate) optimizer: Optimizer,
    seeds: Vec<u64>,
    /// Each member's row order in the current epoch.
    orders: Vec<Vec<usize>>,
    orders_epoch: Option<u64>,
    /// The one batch of a run on full batches.
    full_batch: Option<Batch>,
    /// Each member's gradient evaluations so far.
    pub evaluations: Vec<u64>,
    /// The gradient at the parameters, if the optimizer had to evaluate it. Full batches only.
    next: Option<Gradient>,
    /// Whether the gradient at the parameters is paid for already, known or not.
    pub(crate) paid: bool,
    /// The newest update's figures for each member, if requested.
    pub last: Vec<UpdateFigures>,
    /// The newest update's figures for each parameter tensor: `tensors[member][parameter]`.
    pub tensors: Vec<Vec<TensorFigures>>,
}

/// Figures of one update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UpdateFigures {
    /// The learning rate.
    pub lr: Option<f64>,
    /// The gradient's norm, before clipping.
    pub grad_norm: Option<f64>,
    /// The norm of the step over the norm of the parameters before it.
    pub update_ratio: Option<f64>,
}

/// Figures of one update for one parameter tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorFigures {
    /// The norm of its gradient, before clipping.
    pub grad_norm: f64,
    /// The norm of its step.
    pub step_norm: f64,
    /// Its norm before the step.
    pub norm: f64,
}

/// A member that ended before its group.
pub struct Retired {
    /// Its number in the session.
    pub member: usize,
    /// The reason for its end.
    pub reason: StopReason,
    /// Number of its updates.
    pub step: u64,
    /// Its parameters at the optimizer's evaluation point.
    pub values: Values,
    /// Number of its gradient evaluations.
    pub evaluations: u64,
}

impl Group {
    /// A population at update `step`. Members, seeds, parameters and the optimizer correspond by position.
    pub fn new(members: Vec<usize>, seeds: Vec<u64>, step: u64, params: Params, optimizer: Optimizer) -> Self {
        let last = vec![UpdateFigures::default(); members.len()];
        let evaluations = vec![0; members.len()];
        Self {
            members,
            step,
            params,
            optimizer,
            seeds,
            orders: Vec::new(),
            orders_epoch: None,
            full_batch: None,
            evaluations,
            next: None,
            paid: false,
            last,
            tensors: Vec::new(),
        }
    }

    /// The parameters at which the members are judged.
    pub fn evaluated(&self, place: &Place) -> Params {
        self.optimizer.evaluated(place, &self.params)
    }

    /// Trains up to update `until`, calling `tick` after each update; `measure` requests the figures of the last one.
    ///
    /// A member whose loss is no longer finite, or whose gradient is below the threshold, ends with the parameters of
    /// that evaluation, and leaves.
    pub fn advance(
        &mut self,
        recipe: &Recipe,
        train: &Part,
        until: u64,
        measure: bool,
        tick: &(dyn Fn() + Sync),
    ) -> Vec<Retired> {
        let mut retired = Vec::new();
        while self.step < until && !self.members.is_empty() {
            let measure = measure && self.step + 1 == until;
            self.update(recipe, train, measure, &mut retired);
            tick();
        }
        self.step = self.step.max(until);
        retired
    }

    /// One update.
    fn update(&mut self, recipe: &Recipe, train: &Part, measure: bool, retired: &mut Vec<Retired>) {
        let step = self.step + 1;
        let mut batch = self.batch(recipe, train, step);
        let mut at = self.gradient(recipe, &batch);
        let losses = host::values(at.losses.clone());
        let mut norms =
            (measure || recipe.grad_norm_threshold.is_some()).then(|| host::norms(&recipe.place, &at.gradients));

        let verdict = |i: usize| match (&norms, recipe.grad_norm_threshold) {
            _ if !losses[i].is_finite() => Some(StopReason::Diverged),
            (Some(norms), Some(threshold)) if norms[i] < threshold => Some(StopReason::GradientNorm),
            _ => None,
        };
        let verdicts: Vec<Option<StopReason>> = (0..self.members.len()).map(verdict).collect();
        if verdicts.iter().any(Option::is_some) {
            let keep: Vec<usize> = (0..verdicts.len()).filter(|&i| verdicts[i].is_none()).collect();
            let all = self.evaluated(&recipe.place).to_members();
            for (i, values) in all.into_iter().enumerate() {
                if let Some(reason) = verdicts[i] {
                    let (member, evaluations) = (self.members[i], self.evaluations[i]);
                    retired.push(Retired { member, reason, step: self.step, values, evaluations });
                }
            }
            self.keep(&keep);
            if keep.is_empty() {
                return;
            }
            at = select_gradient(&at, &keep);
            batch = self.batch(recipe, train, step);
            norms = norms.map(|norms| keep.iter().map(|&i| norms[i]).collect());
        }

        let before = measure.then(|| (self.params.clone(), each_norm(&recipe.place, &at.gradients)));
        let factor = recipe.schedule.factor(self.step, recipe.horizon);
        let moment = Moment { place: &recipe.place, step, factor, clip: &recipe.clip };
        let mut problem = Counted { objective: &recipe.network, batch: &batch, evaluations: &mut self.evaluations };
        let next = self.optimizer.step(&moment, at, &mut problem, &mut self.params);
        // With mini-batches it would be the gradient of the wrong batch.
        self.next = next.filter(|_| recipe.batching.is_full());
        self.paid = self.next.is_some();
        self.step = step;
        if let (Some((before, tensor_norms)), Some(norms)) = (before, norms) {
            let moves = differences(&self.params.tensors, &before.tensors);
            self.last = self.figures(recipe, factor, &before, &moves, &norms);
            self.tensors = self.tensor_figures(&recipe.place, &before, &moves, &tensor_norms);
        }
    }

    fn tensor_figures(
        &self,
        place: &Place,
        before: &Params,
        moves: &[Tensor<3>],
        gradients: &[Vec<f64>],
    ) -> Vec<Vec<TensorFigures>> {
        let steps = each_norm(place, moves);
        let sizes = each_norm(place, &before.tensors);
        let of = |member: usize, tensor: usize| TensorFigures {
            grad_norm: gradients[tensor][member],
            step_norm: steps[tensor][member],
            norm: sizes[tensor][member],
        };
        (0..self.members.len()).map(|member| (0..steps.len()).map(|tensor| of(member, tensor)).collect()).collect()
    }

    /// The gradient at the parameters, evaluated unless it is known, and charged unless it is paid for.
    fn gradient(&mut self, recipe: &Recipe, batch: &Batch) -> Gradient {
        if let Some(next) = self.next.take() {
            return next;
        }
        let mut free = vec![0; self.evaluations.len()];
        let evaluations = if self.paid { &mut free } else { &mut self.evaluations };
        Counted { objective: &recipe.network, batch, evaluations }.gradient(&self.params)
    }

    fn figures(
        &self,
        recipe: &Recipe,
        factor: f64,
        before: &Params,
        moves: &[Tensor<3>],
        norms: &[f64],
    ) -> Vec<UpdateFigures> {
        let moved = host::norms(&recipe.place, moves);
        let size = host::norms(&recipe.place, &before.tensors);
        let rates = self.optimizer.rates(factor);
        (0..self.members.len())
            .map(|i| UpdateFigures {
                lr: rates.as_ref().map(|rates| rates[i]),
                grad_norm: Some(norms[i]),
                // Parameters that are all 0 give no ratio.
                update_ratio: (size[i] > 0.0).then(|| moved[i] / size[i]),
            })
            .collect()
    }

    /// The batch of update `step`, on the autodiff device.
    fn batch(&mut self, recipe: &Recipe, train: &Part, step: u64) -> Batch {
        let (epoch, range) = recipe.batching.range(step);
        if let Some(batch) = &self.full_batch {
            return batch.clone();
        }
        let full = recipe.batching.is_full();
        if self.orders_epoch.is_none_or(|drawn| drawn != epoch && !full) {
            // Members of a search share seeds, and so orders.
            let mut orders: Vec<Vec<usize>> = Vec::with_capacity(self.seeds.len());
            for (i, &seed) in self.seeds.iter().enumerate() {
                let twin = self.seeds[..i].iter().position(|&other| other == seed);
                orders.push(twin.map_or_else(|| recipe.batching.order(seed, epoch), |twin| orders[twin].clone()));
            }
            self.orders = orders;
            self.orders_epoch = Some(epoch);
        }
        let rows: Vec<&[usize]> = self.orders.iter().map(|order| &order[range.clone()]).collect();
        let place = Place { device: recipe.place.device.clone().autodiff(), ..recipe.place.clone() };
        let (inputs, targets) = train.gather(&place, &rows);
        let batch = Batch { inputs, targets };
        if full {
            self.full_batch = Some(batch.clone());
        }
        batch
    }

    /// Keeps the members at these positions only.
    pub(crate) fn keep(&mut self, positions: &[usize]) {
        fn pick<T: Clone>(all: &[T], positions: &[usize]) -> Vec<T> {
            positions.iter().map(|&i| all[i].clone()).collect()
        }
        self.members = pick(&self.members, positions);
        self.seeds = pick(&self.seeds, positions);
        self.last = pick(&self.last, positions);
        if !self.tensors.is_empty() {
            self.tensors = pick(&self.tensors, positions);
        }
        self.evaluations = pick(&self.evaluations, positions);
        if !self.orders.is_empty() {
            self.orders = pick(&self.orders, positions);
        }
        self.full_batch = None;
        if !positions.is_empty() {
            self.params = self.params.select(positions);
            self.optimizer.select(positions);
            self.next = self.next.take().map(|next| select_gradient(&next, positions));
        }
    }
}

/// The gradient of the named members only.
fn select_gradient(gradient: &Gradient, members: &[usize]) -> Gradient {
    let losses = select_members(std::slice::from_ref(&gradient.losses), members).remove(0);
    Gradient { losses, gradients: select_members(&gradient.gradients, members) }
}

fn differences(after: &[Tensor<3>], before: &[Tensor<3>]) -> Vec<Tensor<3>> {
    after.iter().zip(before).map(|(a, b)| a.clone() - b.clone()).collect()
}

/// The norm of every tensor for each member: `norms[tensor][member]`.
fn each_norm(place: &Place, tensors: &[Tensor<3>]) -> Vec<Vec<f64>> {
    tensors.iter().map(|tensor| host::norms(place, std::slice::from_ref(tensor))).collect()
}
