//! Median and quantiles, of numbers and of curves.

/// The quantile `q` (0 to 1) of rising numbers, type 7 of Hyndman and Fan (1996), the default of
/// R and NumPy: with `h = (n - 1) q`, the straight line between the two values around rank `h`.
///
/// Infinities are allowed: the line between a number and an infinity is that infinity, and between
/// both infinities the positive one. `None` if there are no numbers or `q` is not within 0 to 1.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    if sorted.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let rank = (sorted.len() - 1) as f64 * q;
    let below = sorted[rank.floor() as usize];
    let above = sorted[rank.ceil() as usize];
    let part = rank.fract();
    Some(match part == 0.0 || below == above {
        true => below,
        false if above == f64::INFINITY => above,
        false if below == f64::NEG_INFINITY => below,
        false => below + part * (above - below),
    })
}

/// The middle of rising numbers: [`quantile`] 0.5.
pub fn median(sorted: &[f64]) -> Option<f64> {
    quantile(sorted, 0.5)
}

/// A line of `(x, median)` and its band of `(x, low, high)`.
pub type MedianAndBand = (Vec<(f64, f64)>, Vec<(f64, f64, f64)>);

/// The pointwise median of several runs and the band between two quantiles of them.
///
/// `curves` holds one run each, `(x, y)` in rising order of x. There is a point at every x at
/// which at least half of the runs have a value; runs are not interpolated.
///
/// **A diverged run stays in the median.** A NaN counts as `diverged`, the worst value there is:
/// `f64::INFINITY` for a loss, `f64::NEG_INFINITY` (or 0) for an accuracy. A run whose last value is not finite
/// goes on as `diverged` after its end. So a median or quantile may be infinite, where that many
/// runs diverged.
pub fn median_and_band(curves: &[Vec<(f64, f64)>], low_q: f64, high_q: f64, diverged: f64) -> MedianAndBand {
    let mut xs: Vec<f64> = curves.iter().flatten().map(|point| point.0).filter(|x| x.is_finite()).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let mut line = Vec::with_capacity(xs.len());
    let mut band = Vec::with_capacity(xs.len());
    let mut next = vec![0; curves.len()];
    for x in xs {
        let mut values: Vec<f64> =
            curves.iter().zip(&mut next).filter_map(|(curve, at)| value_at(curve, at, x, diverged)).collect();
        if 2 * values.len() < curves.len() {
            continue;
        }
        values.sort_by(f64::total_cmp);
        let (Some(low), Some(middle), Some(high)) =
            (quantile(&values, low_q), median(&values), quantile(&values, high_q))
        else {
            continue;
        };
        line.push((x, middle));
        band.push((x, low, high));
    }
    (line, band)
}

/// The value of one run at `x`, if it has one; `at` walks along the run.
fn value_at(curve: &[(f64, f64)], at: &mut usize, x: f64, diverged: f64) -> Option<f64> {
    while curve.get(*at).is_some_and(|point| point.0 < x || point.0.is_nan()) {
        *at += 1;
    }
    match curve.get(*at) {
        Some(&(here, y)) if here == x => Some(if y.is_nan() { diverged } else { y }),
        Some(_) => None,
        None => curve.last().is_some_and(|last| !last.1.is_finite()).then_some(diverged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0, 0.1, 0.25, 0.5, 0.9, 1])
        let expected = [(0.0, 1.0), (0.1, 1.3), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)];
        for (q, value) in expected {
            let found = quantile(&[1.0, 2.0, 4.0, 8.0], q).expect("there are numbers");
            assert!((found - value).abs() < 1e-12, "{q}: {found}");
        }
        assert_eq!(median(&[5.0]), Some(5.0));
    }

    #[test]
    fn there_is_no_quantile_of_nothing_or_beyond_one() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1.0], 1.1), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
    }

    #[test]
    fn infinities_stay_infinities() {
        assert_eq!(median(&[1.0, INF]), Some(INF));
        assert_eq!(median(&[1.0, 2.0, INF]), Some(2.0));
        assert_eq!(median(&[-INF, 2.0]), Some(-INF));
        assert_eq!(median(&[-INF, INF]), Some(INF));
        assert_eq!(median(&[INF, INF]), Some(INF));
    }

    #[test]
    fn the_median_of_three_runs_and_its_band() {
        let runs = [vec![(0.0, 1.0), (1.0, 3.0)], vec![(0.0, 2.0), (1.0, 1.0)], vec![(0.0, 6.0), (1.0, 2.0)]];
        let (line, band) = median_and_band(&runs, 0.0, 0.75, INF);
        assert_eq!(line, [(0.0, 2.0), (1.0, 2.0)]);
        assert_eq!(band, [(0.0, 1.0, 4.0), (1.0, 1.0, 2.5)]);
    }

    #[test]
    fn a_diverged_run_stays_in_the_median_as_the_worst() {
        let runs = [
            vec![(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)],
            vec![(0.0, 2.0), (1.0, f64::NAN)],
            vec![(0.0, 3.0), (1.0, 3.0), (2.0, 3.0)],
        ];
        let (line, band) = median_and_band(&runs, 0.0, 1.0, INF);
        assert_eq!(line, [(0.0, 2.0), (1.0, 3.0), (2.0, 3.0)]);
        assert_eq!(band[1..], [(1.0, 1.0, INF), (2.0, 1.0, INF)]);
        let (accuracy, _) = median_and_band(&runs, 0.0, 1.0, -INF);
        assert_eq!(accuracy, [(0.0, 2.0), (1.0, 1.0), (2.0, 1.0)]);
    }

    #[test]
    fn where_fewer_than_half_of_the_runs_have_a_value_there_is_no_point() {
        let runs = [vec![(0.0, 1.0), (5.0, 1.0)], vec![(0.0, 1.0)], vec![(0.0, 4.0), (7.0, 1.0)], vec![(7.0, 3.0)]];
        let (line, _) = median_and_band(&runs, 0.0, 1.0, INF);
        assert_eq!(line, [(0.0, 1.0), (7.0, 2.0)]);
        assert_eq!(median_and_band(&[], 0.0, 1.0, INF), (vec![], vec![]));
    }

    proptest! {
        #![proptest_config(crate::tests::seeded(256))]

        #[test]
        fn a_quantile_lies_between_its_neighbours(mut values in prop::collection::vec(-1e9..1e9f64, 1..30), q in 0.0..=1.0f64) {
            values.sort_by(f64::total_cmp);
            let found = quantile(&values, q).expect("there are numbers");
            prop_assert!(values[0] <= found && found <= values[values.len() - 1]);
        }
    }
}
