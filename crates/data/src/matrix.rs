//! A plain table of numbers.

/// A row-major table of `rows × cols` numbers; cell `(i, j)` is `values[i * cols + j]`.
///
/// A missing cell is NaN. Matrices made by this crate have exactly `rows * cols` values.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of rows (samples).
    pub rows: usize,
    /// Number of columns (features).
    pub cols: usize,
    /// All cells, row after row.
    pub values: Vec<f64>,
}

impl Matrix {
    /// Row `i`, of length `cols`. Panics if `i >= rows`, as indexing does.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.cols..(i + 1) * self.cols]
    }
}
