//! Folders that a command fills: new ones, or those that it filled before.

use crate::failure::{Failure, Outcome};
use std::fs;
use std::path::Path;

/// Refuses a place that holds something of somebody else, before anything is done: `what` is the folder's kind, such as "a race", `ours`
/// says which files such a folder has.
///
/// # Errors
/// With exit status 2, naming the place and what it holds.
pub fn check(out: &Path, what: &str, ours: impl Fn(&str) -> bool) -> Outcome<()> {
    let shown = out.display();
    if out.exists() && !out.is_dir() {
        return Err(Failure::usage(format!("{shown} is a file; --out names a folder")));
    }
    if !out.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(out).map_err(|e| Failure::usage(format!("{shown}: {e}")))? {
        let name = entry.map_err(|e| Failure::usage(format!("{shown}: {e}")))?.file_name();
        let name = name.to_string_lossy();
        // What a killed process left of a file is nobody's, and nothing is written over it but its like.
        if !name.ends_with(".part") && !ours(&name) {
            return Err(Failure::usage(format!(
                "{shown} is not the folder of {what}: it holds `{name}`; --out names a new one, or one that {what} filled before"
            )));
        }
    }
    Ok(())
}
