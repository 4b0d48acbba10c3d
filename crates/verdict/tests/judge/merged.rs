//! Several studies as one.

use crate::synthetic::{digits, judged, mpg, planted, study_of, without};
use downhill_verdict::study::Varies;
use downhill_verdict::{Study, merge};

/// A study of one task and these optimizers, eight seeds.
fn one(task: &str, optimizers: &[&'static str]) -> Study {
    let optimizers: Vec<_> = optimizers.iter().map(|label| planted(label, 0.9)).collect();
    let task = if task == "cars" { mpg(task) } else { digits(task) };
    study_of(&optimizers, 8, vec![task], Varies::Initialisation)
}

#[test]
fn looks_that_any_study_took_count_once() {
    let (mut first, mut second) = (one("digits", &["sgd", "adam"]), one("cars", &["sgd", "adam"]));
    first.question.earlier_looks = vec![6, 4];
    second.question.earlier_looks = vec![5, 4];
    let merged = merge(&[first, second]).expect("they go together");
    assert_eq!((merged.question.earlier_looks.as_slice(), merged.missing), (&[4, 5, 6][..], 0));
    assert_eq!(judged(&merged).looks, [4, 5, 6, 8]);
}

#[test]
fn an_optimizer_that_no_study_ran_on_a_task_is_missing_there() {
    let merged = merge(&[one("digits", &["sgd", "adam"]), one("cars", &["sgd", "rmsprop"])]).expect("they go together");
    // Each of adam and rmsprop lacks a task.
    assert_eq!(merged.missing, 2 * 8);
    let verdict = judged(&merged);
    assert!(verdict.overall.is_none());
    let warned = verdict.audit.iter().find(|finding| finding.text.starts_with("16 trials are missing"));
    assert!(warned.and_then(|finding| finding.remedy.as_ref()).is_some_and(|r| r.contains("each task")), "{warned:?}");
}

#[test]
fn what_one_study_lacks_another_may_have() {
    let whole = one("digits", &["sgd", "adam"]);
    let part = without(whole.clone(), "adam", 5);
    assert_eq!(part.missing, 3);
    let merged = merge(&[part.clone(), whole.clone()]).expect("they go together");
    assert_eq!((merged.missing, merged.trials.len()), (0, whole.trials.len()));
    assert_eq!(merge(&[part.clone(), one("cars", &["sgd", "adam"])]).map(|merged| merged.missing), Ok(3));
    assert_eq!(merge(&[part]).map(|merged| merged.missing), Ok(3));
}
