//! Seeded random numbers: one ChaCha stream per purpose, the same bits on every machine.
//!
//! Everything random in the laboratory is drawn from a [`Stream`] named by a seed, a [`Purpose`] and an index (an
//! epoch, a layer, a trial). Streams never share draws, so a change to one purpose leaves the others alone, and a
//! stream can be opened at any time without replaying earlier draws, which makes a resumed run exact. No global
//! generator exists.
//!
//! The conversions to floats, normals and permutations are written here and not taken from a crate, because
//! their exact bits are part of every recorded result and must not move with a dependency's version.

pub mod sobol;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The purpose of a stream. Two purposes never share draws; the numbers are part of every recorded result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Initial weights; the index is the layer.
    Weights = 1,
    /// Data order; the index is the epoch.
    Order = 2,
    /// The division into training, validation and test rows.
    Split = 3,
    /// The flipped training labels and their new classes.
    LabelNoise = 4,
    /// A generated data set's samples.
    Samples = 5,
    /// A generated data set's hidden truth (the teacher's weights, the parity's subset).
    Truth = 6,
    /// Noise added to gradients.
    GradientNoise = 7,
    /// Draws made by tests and benchmarks only.
    Test = 8,
    /// Resampling in statistics; the index is the method (0: sign flips, 1: bootstrap, 2: seeds within tasks).
    Resampling = 9,
    /// The points of a search; the index is the dimension of [`sobol`].
    Search = 10,
    /// Training and validation rows drawn anew for one member; the index is the class.
    Redraw = 11,
    /// The fold of each row; the index counts divisions and classes.
    Folds = 12,
    /// The start of a walk on a landscape; the index is the walk.
    Starts = 13,
    /// Directions in the space of parameters; the index is their use (0: eigenvectors, 1: the trace, 2 and 3: slices).
    Directions = 14,
    /// The points of a replicate's search; the index is the replicate.
    Replicates = 15,
}

/// A stream of random numbers.
///
/// ```
/// use downhill_random::{Purpose, Stream};
/// let mut a = Stream::new(7, Purpose::Order, 0);
/// let mut b = Stream::new(7, Purpose::Order, 0);
/// assert_eq!(a.permutation(10), b.permutation(10));
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
    spare_normal: Option<f64>,
}

impl Stream {
    /// The stream of `seed` for `purpose`, number `index`.
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(b"downhill");
        key[8..16].copy_from_slice(&seed.to_le_bytes());
        key[16..24].copy_from_slice(&(purpose as u64).to_le_bytes());
        key[24..].copy_from_slice(&index.to_le_bytes());
        Self { rng: ChaCha8Rng::from_seed(key), spare_normal: None }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `[low, high)`.
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal (Box and Muller 1958). Both numbers of a pair are used.
    pub fn normal(&mut self) -> f64 {
        if let Some(z) = self.spare_normal.take() {
            return z;
        }
        // 1 - u lies in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        let angle = std::f64::consts::TAU * self.uniform();
        self.spare_normal = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Uniform integer in `0..bound`, without bias (Lemire 2019). `bound` 0 gives 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let n = bound as u64;
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let wide = u128::from(self.bits()) * u128::from(n);
            if wide as u64 >= threshold {
                return (wide >> 64) as usize;
            }
        }
    }

    /// Shuffles in place; every order is equally likely (Fisher and Yates, Durstenfeld 1964).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A random order of `0..n`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(index: u64) -> Stream {
        Stream::new(1, Purpose::Test, index)
    }

    #[test]
    fn the_first_draws_are_golden() {
        let mut s = stream(0);
        let bits: Vec<u64> = (0..2).map(|_| s.bits()).collect();
        let mut s = stream(0);
        let normals: Vec<f64> = (0..3).map(|_| s.normal()).collect();
        assert_eq!(bits, [4757875890891176088, 2876759629246645021]);
        assert_eq!(normals, [0.4303373777605726, 0.6414199738883817, -1.7721284298814868]);
        assert_eq!(stream(0).permutation(8), [5, 6, 3, 0, 7, 4, 1, 2]);
    }

    #[test]
    fn seeds_purposes_and_indices_name_different_streams() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index).bits();
        let here = first(1, Purpose::Order, 0);
        assert_ne!(here, first(2, Purpose::Order, 0));
        assert_ne!(here, first(1, Purpose::Split, 0));
        assert_ne!(here, first(1, Purpose::Order, 1));
    }

    #[test]
    fn moments_match_the_uniform_and_the_normal() {
        let n = 200_000;
        let mut s = stream(3);
        let u: Vec<f64> = (0..n).map(|_| s.uniform()).collect();
        let z: Vec<f64> = (0..n).map(|_| s.normal()).collect();
        let moment = |v: &[f64], k: i32| v.iter().map(|x| x.powi(k)).sum::<f64>() / n as f64;
        // Five standard errors of each moment at this n.
        assert!((moment(&u, 1) - 0.5).abs() < 0.0033);
        assert!((moment(&u, 2) - 1.0 / 3.0).abs() < 0.0034);
        assert!(moment(&z, 1).abs() < 0.0112);
        assert!((moment(&z, 2) - 1.0).abs() < 0.0159);
        assert!((moment(&z, 4) - 3.0).abs() < 0.11);
    }

    #[test]
    fn small_bounds_are_hit_equally_often() {
        let mut s = stream(4);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[s.below(6)] += 1;
        }
        assert!(counts.iter().all(|&c| (c as i64 - 10_000).abs() < 500), "{counts:?}");
        assert_eq!(s.below(0), 0);
        assert_eq!(s.below(1), 0);
    }
}
