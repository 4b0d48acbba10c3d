//! A run at work: a session and its growing files.

use crate::curves::{RunCurves, curves, subtitle};
use crate::diagnostics::Diagnostics;
use crate::error::{Error, Result};
use crate::figures::member_records;
use crate::folder::{CURVES, Folder, METRICS, weights_file};
use crate::machine::{Machine, wall_time};
use crate::metrics::read_metrics;
use crate::pictures::everywhere;
use crate::prepare::{DataFacts, Ready};
use crate::record::{DataRecord, RunRecord, SCHEMA, Status, Versions};
use crate::writer::{Files, Measuring, Slate, Writing};
use downhill_model::weights;
use downhill_population::Values;
use downhill_train::Ended;
use downhill_train::{Member, Monitor, Observer, Session};
use std::path::Path;

/// A run that trains in its folder.
pub struct Training {
    folder: Folder,
    about: DataFacts,
    /// The optimizer as a user would type it.
    optimizer: String,
    session: Session,
    diagnostics: Option<Diagnostics>,
    files: Files,
    record: RunRecord,
}

impl Training {
    /// A new run, before its first update; `versions` are those of the writing programs.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn begin(folder: Folder, ready: Ready, versions: Versions) -> Result<Self> {
        let record = new_record(&ready, versions);
        let (about, optimizer, session, diagnostics) = at_work(ready)?;
        folder.write_record(&record)?;
        let columns = diagnostics.as_ref().map_or(&[][..], Diagnostics::columns);
        let files = Files::create(&folder, &record, columns)?;
        Ok(Self { folder, about, optimizer, session, diagnostics, files, record })
    }

    /// A run at its newest checkpoint, and notes for the user.
    ///
    /// # Errors
    /// For a checkpoint that is damaged or belongs to another run, for data that has changed, and when the file system
    /// refuses.
    pub fn resume(folder: Folder, ready: Ready, versions: Versions) -> Result<(Self, Vec<String>)> {
        let mut record = new_record(&ready, versions);
        let (about, optimizer, mut session, diagnostics) = at_work(ready)?;
        let columns = diagnostics.as_ref().map_or(&[][..], Diagnostics::columns);
        let (files, notes) = Files::reopen(&folder, &mut session, &mut record, columns)?;
        folder.write_record(&record)?;
        Ok((Self { folder, about, optimizer, session, diagnostics, files, record }, notes))
    }

    /// Its folder's path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The training rows used by the diagnostics, and all training rows; None without diagnostics.
    pub fn measured_rows(&self) -> Option<(usize, usize)> {
        self.diagnostics.as_ref().map(|diagnostics| (diagnostics.rows(), self.session.data().train.rows()))
    }

    /// Trains until every member has ended, or the monitor interrupts; `observer` is told of each event. After an
    /// interruption the folder records it, and the run can be resumed.
    ///
    /// # Errors
    /// When the file system refuses, and the observer's errors.
    pub fn run<O: Observer>(&mut self, monitor: &Monitor, observer: &mut O) -> Result<Ended>
    where
        Error: From<O::Error>,
    {
        let slate = Slate::default();
        let measuring = Measuring { diagnostics: self.diagnostics.as_ref(), slate: &slate };
        let writing = Writing { folder: &self.folder, files: &mut self.files, slate: &slate };
        let ended = self.session.run(monitor, &mut ((measuring, writing), observer))?;
        if ended == Ended::Interrupted {
            self.record.status = Status::Interrupted;
            self.record.seconds = Some(self.session.seconds());
            self.folder.write_record(&self.record)?;
        }
        Ok(ended)
    }

    /// Writes the results once every member has ended: weights, figures and pictures.
    ///
    /// # Errors
    /// While a member has not ended, as after an interruption; when the file system refuses.
    pub fn finish(self) -> Result<RunRecord> {
        let Self { folder, about, optimizer, session, mut record, .. } = self;
        if let Some(member) = session.members().iter().find(|member| member.stop.is_none()) {
            return Err(Error::failed(format!("the run cannot be finished: seed {} has not ended", member.seed)));
        }
        save_weights(&folder, &session, &about)?;
        record.members = member_records(&session, &about);
        record.seconds = Some(session.seconds());
        record.ended = Some(wall_time());

        let members = session.members();
        let ends: Vec<_> = members.iter().filter_map(|m| m.stop.map(|stop| (stop.reason, stop.step))).collect();
        let best = match members {
            [only] => only.best.as_ref().and_then(|b| b.row.val_loss.map(|loss| (b.row.step, loss))),
            _ => None,
        };
        let drawn = RunCurves::new(String::new(), read_metrics(&folder.file(METRICS))?, &ends, best);
        let title = format!("{}: {optimizer}", about.name);
        folder.write(CURVES, curves(&title, &subtitle(&record), &record.loss, &[drawn]).as_bytes())?;
        if let Some(values) = members.first().and_then(judged)
            && let Some((name, svg)) = everywhere(&session, &about, values, &title)
        {
            folder.write(name, svg.as_bytes())?;
        }
        record.status = Status::Done;
        folder.write_record(&record)?;
        Ok(record)
    }
}

/// A session with the glimpses that its diagnostics need.
fn at_work(ready: Ready) -> Result<(DataFacts, String, Session, Option<Diagnostics>)> {
    let Ready { about, data, settings, members, optimizer, probing, .. } = ready;
    let mut session = Session::new(settings, data, members);
    let diagnostics = Diagnostics::new(&probing, &optimizer, &mut session)?;
    Ok((about, optimizer.brief(), session, diagnostics))
}

/// The parameters at which a member is judged: at its lowest validation loss, or at its last step.
fn judged(member: &Member) -> Option<&Values> {
    member.best.as_ref().map(|best| &best.values).or(member.values.as_ref())
}

/// Writes the weights of every member, at its lowest validation loss and at its last step.
fn save_weights(folder: &Folder, session: &Session, about: &DataFacts) -> Result<()> {
    let members = session.members();
    let shapes = session.settings().network.shapes();
    let metadata = serde_json::to_string(about).map_err(Error::failed)?;
    let save = |stem: &str, seed: u64, values: &Values| -> Result<()> {
        let tensors = weights::to_pytorch(&shapes, values);
        let precision = session.settings().place.precision;
        let bytes = weights::to_bytes(&tensors, precision, &metadata).map_err(Error::failed)?;
        folder.write(&weights_file(stem, seed, members.len()), &bytes)
    };
    for member in members {
        if let Some(values) = judged(member) {
            save("model", member.seed, values)?;
        }
        if let Some(values) = &member.values {
            save("last", member.seed, values)?;
        }
    }
    Ok(())
}

fn new_record(ready: &Ready, versions: Versions) -> RunRecord {
    RunRecord {
        schema: SCHEMA,
        status: Status::Running,
        versions,
        machine: Machine::here(),
        backend: ready.settings.place.backend.to_string(),
        dtype: ready.settings.place.precision.to_string(),
        seeds: ready.members.iter().map(|m| m.seed).collect(),
        data: DataRecord {
            about: ready.about.clone(),
            train: ready.data.train.rows(),
            val: ready.data.val.rows(),
            test: ready.data.test.rows(),
            label_noise: ready.options.common.label_noise.unwrap_or(0.0),
            notes: ready.notes.clone(),
        },
        network: ready.settings.network.describe(),
        parameters: ready.settings.network.parameters(),
        loss: ready.settings.network.loss.to_string(),
        optimizer: ready.optimizer.full(),
        started: wall_time(),
        ended: None,
        seconds: None,
        members: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Run;
    use crate::open::Which;
    use crate::options::{Common, Options};
    use crate::prepare::prepare;
    use downhill_optim::Registry;
    use downhill_train::Row;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    fn options() -> Options {
        let common = Common { epochs: Some(4), hidden: Some("8".into()), ..Common::default() };
        Options { data: Some("iris".into()), seeds: Some(2), probe: Some("noise".into()), common, ..Options::default() }
    }

    fn monitor() -> Monitor {
        Monitor { clock: Box::new(|| 0.0), updates: AtomicU64::new(0), interrupt: AtomicBool::new(false) }
    }

    /// Interrupts at the second logged row.
    struct Stop<'a>(&'a Monitor, usize);

    impl Observer for Stop<'_> {
        type Error = Infallible;

        fn rows(&mut self, _: &Session, _: &[usize], _: &[Row]) -> std::result::Result<(), Infallible> {
            self.1 += 1;
            self.0.interrupt.store(self.1 >= 2, Ordering::Relaxed);
            Ok(())
        }

        fn checkpoint(&mut self, _: &Session) -> std::result::Result<(), Infallible> {
            Ok(())
        }
    }

    #[test]
    fn a_run_stopped_and_resumed_leaves_the_rows_and_weights_of_one_that_never_stopped() {
        let registry = Registry::builtin();
        let here = Versions::of("0", "a test");
        let place = tempfile::tempdir().unwrap();
        let begin = |name: &str| {
            let ready = prepare(&options(), &registry, 1, false).unwrap();
            let folder = Folder::create(&place.path().join(name), &ready.options).unwrap();
            Training::begin(folder, ready, here.clone()).unwrap()
        };
        let mut whole = begin("whole");
        assert_eq!(whole.run(&monitor(), &mut ()).unwrap(), Ended::Done);
        whole.finish().unwrap();

        let (mut stopped, monitor_that_stops) = (begin("stopped"), monitor());
        let ended = stopped.run(&monitor_that_stops, &mut Stop(&monitor_that_stops, 0)).unwrap();
        assert_eq!(ended, Ended::Interrupted);
        drop(stopped);
        let path = place.path().join("stopped");
        let run = Run::open(&path).unwrap();
        assert_eq!((run.is_done(), run.record().unwrap().status), (false, Status::Interrupted));
        let ready = run.ready(&registry, 2, true).unwrap();
        let (mut resumed, notes) = Training::resume(Folder::open(&path).unwrap(), ready, here.clone()).unwrap();
        assert_eq!(notes, [""; 0]);
        assert_eq!(resumed.run(&monitor(), &mut ()).unwrap(), Ended::Done);
        resumed.finish().unwrap();

        let bytes = |run: &str, file: &str| std::fs::read(place.path().join(run).join(file)).unwrap();
        for file in ["metrics.csv", "config.toml", "curves.svg", "model-0.safetensors", "last-1.safetensors"] {
            assert!(bytes("whole", file) == bytes("stopped", file), "{file}");
        }
        let subject = |run: &str| {
            let run = Run::open(&place.path().join(run)).unwrap();
            run.subject(Which::Best, Some(1), &registry, 1, false).unwrap().values
        };
        assert_eq!(subject("whole"), subject("stopped"));
    }

    #[test]
    fn an_error_names_the_option() {
        let error = |options: Options| match prepare(&options, &Registry::builtin(), 1, false) {
            Err(error @ Error::Refused(_)) => error.to_string(),
            _ => panic!("it is refused"),
        };
        let wrong = Options { seeds: Some(0), ..options() };
        assert_eq!(error(wrong), "option `seeds` is 0, but must be at least 1");
        let common = Common { hidden: Some("8,,8".into()), ..Common::default() };
        let told = error(Options { common, ..options() });
        assert!(told.starts_with("option `hidden` is `8,,8`, but must be integers"), "{told}");
    }
}
