//! How tuning went: the tried configurations, the choice, and how much it mattered.
//!
//! A replicate has a search of its own: it is a fold, or a seed where each seed searches.

use crate::edge::edge;
use crate::records::Entry;
use crate::selection::{Candidate, Chooser, ranking};
use crate::study::{ContenderFacts, Dimension, Judged, Range, Study};
use crate::targets::sorted;
use crate::trial::{Setting, Trial, Value};
use crate::verdict::{
    Because, BestAfter, ChoiceHeld, Chosen, Configuration, End, ROBUST_WITHIN, RangeEdge, Recommended, Tuning,
};
use downhill_statistics::{Better, budget, median};
use std::collections::BTreeMap;

/// The key of the learning rate.
pub(crate) const RATE: &str = "lr";

/// The choice of tuning, for each replicate where replicates search for themselves.
///
/// A choice stands when tuning is done: nothing is missing in the study, or an evaluation trial has already run with
/// it. Where there is only one configuration there is no tuning; the choice is then the configuration of the evaluation
/// trials.
pub(crate) fn chosen(study: &Study, entry: &Entry<'_>) -> Vec<Chosen> {
    let done = |replicate: Option<usize>| {
        let here = |trial: &&Trial| replicate.is_none() || trial.planned.replicate == replicate;
        study.missing == 0 || entry.evaluation.iter().any(here)
    };
    let of = |(replicate, candidate): (Option<usize>, Candidate<'_>)| {
        let planned = &candidate.trials.first()?.planned;
        done(replicate).then(|| Chosen {
            replicate,
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
    winners(study, entry).into_iter().filter_map(of).collect()
}

/// Whether the choice held on the fresh seeds; see [`ChoiceHeld`].
pub(crate) fn choice(study: &Study, entry: &Entry<'_>, chosen: &[Chosen]) -> Option<ChoiceHeld> {
    let complete = !entry.evaluation.is_empty() && entry.evaluation.len() == study.design.evaluation_seeds.len();
    let ran = |trial: &&Trial| {
        let here = |chosen: &&Chosen| chosen.replicate.is_none() || chosen.replicate == trial.planned.replicate;
        chosen.iter().filter(here).any(|chosen| chosen.configuration == trial.planned.configuration)
    };
    let each = study.design.judged.each_seed_searches();
    if each
        || study.design.halving.is_some()
        || entry.tuning.is_empty()
        || !complete
        || !entry.evaluation.iter().all(ran)
    {
        return None;
    }
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let mut scores: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let chooser = Chooser::of(study);
    for candidate in replicates(entry).into_values().flat_map(|trials| ranking(trials, &chooser)) {
        scores.entry(candidate.configuration).or_default().push(candidate.score);
    }
    let fresh = mean(&entry.evaluation.iter().map(|trial| chooser.score(trial)).collect::<Vec<_>>());
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
        replicate: None,
        configuration: planned.configuration,
        settings: planned.settings.clone(),
        spec: planned.spec.clone(),
        score: None,
    })
}

/// The networks that the searches kept, where each seed searched for itself and is finished: the judged networks, or
/// where fresh seeds are judged, the networks that the searches trained.
pub(crate) fn kept<'a>(study: &Study, entry: &Entry<'a>) -> Vec<&'a Trial> {
    match study.design.judged {
        _ if entry.tuning.is_empty() => Vec::new(),
        Judged::Search => entry.evaluation.clone(),
        Judged::Fresh => {
            let judged = |replicate| entry.evaluation.iter().any(|trial| trial.planned.replicate == replicate);
            let winners = winners(study, entry).into_iter().filter(|(replicate, _)| judged(*replicate));
            winners.filter_map(|(_, winner)| winner.trials.first().copied()).collect()
        }
        Judged::Setting => Vec::new(),
    }
}

/// The best candidate of each replicate.
fn winners<'a>(study: &Study, entry: &Entry<'a>) -> Vec<(Option<usize>, Candidate<'a>)> {
    let chooser = Chooser::of(study);
    let first = |(replicate, trials)| Some((replicate, ranking(trials, &chooser).into_iter().next()?));
    replicates(entry).into_iter().filter_map(first).collect()
}

/// The tuning trials of each replicate.
fn replicates<'a>(entry: &Entry<'a>) -> BTreeMap<Option<usize>, Vec<&'a Trial>> {
    let mut replicates: BTreeMap<Option<usize>, Vec<&'a Trial>> = BTreeMap::new();
    for trial in &entry.tuning {
        replicates.entry(trial.planned.replicate).or_default().push(trial);
    }
    replicates
}

/// How the tuning of one optimizer on one task went; None if it was not tuned, or tuning has not begun.
pub(crate) fn tuning(study: &Study, entry: &Entry<'_>) -> Option<Tuning> {
    let trials = &entry.tuning;
    if trials.is_empty() {
        return None;
    }
    let comparable = study.design.halving.is_none();
    let candidates = candidates(study, entry);
    Some(Tuning {
        trials: trials.len(),
        diverged: trials.iter().filter(|trial| trial.outcome.diverged).count(),
        gradient_evaluations: trials
            .iter()
            .fold(0, |sum, trial| sum.saturating_add(trial.outcome.gradient_evaluations)),
        on_edge: on_edge(study, entry),
        robust_factor: if comparable { robust_factor(entry.contender, &candidates) } else { None },
        best_after: if comparable { best_after(study, entry) } else { Vec::new() },
        configurations: candidates,
    })
}

/// Whether a configuration's number means the same in every search: one search serves all, or a single setting is
/// searched, and each search divides its range into the same parts, or has the same choices.
pub(crate) fn has_parts(study: &Study, entry: &Entry<'_>) -> bool {
    entry.contender.search.len() == 1 || !study.design.judged.each_seed_searches()
}

/// Every configuration, in its own order.
///
/// Where each seed searches one number, its range is divided into equal parts and each search tries one value in each:
/// a configuration is then such a part, named by the middle one of its values, with a score over all seeds. Where each
/// seed searches several settings no two searches have a configuration in common, and each configuration stands for
/// itself.
fn candidates(study: &Study, entry: &Entry<'_>) -> Vec<Configuration> {
    let chooser = Chooser::of(study);
    let told = |replicate, trials: Vec<&Trial>| -> Vec<Configuration> {
        let ranked = ranking(trials, &chooser);
        let mut all: Vec<Configuration> = ranked.iter().map(|one| configuration(one, replicate, &chooser)).collect();
        all.sort_by_key(|configuration| configuration.configuration);
        all
    };
    match has_parts(study, entry) {
        true => told(None, entry.tuning.clone()),
        false => replicates(entry).into_iter().flat_map(|(replicate, trials)| told(replicate, trials)).collect(),
    }
}

/// A setting to use, where each seed searched for itself; see [`Recommended`].
pub(crate) fn recommended(study: &Study, entry: &Entry<'_>) -> Option<Recommended> {
    if !study.design.judged.each_seed_searches() || entry.tuning.is_empty() || study.missing > 0 {
        return None;
    }
    let (trials, score, because) = if has_parts(study, entry) && study.design.halving.is_none() {
        let best = ranking(entry.tuning.iter().copied(), &Chooser::of(study)).into_iter().next()?;
        (best.trials, finite(best.score), Because::BestMean)
    } else {
        let winners = winners(study, entry).into_iter();
        (winners.filter_map(|(_, winner)| winner.trials.first().copied()).collect(), None, Because::MiddleChoice)
    };
    let planned = &middle(&trials)?.planned;
    let (settings, spec) = (planned.settings.clone(), planned.spec.clone());
    let key = settings.first().map_or("", |setting| setting.key.as_str());
    let tried = sorted(trials.iter().filter_map(|trial| number(&trial.planned.settings, key)));
    let tried = tried.first().copied().zip(tried.last().copied()).filter(|_| because == Because::BestMean);
    Some(Recommended { settings, spec, because, score, tried, trials: trials.len() })
}

/// The trial with the middle value of the first number among the settings; without numbers a trial with the most
/// frequent settings.
pub(crate) fn middle<'a>(trials: &[&'a Trial]) -> Option<&'a Trial> {
    let first = |trial: &Trial| {
        let value = |setting: &Setting| match setting.value {
            Value::Number(value) => Some(value),
            Value::Text(_) => None,
        };
        trial.planned.settings.iter().find_map(value)
    };
    if trials.iter().any(|trial| first(trial).is_none()) {
        let like =
            |trial: &&&Trial| trials.iter().filter(|other| other.planned.settings == trial.planned.settings).count();
        // Of equally frequent settings the first.
        return trials.iter().rev().max_by_key(like).copied();
    }
    let mut sorted = trials.to_vec();
    sorted.sort_by(|a, b| first(a).unwrap_or(0.0).total_cmp(&first(b).unwrap_or(0.0)));
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

fn configuration(candidate: &Candidate<'_>, replicate: Option<usize>, chooser: &Chooser) -> Configuration {
    let trials = &candidate.trials;
    let diverged = trials.iter().filter(|trial| trial.outcome.diverged).count();
    Configuration {
        configuration: candidate.configuration,
        replicate,
        settings: middle(trials).map_or(Vec::new(), |trial| trial.planned.settings.clone()),
        score: finite(candidate.score),
        rung: candidate.rung,
        scores: trials.iter().map(|trial| finite(chooser.score(trial))).collect(),
        diverged: diverged as f64 / trials.len() as f64,
    }
}

/// The searched numbers whose chosen value is on an edge of the searched range ([`edge`]); with several replicates, on
/// the same edge in half of them at least.
fn on_edge(study: &Study, entry: &Entry<'_>) -> Vec<RangeEdge> {
    let chooser = Chooser::of(study);
    let searches: Vec<Vec<Candidate<'_>>> =
        replicates(entry).into_values().map(|trials| ranking(trials, &chooser)).collect();
    let mut edges = Vec::new();
    for dimension in &entry.contender.search {
        let of = |candidate: &Candidate<'_>| number(&candidate.trials.first()?.planned.settings, &dimension.key);
        let mut ends = Vec::new();
        for search in &searches {
            let tried: Vec<f64> = search.iter().filter_map(of).collect();
            ends.extend(search.first().and_then(of).map(|value| edge(value, &tried, &dimension.range)));
        }
        for end in [End::Lower, End::Upper] {
            let count = ends.iter().filter(|on| **on == Some(end)).count();
            if count > 0 && 2 * count >= ends.len() {
                edges.push(RangeEdge { key: dimension.key.clone(), end });
            }
        }
    }
    edges
}

/// As [`Tuning::robust_factor`]; also None if anything but the rate was searched.
fn robust_factor(contender: &ContenderFacts, configurations: &[Configuration]) -> Option<f64> {
    if !matches!(contender.search.as_slice(), [Dimension { key, range: Range::Numbers { .. } }] if key == RATE) {
        return None;
    }
    let rated = |one: &Configuration| Some((number(&one.settings, RATE)?, one.score.unwrap_or(f64::INFINITY)));
    let mut rates: Vec<(f64, f64)> = configurations.iter().filter_map(rated).collect();
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

/// As [`Tuning::best_after`]: for one search, or the medians over the searches of all seeds.
fn best_after(study: &Study, entry: &Entry<'_>) -> Vec<BestAfter> {
    let chooser = Chooser::of(study);
    let scores = |candidates: Vec<Candidate<'_>>| {
        let mut candidates = candidates;
        candidates.sort_by_key(|candidate| candidate.configuration);
        let scores: Vec<f64> = candidates.iter().map(|candidate| candidate.score).collect();
        budget::best_of(&scores, Better::Lower).unwrap_or_default()
    };
    let searches: Vec<Vec<budget::BestOf>> = if study.design.judged.each_seed_searches() {
        replicates(entry).into_values().map(|trials| scores(ranking(trials, &chooser))).collect()
    } else {
        vec![scores(ranking(entry.tuning.iter().copied(), &chooser))]
    };
    let most = searches.iter().map(Vec::len).min().unwrap_or(0);
    let over = |k: usize, of: &dyn Fn(&budget::BestOf) -> f64| {
        median(&sorted(searches.iter().map(|best| of(&best[k])))).and_then(finite)
    };
    let one = |k: usize| BestAfter {
        k: searches[0][k].trials,
        low: over(k, &|best| best.lucky),
        median: over(k, &|best| best.median),
        high: over(k, &|best| best.unlucky),
    };
    (0..most).map(one).collect()
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
