//! The rows that every table of a task begins with.

use downhill_chart::table::number;
use downhill_verdict::verdict::{PairFinding, Standing};

use super::view::{NOTHING, View, chosen_settings, other_moment};

/// If there are more sentences than this, only the first are shown at once: with many optimizers there is one for each
/// pair.
pub(crate) const MOST_SENTENCES: usize = 12;

/// The first sentences, and the number of the rest.
pub(crate) fn first_sentences(sentences: &[String]) -> Vec<String> {
    let more = sentences.len().saturating_sub(MOST_SENTENCES);
    let mut first: Vec<String> = sentences.iter().take(MOST_SENTENCES).cloned().collect();
    if more > 0 {
        first.push(format!("{} more in the report.", super::view::count(more, "sentence")));
    }
    first
}

/// For a target that half of the trials or more never reach.
pub(crate) const NOT_REACHED: &str = "not reached";

/// One optimizer's row, in words.
pub(crate) struct Row {
    pub optimizer: String,
    /// The choice of tuning, in short.
    pub chosen: String,
    /// Median and quartiles of the endpoint.
    pub endpoint: String,
    /// Median of the same measure at the other moment.
    pub other: String,
    /// The number of diverged trials, `1/20`; where each seed searched for itself, the failures among the kept networks
    /// and among the same settings at fresh seeds, `0/20 (1/20)`.
    pub failed: String,
    /// Updates to the target.
    pub to_target: String,
    /// Whether a pair shows it to be better than some other, and none shows another to be better.
    pub leads: bool,
}

/// The rows of a task, the best first, and the name of the column of the other moment.
pub(crate) fn rows(view: &View) -> (&'static str, Vec<Row>) {
    let unit = view.unit();
    let endpoint = view.verdict.endpoint;
    let row = |standing: &Standing| Row {
        optimizer: standing.optimizer.clone(),
        chosen: chosen_settings(&standing.chosen),
        endpoint: unit.spread(standing),
        other: unit.median(standing, &other_moment(endpoint, standing).1),
        failed: failed(view, standing),
        to_target: to_target(view, standing, standing.steps_to_target),
        leads: leads(view, &standing.optimizer),
    };
    let other = view.verdict.standings.first().map_or("last step", |standing| other_moment(endpoint, standing).0);
    (other, view.verdict.standings.iter().map(row).collect())
}

/// The number of diverged trials; where each seed searched for itself, the failures among the kept networks and among
/// the same settings at fresh seeds.
pub(crate) fn failed(view: &View, standing: &Standing) -> String {
    match &standing.failures {
        // Nothing was searched, so its seeds are fresh.
        None if failed_name(view) != "diverged" => format!("{}/{}", standing.failed, standing.trials),
        None => format!("{}/{}", standing.diverged, standing.trials),
        Some(of) => format!("{}/{} ({}/{})", of.kept_failed, of.kept, of.fresh_failed, of.fresh),
    }
}

/// The name of the column of [`failed`].
pub(crate) fn failed_name(view: &View) -> &'static str {
    let beside = view.verdict.standings.iter().any(|standing| standing.failures.is_some());
    if beside { "failed (fresh)" } else { "diverged" }
}

/// The heading of the commands of [`trains`].
pub(crate) const TRAINS: &str = "Commands that train one network with each optimizer's setting";

/// The commands that train with the settings to use, the best optimizer first.
pub(crate) fn trains(view: &View) -> Vec<String> {
    view.verdict.standings.iter().filter_map(|standing| standing.train.clone()).collect()
}

/// A count to the target; "not reached" where half of the trials or more never reach it.
pub(crate) fn to_target(view: &View, standing: &Standing, count: Option<f64>) -> String {
    match count {
        Some(count) => number(count),
        None if view.verdict.target_val_loss.is_some() && standing.trials > 0 => NOT_REACHED.into(),
        None => NOTHING.into(),
    }
}

/// Whether decided pairs show an optimizer to be better than some other, and no other to be better than it.
pub(crate) fn leads(view: &View, label: &str) -> bool {
    let mut ahead = false;
    for pair in view.verdict.pairs.iter().filter(|pair| pair.first == label || pair.second == label) {
        match &pair.finding {
            PairFinding::Better { who } if who == label => ahead = true,
            PairFinding::Better { .. } => return false,
            _ => {}
        }
    }
    ahead
}

/// "test accuracy at the lowest validation loss: median [quartiles] over 20 seeds".
pub(crate) fn caption(view: &View) -> String {
    format!("{}: median [quartiles] over {}", view.verdict.endpoint.describe(), view.runs())
}

/// The meaning of "failed", as a sentence; None where the column's name is enough.
pub(crate) fn failed_note(view: &View) -> Option<&'static str> {
    (failed_name(view) != "diverged").then_some(
        "Failed: diverged, or no better than ignoring the features; in brackets what was kept, run again at fresh seeds.",
    )
}

/// The meaning of "to target", as a sentence; None without a target.
pub(crate) fn target_note(view: &View) -> Option<String> {
    let target = view.verdict.target_val_loss?;
    Some(format!("To target: updates until the validation loss is first at most {}, median.", number(target)))
}
