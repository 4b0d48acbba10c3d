//! `downhill train`.

use crate::cli::Train;
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::program;
use crate::progress::{Progress, monitor};
use crate::summary::summary;
use crate::terminal::{print, print_json, quoted, say};
use downhill_data::read::ColumnKind;
use downhill_optim::Registry;
use downhill_run::folder::{CURVES, default_path};
use downhill_run::{Folder, Options, Ready, Run, RunRecord, Training, prepare};
use downhill_train::Ended;
use downhill_train::StopReason;
use std::process::ExitCode;

const NO_DATA: &str = "which data? Give a data set's name (`downhill list datasets` shows them) or a path, such as \
                       `downhill train digits`";

/// Trains, or continues training.
pub fn run(args: Train, registry: &Registry) -> Outcome<ExitCode> {
    let threads = machine::threads(args.threads)?;
    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    let (folder, ready, resumed) = match &args.resume {
        Some(path) => {
            if args.options != Options::default() {
                return Err(Failure::usage(
                    "--resume goes on with what the run was told; beside it only --threads, --json and --quiet are allowed",
                ));
            }
            let (folder, run) = (Folder::open(path)?, Run::open(path)?);
            if run.is_done() {
                talk(&format!("{}: this run is done; nothing to resume", path.display()));
                show(&args, run.record()?)?;
                return Ok(ExitCode::SUCCESS);
            }
            (folder, run.ready(registry, threads, true)?, true)
        }
        None => {
            let file = args.config.as_deref().map(Options::read).transpose()?.unwrap_or_default();
            let options = args.options.clone().or(file);
            if options.data.is_none() {
                return Err(Failure::usage(NO_DATA));
            }
            let ready = prepare(&options, registry, threads, false)?;
            let path = args.out.clone().map_or_else(|| default_path(&ready.options, &ready.optimizer.spec.name), Ok)?;
            (Folder::create(&path, &ready.options)?, ready, false)
        }
    };
    for note in &ready.notes {
        talk(&format!("note: {note}"));
    }
    for warning in warnings(&ready) {
        talk(&format!("warning: {warning}"));
    }
    talk(&format!("run: {}", folder.path().display()));

    let monitor = monitor();
    let mut training = if resumed {
        let (training, notes) = Training::resume(folder, ready, program::this().versions())?;
        notes.iter().for_each(|note| say(&format!("warning: {note}")));
        training
    } else {
        Training::begin(folder, ready, program::this().versions())?
    };
    if let Some((used, all)) = training.measured_rows().filter(|(used, all)| used < all) {
        talk(&format!("note: --probe measures on {used} of the {all} training rows, evenly spaced"));
    }
    let mut progress = Progress::start(training.session(), &monitor, args.quiet);
    let ended = training.run(&monitor, &mut progress);
    drop(progress);
    if ended? == Ended::Interrupted {
        talk(&format!(
            "interrupted at step {}; `{} train --resume {}` goes on",
            training.session().step(),
            program::this().name,
            quoted(&training.path().display().to_string())
        ));
        return Ok(ExitCode::from(130));
    }
    let curves = training.path().join(CURVES);
    let record = training.finish()?;
    for warning in afterthoughts(&record) {
        talk(&format!("warning: {warning}"));
    }
    show(&args, &record)?;
    talk(&format!("curves: {}", curves.display()));
    Ok(ExitCode::SUCCESS)
}

/// The result on standard output.
fn show(args: &Train, record: &RunRecord) -> Outcome<()> {
    if args.json { print_json(record) } else { print(&summary(record)) }
}

/// Warnings about legal settings that are probably mistakes.
fn warnings(ready: &Ready) -> Vec<String> {
    let mut warnings = Vec::new();
    let (data, options) = (&ready.data, &ready.options);
    if data.val.rows() == 0 {
        warnings.push("there is no validation data: model.safetensors will hold the last step's weights".into());
    }
    if options.common.patience.is_some() && data.val.rows() == 0 {
        warnings.push("--patience watches the training loss, since there is no validation data".into());
    }
    if options.common.target_accuracy.is_some() && data.train.labels().is_none() {
        warnings.push("--target-accuracy never holds in a regression".into());
    }
    if options.seeds > Some(1) && options.init_from.is_some() {
        warnings.push("with --init-from all seeds start from the same weights; only the data order differs".into());
    }
    for column in ready.about.encoder.iter().flat_map(|encoder| &encoder.columns) {
        if let ColumnKind::Categorical { levels } = &column.kind
            && 2 * levels.len() > data.train.rows() + data.val.rows() + data.test.rows()
        {
            warnings.push(format!(
                "column `{}` holds {} distinct texts, hardly any twice: a network can only learn them by heart; \
                 --drop {} leaves it out",
                column.name,
                levels.len(),
                column.name
            ));
        }
    }
    let second_order = ready.optimizer.chain().into_iter().find(|s| s.about().nature.parameters.is_some());
    if let (Some(spec), Some(size)) = (second_order, ready.settings.batching.size)
        && size < ready.settings.batching.rows
    {
        warnings.push(format!(
            "{} takes each batch of {size} for the whole truth; --batch-size full lets it converge",
            spec.about().name
        ));
    }
    let schedule = options.common.schedule.as_deref().unwrap_or("constant");
    if !ready.optimizer.is_scheduled() && !schedule.starts_with("constant:warmup=0") && schedule != "constant" {
        let name = ready.optimizer.about().name;
        warnings.push(format!(
            "--schedule {schedule} changes nothing: {name} has no learning rate that acts at every step"
        ));
    }
    let hidden_zero = options.common.init.as_deref() == Some("zeros") && !ready.settings.network.hidden.is_empty();
    if hidden_zero && options.init_from.is_none() {
        warnings.push("with all weights 0 a hidden layer has no gradient; only the last bias will move".into());
    }
    warnings
}

/// Advice after the end of a run.
fn afterthoughts(record: &RunRecord) -> Vec<String> {
    let mut warnings = Vec::new();
    let diverged = record.members.iter().filter(|m| m.stop_reason == StopReason::Diverged).count();
    if diverged > 0 {
        warnings.push(format!("{diverged} of {} diverged; a smaller learning rate may help", record.members.len()));
    }
    let stuck = record.members.iter().filter(|m| m.step > 0 && m.best.as_ref().is_some_and(|b| b.step == 0)).count();
    if stuck > 0 {
        warnings.push(format!(
            "the validation loss of {stuck} of {} never fell below its start: their model files hold the initial weights; \
             another learning rate may help",
            record.members.len()
        ));
    }
    warnings
}
