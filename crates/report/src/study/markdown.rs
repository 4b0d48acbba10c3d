//! The verdict for a pull request.

use downhill_chart::table::{Align, Table, number};
use downhill_chart::text;
use downhill_verdict::Study;
use downhill_verdict::verdict::{Verdict, Weight};

use super::rows::{Row, caption, failed_name, failed_note, first_sentences, rows, target_note};
use super::terminal::about;
use super::view::{capital, count, views};

/// The sentences, the table of each task, the sentences over all tasks, and the audit's warnings, as GitHub's Markdown.
///
/// Names come out as they are: characters that mean something in Markdown or HTML are escaped.
pub fn markdown(study: &Study, verdict: &Verdict) -> String {
    let mut parts: Vec<String> = Vec::new();
    if verdict.missing > 0 {
        parts.push(format!("**Unfinished:** {} left to run.", count(verdict.missing, "planned trial")));
    }
    for view in views(study, verdict) {
        parts.push(format!("### {}", escape(&view.task.name)));
        parts.extend(bold_first(&first_sentences(&view.verdict.sentences)));
        parts.push(prose(&view.verdict.covers));
        let (other, rows) = rows(&view);
        parts.push(format!("{}:", escape(&capital(&caption(&view)))));
        parts.push(table(other, failed_name(&view), &rows).to_markdown().trim_end().into());
        parts.extend(failed_note(&view).map(escape));
        parts.extend(target_note(&view).as_deref().map(escape));
    }
    if let Some(overall) = &verdict.overall {
        parts.push("### Over all tasks".into());
        parts.extend(bold_first(&overall.sentences));
        let rows = overall.standings.iter().map(|standing| {
            let interval = standing.algoperf_interval;
            let interval = interval.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
            let score = format!("{:.3}{interval}", standing.algoperf_score);
            vec![escape(&standing.optimizer), number(standing.mean_rank), score]
        });
        let table = Table {
            header: ["optimizer", "mean rank", "AlgoPerf score [95%]"].map(String::from).to_vec(),
            align: vec![Align::Left, Align::Right, Align::Right],
            rows: rows.collect(),
        };
        parts.push(table.to_markdown().trim_end().into());
    }
    let warnings = verdict.audit.iter().filter(|finding| finding.weight == Weight::Warning).map(|finding| {
        let remedy = finding.remedy.as_ref().map_or(String::new(), |remedy| format!(" *{}*", prose(remedy)));
        format!("- **Warning{}:** {}{remedy}", escape(&about(study, finding)), prose(&finding.text))
    });
    let warnings: Vec<String> = warnings.collect();
    if !warnings.is_empty() {
        parts.push(warnings.join("\n"));
    }
    parts.join("\n\n") + "\n"
}

fn bold_first(sentences: &[String]) -> Vec<String> {
    let line = |(place, sentence): (usize, &String)| {
        let text = prose(sentence);
        if place == 0 { format!("**{text}**") } else { text }
    };
    sentences.iter().enumerate().map(line).collect()
}

fn table(other: &str, failed: &str, rows: &[Row]) -> Table {
    let header = ["optimizer", "chosen", "median [quartiles]", other, failed, "to target"].map(String::from);
    let mut align = vec![Align::Right; header.len()];
    (align[0], align[1]) = (Align::Left, Align::Left);
    let cells = |row: &Row| {
        let name = escape(&row.optimizer);
        let name = if row.leads { format!("**{name}**") } else { name };
        let rest = [&row.chosen, &row.endpoint, &row.other, &row.failed, &row.to_target];
        std::iter::once(name).chain(rest.map(|cell| escape(cell))).collect()
    };
    Table { header: header.to_vec(), align, rows: rows.iter().map(cells).collect() }
}

/// A sentence; text between two backticks is code.
fn prose(content: &str) -> String {
    let content = text::clean(content);
    let pieces: Vec<&str> = content.split('`').collect();
    // An even number of backticks makes an odd number of pieces.
    if pieces.len().is_multiple_of(2) || pieces.iter().skip(1).step_by(2).any(|code| code.trim().is_empty()) {
        return escape(&content);
    }
    let piece = |(place, piece): (usize, &&str)| if place % 2 == 1 { format!("`{piece}`") } else { escape(piece) };
    pieces.iter().enumerate().map(piece).collect()
}

/// The text escaped for Markdown, by entities: [`Table`] escapes backslashes and pipes itself.
fn escape(content: &str) -> String {
    let content = text::clean(content);
    let letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let mut escaped = String::new();
    let mut characters = content.chars().peekable();
    let mut before = None;
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '*' => escaped.push_str("&#42;"),
            '`' => escaped.push_str("&#96;"),
            '~' => escaped.push_str("&#126;"),
            '@' => escaped.push_str("&#64;"),
            // `weight_decay` is plain, `_it_` would lean.
            '_' if !(letter(before) && letter(next)) => escaped.push_str("&#95;"),
            '(' if before == Some(']') => escaped.push_str("&#40;"),
            other => escaped.push(other),
        }
        before = Some(character);
    }
    escaped
}
