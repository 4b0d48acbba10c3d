//! The identity of this program: the command line itself, or a user's program around it.

use clap::CommandFactory;
use downhill_run::{Versions, machine};
use std::sync::OnceLock;

/// The program's name and version in its help, in records, in pages and in the commands that repeat something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name, as typed.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The git revision that it was built from; "unknown" without one.
    pub revision: &'static str,
}

/// The command line itself.
pub const DOWNHILL: Program =
    Program { name: "downhill", version: env!("CARGO_PKG_VERSION"), revision: env!("DOWNHILL_REVISION") };

static THIS: OnceLock<Program> = OnceLock::new();

/// Sets this program's identity; to be called once, before everything else.
pub(crate) fn set(program: Program) {
    // A second call changes nothing.
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

    /// The versions in a run's record.
    pub(crate) fn versions(self) -> Versions {
        let program = (self != DOWNHILL).then(|| self.words());
        Versions { program, ..Versions::of(DOWNHILL.version, DOWNHILL.revision) }
    }

    /// Everything that a trial's bits may depend on, apart from its id.
    pub(crate) fn by(self) -> String {
        let under = if self == DOWNHILL { String::new() } else { format!("{}, ", self.words()) };
        format!("{under}{}, {}", DOWNHILL.words(), machine::instruction_set())
    }

    /// `downhill 0.1.0 (a1b2c3)`.
    fn words(self) -> String {
        format!("{} {} ({})", self.name, self.version, self.revision)
    }
}
