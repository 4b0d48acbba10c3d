//! One task: its data, its size, and the optimizers' results.

use super::{note, option, plural, warning};
use crate::endpoint::Measure;
use crate::records::TaskRecords;
use crate::study::{Kind, Study, TaskFacts, Varies};
use crate::trial::Trial;
use crate::verdict::{Finding, PairFinding, Standing, TaskVerdict};
use crate::words::{count, list, percent, significant};

/// From this accuracy on optimizers can hardly differ …
const CEILING: f64 = 0.995;
/// … and with fewer wrong test rows than this not at all.
const FEW_ERRORS: f64 = 3.0;

pub(super) fn findings(study: &Study, records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(ceiling(records.task, verdict));
    findings.extend(chance(records.task, verdict));
    findings.extend(test_rows(study, records, verdict));
    findings.extend(diverged(study, verdict));
    findings.extend(too_short(records));
    findings.extend(never_better(records));
    findings.extend(overlap(verdict));
    findings.extend(noise(records.task));
    findings.push(split(study, records.task));
    findings.into_iter().map(|finding| finding.of_task(&records.task.name)).collect()
}

/// The median test accuracies at the lowest validation loss, if every optimizer has one.
fn accuracies(verdict: &TaskVerdict) -> Option<Vec<f64>> {
    let all: Vec<f64> = verdict.standings.iter().map_while(|s| s.figures.best.test_accuracy.median).collect();
    (!all.is_empty() && all.len() == verdict.standings.len()).then_some(all)
}

fn ceiling(task: &TaskFacts, verdict: &TaskVerdict) -> Option<Finding> {
    let rows = task.test_rows as f64;
    let at_ceiling = |accuracy: &f64| *accuracy >= CEILING || (1.0 - accuracy) * rows < FEW_ERRORS;
    // A single optimizer has no other to be told apart from.
    let several = accuracies(verdict).filter(|all| all.len() > 1)?;
    let lowest = several.into_iter().fold(f64::INFINITY, f64::min);
    at_ceiling(&lowest).then(|| {
        let wrong = ((1.0 - lowest) * rows).round().max(0.0) as usize;
        if verdict.pairs.iter().any(|pair| matches!(pair.finding, PairFinding::Better { .. })) {
            // Never "too easy" beside "better by 15 points": the medians give the first, the means of a few bad runs
            // the second.
            return note(format!(
                "All have a median test accuracy of {} or more, {} wrong of {}: what differs are a few runs that went badly.",
                percent(lowest),
                count(wrong, "row"),
                task.test_rows
            ));
        }
        let text = format!(
            "The task is too easy to tell optimizers apart: all have a median test accuracy of {} or more, {} wrong of {}.",
            percent(lowest),
            count(wrong, "row"),
            task.test_rows
        );
        warning(text, "Take a harder task, or compare by `--endpoint test-loss`, which sees more than right and wrong.")
    })
}

/// Optimizers no better than an answer that ignores the features.
fn chance(task: &TaskFacts, verdict: &TaskVerdict) -> Option<Finding> {
    let guesses = |standing: &&Standing| match &task.kind {
        Kind::Classification { majority, .. } => {
            standing.figures.best.test_accuracy.median.is_some_and(|accuracy| accuracy <= *majority)
        }
        Kind::Regression { baseline_rmse, .. } => {
            standing.figures.best.test_rmse.median.is_some_and(|rmse| rmse >= *baseline_rmse)
        }
    };
    let guessing: Vec<&str> = verdict.standings.iter().filter(guesses).map(|s| s.optimizer.as_str()).collect();
    let ignorant = match &task.kind {
        Kind::Classification { majority, .. } => {
            format!("always naming the most frequent class ({})", percent(*majority))
        }
        Kind::Regression { baseline_rmse, .. } => {
            format!("always saying the training mean (RMSE {})", significant(*baseline_rmse, 3))
        }
    };
    let (who, is) = match guessing.len() == verdict.standings.len() {
        true => ("All optimizers".to_string(), plural(&guessing, "is", "are")),
        false => (list(&guessing), plural(&guessing, "is", "are")),
    };
    (!guessing.is_empty()).then(|| {
        let who = if verdict.standings.len() == 1 { list(&guessing) } else { who };
        let text = format!("{who} {is} no better than {ignorant}, by the median.");
        let remedy = format!("More `{}`, another `{}`, or a larger network.", option::STEPS, option::SEARCH_RANGE);
        warning(text, remedy).of_optimizers(&guessing)
    })
}

/// The test rows are a sample too, and the same one for every seed.
fn test_rows(study: &Study, records: &TaskRecords<'_>, verdict: &TaskVerdict) -> Option<Finding> {
    let rows = records.task.test_rows as f64;
    if records.endpoint.measure != Measure::TestAccuracy || matches!(study.design.varies, Varies::Folds(_)) {
        return None;
    }
    let accuracy = verdict.standings.first()?.endpoint.median?;
    // With two successes and two failures added (Agresti and Coull 1998): not 0 even without errors.
    let share = (accuracy * rows + 2.0) / (rows + 4.0);
    let error = (share * (1.0 - share) / (rows + 4.0)).max(0.0).sqrt();
    let points = |share: f64| format!("{} percentage points", significant(100.0 * share, 2));
    let text = format!(
        "The {} are a sample too: one row is {}, and an accuracy of {} on them has a standard error of about {} that no number of \
         seeds makes smaller.",
        count(records.task.test_rows, "test row"),
        points(1.0 / rows),
        percent(accuracy),
        points(error)
    );
    let small: Vec<String> = (verdict.pairs.iter())
        .filter(|pair| matches!(pair.finding, PairFinding::Better { .. }))
        .filter(|pair| pair.difference.is_some_and(|difference| difference.abs() < error.max(1.0 / rows)))
        .map(|pair| format!("between {} and {}", pair.first, pair.second))
        .collect();
    Some(match small.is_empty() {
        true => note(text),
        false => {
            let differences = plural(&small, "The difference", "The differences");
            let are = plural(&small, "is", "are");
            let text =
                format!("{text} {differences} {} {are} smaller: other test rows may say otherwise.", list(&small));
            let remedy = format!("A larger `{}`, or several `{}`.", option::TEST_FRACTION, option::SPLIT_SEED);
            warning(text, remedy)
        }
    })
}

fn diverged(study: &Study, verdict: &TaskVerdict) -> Vec<Finding> {
    let some = verdict.standings.iter().filter(|standing| standing.diverged > 0);
    some.map(|standing| {
        let text = format!(
            "{} diverged at {} of {}; they count as its worst.",
            standing.optimizer,
            standing.diverged,
            count(standing.trials, "evaluation trial")
        );
        let remedy = match study.searched() && !study.design.judged.each_seed_searches() {
            true => format!("More `{}`: tuning avoids what it sees diverge.", option::TUNING_SEEDS),
            false => format!("Lower rates, such as with `{}`.", option::SEARCH_RANGE),
        };
        warning(text, remedy).of_optimizers(&[&standing.optimizer])
    })
    .collect()
}

/// The optimizers for which `is` holds in most evaluation trials that did not diverge.
fn most<'a>(records: &TaskRecords<'a>, is: impl Fn(&Trial) -> bool) -> Vec<&'a str> {
    let mostly = records.entries.iter().filter(|entry| {
        let (trials, so) = (entry.sound().count(), entry.sound().filter(|trial| is(trial)).count());
        2 * so > trials
    });
    mostly.map(|entry| entry.contender.label.as_str()).collect()
}

fn too_short(records: &TaskRecords<'_>) -> Option<Finding> {
    let last = |trial: &Trial| {
        let steps = trial.outcome.steps;
        steps > 0 && trial.outcome.best.is_some_and(|figures| figures.step == steps)
    };
    let still = most(records, last);
    (!still.is_empty()).then(|| {
        let text = format!(
            "The validation loss of {} was lowest at the last step in most trials: with more steps the order may change.",
            list(&still)
        );
        let remedy = format!("`{} {}` or more.", option::STEPS, records.task.steps.saturating_mul(2));
        warning(text, remedy).of_optimizers(&still)
    })
}

fn never_better(records: &TaskRecords<'_>) -> Option<Finding> {
    let none = most(records, |trial| trial.outcome.best.is_some_and(|figures| figures.step == 0));
    (!none.is_empty()).then(|| {
        let text = format!("The validation loss of {} was lowest before the first step in most trials.", list(&none));
        let remedy = format!("A lower range with `{}`; look at the labels and at the scaling.", option::SEARCH_RANGE);
        warning(text, remedy).of_optimizers(&none)
    })
}

/// Two overlapping intervals are no argument against a difference found seed by seed.
fn overlap(verdict: &TaskVerdict) -> Option<Finding> {
    let interval = |name: &str| verdict.standings.iter().find(|s| s.optimizer == name)?.endpoint.interval;
    let overlapping = verdict.pairs.iter().filter(|pair| matches!(pair.finding, PairFinding::Better { .. }));
    let overlapping = overlapping.filter(|pair| {
        let both = interval(&pair.first).zip(interval(&pair.second));
        both.is_some_and(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
    });
    let names: Vec<String> = overlapping.map(|pair| format!("{} and {}", pair.first, pair.second)).collect();
    (!names.is_empty()).then(|| {
        note(format!(
            "The intervals of single optimizers overlap though one is better ({}): they describe each alone, and the test \
             compares seed by seed.",
            names.join("; ")
        ))
    })
}

fn noise(task: &TaskFacts) -> Option<Finding> {
    (task.label_noise > 0.0).then(|| {
        let share = percent(task.label_noise);
        note(format!(
            "{share} of the training labels are wrong on purpose; validation and test labels are as they were."
        ))
    })
}

fn split(study: &Study, task: &TaskFacts) -> Finding {
    let fixed = match study.design.varies {
        Varies::Initialisation => "the same for every trial",
        Varies::Resampling => "training and validation rows drawn anew for each seed",
        Varies::Folds(_) => "of the first fold",
    };
    note(format!(
        "{} train, {} validate and {} test (split seed {}, {fixed}).",
        count(task.train_rows, "row"),
        task.val_rows,
        task.test_rows,
        task.split_seed
    ))
}
