//! The folder of a probe, which is replaced as a whole or not at all.

use crate::failure::{Failure, Outcome};
use downhill_run::whole::write_whole;
use std::fs;
use std::path::{Path, PathBuf};

/// The measurements.
pub const RECORD: &str = "probe.json";
/// The page.
pub const PAGE: &str = "probe.html";
/// The possible pictures.
pub const PICTURES: [&str; 4] = ["slice.svg", "plane.svg", "path.svg", "sharpness.svg"];

/// Refuses a folder with foreign files, before anything is measured.
///
/// # Errors
/// With exit status 2, naming the folder.
pub fn check(out: &Path) -> Outcome<()> {
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
        if name != RECORD && name != PAGE && !PICTURES.contains(&name.as_ref()) {
            return Err(Failure::usage(format!(
                "{shown} is not the folder of a probe: it holds `{name}`; --out names a new one or an earlier probe's"
            )));
        }
    }
    Ok(())
}

/// Writes files into a new folder beside `out` and puts it in place of `out`; an earlier probe there is removed.
///
/// # Errors
/// When the file system refuses.
pub fn write(out: &Path, files: &[(&str, Vec<u8>)]) -> Outcome<()> {
    let beside = |what: &str| -> PathBuf {
        let mut name = out.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.{what}", std::process::id()));
        out.with_file_name(name)
    };
    let (new, old) = (beside("part"), beside("old"));
    fs::create_dir_all(&new).map_err(|e| Failure::io(&new, e))?;
    let filled = files.iter().try_for_each(|(name, bytes)| write_whole(&new.join(name), bytes)).map_err(Failure::from);
    let placed = filled.and_then(|()| {
        if out.exists() {
            fs::rename(out, &old).map_err(|e| Failure::io(out, e))?;
        }
        fs::rename(&new, out).map_err(|e| Failure::io(out, e))
    });
    // Neither success nor failure leaves a temporary folder behind.
    if placed.is_err() {
        let _ = fs::remove_dir_all(&new);
        if !out.exists() {
            let _ = fs::rename(&old, out);
        }
    }
    let _ = fs::remove_dir_all(&old);
    placed
}
