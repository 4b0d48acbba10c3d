//! A symmetric matrix in memory.

use crate::error::ProbeError;
use crate::vectors::dot;

/// A symmetric matrix, `n × n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Symmetric {
    n: usize,
    /// Row by row.
    elements: Vec<f64>,
}

impl Symmetric {
    /// The matrix with these elements, row by row. Its symmetry is not checked.
    ///
    /// # Errors
    /// When there are not `n * n` elements.
    pub fn new(n: usize, elements: Vec<f64>) -> Result<Self, ProbeError> {
        ProbeError::check_size("a matrix", elements.len(), n * n)?;
        Ok(Self { n, elements })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.n
    }

    /// The elements, row by row.
    pub fn elements(&self) -> &[f64] {
        &self.elements
    }

    /// The matrix times a vector of as many numbers as it has rows.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        self.elements.chunks_exact(self.n.max(1)).map(|row| dot(row, vector)).collect()
    }

    /// The sum of the diagonal.
    pub fn trace(&self) -> f64 {
        self.elements.iter().step_by(self.n + 1).sum()
    }
}
