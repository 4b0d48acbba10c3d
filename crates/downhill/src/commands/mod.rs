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
mod train;

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
