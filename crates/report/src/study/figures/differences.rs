//! Differences of every pair, seed by seed.

use downhill_chart::draw::MarkShape;
use downhill_chart::table::number;
use downhill_statistics::Better;
use downhill_verdict::trial::TrialRole;
use downhill_verdict::verdict::{Pair, PairFinding};

use super::strips::{Dot, Strip, Strips};
use super::{Look, dot_entry, sign};
use crate::study::view::{View, capital};

/// Most pairs in the picture. The first pairs are those of the best optimizer with all others.
const MOST_PAIRS: usize = 28;

/// The pairs of a task that the picture shows: the first that have a seed.
pub(crate) fn shown_pairs<'a>(view: &View<'a>) -> Vec<&'a Pair> {
    view.verdict.pairs.iter().filter(|pair| pair.seeds > 0).take(MOST_PAIRS).collect()
}

/// One row for each pair: the difference at every seed in the colour of the optimizer ahead, the mean and the deciding
/// interval. None without a pair.
pub(crate) fn differences(view: &View, look: Look) -> Option<String> {
    let strips: Vec<Strip> = shown_pairs(view).into_iter().map(|pair| strip(view, pair)).collect();
    if strips.is_empty() {
        return None;
    }
    let (endpoint, unit) = (view.verdict.endpoint, view.unit());
    let side = if endpoint.better() == Better::Higher { "right" } else { "left" };
    let mut entries: Vec<_> = view
        .verdict
        .standings
        .iter()
        .map(|standing| dot_entry(view.group(&standing.optimizer), &format!("{} ahead", standing.optimizer)))
        .collect();
    entries.push(sign(MarkShape::Diamond, true, "mean with the deciding interval"));
    if view.study.question.margin.is_some() {
        entries.push(sign(MarkShape::Square, true, "shaded: does not matter"));
    }
    let measure = endpoint.describe();
    let said = strips.iter().map(|strip| format!("{}: {}", strip.name, strip.words));
    let description = said.collect::<Vec<_>>().join("; ");
    let figure = Strips {
        title: &format!("{}: differences, seed by seed", view.task.name),
        subtitle: &format!("{}: first minus second", capital(&measure)),
        entries: &entries,
        strips: &strips,
        x_label: &format!("difference{}; {side} of zero the first is better", with_comma(&unit.of_differences())),
        zero: true,
        shade: view.study.question.margin.map(|margin| (-margin * unit.factor(), margin * unit.factor())),
        description: &description,
    };
    Some(figure.svg(look))
}

fn with_comma(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(",{unit}") }
}

fn strip(view: &View, pair: &Pair) -> Strip {
    let (unit, endpoint) = (view.unit(), view.verdict.endpoint);
    let factor = unit.factor();
    let (first, second) = (view.group(&pair.first), view.group(&pair.second));
    let seconds = view.trials(&pair.second, TrialRole::Evaluation);
    let mut dots = Vec::new();
    for one in view.trials(&pair.first, TrialRole::Evaluation) {
        let Some(other) = seconds.iter().find(|other| other.planned.index == one.planned.index) else { continue };
        let (a, b) = (endpoint.value(one), endpoint.value(other));
        // Both diverged: a tie, as in the test.
        let difference = if a == b { 0.0 } else { a - b };
        let ahead = if (difference > 0.0) == (endpoint.better() == Better::Higher) { first } else { second };
        let said = if difference.is_finite() { unit.difference(difference) } else { "one diverged".into() };
        let words = format!("{} minus {}, seed {}: {said}", pair.first, pair.second, one.planned.seed);
        dots.push(Dot { value: factor * difference, group: ahead, words });
    }
    Strip {
        groups: vec![first, second],
        name: format!("{} − {}", pair.first, pair.second),
        words: words(view, pair),
        dots,
        median: None,
        mean: pair.difference.map(|difference| factor * difference),
        interval: interval(view, pair).map(|(low, high)| (factor * low, factor * high)),
    }
}

/// "+0.42 [+0.11, +0.73], p = 0.012: adam is better".
fn words(view: &View, pair: &Pair) -> String {
    let mean = pair.difference.map_or("no finite mean".into(), |difference| view.unit().difference(difference));
    format!("{mean} {}, {}: {}", interval_words(view, pair), p_words(pair.p_adjusted), finding(pair))
}

/// The deciding interval; None while seeds are missing.
fn interval(view: &View, pair: &Pair) -> Option<(f64, f64)> {
    match pair.interval {
        (None, None) if pair.seeds < view.study.design.evaluation_seeds.len() => None,
        (low, high) => Some((low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))),
    }
}

/// `[+0.11, +0.73]`; an infinite end in words.
pub(crate) fn interval_words(view: &View, pair: &Pair) -> String {
    if interval(view, pair).is_none() {
        return "(no interval while seeds are missing)".into();
    }
    let unit = view.unit();
    let end = |end: Option<f64>, infinite: &str| end.map_or(infinite.to_string(), |end| unit.difference(end));
    format!("[{}, {}]", end(pair.interval.0, "−∞"), end(pair.interval.1, "+∞"))
}

/// "p = 0.012"; a p lost in rounding is given as below a bound.
pub(crate) fn p_words(p: f64) -> String {
    const LEAST: f64 = 1e-15;
    if p < LEAST { format!("p below {LEAST:e}") } else { format!("p = {}", p_value(p)) }
}

/// A p value with two significant digits.
pub(crate) fn p_value(p: f64) -> String {
    number(format!("{p:.1e}").parse().unwrap_or(p))
}

/// The finding for a pair, in a few words.
pub(crate) fn finding(pair: &Pair) -> String {
    match &pair.finding {
        PairFinding::Better { who } => format!("{who} is better"),
        PairFinding::Tied => "equal at every seed".into(),
        PairFinding::Equivalent => "no difference that matters".into(),
        PairFinding::Undecided { more_seeds: Some(more) } => {
            format!("undecided; about {} might decide it", crate::study::view::count(*more, "more seed"))
        }
        PairFinding::Undecided { more_seeds: None } => "undecided".into(),
    }
}
