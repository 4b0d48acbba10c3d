//! `downhill compare`.

use crate::cli::Compare;
use crate::failure::{Failure, OrUsage, Outcome};
use crate::program;
use crate::progress::{StudyProgress, monitor};
use crate::study::folder::{StudyFolder, default_path};
use crate::study::options::StudyOptions;
use crate::study::report;
use crate::study::resolve::resolve;
use crate::terminal::{print, print_json, say};
use downhill_optim::Registry;
use downhill_run::machine;
use downhill_study::complete::{Completed, Keeper, complete};
use downhill_study::plan::Finished;
use downhill_study::run::RunError;
use downhill_study::{Plan, Shard, Store, Workers, plan};
use downhill_train::Monitor;
use downhill_verdict::Study;
use downhill_verdict::trial::{Planned, TrialOutcome};
use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Limit on threads and members.
const MOST: usize = 1024;

/// Seconds between two checks of other shards' trials.
const LOOK: Duration = Duration::from_secs(1);

/// Compares, or continues a comparison.
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
        return crate::study::dry_run::show(&comparison, &out, threads, args.json);
    }

    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    for note in &comparison.notes {
        talk(&format!("note: {note}"));
    }
    let folder = StudyFolder::create(&out)?;
    let store = Store::open(folder.path(), shard).or_usage()?;
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

    let workers = Workers { threads, population, by: program::this().by() };
    let (protocol, monitor) = (&comparison.protocol, monitor());
    let mut facts = comparison.study.clone();
    facts.question.earlier_looks = folder.earlier_looks(&comparison.study)?;
    let mut at_work = AtWork {
        folder: &folder,
        store,
        shard,
        // Independent shards have nothing to wait for.
        patience: args.wait.filter(|_| !protocol.shards_stand_alone()).map(Duration::from_secs),
        quiet: args.quiet,
        monitor: monitor.clone(),
        progress: None,
        seen_last: (0, Instant::now()),
        told: 0,
    };
    let completed = complete(protocol, &facts, &workers, &monitor, &mut at_work).map_err(|error| match error {
        RunError::Sink(failure) => failure,
        RunError::Plan(error) => Failure::usage(error),
        error => Failure::run(error),
    })?;
    drop(at_work);
    let Some(completed) = completed else {
        talk("interrupted; the same command goes on");
        return Ok(ExitCode::from(130));
    };
    if let Some(shard) = shard {
        let Completed { plan, finished, .. } = &completed;
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
    let planned: HashSet<&str> = completed.plan.trials.iter().map(|planned| planned.id.as_str()).collect();
    let unused = completed.finished.keys().filter(|id| !planned.contains(id.as_str())).count();
    if unused > 0 {
        talk(&format!(
            "note: {unused} finished trials in this folder are not part of this comparison; they are left alone"
        ));
    }
    let study = completed.study();
    let verdict = report::make(&folder, &study, &report::repeats(&folder))?;
    if args.json {
        print_json(&verdict)?;
    } else {
        print(&report::terminal(&study, &verdict))?;
    }
    talk(&format!("report: {}", folder.path().join(report::PAGE).display()));
    Ok(ExitCode::SUCCESS)
}

/// The folder of a comparison at work.
struct AtWork<'a> {
    folder: &'a StudyFolder,
    store: Store,
    shard: Option<Shard>,
    /// The longest wait for other shards.
    patience: Option<Duration>,
    quiet: bool,
    monitor: Arc<Monitor>,
    progress: Option<StudyProgress>,
    /// The number of finished trials at its last change, and the time of that change.
    seen_last: (usize, Instant),
    /// The last reported number of missing trials of other shards.
    told: usize,
}

impl Keeper for AtWork<'_> {
    type Error = Failure;

    fn finished(&mut self) -> Outcome<Finished> {
        self.store.finished().or_usage()
    }

    fn keep(&mut self, outcomes: &[TrialOutcome]) -> Outcome<()> {
        self.store.append(outcomes).map_err(Failure::run)?;
        if let Some(bar) = &mut self.progress {
            bar.finished(outcomes);
        }
        Ok(())
    }

    fn planned(&mut self, plan: &Plan, facts: &Study) -> Outcome<()> {
        self.folder.write_plan(plan, facts)
    }

    fn begins(&mut self, plan: &Plan, todo: &[Planned], finished: &Finished) {
        let bar = self.progress.get_or_insert_with(|| StudyProgress::start(&self.monitor, self.quiet));
        bar.plan(plan, todo, finished);
    }

    fn mine(&self, planned: &Planned) -> bool {
        self.shard.is_none_or(|shard| shard.has(planned))
    }

    fn waits(&mut self, missing: usize, finished: &Finished) -> bool {
        if finished.len() != self.seen_last.0 {
            self.seen_last = (finished.len(), Instant::now());
        }
        if self.patience.is_none_or(|patience| self.seen_last.1.elapsed() >= patience) {
            return false;
        }
        if self.told != missing && !self.quiet {
            say(&format!("waiting for {missing} trials of other shards"));
            self.told = missing;
        }
        std::thread::sleep(LOOK);
        true
    }
}

fn at_most(name: &str, value: Option<usize>) -> Outcome<Option<usize>> {
    match value {
        Some(value) if !(1..=MOST).contains(&value) => {
            Err(Failure::usage(format!("{name} is {value}, but must be from 1 to {MOST}")))
        }
        value => Ok(value),
    }
}
