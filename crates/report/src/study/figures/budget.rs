//! The best of k configurations: the benefit of tuning.

use downhill_chart::table::number;
use downhill_chart::ticks::{Axis, AxisScale};
use downhill_statistics::quantile;

use super::chart::{Chart, Line};
use super::{Look, line_entry};
use crate::study::view::View;

/// The lowest score after k configurations, a line with its band for each optimizer. None without tuning.
pub(crate) fn budget(view: &View, look: Look) -> Option<String> {
    let mut lines: Vec<Line> = Vec::new();
    let mut entries = Vec::new();
    let mut values: Vec<f64> = Vec::new();
    for standing in &view.verdict.standings {
        let Some(tuning) = &standing.tuning else { continue };
        let points: Vec<(f64, f64)> =
            tuning.best_after.iter().filter_map(|best| Some((best.k as f64, best.median?))).collect();
        // Where the upper quantile is infinite the band has no upper end: it leaves the picture.
        let band = tuning.best_after.iter().filter(|best| best.median.is_some());
        let band: Vec<(f64, f64, f64)> =
            band.filter_map(|best| Some((best.k as f64, best.low?, best.high.unwrap_or(f64::INFINITY)))).collect();
        if points.is_empty() {
            continue;
        }
        values.extend(points.iter().map(|point| point.1));
        values.extend(band.iter().flat_map(|&(_, low, high)| [low, high]).filter(|value| value.is_finite()));
        let group = view.group(&standing.optimizer);
        entries.push(line_entry(group, &standing.optimizer, true));
        lines.push(Line { group, points, band, dots: true });
    }
    let last = lines.iter().flat_map(|line| &line.points).map(|point| point.0).fold(0.0, f64::max);
    if last < 2.0 {
        return None;
    }
    let scale = if values.iter().all(|value| *value > 0.0) { AxisScale::Log } else { AxisScale::Linear };
    let description: Vec<String> = view
        .verdict
        .standings
        .iter()
        .filter_map(|standing| {
            let best = standing.tuning.as_ref()?.best_after.last()?;
            Some(format!("{} ends at {} after {}", standing.optimizer, number(best.median?), best.k))
        })
        .collect();
    let chart = Chart {
        title: &format!("{}: the best of k configurations", view.task.name),
        subtitle: "Median and the middle 80 % over which k of the tried configurations were drawn",
        entries: &entries,
        x: Axis { whole: true, ..Axis::around(AxisScale::Linear, (1.0, last), 0.02) },
        y: Axis::around(scale, capped(scale, &values), 0.04),
        x_label: "configurations tried, k",
        y_label: match view.study.design.judged.each_seed_searches() {
            true => "lowest validation loss, median over the searches",
            false => "lowest score: mean over the tuning seeds of the lowest validation loss",
        },
        lines: &lines,
        description: &description.join("; "),
    };
    Some(chart.svg(look))
}

/// The range of the values, in positions, cut above so that single wild values do not flatten the rest.
pub(super) fn capped(scale: AxisScale, values: &[f64]) -> (f64, f64) {
    /// Tukey's outer fence.
    const FENCE: f64 = 3.0;
    let mut positions: Vec<f64> = values.iter().map(|&value| scale.position(value)).filter(|p| p.is_finite()).collect();
    positions.sort_by(f64::total_cmp);
    let quartiles = quantile(&positions, 0.25).zip(quantile(&positions, 0.75));
    let Some((lower, upper)) = quartiles else { return (0.0, 1.0) };
    // Half a decade, or half of the middle value, is never wild.
    let unit = if scale == AxisScale::Log { 0.5 } else { 0.5 * upper.abs() };
    let fence = upper + FENCE * (upper - lower).max(unit);
    let high = positions.iter().rev().copied().find(|&position| position <= fence).unwrap_or(upper);
    (positions[0], high)
}
