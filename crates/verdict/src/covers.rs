//! The scope of a verdict: the judged value, and the luck that its uncertainty covers.

use crate::study::{Judged, Study, Varies};
use crate::words::count;

/// The judged value, and the luck that the uncertainty covers and does not cover.
pub(crate) fn covers(study: &Study) -> String {
    let judged = match (study.searched(), study.design.judged, study.design.varies) {
        (false, ..) => "Each optimizer is judged at the settings given.",
        (true, Judged::Search, _) => {
            "Each optimizer is judged with its search: every seed searched for itself, and what it kept is judged."
        }
        (true, Judged::Fresh, _) => {
            "Each optimizer is judged with its search: every seed searched for itself, and what it chose was run again with a \
             fresh seed."
        }
        (true, Judged::Setting, Varies::Folds(_)) => "Each optimizer is judged as it was tuned in each fold.",
        (true, Judged::Setting, _) => {
            "Settings are judged, those that one search chose: another search may choose others, and nothing is said of them."
        }
    };
    format!("{judged} {}", covered(study))
}

fn covered(study: &Study) -> String {
    // A single configuration is no search, and has no luck.
    let each = study.design.judged.each_seed_searches();
    let without = if study.searched() && !each { ", the luck of the search" } else { "" };
    let with = study.searched() && each;
    match study.design.varies {
        Varies::Initialisation => format!(
            "The uncertainty covers initial weights{}; not the draw of the data{without}, other sizes, budgets or search ranges.",
            if with { ", data order and the luck of the search" } else { " and data order" }
        ),
        Varies::Resampling => format!(
            "The uncertainty covers initial weights, data order,{} and which rows train and which validate; the test rows are the \
             same throughout. It does not cover other data{without}, other sizes, budgets or search ranges.",
            if with { " the luck of the search," } else { "" }
        ),
        Varies::Folds(folds) => format!(
            "The uncertainty covers initial weights, data order, and which rows of this one data set train, validate and test \
             ({} of {} folds, tuned anew in each); folds share training rows, so the test that decides is the corrected \
             resampled t test, an approximation. It covers little of the luck of the search, since all folds try the same \
             configurations with the same tuning seeds on rows that they share, and it does not cover other sizes, budgets or \
             search ranges.",
            count(folds.repeats, "division"),
            folds.folds
        ),
    }
}
