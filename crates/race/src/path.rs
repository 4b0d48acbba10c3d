//! What a walk leaves behind.

use crate::stopping::StopReason;
use downhill_landscape::Landscape;

/// One walk: the rows that were kept of it, and its end.
///
/// Row 0 is the start, the last row is the end; all figures are of the function itself at the point where the optimizer
/// wants to be judged (an average, for some), in `f64`, without gradient noise and over all data. In memory a row of a
/// landscape of two dimensions takes 36 bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Which of the race's starts it began at.
    pub start: usize,
    /// Coordinates of a point.
    pub dims: usize,
    /// Steps from one row to the next, but for the last row.
    pub every: u64,
    /// The points, row by row.
    pub points: Vec<f64>,
    /// Each row's loss.
    pub losses: Vec<f64>,
    /// Each row's norm of the gradient.
    pub grad_norms: Vec<f64>,
    /// Gradient evaluations paid until each row.
    pub evaluations: Vec<u32>,
    /// Why it ended.
    pub reason: StopReason,
    /// After how many steps.
    pub last_step: u64,
}

impl Path {
    /// How many rows were kept; at least 1.
    pub fn rows(&self) -> usize {
        self.losses.len()
    }

    /// The step of a row.
    pub fn step_of(&self, row: usize) -> u64 {
        if row + 1 == self.rows() { self.last_step } else { row as u64 * self.every }
    }

    /// The point of a row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn point(&self, row: usize) -> &[f64] {
        &self.points[row * self.dims..(row + 1) * self.dims]
    }

    /// Where it ended.
    pub fn last_point(&self) -> &[f64] {
        self.point(self.rows() - 1)
    }

    /// The loss at the end; infinite or NaN after some divergences.
    pub fn last_loss(&self) -> f64 {
        self.losses[self.rows() - 1]
    }

    /// The loss at the end, infinite after every divergence: what walks are compared by.
    pub fn final_loss(&self) -> f64 {
        if self.diverged() { f64::INFINITY } else { self.last_loss() }
    }

    /// The gradient evaluations of the whole walk.
    pub fn cost(&self) -> u64 {
        self.evaluations.last().map_or(0, |&n| n.into())
    }

    /// Whether it ended because a loss or a coordinate was no longer finite.
    pub fn diverged(&self) -> bool {
        self.reason == StopReason::Diverged
    }

    /// The length of the path across and along the valley, on a landscape of two dimensions; none on others, and of
    /// no use for a path that did not keep every step.
    ///
    /// Each step is split by the eigenvectors of the Hessian in its middle: across is the direction of the largest
    /// curvature. Steps that leave the numbers do not count.
    pub fn across_and_along(&self, landscape: &Landscape) -> Option<[f64; 2]> {
        if self.dims != 2 || landscape.dims() != 2 {
            return None;
        }
        let mut lengths = [0.0; 2];
        for row in 1..self.rows() {
            let (a, b) = (self.point(row - 1), self.point(row));
            let h = landscape.hessian(&[(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]);
            // The angle from the first axis to the eigenvector of the larger eigenvalue.
            let (sin, cos) = ((2.0 * h[0][1]).atan2(h[0][0] - h[1][1]) / 2.0).sin_cos();
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let (across, along) = ((cos * dx + sin * dy).abs(), (cos * dy - sin * dx).abs());
            if across.is_finite() && along.is_finite() {
                lengths[0] += across;
                lengths[1] += along;
            }
        }
        Some(lengths)
    }

    /// At which of the landscape's known minima the walk arrived: the nearest one within [`ARRIVED`] of the box.
    pub fn arrived_at(&self, landscape: &Landscape) -> Option<usize> {
        self.ended_at(landscape, reach(landscape))
    }

    /// Which of the landscape's known minima is nearest to the end, if one is within `tolerance` (a Euclidean
    /// distance).
    pub fn ended_at(&self, landscape: &Landscape, tolerance: f64) -> Option<usize> {
        if self.diverged() {
            return None;
        }
        let distance =
            |point: &[f64]| point.iter().zip(self.last_point()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        let distances = landscape.minima.iter().map(|m| distance(&m.point)).enumerate();
        distances.filter(|(_, d)| *d <= tolerance).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
    }
}

/// A walk arrived at a minimum if it ends within this share of the landscape's box, by its longest side.
pub const ARRIVED: f64 = 0.01;

/// How near its end must be to a minimum for a walk to have arrived there: [`ARRIVED`] of the box's longest side.
pub fn reach(landscape: &Landscape) -> f64 {
    ARRIVED * landscape.domain.iter().map(|(low, high)| high - low).fold(0.0, f64::max)
}

/// The share of the walks that arrived at a lowest minimum, diverged ones counting as not; none where the landscape has no known
/// minimum or there are no walks.
pub fn share_at_best(landscape: &Landscape, paths: &[Path]) -> Option<f64> {
    let lowest = landscape.lowest().filter(|_| !paths.is_empty())?;
    // Equal minima may differ by rounding.
    let is_best = |index: usize| landscape.minima[index].value - lowest <= 1e-9 * lowest.abs().max(1.0);
    let arrived = paths.iter().filter(|path| path.arrived_at(landscape).is_some_and(is_best)).count();
    Some(arrived as f64 / paths.len() as f64)
}
