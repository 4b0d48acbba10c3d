//! Median and quantiles of curves; those of numbers are in `downhill-statistics`.

use downhill_statistics::{median, quantile};

/// A line of `(x, median)` and its band of `(x, low, high)`.
pub type MedianAndBand = (Vec<(f64, f64)>, Vec<(f64, f64, f64)>);

/// The pointwise median of several runs and the band between two quantiles of them.
///
/// Each of `curves` is one run, `(x, y)` in rising order of x. There is a point at every x at which at least half of
/// the runs have a value; runs are not interpolated.
///
/// **A diverged run stays in the median.** A NaN counts as `diverged`, the worst possible value: `f64::INFINITY` for a
/// loss, `f64::NEG_INFINITY` (or 0) for an accuracy. A run whose last value is not finite continues as `diverged` after
/// its end. So a median or quantile is infinite where enough runs diverged.
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

    const INF: f64 = f64::INFINITY;

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
}
