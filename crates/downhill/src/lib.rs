//! The command line of `downhill`, and the entry points for programs with their own optimizers: [`main_with`] and
//! [`main_as`].
//!
//! Start with [`commands`]: one file for each subcommand.

pub mod cli;
pub mod commands;
pub mod failure;
mod folders;
pub mod machine;
pub mod pages;
pub mod probe;
mod program;
pub mod progress;
pub mod race;
pub mod study;
pub mod summary;
mod terminal;
mod words;

use clap::FromArgMatches;
use downhill_optim::Registry;
pub use program::Program;
use std::process::ExitCode;

/// The whole program, with the optimizers of `registry`.
///
/// Exit status: 0 done, 1 it ran and failed, 2 wrong usage or input, 130 after Ctrl-C.
pub fn main_with(registry: Registry) -> ExitCode {
    main_as(program::DOWNHILL, registry)
}

/// Like [`main_with`], for a program of one's own: its name, version and revision stand in help, records, pages and in
/// the commands that repeat something.
pub fn main_as(program: Program, registry: Registry) -> ExitCode {
    program::set(program);
    let matches = program.command().get_matches();
    let cli = cli::Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match commands::run(cli, &registry) {
        Ok(code) => code,
        Err(failure) => {
            terminal::say(&format!("error: {}", failure.message));
            ExitCode::from(failure.status)
        }
    }
}
