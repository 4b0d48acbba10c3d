//! Several tasks at once.

use crate::synthetic::{digits, judged, mpg, planted, study_of, without};
use downhill_verdict::study::{TaskFacts, Varies};

fn tasks(n: usize) -> Vec<TaskFacts> {
    (0..n).map(|i| if i % 2 == 0 { digits(&format!("digits{i}")) } else { mpg(&format!("mpg{i}")) }).collect()
}

#[test]
fn over_two_tasks_wins_are_counted_and_ranks_are_said_to_be_too_few() {
    let mut slow = planted("sgd", 0.80);
    slow.speed = 0.5;
    let records = study_of(&[slow, planted("adam", 0.95)], 8, tasks(2), Varies::Initialisation);
    let verdict = judged(&records);
    let overall = verdict.overall.as_ref().expect("two tasks, two optimizers");
    assert_eq!(
        (overall.wins[0].first.as_str(), overall.wins[0].first_better, overall.wins[0].undecided),
        ("adam", 2, 0)
    );
    assert_eq!((overall.standings[0].optimizer.as_str(), overall.standings[0].mean_rank), ("adam", 1.0));
    assert_eq!(overall.friedman_p, None);
    assert_eq!(overall.sentences[0], "The settings chosen for adam are better than those for sgd on 2 of 2 tasks.");
    assert!(overall.sentences.iter().any(|s| s.ends_with("ranks over so few tasks cannot tell optimizers apart.")));
    assert_eq!(overall.standings[0].cost_ratios, [Some(1.0), Some(1.0)]);
    assert_eq!(overall.standings[0].algoperf_score, 1.0);
    assert!(overall.standings[1].algoperf_score < 1.0);

    assert!(judged(&without(records, "adam", 5)).overall.is_none());
}

#[test]
fn over_six_tasks_ranks_that_agree_are_told_apart() {
    let optimizers = [planted("c", 0.7), planted("b", 0.8), planted("a", 0.9)];
    let verdict = judged(&study_of(&optimizers, 7, tasks(6), Varies::Initialisation));
    let overall = verdict.overall.expect("six tasks");
    let order: Vec<&str> = overall.standings.iter().map(|standing| standing.optimizer.as_str()).collect();
    assert_eq!(order, ["a", "b", "c"]);
    assert_eq!(overall.friedman_p, Some(0.0));
    let critical = overall.critical_difference.expect("three optimizers");
    assert!(critical > 1.0 && critical < 2.0);
    assert!(overall.sentences.iter().any(|s| s.contains("apart are told apart at 5 %")), "{:#?}", overall.sentences);
}
