//! Scrambled Sobol points: a search space filled evenly, by any number of points.
//!
//! The first `2^m` points put exactly one into each of the `2^m` equal slices of every single axis, and any number of
//! points leaves smaller gaps than the same number of random ones. So a search whose score depends on one or two of its
//! hyperparameters sees nearly as many values of these as trials. (Sobol 1967, "On the distribution of points in a
//! cube".)
//!
//! # The points
//! Point `i` has in each dimension the 64 binary digits, from the point on,
//!
//! ```text
//! x_i = s  xor  L v_1 g_1(i)  xor  L v_2 g_2(i)  xor ...        g(i) = i xor (i >> 1), g_1 its lowest bit
//! v_k = m_k / 2^k,   m_k = 2 a_1 m_(k-1) xor 4 a_2 m_(k-2) xor ... xor 2^d m_(k-d) xor m_(k-d)
//! ```
//!
//! `g` is the Gray code of `i`, which only exchanges points within each block of `2^m` (Antonov and Saleev 1979). The
//! degree `d`, the coefficients `a` of a primitive polynomial and the first `m_k` are those of Joe and Kuo (2008),
//! "Constructing Sobol sequences with better two-dimensional projections", file `new-joe-kuo-6.21201`.
//!
//! # The scrambling
//! `L`, a random lower triangular bit matrix with ones on its diagonal, and `s`, random digits, are drawn from the
//! seed, for each dimension by itself (Matoušek 1998, "On the L2-discrepancy for anchored boxes"). Each point alone is
//! then uniform, so a mean over points is unbiased; the slices stay filled as before; and another seed is another set
//! of points. Unscrambled, point 0 would be a corner of the space.

use crate::{Purpose, Stream};

/// The most dimensions of a search.
pub const MOST_DIMENSIONS: usize = DIRECTIONS.len();

/// Joe and Kuo (2008): the degree `d` of the polynomial, the bits `a_1 ... a_(d-1)` as a number, and `m_1 ... m_d`. The
/// first dimension has no polynomial: all its `m_k` are 1.
const DIRECTIONS: [(usize, u64, &[u64]); 16] = [
    (0, 0, &[]),
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
];

/// More dimensions were requested than are available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{dimensions} dimensions for a Sobol sequence, and there are at most {MOST_DIMENSIONS}")]
pub struct TooManyDimensions {
    /// The number requested.
    pub dimensions: usize,
}

/// A scrambled Sobol sequence; its points can be asked for in any order.
///
/// Coordinate `j` of point `i` depends on the seed, `j` and `i` only: a further dimension leaves the earlier
/// coordinates alone, and further points the earlier points.
///
/// ```
/// use downhill_random::sobol::Sobol;
/// let search = Sobol::new(2, 7)?;
/// let wider = Sobol::new(3, 7)?;
/// assert_eq!(search.point(5), wider.point(5)[..2]);
/// // Of the first four points, each quarter of the first axis holds one.
/// let mut quarters: Vec<u32> = (0..4).map(|i| (4.0 * search.point(i)[0]) as u32).collect();
/// quarters.sort();
/// assert_eq!(quarters, [0, 1, 2, 3]);
/// # Ok::<(), downhill_random::sobol::TooManyDimensions>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sobol {
    axes: Vec<Axis>,
}

impl Sobol {
    /// The sequence of `seed`, scrambled by the streams [`Purpose::Search`], one per dimension.
    ///
    /// # Errors
    /// [`TooManyDimensions`] above [`MOST_DIMENSIONS`].
    pub fn new(dimensions: usize, seed: u64) -> Result<Self, TooManyDimensions> {
        match dimensions <= MOST_DIMENSIONS {
            true => Ok(Self { axes: (0..dimensions).map(|d| Axis::plain(d).scrambled(seed, d)).collect() }),
            false => Err(TooManyDimensions { dimensions }),
        }
    }

    /// Number of coordinates of a point.
    pub fn dimensions(&self) -> usize {
        self.axes.len()
    }

    /// Point `index`, from 0: one coordinate per dimension, in `[0, 1)`, a multiple of 2^-53.
    ///
    /// Take points from 0 on, and if possible a power of 2 of them: then the balance is exact.
    pub fn point(&self, index: u64) -> Vec<f64> {
        self.axes.iter().map(|axis| axis.coordinate(index)).collect()
    }
}

/// One dimension: `v_k` (or `L v_k`) and `s`, digits from the highest bit down.
#[derive(Clone, Debug)]
struct Axis {
    v: [u64; 64],
    s: u64,
}

impl Axis {
    /// Unscrambled.
    fn plain(dimension: usize) -> Self {
        let (degree, a, first) = DIRECTIONS[dimension];
        let mut v = [0; 64];
        for k in 0..64 {
            // v_k as m_k 2^(64-k): 2^d m_(k-d) is then v_(k-d), and m_(k-d) itself v_(k-d) >> d.
            v[k] = match first.get(k) {
                Some(m) => m << (63 - k),
                None if degree == 0 => 1 << (63 - k),
                None => (1..degree)
                    .filter(|j| a >> (degree - 1 - j) & 1 == 1)
                    .fold(v[k - degree] ^ v[k - degree] >> degree, |sum, j| sum ^ v[k - j]),
            };
        }
        Self { v, s: 0 }
    }

    fn scrambled(self, seed: u64, dimension: usize) -> Self {
        let mut stream = Stream::new(seed, Purpose::Search, dimension as u64);
        // Row r, for the digit r: random left of the diagonal, 1 on it, 0 right of it.
        let rows: Vec<u64> = (0..64).map(|r| stream.bits() & !(u64::MAX >> r) | 1 << (63 - r)).collect();
        let product = |v: u64| {
            rows.iter().enumerate().fold(0, |x, (r, row)| x | u64::from((row & v).count_ones() % 2) << (63 - r))
        };
        Self { v: self.v.map(product), s: stream.bits() }
    }

    fn coordinate(&self, index: u64) -> f64 {
        let gray = index ^ index >> 1;
        let digits = (0..64).filter(|k| gray >> k & 1 == 1).fold(self.s, |x, k| x ^ self.v[k]);
        (digits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Sobol {
        Sobol { axes: (0..MOST_DIMENSIONS).map(Axis::plain).collect() }
    }

    fn scrambled(seed: u64) -> Sobol {
        Sobol::new(MOST_DIMENSIONS, seed).expect("sixteen")
    }

    #[test]
    fn unscrambled_points_are_those_of_scipy() {
        let text = include_str!("../tests/reference/sobol.json");
        let reference: serde_json::Value = serde_json::from_str(text).expect("the file is JSON");
        let mut compared = 0;
        for block in reference["blocks"].as_array().expect("a list") {
            let first = block["first"].as_u64().expect("an index");
            for (i, point) in block["points"].as_array().expect("a list").iter().enumerate() {
                let digits: Vec<f64> = point.as_array().expect("a list").iter().filter_map(|d| d.as_f64()).collect();
                let expected: Vec<f64> = digits.iter().map(|d| d / f64::from(1 << 30)).collect();
                assert_eq!(plain().point(first + i as u64), expected, "point {} of the block at {first}", i);
                compared += 1;
            }
        }
        assert_eq!(compared, 64 + 4 + 4);
    }

    #[test]
    fn the_first_points_of_a_seed_are_golden() {
        let search = Sobol::new(3, 1).expect("three");
        let points: Vec<Vec<f64>> = (0..3).map(|i| search.point(i)).collect();
        assert_eq!(
            points,
            [
                [0.6534778723205351, 0.8326942183862294, 0.33024497135690667],
                [0.10327234497838278, 0.45727314803679453, 0.7323026804274824],
                [0.3644603168780446, 0.7158221671338211, 0.16637903917657515]
            ]
        );
    }

    #[test]
    fn every_slice_of_every_axis_holds_one_point() {
        for sobol in [plain(), scrambled(1), scrambled(2)] {
            for m in 0..11 {
                let slices = 1usize << m;
                // The first block, and a later one that starts at a multiple of its size.
                for first in [0, 5 << m] {
                    let mut held = vec![vec![0; slices]; MOST_DIMENSIONS];
                    for i in 0..slices as u64 {
                        for (held, x) in held.iter_mut().zip(sobol.point(first + i)) {
                            assert!((0.0..1.0).contains(&x));
                            held[(x * slices as f64) as usize] += 1;
                        }
                    }
                    assert!(held.iter().flatten().all(|&count| count == 1), "m {m}, from {first}");
                }
            }
        }
    }

    #[test]
    fn every_box_of_the_first_two_dimensions_holds_one_point() {
        for sobol in [plain(), scrambled(3), scrambled(4)] {
            for m in 0..9 {
                for j in 0..=m {
                    let (columns, rows) = (1usize << j, 1usize << (m - j));
                    let mut held = vec![0; columns * rows];
                    for i in 0..1 << m {
                        let x = sobol.point(i);
                        held[(x[0] * columns as f64) as usize * rows + (x[1] * rows as f64) as usize] += 1;
                    }
                    assert!(held.iter().all(|&count| count == 1), "{columns} times {rows}");
                }
            }
        }
    }

    #[test]
    fn further_dimensions_and_points_leave_the_others_alone_and_seeds_differ() {
        let (few, many) = (Sobol::new(3, 9).expect("three"), scrambled(9));
        for i in [0, 1, 77, 1 << 40, u64::MAX] {
            assert_eq!(few.point(i), many.point(i)[..3]);
            let other = scrambled(10).point(i);
            assert!(many.point(i).iter().zip(other).all(|(a, b)| *a != b));
        }
        assert_eq!(few.dimensions(), 3);
        assert_eq!(Sobol::new(0, 1).expect("none").point(4), [0.0; 0]);
    }

    #[test]
    fn more_dimensions_than_there_are_are_refused() {
        let refused = Sobol::new(17, 0).expect_err("seventeen");
        assert_eq!(refused.to_string(), "17 dimensions for a Sobol sequence, and there are at most 16");
    }

    #[test]
    fn each_point_by_itself_is_uniform_over_the_seeds() {
        let n = 4_000;
        for (index, dimension) in [(0, 0), (0, 15), (3, 1), (12, 7)] {
            let x: Vec<f64> = (0..n).map(|seed| scrambled(seed).point(index)[dimension]).collect();
            let mean = x.iter().sum::<f64>() / n as f64;
            let square = x.iter().map(|x| x * x).sum::<f64>() / n as f64;
            // Four standard errors: sqrt(1/12 / n) and sqrt(4/45 / n).
            assert!((mean - 0.5).abs() < 0.0183 && (square - 1.0 / 3.0).abs() < 0.0189, "{mean} {square}");
        }
    }

    /// The L2 star discrepancy, by the formula of Warnock (1972).
    fn discrepancy(points: &[Vec<f64>]) -> f64 {
        let (n, d) = (points.len() as f64, points[0].len() as i32);
        let single: f64 = points.iter().map(|x| x.iter().map(|x| (1.0 - x * x) / 2.0).product::<f64>()).sum();
        let both = |x: &Vec<f64>, y: &Vec<f64>| x.iter().zip(y).map(|(x, y)| 1.0 - x.max(*y)).product::<f64>();
        let pairs: f64 = points.iter().flat_map(|x| points.iter().map(move |y| both(x, y))).sum();
        (3f64.powi(-d) - 2.0 * single / n + pairs / (n * n)).sqrt()
    }

    #[test]
    fn points_are_spread_more_evenly_than_random_ones() {
        let n = 128;
        // The mean over 20 seeds, relative to the mean for random points.
        for (dimensions, bound) in [(1, 0.15), (2, 0.25), (4, 0.5), (8, 0.9)] {
            let (mut even, mut random) = (0.0, 0.0);
            for seed in 0..20 {
                let search = Sobol::new(dimensions, seed).expect("few");
                even += discrepancy(&(0..n).map(|i| search.point(i)).collect::<Vec<_>>());
                let mut stream = Stream::new(seed, Purpose::Test, 0);
                let draw = |_| (0..dimensions).map(|_| stream.uniform()).collect();
                random += discrepancy(&(0..n).map(draw).collect::<Vec<_>>());
            }
            println!("{dimensions} dimensions, {n} points: {:.3} of the random points' discrepancy", even / random);
            assert!(even < bound * random, "{dimensions}: {even} {random}");
        }
    }
}
