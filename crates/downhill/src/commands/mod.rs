//! One file for each subcommand.

mod check;
mod compare;
mod list;
mod predict;
mod probe;
mod race;
mod report;
mod reproduce;
mod shell;
mod stability;
pub(crate) mod train;

use crate::cli::{Cli, Command};
use crate::failure::Outcome;
use downhill_optim::Registry;
use std::process::ExitCode;

/// Runs the subcommand.
///
/// # Errors
/// With the exit status that the failure names.
pub fn run(cli: Cli, registry: &Registry) -> Outcome<ExitCode> {
    match cli.command {
        Command::Train(args) => train::run(*args, registry),
        Command::Compare(args) => compare::run(*args, registry),
        Command::Predict(args) => predict::run(&args),
        Command::Race(args) => race::run(&args, registry),
        Command::Stability(args) => stability::run(&args, registry),
        Command::Probe(args) => probe::run(&args, registry),
        Command::Reproduce(args) => reproduce::run(&args),
        Command::Report(args) => report::run(&args, registry),
        Command::Check(args) => check::run(&args, registry),
        Command::List(args) => list::run(&args, registry),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Outcome<()> {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(crate::failure::Failure::run(format!("standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// The command that was typed, as a shell reads it.
pub(crate) fn command() -> String {
    // What only says how to print does not belong to what is repeated.
    let printing = ["-q", "--quiet", "--json"];
    let words = std::env::args().skip(1).filter(|word| !printing.contains(&word.as_str())).map(|word| quoted(&word));
    std::iter::once("downhill".to_string()).chain(words).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Says a line on standard error. Nobody listening is no failure.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints a value as JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(value).map_err(crate::failure::Failure::run)?;
    print(&format!("{text}\n"))
}
