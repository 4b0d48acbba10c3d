//! `downhill completions` and `downhill man`.

use crate::cli::{Completions, Man};
use crate::failure::{Failure, Outcome};
use crate::program;
use crate::terminal::{print, say};
use std::process::ExitCode;

/// Prints a completion script.
pub fn completions(args: &Completions) -> Outcome<ExitCode> {
    let (mut script, program) = (Vec::new(), program::this());
    clap_complete::generate(args.shell, &mut program.command(), program.name, &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a man page for the program and for each subcommand.
pub fn man(args: &Man) -> Outcome<ExitCode> {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&args.out)?;
        clap_mangen::generate_to(program::this().command(), &args.out)
    };
    write().map_err(|e| Failure::io(&args.out, e))?;
    say(&format!("man pages: {}", args.out.display()));
    Ok(ExitCode::SUCCESS)
}
