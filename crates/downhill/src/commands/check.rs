//! `downhill check`.

use crate::cli::{Check, Dtypes};
use crate::failure::{Failure, OrUsage, Outcome};
use crate::terminal::{print, print_json};
use downhill_chart::table::{Align, Table, number};
use downhill_check::{Coupling, Fingerprint, Line, LineOutcome as Came, Reference, Report, StepBound, Symmetry};
use downhill_optim::Registry;
use downhill_population::Precision;
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// Columns of a page in the terminal.
const WIDTH: usize = 100;

/// An optimizer in one precision or in both.
#[derive(Serialize)]
struct Checked {
    optimizer: String,
    /// Whether nothing failed.
    sound: bool,
    /// One for each precision.
    reports: Vec<Report>,
}

/// Checks one optimizer or all of them.
pub fn run(args: &Check, registry: &Registry) -> Outcome<ExitCode> {
    let reference = match (&args.reference, &args.reference_on) {
        (Some(path), Some(name)) => Some(read_reference(path, name)?),
        _ => None,
    };
    let sound = match &args.spec {
        Some(spec) => {
            let checked = check(args, registry, spec, reference.as_ref())?;
            if args.json {
                print_json(&checked)?
            } else {
                print(&page(&checked))?
            }
            checked.sound
        }
        None => {
            let names: Vec<&str> = registry.entries().map(|entry| entry.name).collect();
            let all: Vec<Checked> =
                names.iter().map(|name| check(args, registry, name, None)).collect::<Outcome<_>>()?;
            let sound = all.iter().all(|checked| checked.sound);
            if args.json {
                print_json(&serde_json::json!({ "sound": sound, "optimizers": all }))?;
            } else {
                print(&overview(&all))?;
            }
            sound
        }
    };
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn read_reference(path: &Path, name: &str) -> Outcome<Reference> {
    let function = name.parse().map_err(|e| Failure::usage(format!("--reference-on: {e}")))?;
    let wrong = |e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    Reference::from_csv(function, &text).map_err(|e| wrong(&e))
}

fn check(args: &Check, registry: &Registry, spec: &str, reference: Option<&Reference>) -> Outcome<Checked> {
    let precisions: &[Precision] = match args.dtype {
        Dtypes::F32 => &[Precision::F32],
        Dtypes::F64 => &[Precision::F64],
        Dtypes::Both => &[Precision::F32, Precision::F64],
    };
    let mut reports = Vec::new();
    for &precision in precisions {
        let mut report = downhill_check::check(registry, spec, precision, reference).or_usage()?;
        // An optimizer that panicked once would panic again.
        if precision == Precision::F32 && !args.no_cost && report.fingerprint.is_some() {
            report.cost = downhill_check::measure_cost(registry, spec).or_usage()?;
        }
        reports.push(report);
    }
    let optimizer = reports.first().map_or_else(|| spec.into(), |report| report.optimizer.clone());
    Ok(Checked { optimizer, sound: reports.iter().all(Report::passed), reports })
}

/// All findings on one optimizer.
fn page(checked: &Checked) -> String {
    let precisions: Vec<String> = checked.reports.iter().map(|r| r.precision.to_string()).collect();
    let mut header = vec!["check".to_string()];
    header.extend(precisions.iter().cloned());
    header.push("what was seen".into());
    let mut table = Table { header, align: Vec::new(), rows: Vec::new() };
    for rows in aligned(&checked.reports) {
        let marks: Vec<&str> = rows.iter().map(|line| line.map_or("", |line| mark(line.outcome))).collect();
        let (name, detail) = detail(&rows, &precisions);
        let mut row = vec![name];
        row.extend(marks.iter().map(|mark| mark.to_string()));
        row.push(detail);
        table.rows.push(row);
    }
    let text = format!("{}\n\n{}", checked.optimizer, wrapped(table).to_text());
    // The finer precision describes the optimizer better.
    let fingerprint = checked.reports.iter().rev().find_map(|r| r.fingerprint.as_ref());
    let cost = checked.reports.iter().find_map(|r| r.cost);
    let mut facts = Table { header: vec!["fingerprint".into()], ..Table::default() };
    facts.rows = fingerprint.map(facts_of).unwrap_or_default();
    if let Some(cost) = cost {
        facts.rows.push(fact(
            "cost of a step",
            format!(
                "{} copies of 1,000,000 parameters ({} ns each); {} of 64 × 10,000",
                number(rounded(cost.large)),
                number(rounded(cost.nanoseconds)),
                number(rounded(cost.many))
            ),
        ));
    }
    format!("{text}\n{}\n{}\n", wrapped(facts).to_text(), verdict(checked))
}

/// The reports' lines by name: a line for each report, where it has one.
fn aligned(reports: &[Report]) -> Vec<Vec<Option<&Line>>> {
    let mut names: Vec<&str> = Vec::new();
    for line in reports.iter().flat_map(|r| &r.lines) {
        if !names.contains(&line.name.as_str()) {
            names.push(&line.name);
        }
    }
    let of = |name: &str| reports.iter().map(|r| r.lines.iter().find(|line| line.name == name)).collect();
    names.into_iter().map(of).collect()
}

/// A claim and its observation: in the precision where it failed, or in the last.
fn detail(lines: &[Option<&Line>], precisions: &[String]) -> (String, String) {
    let failed = lines.iter().position(|line| line.is_some_and(|line| line.outcome == Came::Failed));
    let all_failed = lines.iter().all(|line| line.is_some_and(|line| line.outcome == Came::Failed));
    let chosen = failed.or_else(|| lines.iter().rposition(Option::is_some)).unwrap_or(0);
    let Some(line) = lines.get(chosen).copied().flatten() else { return Default::default() };
    let prefix = if failed.is_some() && !all_failed { format!("{}: ", precisions[chosen]) } else { String::new() };
    (line.name.clone(), format!("{prefix}{}", line.detail))
}

fn mark(outcome: Came) -> &'static str {
    match outcome {
        Came::Passed => "ok",
        Came::Failed => "FAIL",
        Came::Measured => "measured",
        Came::Skipped => "skipped",
    }
}

/// The table with its last column wrapped to fit the page.
fn wrapped(table: Table) -> Table {
    let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = table.rows.iter().chain([&table.header]);
        cells.filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0) + 2
    };
    let room = WIDTH.saturating_sub((0..columns.saturating_sub(1)).map(width).sum()).max(30);
    let mut rows = Vec::new();
    for mut row in table.rows {
        let last = row.pop().unwrap_or_default();
        let mut lines = broken(&last, room).into_iter();
        let empty = vec![String::new(); row.len()];
        row.push(lines.next().unwrap_or_default());
        rows.push(row);
        rows.extend(lines.map(|line| [empty.clone(), vec![line]].concat()));
    }
    Table { rows, ..table }
}

/// A text in lines of at most `room` characters, broken at spaces where possible.
fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(room) {
            let piece: String = piece.iter().collect();
            match lines.last_mut() {
                Some(line) if line.is_empty() => *line = piece,
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= room => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

fn fact(name: &str, text: impl Into<String>) -> Vec<String> {
    vec![name.into(), text.into()]
}

fn facts_of(print: &Fingerprint) -> Vec<Vec<String>> {
    let follows = |symmetry: Symmetry, yes: &str, no: &str| match symmetry {
        Symmetry { holds: true, deviation: 0.0 } => format!("{yes}, to the bit"),
        Symmetry { holds: true, deviation } => format!("{yes} (within {})", number(rounded(deviation))),
        Symmetry { deviation, .. } => format!("{no} (differs by {})", number(rounded(deviation))),
    };
    let mut facts = vec![
        fact("loss times 8", follows(print.scale, "the same path", "another path")),
        fact("mirrored problem", follows(print.mirror, "the mirrored path", "another path")),
        fact("reordered", follows(print.permutation, "the reordered path", "another path")),
        fact("rotated point", follows(print.rotation, "the rotated path", "another path")),
    ];
    if let Some(rotation) = print.matrix_rotation {
        facts.push(fact("rotated weights", follows(rotation, "the rotated path", "another path")));
    }
    if let Some(coupling) = print.coupling {
        let text = match coupling {
            Coupling::Element => "its own gradients only",
            Coupling::Tensor => "the gradients of its tensor",
            Coupling::Model => "all gradients",
        };
        facts.push(fact("a number's step", format!("depends on {text}")));
    }
    if let Some(bound) = print.largest_step {
        facts.push(fact("largest step", step_text(bound, " times the learning rate")));
    }
    facts.push(fact("evaluations", format!("{} a step", counted(print.evaluations, "gradient"))));
    facts.push(fact("state", format!("{} for each parameter", counted(rounded(print.state), "number"))));
    facts.push(fact("twice", if print.repeats { "the same path, to the bit" } else { "another path" }));
    facts
}

fn step_text(bound: StepBound, unit: &str) -> String {
    if bound.grows || !bound.largest.is_finite() {
        "grows with the gradient".into()
    } else {
        format!("{}{unit}, whatever the gradient", number(rounded(bound.largest)))
    }
}

/// "1 gradient", "2.05 gradients".
fn counted(count: f64, word: &str) -> String {
    format!("{} {word}{}", number(count), if count == 1.0 { "" } else { "s" })
}

/// The number with three digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

/// The last sentence: the overall result.
fn verdict(checked: &Checked) -> String {
    let rows = aligned(&checked.reports);
    let count =
        |outcome: Came| rows.iter().filter(|row| row.iter().flatten().any(|line| line.outcome == outcome)).count();
    let failed = count(Came::Failed);
    if failed > 0 {
        return format!("{} is not sound: {failed} of {} checks failed.", checked.optimizer, rows.len());
    }
    let all =
        |outcome: Came| rows.iter().filter(|row| row.iter().flatten().all(|line| line.outcome == outcome)).count();
    let (skipped, measured) = (all(Came::Skipped), count(Came::Measured));
    let mut parts = vec![format!("{} checks passed", rows.len() - skipped - measured)];
    match skipped {
        0 => {}
        1 => parts.push("1 does not apply".into()),
        n => parts.push(format!("{n} do not apply")),
    }
    if measured > 0 {
        parts.push(format!("{measured} only measured"));
    }
    format!("{} is sound: {}.", checked.optimizer, parts.join(", "))
}

/// A line for each optimizer, with its failures below.
fn overview(all: &[Checked]) -> String {
    let mut header = vec!["optimizer".to_string()];
    let precisions: Vec<String> =
        all.first().map(|c| c.reports.iter().map(|r| r.precision.to_string()).collect()).unwrap_or_default();
    header.extend(precisions.iter().cloned());
    header.extend(["8f = f", "rotates", "step sees", "largest/lr", "gradients", "state", "cost"].map(String::from));
    let mut align = vec![Align::Left; header.len()];
    align[precisions.len() + 4..].fill(Align::Right);
    let rows = all.iter().map(|checked| {
        let mut row = vec![checked.optimizer.clone()];
        row.extend(checked.reports.iter().map(|r| if r.passed() { "ok".into() } else { "FAIL".into() }));
        let print = checked.reports.iter().rev().find_map(|r| r.fingerprint.as_ref());
        let yes = |holds: bool| if holds { "yes".to_string() } else { "no".into() };
        row.extend(match print {
            None => vec!["–".into(); 6],
            Some(print) => vec![
                yes(print.scale.holds),
                yes(print.rotation.holds),
                match print.coupling {
                    None => "–".into(),
                    Some(Coupling::Element) => "element".into(),
                    Some(Coupling::Tensor) => "tensor".into(),
                    Some(Coupling::Model) => "model".into(),
                },
                match print.largest_step {
                    None => "–".into(),
                    Some(bound) if bound.grows || !bound.largest.is_finite() => "grows".into(),
                    Some(bound) => number(rounded(bound.largest)),
                },
                number(print.evaluations),
                number(rounded(print.state)),
            ],
        });
        let cost = checked.reports.iter().find_map(|r| r.cost);
        row.push(cost.map_or("–".into(), |cost| number(rounded(cost.large))));
        row
    });
    let table = Table { header, align, rows: rows.collect() };
    let mut text = table.to_text();
    for checked in all.iter().filter(|checked| !checked.sound) {
        text.push_str(&format!("\n{}\n", checked.optimizer));
        for rows in aligned(&checked.reports) {
            if rows.iter().flatten().any(|line| line.outcome == Came::Failed) {
                let (name, detail) = detail(&rows, &precisions);
                for line in broken(&format!("{name}: {detail}"), WIDTH - 4) {
                    text.push_str(&format!("    {line}\n"));
                }
            }
        }
    }
    let unsound = all.iter().filter(|checked| !checked.sound).count();
    let verdict = match unsound {
        0 => format!("All {} optimizers are sound.", all.len()),
        n => format!("{n} of {} optimizers are not sound.", all.len()),
    };
    format!("{text}\n{verdict}\n")
}
