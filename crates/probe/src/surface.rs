//! The loss as a function of one member's parameters.

use crate::error::ProbeError;
use crate::point::Point;
use burn::tensor::Tensor;
use downhill_population::{Objective, Params, Place, Shape, Values, gradient, host};
use std::ops::Range;

/// Numbers of data and parameters in use at once on one thread, about; further points wait.
pub(crate) const AT_ONCE: usize = 1 << 22;

/// Numbers below which a second thread costs more than it gains.
const ALONE: usize = 1 << 16;

/// A part of the data, with its weight.
#[derive(Clone, Debug)]
pub struct Share<B> {
    /// The data of one member, on the autodiff device of the place.
    pub batch: B,
    /// Its weight in the loss, such as its number of rows. Weights are divided by their sum.
    pub weight: f64,
    /// Numbers that one evaluation at one point handles, about: rows × the widest layer. It bounds memory only.
    pub numbers: usize,
}

/// Whether the loss has second derivatives everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Smoothness {
    /// Everywhere.
    #[default]
    Smooth,
    /// Gradients may jump, as in a network of relus. See [`Point::products`] for the differences.
    Kinked,
}

/// The loss of an objective as a function of one member's parameters: the weighted mean over shares of the data.
///
/// Points are flat vectors: the values of all tensors one after the other, in the order of the shapes, row-major. Many
/// points are evaluated side by side as one population, in chunks; neither the chunks nor the number of threads ever
/// change a bit. Second derivatives need a place in `f64`.
pub struct Surface<'a, O: Objective> {
    objective: &'a O,
    place: Place,
    shapes: Vec<Shape>,
    shares: Vec<Share<O::Batch>>,
    smoothness: Smoothness,
    /// One pool of one thread for each worker, so that workers do not meet inside operations; empty for one worker.
    workers: Vec<rayon::ThreadPool>,
}

/// Some points and one share of the data.
struct Job {
    points: Range<usize>,
    share: usize,
}

impl<'a, O> Surface<'a, O>
where
    O: Objective + Sync,
    O::Batch: Sync,
{
    /// The surface of `objective` with the data `shares`, computed on `threads` threads.
    ///
    /// # Errors
    /// Without data, or with a weight that is not positive.
    pub fn new(
        objective: &'a O,
        place: &Place,
        shapes: Vec<Shape>,
        shares: Vec<Share<O::Batch>>,
        smoothness: Smoothness,
        threads: usize,
    ) -> Result<Self, ProbeError> {
        if let Some(share) = shares.iter().find(|share| !(share.weight > 0.0 && share.weight.is_finite())) {
            return Err(ProbeError::value("the weight of a share", share.weight, "greater than 0"));
        }
        let total: f64 = shares.iter().map(|share| share.weight).sum();
        if shares.is_empty() {
            return Err(ProbeError::value("the number of shares", 0.0, "at least 1"));
        }
        let shares = shares.into_iter().map(|share| Share { weight: share.weight / total, ..share }).collect();
        let workers = match threads {
            0 | 1 => Vec::new(),
            many => (0..many).filter_map(|_| rayon::ThreadPoolBuilder::new().num_threads(1).build().ok()).collect(),
        };
        Ok(Self { objective, place: place.clone(), shapes, shares, smoothness, workers })
    }

    /// Number of parameters of a point.
    pub fn parameters(&self) -> usize {
        self.shapes.iter().map(Shape::elements).sum()
    }

    /// The parameter tensors.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Backend and precision.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The objective.
    pub fn objective(&self) -> &'a O {
        self.objective
    }

    /// Whether the loss has second derivatives everywhere.
    pub fn smoothness(&self) -> Smoothness {
        self.smoothness
    }

    /// The surface at a point, with loss and gradient there.
    ///
    /// # Errors
    /// When the point has another size, or loss or gradient are not finite there.
    pub fn at(&self, point: Vec<f64>) -> Result<Point<'_, O>, ProbeError> {
        Point::new(self, point)
    }

    /// The losses at `count` points. A loss may be infinite or NaN.
    ///
    /// # Errors
    /// When a point has another size.
    pub fn losses(&self, count: usize, point: impl Fn(usize) -> Vec<f64> + Sync) -> Result<Vec<f64>, ProbeError> {
        let losses = self.weighted(count, &point, 1, |params, batch| {
            let leaves: Vec<Tensor<3>> = params.tensors.iter().map(|t| Tensor::from_inner(t.clone())).collect();
            let losses = self.objective.losses(&leaves, batch).inner();
            host::values(losses).into_iter().map(|loss| vec![loss]).collect()
        })?;
        Ok(losses.concat())
    }

    /// The gradients at `count` points. They may hold infinities and NaN.
    ///
    /// # Errors
    /// When a point has another size.
    pub fn gradients(
        &self,
        count: usize,
        point: impl Fn(usize) -> Vec<f64> + Sync,
    ) -> Result<Vec<Vec<f64>>, ProbeError> {
        let all = self.losses_and_gradients(count, point)?;
        Ok(all.into_iter().map(|(_, gradient)| gradient).collect())
    }

    /// Losses and gradients at `count` points.
    ///
    /// # Errors
    /// When a point has another size.
    pub fn losses_and_gradients(
        &self,
        count: usize,
        point: impl Fn(usize) -> Vec<f64> + Sync,
    ) -> Result<Vec<(f64, Vec<f64>)>, ProbeError> {
        let all = self.weighted(count, &point, 1 + self.parameters(), |params, batch| {
            let at = gradient(self.objective, params, batch);
            let losses = host::values(at.losses);
            let gradients = Params { tensors: at.gradients }.to_members();
            losses.into_iter().zip(gradients).map(|(loss, g)| [vec![loss], g.concat()].concat()).collect()
        })?;
        Ok(all.into_iter().map(|mut numbers| (numbers.remove(0), numbers)).collect())
    }

    /// For each point the weighted mean over the shares of the `width` numbers from `of`.
    fn weighted(
        &self,
        count: usize,
        point: &(impl Fn(usize) -> Vec<f64> + Sync),
        width: usize,
        of: impl Fn(&Params, &O::Batch) -> Vec<Vec<f64>> + Sync,
    ) -> Result<Vec<Vec<f64>>, ProbeError> {
        let jobs = self.jobs(count);
        let work = |job: &Job| -> Result<Vec<Vec<f64>>, ProbeError> {
            let points: Vec<Values> = job.points.clone().map(|i| self.split(&point(i))).collect::<Result<_, _>>()?;
            let params = Params::from_members(&self.place, &self.shapes, &points);
            let batch = self.objective.batch_of(&self.shares[job.share].batch, 0, points.len());
            Ok(of(&params, &batch))
        };
        let mut done: Vec<Option<Result<Vec<Vec<f64>>, ProbeError>>> = jobs.iter().map(|_| None).collect();
        let most = self.shares.iter().map(|share| share.numbers).max().unwrap_or(1).max(self.parameters());
        let workers = self.workers.len().min(jobs.len());
        if workers < 2 || count * self.shares.len() * most < ALONE {
            done.iter_mut().zip(&jobs).for_each(|(slot, job)| *slot = Some(work(job)));
        } else {
            let share = jobs.len().div_ceil(workers);
            std::thread::scope(|scope| {
                for ((slots, jobs), pool) in done.chunks_mut(share).zip(jobs.chunks(share)).zip(&self.workers) {
                    let work = &work;
                    scope.spawn(move || {
                        pool.install(|| slots.iter_mut().zip(jobs).for_each(|(slot, job)| *slot = Some(work(job))));
                    });
                }
            });
        }
        let mut sums = vec![vec![0.0; width]; count];
        for (job, found) in jobs.iter().zip(done.into_iter().flatten()) {
            let weight = self.shares[job.share].weight;
            for (i, numbers) in job.points.clone().zip(found?) {
                crate::vectors::add(&mut sums[i], weight, &numbers);
            }
        }
        Ok(sums)
    }

    /// Points by shares, divided so that memory is bounded and every worker has work.
    fn jobs(&self, count: usize) -> Vec<Job> {
        let most = self.shares.iter().map(|share| share.numbers).max().unwrap_or(1).max(self.parameters()).max(1);
        let even = count.div_ceil(self.workers.len().max(1));
        let copies = (AT_ONCE / most).clamp(1, even.max(1));
        let ranges = (0..count).step_by(copies).map(|from| from..(from + copies).min(count));
        ranges
            .flat_map(|points| (0..self.shares.len()).map(move |share| Job { points: points.clone(), share }))
            .collect()
    }

    /// A flat vector as a population of one.
    ///
    /// # Errors
    /// When the point has another size.
    pub fn params(&self, point: &[f64]) -> Result<Params, ProbeError> {
        Ok(Params::from_members(&self.place, &self.shapes, &[self.split(point)?]))
    }

    /// A flat vector as the values of each tensor.
    ///
    /// # Errors
    /// When the point has another size.
    pub fn split(&self, point: &[f64]) -> Result<Values, ProbeError> {
        ProbeError::check_size("a point", point.len(), self.parameters())?;
        let mut rest = point;
        let cut = |shape: &Shape| {
            let (values, after) = rest.split_at(shape.elements());
            rest = after;
            values.to_vec()
        };
        Ok(self.shapes.iter().map(cut).collect())
    }
}
