//! From options to a protocol: options checked, data loaded, everything resolved.

use crate::failure::{Failure, OrUsage, Outcome};
use crate::program;
use crate::study::options::{StudyOptions, TaskOptions};
use crate::study::search::Wanted;
use crate::terminal::{quoted, typed};
use crate::words::flags;
use downhill_data::prepare;
use downhill_optim::{OptimizerSpec, Registry};
use downhill_run::Common;
use downhill_run::fit::{check_memory, check_nature, check_schedule};
use downhill_run::prepare::{data, data_name, fingerprint};
use downhill_run::task::{at_least_one, defaults, task};
use downhill_study::run::population_of;
use downhill_study::{Contender, Protocol, Subject, facts};
use downhill_train::Task;
use downhill_verdict::endpoint::{Endpoint, Measure};
use downhill_verdict::selection::Chooser;
use downhill_verdict::study::{self, ChooseBy, Folds, Judged, Question, Range, Study, Varies};
use downhill_verdict::trial::{Setting, Value};

/// Distance of the first tuning seed from the first evaluation seed, so that the two sets never overlap.
const TUNING: u64 = 1_000_000;

/// Most seeds, configurations and folds: a larger number is a typing error.
const MOST: u64 = 100_000;

/// Default replicates, and default configurations of each search.
const SEEDS: u64 = 20;
const CONFIGURATIONS: u64 = 12;
/// Default configurations where one search serves all seeds: a finer search.
const CONFIGURATIONS_OF_ONE_SEARCH: u64 = 24;

/// Default updates of a trial.
const STEPS: u64 = 2_000;

/// A comparison, ready to start.
pub struct Comparison {
    /// Every option with its value, defaults written out: the content of `study.toml`.
    pub options: StudyOptions,
    /// The protocol to run.
    pub protocol: Protocol,
    /// The study for the verdict, without trials.
    pub study: Study,
    /// Notes for the user on decisions made here.
    pub notes: Vec<String>,
}

/// Resolves options: checks each, loads the data, and writes out every default.
///
/// # Errors
/// For anything wrong with the options or the data, with exit status 2.
pub fn resolve(
    options: StudyOptions,
    registry: &Registry,
    threads: usize,
    population: Option<usize>,
) -> Outcome<Comparison> {
    let mut full = options;
    if full.tasks.is_empty() {
        return Err(Failure::usage(
            "which data? Give names of data sets (`downhill list datasets` shows them) or paths, such as \
             `downhill compare digits -o sgd -o adam`",
        ));
    }
    if full.optimizer.is_empty() {
        return Err(Failure::usage(
            "which optimizers? Name them with -o, such as -o sgd -o adam; with one, its settings are tuned",
        ));
    }
    let mut notes = Vec::new();
    let varies = varies(&mut full)?;
    let wanted = Wanted::read(&mut full.search, &mut full.search_range)?;
    let contenders = contenders(&full.optimizer, &wanted, registry)?;
    let judged = judged(&mut full, varies)?;
    let choose_by = choose_by(&mut full)?;
    let counts = Counts::read(&mut full, varies, judged)?;
    let question = question(&mut full)?;

    let (mut subjects, mut tasks) = (Vec::new(), Vec::new());
    for mut options in std::mem::take(&mut full.tasks) {
        let named = options.name.clone().unwrap_or_else(|| options.data.clone());
        if named.trim().is_empty() {
            return Err(Failure::usage("a task's `name` is empty"));
        }
        let about = |failure: Failure| match failure.message.starts_with(&named) {
            true => failure,
            false => Failure { message: format!("{named}: {}", failure.message), ..failure },
        };
        let (subject, facts) = subject(&mut options, varies).map_err(about)?;
        if let Some(endpoint) = question.endpoint.filter(|endpoint| !endpoint.fits(&facts.kind)) {
            return Err(about(Failure::usage(format!("this task has no endpoint {endpoint}"))));
        }
        for contender in &contenders {
            check_fit(&subject, contender, threads, population).map_err(about)?;
        }
        notes.extend(facts.notes.iter().map(|note| format!("{named}: {note}")));
        if subjects.iter().any(|s: &Subject| s.name == subject.name) {
            return Err(Failure::usage(format!(
                "the task `{}` is given twice; a `name` in study.toml tells tasks on the same data apart",
                subject.name
            )));
        }
        subjects.push(subject);
        tasks.push(facts);
        full.tasks.push(options);
    }
    if question.margin.is_some() {
        check_margin(full.margin.as_deref().unwrap_or_default(), &question, &tasks)?;
    }

    let from = |first: u64, count: u64| -> Vec<u64> { (first..first + count).collect() };
    let protocol = Protocol {
        subjects,
        contenders,
        configurations: counts.configurations as usize,
        judged,
        chooser: Chooser { by: choose_by, endpoint: question.endpoint },
        tuning_seeds: match judged {
            Judged::Search => from(counts.seed, counts.seeds),
            Judged::Fresh => from(counts.seed + TUNING, counts.seeds),
            Judged::Setting => from(counts.seed + TUNING, counts.tuning_seeds),
        },
        evaluation_seeds: from(counts.seed, counts.seeds),
        fresh_seeds: match judged {
            Judged::Search => from(counts.seed + TUNING, counts.seeds),
            Judged::Fresh | Judged::Setting => Vec::new(),
        },
        search_seed: *full.search_seed.get_or_insert(0),
        halving: *full.halving.get_or_insert(false),
        extend: *full.extend.get_or_insert(false),
        varies,
    };
    if protocol.extend && matches!(varies, Varies::Folds(_)) {
        return Err(Failure::usage(
            "--folds and --extend exclude each other: a range that grows for all would let one fold's choice see another's test \
             rows; --search-range sets a wider one",
        ));
    }
    if protocol.halving && protocol.extend {
        return Err(Failure::usage("--extend and --halving exclude each other; give one of them"));
    }
    let study = Study {
        question,
        design: facts::design(&protocol),
        tasks,
        optimizers: protocol.contenders.iter().map(facts::contender).collect(),
        trials: Vec::new(),
        missing: 0,
    };
    Ok(Comparison { options: full, protocol, study, notes })
}

/// The numbers of the protocol, each checked.
struct Counts {
    configurations: u64,
    tuning_seeds: u64,
    seeds: u64,
    seed: u64,
}

impl Counts {
    fn read(full: &mut StudyOptions, varies: Varies, judged: Judged) -> Outcome<Self> {
        let count = |name: &str, value: u64| {
            if value > MOST {
                return Err(Failure::usage(format!("--{name} is {value}, but must be at most {MOST}")));
            }
            Ok(at_least_one(name, value)?)
        };
        let each = judged.each_seed_searches();
        if let Some(seeds) = full.tuning_seeds.filter(|_| each) {
            return Err(Failure::usage(format!(
                "--tuning-seeds is {seeds}, but each seed searches for itself, with one run of each configuration; --seeds says how \
                 many there are, and --judge setting compares settings that one search chose with several seeds"
            )));
        }
        let usual = if each { CONFIGURATIONS } else { CONFIGURATIONS_OF_ONE_SEARCH };
        let configurations = count("configurations", *full.configurations.get_or_insert(usual))?;
        let tuning_seeds = if each { 1 } else { count("tuning-seeds", *full.tuning_seeds.get_or_insert(3))? };
        let seeds = match varies {
            Varies::Folds(Folds { folds, repeats }) => {
                if let Some(seeds) = full.seeds.filter(|&seeds| seeds != (folds * repeats) as u64) {
                    return Err(Failure::usage(format!(
                        "--seeds is {seeds}, but with --folds {folds}x{repeats} there are {} evaluations, one for each fold",
                        folds * repeats
                    )));
                }
                (folds * repeats) as u64
            }
            _ => SEEDS,
        };
        let seeds = count("seeds", *full.seeds.get_or_insert(seeds))?;
        let seed = *full.seed.get_or_insert(0);
        if seed.checked_add(2 * TUNING).is_none() {
            return Err(Failure::usage(format!("--seed is {seed}, but must be at most {}", u64::MAX - 2 * TUNING)));
        }
        Ok(Self { configurations, tuning_seeds, seeds, seed })
    }
}

fn judged(full: &mut StudyOptions, varies: Varies) -> Outcome<Judged> {
    if let (Varies::Folds(_), Some(text)) = (varies, &full.judge) {
        return Err(Failure::usage(format!(
            "--judge is `{text}`, but with --folds there is one search inside of each fold; give one of them"
        )));
    }
    if let Varies::Folds(_) = varies {
        return Ok(Judged::Setting);
    }
    match full.judge.get_or_insert_with(|| "search".into()).as_str() {
        "search" => Ok(Judged::Search),
        "fresh" => Ok(Judged::Fresh),
        "setting" => Ok(Judged::Setting),
        other => Err(Failure::usage(format!("--judge is `{other}`, but must be search, fresh or setting"))),
    }
}

fn choose_by(full: &mut StudyOptions) -> Outcome<ChooseBy> {
    match full.choose_by.get_or_insert_with(|| "loss".into()).as_str() {
        "loss" => Ok(ChooseBy::Loss),
        "endpoint" => Ok(ChooseBy::Endpoint),
        other => Err(Failure::usage(format!("--choose-by is `{other}`, but must be loss or endpoint"))),
    }
}

fn varies(full: &mut StudyOptions) -> Outcome<Varies> {
    let resample = *full.resample.get_or_insert(false);
    match full.folds.as_deref() {
        None if resample => Ok(Varies::Resampling),
        None => Ok(Varies::Initialisation),
        Some(_) if resample => Err(Failure::usage("--folds and --resample exclude each other; give one of them")),
        Some(text) => {
            let wrong = || {
                Failure::usage(format!(
                    "--folds is `{text}`, but must be FOLDSxREPEATS such as 5x4: from 2 folds and 1 repeat, at most 1000 \
                     together"
                ))
            };
            let (folds, repeats) = text.split_once('x').unwrap_or((text, "1"));
            let (folds, repeats) = (folds.trim().parse::<usize>(), repeats.trim().parse::<usize>());
            match (folds, repeats) {
                (Ok(folds @ 2..), Ok(repeats @ 1..)) if folds.saturating_mul(repeats) <= 1000 => {
                    full.folds = Some(format!("{folds}x{repeats}"));
                    Ok(Varies::Folds(Folds { folds, repeats }))
                }
                _ => Err(wrong()),
            }
        }
    }
}

fn question(full: &mut StudyOptions) -> Outcome<Question> {
    let level = *full.level.get_or_insert(0.05);
    if !(level > 0.0 && level <= 0.5) {
        return Err(Failure::usage(format!("--level is {level}, but must be above 0 and at most 0.5")));
    }
    if let Some(x) = full.target_val_loss.filter(|x| !x.is_finite()) {
        return Err(Failure::usage(format!("--target-val-loss is {x}, but must be a finite number")));
    }
    let endpoint: Option<Endpoint> = full.endpoint.as_deref().map(str::parse).transpose().or_usage()?;
    full.endpoint = endpoint.map(|endpoint| endpoint.to_string());
    let margin = match full.margin.as_deref() {
        None => None,
        Some(text) => {
            let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
            let value = number.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x > 0.0);
            let wrong =
                || Failure::usage(format!("--margin is `{text}`, but must be a number above 0, or a percentage"));
            Some(value.ok_or_else(wrong)? * unit)
        }
    };
    Ok(Question {
        level,
        endpoint,
        margin,
        target_val_loss: full.target_val_loss,
        earlier_looks: Vec::new(),
        resampling_seed: 0,
    })
}

/// Refuses a margin in a unit that the endpoint does not have.
fn check_margin(text: &str, question: &Question, tasks: &[study::TaskFacts]) -> Outcome<()> {
    for task in tasks {
        let endpoint = question.endpoint.unwrap_or_else(|| Endpoint::of(task));
        let accuracy = endpoint.measure == Measure::TestAccuracy;
        if text.ends_with('%') && !accuracy {
            return Err(Failure::usage(format!(
                "{}: --margin is `{text}`, but {} is no percentage; give a number in its unit",
                task.name,
                endpoint.describe()
            )));
        }
        if accuracy && question.margin.is_some_and(|margin| margin >= 1.0) {
            return Err(Failure::usage(format!(
                "{}: --margin is `{text}`, but an accuracy is a fraction; write a number below 1, or a percentage below 100%",
                task.name
            )));
        }
    }
    Ok(())
}

fn contenders(texts: &[String], wanted: &Wanted, registry: &Registry) -> Outcome<Vec<Contender>> {
    let mut read: Vec<(String, OptimizerSpec)> = Vec::new();
    for text in texts {
        let named = text.split_once('=').filter(|(label, _)| !label.contains(':'));
        let (label, spec) = named.map_or((text.trim(), text.trim()), |(label, spec)| (label.trim(), spec.trim()));
        if label.is_empty() {
            return Err(Failure::usage(format!("-o {text}: the label before `=` is empty")));
        }
        if read.iter().any(|(known, _)| known == label) {
            return Err(Failure::usage(format!(
                "the optimizer `{label}` is given twice; LABEL=SPEC tells two apart, such as -o again={spec}"
            )));
        }
        read.push((label.into(), registry.parse(spec).or_usage()?));
    }
    wanted.check(&read.iter().map(|(_, spec)| spec).collect::<Vec<_>>())?;
    let one = |(label, spec): (String, OptimizerSpec)| Ok(Contender { label, search: wanted.of(&spec)?, spec });
    read.into_iter().map(one).collect()
}

/// A task, and its facts for the verdict.
fn subject(options: &mut TaskOptions, varies: Varies) -> Outcome<(Subject, study::TaskFacts)> {
    if options.common.epochs.is_none() {
        options.common.steps.get_or_insert(STEPS);
    }
    if options.common.steps == Some(0) || options.common.epochs == Some(0) {
        return Err(Failure::usage("--steps or --epochs is 0: nothing is trained, so there is nothing to compare"));
    }
    if let (Varies::Folds(_), Some(fraction)) = (varies, options.common.test_fraction) {
        return Err(Failure::usage(format!(
            "--test-fraction is {fraction}, but with --folds each fold is the test part in turn; give one of them"
        )));
    }
    let task = task(&options.data, &mut options.common)?;
    let name = options.name.clone().unwrap_or_else(|| options.data.clone());
    options.data = data_name(&options.data)?;
    let fingerprint = fingerprint(&task.dataset);
    let draw = first_draw(varies);
    let prepared = prepare(&task.dataset, &task.preparation, draw).or_usage()?;
    data(&task, &prepared)?;
    for (part, rows, what) in [
        ("validation", prepared.split.val.len(), "chooses the settings; --val-fraction sets its share"),
        ("test", prepared.split.test.len(), "judges the optimizers; --test-fraction sets its share"),
    ] {
        if rows == 0 {
            return Err(Failure::usage(format!("there are no {part} rows, but {part} data {what}")));
        }
    }
    let fingerprint = fingerprint.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let subject = Subject { name: name.clone(), fingerprint, train_rows: prepared.split.train.len(), task };
    let train = train_words(&options.data, &options.common, &subject)?;
    let mut facts = study::TaskFacts { train, ..facts::task(&subject, &prepared) };
    // The reader of a comparison types options.
    facts.notes = facts.notes.iter().map(|note| typed(note)).collect();
    Ok((subject, facts))
}

/// The command that trains one network as a trial does, without its optimizer.
fn train_words(data: &str, common: &Common, subject: &Subject) -> Outcome<Vec<String>> {
    let plain = defaults(&subject.task.dataset)?;
    let mut words: Vec<String> = [program::this().name, "train"].map(String::from).to_vec();
    words.push(quoted(data));
    words.extend(flags(common, &plain).map_err(|e| Failure::usage(format!("these options are no text: {e}")))?);
    Ok(words)
}

fn first_draw(varies: Varies) -> downhill_data::Draw {
    match varies {
        Varies::Folds(Folds { folds, .. }) => downhill_data::Draw::Fold { folds, number: 0 },
        _ => downhill_data::Draw::Fixed,
    }
}

/// Refuses an optimizer that cannot work on a task with any of the searched batch sizes and networks.
fn check_fit(subject: &Subject, contender: &Contender, threads: usize, population: Option<usize>) -> Outcome<()> {
    let choices = |key: &str| -> Vec<Option<Setting>> {
        match contender.search.iter().find(|d| d.key == key).map(|d| &d.range) {
            Some(Range::Choices(choices)) => choices
                .iter()
                .map(|choice| Some(Setting { key: key.into(), value: Value::Text(choice.clone()) }))
                .collect(),
            _ => vec![None],
        }
    };
    for size in choices("batch-size") {
        for hidden in choices("hidden") {
            let settings: Vec<Setting> = size.iter().chain(&hidden).cloned().collect();
            let task: Task = subject.with(&settings).or_usage()?;
            let (network, batching) = (task.network(), task.batching(subject.train_rows));
            check_nature(&contender.spec, &network, &batching, &task.clip)?;
            check_schedule(&task.schedule, batching.steps(task.budget))?;
            let precision = task.place.precision;
            let most = population.unwrap_or_else(|| population_of(&task, subject.train_rows));
            let members = (threads * most) as u64;
            check_memory(&network, &batching, &contender.spec, members, &task.dataset, precision)?;
        }
    }
    Ok(())
}
