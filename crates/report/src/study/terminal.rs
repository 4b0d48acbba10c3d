//! The verdict for a terminal.

use downhill_chart::table::{Align, Table, number};
use downhill_chart::text;
use downhill_verdict::Study;
use downhill_verdict::verdict::{Finding, Overall, Verdict, Weight};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::rows::{Row, TRAINS, caption, failed_name, failed_note, first_sentences, rows, target_note, trains};
use super::view::{View, capital, count, views};

/// A column of text is never cut to less than this many cells.
const LEAST: usize = 6;

/// The sentences, wrapped, and the table of each task; then the sentences over all tasks, and the audit's warnings.
///
/// `width` is the terminal's, in cells; below 60 tables may be wider.
pub fn terminal(study: &Study, verdict: &Verdict, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    if verdict.missing > 0 {
        let missing = format!("Unfinished: {} left to run.", count(verdict.missing, "planned trial"));
        lines.extend(wrapped(&missing, width));
        lines.push(String::new());
    }
    for view in views(study, verdict) {
        lines.extend(task(&view, width));
    }
    if let Some(overall) = &verdict.overall {
        lines.extend(over_all(overall, width));
    }
    lines.extend(audit(study, &verdict.audit, width));
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn wrapped(content: &str, width: usize) -> Vec<String> {
    text::wrap(content, width.max(20) as f64, |piece| piece.width() as f64)
}

fn task(view: &View, width: usize) -> Vec<String> {
    let mut lines = vec![text::clean(&view.task.name)];
    lines.extend(first_sentences(&view.verdict.sentences).iter().flat_map(|sentence| wrapped(sentence, width)));
    lines.extend(wrapped(&view.verdict.covers, width));
    lines.push(String::new());
    lines.extend(wrapped(&capital(&caption(view)), width));
    let (other, rows) = rows(view);
    lines.extend(table(other, failed_name(view), &rows, width).to_text().lines().map(String::from));
    lines.extend(failed_note(view).iter().flat_map(|note| wrapped(note, width)));
    lines.extend(target_note(view).into_iter().flat_map(|note| wrapped(&note, width)));
    lines.push(String::new());
    let trains = trains(view);
    if !trains.is_empty() {
        lines.extend(wrapped(&format!("{TRAINS}:"), width));
        // Not wrapped: a command is copied whole.
        lines.extend(trains.iter().map(|train| format!("  {}", text::clean(train))));
        lines.push(String::new());
    }
    lines
}

fn table(other: &str, failed: &str, rows: &[Row], width: usize) -> Table {
    let cells = |row: &Row| {
        let texts = [&row.optimizer, &row.chosen, &row.endpoint, &row.other, &row.failed, &row.to_target];
        texts.map(|cell| text::clean(cell)).to_vec()
    };
    let header = ["optimizer", "chosen", "median [quartiles]", other, failed, "to target"];
    let mut align = vec![Align::Right; header.len()];
    (align[0], align[1]) = (Align::Left, Align::Left);
    let mut table = Table { header: header.map(String::from).to_vec(), align, rows: rows.iter().map(cells).collect() };
    fit(&mut table, &[1, 0], width);
    table
}

/// Cuts the widest of some columns, cell by cell of the terminal, until the table fits.
fn fit(table: &mut Table, columns: &[usize], width: usize) {
    let widest = |table: &Table, column: usize| {
        let cells = std::iter::once(&table.header).chain(&table.rows).filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    loop {
        let all: Vec<usize> = (0..table.header.len()).map(|column| widest(table, column)).collect();
        let total = all.iter().sum::<usize>() + 2 * all.len().saturating_sub(1);
        let longest = columns.iter().copied().filter(|&column| all[column] > LEAST).max_by_key(|&column| all[column]);
        let (Some(column), true) = (longest, total > width) else { return };
        let room = all[column] - 1;
        for row in std::iter::once(&mut table.header).chain(&mut table.rows) {
            if let Some(cell) = row.get_mut(column) {
                *cell = cut(cell, room);
            }
        }
    }
}

/// The text in at most `room` cells, with "…" where it is cut.
fn cut(content: &str, room: usize) -> String {
    if content.width() <= room {
        return content.into();
    }
    let mut kept = String::new();
    for character in content.trim_end_matches('…').chars() {
        if kept.width() + character.width().unwrap_or(0) + 1 > room {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

fn over_all(overall: &Overall, width: usize) -> Vec<String> {
    let mut lines = vec!["Over all tasks".to_string()];
    lines.extend(overall.sentences.iter().flat_map(|sentence| wrapped(sentence, width)));
    lines.push(String::new());
    let rows = overall.standings.iter().map(|standing| {
        let interval = standing.algoperf_interval;
        let interval = interval.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
        let score = format!("{:.3}{interval}", standing.algoperf_score);
        vec![text::clean(&standing.optimizer), number(standing.mean_rank), score]
    });
    let mut table = Table {
        header: ["optimizer", "mean rank", "AlgoPerf score [95%]"].map(String::from).to_vec(),
        align: vec![Align::Left, Align::Right, Align::Right],
        rows: rows.collect(),
    };
    fit(&mut table, &[0], width);
    lines.extend(table.to_text().lines().map(String::from));
    lines.push(String::new());
    lines
}

fn audit(study: &Study, findings: &[Finding], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in findings.iter().filter(|finding| finding.weight == Weight::Warning) {
        lines.extend(hanging(&format!("Warning{}: {}", about(study, finding), finding.text), width));
        lines.extend(finding.remedy.iter().flat_map(|remedy| hanging(&format!("  → {remedy}"), width)));
    }
    let notes = findings.iter().filter(|finding| finding.weight == Weight::Note).count();
    if notes > 0 {
        lines.extend(wrapped(&format!("The audit has {}: see the report.", count(notes, "note")), width));
    }
    lines
}

/// Wrapped, all lines but the first further in.
fn hanging(content: &str, width: usize) -> Vec<String> {
    let first = if content.starts_with(' ') { "  " } else { "" };
    let lines = wrapped(content, width.saturating_sub(4)).into_iter().enumerate();
    lines.map(|(place, line)| if place == 0 { format!("{first}{line}") } else { format!("    {line}") }).collect()
}

/// " (digits, adam)": the subject of a finding; the task is named only where there are several.
pub(crate) fn about(study: &Study, finding: &Finding) -> String {
    let task = finding.task.as_ref().filter(|_| study.tasks.len() > 1);
    let parts: Vec<&str> = [task, finding.optimizer.as_ref()].into_iter().flatten().map(String::as_str).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}
