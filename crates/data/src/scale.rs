//! Scaling of columns, fitted on the training rows alone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Matrix;
use crate::error::{DataError, choose};

/// How columns are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scaling {
    /// The z-score: mean 0 and population standard deviation 1 over the training rows.
    #[default]
    Standard,
    /// The training rows' smallest value becomes 0, their largest 1.
    MinMax,
    /// Left as it is; only missing cells are filled.
    None,
}

const SCALINGS: [(&str, Scaling); 3] =
    [("standard", Scaling::Standard), ("minmax", Scaling::MinMax), ("none", Scaling::None)];

impl FromStr for Scaling {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        choose("scale", text, &SCALINGS)
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Scaling::Standard => "standard",
            Scaling::MinMax => "minmax",
            Scaling::None => "none",
        })
    }
}

/// A fitted scaling, one entry per column in each of the three lists.
///
/// A cell `x` becomes `(x - shift) / scale`, and a scaled `y` goes back to `y * scale + shift`. Where `scale` is 0
/// the column was constant over the training rows: it becomes 0 in every row, and comes back as that constant.
/// A missing cell (NaN) is first replaced by `fill`, the mean over the training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// The formula of `shift` and `scale`.
    pub kind: Scaling,
    /// The number subtracted: the mean (standard), the smallest value (minmax) or 0.
    pub shift: Vec<f64>,
    /// The divisor after that: the standard deviation, the range or 1; 0 in a constant column.
    pub scale: Vec<f64>,
    /// The value of a missing cell: the mean of the column's training cells that are not missing.
    pub fill: Vec<f64>,
}

impl Scaler {
    /// Fits on `rows` of `matrix` and uses no other row. Missing cells (NaN) don't count.
    ///
    /// The mean and the deviation come from two passes over values divided by the column's range, so that neither large
    /// offsets nor large magnitudes make them inaccurate (Chan, Golub and LeVeque 1983, equation 1.7).
    ///
    /// # Errors
    /// Without any row, with a row that `matrix` does not have, and for a column whose training cells are all
    /// missing or spread too wide for a float to hold the difference.
    pub fn fit(kind: Scaling, matrix: &Matrix, rows: &[usize]) -> Result<Scaler, DataError> {
        if rows.is_empty() {
            return Err(DataError::Rows("scaling needs at least 1 training row, there are 0".into()));
        }
        if let Some(row) = rows.iter().find(|row| **row >= matrix.rows) {
            return Err(DataError::Rows(format!("row {row} does not exist; there are {} rows", matrix.rows)));
        }
        // Sums run along rows, as the matrix lies in memory, for all columns at once.
        let cols = matrix.cols;
        let (mut low, mut high, mut count) = (vec![f64::INFINITY; cols], vec![f64::NEG_INFINITY; cols], vec![0; cols]);
        for_each_cell(matrix, rows, |j, x| {
            low[j] = x.min(low[j]);
            high[j] = x.max(high[j]);
            count[j] += 1;
        });
        for j in 0..cols {
            if count[j] == 0 {
                return Err(DataError::Rows(format!(
                    "feature {j} (from 0) has no value in any of the {} training rows, so no mean to fill it with",
                    rows.len()
                )));
            }
            if !(high[j] - low[j]).is_finite() {
                return Err(DataError::Rows(format!(
                    "feature {j} (from 0) runs from {} to {}, too wide to scale",
                    low[j], high[j]
                )));
            }
        }
        // Everything below is in units of the range and counted from the smallest value, so in [0, 1].
        let range: Vec<f64> = (0..cols).map(|j| high[j] - low[j]).collect();
        let unit = |j: usize, x: f64| if range[j] == 0.0 { 0.0 } else { (x - low[j]) / range[j] };
        let mut mean = vec![0.0; cols];
        for_each_cell(matrix, rows, |j, x| mean[j] += unit(j, x));
        (0..cols).for_each(|j| mean[j] /= count[j] as f64);
        let (mut squares, mut rest) = (vec![0.0; cols], vec![0.0; cols]);
        for_each_cell(matrix, rows, |j, x| {
            let d = unit(j, x) - mean[j];
            squares[j] += d * d;
            rest[j] += d;
        });
        let fill: Vec<f64> = (0..cols).map(|j| low[j] + range[j] * mean[j]).collect();
        let deviation = |j: usize| {
            let n = count[j] as f64;
            range[j] * ((squares[j] - rest[j] * rest[j] / n) / n).sqrt()
        };
        let (shift, scale) = match kind {
            Scaling::Standard => (fill.clone(), (0..cols).map(deviation).collect()),
            Scaling::MinMax => (low, range),
            Scaling::None => (vec![0.0; cols], vec![1.0; cols]),
        };
        Ok(Scaler { kind, shift, scale, fill })
    }

    /// Scales one row into `out`; all of length `[features]` (further elements are left alone).
    pub fn apply(&self, row: &[f64], out: &mut [f64]) {
        for (j, (x, y)) in row.iter().zip(out).enumerate().take(self.scale.len()) {
            let x = if x.is_nan() { self.fill[j] } else { *x };
            *y = if self.scale[j] == 0.0 { 0.0 } else { (x - self.shift[j]) / self.scale[j] };
        }
    }

    /// The way back: a scaled row into the column's own units.
    pub fn invert(&self, row: &[f64], out: &mut [f64]) {
        for (j, (y, x)) in row.iter().zip(out).enumerate().take(self.scale.len()) {
            *x = y * self.scale[j] + self.shift[j];
        }
    }
}

/// Calls `visit(column, cell)` for every cell of these rows that is not missing.
fn for_each_cell(matrix: &Matrix, rows: &[usize], mut visit: impl FnMut(usize, f64)) {
    for &i in rows {
        for (j, &x) in matrix.row(i).iter().enumerate() {
            if !x.is_nan() {
                visit(j, x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(cols: usize, values: &[f64]) -> Matrix {
        Matrix { rows: values.len() / cols, cols, values: values.to_vec() }
    }

    fn scaled(scaler: &Scaler, matrix: &Matrix) -> Vec<f64> {
        let mut out = vec![0.0; matrix.cols];
        (0..matrix.rows)
            .flat_map(|i| {
                scaler.apply(matrix.row(i), &mut out);
                out.clone()
            })
            .collect()
    }

    #[test]
    fn standard_gives_mean_zero_and_population_deviation_one_even_far_from_zero() {
        for offset in [0.0f64, 1e9, -1e150] {
            let step = if offset.abs() > 1e100 { 1e149 } else { 1.0 };
            let m = matrix(1, &[1.0, 2.0, 3.0, 6.0].map(|x| offset + step * x));
            let s = Scaler::fit(Scaling::Standard, &m, &[0, 1, 2, 3]).unwrap();
            let y = scaled(&s, &m);
            let mean = y.iter().sum::<f64>() / 4.0;
            let variance = y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / 4.0;
            assert!(mean.abs() < 1e-12, "{offset}: {mean}");
            assert!((variance - 1.0).abs() < 1e-12, "{offset}: {variance}");
        }
    }

    #[test]
    fn minmax_runs_from_zero_to_one_and_none_changes_nothing() {
        let m = matrix(1, &[-3.0, 1.0, 5.0]);
        assert_eq!(scaled(&Scaler::fit(Scaling::MinMax, &m, &[0, 1, 2]).unwrap(), &m), [0.0, 0.5, 1.0]);
        assert_eq!(scaled(&Scaler::fit(Scaling::None, &m, &[0, 1, 2]).unwrap(), &m), m.values);
    }

    #[test]
    fn a_constant_column_becomes_zero_and_comes_back() {
        let m = matrix(1, &[0.1, 0.1, 0.1, 7.0]);
        for kind in [Scaling::Standard, Scaling::MinMax] {
            let s = Scaler::fit(kind, &m, &[0, 1, 2]).unwrap();
            assert_eq!(scaled(&s, &m), [0.0; 4]);
            let mut back = [9.0];
            s.invert(&[0.0], &mut back);
            assert_eq!(back, [0.1]);
        }
    }

    #[test]
    fn only_the_training_rows_are_looked_at() {
        let near = matrix(1, &[1.0, 3.0, 1e6]);
        let far = matrix(1, &[1.0, 3.0, f64::NAN]);
        for kind in [Scaling::Standard, Scaling::MinMax, Scaling::None] {
            assert_eq!(Scaler::fit(kind, &near, &[0, 1]).unwrap(), Scaler::fit(kind, &far, &[0, 1]).unwrap());
        }
    }

    #[test]
    fn a_missing_cell_counts_as_the_training_mean() {
        let m = matrix(1, &[2.0, f64::NAN, 4.0, 100.0]);
        let s = Scaler::fit(Scaling::Standard, &m, &[0, 1, 2]).unwrap();
        assert_eq!(s.fill, [3.0]);
        assert_eq!(scaled(&s, &m)[1], 0.0);
        assert_eq!(scaled(&Scaler::fit(Scaling::None, &m, &[0, 1, 2]).unwrap(), &m)[1], 3.0);
    }

    #[test]
    fn invert_undoes_apply() {
        let m = matrix(2, &[1.5, -2.0, 3.25, 8.0, -7.0, 0.5]);
        for kind in [Scaling::Standard, Scaling::MinMax, Scaling::None] {
            let s = Scaler::fit(kind, &m, &[0, 1, 2]).unwrap();
            let (mut y, mut x) = ([0.0; 2], [0.0; 2]);
            for i in 0..3 {
                s.apply(m.row(i), &mut y);
                s.invert(&y, &mut x);
                assert!(x.iter().zip(m.row(i)).all(|(a, b)| (a - b).abs() < 1e-14), "{kind}");
            }
        }
    }

    #[test]
    fn what_cannot_be_fitted_says_which_column() {
        let fit = |values: &[f64], rows: &[usize]| {
            Scaler::fit(Scaling::Standard, &matrix(2, values), rows).unwrap_err().to_string()
        };
        assert!(fit(&[1.0, f64::NAN], &[0]).starts_with("feature 1 (from 0) has no value in any of the 1 training"));
        assert!(fit(&[-1e308, 1.0, 1e308, 1.0], &[0, 1]).contains("feature 0 (from 0) runs from"));
        assert!(fit(&[1.0, 1.0], &[]).contains("at least 1 training row"));
        assert!(fit(&[1.0, 1.0], &[4]).contains("row 4 does not exist"));
    }

    #[test]
    fn a_scaler_comes_back_from_json_bit_for_bit() {
        let s = Scaler::fit(Scaling::Standard, &matrix(1, &[0.1, 0.7, 0.2]), &[0, 1, 2]).unwrap();
        assert_eq!(serde_json::from_str::<Scaler>(&serde_json::to_string(&s).unwrap()).unwrap(), s);
        assert!(
            SCALINGS.iter().all(|(word, kind)| kind.to_string() == *word && word.parse::<Scaling>().unwrap() == *kind)
        );
    }
}
