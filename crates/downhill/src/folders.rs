//! Output folders of a command: new ones, or ones that it filled before.

use crate::failure::{Failure, Outcome};
use std::fs;
use std::path::Path;

/// Refuses a folder with foreign files, before anything is done. `what` is the folder's kind, such as "a race"; `ours`
/// tells whether a file name belongs to such a folder.
///
/// # Errors
/// With exit status 2, naming the folder and the foreign file.
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
        // An unfinished file of a killed process is not foreign: only another unfinished file overwrites it.
        if !name.ends_with(".part") && !ours(&name) {
            return Err(Failure::usage(format!(
                "{shown} is not the folder of {what}: it holds `{name}`; --out names a new one, or one that {what} filled before"
            )));
        }
    }
    Ok(())
}
