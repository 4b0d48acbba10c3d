//! Terminal output, and the command as typed.

use crate::failure::{Failure, Outcome};
use downhill_spec::spelled;
use std::io::Write;

/// Writes to standard output. A closed reader (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Outcome<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::run(format!("standard output: {e}"))),
        _ => Ok(()),
    }
}

/// The typed command, quoted for a shell.
pub(crate) fn command() -> String {
    // Options that only affect printing are not repeated.
    let printing = ["-q", "--quiet", "--json"];
    let words = std::env::args().skip(1).filter(|word| !printing.contains(&word.as_str())).map(|word| quoted(&word));
    std::iter::once(crate::program::this().name.to_string()).chain(words).collect::<Vec<_>>().join(" ")
}

/// A word quoted for a shell.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Prints a line on standard error, options as typed on the command line. A closed reader is no failure.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", typed(text));
}

/// A library's text with its options as typed on the command line.
pub(crate) fn typed(text: &str) -> String {
    spelled(text, |name, value| match value {
        Some(value) => format!("--{name} {value}"),
        None => format!("--{name}"),
    })
}

/// Prints a value as JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::run)?;
    print(&format!("{text}\n"))
}
