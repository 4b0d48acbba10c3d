//! The facts that a verdict depends on, and those that it ignores; illegal studies.

use crate::synthetic::{digits, judged, mpg, planted, study, study_of, without};
use downhill_verdict::study::{Folds, Varies};
use downhill_verdict::trial::TrialRole;
use downhill_verdict::{Study, Verdict, judge};

fn rich() -> Study {
    let mut diverging = planted("rmsprop", 0.9);
    diverging.diverges = vec![2];
    let optimizers = [planted("sgd", 0.85), planted("adam", 0.9), diverging];
    study_of(&optimizers, 8, vec![digits("digits"), mpg("cars")], Varies::Initialisation)
}

#[test]
fn a_verdict_goes_through_json_and_back() {
    let mut records = rich();
    records.question.margin = Some(0.01);
    for records in [records.clone(), without(records, "adam", 3)] {
        let verdict = judged(&records);
        let text = serde_json::to_string(&verdict).expect("plain values");
        assert_eq!(serde_json::from_str::<Verdict>(&text).expect("its own text"), verdict);
    }
}

#[test]
fn the_order_of_trials_and_their_wall_times_change_nothing() {
    let records = rich();
    let verdict = judged(&records);
    let mut other = records.clone();
    let n = other.trials.len();
    other.trials.reverse();
    other.trials.rotate_left(n / 3);
    for (i, trial) in other.trials.iter_mut().enumerate() {
        trial.outcome.seconds *= 1.0 + i as f64;
    }
    let text = |verdict: &Verdict| serde_json::to_string(verdict).expect("plain values");
    assert_eq!(text(&judged(&other)), text(&verdict));
    assert_eq!(text(&judged(&records)), text(&verdict));
}

#[test]
fn who_ran_a_trial_changes_one_finding_only() {
    let records = rich();
    let mut other = records.clone();
    other.trials.iter_mut().for_each(|trial| trial.outcome.by = "elsewhere".into());
    let (verdict, other) = (judged(&records), judged(&other));
    assert_eq!((&verdict.tasks, &verdict.overall), (&other.tasks, &other.overall));
    assert_eq!(verdict.audit.iter().zip(&other.audit).filter(|(a, b)| a != b).count(), 1);
}

#[test]
fn a_study_without_trials_has_a_verdict_that_says_nothing() {
    let mut records = rich();
    records.missing = records.trials.len();
    records.trials.clear();
    let verdict = judged(&records);
    assert!(verdict.overall.is_none());
    let task = &verdict.tasks[0];
    assert_eq!(task.sentences[0], "24 of 24 evaluation trials are missing: this is not final.");
    assert!(task.standings.iter().all(|standing| standing.tuning.is_none() && standing.chosen.is_empty()));
    assert_eq!((task.target_val_loss, task.equal_train_loss), (None, None));
    assert!(!task.sentences.iter().any(|sentence| sentence.contains(" is better than ")), "{:#?}", task.sentences);

    records.tasks.clear();
    records.optimizers.clear();
    assert!(judged(&records).tasks.is_empty());
}

#[test]
fn a_study_that_contradicts_itself_is_refused_by_name() {
    let refused = |change: &dyn Fn(&mut Study)| {
        let mut records = rich();
        change(&mut records);
        judge(&records).expect_err("it contradicts itself").to_string()
    };
    assert_eq!(refused(&|s| s.question.level = 0.0), "the level is 0, and must be above 0 and below 1");
    assert!(refused(&|s| s.question.margin = Some(-1.0)).starts_with("the margin is -1"));
    assert!(refused(&|s| s.tasks[1].name = "digits".into()).contains("a task is there twice: `digits`"));
    assert!(refused(&|s| s.optimizers[1].label = "sgd".into()).contains("an optimizer is there twice: `sgd`"));
    assert!(refused(&|s| s.trials.push(s.trials[0].clone())).starts_with("a trial is there twice"));
    assert!(refused(&|s| s.trials[0].planned.optimizer = "lion".into()).contains("of optimizer `lion`"));
    assert!(refused(&|s| s.question.endpoint = "test-rmse".parse().ok()).contains("cannot decide on task `digits`"));
    assert!(refused(&|s| s.tasks[0].test_rows = 0).contains("it has no test rows"));
    assert!(refused(&|s| s.design.varies = Varies::Folds(Folds { folds: 1, repeats: 1 })).contains("2 or more"));
    assert!(refused(&|s| s.design.evaluation_seeds.truncate(3)).contains("evaluation seed number `3`"));
}

#[test]
fn settings_are_chosen_once_tuning_is_done_and_no_edge_is_warned_of_before() {
    let mut adam = planted("adam", 0.9);
    adam.best_rate = 4;
    let mut records = study(&[planted("sgd", 0.9), adam], 6);
    records.trials.retain(|trial| trial.planned.role == TrialRole::Tuning);
    records.missing = 12;
    let verdict = judged(&records);
    assert!(verdict.tasks[0].standings.iter().all(|standing| standing.chosen.is_empty() && standing.tuning.is_some()));
    assert!(!verdict.audit.iter().any(|finding| finding.text.contains("edge")));
}

#[test]
fn a_trial_that_went_well_and_was_not_measured_is_refused_and_none_is_called_diverged() {
    let evaluated = |records: &Study| {
        let first = records.trials.iter().position(|trial| trial.planned.role == TrialRole::Evaluation);
        first.expect("some are evaluated")
    };
    let mut records = rich();
    let first = evaluated(&records);
    records.trials[first].outcome.best = None;
    let id = &records.trials[first].planned.id;
    let said = format!("trial `{id}` on task `digits` did not diverge, and yet has no figure for `test-accuracy@best`");
    assert_eq!(judge(&records).expect_err("a figure is absent").to_string(), said);

    // All of them: a study without validation figures.
    records.trials.iter_mut().for_each(|trial| trial.outcome.best = None);
    assert_eq!(judge(&records).expect_err("all figures are absent").to_string(), said);
    // A trial that diverged needs no figures.
    records.trials.iter_mut().for_each(|trial| trial.outcome.diverged = true);
    assert!(judge(&records).is_ok());

    // A loss may be infinite on the test rows of one trial that went on; it is then its worst.
    let mut records = rich();
    records.question.endpoint = "test-loss".parse().ok();
    let first = evaluated(&records);
    if let Some(best) = &mut records.trials[first].outcome.best {
        best.test.loss = None;
    }
    assert_eq!(judged(&records).tasks[0].standings.iter().filter(|s| s.values[0].is_none()).count(), 1);
    for trial in &mut records.trials {
        trial.outcome.best.iter_mut().for_each(|best| best.test.loss = None);
    }
    assert!(judge(&records).is_err());
}
