//! The endpoint of every evaluation seed.

use downhill_chart::draw::MarkShape;
use downhill_statistics::Better;
use downhill_verdict::trial::TrialRole;
use downhill_verdict::verdict::Standing;

use super::strips::{Dot, Strip, Strips};
use super::{Look, sign};
use crate::study::view::{View, capital, count};

/// One row for each optimizer, the best first: every seed, the median, the mean with its 95 % interval. None without
/// an evaluation trial.
pub(crate) fn seeds(view: &View, look: Look) -> Option<String> {
    let strips: Vec<Strip> = view.verdict.standings.iter().filter_map(|standing| strip(view, standing)).collect();
    if strips.is_empty() {
        return None;
    }
    let endpoint = view.verdict.endpoint;
    let better = if endpoint.better() == Better::Higher { "right is better" } else { "left is better" };
    let strips_words = strips.iter().map(|strip| format!("{}: {}", strip.name, strip.words));
    let description = strips_words.collect::<Vec<_>>().join("; ");
    let figure = Strips {
        title: &format!("{}: every evaluation {}", view.task.name, view.run()),
        subtitle: &capital(&endpoint.describe()),
        entries: &[
            sign(MarkShape::Circle, true, &format!("one {}; its line: median", view.run())),
            sign(MarkShape::Diamond, true, "mean with 95 % interval"),
            sign(MarkShape::Cross, false, "diverged"),
        ],
        strips: &strips,
        x_label: &format!("{}{}; {better}", endpoint.describe(), view.unit().after_name()),
        zero: false,
        shade: None,
        description: &description,
    };
    Some(figure.svg(look))
}

fn strip(view: &View, standing: &Standing) -> Option<Strip> {
    let (unit, group) = (view.unit(), view.group(&standing.optimizer));
    let factor = unit.factor();
    let dot = |trial: &&downhill_verdict::Trial| {
        let value = view.verdict.endpoint.value(trial);
        let said = if value.is_finite() { unit.value(value) } else { "diverged".into() };
        let words = format!("{}, seed {}: {said}", standing.optimizer, trial.planned.seed);
        Dot { value: factor * value, group, words }
    };
    let dots: Vec<Dot> = view.trials(&standing.optimizer, TrialRole::Evaluation).iter().map(dot).collect();
    if dots.is_empty() {
        return None;
    }
    let summary = &standing.endpoint;
    let mut words = format!("median {}", unit.median(standing, summary));
    if let Some((mean, (low, high))) = summary.mean.zip(summary.interval) {
        words += &format!(", mean {} [{}, {}]", unit.value(mean), unit.bare(low), unit.bare(high));
    }
    words += &format!(", {}", count(standing.trials, view.run()));
    if standing.diverged > 0 {
        words += &format!(", {} diverged", standing.diverged);
    }
    Some(Strip {
        groups: vec![group],
        name: standing.optimizer.clone(),
        words,
        dots,
        median: summary.median.map(|median| factor * median),
        mean: summary.mean.map(|mean| factor * mean),
        interval: summary.interval.map(|(low, high)| (factor * low, factor * high)),
    })
}
