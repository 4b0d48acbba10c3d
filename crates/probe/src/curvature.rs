//! Sharpness, preconditioned sharpness and trace of the Hessian at a point.

use crate::error::ProbeError;
use crate::lanczos::{EigenSearch, Spectrum, largest};
use crate::matrix::Symmetric;
use crate::point::Point;
use crate::vectors::dot;
use downhill_population::Objective;
use downhill_random::{Purpose, Stream};

/// Most parameters for which the whole Hessian is made by default.
pub const SMALL: usize = 500;

/// The index of the stream of [`Purpose::Directions`] for the vectors of the trace.
const STREAM: u64 = 1;

/// Vectors of the trace multiplied at once.
const AT_ONCE: usize = 16;

/// How the Hessian is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The whole matrix up to [`SMALL`] parameters, products beyond.
    #[default]
    Auto,
    /// The whole matrix: 2n gradients for n parameters.
    Exact,
    /// Products with vectors: two gradients each.
    Products,
}

/// The Hessian at a point, as a matrix or by its products with vectors.
pub struct Curvature<'p, O: Objective> {
    point: &'p Point<'p, O>,
    exact: Option<Symmetric>,
}

/// The sum of the Hessian's eigenvalues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The value, or its estimate.
    pub value: f64,
    /// The estimate's standard error; None if the value is exact.
    pub error: Option<f64>,
    /// Number of vectors of the estimate; 0 if the value is exact.
    pub vectors: usize,
}

impl<'p, O> Curvature<'p, O>
where
    O: Objective + Sync,
    O::Batch: Sync,
{
    /// The Hessian at `point`.
    ///
    /// # Errors
    /// When a gradient next to the point is not finite.
    pub fn at(point: &'p Point<'p, O>, way: Way) -> Result<Self, ProbeError> {
        let exact = way == Way::Exact || way == Way::Auto && point.values.len() <= SMALL;
        Ok(Self { point, exact: if exact { Some(point.hessian()?) } else { None } })
    }

    /// The whole matrix, if it was made.
    pub fn exact(&self) -> Option<&Symmetric> {
        self.exact.as_ref()
    }

    /// The Hessian times each of some vectors.
    ///
    /// # Errors
    /// When a vector has another size, or a gradient next to the point is not finite.
    pub fn times(&self, vectors: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ProbeError> {
        match &self.exact {
            Some(matrix) => {
                for vector in vectors {
                    ProbeError::check_size("a direction", vector.len(), matrix.rows())?;
                }
                Ok(vectors.iter().map(|vector| matrix.times(vector)).collect())
            }
            None => self.point.products(vectors),
        }
    }

    /// The Hessian's largest eigenvalues with their eigenvectors; the first is the sharpness.
    ///
    /// # Errors
    /// When a first vector has another size, or a gradient next to the point is not finite.
    pub fn largest(&self, search: &EigenSearch) -> Result<Spectrum, ProbeError> {
        largest(self.point.values.len(), search, |vectors| self.times(vectors))
    }

    /// The largest eigenvalues of P^(−1/2) (H + Λ) P^(−1/2), whose first is the preconditioned sharpness (Cohen et al.
    /// 2022, section 3), for a diagonal P. `inverse` is the diagonal of P⁻¹: the factor of each gradient element before
    /// the learning rate. `decay` is the diagonal of Λ: each parameter's L2 decay in the gradient, 0 without.
    ///
    /// # Errors
    /// When a diagonal has another size, or P⁻¹ an element that is negative or not finite, and as
    /// [`largest`](Self::largest).
    pub fn preconditioned(&self, inverse: &[f64], decay: &[f64], search: &EigenSearch) -> Result<Spectrum, ProbeError> {
        let n = self.point.values.len();
        ProbeError::check_size("the preconditioner's diagonal", inverse.len(), n)?;
        ProbeError::check_size("the decays", decay.len(), n)?;
        if let Some(&bad) = inverse.iter().find(|d| !(**d >= 0.0 && d.is_finite())) {
            return Err(ProbeError::value("the preconditioner's diagonal", bad, "at least 0"));
        }
        let roots: Vec<f64> = inverse.iter().map(|d| d.sqrt()).collect();
        let scaled = |vector: &[f64]| vector.iter().zip(&roots).map(|(v, root)| v * root).collect::<Vec<f64>>();
        largest(n, search, |vectors| {
            let inner: Vec<Vec<f64>> = vectors.iter().map(|v| scaled(v)).collect();
            let mut images = self.times(&inner)?;
            for (image, v) in images.iter_mut().zip(&inner) {
                image.iter_mut().zip(decay).zip(v).for_each(|((image, decay), v)| *image += decay * v);
            }
            Ok(images.iter().map(|image| scaled(image)).collect())
        })
    }

    /// The trace: exact if the matrix is known, else Hutchinson's estimate from `vectors` vectors of random signs, with
    /// its standard error (Hutchinson 1990): the mean of vᵀHv is tr H.
    ///
    /// # Errors
    /// When an estimate is to use fewer than two vectors, or a gradient next to the point is not finite.
    pub fn trace(&self, vectors: usize, seed: u64) -> Result<Trace, ProbeError> {
        if let Some(matrix) = &self.exact {
            return Ok(Trace { value: matrix.trace(), error: None, vectors: 0 });
        }
        if vectors < 2 {
            return Err(ProbeError::value("the number of vectors", vectors as f64, "at least 2"));
        }
        let mut random = Stream::new(seed, Purpose::Directions, STREAM);
        let mut draws = Vec::with_capacity(vectors);
        while draws.len() < vectors {
            let signs: Vec<Vec<f64>> = (0..AT_ONCE.min(vectors - draws.len()))
                .map(|_| self.point.values.iter().map(|_| if random.bits() >> 63 == 0 { 1.0 } else { -1.0 }).collect())
                .collect();
            draws.extend(self.times(&signs)?.iter().zip(&signs).map(|(product, v)| dot(product, v)));
        }
        let count = vectors as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Ok(Trace { value: mean, error: Some((variance / count).sqrt()), vectors })
    }
}
