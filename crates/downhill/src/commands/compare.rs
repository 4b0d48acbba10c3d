//! `downhill compare`.

use crate::cli::Compare;
use crate::failure::{Failure, OrUsage, Outcome};
use crate::progress::{StudyProgress, monitor};
use crate::study::folder::{Folder, default_path};
use crate::study::options::StudyOptions;
use crate::study::report;
use crate::study::resolve::{Comparison, resolve};
use crate::terminal::{print, print_json, say};
use downhill_optim::Registry;
use downhill_run::machine;
use downhill_study::facts::{self, with_trials};
use downhill_study::plan::Finished;
use downhill_study::{Ended, Plan, Shard, Store, Workers, plan, run as train};
use downhill_verdict::Study;
use downhill_verdict::trial::Planned;
use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Most threads and members that can be asked for.
const MOST: usize = 1024;

/// Seconds between two looks at what other shards have done.
const LOOK: Duration = Duration::from_secs(1);

/// Compares, or goes on comparing.
pub fn run(args: Compare, registry: &Registry) -> Outcome<ExitCode> {
    let threads = at_most("--threads", args.threads)?.unwrap_or_else(machine::cores);
    let population = at_most("--population", args.population)?;
    let shard = args.shard.as_deref().map(crate::study::shard::read).transpose()?;
    if args.wait.is_some() && shard.is_none() {
        return Err(Failure::usage("--wait waits for other shards, so it belongs to --shard"));
    }
    let file = match &args.config {
        None => StudyOptions::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
            StudyOptions::from_toml(path, &text)?
        }
    };
    let comparison = resolve(args.options.clone().or(file), registry, threads, population)?;
    let out = args.out.clone().map_or_else(|| default_path(&comparison.options), Ok)?;
    if args.dry_run {
        return crate::study::dry_run::show(&args, &comparison, &out, threads);
    }

    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    for note in &comparison.notes {
        talk(&format!("note: {note}"));
    }
    let folder = Folder::create(&out)?;
    let mut store = Store::open(folder.path(), shard).or_usage()?;
    let known = store.finished().or_usage()?;
    let first = plan(&comparison.protocol, &known).or_usage()?;
    if !known.is_empty() && !first.trials.iter().any(|planned| known.contains_key(&planned.id)) {
        return Err(Failure::usage(format!(
            "{} holds another comparison: of its {} trials none belongs to this one; --out names another folder",
            out.display(),
            known.len()
        )));
    }
    let vanishing = folder.vanishing(&comparison.study);
    if !vanishing.is_empty() {
        talk(&format!(
            "warning: the comparison in this folder had {}, and this one has not; their trials stay, the report is replaced",
            vanishing.join(", ")
        ));
    }
    folder.write_options(&comparison.options)?;
    talk(&format!("study: {}", folder.path().display()));

    let workers = Workers { threads, population, by: by() };
    let Some((plan, facts, finished)) = work(&args, &comparison, &folder, &mut store, shard, &workers)? else {
        talk("interrupted; the same command goes on");
        return Ok(ExitCode::from(130));
    };
    if let Some(shard) = shard {
        let (mine, theirs): (Vec<&Planned>, Vec<&Planned>) = plan.trials.iter().partition(|p| shard.has(p));
        let missing = theirs.iter().filter(|p| !finished.contains_key(&p.id)).count();
        talk(&format!("shard {shard}: all {} of its trials known so far are finished", mine.len()));
        if missing + plan.later > 0 && comparison.protocol.shards_stand_alone() {
            talk(&format!(
                "of other shards {missing} are not; after them the same command without --shard gives the verdict"
            ));
        } else if missing + plan.later > 0 {
            talk(&format!(
                "{missing} of other shards are not, and {} more follow from them; run this shard again after those, or \
                 all that is left with the same command without --shard",
                plan.later
            ));
        } else {
            talk("nothing is missing; the same command without --shard gives the verdict");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let study = with_trials(Study { missing: plan.later, ..facts }, &plan.trials, &finished);
    let planned: HashSet<&str> = plan.trials.iter().map(|planned| planned.id.as_str()).collect();
    let unused = finished.keys().filter(|id| !planned.contains(id.as_str())).count();
    if unused > 0 {
        talk(&format!(
            "note: {unused} finished trials in this folder are not part of this comparison; they are left alone"
        ));
    }
    let verdict = report::make(&folder, &study, &report::repeats(&folder))?;
    if args.json {
        print_json(&verdict)?;
    } else {
        print(&report::terminal(&study, &verdict))?;
    }
    talk(&format!("report: {}", folder.path().join(report::PAGE).display()));
    Ok(ExitCode::SUCCESS)
}

/// Runs what is to be run until there is nothing left to do; none after an interruption.
fn work(
    args: &Compare,
    comparison: &Comparison,
    folder: &Folder,
    store: &mut Store,
    shard: Option<Shard>,
    workers: &Workers,
) -> Outcome<Option<(Plan, Study, Finished)>> {
    let Comparison { protocol, study, .. } = comparison;
    let monitor = monitor();
    let mut facts = study.clone();
    facts.question.earlier_looks = folder.earlier_looks(study)?;
    let (mut progress, mut written): (Option<StudyProgress>, Option<Plan>) = (None, None);
    let mut told = 0;
    // How many trials were finished when that last changed, and when.
    let mut seen_last = (0, Instant::now());
    loop {
        let mut finished = store.finished().or_usage()?;
        if finished.len() != seen_last.0 {
            seen_last = (finished.len(), Instant::now());
        }
        let plan = plan(protocol, &finished).or_usage()?;
        facts::grow(&mut facts, study, &plan);
        if written.as_ref() != Some(&plan) {
            folder.write_plan(&plan, &facts)?;
            written = Some(plan.clone());
        }
        // The same optimizer under two names has the same trials; each is run once.
        let mut seen = HashSet::new();
        let mine = |planned: &&Planned| shard.is_none_or(|shard| shard.has(planned)) && seen.insert(planned.id.clone());
        let todo: Vec<Planned> =
            plan.trials.iter().filter(|p| !finished.contains_key(&p.id)).filter(mine).cloned().collect();
        if todo.is_empty() {
            let missing = plan.later + plan.trials.iter().filter(|p| !finished.contains_key(&p.id)).count();
            // Whose shards stand alone has nothing to wait for.
            let patience = args.wait.filter(|_| !protocol.shards_stand_alone()).map(Duration::from_secs);
            if missing == 0 || patience.is_none_or(|patience| seen_last.1.elapsed() >= patience) {
                return Ok(Some((plan, facts, finished)));
            }
            if monitor.interrupt.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if told != missing && !args.quiet {
                say(&format!("waiting for {missing} trials of other shards"));
                told = missing;
            }
            std::thread::sleep(LOOK);
            continue;
        }
        let bar = progress.get_or_insert_with(|| StudyProgress::start(&monitor, args.quiet));
        bar.plan(&plan, &todo, &finished);
        let ended = train(protocol, &todo, workers, &monitor, |outcomes| -> Outcome<()> {
            store.append(&outcomes).map_err(Failure::run)?;
            bar.finished(&outcomes);
            finished.extend(outcomes.into_iter().map(|outcome| (outcome.id.clone(), outcome)));
            Ok(())
        });
        match ended {
            Ok(Ended::Done) => {}
            Ok(Ended::Interrupted) => return Ok(None),
            Err(downhill_study::run::RunError::Sink(failure)) => return Err(failure),
            Err(error) => return Err(Failure::run(error)),
        }
    }
}

/// What a trial's bits may depend on, apart from its id.
fn by() -> String {
    let versions = crate::versions();
    format!("downhill {} ({}), {}", versions.downhill, versions.revision, machine::instruction_set())
}

fn at_most(name: &str, value: Option<usize>) -> Outcome<Option<usize>> {
    match value {
        Some(value) if !(1..=MOST).contains(&value) => {
            Err(Failure::usage(format!("{name} is {value}, but must be from 1 to {MOST}")))
        }
        value => Ok(value),
    }
}
