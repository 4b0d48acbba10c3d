//! The command line of `downhill`, and the door for programs that bring their own optimizers: [`main_with`].
//!
//! Start with [`commands`]: one file for each subcommand. `options` is what was typed, `plan` what was meant.

pub mod cli;
pub mod commands;
pub mod diagnostics;
pub mod failure;
pub mod figures;
mod folders;
pub mod machine;
pub mod options;
pub mod pages;
pub mod pictures;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod race;
pub mod record;
pub mod run_dir;
pub mod study;
pub mod summary;
mod terminal;

use clap::Parser;
use downhill_optim::Registry;
use std::process::ExitCode;

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
