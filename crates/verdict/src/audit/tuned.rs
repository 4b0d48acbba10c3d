//! How tuning went on one task.

use super::{note, option, plural, warning};
use crate::records::TaskRecords;
use crate::sentences::settings;
use crate::study::Study;
use crate::tuning::{RATE, number};
use crate::verdict::{Edge, End, Finding, Standing, TaskVerdict, Tuning};
use crate::words::{count, list, percent, significant};

/// With fewer validation rows than this, which of them there are decides what is chosen …
const FEW_ROWS: usize = 50;
/// … and with fewer than this it is worth knowing.
const ENOUGH_ROWS: usize = 100;
/// A cross-entropy up to this is nearly 0: the right class has a probability of 0.99.
const NEARLY_ZERO: f64 = 0.01;
/// So many tuning seeds are advised where luck chose; or twice as many as there were.
const MANY_TUNING_SEEDS: usize = 10;
/// Tuning that cost this much more than another's is said to be unequal.
const UNEQUAL: f64 = 1.2;

pub(super) fn findings(study: &Study, records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    for standing in &verdict.standings {
        let Some(tuning) = &standing.tuning else { continue };
        findings.extend(tuning.on_edge.iter().map(|edge| on_edge(study, standing, edge)));
        findings.extend(none_worked(standing, tuning));
        findings.extend(did_not_hold(study, standing));
    }
    findings.extend(few_rows(study, records));
    findings.extend(nearly_zero(records, verdict));
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

/// A rate on an edge may not be the best one; other settings often do not matter there, and are only noted. A range that
/// has grown already is not advised to grow.
fn on_edge(study: &Study, standing: &Standing, edge: &Edge) -> Finding {
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

/// The lowest of many scores is partly luck; how much of it, fresh seeds tell.
fn did_not_hold(study: &Study, standing: &Standing) -> Option<Finding> {
    let choice = standing.choice.filter(|choice| !choice.held())?;
    let name = &standing.optimizer;
    let which =
        if let [one] = standing.chosen.as_slice() { format!(" ({})", settings(&one.settings)) } else { String::new() };
    let (loss, tuned) = ("mean lowest validation loss", choice.tuning_score.map(|score| significant(score, 3)));
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
        count(choice.of, "other configuration"),
    );
    let seeds = MANY_TUNING_SEEDS.max(2 * study.design.tuning_seeds.len());
    let remedy = format!("`{} {seeds}`, or a larger `{}`.", option::TUNING_SEEDS, option::VAL_FRACTION);
    Some(warning(text, remedy).of_optimizers(&[name]))
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
            format!("A larger `{}`, or more `{}`.", option::VAL_FRACTION, option::TUNING_SEEDS),
        ),
        false => note(format!("{text}.")),
    })
}

/// Where nearly every validation row is right, and surely so, there is nothing to choose by.
fn nearly_zero(records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Option<Finding> {
    if !records.task.loss.contains("cross-entropy") {
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

/// Whoever found no configuration that works.
fn none_worked(standing: &Standing, tuning: &Tuning) -> Option<Finding> {
    let name = &standing.optimizer;
    tuning.configurations.iter().all(|configuration| configuration.score.is_none()).then(|| {
        let text = format!(
            "No configuration of {name} went through tuning without diverging: its settings are the least bad."
        );
        let remedy = format!("Lower rates with `{}`, or more `{}`.", option::SEARCH_RANGE, option::CONFIGURATIONS);
        warning(text, remedy).of_optimizers(&[name])
    })
}

/// How much of each one's tuning diverged: much of a wide range of rates does.
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

/// Evaluation must have run what tuning chose.
fn other_choice(records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    for standing in verdict.standings.iter().filter(|standing| !standing.chosen.is_empty()) {
        let entry = records.entries.iter().find(|entry| entry.label() == standing.optimizer);
        let trials = entry.iter().flat_map(|entry| &entry.evaluation);
        let other = trials.filter(|trial| {
            let planned = &trial.planned;
            let mut here = standing.chosen.iter().filter(|chosen| chosen.fold.is_none() || chosen.fold == planned.fold);
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

/// What tuning cost each, and whether that was the same.
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
