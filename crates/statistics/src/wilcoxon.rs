//! Wilcoxon's signed-rank test of paired differences: shown beside the deciding test.
//!
//! The magnitudes of the differences are ranked, ties sharing the mean of their ranks, and `W+` is the sum of the ranks
//! of the positive ones (Wilcoxon 1945, "Individual comparisons by ranking methods"). Under the null each rank is as
//! likely positive as negative.

use crate::error::{StatisticsError, numbers};
use crate::normal;

/// Up to this number of nonzero differences the distribution is counted, ties included; above, it is taken as normal.
pub const EXACT_UP_TO: usize = 50;

/// Magnitudes closer than this, relative to the larger, are tied: differences of accuracies are equal but for rounding.
pub const TOLERANCE: f64 = 1e-9;

/// The treatment of differences that are exactly 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeros {
    /// Dropped before ranking (Wilcoxon 1945); SciPy's default.
    Wilcox,
    /// Ranked with the others, then their ranks dropped (Pratt 1959).
    Pratt,
}

/// The outcome of the signed-rank test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks of positive differences.
    pub w_plus: f64,
    /// Sum of the ranks of negative differences.
    pub w_minus: f64,
    /// Two-sided p value: twice the smaller one-sided one, at most 1.
    pub p: f64,
    /// One-sided p value against "the differences tend to be above 0".
    pub p_greater: f64,
    /// One-sided p value against "the differences tend to be below 0".
    pub p_less: f64,
    /// Whether the p values are counted and not approximated.
    pub exact: bool,
}

/// The signed-rank test of `differences`, as `scipy.stats.wilcoxon` has it, but exact up to [`EXACT_UP_TO`] also with
/// ties and zeros (SciPy approximates those above 13).
///
/// Above, `z = (W+ - mean) / sd` is normal, with the correction for ties, Cureton's (1967) for zeros under
/// [`Zeros::Pratt`], and one half towards the mean for continuity.
///
/// An infinite difference is larger than every finite one and tied with the other infinite ones. If all differences are
/// 0, or there are none, every p is 1.
///
/// # Errors
/// [`StatisticsError::NotANumber`].
pub fn signed_rank(differences: &[f64], zeros: Zeros) -> Result<SignedRank, StatisticsError> {
    numbers("the differences", differences)?;
    let ranked = Ranked::new(differences, zeros);
    let exact = ranked.signed.len() <= EXACT_UP_TO;
    let (p_greater, p_less) = if exact { ranked.counted() } else { ranked.approximated() };
    Ok(SignedRank {
        w_plus: ranked.plus() as f64 / 2.0,
        w_minus: (ranked.total() - ranked.plus()) as f64 / 2.0,
        p: (2.0 * p_greater.min(p_less)).min(1.0),
        p_greater,
        p_less,
        exact,
    })
}

/// Twice the rank of each difference that is not 0 (a mean of tied ranks is a multiple of one half), and whether it is
/// positive.
struct Ranked {
    signed: Vec<(u64, bool)>,
    /// Number of zeros ranked.
    zeros: usize,
    /// Sizes of the groups of ties, zeros not among them.
    ties: Vec<usize>,
}

impl Ranked {
    fn new(differences: &[f64], zeros: Zeros) -> Self {
        let mut sorted: Vec<f64> = differences.iter().copied().filter(|&d| d != 0.0).collect();
        sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let below = if zeros == Zeros::Pratt { differences.len() - sorted.len() } else { 0 };
        let mut ranked = Self { signed: Vec::with_capacity(sorted.len()), zeros: below, ties: Vec::new() };
        let mut start = 0;
        while start < sorted.len() {
            let first = sorted[start].abs();
            let tied = |d: &&f64| d.abs() == first || d.abs() - first <= TOLERANCE * d.abs() && d.is_finite();
            let size = sorted[start..].iter().take_while(tied).count();
            // Ranks start + 1 to start + size, above those of the zeros.
            let twice = (2 * (below + start) + size + 1) as u64;
            ranked.signed.extend(sorted[start..start + size].iter().map(|&d| (twice, d > 0.0)));
            ranked.ties.push(size);
            start += size;
        }
        ranked
    }

    /// Twice `W+`.
    fn plus(&self) -> u64 {
        self.signed.iter().filter(|(_, positive)| *positive).map(|(rank, _)| rank).sum()
    }

    /// Twice the sum of all ranks.
    fn total(&self) -> u64 {
        self.signed.iter().map(|(rank, _)| rank).sum()
    }

    /// The one-sided p values, by counting for each sum the choices of signs that give it. All counts are whole numbers
    /// up to `2^50` and so exact in `f64`.
    fn counted(&self) -> (f64, f64) {
        let mut ways = vec![0.0; self.total() as usize + 1];
        ways[0] = 1.0;
        for &(rank, _) in &self.signed {
            for sum in (rank as usize..ways.len()).rev() {
                ways[sum] += ways[sum - rank as usize];
            }
        }
        let (plus, all) = (self.plus() as usize, (self.signed.len() as f64).exp2());
        (ways[plus..].iter().sum::<f64>() / all, ways[..=plus].iter().sum::<f64>() / all)
    }

    /// The one-sided p values of the normal approximation.
    fn approximated(&self) -> (f64, f64) {
        let cubic = |n: f64| n * (n + 1.0) * (2.0 * n + 1.0);
        let (zeros, n) = (self.zeros as f64, (self.zeros + self.signed.len()) as f64);
        let mean = (n * (n + 1.0) - zeros * (zeros + 1.0)) / 4.0;
        let ties: f64 = self.ties.iter().map(|&t| (t as f64).powi(3) - t as f64).sum();
        let sd = ((cubic(n) - cubic(zeros) - ties / 2.0) / 24.0).sqrt();
        let above = self.plus() as f64 / 2.0 - mean;
        (normal::sf((above - 0.5) / sd), normal::cdf((above + 0.5) / sd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::seeded;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn without_a_difference_every_p_is_one() {
        for d in [&[][..], &[0.0, 0.0]] {
            let found = signed_rank(d, Zeros::Pratt).expect("no NaN");
            assert_eq!((found.p, found.p_greater, found.p_less, found.w_plus), (1.0, 1.0, 1.0, 0.0));
        }
        assert!(signed_rank(&[f64::NAN], Zeros::Wilcox).is_err());
    }

    #[test]
    fn ties_but_for_rounding_are_ties() {
        let decimal = signed_rank(&[0.3, 0.1 + 0.2, -0.3, 0.5], Zeros::Wilcox);
        let whole = signed_rank(&[3.0, 3.0, -3.0, 5.0], Zeros::Wilcox);
        assert_eq!(decimal, whole);
    }

    #[test]
    fn infinities_share_the_last_rank() {
        let infinite = signed_rank(&[INF, 1.0, -2.0, -INF, INF], Zeros::Wilcox);
        let large = signed_rank(&[9.0, 1.0, -2.0, -9.0, 9.0], Zeros::Wilcox);
        assert_eq!(infinite, large);
    }

    proptest! {
        #![proptest_config(seeded(128))]

        #[test]
        fn exchanging_the_optimizers_mirrors_it(d in prop::collection::vec(-6..7i32, 0..60)) {
            let d: Vec<f64> = d.into_iter().map(f64::from).collect();
            let negated: Vec<f64> = d.iter().map(|d| -d).collect();
            for zeros in [Zeros::Wilcox, Zeros::Pratt] {
                let (a, b) = (signed_rank(&d, zeros).unwrap(), signed_rank(&negated, zeros).unwrap());
                prop_assert!((a.p - b.p).abs() < 1e-12 && (a.p_greater - b.p_less).abs() < 1e-12);
                prop_assert_eq!(a.w_plus, b.w_minus);
                prop_assert!(0.0 < a.p && a.p <= 1.0);
            }
        }
    }
}
