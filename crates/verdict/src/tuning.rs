//! How tuning went: what was tried, what was chosen, how much it mattered.

use crate::edge::edge;
use crate::records::Entry;
use crate::selection::{Candidate, ranking, score};
use crate::study::{Contender, Dimension, Range, Study};
use crate::trial::{Setting, Trial, Value};
use crate::verdict::{BestAfter, ChoiceHeld, Chosen, Configuration, Edge, End, ROBUST_WITHIN, Tuning};
use downhill_statistics::{Better, budget};
use std::collections::BTreeMap;

/// The key of the learning rate.
pub(crate) const RATE: &str = "lr";

/// What tuning chose, for each fold where there are folds.
///
/// A choice stands when tuning is done: nothing is missing in the study, or an evaluation trial has already run with it.
/// Where a single configuration was to be tried there is no tuning; it is then what the evaluation trials ran with.
pub(crate) fn chosen(study: &Study, entry: &Entry<'_>) -> Vec<Chosen> {
    let done = |fold: Option<usize>| {
        let folded = |trial: &&Trial| fold.is_none() || trial.planned.fold == fold;
        study.missing == 0 || entry.evaluation.iter().any(folded)
    };
    let of = |(fold, candidate): (Option<usize>, Candidate<'_>)| {
        let planned = &candidate.trials.first()?.planned;
        done(fold).then(|| Chosen {
            fold,
            configuration: candidate.configuration,
            settings: planned.settings.clone(),
            spec: planned.spec.clone(),
            score: finite(candidate.score),
        })
    };
    if entry.contender.search.is_empty() {
        return Vec::new();
    }
    if entry.tuning.is_empty() {
        return only_one(entry).into_iter().collect();
    }
    winners(entry).into_iter().filter_map(of).collect()
}

/// Whether what was chosen held on the fresh seeds; see [`ChoiceHeld`].
pub(crate) fn choice(study: &Study, entry: &Entry<'_>, chosen: &[Chosen]) -> Option<ChoiceHeld> {
    let complete = !entry.evaluation.is_empty() && entry.evaluation.len() == study.design.evaluation_seeds.len();
    let ran = |trial: &&Trial| {
        let here = |chosen: &&Chosen| chosen.fold.is_none() || chosen.fold == trial.planned.fold;
        chosen.iter().filter(here).any(|chosen| chosen.configuration == trial.planned.configuration)
    };
    if study.design.halving.is_some() || entry.tuning.is_empty() || !complete || !entry.evaluation.iter().all(ran) {
        return None;
    }
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let mut scores: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for candidate in folds(entry).into_values().flat_map(ranking) {
        scores.entry(candidate.configuration).or_default().push(candidate.score);
    }
    let fresh = mean(&entry.evaluation.iter().map(|trial| score(trial)).collect::<Vec<_>>());
    let other = |number: &usize| chosen.iter().any(|chosen| chosen.configuration != *number);
    let others: Vec<f64> = scores.iter().filter(|(number, _)| other(number)).map(|(_, scores)| mean(scores)).collect();
    Some(ChoiceHeld {
        tuning_score: finite(mean(&chosen.iter().map(|c| c.score.unwrap_or(f64::INFINITY)).collect::<Vec<_>>())),
        fresh_score: finite(fresh),
        better_in_tuning: others.iter().filter(|&&other| other < fresh && ROBUST_WITHIN * other < fresh).count(),
        of: others.len(),
    })
}

/// The settings of an optimizer that was not tuned, though it has something to search.
fn only_one(entry: &Entry<'_>) -> Option<Chosen> {
    let planned = &entry.evaluation.first()?.planned;
    (!planned.settings.is_empty()).then(|| Chosen {
        fold: None,
        configuration: planned.configuration,
        settings: planned.settings.clone(),
        spec: planned.spec.clone(),
        score: None,
    })
}

/// The best candidate of each fold.
fn winners<'a>(entry: &Entry<'a>) -> Vec<(Option<usize>, Candidate<'a>)> {
    let first = |(fold, trials)| Some((fold, ranking(trials).into_iter().next()?));
    folds(entry).into_iter().filter_map(first).collect()
}

/// The tuning trials of each fold.
fn folds<'a>(entry: &Entry<'a>) -> BTreeMap<Option<usize>, Vec<&'a Trial>> {
    let mut folds: BTreeMap<Option<usize>, Vec<&'a Trial>> = BTreeMap::new();
    for trial in &entry.tuning {
        folds.entry(trial.planned.fold).or_default().push(trial);
    }
    folds
}

/// How the tuning of one optimizer on one task went; none if it was not tuned, or has not begun.
pub(crate) fn tuning(study: &Study, entry: &Entry<'_>) -> Option<Tuning> {
    let trials = &entry.tuning;
    if trials.is_empty() {
        return None;
    }
    let mut candidates = ranking(trials.iter().copied());
    candidates.sort_by_key(|candidate| candidate.configuration);
    let comparable = study.design.halving.is_none();
    Some(Tuning {
        trials: trials.len(),
        diverged: trials.iter().filter(|trial| trial.outcome.diverged).count(),
        gradient_evaluations: trials
            .iter()
            .fold(0, |sum, trial| sum.saturating_add(trial.outcome.gradient_evaluations)),
        configurations: candidates.iter().map(configuration).collect(),
        on_edge: on_edge(entry, &candidates),
        robust_factor: if comparable { robust_factor(entry.contender, &candidates) } else { None },
        best_after: if comparable { best_after(&candidates) } else { Vec::new() },
    })
}

fn configuration(candidate: &Candidate<'_>) -> Configuration {
    let trials = &candidate.trials;
    let diverged = trials.iter().filter(|trial| trial.outcome.diverged).count();
    Configuration {
        configuration: candidate.configuration,
        settings: settings(candidate).to_vec(),
        score: finite(candidate.score),
        rung: candidate.rung,
        scores: trials.iter().map(|trial| finite(score(trial))).collect(),
        diverged: diverged as f64 / trials.len() as f64,
    }
}

/// The searched numbers whose chosen value is on an edge of what was tried ([`edge`]); under folds, on the same edge in
/// half of the folds at least.
fn on_edge(entry: &Entry<'_>, candidates: &[Candidate<'_>]) -> Vec<Edge> {
    let winners = winners(entry);
    let mut edges = Vec::new();
    for dimension in &entry.contender.search {
        let tried: Vec<f64> = candidates.iter().filter_map(|c| number(settings(c), &dimension.key)).collect();
        let chosen: Vec<f64> = winners.iter().filter_map(|(_, c)| number(settings(c), &dimension.key)).collect();
        let ends: Vec<End> = chosen.iter().filter_map(|value| edge(*value, &tried, &dimension.range)).collect();
        for end in [End::Lower, End::Upper] {
            let count = ends.iter().filter(|on| **on == end).count();
            if count > 0 && 2 * count >= chosen.len() {
                edges.push(Edge { key: dimension.key.clone(), end });
            }
        }
    }
    edges
}

/// As [`Tuning::robust_factor`]; none too if anything but the rate was searched.
fn robust_factor(contender: &Contender, candidates: &[Candidate<'_>]) -> Option<f64> {
    if !matches!(contender.search.as_slice(), [Dimension { key, range: Range::Numbers { .. } }] if key == RATE) {
        return None;
    }
    let rated = |candidate: &Candidate<'_>| Some((number(settings(candidate), RATE)?, candidate.score));
    let mut rates: Vec<(f64, f64)> = candidates.iter().filter_map(rated).collect();
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = rates.iter().map(|rate| rate.1).fold(f64::INFINITY, f64::min);
    // "Within a factor of the best" means nothing for a best below 0.
    if !(0.0..f64::INFINITY).contains(&best) {
        return None;
    }
    let at = rates.iter().position(|rate| rate.1 == best)?;
    let good = |rate: &&(f64, f64)| rate.1 <= ROBUST_WITHIN * best;
    let lowest = rates[..=at].iter().rev().take_while(good).last()?.0;
    let highest = rates[at..].iter().take_while(good).last()?.0;
    Some(highest / lowest).filter(|factor| factor.is_finite())
}

fn best_after(candidates: &[Candidate<'_>]) -> Vec<BestAfter> {
    let scores: Vec<f64> = candidates.iter().map(|candidate| candidate.score).collect();
    let best = budget::best_of(&scores, Better::Lower).unwrap_or_default();
    let one = |best: &budget::BestOf| BestAfter {
        k: best.trials,
        low: finite(best.lucky),
        median: finite(best.median),
        high: finite(best.unlucky),
    };
    best.iter().map(one).collect()
}

fn settings<'a>(candidate: &Candidate<'a>) -> &'a [Setting] {
    candidate.trials.first().map_or(&[], |trial| &trial.planned.settings)
}

/// The value of a numeric setting.
pub(crate) fn number(settings: &[Setting], key: &str) -> Option<f64> {
    settings.iter().find(|setting| setting.key == key).and_then(|setting| match setting.value {
        Value::Number(value) => Some(value),
        Value::Text(_) => None,
    })
}

fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}
