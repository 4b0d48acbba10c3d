//! The command line of `downhill`, and the door for programs that bring their own optimizers: [`main_with`].
//!
//! Start with [`commands`]: one file for each subcommand.

pub mod cli;
pub mod commands;
pub mod failure;
mod folders;
pub mod machine;
pub mod pages;
pub mod probe;
pub mod progress;
pub mod race;
pub mod study;
pub mod summary;
mod terminal;
mod words;

use clap::Parser;
use downhill_optim::Registry;
use downhill_run::Versions;
use std::process::ExitCode;

/// Of this program.
fn versions() -> Versions {
    Versions::of(env!("CARGO_PKG_VERSION"), env!("DOWNHILL_REVISION"))
}

/// The whole program, with the optimizers of `registry`.
///
/// Exit status: 0 done, 1 it ran and failed, 2 wrong usage or input, 130 after Ctrl-C.
pub fn main_with(registry: Registry) -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli, &registry) {
        Ok(code) => code,
        Err(failure) => {
            terminal::say(&format!("error: {}", failure.message));
            ExitCode::from(failure.status)
        }
    }
}
