//! Standings, tuning, gaps and targets.

use crate::synthetic::{RATES, STEPS, digits, judged, planted, study, study_of};
use downhill_verdict::study::{Folds, Varies};
use downhill_verdict::trial::{Setting, TrialRole, Value};
use downhill_verdict::verdict::{End, RangeEdge};
use downhill_verdict::{Endpoint, Study};

#[test]
fn tuning_chooses_the_planted_rate_and_says_how_much_it_mattered() {
    let verdict = judged(&study(&[planted("sgd", 0.9), planted("adam", 0.95)], 6));
    let standing = &verdict.tasks[0].standings[0];
    assert_eq!((standing.chosen.len(), standing.chosen[0].configuration), (1, 2));
    assert_eq!(standing.chosen[0].spec, format!("adam:lr={}", RATES[2]));
    let tuning = standing.tuning.as_ref().expect("it was tuned");
    assert_eq!((tuning.trials, tuning.diverged, tuning.configurations.len()), (15, 3, 5));
    assert_eq!(tuning.gradient_evaluations, 15 * STEPS);
    assert_eq!((tuning.configurations[4].score, tuning.configurations[4].diverged), (None, 1.0));
    assert_eq!(tuning.on_edge, []);
    // The neighbours score half as much again.
    assert_eq!(tuning.robust_factor, Some(1.0));
    assert_eq!(tuning.best_after.len(), 5);
    assert_eq!(tuning.best_after[4].median, standing.chosen[0].score);
    assert_eq!(tuning.best_after[0].high, None);
}

#[test]
fn a_best_rate_at_either_end_is_on_the_edge() {
    for (best_rate, end) in [(0, End::Lower), (4, End::Upper)] {
        let mut adam = planted("adam", 0.95);
        adam.best_rate = best_rate;
        let verdict = judged(&study(&[adam], 6));
        let tuning = verdict.tasks[0].standings[0].tuning.as_ref().expect("it was tuned");
        assert_eq!(tuning.on_edge, [RangeEdge { key: "lr".into(), end }]);
    }
}

#[test]
fn rates_as_good_as_the_best_make_it_robust() {
    let mut records = study(&[planted("sgd", 0.9)], 6);
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Tuning) {
        // 0.001 to 0.1 are alike, but for 8 %; 1 is as good, beyond one that diverged.
        let loss = match trial.planned.configuration {
            0 => 0.5,
            1 => 0.108,
            2 => 0.1,
            _ => 0.104,
        };
        trial.outcome.diverged = trial.planned.configuration == 3;
        if let Some(best) = &mut trial.outcome.best {
            best.val.loss = Some(loss);
        }
    }
    let robust =
        |records: &Study| judged(records).tasks[0].standings[0].tuning.as_ref().and_then(|tuning| tuning.robust_factor);
    assert_eq!(robust(&records), Some(1e-2 / 1e-3));
    for trial in &mut records.trials {
        trial.outcome.diverged = false;
    }
    assert_eq!(robust(&records), Some(1.0 / 1e-3));
}

#[test]
fn one_optimizer_is_tuned_and_described() {
    let verdict = judged(&study(&[planted("adam", 0.95)], 8));
    let task = &verdict.tasks[0];
    assert!(task.pairs.is_empty() && verdict.overall.is_none());
    assert!(task.sentences[0].starts_with("adam at lr=0.01: test accuracy 9"), "{}", task.sentences[0]);
    assert!(task.sentences[0].contains("(mean of 8 seeds; descriptive interval "), "{}", task.sentences[0]);
    let said = "lr=0.01 is the best of 5 configurations that were tried (lowest validation loss 0.";
    assert!(task.sentences[1].starts_with(said), "{}", task.sentences[1]);
    assert!(!task.sentences.iter().any(|sentence| sentence.contains("better")));
}

#[test]
fn the_target_is_what_the_weakest_reaches_at_half_of_its_seeds() {
    let mut slow = planted("slow", 0.9);
    slow.speed = 0.5;
    slow.gradients = 2;
    let verdict = judged(&study(&[planted("fast", 0.9), slow], 10));
    let task = &verdict.tasks[0];
    let of = |name: &str| task.standings.iter().find(|s| s.optimizer == name).expect("it took part");
    // The weakest has a median cost at an even number of seeds too.
    let weakest = task.standings.iter().min_by_key(|standing| standing.reached_target).expect("two took part");
    assert_eq!((weakest.reached_target, weakest.steps_to_target.is_some()), (6, true));
    let (fast, slow) = (of("fast"), of("slow"));
    assert!(fast.steps_to_target < slow.steps_to_target, "{:?} {:?}", fast.steps_to_target, slow.steps_to_target);
    assert_eq!(slow.evaluations_to_target, slow.steps_to_target.map(|steps| 2.0 * steps));
    assert_eq!((fast.evaluations_per_step, slow.evaluations_per_step), (Some(1.0), Some(2.0)));
    // Costs are logged rows.
    assert_eq!(fast.steps_to_target.map(|steps| steps % 10.0), Some(0.0));
}

#[test]
fn a_target_of_the_users_may_be_out_of_reach() {
    let mut records = study(&[planted("a", 0.9), planted("b", 0.9)], 6);
    records.question.target_val_loss = Some(1e-6);
    let verdict = judged(&records);
    assert_eq!(verdict.tasks[0].target_val_loss, Some(1e-6));
    let standing = &verdict.tasks[0].standings[0];
    assert_eq!((standing.steps_to_target, standing.reached_target), (None, 0));
}

#[test]
fn gaps_are_compared_where_the_training_losses_are_equal() {
    let mut fast = planted("fast", 0.9);
    fast.speed = 2.0;
    let mut records = study(&[fast, planted("slow", 0.9)], 6);
    // Both have val = train + 0.001 |step - 80| above the floor; make it val = train + 0.5 to know the gap.
    for trial in records.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Evaluation) {
        let offset = if trial.planned.optimizer == "fast" { 0.5 } else { 0.25 };
        let curve = &mut trial.outcome.curve;
        curve.val_loss = curve.train_loss.iter().map(|loss| loss.map(|loss| loss + offset)).collect();
    }
    let verdict = judged(&records);
    let task = &verdict.tasks[0];
    let level = task.equal_train_loss.expect("both trained");
    let ends = |name: &str| {
        let last = |curve: &[Option<f64>]| curve.last().copied().flatten().expect("logged");
        let trials =
            records.trials.iter().filter(|t| t.planned.role == TrialRole::Evaluation && t.planned.optimizer == name);
        trials.map(|trial| last(&trial.outcome.curve.train_loss)).fold(0.0, f64::max)
    };
    assert_eq!(level, ends("slow").max(ends("fast")));
    for standing in &task.standings {
        let expected = if standing.optimizer == "fast" { 0.5 } else { 0.25 };
        let gap = standing.gap_at_equal_loss.mean.expect("all reached it");
        assert!((gap - expected).abs() < 1e-12, "{}: {gap}", standing.optimizer);
    }
}

#[test]
fn another_endpoint_decides_if_asked() {
    let mut records = study(&[planted("sgd", 0.90), planted("adam", 0.95)], 8);
    records.question.endpoint = "test-loss@last".parse::<Endpoint>().ok();
    let verdict = judged(&records);
    let task = &verdict.tasks[0];
    assert_eq!((task.endpoint.to_string().as_str(), task.unit.as_str()), ("test-loss@last", ""));
    assert!(
        task.sentences[0].starts_with("adam at lr=0.01 is better than sgd at lr=0.01: mean test loss lower by 0.0"),
        "{}",
        task.sentences[0]
    );
}

#[test]
fn what_the_uncertainty_covers_is_said() {
    let of = |varies| judged(&study_of(&[planted("a", 0.9)], 6, vec![digits("d")], varies)).tasks[0].covers.clone();
    assert!(of(Varies::Initialisation).contains("initial weights and data order; not the draw of the data"));
    assert!(of(Varies::Resampling).contains("which rows train and which validate; the test rows are the same"));
}

#[test]
fn a_single_configuration_is_shown_though_nothing_chose_it() {
    for varies in [Varies::Initialisation, Varies::Folds(Folds { folds: 5, repeats: 1 })] {
        let mut records = study_of(&[planted("sgd", 0.9), planted("adam", 0.95)], 5, vec![digits("d")], varies);
        records.design.configurations = 1;
        records.trials.retain(|trial| trial.planned.role == TrialRole::Evaluation);
        let verdict = judged(&records);
        for standing in &verdict.tasks[0].standings {
            let [chosen] = standing.chosen.as_slice() else { panic!("{:?}", standing.chosen) };
            let setting = Setting { key: "lr".into(), value: Value::Number(RATES[2]) };
            assert_eq!((chosen.settings.as_slice(), chosen.replicate, chosen.score), (&[setting][..], None, None));
            assert_eq!(chosen.spec, format!("{}:lr={}", standing.optimizer, RATES[2]));
        }
        let said = |part: &str| verdict.audit.iter().any(|finding| finding.text.contains(part));
        assert!(said("Nothing was searched") && !said("Searched: ") && !said("not the best one in these records"));
    }
}
