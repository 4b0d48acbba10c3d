//! What is said on a terminal, and what was typed there.

use crate::failure::{Failure, Outcome};
use downhill_spec::spelled;
use std::io::Write;

/// Writes to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Outcome<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::run(format!("standard output: {e}"))),
        _ => Ok(()),
    }
}

/// The command that was typed, as a shell reads it.
pub(crate) fn command() -> String {
    // What only says how to print does not belong to what is repeated.
    let printing = ["-q", "--quiet", "--json"];
    let words = std::env::args().skip(1).filter(|word| !printing.contains(&word.as_str())).map(|word| quoted(&word));
    std::iter::once(crate::program::this().name.to_string()).chain(words).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Says a line on standard error, options as they are typed. Nobody listening is no failure.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", typed(text));
}

/// A text of a library with its options as they are typed.
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
