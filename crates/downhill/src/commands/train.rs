//! `downhill train`.

use crate::cli::Train;
use crate::diagnostics::Diagnostics;
use crate::failure::{Failure, Outcome};
use crate::figures::figures;
use crate::machine::{self, Machine};
use crate::options::Options;
use crate::pictures::{self, RunCurves};
use crate::plan::{About, Plan, resolve};
use crate::progress::{Progress, monitor};
use crate::record::{DataRecord, MemberRecord, RunRecord, SCHEMA, Status, Versions, read_record};
use crate::run_dir::{CURVES, METRICS, MetricsFile, RECORD, RunDir, default_path, read_metrics};
use crate::summary::{subtitle, summary};
use crate::terminal::{print, print_json, say};
use downhill_data::read::ColumnKind;
use downhill_model::weights;
use downhill_optim::Registry;
use downhill_population::Values;
use downhill_report::tensorboard::EventFile;
use downhill_train::session::Outcome as Ended;
use downhill_train::{Member, Observer, Row, Session, StopReason};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Trains, or goes on training.
pub fn run(args: Train, registry: &Registry) -> Outcome<ExitCode> {
    let threads = machine::threads(args.threads)?;
    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    let (dir, plan, resumed) = match &args.resume {
        Some(path) => {
            if args.options != Options::default() {
                return Err(Failure::usage(
                    "--resume goes on with what the run was told; beside it only --threads, --json and --quiet are allowed",
                ));
            }
            let dir = RunDir::open(path)?;
            if let Some(record) = read_record(&dir.file(RECORD))?.filter(|r| r.status == Status::Done) {
                talk(&format!("{}: this run is done; nothing to resume", path.display()));
                show(&args, &record)?;
                return Ok(ExitCode::SUCCESS);
            }
            let options = read_options(&dir.file(crate::run_dir::CONFIG))?;
            (dir, resolve(&options, registry, threads, true)?, true)
        }
        None => {
            let file = args.config.as_deref().map(read_options).transpose()?.unwrap_or_default();
            let plan = resolve(&args.options.clone().or(file), registry, threads, false)?;
            let path = args.out.clone().map_or_else(|| default_path(&plan.options, &plan.optimizer.spec.name), Ok)?;
            (RunDir::create(&path, &plan.options)?, plan, false)
        }
    };
    for note in &plan.notes {
        talk(&format!("note: {note}"));
    }
    for warning in warnings(&plan) {
        talk(&format!("warning: {warning}"));
    }
    talk(&format!("run: {}", dir.path().display()));

    let mut record = new_record(&plan);
    let Plan { about, data, settings, members, optimizer, probing, .. } = plan;
    let loss_name = settings.network.loss.to_string();
    let monitor = monitor();
    let mut session = Session::new(settings, data, members);
    let diagnostics = Diagnostics::new(&probing, &optimizer, &mut session)?;
    if let Some(note) = diagnostics.as_ref().and_then(|diagnostics| diagnostics.note(&session)) {
        talk(&format!("note: {note}"));
    }
    let mut files = if resumed {
        Files::reopen(&dir, &mut session, &mut record)?
    } else {
        Files::create(&dir, &mut record, diagnostics.as_ref().map_or(&[], Diagnostics::columns))?
    };
    let progress = Progress::start(&session, &monitor, args.quiet);
    let mut writer = Writer { dir: &dir, files: &mut files, progress: &progress, diagnostics };
    let outcome = session.run(&monitor, &mut writer)?;
    drop(progress);
    if outcome == Ended::Interrupted {
        record.status = Status::Interrupted;
        record.seconds = Some(session.seconds());
        dir.write_record(&record)?;
        talk(&format!(
            "interrupted at step {}; `downhill train --resume {}` goes on",
            session.step(),
            dir.path().display()
        ));
        return Ok(ExitCode::from(130));
    }
    finish(&dir, &session, &about, &mut record, &loss_name, &optimizer.brief())?;
    for warning in afterthoughts(&record) {
        talk(&format!("warning: {warning}"));
    }
    show(&args, &record)?;
    talk(&format!("curves: {}", dir.file(CURVES).display()));
    Ok(ExitCode::SUCCESS)
}

/// The result on standard output.
fn show(args: &Train, record: &RunRecord) -> Outcome<()> {
    if args.json { print_json(record) } else { print(&summary(record)) }
}

/// Reads a configuration file.
fn read_options(path: &Path) -> Outcome<Options> {
    let wrong = |e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    Options::from_toml(path, &text)
}

/// What is legal but probably not meant.
fn warnings(plan: &Plan) -> Vec<String> {
    let mut warnings = Vec::new();
    let (data, options) = (&plan.data, &plan.options);
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
    for column in plan.about.encoder.iter().flat_map(|encoder| &encoder.columns) {
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
    let second_order = plan.optimizer.chain().into_iter().find(|s| s.about().nature.parameters.is_some());
    if let (Some(spec), Some(size)) = (second_order, plan.settings.batching.size)
        && size < plan.settings.batching.rows
    {
        warnings.push(format!(
            "{} takes each batch of {size} for the whole truth; --batch-size full lets it converge",
            spec.about().name
        ));
    }
    let schedule = options.common.schedule.as_deref().unwrap_or("constant");
    if !plan.optimizer.is_scheduled() && !schedule.starts_with("constant:warmup=0") && schedule != "constant" {
        let name = plan.optimizer.about().name;
        warnings.push(format!(
            "--schedule {schedule} changes nothing: {name} has no learning rate that acts at every step"
        ));
    }
    let hidden_zero = options.common.init.as_deref() == Some("zeros") && !plan.settings.network.hidden.is_empty();
    if hidden_zero && options.init_from.is_none() {
        warnings.push("with all weights 0 a hidden layer has no gradient; only the last bias will move".into());
    }
    warnings
}

/// What the end of a run should make its owner think of.
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

fn new_record(plan: &Plan) -> RunRecord {
    RunRecord {
        schema: SCHEMA,
        status: Status::Running,
        versions: Versions::here(),
        machine: Machine::here(),
        backend: plan.settings.place.backend.to_string(),
        dtype: plan.settings.place.precision.to_string(),
        seeds: plan.members.iter().map(|m| m.seed).collect(),
        data: DataRecord {
            about: plan.about.clone(),
            train: plan.data.train.rows(),
            val: plan.data.val.rows(),
            test: plan.data.test.rows(),
            label_noise: plan.options.common.label_noise.unwrap_or(0.0),
            notes: plan.notes.clone(),
        },
        network: plan.settings.network.describe(),
        parameters: plan.settings.network.parameters(),
        loss: plan.settings.network.loss.to_string(),
        optimizer: plan.optimizer.full(),
        started: machine::wall_time(),
        ended: None,
        seconds: None,
        members: Vec::new(),
    }
}

/// The files that grow while a run goes on.
struct Files {
    metrics: MetricsFile,
    events: EventFile,
    /// The name of the TensorBoard file.
    events_name: String,
    /// When the run began, in seconds since 1970.
    started: f64,
    /// The data's fingerprint.
    fingerprint: String,
}

/// What a checkpoint remembers of them.
#[derive(Serialize, Deserialize)]
struct FileHeads {
    metrics_length: u64,
    events_name: String,
    events_length: u64,
    started: f64,
    fingerprint: String,
}

impl Files {
    fn create(dir: &RunDir, record: &mut RunRecord, diagnostics: &[String]) -> Outcome<Self> {
        dir.write_record(record)?;
        // TensorBoard takes its files by this name; the number is when it began.
        let events_name = format!("events.out.tfevents.{}.downhill", record.started as u64);
        let path = dir.file(&events_name);
        let events = EventFile::create(&path, record.started).map_err(|e| Failure::io(&path, e))?;
        let metrics = MetricsFile::create(&dir.file(METRICS), diagnostics)?;
        Ok(Self {
            metrics,
            events,
            events_name,
            started: record.started,
            fingerprint: record.data.about.fingerprint.clone(),
        })
    }

    /// Puts session and files back where the newest checkpoint was taken.
    fn reopen(dir: &RunDir, session: &mut Session, record: &mut RunRecord) -> Outcome<Self> {
        let checkpoint = dir.file(crate::run_dir::CHECKPOINT);
        let misfit = |e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", checkpoint.display()));
        let owner = session.restore(&dir.read_checkpoint()?).map_err(|e| misfit(&e))?;
        let heads: FileHeads = serde_json::from_value(owner).map_err(|e| misfit(&e))?;
        if heads.fingerprint != record.data.about.fingerprint {
            return Err(Failure::usage(format!(
                "{}: the data has changed since the checkpoint: its fingerprint was {}, now it is {}",
                dir.path().display(),
                heads.fingerprint,
                record.data.about.fingerprint
            )));
        }
        record.started = heads.started;
        let path = dir.file(&heads.events_name);
        let events = EventFile::append_at(&path, heads.events_length).or_else(|e| {
            say(&format!("warning: {}: {e}; TensorBoard's file starts anew", path.display()));
            EventFile::create(&path, machine::wall_time()).map_err(|e| Failure::io(&path, e))
        })?;
        let metrics = MetricsFile::append_at(&dir.file(METRICS), heads.metrics_length)?;
        dir.write_record(record)?;
        Ok(Self {
            metrics,
            events,
            events_name: heads.events_name,
            started: heads.started,
            fingerprint: heads.fingerprint,
        })
    }
}

/// Writes down what the session says.
struct Writer<'a> {
    dir: &'a RunDir,
    files: &'a mut Files,
    progress: &'a Progress,
    diagnostics: Option<Diagnostics>,
}

impl Observer for Writer<'_> {
    type Error = Failure;

    fn rows(&mut self, session: &Session, members: &[usize], rows: &[Row]) -> Outcome<()> {
        let measure = |(&member, row): (&usize, &Row)| {
            self.diagnostics.as_ref().map_or_else(Vec::new, |diagnostics| diagnostics.cells(session, member, row))
        };
        let cells: Vec<Vec<Option<f64>>> = members.iter().zip(rows).map(measure).collect();
        self.files.metrics.rows(rows, &cells)?;
        let several = session.members().len() > 1;
        let columns = self.diagnostics.as_ref().map_or(&[][..], Diagnostics::columns);
        let tags: Vec<String> = columns.iter().map(|column| format!("probe/{column}")).collect();
        for (row, cells) in rows.iter().zip(&cells) {
            let name = |tag: &str| if several { format!("{tag}/seed {}", row.seed) } else { tag.to_string() };
            let figures = [
                ("loss/train", Some(row.train_loss)),
                ("loss/validation", row.val_loss),
                ("accuracy/train", row.train_accuracy),
                ("accuracy/validation", row.val_accuracy),
                ("optimizer/learning rate", row.lr),
                ("optimizer/gradient norm", row.grad_norm),
                ("optimizer/update ratio", row.update_ratio),
            ];
            let further = tags.iter().map(String::as_str).zip(cells.iter().copied());
            let named: Vec<(String, f32)> = figures
                .into_iter()
                .chain(further)
                .filter_map(|(tag, value)| Some((name(tag), value? as f32)))
                .collect();
            let values: Vec<(&str, f32)> = named.iter().map(|(tag, value)| (tag.as_str(), *value)).collect();
            let written = self.files.events.scalars(machine::wall_time(), row.step as i64, &values);
            written.map_err(|e| Failure::io(&self.dir.file(&self.files.events_name), e))?;
        }
        self.progress.rows(rows);
        Ok(())
    }

    fn checkpoint(&mut self, session: &Session) -> Outcome<()> {
        let events = self.dir.file(&self.files.events_name);
        let heads = FileHeads {
            metrics_length: self.files.metrics.sync()?,
            events_length: self.files.events.flush().map_err(|e| Failure::io(&events, e))?,
            events_name: self.files.events_name.clone(),
            started: self.files.started,
            fingerprint: self.files.fingerprint.clone(),
        };
        let owner = serde_json::to_value(heads).map_err(Failure::run)?;
        self.dir.write_checkpoint(&session.checkpoint(owner).map_err(Failure::run)?)
    }
}

/// The parameters at which a member is judged: of its lowest validation loss, or of its last step.
fn judged(member: &Member) -> Option<&Values> {
    member.best.as_ref().map(|best| &best.values).or(member.values.as_ref())
}

/// Weights, figures and pictures of a session that is done.
fn finish(
    dir: &RunDir,
    session: &Session,
    about: &About,
    record: &mut RunRecord,
    loss: &str,
    optimizer: &str,
) -> Outcome<()> {
    let members = session.members();
    let shapes = session.settings().network.shapes();
    let metadata = serde_json::to_string(about).map_err(Failure::run)?;
    let save = |name: PathBuf, values: &Values| -> Outcome<()> {
        let tensors = weights::to_pytorch(&shapes, values);
        let bytes = weights::to_bytes(&tensors, session.settings().place.precision, &metadata).map_err(Failure::run)?;
        dir.write(&name.to_string_lossy(), &bytes)
    };
    for member in members {
        let suffix = if members.len() > 1 { format!("-{}", member.seed) } else { String::new() };
        if let Some(values) = judged(member) {
            save(format!("model{suffix}.safetensors").into(), values)?;
        }
        if let Some(values) = &member.values {
            save(format!("last{suffix}.safetensors").into(), values)?;
        }
    }
    record.members = member_records(session, about);
    record.seconds = Some(session.seconds());
    record.ended = Some(machine::wall_time());

    let ends: Vec<_> = members.iter().filter_map(|m| m.stop.map(|stop| (stop.reason, stop.step))).collect();
    let best = match members {
        [only] => only.best.as_ref().and_then(|b| b.row.val_loss.map(|loss| (b.row.step, loss))),
        _ => None,
    };
    let curves = RunCurves::new(String::new(), read_metrics(&dir.file(METRICS))?, &ends, best);
    let title = format!("{}: {optimizer}", about.name);
    let subtitle = subtitle(record);
    dir.write(CURVES, pictures::curves(&title, &subtitle, loss, &[curves]).as_bytes())?;
    if let Some(values) = members.first().and_then(judged)
        && let Some((name, svg)) = pictures::everywhere(session, about, values, &title)
    {
        dir.write(name, svg.as_bytes())?;
    }
    record.status = Status::Done;
    dir.write_record(record)
}

fn member_records(session: &Session, about: &About) -> Vec<MemberRecord> {
    let ended: Vec<(&Member, &Values, u64)> =
        session.members().iter().filter_map(|m| Some((m, m.values.as_ref()?, m.stop?.step))).collect();
    let figures_of = |points: &[(&Values, u64)]| {
        let (values, steps): (Vec<Values>, Vec<u64>) = points.iter().map(|(v, step)| ((*v).clone(), *step)).unzip();
        figures(session, about, &values, &steps).into_iter()
    };
    let lasts: Vec<(&Values, u64)> = ended.iter().map(|(_, values, step)| (*values, *step)).collect();
    // A best step that is the last one needs no second look.
    let earlier = |m: &Member, last: u64| m.best.as_ref().is_some_and(|best| best.row.step != last);
    let bests: Vec<(&Values, u64)> = ended
        .iter()
        .filter(|(member, _, last)| earlier(member, *last))
        .filter_map(|(member, ..)| member.best.as_ref().map(|best| (&best.values, best.row.step)))
        .collect();
    let mut best = figures_of(&bests);
    ended
        .iter()
        .zip(figures_of(&lasts))
        .filter_map(|((member, _, step), last)| {
            let best = if earlier(member, *step) { best.next() } else { member.best.as_ref().map(|_| last.clone()) };
            Some(MemberRecord {
                seed: member.seed,
                stop_reason: member.stop?.reason,
                step: *step,
                gradient_evaluations: member.evaluations,
                last,
                best,
            })
        })
        .collect()
}
