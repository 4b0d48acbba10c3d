//! The data of section 3.3, and the two solutions in closed form.

use downhill_data::Matrix;
use downhill_random::{Purpose, Stream};

/// Training points.
pub(super) const POINTS: usize = 200;
/// Probability of a positive point.
pub(super) const POSITIVE: f64 = 0.6;
/// Test points, a share of exactly [`POSITIVE`] of them positive.
pub(super) const TEST: usize = 100;
/// Features that all points share: y, 1, 1.
const SHARED: usize = 3;
/// Columns that each training point has for itself.
const PRIVATE: usize = 5;

/// A draw of the problem: −1 or +1 for each training point.
pub(super) struct Points(Vec<f64>);

impl Points {
    /// Drawn anew until positive points are more than half.
    pub fn draw(seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Samples, 0);
        loop {
            let labels: Vec<f64> = (0..POINTS).map(|_| if stream.uniform() < POSITIVE { 1.0 } else { -1.0 }).collect();
            if labels.iter().sum::<f64>() > 0.0 {
                return Self(labels);
            }
        }
    }

    /// Training points of a label.
    pub fn count(&self, label: f64) -> f64 {
        self.0.iter().filter(|&&y| y == label).count() as f64
    }

    /// Training points, then test points: the positive ones, then the others. A positive training point leaves four of
    /// its private columns unused; the private features of test points lie there, so that training never saw them.
    pub fn features(&self) -> (Matrix, Vec<f64>) {
        let positive_tests = (POSITIVE * TEST as f64).round() as usize;
        let targets: Vec<f64> =
            self.0.iter().copied().chain((0..TEST).map(|i| if i < positive_tests { 1.0 } else { -1.0 })).collect();
        let (rows, cols) = (targets.len(), SHARED + PRIVATE * POINTS);
        let own = |point: usize| SHARED + PRIVATE * point..SHARED + PRIVATE * (point + 1);
        let mut unused = (0..POINTS).filter(|&point| self.0[point] > 0.0).flat_map(|point| own(point).skip(1));
        let mut values = vec![0.0; rows * cols];
        for (row, &y) in targets.iter().enumerate() {
            let row_values = &mut values[row * cols..(row + 1) * cols];
            row_values[..SHARED].copy_from_slice(&[y, 1.0, 1.0]);
            let count = if y > 0.0 { 1 } else { PRIVATE };
            let columns: Vec<usize> =
                if row < POINTS { own(row).take(count).collect() } else { unused.by_ref().take(count).collect() };
            columns.into_iter().for_each(|column| row_values[column] = 1.0);
        }
        (Matrix { rows, cols, values }, targets)
    }

    /// The weights X'α of smallest norm that fit every point. By symmetry α is one number for all positive points and
    /// one for the others, and follows from XX', which is 3 within a class and 1 between them, with 1 or 5 more on the
    /// diagonal.
    pub fn smallest(&self) -> Vec<f64> {
        let (positive, negative) = (self.count(1.0), self.count(-1.0));
        let determinant = (3.0 * positive + 1.0) * (3.0 * negative + 5.0) - positive * negative;
        let plus = (3.0 * negative + 5.0 + negative) / determinant;
        let minus = -(3.0 * positive + 1.0 + positive) / determinant;
        let both = positive * plus + negative * minus;
        let shared = [positive * plus - negative * minus, both, both];
        self.laid_out(shared, plus, minus)
    }

    /// sign(X'y)/4, with 0 where no training point has the feature.
    pub fn signs(&self) -> Vec<f64> {
        self.laid_out([0.25; SHARED], 0.25, -0.25)
    }

    fn laid_out(&self, shared: [f64; SHARED], plus: f64, minus: f64) -> Vec<f64> {
        let private = self.0.iter().flat_map(|&y| if y > 0.0 { [plus, 0.0, 0.0, 0.0, 0.0] } else { [minus; PRIVATE] });
        shared.into_iter().chain(private).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downhill_linalg::solve_positive;

    #[test]
    fn private_features_of_a_point_are_active_nowhere_else() {
        let points = Points::draw(1);
        let (features, targets) = points.features();
        assert_eq!((features.rows, features.cols), (POINTS + TEST, 3 + 5 * POINTS));
        for column in SHARED..features.cols {
            let active: Vec<usize> = (0..features.rows).filter(|&row| features.row(row)[column] != 0.0).collect();
            assert!(active.len() <= 1, "column {column} is active in rows {active:?}");
        }
        for (row, y) in targets.iter().enumerate() {
            let private: f64 = features.row(row)[SHARED..].iter().sum();
            assert_eq!(private, if *y > 0.0 { 1.0 } else { 5.0 });
            assert_eq!(features.row(row)[..SHARED], [*y, 1.0, 1.0]);
        }
        assert!(points.0.iter().sum::<f64>() > 0.0);
    }

    #[test]
    fn the_solution_of_smallest_norm_is_that_of_linear_algebra() {
        let points = Points::draw(2);
        let (features, _) = points.features();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let cells = (0..POINTS).flat_map(|i| (0..POINTS).map(move |j| (i, j)));
        let gram: Vec<f64> = cells.map(|(i, j)| dot(features.row(i), features.row(j))).collect();
        let alpha = solve_positive(POINTS, &gram, &points.0).unwrap();
        for (column, w) in points.smallest().iter().enumerate() {
            let smallest: f64 = (0..POINTS).map(|i| alpha[i] * features.row(i)[column]).sum();
            assert!((w - smallest).abs() < 1e-12, "column {column}: {w} for {smallest}");
        }
    }

    #[test]
    fn both_solutions_fit_every_training_point_and_only_one_the_negative_test_points() {
        let points = Points::draw(3);
        let (features, targets) = points.features();
        let output =
            |weights: &[f64], row: usize| features.row(row).iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
        for weights in [points.smallest(), points.signs()] {
            for (row, y) in points.0.iter().enumerate() {
                assert!((output(&weights, row) - y).abs() < 1e-12);
            }
        }
        let negative = targets.len() - 1;
        assert!(output(&points.smallest(), negative) < 0.0 && output(&points.signs(), negative) > 0.0);
    }
}
