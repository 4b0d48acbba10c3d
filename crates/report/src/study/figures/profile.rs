//! Dolan and Moré's performance profile.

use downhill_chart::ticks::{Axis, AxisScale};
use downhill_verdict::Study;
use downhill_verdict::verdict::Overall;

use super::chart::{Chart, Line};
use super::{Look, line_entry};
use crate::study::view::group;

/// A ratio beyond this is off the picture: AlgoPerf's score ends at 4.
const MOST: f64 = 16.0;

/// The share of tasks that each optimizer solves at up to tau times the cost of the fastest.
pub(crate) fn profile(study: &Study, overall: &Overall, look: Look) -> Option<String> {
    let corners = overall.standings.iter().flat_map(|standing| &standing.profile);
    let furthest = corners.map(|corner| corner.0).filter(|ratio| *ratio <= MOST).fold(4.0, f64::max);
    let end = furthest + 0.06 * (furthest - 1.0);
    let line = |standing: &downhill_verdict::verdict::OverallStanding| {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for &(ratio, share) in standing.profile.iter().filter(|corner| corner.0 <= end) {
            if let Some(&(_, before)) = points.last() {
                points.push((ratio, before));
            }
            points.push((ratio, share));
        }
        if let Some(&(_, share)) = points.last() {
            points.push((end, share));
        }
        Line { group: group(study, &standing.optimizer), points, band: Vec::new(), dots: false }
    };
    let lines: Vec<Line> = overall.standings.iter().map(line).collect();
    if lines.iter().all(|line| line.points.is_empty()) {
        return None;
    }
    let entries: Vec<_> = overall
        .standings
        .iter()
        .map(|standing| line_entry(group(study, &standing.optimizer), &standing.optimizer, false))
        .collect();
    let scores =
        overall.standings.iter().map(|standing| format!("{} {:.3}", standing.optimizer, standing.algoperf_score));
    let description = format!("AlgoPerf scores: {}.", scores.collect::<Vec<_>>().join("; "));
    let chart = Chart {
        title: "Performance profile",
        subtitle: "How many tasks are solved at up to how many times the cost of the fastest",
        entries: &entries,
        x: Axis { scale: AxisScale::Linear, low: 1.0, high: end, whole: false },
        y: Axis { scale: AxisScale::Linear, low: 0.0, high: 1.03, whole: false },
        x_label: "cost ratio: gradient evaluations to the target over those of the fastest",
        y_label: "share of tasks",
        lines: &lines,
        description: &description,
    };
    Some(chart.svg(look))
}
