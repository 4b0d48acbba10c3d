//! `downhill race`.

use crate::cli::RaceArgs as Args;
use crate::failure::{Failure, Outcome};
use crate::folders;
use crate::machine;
use crate::race::resolve::{Resolved, resolve};
use crate::race::tell::{RunnerRecord, records, replays, table};
use crate::terminal::{command, print, print_json, say};
use downhill_optim::Registry;
use downhill_race::{Path, Race, Runner, View, figure, run as walk, tune};
use downhill_report::race::{CsvRow, race_csv, race_gif, race_page, race_png, race_svg};
use downhill_run::whole::write_whole;
use serde::Serialize;
use std::fs;
use std::io::BufWriter;
use std::path::{Path as FilePath, PathBuf};
use std::process::ExitCode;

/// The picture's width in pixels; width and frames of the moving picture.
const PNG_WIDTH: u32 = 1600;
const GIF_WIDTH: u32 = 800;
const GIF_FRAMES: usize = 60;

/// The content of `--json` and `race.json`.
#[derive(Serialize)]
struct Record<'a> {
    landscape: &'a str,
    formula: &'a str,
    steps: u64,
    tolerance: f64,
    /// The known minima, with their values.
    minima: Vec<(&'a [f64], f64)>,
    runners: Vec<RunnerRecord>,
}

/// Runs a race.
pub fn run(args: &Args, registry: &Registry) -> Outcome<ExitCode> {
    let threads = machine::threads(args.threads)?;
    if !(args.tolerance.is_finite() && args.tolerance >= 0.0) {
        return Err(Failure::usage(format!(
            "--tolerance is {}, but must be a finite number of at least 0",
            args.tolerance
        )));
    }
    let Resolved { mut race, rates, notes } = resolve(args, registry, threads)?;
    let only_csv = args.csv.as_deref() == Some(FilePath::new("-"));
    let out = match &args.out {
        // CSV on standard output is for another program: no pictures are left unasked.
        None if only_csv => None,
        None => Some(PathBuf::from("runs").join(default_name(&race.landscape.text))),
        Some(out) => Some(out.clone()),
    };
    if let Some(out) = &out {
        // `race.json` is written first; a table (`--csv`) may lie beside the race's files.
        let again = out.join("race.json").is_file();
        folders::check(out, "a race", |file| again && (file.starts_with("race.") || file.ends_with(".csv")))?;
    }
    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    for note in &notes {
        talk(&format!("note: {note}"));
    }
    let tuned = match &rates {
        None => None,
        Some(rates) => {
            let tuned = tune(&race, rates).map_err(Failure::usage)?;
            let runner = |(runner, tuned): (&Runner, &downhill_race::Tuned)| Runner {
                label: runner.label.clone(),
                optimizer: tuned.optimizer.clone(),
            };
            race.runners = race.runners.iter().zip(&tuned).map(runner).collect();
            Some(tuned)
        }
    };
    let paths = walk(&race).map_err(Failure::usage)?;
    let record = Record {
        landscape: &race.landscape.text,
        formula: &race.landscape.formula,
        steps: race.steps,
        tolerance: args.tolerance,
        minima: race.landscape.minima.iter().map(|m| (m.point.as_slice(), m.value)).collect(),
        runners: records(&race, &paths, tuned.as_deref(), args.tolerance),
    };
    if let Some(out) = &out {
        pictures(out, args, &race, &paths, &record)?;
    }
    if let Some(path) = &args.csv {
        csv(path, &race, &paths)?;
    }
    if args.json {
        print_json(&record)?;
    } else if !only_csv {
        print(&format!("{}\n{}\n", race.landscape.formula, table(&race, &record.runners)))?;
        if args.replay {
            print(&format!("\n{}\n", replays(&race, &paths)))?;
        }
    }
    if let Some(out) = &out {
        talk(&format!("page: {}", out.join("race.html").display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The default folder name for a landscape.
fn default_name(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = text.chars().map(safe).take(60).collect();
    format!("race-{}", name.trim_matches('-'))
}

fn pictures(out: &FilePath, args: &Args, race: &Race, paths: &[Vec<Path>], record: &Record<'_>) -> Outcome<()> {
    let figure = figure(race, paths, View::of(race), args.basins);
    fs::create_dir_all(out).map_err(|e| Failure::usage(format!("{}: {e}", out.display())))?;
    let json = serde_json::to_string_pretty(record).map_err(Failure::run)?;
    write_whole(&out.join("race.json"), format!("{json}\n").as_bytes())?;
    write_whole(&out.join("race.svg"), race_svg(&figure).as_bytes())?;
    write_whole(&out.join("race.png"), &race_png(&figure, PNG_WIDTH).map_err(Failure::run)?)?;
    write_whole(&out.join("race.gif"), &race_gif(&figure, GIF_FRAMES, GIF_WIDTH).map_err(Failure::run)?)?;
    Ok(write_whole(&out.join("race.html"), race_page(&figure, &command()).as_bytes())?)
}

/// Every step of every walk as CSV.
fn csv(path: &FilePath, race: &Race, paths: &[Vec<Path>]) -> Outcome<()> {
    let rows = race.runners.iter().zip(paths).flat_map(|(runner, paths)| {
        paths.iter().flat_map(|path| {
            (0..path.rows()).map(|row| CsvRow {
                optimizer: &runner.label,
                start: path.start,
                step: path.step_of(row) as usize,
                position: path.point(row),
                loss: path.losses[row],
                grad_norm: path.grad_norms[row],
            })
        })
    });
    let dims = race.landscape.dims();
    if path == FilePath::new("-") {
        return match race_csv(BufWriter::new(std::io::stdout().lock()), dims, rows) {
            // A closed reader is no failure.
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::run(format!("standard output: {e}"))),
            _ => Ok(()),
        };
    }
    let mut bytes = Vec::new();
    race_csv(&mut bytes, dims, rows).map_err(|e| Failure::io(path, e))?;
    Ok(write_whole(path, &bytes)?)
}
