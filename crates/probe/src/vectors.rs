//! Vectors in the space of parameters, as plain numbers.

/// The inner product.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The Euclidean norm.
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// `a + factor · b`.
pub fn moved(a: &[f64], factor: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + factor * b).collect()
}

/// Adds `factor · b` to `a`.
pub(crate) fn add(a: &mut [f64], factor: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += factor * b);
}

/// The sum of the vectors, each times its share.
pub(crate) fn combined(n: usize, shares: impl Iterator<Item = f64>, vectors: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; n];
    shares.zip(vectors).for_each(|(share, vector)| add(&mut sum, share, vector));
    sum
}
