//! What is made from a comparison's records.

use crate::failure::{Failure, Outcome};
use crate::study::folder::{Folder, VERDICT};
use downhill_verdict::{Study, Verdict, judge};

/// The page.
pub const PAGE: &str = "report.html";

/// Judges, and writes everything that is made from the records.
///
/// # Errors
/// When a record cannot be judged, or the file system refuses.
pub fn make(folder: &Folder, study: &Study) -> Outcome<Verdict> {
    let verdict = judge(study).map_err(Failure::run)?;
    let text = serde_json::to_string_pretty(&verdict).map_err(Failure::run)?;
    folder.write(VERDICT, &format!("{text}\n"))?;
    Ok(verdict)
}

/// The sentences and the table.
pub fn terminal(study: &Study, verdict: &Verdict) -> String {
    let mut text = String::new();
    for task in &verdict.tasks {
        text += &format!("{} of {}\n{}\n", task.task, study.tasks.len(), task.sentences.join("\n"));
    }
    text
}
