//! Studies in which each seed searches for itself: optimizers are judged, not settings.

use crate::synthetic::{judged, planted, study};
use downhill_verdict::Study;
use downhill_verdict::merge;
use downhill_verdict::study::{ChooseBy, Judged};
use downhill_verdict::trial::{Setting, TrialRole, Value};
use downhill_verdict::verdict::{PairFinding, Weight};

/// The same study with a search at each seed: the trials of the first tuning seed, again for each, with rates of its own.
fn searching(study: Study) -> Study {
    let mut records = study;
    let seeds = records.design.evaluation_seeds.clone();
    let (tuning, mut evaluation): (Vec<_>, Vec<_>) =
        records.trials.drain(..).partition(|trial| trial.planned.role == TrialRole::Tuning);
    for trial in &mut evaluation {
        trial.planned.replicate = Some(trial.planned.index);
    }
    let first = || tuning.iter().filter(|trial| trial.planned.index == 0);
    for (replicate, &seed) in seeds.iter().enumerate() {
        records.trials.extend(first().cloned().map(|mut trial| {
            trial.planned.replicate = Some(replicate);
            trial.planned.seed = seed;
            trial.planned.id += &format!("-{replicate}");
            trial.outcome.id = trial.planned.id.clone();
            for setting in &mut trial.planned.settings {
                if let Value::Number(rate) = &mut setting.value {
                    *rate *= 1.0 + replicate as f64 / 100.0;
                }
            }
            trial
        }));
    }
    records.trials.extend(evaluation);
    records.design.judged = Judged::Search;
    records.design.tuning_seeds = seeds;
    records
}

#[test]
fn sentences_are_about_optimizers_and_say_that_the_luck_of_the_search_is_covered() {
    let verdict = judged(&searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12)));
    let task = &verdict.tasks[0];
    assert!(
        task.sentences[0].starts_with("adam is better than sgd: mean test accuracy higher by "),
        "{}",
        task.sentences[0]
    );
    assert!(task.covers.starts_with("Each optimizer is judged with its search: every seed searched for itself"));
    assert!(
        task.covers.contains("initial weights, data order and the luck of the search; not the draw of the data, other")
    );
    let warned: Vec<&str> = (verdict.audit.iter().filter(|finding| finding.weight == Weight::Warning))
        .map(|finding| finding.text.as_str())
        .filter(|text| text.contains("seed"))
        .collect();
    assert_eq!(warned, [""; 0], "a search that judges what it kept shares its seeds, and is none the worse for it");
}

#[test]
fn every_seed_has_its_choice_and_the_recommended_setting_is_the_best_over_all_of_them() {
    let records = searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12));
    for standing in &judged(&records).tasks[0].standings {
        let replicates: Vec<Option<usize>> = standing.chosen.iter().map(|chosen| chosen.replicate).collect();
        assert_eq!(replicates, (0..12).map(Some).collect::<Vec<_>>());
        assert_eq!(standing.choice, None);
        let tuning = standing.tuning.as_ref().expect("it was tuned");
        assert_eq!((tuning.trials, tuning.configurations.len()), (12 * 5, 5));
        for part in &tuning.configurations {
            // Of 12 rates from 1 to 1.11 times the planted one, the sixth.
            assert_eq!(part.scores.len(), 12);
        }
        let recommended = standing.recommended.as_ref().expect("all is finished");
        let best = tuning
            .configurations
            .iter()
            .min_by(|a, b| a.score.unwrap_or(f64::INFINITY).total_cmp(&b.score.unwrap_or(f64::INFINITY)));
        let best = best.expect("there are some");
        assert_eq!((&recommended.settings, recommended.score, recommended.trials), (&best.settings, best.score, 12));
        assert_eq!(tuning.best_after.len(), 5);
        assert!(tuning.best_after.windows(2).all(|two| two[1].median <= two[0].median), "more tries are never worse");
    }
    let mut unfinished = records;
    unfinished.missing = 1;
    assert!(judged(&unfinished).tasks[0].standings.iter().all(|standing| standing.recommended.is_none()));
}

#[test]
fn failures_at_fresh_seeds_are_told_beside_the_kept_ones_and_decide_nothing() {
    let without = searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12));
    let mut records = run_again(&without);
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Fresh) {
        let index = trial.planned.index;
        // Some diverge, some guess, one is merely worse.
        let adam = trial.planned.optimizer == "adam";
        trial.outcome.diverged = adam && index < 2;
        let accuracy = &mut trial.outcome.best.as_mut().expect("it did not diverge before").test.accuracy;
        match index {
            2 | 3 if adam => *accuracy = Some(0.1),
            4 if adam => *accuracy = Some(0.5),
            _ => {}
        }
    }
    let (before, after) = (judged(&without), judged(&records));
    assert_eq!(after.tasks[0].pairs, before.tasks[0].pairs);
    assert_eq!(after.tasks[0].sentences, before.tasks[0].sentences);
    assert!(before.tasks[0].standings.iter().all(|standing| standing.failures.is_none()));
    let failures = |label: &str| {
        let standing = after.tasks[0].standings.iter().find(|standing| standing.optimizer == label);
        let failures = standing.and_then(|standing| standing.failures).expect("fresh runs");
        (failures.kept_failed, failures.kept, failures.fresh_failed, failures.fresh)
    };
    assert_eq!((failures("adam"), failures("sgd")), ((0, 12, 4, 12), (0, 12, 0, 12)));
    let told: Vec<_> = after.audit.iter().filter(|finding| finding.text.contains("at fresh seeds")).collect();
    assert_eq!((told.len(), told[0].weight, told[0].optimizer.as_deref()), (1, Weight::Warning, Some("adam")));
    assert!(
        told[0].text.contains(
            "of 12 runs at fresh seeds with the same settings 5 are worse than the worst network kept that works, 4 of them failed"
        ),
        "{}",
        told[0].text
    );
}

/// The same study with every kept network run again at a fresh seed, to the same figures.
fn run_again(without: &Study) -> Study {
    let mut records = without.clone();
    records.design.fresh_seeds = (0..without.design.evaluation_seeds.len() as u64).map(|i| 5_000 + i).collect();
    let evaluations = without.trials.iter().filter(|trial| trial.planned.role == TrialRole::Evaluation);
    records.trials.extend(evaluations.cloned().map(|mut trial| {
        (trial.planned.role, trial.planned.seed) = (TrialRole::Fresh, 5_000 + trial.planned.index as u64);
        trial.planned.id += "-again";
        trial.outcome.id = trial.planned.id.clone();
        trial
    }));
    records
}

#[test]
fn a_kept_network_that_failed_hides_no_failure_at_fresh_seeds() {
    let mut records = run_again(&searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12)));
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.optimizer == "adam") {
        trial.outcome.diverged |= match trial.planned.role {
            TrialRole::Evaluation => trial.planned.index == 0,
            TrialRole::Fresh => trial.planned.index < 8,
            TrialRole::Tuning => false,
        };
    }
    let verdict = judged(&records);
    let adam = verdict.tasks[0].standings.iter().find(|standing| standing.optimizer == "adam").expect("it is there");
    let failures = adam.failures.expect("fresh runs");
    assert_eq!((failures.kept_failed, failures.fresh_failed, failures.worse_than_kept), (1, 8, Some(8)));
    let told = verdict.audit.iter().find(|finding| finding.text.contains("at fresh seeds")).expect("it is said");
    assert_eq!(told.weight, Weight::Warning);
}

#[test]
fn studies_put_together_lack_what_they_lack_at_fresh_seeds_and_may_lie_elsewhere() {
    let all = run_again(&searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12)));
    let only = |label: &str, folder: &str| {
        let mut one = all.clone();
        one.optimizers.retain(|contender| contender.label == label);
        one.trials.retain(|trial| trial.planned.optimizer == label);
        one.tasks[0].train[2] = format!("{folder}/x.csv");
        one
    };
    let (sgd, mut adam) = (only("sgd", "here"), only("adam", "there"));
    assert_eq!(merge(&[sgd.clone(), adam.clone()]).expect("the same task").missing, 0);
    adam.trials.retain(|trial| trial.planned.role != TrialRole::Fresh || trial.planned.index > 2);
    adam.missing = 3;
    assert_eq!(merge(&[sgd, adam]).expect("the same task").missing, 3);
}

#[test]
fn a_command_trains_with_the_setting_to_use() {
    let mut records = searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12));
    let trains = |records: &Study| -> Vec<Option<String>> {
        judged(records).tasks[0].standings.iter().map(|standing| standing.train.clone()).collect()
    };
    let command = trains(&records)[0].clone().expect("a command");
    assert!(command.starts_with("downhill train digits -o adam:lr="), "{command}");
    assert!(command.ends_with(" --hidden 32 --log-every 3"), "{command}");
    // A searched part of the task is an option, and takes the place of the task's own.
    for trial in &mut records.trials {
        trial.planned.settings.push(Setting { key: "hidden".into(), value: Value::Text("8,8".into()) });
    }
    let command = trains(&records)[0].clone().expect("a command");
    assert!(command.ends_with(" --hidden 8,8 --log-every 3") && !command.contains("--hidden 32"), "{command}");
    records.tasks[0].train.clear();
    assert_eq!(trains(&records), [None, None], "nobody said how");
}

#[test]
fn where_nearly_all_seeds_are_equal_that_is_what_is_said() {
    let mut records = searching(study(&[planted("sgd", 0.9), planted("adam", 0.9)], 20));
    let mut evaluation = 0;
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Evaluation) {
        let adam_at_one_seed = trial.planned.optimizer == "adam" && trial.planned.index == 7;
        let best = trial.outcome.best.as_mut().expect("it did not diverge");
        best.test.accuracy = Some(if adam_at_one_seed { 0.95 } else { 0.9 });
        evaluation += 1;
    }
    assert_eq!(evaluation, 40);
    let task = &judged(&records).tasks[0];
    assert_eq!(task.sentences[0], "Undecided between adam and sgd: equal at 19 of 20 seeds.");
    assert_eq!(task.pairs[0].finding, PairFinding::Undecided { more_seeds: None });
}

#[test]
fn a_mean_that_a_few_seeds_make_is_told_with_its_median() {
    let mut records = searching(study(&[planted("sgd", 0.9), planted("adam", 0.9)], 20));
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Evaluation) {
        let (index, sgd) = (trial.planned.index, trial.planned.optimizer == "sgd");
        let best = trial.outcome.best.as_mut().expect("it did not diverge");
        // At every seed a little worse, and at three seeds no better than guessing.
        let lost = if index < 3 { 0.5 } else { 0.001 };
        best.test.accuracy = Some(if sgd { 0.999 - lost } else { 0.999 });
    }
    let verdict = judged(&records);
    let sentence = &verdict.tasks[0].sentences[0];
    assert!(sentence.starts_with("adam is better than sgd"), "{sentence}");
    assert!(sentence.contains("; a few seeds make this mean, the median difference is 0.1"), "{sentence}");
    assert!(!verdict.audit.iter().any(|finding| finding.text.contains("too easy")), "not beside a difference");
    assert!(verdict.audit.iter().any(|finding| finding.text.contains("a few runs that went badly")));
}

#[test]
fn the_endpoint_may_choose_and_where_the_loss_chooses_otherwise_the_audit_says_so() {
    let mut records = searching(study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12));
    // The rate with the lowest loss has a bad accuracy on the validation rows, another one a good accuracy.
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Tuning) {
        let good = trial.planned.configuration == 3;
        let best = trial.outcome.best.as_mut().expect("it did not diverge");
        best.val.accuracy = Some(if good { 0.99 } else { 0.5 });
    }
    let finding = |records: &Study| {
        let audit = judged(records).audit;
        audit.into_iter().find(|finding| finding.text.contains("they disagree"))
    };
    let found = finding(&records).expect("they disagree");
    assert_eq!((found.weight, found.remedy.as_deref()), (Weight::Warning, Some("`--choose-by endpoint`.")));
    records.design.choose_by = ChooseBy::Endpoint;
    assert_eq!(finding(&records), None);
    for standing in &judged(&records).tasks[0].standings {
        assert!(standing.chosen.iter().all(|chosen| chosen.configuration == 3));
    }
}

#[test]
fn a_study_of_before_that_does_not_say_what_it_judges_judges_settings() {
    let records = study(&[planted("sgd", 0.90), planted("adam", 0.93)], 8);
    let mut text = serde_json::to_value(&records).expect("plain values");
    let design = text["design"].as_object_mut().expect("an object");
    assert_eq!((design.remove("judged"), design.remove("choose_by")), (Some("setting".into()), Some("loss".into())));
    for trial in text["trials"].as_array_mut().expect("trials") {
        let planned = trial["planned"].as_object_mut().expect("an object");
        let replicate = planned.remove("replicate").expect("a field");
        planned.insert("fold".into(), replicate);
    }
    let back: Study = serde_json::from_value(text).expect("it reads");
    assert_eq!(back, records);
    let verdict = judged(&back);
    assert!(verdict.audit.iter().any(|finding| finding.text.starts_with("One search chose each setting")));
    assert!(!verdict.tasks[0].sentences.iter().any(|sentence| sentence.contains("adam is better")));
}
