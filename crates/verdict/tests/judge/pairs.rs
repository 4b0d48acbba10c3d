//! The findings for two optimizers.

use crate::synthetic::{digits, judged, mpg, planted, study, study_of, without};
use downhill_verdict::study::{Folds, Varies};
use downhill_verdict::trial::TrialRole;
use downhill_verdict::verdict::PairFinding;

fn better(who: &str) -> PairFinding {
    PairFinding::Better { who: who.into() }
}

#[test]
fn a_planted_difference_is_found_and_said_in_percentage_points() {
    let verdict = judged(&study(&[planted("sgd", 0.90), planted("adam", 0.93)], 12));
    let task = &verdict.tasks[0];
    assert_eq!((task.standings[0].optimizer.as_str(), task.standings[1].optimizer.as_str()), ("adam", "sgd"));
    let pair = &task.pairs[0];
    assert_eq!(pair.finding, better("adam"));
    let difference = pair.difference.expect("finite");
    assert!((difference - 0.03).abs() < 0.01, "{difference}");
    let (low, high) = (pair.interval.0.expect("finite"), pair.interval.1.expect("finite"));
    assert!(0.0 < low && low <= difference && difference <= high);
    assert_eq!((pair.p, pair.p_adjusted, pair.seeds), (2.0 / 4096.0, 2.0 / 4096.0, 12));
    let said = format!(
        "adam at lr=0.01 is better than sgd at lr=0.01: mean test accuracy higher by {:.1} percentage points (interval {:.1} to {:.1}; corrected p \
         0.00049; 12 seeds).",
        100.0 * difference,
        100.0 * low,
        100.0 * high
    );
    let sentence = &task.sentences[0];
    // The number of decimals is the width's: at such a width one or two.
    assert!(
        sentence.starts_with("adam at lr=0.01 is better than sgd at lr=0.01: mean test accuracy higher by "),
        "{sentence}"
    );
    assert!(sentence.ends_with("; corrected p 0.00049; 12 seeds)."), "{sentence}\n{said}");
}

#[test]
fn where_less_is_better_the_lower_one_wins() {
    let optimizers = [planted("sgd", 0.6), planted("adam", 0.7)];
    let verdict = judged(&study_of(&optimizers, 10, vec![mpg("cars")], Varies::Initialisation));
    let task = &verdict.tasks[0];
    assert_eq!(task.pairs[0].finding, better("adam"));
    assert!(task.pairs[0].difference.expect("finite") < -0.8);
    assert_eq!(task.unit, "mpg");
    assert!(
        task.sentences[0].starts_with("adam at lr=0.01 is better than sgd at lr=0.01: mean test RMSE of mpg lower by "),
        "{}",
        task.sentences[0]
    );
}

#[test]
fn the_same_optimizer_twice_is_exactly_tied() {
    let mut momentum = planted("momentum:momentum=0", 0.9);
    momentum.draws = "sgd";
    let verdict = judged(&study(&[planted("sgd", 0.9), momentum, planted("adam", 0.95)], 10));
    let task = &verdict.tasks[0];
    let tied = task.pairs.iter().find(|pair| pair.finding == PairFinding::Tied).expect("a tie");
    assert_eq!((tied.difference, tied.interval, tied.p, tied.ties), (Some(0.0), (Some(0.0), Some(0.0)), 1.0, 10));
    assert_eq!(tied.wilcoxon_p, None);
    assert_eq!(task.sentences[0], "adam at lr=0.01 is better than sgd at lr=0.01 and momentum:momentum=0 at lr=0.01.");
    let said = "sgd at lr=0.01 and momentum:momentum=0 at lr=0.01 are exactly tied here: equal at every seed.";
    assert!(task.sentences.iter().any(|sentence| sentence == said), "{:#?}", task.sentences);
}

#[test]
fn alike_optimizers_are_undecided_and_a_number_of_seeds_is_named_or_none() {
    let verdict = judged(&study(&[planted("sgd", 0.900), planted("adam", 0.902)], 10));
    let task = &verdict.tasks[0];
    let PairFinding::Undecided { more_seeds } = task.pairs[0].finding else { panic!("{:?}", task.pairs[0]) };
    let ending = match more_seeds {
        Some(more) => format!("; if the difference is as large as it was here, about {more} more seeds would tell it."),
        None => " 10 seeds).".into(),
    };
    assert!(task.sentences[0].starts_with("Undecided between "), "{}", task.sentences[0]);
    assert!(task.sentences[0].ends_with(&ending), "{}", task.sentences[0]);
    assert!(!task.sentences.iter().any(|sentence| sentence.contains("is better than")));
}

#[test]
fn seeds_that_diverge_decide_against_whoever_diverged() {
    let mut adam = planted("adam", 0.99);
    adam.diverges = (0..12).collect();
    let verdict = judged(&study(&[planted("sgd", 0.8), adam.clone()], 12));
    let task = &verdict.tasks[0];
    assert_eq!(task.pairs[0].finding, better("sgd"));
    assert_eq!((task.pairs[0].difference, task.pairs[0].median_difference), (None, None));
    assert_eq!(task.standings[1].values, vec![None; 12]);
    let said = "sgd at lr=0.01 is better than adam at lr=0.01: adam diverged at 12 of 12 seeds, sgd at none (corrected p 0.00049; 12 seeds); but \
                the settings chosen for adam did not hold on fresh seeds (see the audit).";
    assert_eq!(task.sentences[0], said);

    // One divergence in twelve decides nothing, however much better the other seeds are.
    adam.diverges = vec![4];
    let verdict = judged(&study(&[planted("sgd", 0.8), adam], 12));
    let task = &verdict.tasks[0];
    assert_eq!(task.pairs[0].finding, PairFinding::Undecided { more_seeds: None });
    let said = "Undecided between adam at lr=0.01 and sgd at lr=0.01: adam diverged at 1 of 12 seeds, sgd at none (corrected p ";
    assert!(task.sentences[0].starts_with(said), "{}", task.sentences[0]);
    assert!(task.sentences[0].ends_with("; how many more seeds might tell is not known, since trials diverged."));
}

#[test]
fn two_that_always_diverge_are_tied_and_the_sentence_says_why() {
    let mut optimizers = [planted("sgd", 0.9), planted("adam", 0.9)];
    optimizers.iter_mut().for_each(|planted| planted.diverges = (0..8).collect());
    let verdict = judged(&study(&optimizers, 8));
    assert_eq!(verdict.tasks[0].pairs[0].finding, PairFinding::Tied);
    assert_eq!(
        verdict.tasks[0].sentences[0],
        "sgd at lr=0.01 and adam at lr=0.01 are exactly tied here: they diverged at every seed."
    );
}

#[test]
fn within_a_margin_two_are_equivalent_and_a_small_difference_is_said_to_be_small() {
    let mut records = study(&[planted("sgd", 0.900), planted("adam", 0.9005)], 16);
    records.question.margin = Some(0.02);
    let verdict = judged(&records);
    assert_eq!(verdict.tasks[0].pairs[0].finding, PairFinding::Equivalent);
    let said = &verdict.tasks[0].sentences[0];
    assert!(said.contains("differ by less than the margin of 2 percentage points: with "), "{said}");

    let mut records = study(&[planted("sgd", 0.900), planted("adam", 0.912)], 16);
    records.question.margin = Some(0.03);
    let verdict = judged(&records);
    assert_eq!(verdict.tasks[0].pairs[0].finding, better("adam"));
    let said = &verdict.tasks[0].sentences[0];
    assert!(said.ends_with("; the difference is within the margin of 3 percentage points."), "{said}");
}

#[test]
fn with_missing_seeds_nobody_is_better() {
    let optimizers = [planted("sgd", 0.80), planted("adam", 0.95), planted("adagrad", 0.90)];
    let verdict = judged(&without(study(&optimizers, 12), "adam", 9));
    let task = &verdict.tasks[0];
    assert_eq!(task.sentences[0], "3 of 36 evaluation trials are missing: this is not final.");
    for pair in &task.pairs {
        match [pair.first.as_str(), pair.second.as_str()].contains(&"adam") {
            true => {
                assert_eq!(pair.finding, PairFinding::Undecided { more_seeds: None });
                assert_eq!((pair.seeds, pair.p_adjusted), (9, 1.0));
            }
            false => assert_eq!(pair.finding, better("adagrad")),
        }
    }
    let said = |start: &str| task.sentences.iter().any(|sentence| sentence.starts_with(start));
    assert!(said(
        "Undecided between adam at lr=0.01 and sgd at lr=0.01: not judged before all are finished (9 of 12 seeds); so far with adam, "
    ));
    assert!(!said("adam is better"), "{:#?}", task.sentences);

    let none = judged(&without(study(&optimizers, 12), "adam", 0));
    assert_eq!(none.tasks[0].standings[2].optimizer, "adam");
    let said = "Undecided between sgd at lr=0.01 and adam: 0 of 12 seeds are finished.";
    assert!(none.tasks[0].sentences.iter().any(|sentence| sentence == said), "{:#?}", none.tasks[0].sentences);
}

#[test]
fn every_look_tightens_the_level() {
    let mut records = study(&[planted("sgd", 0.9), planted("adam", 0.93)], 6);
    assert_eq!(judged(&records).tasks[0].pairs[0].finding, better("adam"));
    // Six seeds reach 2/64, which is above 0.05 / 2.
    records.question.earlier_looks = vec![5];
    let verdict = judged(&records);
    let pair = &verdict.tasks[0].pairs[0];
    assert_eq!((pair.p, pair.p_adjusted), (2.0 / 64.0, 4.0 / 64.0));
    assert_eq!(verdict.looks, [5, 6]);
    assert!(pair.interval_level < pair.p && pair.interval == (None, None));
    assert!(matches!(pair.finding, PairFinding::Undecided { .. }));
    let said =
        "6 seeds can never decide 1 pair at a level of 5 %, whatever the result: a further verdict needs 7 at least.";
    assert_eq!(verdict.tasks[0].sentences[1], said);
    // The same number of seeds again is the same look.
    records.question.earlier_looks = vec![6, 6];
    assert_eq!(judged(&records).tasks[0].pairs[0].finding, better("adam"));
}

#[test]
fn interval_and_finding_agree_at_any_number_of_looks() {
    let optimizers: Vec<_> =
        ["a", "b", "c", "d"].iter().zip([0.9, 0.904, 0.908, 0.93]).map(|(l, a)| planted(l, a)).collect();
    let mut records = study(&optimizers, 11);
    for looks in 0..6 {
        records.question.earlier_looks = (100..100 + looks).collect();
        for pair in &judged(&records).tasks[0].pairs {
            let excludes =
                pair.interval.0.is_some_and(|low| low > 0.0) || pair.interval.1.is_some_and(|high| high < 0.0);
            assert_eq!(excludes, matches!(pair.finding, PairFinding::Better { .. }), "{pair:?}");
            assert_eq!(excludes, pair.p_adjusted <= 0.05);
        }
    }
}

#[test]
fn folds_are_judged_by_the_corrected_t_test() {
    let folds = Varies::Folds(Folds { folds: 5, repeats: 2 });
    let verdict = judged(&study_of(&[planted("sgd", 0.80), planted("adam", 0.95)], 10, vec![digits("d")], folds));
    let pair = &verdict.tasks[0].pairs[0];
    assert_eq!(pair.finding, better("adam"));
    assert_ne!(pair.p, 2.0 / 1024.0);
    assert_eq!(pair.wilcoxon_p, None);
    assert_eq!(verdict.tasks[0].standings[0].chosen.len(), 10);
    assert!(verdict.tasks[0].sentences[0].ends_with("10 folds)."), "{}", verdict.tasks[0].sentences[0]);
    assert!(verdict.tasks[0].covers.contains("2 divisions of 5 folds"));
    assert!(verdict.tasks[0].covers.contains("It covers little of the luck of the search"));

    let verdict = judged(&study_of(&[planted("sgd", 0.90), planted("adam", 0.902)], 10, vec![digits("d")], folds));
    assert_eq!(verdict.tasks[0].pairs[0].finding, PairFinding::Undecided { more_seeds: None });
    assert!(verdict.tasks[0].sentences[0].ends_with("more folds would say little, since they share their rows."));
}

#[test]
fn many_pairs_name_only_what_is_decided_and_count_the_rest() {
    let labels = ["a", "b", "c", "d", "e"];
    let optimizers: Vec<_> =
        labels.iter().map(|label| planted(label, if *label == "e" { 0.95 } else { 0.9 })).collect();
    let task = &judged(&study(&optimizers, 12)).tasks[0];
    assert_eq!(task.pairs.len(), 10);
    let open = task.pairs.iter().filter(|pair| matches!(pair.finding, PairFinding::Undecided { .. })).count();
    assert!(task.sentences[0].starts_with("e at lr=0.01 is better than "), "{}", task.sentences[0]);
    assert_eq!(task.sentences.last(), Some(&format!("{open} of 10 pairs are undecided.")));
    assert_eq!(task.sentences.len(), 1 + (10 - open) + 1);
}

#[test]
fn differences_that_cancel_but_for_rounding_are_a_difference_of_zero() {
    for varies in [Varies::Initialisation, Varies::Folds(Folds { folds: 5, repeats: 2 })] {
        let mut records = study_of(&[planted("sgd", 0.9), planted("adam", 0.9)], 10, vec![digits("d")], varies);
        // Steps of a hundredth: first one is ahead by one of them, then the other.
        for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Evaluation) {
            let planned = &trial.planned;
            let ahead = (planned.index % 2 == 0) == (planned.optimizer == "sgd");
            let accuracy = (if ahead { 97.0 } else { 96.0 } - (7 * planned.index) as f64) / 100.0;
            if let Some(best) = &mut trial.outcome.best {
                best.test.accuracy = Some(accuracy);
            }
        }
        let verdict = judged(&records);
        let pair = &verdict.tasks[0].pairs[0];
        let of = |name: &str| verdict.tasks[0].standings.iter().find(|s| s.optimizer == name).expect("it took part");
        let values = of(&pair.first).values.iter().zip(&of(&pair.second).values);
        let sum: f64 = values.map(|(a, b)| a.expect("finite") - b.expect("finite")).sum();
        assert!(sum != 0.0 && sum.abs() < 1e-12, "{sum}: rounding is left over");
        assert_eq!((pair.difference, pair.p), (Some(0.0), 1.0));
        let said = &verdict.tasks[0].sentences[0];
        assert!(said.contains("test accuracy higher by 0.0 percentage points"), "{said}");
    }
}
