//! How tuning went on one task.

use super::{note, option, plural, warning};
use crate::endpoint::Measure;
use crate::records::TaskRecords;
use crate::selection::{Candidate, Chooser, ranking};
use crate::sentences::settings;
use crate::study::{ChooseBy, Judged, Study};
use crate::tuning::{RATE, has_parts, middle, number};
use crate::verdict::{Configuration, End, Finding, RangeEdge, Standing, TaskVerdict, Tuning};
use crate::words::{count, list, percent, significant};

/// With fewer validation rows than this, the draw of the rows decides the choice …
const FEW_ROWS: usize = 50;
/// … and with fewer than this a note says so.
const ENOUGH_ROWS: usize = 100;
/// A cross-entropy up to this is nearly 0: the right class has a probability of 0.99.
const NEARLY_ZERO: f64 = 0.01;
/// The advised number of tuning seeds where luck chose; or twice the present number.
const MANY_TUNING_SEEDS: usize = 10;
/// Among alike runs, 20 kept and 20 fresh, this many fresh runs are worse than every kept one in 2.4 % of studies of an
/// optimizer.
const WORSE: usize = 5;
/// A ratio of tuning costs above this is reported as unequal.
const UNEQUAL: f64 = 1.2;

pub(super) fn findings(study: &Study, records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    for standing in &verdict.standings {
        let Some(tuning) = &standing.tuning else { continue };
        findings.extend(tuning.on_edge.iter().map(|edge| on_edge(study, standing, edge)));
        findings.extend(none_worked(study, standing, tuning));
        findings.extend(did_not_hold(study, standing));
        findings.extend(fails_elsewhere(study, standing));
    }
    findings.extend(chosen_by(study, records, verdict));
    findings.extend(few_rows(study, records));
    findings.extend(nearly_zero(study, records, verdict));
    findings.extend(other_choice(records, verdict));
    findings.extend(diverged(verdict));
    findings.extend(cost(verdict));
    if study.missing > 0 {
        // An edge may still move while tuning is under way.
        findings.retain(|finding| finding.optimizer.is_none() || verdict_has_choice(verdict, finding));
    }
    findings.into_iter().map(|finding| finding.of_task(&records.task.name)).collect()
}

fn verdict_has_choice(verdict: &TaskVerdict, finding: &Finding) -> bool {
    let about = |standing: &&Standing| Some(&standing.optimizer) == finding.optimizer.as_ref();
    verdict.standings.iter().find(about).is_some_and(|standing| !standing.chosen.is_empty())
}

/// A rate on an edge may not be the best one; other settings often do not matter there, and are only noted. For a range
/// that has already grown the remedy is not to let it grow.
fn on_edge(study: &Study, standing: &Standing, edge: &RangeEdge) -> Finding {
    let name = &standing.optimizer;
    let end = if edge.end == End::Lower { "lower" } else { "upper" };
    let values: Vec<f64> = standing.chosen.iter().filter_map(|chosen| number(&chosen.settings, &edge.key)).collect();
    let value = if let [one] = values.as_slice() { format!(" ({})", significant(*one, 3)) } else { String::new() };
    let what = if edge.key == RATE { "learning rate" } else { edge.key.as_str() };
    let text = format!("The best {what} of {name}{value} lies on the {end} edge of what was tried");
    match edge.key == RATE {
        true => warning(
            format!("{text}: a better one may lie beyond."),
            match study.design.extensions {
                0 => format!("`{}`, or a wider `{}`.", option::EXTEND, option::SEARCH_RANGE),
                _ => format!("A wider `{}`: the range has grown already.", option::SEARCH_RANGE),
            },
        ),
        false => note(format!("{text}.")),
    }
    .of_optimizers(&[name])
}

/// The lowest of many scores is partly luck; fresh seeds show how much.
fn did_not_hold(study: &Study, standing: &Standing) -> Option<Finding> {
    let choice = standing.choice.filter(|choice| !choice.held())?;
    let name = &standing.optimizer;
    let which =
        if let [one] = standing.chosen.as_slice() { format!(" ({})", settings(&one.settings)) } else { String::new() };
    let (loss, tuned) =
        (format!("mean {}", Chooser::of(study).describe()), choice.tuning_score.map(|score| significant(score, 3)));
    let both = match (choice.fresh_score.map(|score| significant(score, 3)), tuned) {
        (Some(fresh), Some(tuned)) => format!("their {loss} is {fresh} there and was {tuned} in tuning"),
        (Some(fresh), None) => format!("their {loss} is {fresh} there and they diverged in tuning"),
        (None, Some(tuned)) => format!("they diverged there and their {loss} was {tuned} in tuning"),
        (None, None) => "they diverged there and in tuning".into(),
    };
    let better = if choice.fresh_score.is_some() { "did better than that" } else { "never diverged" };
    let text = format!(
        "The settings chosen for {name}{which} did not hold on fresh seeds: {both}, where {} of {} \
         {better}; luck may have chosen.",
        choice.better_in_tuning,
        // Under folds a configuration counts as another one wherever it was not chosen.
        count(choice.of, if standing.chosen.len() > 1 { "configuration" } else { "other configuration" }),
    );
    let seeds = MANY_TUNING_SEEDS.max(2 * study.design.tuning_seeds.len());
    let remedy = format!("`{} {seeds}`, or a larger `{}`.", option::TUNING_SEEDS, option::VAL_FRACTION);
    Some(warning(text, remedy).of_optimizers(&[name]))
}

/// A kept network has not failed at its own seed, or it would not have been kept; its settings may fail at others.
fn fails_elsewhere(study: &Study, standing: &Standing) -> Option<Finding> {
    let failures = standing.failures.filter(|_| study.design.judged == Judged::Search)?;
    let (name, worse) = (&standing.optimizer, failures.worse_than_kept?);
    let failed = match failures.fresh_failed {
        0 => String::new(),
        failed => format!(", {failed} of them failed (diverged, or no better than ignoring the features)"),
    };
    let text = format!(
        "What the searches of {name} kept does worse at other seeds: of {} at fresh seeds with the same settings {worse} {} worse than \
         the worst network kept that works{failed}; {} of those kept failed.",
        count(failures.fresh, "run"),
        if worse == 1 { "is" } else { "are" },
        if failures.kept_failed == 0 { "none".into() } else { failures.kept_failed.to_string() },
    );
    // With equal numbers of alike fresh and kept runs, the n worst runs are all fresh with a probability of about 1 in
    // 2 to the n; each failed kept run is as bad as they are.
    let remedy = format!("`{} fresh` judges what was chosen as it does at other seeds.", option::JUDGE);
    match worse.saturating_sub(failures.kept_failed) {
        WORSE.. => Some(warning(text, remedy).of_optimizers(&[name])),
        _ if failures.fresh_failed > failures.kept_failed => Some(note(text).of_optimizers(&[name])),
        _ => None,
    }
}

/// The loss chooses and another measure decides: whether the two disagree on the validation rows. Over all seeds
/// together, since the best of a single search by either measure is partly luck.
fn chosen_by(study: &Study, records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Vec<Finding> {
    let by_loss = Chooser::of(study);
    let on_validation_rows = records.endpoint.measure != Measure::TrainLoss;
    // Under halving few seeds see a configuration at full length.
    if by_loss.by == ChooseBy::Endpoint || study.missing > 0 || study.design.halving.is_some() || !on_validation_rows {
        return Vec::new();
    }
    let by_endpoint = Chooser { by: ChooseBy::Endpoint, endpoint: Some(records.endpoint) };
    let mut findings = Vec::new();
    for entry in records.entries.iter().filter(|entry| has_parts(study, entry)) {
        let first = |chooser| ranking(entry.tuning.iter().copied(), chooser).into_iter().next();
        let Some((chosen, best)) = first(&by_loss).zip(first(&by_endpoint)) else { continue };
        let measured: f64 = chosen.trials.iter().map(|trial| by_endpoint.score(trial)).sum();
        let lost = measured / chosen.trials.len() as f64 - best.score;
        let ours = verdict.pairs.iter().filter(|pair| [&pair.first, &pair.second].contains(&&entry.contender.label));
        let half_widths = ours.filter_map(|pair| Some((pair.interval.1? - pair.interval.0?) / 2.0));
        let narrowest = half_widths.filter(|half| *half > 0.0).fold(f64::INFINITY, f64::min);
        if narrowest.is_finite() && lost.is_finite() && lost > narrowest {
            let told =
                |candidate: &Candidate<'_>| middle(&candidate.trials).map(|trial| settings(&trial.planned.settings));
            let (by_loss, by_endpoint) = (told(&chosen).unwrap_or_default(), told(&best).unwrap_or_default());
            let amount = match records.endpoint.measure {
                Measure::TestAccuracy => format!("{} percentage points", significant(100.0 * lost, 2)),
                _ => significant(lost, 2),
            };
            let text = format!(
                "The validation loss chooses for {} and {} decides, and they disagree: over all seeds the loss prefers {by_loss}, the \
                 measure itself {by_endpoint}, where it is better by {amount} on the validation rows.",
                entry.label(),
                records.endpoint.describe(),
            );
            findings.push(warning(text, "`--choose-by endpoint`.").of_optimizers(&[entry.label()]));
        }
    }
    findings
}

/// A handful of rows cannot choose among many configurations.
fn few_rows(study: &Study, records: &TaskRecords<'_>) -> Option<Finding> {
    let rows = records.task.val_rows;
    if !study.searched() || rows == 0 || rows >= ENOUGH_ROWS {
        return None;
    }
    let choose = if rows == 1 { "chooses" } else { "choose" };
    let configurations = count(study.design.configurations, "configuration");
    let text = format!("{} {choose} among {configurations} of each optimizer", count(rows, "validation row"));
    Some(match rows < FEW_ROWS {
        true => warning(
            format!("{text}: other rows might choose others."),
            match study.design.judged.each_seed_searches() {
                true => format!("A larger `{}`.", option::VAL_FRACTION),
                false => format!("A larger `{}`, or more `{}`.", option::VAL_FRACTION, option::TUNING_SEEDS),
            },
        ),
        false => note(format!("{text}.")),
    })
}

/// Where nearly every validation row is predicted correctly and with confidence, the loss cannot choose.
fn nearly_zero(study: &Study, records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Option<Finding> {
    if !records.task.loss.contains("cross-entropy") || study.design.choose_by != ChooseBy::Loss {
        return None;
    }
    let low = verdict.standings.iter().filter(|standing| {
        let configurations = standing.tuning.iter().flat_map(|tuning| &tuning.configurations);
        let scores: Vec<Option<f64>> = configurations.map(|configuration| configuration.score).collect();
        2 * scores.iter().flatten().filter(|score| **score <= NEARLY_ZERO).count() > scores.len()
    });
    let low: Vec<&str> = low.map(|standing| standing.optimizer.as_str()).collect();
    (!low.is_empty()).then(|| {
        let text = format!(
            "Most configurations of {} reach a validation loss of nearly 0 ({NEARLY_ZERO} or less): it can hardly choose \
             among them.",
            list(&low)
        );
        let remedy = format!("A harder task, or a larger `{}`.", option::VAL_FRACTION);
        warning(text, remedy).of_optimizers(&low)
    })
}

/// Optimizers without a working configuration.
fn none_worked(study: &Study, standing: &Standing, tuning: &Tuning) -> Option<Finding> {
    let name = &standing.optimizer;
    let each = study.design.judged.each_seed_searches();
    // Where each seed searches, a configuration that diverged at one seed may still work at others.
    let failed = |one: &Configuration| if each { one.diverged == 1.0 } else { one.score.is_none() };
    tuning.configurations.iter().all(failed).then(|| {
        let text = format!(
            "No configuration of {name} went through tuning without diverging: its settings are the least bad."
        );
        let remedy = format!("Lower rates with `{}`, or more `{}`.", option::SEARCH_RANGE, option::CONFIGURATIONS);
        warning(text, remedy).of_optimizers(&[name])
    })
}

/// The share of each optimizer's tuning that diverged: large in a wide range of rates.
fn diverged(verdict: &TaskVerdict) -> Option<Finding> {
    let tuned = verdict.standings.iter().filter_map(|standing| Some((standing, standing.tuning.as_ref()?)));
    let some = tuned.filter(|(_, tuning)| tuning.diverged > 0);
    let each: Vec<String> = some
        .map(|(standing, tuning)| {
            let share = percent(tuning.diverged as f64 / tuning.trials as f64);
            format!("{} {} of {} ({share})", standing.optimizer, tuning.diverged, tuning.trials)
        })
        .collect();
    (!each.is_empty()).then(|| note(format!("Tuning trials that diverged: {}.", list(&each))))
}

/// Evaluation must have run the settings that tuning chose.
fn other_choice(records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    for standing in verdict.standings.iter().filter(|standing| !standing.chosen.is_empty()) {
        let entry = records.entries.iter().find(|entry| entry.label() == standing.optimizer);
        let trials = entry.iter().flat_map(|entry| &entry.evaluation);
        let other = trials.filter(|trial| {
            let planned = &trial.planned;
            let mut here = standing
                .chosen
                .iter()
                .filter(|chosen| chosen.replicate.is_none() || chosen.replicate == planned.replicate);
            !here.any(|chosen| chosen.configuration == planned.configuration)
        });
        let other = other.count();
        if other > 0 {
            let were = if other == 1 { "was" } else { "were" };
            let text = format!(
                "{} of {} {were} run with a configuration that is not the best one in these records.",
                count(other, "evaluation trial"),
                standing.optimizer
            );
            findings.push(warning(text, "Start over in an empty folder.").of_optimizers(&[&standing.optimizer]));
        }
    }
    findings
}

/// The cost of each optimizer's tuning, and whether the costs are equal.
fn cost(verdict: &TaskVerdict) -> Option<Finding> {
    let tuned = verdict.standings.iter().filter_map(|standing| Some((standing, standing.tuning.as_ref()?)));
    let costs: Vec<(&str, u64)> =
        tuned.map(|(s, tuning)| (s.optimizer.as_str(), tuning.gradient_evaluations)).collect();
    let least = costs.iter().map(|cost| cost.1).min()?;
    let most = costs.iter().map(|cost| cost.1).max()?;
    let each: Vec<String> = costs.iter().map(|(name, cost)| format!("{name} {cost}")).collect();
    let cost = format!("Tuning cost in gradient evaluations: {}", list(&each));
    Some(match most as f64 > UNEQUAL * least as f64 {
        true => {
            let times = significant(most as f64 / least.max(1) as f64, 2);
            note(format!(
                "{cost}. That is not equal (up to {times} times as many): trials and steps are, but some steps evaluate more \
                 than one gradient, and trials that diverge end early."
            ))
        }
        false => note(format!("{cost}{}.", plural(&costs, "", ", about equal"))),
    })
}
