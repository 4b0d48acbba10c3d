//! Files that are written as a whole or not at all.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes a temporary file beside `path`, flushes it to the disk, and renames it to `path`.
///
/// # Errors
/// When the file system refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    write_by_way_of(&path.with_file_name(name), path, bytes)
}

/// Like [`write_whole`], for a file that several processes may write at once: each has its own temporary file.
///
/// # Errors
/// When the file system refuses.
pub fn write_shared(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    write_by_way_of(&path.with_file_name(name), path, bytes)
}

fn write_by_way_of(part: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = File::create(part)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(part, path)
    };
    write().map_err(|e| Error::file(path, e))
}
