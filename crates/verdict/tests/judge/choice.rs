//! Whether the choice of tuning held on fresh seeds.

use crate::synthetic::{digits, judged, mpg, planted, study, study_of, without};
use downhill_verdict::Study;
use downhill_verdict::study::{Folds, Halving, Rung, TaskFacts, Varies};
use downhill_verdict::trial::TrialRole;
use downhill_verdict::verdict::{Finding, PairFinding, Standing, Verdict, Weight};

/// A study in which adam's choice reaches only `loss` on every fresh seed, unseen in tuning.
fn lucky(mut records: Study, loss: f64) -> Study {
    for trial in
        records.trials.iter_mut().filter(|t| t.planned.role == TrialRole::Evaluation && t.planned.optimizer == "adam")
    {
        trial.outcome.best.iter_mut().for_each(|best| best.val.loss = Some(loss));
    }
    records
}

fn two() -> Study {
    study(&[planted("sgd", 0.90), planted("adam", 0.80)], 8)
}

fn of<'a>(verdict: &'a Verdict, name: &str) -> &'a Standing {
    verdict.tasks[0].standings.iter().find(|standing| standing.optimizer == name).expect("it took part")
}

fn warnings<'a>(verdict: &'a Verdict, part: &str) -> Vec<&'a Finding> {
    verdict.audit.iter().filter(|f| f.weight == Weight::Warning && f.text.contains(part)).collect()
}

const BUT: &str = "; but the settings chosen for adam did not hold on fresh seeds (see the audit)";

#[test]
fn a_choice_that_holds_is_known_and_nothing_is_said_of_it() {
    let verdict = judged(&two());
    for standing in &verdict.tasks[0].standings {
        let choice = standing.choice.expect("it was tuned");
        assert_eq!((choice.better_in_tuning, choice.of, choice.tuning_score), (0, 4, standing.chosen[0].score));
        let (fresh, mean) = (choice.fresh_score.expect("finite"), standing.figures.best.val_loss.mean.expect("finite"));
        assert!((fresh - mean).abs() < 1e-12, "{fresh} {mean}");
        assert!(choice.held() && !standing.chosen_by_luck());
    }
    assert!(warnings(&verdict, "did not hold").is_empty());
    assert!(!verdict.tasks[0].sentences[0].contains("hold"));
}

#[test]
fn a_choice_of_luck_is_warned_of_and_every_verdict_about_it_says_so() {
    let verdict = judged(&lucky(two(), 0.54));
    let adam = of(&verdict, "adam");
    let choice = adam.choice.expect("it was tuned");
    // Three of the four others scored 0.15 and 0.2, one diverged.
    assert_eq!((choice.better_in_tuning, choice.of), (3, 4));
    assert!((choice.fresh_score.expect("none diverged") - 0.54).abs() < 1e-12, "{choice:?}");
    assert!(of(&verdict, "sgd").choice.is_some_and(|choice| choice.held()));

    let warned = warnings(&verdict, "did not hold on fresh seeds");
    let [warned] = warned.as_slice() else { panic!("{:#?}", verdict.audit) };
    assert_eq!((warned.optimizer.as_deref(), warned.task.as_deref()), (Some("adam"), Some("digits")));
    let said = "The settings chosen for adam (lr=0.01) did not hold on fresh seeds: their mean lowest validation loss is \
                0.54 there and was 0.0995 in tuning";
    assert!(warned.text.starts_with(said), "{}", warned.text);
    let said = "where 3 of 4 other configurations did better than that; luck may have chosen.";
    assert!(warned.text.ends_with(said), "{}", warned.text);
    assert_eq!(warned.remedy.as_deref(), Some("`--tuning-seeds 10`, or a larger `--val-fraction`."));

    let sentence = &verdict.tasks[0].sentences[0];
    assert!(sentence.starts_with("sgd at lr=0.01 is better than adam at lr=0.01: "), "{sentence}");
    assert!(sentence.ends_with(&format!("{BUT}.")), "{sentence}");
}

#[test]
fn headlines_single_optimizers_and_several_tasks_say_so_too() {
    let three = [planted("sgd", 0.90), planted("adam", 0.80), planted("rmsprop", 0.90)];
    let verdict = judged(&lucky(study(&three, 8), 0.54));
    for sentence in &verdict.tasks[0].sentences {
        let about = sentence.contains("better than") && sentence.contains("adam");
        assert_eq!(sentence.contains(BUT), about, "{sentence}");
    }
    assert!(verdict.tasks[0].sentences[0].contains(BUT), "the headline");

    let verdict = judged(&lucky(study(&[planted("adam", 0.8)], 8), 0.54));
    let said = &verdict.tasks[0].sentences[1];
    assert!(said.ends_with("; but it did not hold on fresh seeds (see the audit)."), "{said}");

    let tasks: Vec<TaskFacts> = vec![digits("digits"), mpg("cars")];
    let optimizers = [planted("sgd", 0.90), planted("adam", 0.80)];
    let verdict = judged(&lucky(study_of(&optimizers, 8, tasks, Varies::Initialisation), 0.54));
    let said = "The settings chosen for sgd are better than those for adam on 2 of 2 tasks; but the settings chosen did not \
                hold on fresh seeds for adam on 2 tasks (see the audit).";
    assert_eq!(verdict.overall.expect("two tasks").sentences[0], said);
}

#[test]
fn a_choice_that_diverges_on_a_fresh_seed_did_not_hold() {
    let mut adam = planted("adam", 0.80);
    adam.diverges = vec![3];
    let verdict = judged(&study(&[planted("sgd", 0.90), adam], 8));
    let choice = of(&verdict, "adam").choice.expect("it was tuned");
    assert_eq!((choice.fresh_score, choice.better_in_tuning, choice.held()), (None, 3, false));
    let text = &warnings(&verdict, "did not hold")[0].text;
    let said = "they diverged there and their mean lowest validation loss was 0.0995 in tuning, where 3 of 4 other \
                configurations never diverged; luck may have chosen.";
    assert!(text.ends_with(said), "{text}");
}

#[test]
fn others_that_are_about_as_good_do_not_count() {
    // The neighbours score 0.15: on fresh seeds 0.16 is within a tenth of that.
    let verdict = judged(&lucky(two(), 0.16));
    assert_eq!(of(&verdict, "adam").choice.map(|choice| choice.better_in_tuning), Some(0));
    let verdict = judged(&lucky(two(), 0.18));
    let choice = of(&verdict, "adam").choice.expect("it was tuned");
    // Two of four, and fewer than three: no alarm.
    assert_eq!((choice.better_in_tuning, choice.held()), (2, true));
}

#[test]
fn folds_are_averaged() {
    let folds = Varies::Folds(Folds { folds: 4, repeats: 2 });
    let records = study_of(&[planted("sgd", 0.90), planted("adam", 0.70)], 8, vec![digits("digits")], folds);
    let verdict = judged(&records);
    let choice = of(&verdict, "adam").choice.expect("it was tuned");
    assert_eq!((choice.better_in_tuning, choice.of), (0, 4));
    let scores: Vec<f64> = of(&verdict, "adam").chosen.iter().filter_map(|chosen| chosen.score).collect();
    let mean = scores.iter().sum::<f64>() / 8.0;
    assert!(scores.len() == 8 && choice.tuning_score.is_some_and(|score| (score - mean).abs() < 1e-15));

    let verdict = judged(&lucky(records, 0.54));
    assert!(of(&verdict, "adam").chosen_by_luck());
    assert!(verdict.tasks[0].pairs[0].finding == PairFinding::Better { who: "sgd".into() });
    assert!(verdict.tasks[0].sentences[0].contains(BUT), "{}", verdict.tasks[0].sentences[0]);
}

#[test]
fn nothing_is_said_under_halving_and_while_seeds_are_missing() {
    let mut records = lucky(two(), 0.54);
    let verdict = judged(&without(records.clone(), "adam", 6));
    assert_eq!((of(&verdict, "adam").choice, of(&verdict, "sgd").choice.is_some()), (None, true));
    let rungs = vec![Rung { configurations: 5, steps: 25 }, Rung { configurations: 2, steps: 100 }];
    records.design.halving = Some(Halving { rungs, cost_share: 0.4 });
    assert!(judged(&records).tasks[0].standings.iter().all(|standing| standing.choice.is_none()));
}

#[test]
fn few_validation_rows_are_warned_of_and_somewhat_few_are_noted() {
    let with = |rows: usize| {
        let mut records = two();
        records.tasks[0].val_rows = rows;
        judged(&records).audit.into_iter().find(|finding| finding.text.contains("validation rows choose"))
    };
    let warned = with(36).expect("36 are few");
    assert_eq!(
        warned.text,
        "36 validation rows choose among 5 configurations of each optimizer: other rows might choose others."
    );
    assert_eq!((warned.weight, warned.task.as_deref()), (Weight::Warning, Some("digits")));
    assert!(warned.remedy.is_some_and(|remedy| remedy.contains("--val-fraction")));
    assert_eq!(with(50).map(|finding| finding.weight), Some(Weight::Note));
    assert_eq!(with(100), None);
}

#[test]
fn a_validation_loss_of_nearly_zero_cannot_choose() {
    let mut records = two();
    for trial in
        records.trials.iter_mut().filter(|t| t.planned.role == TrialRole::Tuning && t.planned.optimizer == "adam")
    {
        trial.outcome.best.iter_mut().for_each(|best| best.val.loss = best.val.loss.map(|loss| loss / 50.0));
    }
    let verdict = judged(&records);
    let warned = warnings(&verdict, "validation loss of nearly 0 (0.01 or less)");
    assert_eq!(warned.len(), 1);
    assert_eq!(warned[0].optimizer.as_deref(), Some("adam"));
    assert!(warned[0].text.starts_with("Most configurations of adam reach"), "{}", warned[0].text);
    // For another loss, 0.01 means nothing.
    records.tasks[0].loss = "mse".into();
    assert!(warnings(&judged(&records), "nearly 0").is_empty());
}

#[test]
fn what_is_judged_is_said_once_for_each_task() {
    let mut records = two();
    let said = "Settings are judged, those that one search chose: another search may choose others, and nothing is said of them. The \
         uncertainty covers";
    assert!(judged(&records).tasks[0].covers.starts_with(said));
    records.design.configurations = 1;
    assert!(judged(&records).tasks[0].covers.starts_with("Each optimizer is judged at the settings given. The"));
}
