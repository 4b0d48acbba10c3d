//! Which program this is: the command line itself, or one of somebody's own around it.

use clap::CommandFactory;
use downhill_run::{Versions, machine};
use std::sync::OnceLock;

/// What a program calls itself in its help, in records, in pages and in the commands that repeat something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name, as it is typed.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The git revision that it was built from; "unknown" if it was none.
    pub revision: &'static str,
}

/// The command line itself.
pub const DOWNHILL: Program =
    Program { name: "downhill", version: env!("CARGO_PKG_VERSION"), revision: env!("DOWNHILL_REVISION") };

static THIS: OnceLock<Program> = OnceLock::new();

/// Says which program this is, once and first.
pub(crate) fn set(program: Program) {
    // Who says it twice stays who it was.
    let _ = THIS.set(program);
}

/// This program.
pub(crate) fn this() -> Program {
    *THIS.get().unwrap_or(&DOWNHILL)
}

impl Program {
    /// The parser of its command line.
    pub(crate) fn command(self) -> clap::Command {
        crate::cli::Cli::command().name(self.name).version(self.version)
    }

    /// For a run's record.
    pub(crate) fn versions(self) -> Versions {
        let program = (self != DOWNHILL).then(|| self.words());
        Versions { program, ..Versions::of(DOWNHILL.version, DOWNHILL.revision) }
    }

    /// What a trial's bits may depend on, apart from its id.
    pub(crate) fn by(self) -> String {
        let under = if self == DOWNHILL { String::new() } else { format!("{}, ", self.words()) };
        format!("{under}{}, {}", DOWNHILL.words(), machine::instruction_set())
    }

    /// `downhill 0.1.0 (a1b2c3)`.
    fn words(self) -> String {
        format!("{} {} ({})", self.name, self.version, self.revision)
    }
}
