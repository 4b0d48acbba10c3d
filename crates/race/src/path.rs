//! The record of a walk.

use crate::stopping::WalkEnd;
use downhill_landscape::Landscape;

/// One walk: its kept rows and its end.
///
/// Row 0 is the start, the last row is the end; all figures are of the function itself at the optimizer's evaluation
/// point (an average, for some), in `f64`, without gradient noise and over all data. In memory a row of a landscape of
/// two dimensions takes 36 bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The number of its start in the race.
    pub start: usize,
    /// Number of coordinates of a point.
    pub dims: usize,
    /// Steps from one row to the next, except to the last row.
    pub every: u64,
    /// The points, row by row.
    pub points: Vec<f64>,
    /// Each row's loss.
    pub losses: Vec<f64>,
    /// Each row's norm of the gradient.
    pub grad_norms: Vec<f64>,
    /// Gradient evaluations up to each row.
    pub evaluations: Vec<u32>,
    /// The reason for its end.
    pub reason: WalkEnd,
    /// Number of steps at the end.
    pub last_step: u64,
}

impl Path {
    /// Number of kept rows; at least 1.
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

    /// The end point.
    pub fn last_point(&self) -> &[f64] {
        self.point(self.rows() - 1)
    }

    /// The loss at the end; infinite or NaN after some divergences.
    pub fn last_loss(&self) -> f64 {
        self.losses[self.rows() - 1]
    }

    /// The loss at the end, infinite after every divergence: the measure for comparing walks.
    pub fn final_loss(&self) -> f64 {
        if self.diverged() { f64::INFINITY } else { self.last_loss() }
    }

    /// The gradient evaluations of the whole walk.
    pub fn cost(&self) -> u64 {
        self.evaluations.last().map_or(0, |&n| n.into())
    }

    /// Whether it ended because a loss or a coordinate was no longer finite.
    pub fn diverged(&self) -> bool {
        self.reason == WalkEnd::Diverged
    }

    /// The length of the path across and along the valley, on a landscape of two dimensions; None on others, and of no
    /// use for a path that did not keep every step.
    ///
    /// Each step is split by the eigenvectors of the Hessian in its middle: across is the direction of the largest
    /// curvature. Steps to NaN or infinity do not count.
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

    /// The number of the known minimum at which the walk arrived: the nearest one within [`ARRIVED`] of the box.
    pub fn arrived_at(&self, landscape: &Landscape) -> Option<usize> {
        self.ended_at(landscape, reach(landscape))
    }

    /// The number of the known minimum nearest to the end, if one is within `tolerance` (a Euclidean distance).
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

/// A walk arrived at a minimum if it ends within this share of the longest side of the landscape's box.
pub const ARRIVED: f64 = 0.01;

/// The largest distance from a minimum at which a walk has arrived there: [`ARRIVED`] of the box's longest side.
pub fn reach(landscape: &Landscape) -> f64 {
    ARRIVED * landscape.domain.iter().map(|(low, high)| high - low).fold(0.0, f64::max)
}

/// The share of the walks that arrived at a lowest minimum; diverged walks have not. None where the landscape has no
/// known minimum or there are no walks.
pub fn share_at_best(landscape: &Landscape, paths: &[Path]) -> Option<f64> {
    let lowest = landscape.lowest().filter(|_| !paths.is_empty())?;
    // Equal minima may differ by rounding.
    let is_best = |index: usize| landscape.minima[index].value - lowest <= 1e-9 * lowest.abs().max(1.0);
    let arrived = paths.iter().filter(|path| path.arrived_at(landscape).is_some_and(is_best)).count();
    Some(arrived as f64 / paths.len() as f64)
}
