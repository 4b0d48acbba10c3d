//! How often verdicts are wrong: a study of studies.
//!
//! ```text
//! cargo run --release --example level -- wine moons:n=300,noise=0.3 [--label-noise 0.2] [--quick]
//! ```
//!
//! For each data set it trains sgd and adam at 48 learning rates with many seeds each, everything else at the defaults of
//! `downhill compare`: the bank. From the bank it puts studies together as each protocol would have run them, thousands
//! of them in the time of a few. Seeds and grids are drawn with replacement, so the bank is the whole population, and
//! the truth is known.
//!
//! - **level**: adam against itself, each side with its own luck; how often one side is called better.
//! - **coverage, wrong winner, power**: sgd against adam; how often the interval contains the true difference of the
//!   optimizers with their searches, how often the worse optimizer is called better, and how often the better one.
//! - **planted**: adam against itself plus a known difference, by the default protocol; how often this is found, and
//!   where it is not, how often the number of further seeds that the verdict names finds it, in studies that saw the
//!   difference at about its true size.
//!
//! In brackets two standard errors.

use downhill_data::{Draw, LoadOptions, Missing, Preparation, Target, load, prepare};
use downhill_optim::Registry;
use downhill_random::{Purpose, Stream};
use downhill_spec::Scale;
use downhill_statistics::descriptive::standard_deviation;
use downhill_statistics::permutation::SignFlips;
use downhill_statistics::{median, power};
use downhill_study::{Contender, Protocol, Subject, Workers, facts, plan, run};
use downhill_train::{Budget, Monitor, Task};
use downhill_verdict::endpoint::{Endpoint, Measure};
use downhill_verdict::selection::{Chooser, ranking};
use downhill_verdict::study::{ChooseBy, Dimension, Judged, Range, Varies};
use downhill_verdict::trial::{Trial, TrialRole};
use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RATES: usize = 48;
const STEPS: u64 = 2_000;
const LEVEL: f64 = 0.05;
/// Judged seeds of a study.
const SEEDS: usize = 20;

/// One optimizer's trials on a data set.
struct Bank {
    /// By rate, then by seed; the configuration is the number of the rate.
    trials: Vec<Vec<Trial>>,
    /// The lowest validation losses within a ninth, a third and all of the updates.
    rungs: Vec<Vec<[f64; 3]>>,
    /// The endpoint, higher is better.
    values: Vec<Vec<f64>>,
}

/// A way to compare.
#[derive(Clone, Copy)]
enum Way {
    /// Each seed searches `rates` rates, and the kept network is judged.
    Search { rates: usize, by: ChooseBy, fresh: bool },
    /// The same with successive halving.
    Halving { rates: usize },
    /// One search of 24 rates with `seeds` seeds; its setting is judged.
    Setting { seeds: usize },
}

const WAYS: [(&str, Way); 7] = [
    ("search, 12 rates (the default)", Way::Search { rates: 12, by: ChooseBy::Loss, fresh: false }),
    ("search, 12 rates, --choose-by endpoint", Way::Search { rates: 12, by: ChooseBy::Endpoint, fresh: false }),
    ("search, 24 rates", Way::Search { rates: 24, by: ChooseBy::Loss, fresh: false }),
    ("search, 12 rates, --halving", Way::Halving { rates: 12 }),
    ("--judge fresh, 12 rates", Way::Search { rates: 12, by: ChooseBy::Loss, fresh: true }),
    ("--judge setting, 24 rates × 3 seeds", Way::Setting { seeds: 3 }),
    ("--judge setting, 24 rates × 10 seeds", Way::Setting { seeds: 10 }),
];

impl Bank {
    fn seeds(&self) -> usize {
        self.trials[0].len()
    }

    /// The rate that a search at one seed keeps, among every `step`-th from `offset` on.
    fn kept(&self, seed: usize, offset: usize, rates: usize, by: ChooseBy) -> usize {
        let step = RATES / rates;
        let tried = (0..rates).map(|part| &self.trials[part * step + offset][seed]);
        ranking(tried, &Chooser { by, endpoint: None })[0].configuration
    }

    /// The same with successive halving: a third of the rates goes on, twice.
    fn kept_by_halving(&self, seed: usize, offset: usize, rates: usize) -> usize {
        let step = RATES / rates;
        let mut here: Vec<usize> = (0..rates).map(|part| part * step + offset).collect();
        for rung in 0..3 {
            here.sort_by(|&a, &b| self.rungs[a][seed][rung].total_cmp(&self.rungs[b][seed][rung]).then(a.cmp(&b)));
            here.truncate(if rung == 2 { 1 } else { here.len().div_ceil(3) });
            here.sort_unstable();
        }
        here[0]
    }

    /// The rate that one search with these seeds chooses among 24.
    fn chosen(&self, seeds: &[usize]) -> usize {
        let tried = (0..24).flat_map(|part| seeds.iter().map(move |&seed| &self.trials[2 * part + 1][seed]));
        ranking(tried, &Chooser::default())[0].configuration
    }
}

/// The random draws of one replicate.
#[derive(Clone, Copy)]
struct Luck {
    seed: usize,
    fresh: usize,
    /// The position of the grid, modulo the number of positions of a search.
    place: usize,
}

impl Way {
    /// A study's values of one optimizer, one for each replicate. `tuning` are the seeds of a single search.
    fn values(self, bank: &Bank, luck: &[Luck], tuning: &[usize]) -> Vec<f64> {
        match self {
            Way::Search { rates, by, fresh } => {
                let one = |luck: &Luck| {
                    let kept = bank.kept(luck.seed, luck.place % (RATES / rates), rates, by);
                    bank.values[kept][if fresh { luck.fresh } else { luck.seed }]
                };
                luck.iter().map(one).collect()
            }
            Way::Halving { rates } => {
                let kept = |luck: &Luck| bank.kept_by_halving(luck.seed, luck.place % (RATES / rates), rates);
                luck.iter().map(|luck| bank.values[kept(luck)][luck.seed]).collect()
            }
            Way::Setting { seeds } => {
                let chosen = bank.chosen(&tuning[..seeds]);
                luck.iter().map(|luck| bank.values[chosen][luck.fresh]).collect()
            }
        }
    }

    /// The mean of an optimizer with its search over all luck: exact, except for a single search, with drawn seeds.
    fn truth(self, bank: &Bank) -> f64 {
        let seeds = bank.seeds();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let of_rates: Vec<f64> = match self {
            Way::Setting { seeds: of_search } => {
                let mut stream = Stream::new(0, Purpose::Test, 0);
                let draws = (0..4_000).map(|_| bank.chosen(&draw(0, seeds, &mut stream).1[..of_search]));
                draws.map(|rate| mean(&bank.values[rate])).collect()
            }
            Way::Search { rates, by, fresh: true } => {
                let places = (0..seeds).flat_map(|seed| (0..RATES / rates).map(move |place| (seed, place)));
                places.map(|(seed, place)| mean(&bank.values[bank.kept(seed, place, rates, by)])).collect()
            }
            Way::Search { .. } | Way::Halving { .. } => {
                let luck = (0..seeds).flat_map(|seed| (0..RATES).map(move |place| Luck { seed, fresh: seed, place }));
                self.values(bank, &luck.collect::<Vec<_>>(), &[])
            }
        };
        mean(&of_rates)
    }
}

/// The luck of a study: the draws of each replicate, and the seeds of a single search.
fn draw(replicates: usize, seeds: usize, stream: &mut Stream) -> (Vec<Luck>, Vec<usize>) {
    let mut luck = Vec::with_capacity(replicates);
    for _ in 0..replicates {
        luck.push(Luck { seed: stream.below(seeds), fresh: stream.below(seeds), place: stream.below(RATES) });
    }
    (luck, (0..10).map(|_| stream.below(seeds)).collect())
}

/// Shares of many studies.
#[derive(Default)]
struct Shares {
    studies: usize,
    level: usize,
    covered: usize,
    wrong: usize,
    right: usize,
}

fn simulate(way: Way, sgd: &Bank, adam: &Bank, studies: usize, seed: u64) -> Result<Shares, Box<dyn Error>> {
    let truth = way.truth(sgd) - way.truth(adam);
    let half = |part: u64| -> Result<Shares, String> {
        let mut stream = Stream::new(seed, Purpose::Test, 1 + part);
        let mut shares = Shares::default();
        let test = |a: &[f64], b: &[f64]| {
            let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
            SignFlips::new(&differences, 0).map_err(|e| e.to_string())
        };
        for _ in 0..studies / 2 {
            let (luck, tuning) = draw(SEEDS, adam.seeds(), &mut stream);
            let (other_luck, other_tuning) = draw(SEEDS, adam.seeds(), &mut stream);
            // Settings share the judging seeds, as in the program; searches have their own.
            let other_luck = if matches!(way, Way::Setting { .. }) { &luck } else { &other_luck };
            let twins = test(&way.values(adam, &luck, &tuning), &way.values(adam, other_luck, &other_tuning))?;
            shares.level += usize::from(twins.p_value() <= LEVEL);
            let pair = test(&way.values(sgd, &luck, &tuning), &way.values(adam, &luck, &tuning))?;
            let interval = pair.interval(LEVEL).map_err(|e| e.to_string())?;
            shares.covered += usize::from(interval.contains(truth));
            if pair.p_value() <= LEVEL {
                let agrees = (pair.mean() > 0.0) == (truth > 0.0);
                *(if agrees { &mut shares.right } else { &mut shares.wrong }) += 1;
            }
            shares.studies += 1;
        }
        Ok(shares)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let mut all = half(0)?;
        let other = other.join().map_err(|_| "a thread panicked")??;
        all.studies += other.studies;
        all.level += other.level;
        all.covered += other.covered;
        all.wrong += other.wrong;
        all.right += other.right;
        Ok(all)
    })
}

/// Planted differences, in standard deviations of the difference of one replicate.
const PLANTED: [f64; 3] = [0.5, 0.75, 1.0];
/// A planted difference that 20 seeds seldom decide.
const SMALL: f64 = 0.35;
/// A study saw the planted difference if its own difference is within this share of it.
const SAW: f64 = 0.25;
/// The chance that the number of further seeds aims at.
const AIM: f64 = 0.8;

/// How often the default protocol finds planted differences, in lines.
fn planted(adam: &Bank, unit: &str, studies: usize) -> Result<String, Box<dyn Error>> {
    let Some((_, way)) = WAYS.first() else { return Err("no way to compare".into()) };
    let mut stream = Stream::new(2, Purpose::Test, 0);
    let mut differences = |replicates: usize| -> Vec<f64> {
        let [ours, theirs] = [0; 2].map(|_| way.values(adam, &draw(replicates, adam.seeds(), &mut stream).0, &[]));
        ours.iter().zip(&theirs).map(|(a, b)| a - b).collect()
    };
    let sd = standard_deviation(&differences(20_000)).ok_or("no spread")?;
    if sd == 0.0 {
        return Ok("planted: every replicate has the same value".into());
    }
    let share = |hits: usize, of: usize| {
        let share = hits as f64 / of.max(1) as f64;
        format!("{share:.2} ({:.2})", 2.0 * (share * (1.0 - share) / of.max(1) as f64).sqrt())
    };
    let mut lines =
        format!("planted, the default; the standard deviation of one replicate's difference is {}\n", amount(sd, unit));
    for effect in PLANTED {
        let mut found = 0;
        for _ in 0..studies {
            let seen: Vec<f64> = differences(SEEDS).iter().map(|d| d + effect * sd).collect();
            let test = SignFlips::new(&seen, 0)?;
            found += usize::from(test.p_value() <= LEVEL && test.mean() > 0.0);
        }
        let theory = power::power(effect, SEEDS, LEVEL)?;
        lines += &format!(
            "  {} is found in {}; normal theory {theory:.2}\n",
            amount(effect * sd, unit),
            share(found, studies)
        );
    }
    // Until enough studies that saw the difference are undecided; a bank of few values may have none.
    let (mut undecided, mut decided, mut more_seeds) = (0, 0, Vec::new());
    for _ in 0..20 * studies {
        if undecided == studies / 2 {
            break;
        }
        let mut seen: Vec<f64> = differences(SEEDS).iter().map(|d| d + SMALL * sd).collect();
        let mean = seen.iter().sum::<f64>() / SEEDS as f64;
        if (mean / (SMALL * sd) - 1.0).abs() > SAW || SignFlips::new(&seen, 0)?.p_value() <= LEVEL {
            continue;
        }
        // As in the verdict: further seeds are another look.
        let Some(more) = power::more_seeds(&seen, LEVEL / 2.0, 1, AIM)? else { continue };
        undecided += 1;
        more_seeds.push(more as f64);
        seen.extend(differences(more).iter().map(|d| d + SMALL * sd));
        let test = SignFlips::new(&seen, 0)?;
        decided += usize::from(test.p_value() <= LEVEL / 2.0 && test.mean() > 0.0);
    }
    more_seeds.sort_by(f64::total_cmp);
    let middle = median(&more_seeds).map_or("none".into(), |more| more.to_string());
    lines += &format!(
        "  {} was left open and seen in {undecided} studies; {middle} more seeds, as the verdict says, find it in {}",
        amount(SMALL * sd, unit),
        share(decided, undecided)
    );
    Ok(lines)
}

/// A difference in the endpoint's unit.
fn amount(difference: f64, unit: &str) -> String {
    if unit.is_empty() { format!("{:.2} points", 100.0 * difference) } else { format!("{difference:.3} {unit}") }
}

/// A data set with everything at the defaults of `downhill compare`.
fn subject(name: &str, label_noise: f64) -> Result<Subject, Box<dyn Error>> {
    // Only penguins has missing cells.
    let missing = if name == "penguins" { Missing::Mean } else { Missing::Error };
    let dataset = load(name, &LoadOptions { missing, ..LoadOptions::default() })?;
    let task = Task {
        preparation: Preparation { label_noise, ..Preparation::default() },
        budget: Budget::Steps(STEPS),
        ..Task::new(dataset)?
    };
    let prepared = prepare(&task.dataset, &task.preparation, Draw::Fixed)?;
    let (fingerprint, train_rows) = (task.dataset.fingerprint(), prepared.split.train.len());
    Ok(Subject { name: name.into(), fingerprint, task, train_rows })
}

/// Every rate with every seed, for each optimizer.
fn banks(subject: Subject, optimizers: &[&str], seeds: usize) -> Result<Vec<Bank>, Box<dyn Error>> {
    let range = Range::Numbers { low: 1e-4, high: 10.0, scale: Scale::Log };
    let contender = |name: &&str| -> Result<Contender, Box<dyn Error>> {
        let search = vec![Dimension { key: "lr".into(), range: range.clone() }];
        Ok(Contender { label: name.to_string(), spec: Registry::builtin().parse(name)?, search })
    };
    let prepared = prepare(&subject.task.dataset, &subject.task.preparation, Draw::Fixed)?;
    let endpoint = Endpoint::of(&facts::task(&subject, &prepared));
    let protocol = Protocol {
        subjects: vec![subject],
        contenders: optimizers.iter().map(contender).collect::<Result<_, _>>()?,
        configurations: RATES,
        judged: Judged::Setting,
        chooser: Chooser::default(),
        tuning_seeds: (0..seeds as u64).collect(),
        evaluation_seeds: vec![0],
        fresh_seeds: Vec::new(),
        search_seed: 0,
        halving: false,
        extend: false,
        varies: Varies::Initialisation,
    };
    // All configurations of the optimizer's search, but with test figures: no choice is made here.
    let mut planned = plan(&protocol, &HashMap::new())?.trials;
    planned.iter_mut().for_each(|planned| planned.role = TrialRole::Evaluation);
    let clock = Instant::now();
    let monitor = Monitor {
        clock: Box::new(move || clock.elapsed().as_secs_f64()),
        updates: AtomicU64::new(0),
        interrupt: AtomicBool::new(false),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = Workers { threads, population: None, by: "level".into() };
    let mut finished = HashMap::new();
    run(&protocol, &planned, &workers, &monitor, |outcomes| -> Result<(), Infallible> {
        finished.extend(outcomes.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
        Ok(())
    })?;
    let mut banks = Vec::new();
    for name in optimizers {
        let mut bank = Bank { trials: Vec::new(), rungs: Vec::new(), values: Vec::new() };
        bank.trials.resize_with(RATES, Vec::new);
        bank.rungs.resize_with(RATES, Vec::new);
        bank.values.resize_with(RATES, Vec::new);
        for planned in planned.iter().filter(|planned| planned.optimizer == *name) {
            let mut outcome = finished.remove(&planned.id).ok_or("a trial is missing")?;
            let curve = std::mem::take(&mut outcome.curve);
            let upto = |steps: u64| {
                let rows = curve.step.iter().zip(&curve.val_loss).filter(|(step, _)| **step <= steps);
                let diverged = rows.clone().any(|(_, loss)| loss.is_none());
                let lowest = rows.filter_map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
                if diverged { f64::INFINITY } else { lowest }
            };
            let rate = planned.configuration;
            let full = if outcome.diverged { f64::INFINITY } else { upto(STEPS) };
            bank.rungs[rate].push([upto(STEPS.div_ceil(9)), upto(STEPS.div_ceil(3)), full]);
            let best = outcome.best.filter(|_| !outcome.diverged);
            bank.values[rate].push(match endpoint.measure {
                Measure::TestAccuracy => best.and_then(|best| best.test.accuracy).unwrap_or(0.0),
                // Not infinite, so that means exist; far worse than an answer that ignores the features.
                _ => -best.and_then(|best| best.test.rmse).unwrap_or(1e3),
            });
            bank.trials[rate].push(Trial { planned: planned.clone(), outcome });
        }
        banks.push(bank);
    }
    Ok(banks)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (mut data, mut noise, mut quick) = (Vec::new(), 0.0, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => quick = true,
            "--label-noise" => noise = words.next().ok_or("--label-noise needs a share")?.parse()?,
            name => data.push(name.to_string()),
        }
    }
    if data.is_empty() {
        return Err("which data? Such as: wine iris moons".into());
    }
    let (seeds, studies) = if quick { (24, 200) } else { (60, 1_000) };
    for name in data {
        let began = Instant::now();
        let subject = subject(&name, noise)?;
        let unit = match &subject.task.dataset.target {
            Target::Classes { .. } => String::new(),
            Target::Values { names, .. } => names.join(", "),
        };
        let [sgd, adam] =
            <[Bank; 2]>::try_from(banks(subject, &["sgd", "adam"], seeds)?).map_err(|_| "two optimizers")?;
        let noisy = if noise > 0.0 { format!(", label noise {noise}") } else { String::new() };
        println!("{name}{noisy}: {seeds} seeds × {RATES} rates in the bank, {studies} studies of {SEEDS} seeds each");
        println!("{:<40} {:>15} {:>15} {:>15} {:>15}", "", "level", "coverage", "wrong winner", "right winner");
        for (what, way) in WAYS {
            let shares = simulate(way, &sgd, &adam, studies, 1)?;
            let n = shares.studies as f64;
            let share = |count: usize| {
                let share = count as f64 / n;
                format!("{share:.3} ({:.3})", 2.0 * (share * (1.0 - share) / n).sqrt())
            };
            let (level, covered) = (share(shares.level), share(shares.covered));
            println!("{what:<40} {level:>15} {covered:>15} {:>15} {:>15}", share(shares.wrong), share(shares.right));
            // Three standard errors of `n` studies.
            if quick && matches!(way, Way::Search { rates: 12, by: ChooseBy::Loss, fresh: false }) {
                assert!(shares.level as f64 <= (0.05 + 3.0 * (0.05f64 * 0.95 / n).sqrt()) * n, "the level is not kept");
                assert!(shares.wrong as f64 <= (0.025 + 3.0 * (0.025f64 * 0.975 / n).sqrt()) * n, "wrong winners");
            }
        }
        println!("{}", planted(&adam, &unit, studies)?);
        println!("in {:.0} s\n", began.elapsed().as_secs_f64());
    }
    Ok(())
}
