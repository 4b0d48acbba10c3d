//! `downhill completions` and `downhill man`.

use crate::cli::{Cli, Completions, Man};
use crate::failure::{Failure, Outcome};
use crate::terminal::{print, say};
use clap::CommandFactory;
use std::process::ExitCode;

/// Prints a completion script.
pub fn completions(args: &Completions) -> Outcome<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "downhill", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a man page for the program and for each subcommand.
pub fn man(args: &Man) -> Outcome<ExitCode> {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&args.out)?;
        clap_mangen::generate_to(Cli::command(), &args.out)
    };
    write().map_err(|e| Failure::io(&args.out, e))?;
    say(&format!("man pages: {}", args.out.display()));
    Ok(ExitCode::SUCCESS)
}
