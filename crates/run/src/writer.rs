//! The observers that measure and write during a run, one after the other.

use crate::diagnostics::Diagnostics;
use crate::error::{Error, Result, refused};
use crate::events::EventFile;
use crate::folder::{CHECKPOINT, Folder, METRICS};
use crate::machine::wall_time;
use crate::metrics::{MetricsFile, tagged};
use crate::record::RunRecord;
use downhill_train::{Observer, Row, Session};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// The cells of the further columns for each of the newest rows: from the measuring observer to the writing one.
pub(crate) type Slate = RefCell<Vec<Vec<Option<f64>>>>;

/// Measures at every row beside its loss.
pub(crate) struct Measuring<'a> {
    /// None without diagnostics.
    pub diagnostics: Option<&'a Diagnostics>,
    pub slate: &'a Slate,
}

impl Observer for Measuring<'_> {
    type Error = Error;

    fn rows(&mut self, session: &Session, members: &[usize], rows: &[Row]) -> Result<()> {
        let measure = |(&member, row): (&usize, &Row)| {
            self.diagnostics.map_or_else(Vec::new, |diagnostics| diagnostics.cells(session, member, row))
        };
        self.slate.replace(members.iter().zip(rows).map(measure).collect());
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> Result<()> {
        Ok(())
    }
}

/// Writes rows and checkpoints.
pub(crate) struct Writing<'a> {
    pub folder: &'a Folder,
    pub files: &'a mut Files,
    pub slate: &'a Slate,
}

/// The growing files of a run.
pub(crate) struct Files {
    metrics: MetricsFile,
    events: EventFile,
    /// The name of TensorBoard's event file.
    events_name: String,
    /// TensorBoard's names of the further columns.
    tags: Vec<String>,
    /// The start of the run, in seconds since 1970.
    started: f64,
    /// The data's fingerprint.
    fingerprint: String,
}

/// The state of the files in a checkpoint.
#[derive(Serialize, Deserialize)]
struct FileHeads {
    metrics_length: u64,
    events_name: String,
    events_length: u64,
    started: f64,
    fingerprint: String,
}

impl Files {
    /// New files, with `further` columns after the usual ones.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(folder: &Folder, record: &RunRecord, further: &[String]) -> Result<Self> {
        // TensorBoard recognises its files by this name; the number is the start time.
        let events_name = format!("events.out.tfevents.{}.downhill", record.started as u64);
        let path = folder.file(&events_name);
        let events = EventFile::create(&path, record.started).map_err(|e| Error::file(&path, e))?;
        let metrics = MetricsFile::create(&folder.file(METRICS), further)?;
        let fingerprint = record.data.about.fingerprint.clone();
        Ok(Self { metrics, events, events_name, tags: tags(further), started: record.started, fingerprint })
    }

    /// Puts session and files back to the newest checkpoint; returns notes for the user.
    ///
    /// # Errors
    /// For a checkpoint that is damaged or belongs to another run, for data that has changed, and when the file system
    /// refuses.
    pub fn reopen(
        folder: &Folder,
        session: &mut Session,
        record: &mut RunRecord,
        further: &[String],
    ) -> Result<(Self, Vec<String>)> {
        let checkpoint = folder.file(CHECKPOINT);
        let owner = session.restore(&folder.read_checkpoint()?).map_err(|e| Error::refused_file(&checkpoint, e))?;
        let heads: FileHeads = serde_json::from_value(owner).map_err(|e| Error::refused_file(&checkpoint, e))?;
        let fingerprint = &record.data.about.fingerprint;
        if heads.fingerprint != *fingerprint {
            return Err(refused!(
                "{}: the data has changed since the checkpoint: its fingerprint was {}, now it is {fingerprint}",
                folder.path().display(),
                heads.fingerprint
            ));
        }
        record.started = heads.started;
        let mut notes = Vec::new();
        let path = folder.file(&heads.events_name);
        let events = EventFile::append_at(&path, heads.events_length).or_else(|e| {
            notes.push(format!("{}: {e}; TensorBoard's file starts anew", path.display()));
            EventFile::create(&path, wall_time()).map_err(|e| Error::file(&path, e))
        })?;
        let metrics = MetricsFile::append_at(&folder.file(METRICS), heads.metrics_length)?;
        let FileHeads { events_name, started, fingerprint, .. } = heads;
        Ok((Self { metrics, events, events_name, tags: tags(further), started, fingerprint }, notes))
    }
}

fn tags(further: &[String]) -> Vec<String> {
    further.iter().map(|column| format!("probe/{column}")).collect()
}

impl Observer for Writing<'_> {
    type Error = Error;

    fn rows(&mut self, session: &Session, _: &[usize], rows: &[Row]) -> Result<()> {
        let (cells, files) = (self.slate.borrow(), &mut *self.files);
        files.metrics.rows(rows, &cells)?;
        let several = session.members().len() > 1;
        for (row, cells) in rows.iter().zip(cells.iter()) {
            let name = |tag: &str| if several { format!("{tag}/seed {}", row.seed) } else { tag.to_string() };
            let further = files.tags.iter().zip(cells).filter_map(|(tag, value)| Some((tag.as_str(), (*value)?)));
            let all = tagged(row).into_iter().chain(further);
            let named: Vec<(String, f32)> = all.map(|(tag, value)| (name(tag), value as f32)).collect();
            let values: Vec<(&str, f32)> = named.iter().map(|(tag, value)| (tag.as_str(), *value)).collect();
            let written = files.events.scalars(wall_time(), row.step as i64, &values);
            written.map_err(|e| Error::file(&self.folder.file(&files.events_name), e))?;
        }
        Ok(())
    }

    fn checkpoint(&mut self, session: &Session) -> Result<()> {
        let events = self.folder.file(&self.files.events_name);
        let heads = FileHeads {
            metrics_length: self.files.metrics.sync()?,
            events_length: self.files.events.flush().map_err(|e| Error::file(&events, e))?,
            events_name: self.files.events_name.clone(),
            started: self.files.started,
            fingerprint: self.files.fingerprint.clone(),
        };
        let owner = serde_json::to_value(heads).map_err(Error::failed)?;
        self.folder.write_checkpoint(&session.checkpoint(owner).map_err(Error::failed)?)
    }
}
