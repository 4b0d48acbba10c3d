//! Trials in populations: each stands for itself, whatever its companions.

use downhill_data::{Draw, Matrix, Preparation, load, prepare};
use downhill_model::{Activation, Bias, Init, Loss};
use downhill_optim::{Clip, Registry, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_spec::Scale;
use downhill_study::complete::{Keeper, Memory, complete};
use downhill_study::plan::Finished;
use downhill_study::run::RunError;
use downhill_study::{Contender, Protocol, Shard, Subject, Workers, facts, plan, run};
use downhill_train::{Budget, Ended, Monitor, Stopping, Task};
use downhill_verdict::Study;
use downhill_verdict::selection::Chooser;
use downhill_verdict::study::{ChooseBy, Dimension, Judged, Question, Range, Varies};
use downhill_verdict::trial::{Figures, PartFigures, Planned, Setting, TrialOutcome, TrialRole};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

fn monitor() -> Monitor {
    Monitor { clock: Box::new(|| 0.0), updates: AtomicU64::new(0), interrupt: AtomicBool::new(false) }
}

/// A task on moons; `poisoned` makes its numbers and weights so large that losses become infinite or NaN.
fn subject(name: &str, poisoned: bool) -> Subject {
    let mut dataset = load("moons:n=80,noise=0.2", &Default::default()).unwrap();
    if poisoned {
        let Matrix { values, .. } = &mut dataset.features;
        values.iter_mut().for_each(|x| *x *= 1e38);
    }
    let preparation = Preparation { scaling: downhill_data::Scaling::None, ..Preparation::default() };
    let prepared = downhill_data::prepare(&dataset, &preparation, downhill_data::Draw::Fixed).unwrap();
    let task = Task {
        preparation,
        place: Place::new(Backend::Flex, Precision::F32).unwrap(),
        hidden: vec![8],
        activation: Activation::Relu,
        bias: Bias::All,
        init: Init::parse(if poisoned { "normal:sd=10" } else { "pytorch" }).unwrap(),
        loss: Loss::CrossEntropy,
        schedule: Schedule::parse("constant").unwrap(),
        clip: Clip::default(),
        batch_size: Some(16),
        drop_last: false,
        budget: Budget::Steps(40),
        stopping: Stopping::default(),
        log_every: None,
        dataset: Arc::new(dataset),
    };
    Subject { name: name.into(), fingerprint: task.dataset.fingerprint(), train_rows: prepared.split.train.len(), task }
}

fn contender(label: &str, spec: &str) -> Contender {
    let range = Range::Numbers { low: 1e-2, high: 1e10, scale: Scale::Log };
    let search = vec![Dimension { key: "lr".into(), range }];
    Contender { label: label.into(), spec: Registry::builtin().parse(spec).unwrap(), search }
}

fn protocol(subjects: Vec<Subject>) -> Protocol {
    Protocol {
        subjects,
        contenders: vec![contender("sgd", "sgd"), contender("adam", "adam")],
        configurations: 4,
        judged: Judged::Setting,
        chooser: Chooser::default(),
        tuning_seeds: vec![100, 101],
        evaluation_seeds: vec![0, 1, 2],
        fresh_seeds: Vec::new(),
        search_seed: 0,
        halving: false,
        extend: false,
        varies: Varies::Initialisation,
    }
}

/// Runs a study to its end; outcomes in the plan's order.
fn finish(protocol: &Protocol, workers: &Workers) -> Vec<(Planned, TrialOutcome)> {
    let mut finished = Finished::new();
    loop {
        let plan = plan(protocol, &finished).unwrap();
        let todo: Vec<Planned> = plan.trials.iter().filter(|p| !finished.contains_key(&p.id)).cloned().collect();
        if todo.is_empty() {
            assert_eq!(plan.later, 0);
            return plan.trials.into_iter().map(|p| (p.clone(), finished[&p.id].clone())).collect();
        }
        let ended = run(protocol, &todo, workers, &monitor(), |outcomes| -> Result<(), Infallible> {
            finished.extend(outcomes.into_iter().map(|o| (o.id.clone(), o)));
            Ok(())
        });
        assert_eq!(ended.unwrap(), Ended::Done);
    }
}

fn workers(threads: usize, population: Option<usize>) -> Workers {
    Workers { threads, population, by: "test".into() }
}

#[test]
fn a_trial_is_the_same_alone_and_in_any_population_with_any_number_of_threads() {
    let protocol = protocol(vec![subject("moons", false)]);
    let alone = finish(&protocol, &workers(1, Some(1)));
    assert_eq!(alone.len(), 2 * (4 * 2 + 3));
    for (threads, population) in [(1, None), (2, Some(3)), (3, Some(5))] {
        assert_eq!(finish(&protocol, &workers(threads, population)), alone, "{threads} threads, {population:?}");
    }
    assert!(alone.iter().any(|(_, o)| o.diverged) && alone.iter().any(|(_, o)| !o.diverged));
}

#[test]
fn a_poisoned_task_fails_alone() {
    let healthy = finish(&protocol(vec![subject("moons", false)]), &workers(2, None));
    let both = finish(&protocol(vec![subject("poisoned", true), subject("moons", false)]), &workers(2, None));
    let (poisoned, rest): (Vec<_>, Vec<_>) = both.into_iter().partition(|(p, _)| p.task == "poisoned");
    assert_eq!(rest, healthy);
    assert_eq!(poisoned.len(), healthy.len(), "every trial is there");
    assert!(poisoned.iter().filter(|(_, o)| o.diverged).count() > poisoned.len() / 2);
}

#[test]
fn only_evaluation_sees_the_test_rows_and_its_seeds_are_fresh() {
    let trials = finish(&protocol(vec![subject("moons", false)]), &workers(2, None));
    for (planned, outcome) in trials {
        let sees = outcome.last.test.loss.is_some() || outcome.best.is_some_and(|best| best.test.loss.is_some());
        assert_eq!(sees, planned.role == TrialRole::Evaluation && !outcome.diverged, "{planned:?}");
        assert_eq!(planned.seed < 3, planned.role == TrialRole::Evaluation);
    }
}

#[test]
fn the_chosen_rate_is_the_one_with_the_lowest_mean_validation_loss() {
    let trials = finish(&protocol(vec![subject("moons", false)]), &workers(2, None));
    for optimizer in ["sgd", "adam"] {
        let of = |role| trials.iter().filter(move |(p, _)| p.optimizer == optimizer && p.role == role);
        let score = |configuration: usize| -> f64 {
            let of = of(TrialRole::Tuning).filter(|(p, _)| p.configuration == configuration);
            let lowest = of.map(|(_, o)| {
                let curve = o.curve.val_loss.iter().flatten().copied().fold(f64::INFINITY, f64::min);
                if o.diverged { f64::INFINITY } else { curve }
            });
            lowest.sum::<f64>() / 2.0
        };
        let best = (0..4).min_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap();
        assert!(of(TrialRole::Evaluation).all(|(p, _)| p.configuration == best), "{optimizer}");
    }
}

/// Each seed searches for itself: 4 rates and then the kept one, at 3 seeds.
fn searching() -> Protocol {
    let of_settings = protocol(vec![subject("moons", false)]);
    Protocol { judged: Judged::Search, tuning_seeds: of_settings.evaluation_seeds.clone(), ..of_settings }
}

#[test]
fn a_replicate_searches_at_its_own_seed_and_its_evaluation_is_the_run_that_it_kept() {
    let trials = finish(&searching(), &workers(2, None));
    assert_eq!(trials.len(), 2 * 3 * (4 + 1));
    for optimizer in ["sgd", "adam"] {
        for replicate in 0..3 {
            let here = trials.iter().filter(|(p, _)| p.optimizer == optimizer && p.replicate == Some(replicate));
            let (evaluation, tuning): (Vec<_>, Vec<_>) = here.partition(|(p, _)| p.role == TrialRole::Evaluation);
            assert!(tuning.iter().chain(&evaluation).all(|(p, _)| p.seed == replicate as u64));
            assert_eq!((tuning.len(), evaluation.len(), evaluation[0].0.index), (4, 1, replicate));
            let loss =
                |outcome: &TrialOutcome| outcome.best.and_then(|best| best.val.loss).filter(|_| !outcome.diverged);
            let score = |outcome: &TrialOutcome| loss(outcome).unwrap_or(f64::INFINITY);
            let lowest = tuning.iter().map(|(_, o)| score(o)).fold(f64::INFINITY, f64::min);
            let (kept, judged) = &evaluation[0];
            let found = tuning.iter().find(|(p, _)| p.configuration == kept.configuration).expect("it was tried");
            assert_eq!((score(&found.1), &found.0.settings), (lowest, &kept.settings));
            // The same bits again, and now with test figures.
            let without_test = |outcome: &TrialOutcome| {
                let strip = |figures: Figures| Figures { test: PartFigures::default(), ..figures };
                (outcome.best.map(strip), strip(outcome.last), outcome.curve.clone(), outcome.steps)
            };
            assert_eq!(without_test(&found.1), without_test(judged));
            assert!(judged.last.test.loss.is_some() || judged.diverged);
            assert!(tuning.iter().all(|(_, o)| o.last.test.loss.is_none()), "no choice sees a test row");
        }
    }
    let rates = |optimizer: &str, replicate| -> Vec<Setting> {
        let of = |(p, _): &&(Planned, TrialOutcome)| {
            p.optimizer == optimizer && p.replicate == Some(replicate) && p.role == TrialRole::Tuning
        };
        trials.iter().filter(of).flat_map(|(p, _)| p.settings.clone()).collect()
    };
    assert_eq!(rates("sgd", 1), rates("adam", 1), "the same rates for all optimizers");
    assert_ne!(rates("sgd", 1), rates("sgd", 2), "other rates in each replicate");
}

#[test]
fn a_shard_does_whole_replicates_and_waits_for_nobody() {
    let protocol = searching();
    let all = finish(&protocol, &workers(2, None));
    let mut finished = Finished::new();
    for number in 1..=4 {
        let shard = Shard { number, of: 4 };
        let mut mine = Finished::new();
        loop {
            let plan = plan(&protocol, &mine).unwrap();
            let new = |p: &&Planned| shard.has(p) && !mine.contains_key(&p.id);
            let todo: Vec<Planned> = plan.trials.iter().filter(new).cloned().collect();
            if todo.is_empty() {
                break;
            }
            let mut done = Vec::new();
            let ended = run(&protocol, &todo, &workers(1, None), &monitor(), |outcomes| -> Result<(), Infallible> {
                done.extend(outcomes);
                Ok(())
            });
            assert_eq!(ended.unwrap(), Ended::Done);
            mine.extend(done.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
        }
        assert!(mine.len().is_multiple_of(4 + 1), "{number}: {} trials are no whole replicates", mine.len());
        finished.extend(mine);
    }
    assert_eq!(finished.len(), all.len());
    assert!(all.iter().all(|(planned, outcome)| finished[&planned.id] == *outcome));
}

#[test]
fn a_fresh_seed_judges_what_another_seed_chose() {
    let protocol = Protocol { judged: Judged::Fresh, tuning_seeds: vec![100, 101, 102], ..searching() };
    for (planned, _) in finish(&protocol, &workers(2, None)) {
        let replicate = planned.replicate.expect("a replicate") as u64;
        assert_eq!(planned.seed, if planned.role == TrialRole::Tuning { 100 + replicate } else { replicate });
    }
}

#[test]
fn what_a_search_kept_runs_once_more_at_a_fresh_seed_and_changes_nothing_else() {
    let given = Contender { search: Vec::new(), ..contender("given", "sgd:lr=0.1") };
    let without = Protocol { contenders: vec![contender("sgd", "sgd"), given], ..searching() };
    let protocol = Protocol { fresh_seeds: vec![1_000, 1_001, 1_002], ..without.clone() };
    let (without, with) = (finish(&without, &workers(1, None)), finish(&protocol, &workers(2, Some(5))));
    let (fresh, rest): (Vec<_>, Vec<_>) = with.into_iter().partition(|(planned, _)| planned.role == TrialRole::Fresh);
    assert_eq!(rest, without);
    assert_eq!(fresh.len(), 3, "one for each search, and none where nothing was searched");
    for (planned, outcome) in fresh {
        let replicate = planned.replicate.expect("a replicate");
        let same = |(p, _): &&(Planned, TrialOutcome)| {
            (p.role, &p.optimizer, p.replicate) == (TrialRole::Evaluation, &planned.optimizer, planned.replicate)
        };
        let (kept, _) = rest.iter().find(same).expect("it was kept");
        assert_eq!((planned.seed, planned.index), (1_000 + replicate as u64, replicate));
        assert_eq!((planned.configuration, &planned.spec), (kept.configuration, &kept.spec));
        assert!(outcome.diverged || outcome.last.test.loss.is_some());
    }
}

#[test]
fn a_keeper_that_loses_trials_is_found_out_and_the_work_ends() {
    struct Leaks(Finished);
    impl Keeper for Leaks {
        type Error = Infallible;
        fn finished(&mut self) -> Result<Finished, Infallible> {
            Ok(self.0.clone())
        }
        fn keep(&mut self, outcomes: &[TrialOutcome]) -> Result<(), Infallible> {
            self.0.extend(outcomes.iter().skip(1).map(|outcome| (outcome.id.clone(), outcome.clone())));
            Ok(())
        }
    }
    let protocol = searching();
    let prepared = prepare(&protocol.subjects[0].task.dataset, &Preparation::default(), Draw::Fixed).unwrap();
    let study = Study {
        question: Question {
            level: 0.05,
            endpoint: None,
            margin: None,
            target_val_loss: None,
            earlier_looks: Vec::new(),
            resampling_seed: 0,
        },
        design: facts::design(&protocol),
        tasks: vec![facts::task(&protocol.subjects[0], &prepared)],
        optimizers: protocol.contenders.iter().map(facts::contender).collect(),
        trials: Vec::new(),
        missing: 0,
    };
    let mut leaks = Leaks(Finished::new());
    let ended = complete(&protocol, &study, &workers(1, None), &monitor(), &mut leaks);
    assert!(matches!(ended, Err(RunError::Lost(lost)) if lost > 0));
    let completed = complete(&protocol, &study, &workers(1, None), &monitor(), &mut Memory::default()).unwrap();
    assert_eq!(completed.expect("nobody interrupts").study().missing, 0);
}

#[test]
fn the_endpoints_measure_chooses_if_asked_to() {
    let by_accuracy = Chooser { by: ChooseBy::Endpoint, endpoint: None };
    let trials = finish(&Protocol { chooser: by_accuracy, ..searching() }, &workers(2, None));
    for (kept, _) in trials.iter().filter(|(p, _)| p.role == TrialRole::Evaluation) {
        let of = |(p, _): &&(Planned, TrialOutcome)| {
            (p.role, &p.optimizer, p.replicate) == (TrialRole::Tuning, &kept.optimizer, kept.replicate)
        };
        let accuracy = |o: &TrialOutcome| o.best.and_then(|b| b.val.accuracy).filter(|_| !o.diverged).unwrap_or(-1.0);
        let best = trials.iter().filter(of).map(|(_, o)| accuracy(o)).fold(-1.0, f64::max);
        let found = trials.iter().filter(of).find(|(p, _)| p.configuration == kept.configuration).unwrap();
        assert_eq!(accuracy(&found.1), best);
    }
}
