//! Random studies: no panic, no NaN, and no optimizer better where nothing differs.

use crate::synthetic::{digits, judged, mpg, planted, study, study_of};
use downhill_random::{Purpose, Stream};
use downhill_verdict::study::{Folds, Varies};
use downhill_verdict::verdict::PairFinding;
use downhill_verdict::{Study, Verdict};

/// A study with holes: missing trials, missing figures, infinities, empty curves, no steps.
fn random_study(seed: u64) -> Study {
    let mut draw = Stream::new(seed, Purpose::Test, 0);
    let labels = ["a", "b", "c", "d", "e"];
    let optimizers: Vec<_> = (0..1 + draw.below(4))
        .map(|i| {
            let mut planted = planted(labels[i], 0.7 + 0.3 * draw.uniform());
            planted.draws = labels[draw.below(2)];
            planted.best_rate = draw.below(5);
            planted.gradients = draw.below(3) as u64;
            planted.diverges = (0..12).filter(|_| draw.below(6) == 0).collect();
            planted
        })
        .collect();
    let mut tasks = vec![digits("digits"), mpg("cars"), digits("more")];
    tasks.truncate(1 + draw.below(3));
    let varies = match draw.below(3) {
        0 => Varies::Initialisation,
        1 => Varies::Resampling,
        _ => Varies::Folds(Folds { folds: 2 + draw.below(3), repeats: 2 }),
    };
    let seeds = match varies {
        Varies::Folds(folds) => folds.folds * folds.repeats,
        _ => draw.below(12),
    };
    let mut records = study_of(&optimizers, seeds, tasks, varies);
    records.question.margin = (draw.below(2) == 0).then_some(0.01);
    records.question.earlier_looks = (0..draw.below(3)).collect();
    let holes = draw.below(2) == 0;
    if holes {
        let before = records.trials.len();
        records.trials.retain(|_| draw.below(10) > 0);
        records.missing = before - records.trials.len();
        for trial in &mut records.trials {
            let outcome = &mut trial.outcome;
            match draw.below(12) {
                // Without these figures a trial must have diverged.
                0 => (outcome.best, outcome.diverged) = (None, true),
                1 => outcome.curve = Default::default(),
                2 => outcome.curve.val_loss.iter_mut().for_each(|loss| *loss = None),
                3 => outcome.curve.train_loss.truncate(3),
                4 => (outcome.steps, outcome.gradient_evaluations) = (0, 0),
                5 => outcome.last = Default::default(),
                6 => outcome.last.test.loss = Some(f64::INFINITY),
                7 => {
                    outcome.diverged = true;
                    outcome.best.iter_mut().for_each(|best| best.test.accuracy = Some(f64::NAN));
                }
                9 => outcome.best.iter_mut().for_each(|best| best.test.loss = Some(f64::NAN)),
                8 => outcome.curve.train_loss.iter_mut().for_each(|loss| *loss = Some(0.0)),
                _ => {}
            }
        }
    }
    records
}

#[test]
fn any_study_has_a_verdict_without_a_nan_that_reads_back_as_itself() {
    for seed in 0..60 {
        let records = random_study(seed);
        let verdict = judged(&records);
        // JSON has no NaN and no infinity: either would come back as something else, or not at all.
        let text = serde_json::to_string(&verdict).expect("plain values");
        let back: Verdict = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{seed}: {error}"));
        assert_eq!(back, verdict, "{seed}");
        let words = verdict.tasks.iter().flat_map(|task| &task.sentences);
        let words = words.chain(verdict.overall.iter().flat_map(|overall| &overall.sentences));
        let words = words.chain(verdict.audit.iter().map(|finding| &finding.text));
        for sentence in words {
            assert!(!sentence.contains("NaN") && !sentence.contains("inf"), "{seed}: {sentence}");
            assert!(sentence.ends_with('.'), "{seed}: {sentence}");
        }
        for finding in &verdict.audit {
            assert_eq!(finding.remedy.is_some(), finding.weight == downhill_verdict::verdict::Weight::Warning);
        }
        check_pairs(&records, &verdict, seed);
    }
}

fn check_pairs(records: &Study, verdict: &Verdict, seed: u64) {
    for task in &verdict.tasks {
        let n = task.standings.len();
        assert_eq!(task.pairs.len(), n * (n - 1) / 2);
        for pair in &task.pairs {
            assert!(pair.p <= pair.p_adjusted && pair.p_adjusted <= 1.0, "{seed}: {pair:?}");
            let complete = pair.seeds == records.design.evaluation_seeds.len();
            match &pair.finding {
                PairFinding::Better { who } => {
                    assert!(complete && pair.p_adjusted <= verdict.level);
                    assert!(*who == pair.first || *who == pair.second);
                }
                PairFinding::Tied => assert!(complete && pair.ties == pair.seeds && pair.p == 1.0),
                PairFinding::Equivalent => assert!(complete && pair.equivalence_p.is_some_and(|p| p <= verdict.level)),
                PairFinding::Undecided { .. } => assert!(!complete || pair.p_adjusted > verdict.level),
            }
        }
    }
}

#[test]
fn alike_optimizers_are_called_different_as_rarely_as_the_level_says() {
    let mut alarms = 0;
    for study_number in 0..600u64 {
        let optimizers = ["a", "b", "c"].map(|label| planted(label, 0.9));
        let mut records = study(&optimizers, 8);
        // Other seeds, other noise: the planted trials are functions of the seed.
        for trial in &mut records.trials {
            let place = trial.planned.optimizer.bytes().map(u64::from).sum::<u64>();
            let mut noise = Stream::new(1_000 * study_number + trial.planned.seed, Purpose::Test, 30_000 + place);
            if let Some(best) = &mut trial.outcome.best {
                best.test.accuracy = Some(0.9 + 0.01 * noise.normal());
            }
        }
        let verdict = judged(&records);
        let better = |pair: &downhill_verdict::verdict::Pair| matches!(pair.finding, PairFinding::Better { .. });
        alarms += u32::from(verdict.tasks[0].pairs.iter().any(better));
    }
    // 30 expected at most; 43 or more, and 15 or fewer, have a chance below 1 % at that rate.
    assert!((16..43).contains(&alarms), "{alarms} of 600");
}
