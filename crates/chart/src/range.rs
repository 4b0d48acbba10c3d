//! The range of a y axis that one diverging run can't flatten.

use downhill_statistics::{median, quantile};

use crate::ticks::AxisScale;

/// A run that reaches at most this many times as far as the runs before it is shown whole.
const REACH: f64 = 2.0;
/// A spike that rises above the runs by at most this share of their range is shown whole.
const SPIKE: f64 = 1.0;
/// Values outside the quartiles by more than this many quartile distances are outliers of their run (Tukey's outer
/// fence).
const FENCE: f64 = 3.0;

/// The range of [positions](AxisScale::position) to show for several runs, `None` without a finite value.
///
/// Each run has a usual range: its first value and all values within the fence. Runs are taken from the one that stays
/// closest to the middle of all first values to the one that strays furthest, as long as each reaches at most twice as
/// far as the runs taken. Runs that reach further are cut, and the picture marks the cut. Small losses on a logarithmic
/// axis are never cut: a reader looks for them.
pub fn robust_range(scale: AxisScale, runs: &[Vec<f64>]) -> Option<(f64, f64)> {
    let runs: Vec<Vec<f64>> =
        runs.iter().map(|run| run.iter().copied().filter(|value| value.is_finite()).collect()).collect();
    let mut firsts: Vec<f64> = runs.iter().filter_map(|run| run.first().copied()).collect();
    firsts.sort_by(f64::total_cmp);
    let centre = median(&firsts)?;
    // Losses, accuracies and R² live on the scale of one; a decade is little on a logarithmic axis.
    let unit = if scale == AxisScale::Linear { centre.abs().max(1.0) } else { 1.0 };

    let mut usual: Vec<(f64, f64)> = runs.iter().filter_map(|run| usual_range(run)).collect();
    let reach = |&(low, high): &(f64, f64)| (centre - low).max(high - centre);
    usual.sort_by(|a, b| reach(a).total_cmp(&reach(b)));
    let (mut low, mut high) = *usual.first()?;
    for &(from, to) in &usual[1..] {
        let margin = REACH * (high - low).max(unit);
        if low - from > margin || to - high > margin {
            break;
        }
        (low, high) = (low.min(from), high.max(to));
    }

    let spike = SPIKE * (high - low);
    let floor = if scale == AxisScale::Log { f64::NEG_INFINITY } else { low - spike };
    let shown = runs.iter().flatten().filter(|&&value| floor <= value && value <= high + spike);
    Some(shown.fold((low, high), |(low, high), &value| (low.min(value), high.max(value))))
}

/// The range of a run without its outliers; its first value is always included.
fn usual_range(run: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = run.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (first, lower, upper) = (*run.first()?, quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?);
    let fence = FENCE * (upper - lower);
    let inside = sorted.iter().filter(|&&value| lower - fence <= value && value <= upper + fence);
    Some(inside.fold((first, first), |(low, high), &value| (low.min(value), high.max(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falling(from: f64, to: f64) -> Vec<f64> {
        (0..100).map(|step| to + (from - to) * (-0.05 * f64::from(step)).exp()).collect()
    }

    fn exploding() -> Vec<f64> {
        (0..100).map(|step| 2.3 * 1.2f64.powi(step)).collect()
    }

    #[test]
    fn one_diverging_run_does_not_flatten_another() {
        let (low, high) = robust_range(AxisScale::Linear, &[falling(2.3, 0.1), exploding()]).expect("finite values");
        assert!(low < 0.12 && (2.3..7.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_logarithmic_axis_holds_every_small_value_but_not_an_explosion() {
        let runs = [falling(2.3, 0.1), exploding(), vec![2.3, 1e-9]];
        let runs = runs.map(|run| run.into_iter().map(f64::log10).collect());
        let wild = [runs.as_slice(), &[vec![0.4, 10.0, 30.0, 60.0, 90.0]]].concat();
        let (low, high) = robust_range(AxisScale::Log, &wild).expect("finite values");
        assert!(low == -9.0 && high < 30.0, "{low} {high}");
    }

    #[test]
    fn ordinary_runs_are_shown_whole() {
        let accuracy = |to: f64| falling(0.1, to);
        let range = robust_range(AxisScale::Linear, &[accuracy(0.97), vec![0.1; 50], accuracy(0.5)]);
        assert!(range.is_some_and(|(low, high)| low <= 0.1 && high > 0.96));
    }

    #[test]
    fn a_flat_run_does_not_cut_a_learning_one() {
        let (low, high) =
            robust_range(AxisScale::Linear, &[vec![2.3; 100], falling(2.3, 0.01)]).expect("finite values");
        assert!(low < 0.03 && high == 2.3);
    }

    #[test]
    fn a_spike_within_reach_is_shown_and_a_wild_one_is_not() {
        let mut run = falling(2.3, 0.1);
        run[50] = 4.0;
        assert_eq!(robust_range(AxisScale::Linear, &[run.clone()]).map(|range| range.1), Some(4.0));
        run[50] = 1e6;
        assert_eq!(robust_range(AxisScale::Linear, &[run]).map(|range| range.1), Some(2.3));
    }

    #[test]
    fn there_is_no_range_without_a_finite_value() {
        assert_eq!(robust_range(AxisScale::Linear, &[vec![], vec![f64::NAN, f64::INFINITY]]), None);
    }
}
