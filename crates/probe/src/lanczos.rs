//! The largest eigenvalues of a symmetric operator that is given only by its products with vectors.

use crate::error::ProbeError;
use crate::vectors::{add, combined, dot, norm};
use downhill_linalg::eigen;
use downhill_random::{Purpose, Stream};

/// The index of the stream of [`Purpose::Directions`] for first vectors.
const STREAM: u64 = 0;

/// A vector's remainder after orthogonalisation counts as 0 below this share of its norm.
const DEPENDENT: f64 = 1e-10;

/// Blocks before a search from a given vector may end: the nearby eigenvalue may no longer be the largest, and the
/// other vectors need a few products to show that.
const LEAST_BLOCKS: usize = 10;

/// Most numbers in the kept vectors; 256 MiB.
const KEPT: usize = 1 << 25;

/// The settings of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct EigenSearch {
    /// The number of largest eigenvalues to find.
    pub count: usize,
    /// The seed of the first vectors.
    pub seed: u64,
    /// A first vector that is known to be near the eigenvector of the largest eigenvalue; it is added to the random
    /// ones.
    pub start: Option<Vec<f64>>,
    /// The search ends when every residual is below this share of the largest eigenvalue by size.
    pub tolerance: f64,
    /// Most products of the operator with a vector.
    pub most: usize,
}

impl Default for EigenSearch {
    fn default() -> Self {
        Self { count: 1, seed: 0, start: None, tolerance: 1e-7, most: 300 }
    }
}

/// The largest eigenvalues found.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// The algebraically largest eigenvalues, largest first. A negative eigenvalue stands last however large its size.
    pub values: Vec<f64>,
    /// Their eigenvectors, of norm 1.
    pub vectors: Vec<Vec<f64>>,
    /// ‖Av − λv‖ of each, over the largest |λ| known. An eigenvalue errs at most by that share, and by about its square
    /// if it stands well apart from the others.
    pub residuals: Vec<f64>,
    /// Products of the operator with a vector.
    pub products: usize,
    /// Whether every residual is below the tolerance.
    pub converged: bool,
}

/// The largest eigenvalues of a symmetric operator on vectors of `n` numbers.
///
/// Block Lanczos with full reorthogonalisation (Lanczos 1950; Golub and Van Loan, *Matrix Computations*, 10.3): an
/// orthonormal basis grows by the operator's products with its newest vectors, and the operator is diagonalised within
/// it. A block has one vector for each eigenvalue sought, so that coinciding ones are all found. Residuals come from
/// the products themselves. `multiply` takes some vectors and returns the operator times each.
///
/// # Errors
/// When a first vector has another size, and the errors of `multiply`.
pub fn largest(
    n: usize,
    search: &EigenSearch,
    mut multiply: impl FnMut(&[Vec<f64>]) -> Result<Vec<Vec<f64>>, ProbeError>,
) -> Result<Spectrum, ProbeError> {
    let count = search.count.min(n);
    if count == 0 {
        let (values, vectors, residuals) = Default::default();
        return Ok(Spectrum { values, vectors, residuals, products: 0, converged: true });
    }
    let most = search.most.min(n).min(KEPT / (2 * n)).max(2 * count).min(n);
    let mut random = Stream::new(search.seed, Purpose::Directions, STREAM);
    let mut fresh = || (0..n).map(|_| random.normal()).collect::<Vec<f64>>();
    let mut krylov = Krylov::default();
    let mut block = Vec::new();
    if let Some(start) = &search.start {
        ProbeError::check_size("a first vector", start.len(), n)?;
        krylov.orthonormal(start.clone(), &mut block);
    }
    let first = count + block.len();
    let mut check = if block.is_empty() { 0 } else { LEAST_BLOCKS * first };
    loop {
        // The first block is filled up, and an empty later block gets one vector, unless the basis is complete.
        let wanted = if krylov.basis.is_empty() { first } else { 1 };
        while block.len() < wanted && krylov.basis.len() + block.len() < n {
            krylov.orthonormal(fresh(), &mut block);
        }
        block.truncate(most - krylov.basis.len());
        let images = multiply(&block)?;
        let from = krylov.basis.len();
        krylov.extend(std::mem::take(&mut block), images);
        let size = krylov.basis.len();
        let newest: Vec<Vec<f64>> = krylov.images[from..].to_vec();
        newest.into_iter().for_each(|image| krylov.orthonormal(image, &mut block));
        if size >= check || size >= most || block.is_empty() {
            let found = krylov.ritz(n, count, search.tolerance);
            if found.converged && size >= count || size >= most {
                return Ok(found);
            }
            check = size + count.max(size / 8);
        }
    }
}

/// An orthonormal basis, the operator times each of its vectors, and the operator within it.
#[derive(Default)]
struct Krylov {
    basis: Vec<Vec<f64>>,
    images: Vec<Vec<f64>>,
    /// `inner[j][i]` is basis i times image j.
    inner: Vec<Vec<f64>>,
}

impl Krylov {
    /// Adds the part of a vector outside the basis and the block to the block, if it is not 0.
    fn orthonormal(&self, mut vector: Vec<f64>, block: &mut Vec<Vec<f64>>) {
        let before = norm(&vector);
        // Twice is enough (Parlett 1998).
        for _ in 0..2 {
            for other in self.basis.iter().chain(block.iter()) {
                let share = dot(other, &vector);
                add(&mut vector, -share, other);
            }
        }
        let after = norm(&vector);
        if after > DEPENDENT * before {
            vector.iter_mut().for_each(|x| *x /= after);
            // The remainder may be mostly rounding: orthogonalised once more, now at norm 1.
            for other in self.basis.iter().chain(block.iter()) {
                let share = dot(other, &vector);
                add(&mut vector, -share, other);
            }
            let length = norm(&vector);
            vector.iter_mut().for_each(|x| *x /= length);
            block.push(vector);
        }
    }

    fn extend(&mut self, block: Vec<Vec<f64>>, images: Vec<Vec<f64>>) {
        self.basis.extend(block);
        let from = self.images.len();
        self.images.extend(images);
        let size = self.basis.len();
        for j in 0..size {
            let known = if j < from { from } else { 0 };
            if j >= from {
                self.inner.push(Vec::new());
            }
            let more: Vec<f64> = (known..size).map(|i| dot(&self.basis[i], &self.images[j])).collect();
            self.inner[j].extend(more);
        }
    }

    /// The operator's eigenvalues within the basis: the `count` largest.
    fn ritz(&self, n: usize, count: usize, tolerance: f64) -> Spectrum {
        let size = self.basis.len();
        let within: Vec<f64> = (0..size * size)
            .map(|at| 0.5 * (self.inner[at / size][at % size] + self.inner[at % size][at / size]))
            .collect();
        let (values, vectors) = eigen(size, &within);
        let scale = values[0].abs().max(values[size - 1].abs());
        let found = count.min(size);
        let share = |k: usize| (0..size).map(move |i| (i, k));
        let (mut eigenvectors, mut residuals) = (Vec::new(), Vec::new());
        for (k, value) in values[..found].iter().enumerate() {
            let vector = combined(n, share(k).map(|(i, k)| vectors[i * size + k]), &self.basis);
            let mut rest = combined(n, share(k).map(|(i, k)| vectors[i * size + k]), &self.images);
            add(&mut rest, -value, &vector);
            residuals.push(if scale > 0.0 { norm(&rest) / scale } else { 0.0 });
            eigenvectors.push(vector);
        }
        let converged = residuals.iter().all(|r| *r <= tolerance);
        Spectrum { values: values[..found].to_vec(), vectors: eigenvectors, residuals, products: size, converged }
    }
}
