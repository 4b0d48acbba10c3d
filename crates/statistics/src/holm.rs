//! Many comparisons, one level: Holm's correction.

use crate::error::{StatisticsError, share};

/// Adjusted p values of Holm (1979), "A simple sequentially rejective multiple test procedure": with
/// `p(1) <= … <= p(m)`, adjusted `p(i) = max over j <= i of min(1, (m - j + 1) p(j))`. In the order given.
///
/// Rejecting where the adjusted p is at most the level keeps the chance of even one false rejection at or below the
/// level, however the tests depend on each other. An adjusted p is never below the plain one.
///
/// # Errors
/// [`StatisticsError::OutOfRange`] if a p is not within 0 to 1 (NaN is not).
pub fn adjusted(p: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    let order = rising(p)?;
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (i, &at) in order.iter().enumerate() {
        largest = largest.max((p[at] * (p.len() - i) as f64).min(1.0));
        adjusted[at] = largest;
    }
    Ok(adjusted)
}

/// The level at which Holm's procedure tested each comparison: `level / (m - i + 1)` for the i-th smallest p up to and
/// including the first that is not rejected, and that same level for all after it. In the order given.
///
/// The interval of a test at this level excludes zero exactly where [`adjusted`] p is at most `level`, so intervals and
/// verdicts never contradict each other. (Intervals that hold *all at once* with probability `1 - level` are wider:
/// intervals at `level / m`.)
///
/// # Errors
/// [`StatisticsError::OutOfRange`] if a p is not within 0 to 1 or `level` is not strictly between them.
pub fn levels(p: &[f64], level: f64) -> Result<Vec<f64>, StatisticsError> {
    share("the level", level)?;
    let order = rising(p)?;
    let mut levels = vec![level; p.len()];
    let mut stopped = None;
    for (i, &at) in order.iter().enumerate() {
        // Decided as in `adjusted`, then the level is put on the matching side of p, since the division may round
        // otherwise.
        let rejected = p[at] * (p.len() - i) as f64 <= level;
        let here = level / (p.len() - i) as f64;
        let here = if rejected { here.max(p[at]) } else { here.min(p[at].next_down()) };
        levels[at] = stopped.unwrap_or(here);
        if stopped.is_none() && !rejected {
            stopped = Some(here);
        }
    }
    Ok(levels)
}

/// The places of the p values, smallest first; ties in the order given.
fn rising(p: &[f64]) -> Result<Vec<usize>, StatisticsError> {
    if let Some(&value) = p.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(StatisticsError::OutOfRange { what: "a p value", value, range: "from 0 to 1" });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::seeded;
    use proptest::prelude::*;

    #[test]
    fn a_worked_example() {
        let found = adjusted(&[0.01, 0.04, 0.03, 0.005]).expect("p values");
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?}");
        assert_eq!(adjusted(&[]), Ok(vec![]));
        assert_eq!(adjusted(&[0.6, 0.7]), Ok(vec![1.0, 1.0]));
    }

    #[test]
    fn after_the_first_that_is_kept_the_level_stays() {
        let found = levels(&[0.04, 0.001, 0.03, 0.2], 0.06).expect("p values");
        assert_eq!(found, [0.02, 0.015, 0.02, 0.02]);
    }

    #[test]
    fn what_is_no_p_value_is_refused() {
        assert!(adjusted(&[0.5, f64::NAN]).is_err());
        assert!(adjusted(&[-0.1]).is_err());
        assert!(levels(&[0.5], 1.0).is_err());
    }

    proptest! {
        #![proptest_config(seeded(256))]

        #[test]
        fn adjusting_keeps_the_order_and_never_lowers(p in prop::collection::vec(0.0..=1.0f64, 1..12)) {
            let adjusted = adjusted(&p).unwrap();
            for i in 0..p.len() {
                prop_assert!(p[i] <= adjusted[i] && adjusted[i] <= 1.0);
                prop_assert!((0..p.len()).all(|j| p[i] > p[j] || adjusted[i] <= adjusted[j]));
            }
        }

        #[test]
        fn levels_and_adjusted_values_reject_the_same(p in prop::collection::vec(0.0..0.1f64, 1..12)) {
            let (adjusted, levels) = (adjusted(&p).unwrap(), levels(&p, 0.05).unwrap());
            for i in 0..p.len() {
                prop_assert_eq!(adjusted[i] <= 0.05, p[i] <= levels[i]);
            }
        }
    }
}
