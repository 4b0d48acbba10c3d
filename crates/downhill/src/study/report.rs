//! The files made from a comparison's records.

use crate::failure::{Failure, Outcome};
use crate::program;
use crate::study::folder::{STUDY, StudyFolder, VERDICT};
use crate::terminal::quoted;
use downhill_report::study::{
    Timings, figures, latex, markdown, page, results_csv, terminal as terminal_text, timings_csv,
};
use downhill_verdict::{Study, Verdict, judge};
use std::fs;
use std::path::Path;

/// The page.
pub const PAGE: &str = "report.html";
/// Every trial as a row.
pub const RESULTS: &str = "results.csv";
/// Wall times; apart from this file only the page has them.
pub const TIMINGS: &str = "timings.csv";
/// The folder of pictures.
pub const FIGURES: &str = "figures";
/// The table for a paper.
pub const TABLE: &str = "table.tex";
/// The verdict for a pull request.
pub const SUMMARY: &str = "summary.md";

/// Columns of a terminal of unknown width.
const WIDTH: usize = 100;

/// Judges, and writes all files that are made from the records.
///
/// # Errors
/// When a record cannot be judged, or the file system refuses.
pub fn make(folder: &StudyFolder, study: &Study, command: &str) -> Outcome<Verdict> {
    let verdict = judge(study).map_err(Failure::run)?;
    folder.look(study)?;
    let json = serde_json::to_string_pretty(&verdict).map_err(Failure::run)?;
    folder.write(RESULTS, &results_csv(study))?;
    folder.write(TIMINGS, &timings_csv(study))?;
    folder.write(TABLE, &latex(study, &verdict))?;
    folder.write(SUMMARY, &markdown(study, &verdict))?;
    let pictures = figures(study, &verdict);
    for (name, svg) in &pictures {
        folder.write(&format!("{FIGURES}/{name}"), svg)?;
    }
    remove_others(&folder.path().join(FIGURES), &pictures)?;
    folder.write(PAGE, &page(study, &verdict, &Timings::of(study, &verdict), command))?;
    // Last: where a verdict exists, all other files do.
    folder.write(VERDICT, &format!("{json}\n"))?;
    Ok(verdict)
}

/// The command that repeats a comparison in another folder.
pub fn repeats(folder: &StudyFolder) -> String {
    let mut again = folder.path().as_os_str().to_os_string();
    again.push("-again");
    format!(
        "{} compare --config {} --out {}",
        program::this().name,
        shown(&folder.path().join(STUDY)),
        shown(Path::new(&again))
    )
}

/// The command that merges several comparisons.
pub fn merges(folders: &[std::path::PathBuf]) -> String {
    let words: Vec<String> = folders.iter().map(|folder| shown(folder)).collect();
    format!("{} report {} --out FOLDER", program::this().name, words.join(" "))
}

/// The sentences and the table, at the terminal's width.
pub fn terminal(study: &Study, verdict: &Verdict) -> String {
    let width = console_width().unwrap_or(WIDTH).clamp(60, 140);
    terminal_text(study, verdict, width)
}

fn console_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// Removes pictures of an earlier verdict that this one lacks.
fn remove_others(folder: &Path, pictures: &[(String, String)]) -> Outcome<()> {
    let entries = match fs::read_dir(folder) {
        // A study with nothing to draw yet has no folder of pictures.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|e| Failure::io(folder, e))?,
    };
    for entry in entries {
        let path = entry.map_err(|e| Failure::io(folder, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".svg") && !pictures.iter().any(|(known, _)| *known == name) {
            fs::remove_file(&path).map_err(|e| Failure::io(&path, e))?;
        }
    }
    Ok(())
}

/// A path quoted for a shell.
fn shown(path: &Path) -> String {
    quoted(&path.display().to_string())
}
