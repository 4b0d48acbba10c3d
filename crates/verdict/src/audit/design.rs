//! The design of the study.

use super::{note, option, plural, warning};
use crate::endpoint::Measure;
use crate::records::TaskRecords;
use crate::sentences::out_of_reach;
use crate::study::{ChooseBy, ContenderFacts, Dimension, Halving, Judged, Range, Study, Varies};
use crate::tuning::RATE;
use crate::verdict::Finding;
use crate::words::{count, list, percent, significant};
use downhill_spec::{Scale, show_number};
use std::collections::BTreeSet;

/// With fewer tuning seeds a lucky one chooses the settings.
const FEW_TUNING_SEEDS: usize = 3;

pub(super) fn findings(study: &Study, records: &[TaskRecords<'_>], looks: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(reach(study, looks));
    findings.extend(rates(study));
    findings.extend(tuning_seeds(study));
    findings.extend(fresh_seeds(study));
    findings.extend(one_margin(study, records));
    findings.extend(seeds(study, looks));
    findings.extend(ranges(study));
    findings.extend(study.design.halving.as_ref().map(halving));
    findings.extend(endpoint(study));
    findings
}

fn reach(study: &Study, looks: usize) -> Option<Finding> {
    let pairs = study.optimizers.len() * study.optimizers.len().saturating_sub(1) / 2;
    let fewest = out_of_reach(study, pairs, looks)?;
    let seeds = count(study.design.evaluation_seeds.len(), "evaluation seed");
    let level = percent(study.question.level);
    // The reason why this number of seeds is too small.
    let shared = if looks > 1 { format!(", which {looks} looks share") } else { String::new() };
    let text = format!("{seeds} can never decide {} at a level of {level}{shared}.", count(pairs, "pair"));
    Some(match fewest {
        Some(fewest) => {
            warning(text, format!("`{} {fewest}` or more: another verdict is another look.", option::SEEDS))
        }
        None => warning(text, "Compare fewer optimizers at once, or look less often."),
    })
}

/// The optimizers whose rate was tuned, and those whose rate was given.
fn rates(study: &Study) -> Option<Finding> {
    let (given, tuned): (Vec<&ContenderFacts>, Vec<&ContenderFacts>) =
        study.optimizers.iter().partition(|c| c.rate_given);
    let names =
        |contenders: &[&ContenderFacts]| -> Vec<String> { contenders.iter().map(|c| c.label.clone()).collect() };
    let tuned: Vec<&ContenderFacts> = tuned.into_iter().filter(|c| c.search.iter().any(|d| d.key == RATE)).collect();
    if !study.searched() {
        return Some(note(
            "Nothing was searched: the verdict is about the optimizers at these settings, not at their best.",
        ));
    }
    if given.is_empty() || tuned.is_empty() {
        return None;
    }
    let (given, tuned) = (names(&given), names(&tuned));
    let text = format!(
        "The learning rate of {} was given, and that of {} tuned: their budgets are not equal.",
        list(&given),
        list(&tuned)
    );
    let remedy = format!("Leave `lr` out of the SPEC of {}, or give {} one too.", list(&given), list(&tuned));
    Some(warning(text, remedy).of_optimizers(&given))
}

fn tuning_seeds(study: &Study) -> Option<Finding> {
    let seeds = study.design.tuning_seeds.len();
    let one_search = study.searched() && !study.design.judged.each_seed_searches();
    (one_search && seeds < FEW_TUNING_SEEDS).then(|| {
        let text = format!("Settings were chosen with {}: luck may have chosen them.", count(seeds, "seed"));
        warning(text, format!("`{} {FEW_TUNING_SEEDS}` or more.", option::TUNING_SEEDS))
    })
}

/// A setting must not be judged with the seeds that chose it. A search that is judged as a whole keeps one of its runs,
/// and no test row affects that choice.
fn fresh_seeds(study: &Study) -> Option<Finding> {
    let tuned: BTreeSet<u64> = study.design.tuning_seeds.iter().copied().collect();
    let evaluation = &study.design.evaluation_seeds;
    let shared = evaluation.iter().filter(|seed| tuned.contains(seed)).count();
    let distinct = evaluation.iter().collect::<BTreeSet<_>>().len();
    if shared > 0 && study.searched() && study.design.judged != Judged::Search {
        let text = format!("{} tuned the settings too: they are not fresh.", count(shared, "evaluation seed"));
        return Some(warning(text, "Choose evaluation seeds that are not among the tuning seeds."));
    }
    // Under folds one seed may serve several folds.
    (distinct < evaluation.len() && !matches!(study.design.varies, Varies::Folds(_))).then(|| {
        let text = "Some evaluation seeds are the same: the same trial counts twice.";
        warning(text, "Choose evaluation seeds that all differ.")
    })
}

fn one_margin(study: &Study, records: &[TaskRecords<'_>]) -> Option<Finding> {
    let margin = study.question.margin?;
    let first = records.first()?.endpoint.measure;
    records.iter().any(|records| records.endpoint.measure != first).then(|| {
        let margin = show_number(margin);
        let text =
            format!("One margin, {margin}, serves tasks with different measures: it is not the same amount in each.");
        warning(text, "Compare such tasks in studies of their own.")
    })
}

fn seeds(study: &Study, looks: usize) -> Vec<Finding> {
    let design = &study.design;
    let evaluation = count(design.evaluation_seeds.len(), "evaluation seed");
    let tuning = count(design.tuning_seeds.len(), "tuning seed");
    let tried = configurations(study);
    let mut notes = vec![match (study.searched(), design.judged) {
        (false, _) => note(format!("{evaluation}.")),
        (true, Judged::Search) => note(format!(
            "{evaluation}, each with a search of {tried} for each optimizer; what a search keeps is judged."
        )),
        (true, Judged::Fresh) => note(format!(
            "{evaluation}, each with a search of {tried} for each optimizer; what it chose is judged at a fresh seed."
        )),
        (true, Judged::Setting) => note(format!("{evaluation}; {tried} for each optimizer with {tuning} each.")),
    }];
    if study.searched() && design.judged == Judged::Setting && !matches!(design.varies, Varies::Folds(_)) {
        notes.push(note(
            "One search chose each setting, and the verdict is about these settings: another search may choose others. \
             `--judge search` judges optimizers with their search.",
        ));
    }
    if design.choose_by == ChooseBy::Endpoint {
        notes.push(note("Searches chose by the endpoint's measure on the validation rows."));
    }
    if looks > 1 {
        let level = study.question.level;
        notes.push(note(format!(
            "This is verdict number {looks} on the same question, at different numbers of seeds: each is tested at {} so \
             that all together keep {}.",
            percent(level / looks as f64),
            percent(level)
        )));
    }
    notes
}

fn configurations(study: &Study) -> String {
    count(study.design.configurations, "configuration")
}

/// The searched ranges, and the optimizers whose ranges differ.
fn ranges(study: &Study) -> Vec<Finding> {
    let mut notes = Vec::new();
    if !study.searched() {
        return notes;
    }
    if !study.design.search.is_empty() {
        let all: Vec<String> = study.design.search.iter().map(range).collect();
        let grown = match study.design.extensions {
            0 => String::new(),
            1 => "; the range of the rate grew once".into(),
            times => format!("; the range of the rate grew {times} times"),
        };
        notes.push(note(format!("Searched: {}{grown}.", list(&all))));
    }
    let mut keys: Vec<&str> = Vec::new();
    for dimension in study.optimizers.iter().flat_map(|contender| &contender.search) {
        if !keys.contains(&dimension.key.as_str()) {
            keys.push(&dimension.key);
        }
    }
    for key in keys {
        let own: Vec<(&str, &Dimension)> = (study.optimizers.iter())
            .filter_map(|c| Some((c.label.as_str(), c.search.iter().find(|dimension| dimension.key == key)?)))
            .collect();
        if own.iter().any(|(_, dimension)| dimension.range != own[0].1.range) {
            let each: Vec<String> =
                own.iter().map(|(label, dimension)| format!("{label} {}", range(dimension))).collect();
            notes.push(note(format!("Optimizers searched ranges of their own: {}.", list(&each))));
        }
    }
    let none: Vec<&str> = (study.optimizers.iter().filter(|contender| contender.search.is_empty()))
        .map(|contender| contender.label.as_str())
        .collect();
    if !none.is_empty() {
        let has = plural(&none, "has", "have");
        let text = format!("{} {has} nothing to search, and ran with one configuration.", list(&none));
        notes.push(note(text).of_optimizers(&none));
    }
    notes
}

fn range(dimension: &Dimension) -> String {
    match &dimension.range {
        Range::Numbers { low, high, scale } => {
            let scale = match scale {
                Scale::Linear => "linear",
                Scale::Log => "logarithmic",
                Scale::LogOneMinus => "logarithmic in 1 minus it",
            };
            format!("{} from {} to {} ({scale})", dimension.key, significant(*low, 4), significant(*high, 4))
        }
        Range::Choices(choices) => format!("{} among {}", dimension.key, list(choices)),
    }
}

fn halving(halving: &Halving) -> Finding {
    let rungs: Vec<String> = (halving.rungs.iter())
        .map(|rung| {
            format!("{} for {}", count(rung.configurations, "configuration"), count(rung.steps as usize, "step"))
        })
        .collect();
    let share = percent(halving.cost_share);
    note(format!(
        "Successive halving: {}; {share} of the updates that all of them at full length take. What starts slowly may have \
         been dropped early.",
        list(&rungs)
    ))
}

fn endpoint(study: &Study) -> Option<Finding> {
    let lowest_of_a_search = study.searched() && study.design.judged == Judged::Search;
    Some(match study.question.endpoint?.measure {
        Measure::ValLoss if lowest_of_a_search => warning(
            "The validation loss decides, and each search kept the lowest one: what is judged is the best of several, too good for \
             unseen rows, and better for whoever tried more.",
            "`--endpoint test-loss`, or `--judge fresh`.",
        ),
        Measure::ValLoss => {
            note("The validation loss decides, by which the settings were chosen too, though with other seeds.")
        }
        Measure::TrainLoss => {
            note("The training loss decides: this is about optimisation, and says nothing of unseen rows.")
        }
        _ => return None,
    })
}
