//! The questions of a careful reader.

use crate::synthetic::{TEST_ROWS, digits, judged, mpg, planted, study, study_of, without};
use downhill_verdict::Study;
use downhill_verdict::study::{Halving, Range, Rung, Varies};
use downhill_verdict::trial::TrialRole;
use downhill_verdict::verdict::{Finding, Weight};

fn audit(study: &Study) -> Vec<Finding> {
    judged(study).audit
}

/// The one finding whose text holds `part`.
fn found(study: &Study, part: &str) -> Finding {
    let findings = audit(study);
    let mut matching = findings.iter().filter(|finding| finding.text.contains(part));
    let first = matching.next().unwrap_or_else(|| panic!("no `{part}` in {findings:#?}")).clone();
    assert!(matching.next().is_none(), "`{part}` twice");
    first
}

fn warned(study: &Study, part: &str, remedy: &str) -> Finding {
    let finding = found(study, part);
    assert_eq!(finding.weight, Weight::Warning, "{}", finding.text);
    let given = finding.remedy.clone().expect("a warning has a remedy");
    assert!(given.contains(remedy), "{given}");
    finding
}

fn two() -> Study {
    study(&[planted("sgd", 0.80), planted("adam", 0.85)], 8)
}

#[test]
fn a_sound_study_has_notes_and_no_warning() {
    let findings = audit(&two());
    assert!(findings.iter().all(|finding| finding.weight == Weight::Note && finding.remedy.is_none()), "{findings:#?}");
    for part in
        ["8 evaluation seeds", "Searched: lr from 0.0001 to 1", "3000 rows train", "Tuning cost", "downhill 0.1.0"]
    {
        found(&two(), part);
    }
}

#[test]
fn warnings_come_first() {
    let mut records = two();
    records.missing = 1;
    records.optimizers[0].rate_given = true;
    records.optimizers[0].search.clear();
    let findings = audit(&records);
    assert!(findings.iter().filter(|finding| finding.weight == Weight::Warning).count() >= 2);
    assert!(findings.windows(2).all(|two| two[0].weight <= two[1].weight));
}

#[test]
fn a_rate_on_the_edge_asks_for_more_range() {
    let mut adam = planted("adam", 0.85);
    adam.best_rate = 4;
    let finding = warned(&study(&[planted("sgd", 0.8), adam], 8), "upper edge", "--extend");
    assert_eq!((finding.optimizer.as_deref(), finding.task.as_deref()), (Some("adam"), Some("digits")));
    assert!(finding.text.starts_with("The best learning rate of adam (1) lies"), "{}", finding.text);
}

#[test]
fn a_range_that_has_grown_is_not_told_to_grow() {
    let mut adam = planted("adam", 0.85);
    adam.best_rate = 4;
    let mut records = study(&[planted("sgd", 0.8), adam], 8);
    records.design.extensions = 1;
    let finding = warned(&records, "upper edge", "A wider `--search-range`");
    assert!(!finding.remedy.expect("it has one").contains("--extend"));
}

#[test]
fn too_few_seeds_for_that_many_pairs_names_how_many_are_needed() {
    let optimizers = ["a", "b", "c"].map(|label| planted(label, 0.8));
    // Three pairs: 7 seeds at one look, 8 at the second.
    warned(&study(&optimizers, 6), "6 evaluation seeds can never decide 3 pairs", "--seeds 8");
}

#[test]
fn a_rate_that_was_given_is_not_a_fair_budget() {
    let mut records = two();
    records.optimizers[0].rate_given = true;
    records.optimizers[0].search.clear();
    records.trials.retain(|trial| trial.planned.role == TrialRole::Evaluation || trial.planned.optimizer == "adam");
    warned(&records, "The learning rate of sgd was given, and that of adam tuned", "Leave `lr` out");
    for optimizer in &mut records.optimizers {
        optimizer.search.clear();
    }
    records.trials.retain(|trial| trial.planned.role == TrialRole::Evaluation);
    assert_eq!(found(&records, "Nothing was searched").weight, Weight::Note);
}

#[test]
fn unequal_cost_is_said_in_numbers() {
    let mut sam = planted("sam", 0.85);
    sam.gradients = 2;
    let text = found(&study(&[planted("sgd", 0.8), sam], 8), "Tuning cost").text;
    assert!(text.contains("sam 3000 and sgd 1500") && text.contains("up to 2 times"), "{text}");
}

#[test]
fn ceilings_and_chance_are_seen() {
    let easy = study(&[planted("sgd", 0.999), planted("adam", 0.999)], 8);
    let text = warned(&easy, "too easy", "test-loss").text;
    assert!(text.contains(&format!("of {TEST_ROWS}")), "{text}");

    let mut hard = study(&[planted("sgd", 0.80), planted("adam", 0.85)], 8);
    hard.tasks[0].kind = downhill_verdict::study::Kind::Classification { classes: 2, majority: 0.83 };
    let finding = warned(&hard, "sgd is no better than always naming the most frequent class (83 %)", "--steps");
    assert_eq!(finding.optimizer.as_deref(), Some("sgd"));

    let cars = study_of(&[planted("a", 0.1), planted("b", 0.1)], 8, vec![mpg("cars")], Varies::Initialisation);
    warned(&cars, "All optimizers are no better than always saying the training mean", "--steps");
}

#[test]
fn a_difference_below_the_error_of_the_test_rows_is_warned_of() {
    let mut close = [planted("sgd", 0.80), planted("adam", 0.806)];
    close.iter_mut().for_each(|planted| planted.noise = 0.0005);
    warned(&study(&close, 10), "The difference between adam and sgd is smaller", "--test-fraction");
    let text = found(&two(), "are a sample too").text;
    assert!(text.starts_with("The 1000 test rows are a sample too: one row is 0.1 percentage points"), "{text}");
}

#[test]
fn divergence_is_counted_in_tuning_and_in_evaluation() {
    let mut adam = planted("adam", 0.85);
    adam.diverges = vec![1, 3];
    let records = study(&[planted("sgd", 0.8), adam], 8);
    warned(&records, "adam diverged at 2 of 8 evaluation trials", "--tuning-seeds");
    assert_eq!(
        found(&records, "Tuning trials that diverged: adam 3 of 15 (20 %) and sgd 3 of 15 (20 %)").weight,
        Weight::Note
    );

    let mut all = two();
    for trial in all.trials.iter_mut().filter(|t| t.planned.role == TrialRole::Tuning && t.planned.optimizer == "sgd") {
        trial.outcome.diverged = true;
    }
    warned(&all, "No configuration of sgd went through tuning", "--search-range");
}

#[test]
fn a_loss_that_still_falls_or_never_fell_is_seen() {
    let mut records = two();
    for trial in records.trials.iter_mut().filter(|t| t.planned.role == TrialRole::Evaluation) {
        let step = if trial.planned.optimizer == "sgd" { 100 } else { 0 };
        if let Some(best) = &mut trial.outcome.best {
            best.step = step;
        }
    }
    let last = warned(&records, "of sgd was lowest at the last step", "--steps 200");
    assert_eq!(last.optimizer.as_deref(), Some("sgd"));
    warned(&records, "of adam was lowest before the first step", "--search-range");
}

#[test]
fn missing_trials_other_programs_and_stale_seeds_are_warned_of() {
    warned(&without(two(), "adam", 6), "2 trials are missing", "Run the same command again");

    let mut other = two();
    other.trials[3].outcome.by = "downhill 0.1.0, sse2".into();
    warned(&other, "different programs or instruction sets: downhill 0.1.0, avx2; downhill 0.1.0, sse2", "one program");

    let mut stale = two();
    stale.design.tuning_seeds[0] = stale.design.evaluation_seeds[0];
    warned(&stale, "1 evaluation seed tuned the settings too", "evaluation seeds");

    let mut mixed = two();
    mixed.design.evaluation_seeds[2] += 500;
    warned(&mixed, "2 trials had another seed", "empty folder");

    let mut swapped = two();
    for trial in swapped.trials.iter_mut().filter(|t| t.planned.role == TrialRole::Evaluation && t.planned.index == 0) {
        trial.planned.configuration = 1;
    }
    let findings = audit(&swapped);
    assert_eq!(findings.iter().filter(|f| f.text.contains("is not the best one in these records")).count(), 2);
}

#[test]
fn few_tuning_seeds_halving_looks_and_own_ranges_are_said() {
    let mut records = two();
    records.design.tuning_seeds.truncate(2);
    records.trials.retain(|trial| trial.planned.role == TrialRole::Evaluation || trial.planned.index < 2);
    records.question.earlier_looks = vec![4];
    records.design.extensions = 2;
    records.tasks[0].label_noise = 0.2;
    let rungs = vec![Rung { configurations: 5, steps: 25 }, Rung { configurations: 2, steps: 100 }];
    records.design.halving = Some(Halving { rungs, cost_share: 0.4 });
    if let Range::Numbers { high, .. } = &mut records.optimizers[0].search[0].range {
        *high = 10.0;
    }
    warned(&records, "chosen with 2 seeds", "--tuning-seeds 3");
    for part in [
        "verdict number 2 on the same question",
        "the range of the rate grew 2 times",
        "20 % of the training labels are wrong on purpose",
        "Successive halving: 5 configurations for 25 steps and 2 configurations for 100 steps; 40 %",
        "ranges of their own: sgd lr from 0.0001 to 10 (logarithmic) and adam lr from 0.0001 to 1",
    ] {
        assert_eq!(found(&records, part).weight, Weight::Note);
    }
    let verdict = judged(&records);
    let tuning = verdict.tasks[0].standings[0].tuning.as_ref().expect("it was tuned");
    assert!(tuning.best_after.is_empty() && tuning.robust_factor.is_none());
}

#[test]
fn overlapping_intervals_are_no_argument() {
    let mut close = [planted("sgd", 0.80), planted("adam", 0.805)];
    close.iter_mut().for_each(|planted| planted.noise = 0.0005);
    assert_eq!(found(&study(&close, 10), "overlap though one is better (adam and sgd)").weight, Weight::Note);
}

#[test]
fn one_margin_for_two_measures_is_warned_of() {
    let tasks = vec![digits("digits"), mpg("cars")];
    let mut records = study_of(&[planted("sgd", 0.8), planted("adam", 0.85)], 8, tasks, Varies::Initialisation);
    records.question.margin = Some(0.01);
    warned(&records, "One margin, 0.01, serves tasks with different measures", "studies of their own");
}
