//! Shared by the tests of the command line: the program itself, run in folders of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The program, to be run in `folder`, with its words split at spaces.
pub fn downhill(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_downhill"));
    command.current_dir(folder).args(words.split_whitespace()).stdin(Stdio::null());
    command
}

/// The result of one run of the program.
#[derive(Debug)]
pub struct Ran {
    /// Exit status; None when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
        Self { status: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// Runs the program in `folder` and waits for it.
pub fn run(folder: &Path, words: &str) -> Ran {
    downhill(folder, words).output().expect("the program starts").into()
}

/// Runs the program in `folder`; it must succeed.
pub fn succeed(folder: &Path, words: &str) -> Ran {
    let ran = run(folder, words);
    assert_eq!(ran.status, Some(0), "downhill {words}\n{}", ran.stderr);
    ran
}

/// A file's text.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A JSON file.
pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every file below a folder by its relative path, with its bytes; a folder has none.
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let name = path.strip_prefix(root).expect("it lies in the root").to_string_lossy().into_owned();
            if path.is_dir() {
                found.insert(format!("{name}/"), Vec::new());
                walk(root, &path, found);
            } else {
                found.insert(name, fs::read(&path).expect("the file can be read"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// The lines of a run's `metrics.csv` without the column `seconds`.
pub fn rows(run: &Path) -> Vec<String> {
    let all = text(&run.join("metrics.csv"));
    assert!(all.ends_with('\n'), "the last row is whole");
    let mut lines = all.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let clock = header.iter().position(|column| *column == "seconds").expect("a column of seconds");
    let without = |mut cells: Vec<&str>| {
        assert_eq!(cells.len(), header.len());
        cells.remove(clock);
        cells.join(",")
    };
    lines.map(without).collect()
}

/// The tensors of a safetensors file: their types and shapes by name.
pub fn tensors(path: &Path) -> BTreeMap<String, (String, Vec<u64>)> {
    let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).expect("the header is JSON");
    let entries = header.as_object().expect("the header is an object").iter();
    entries
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(name, tensor)| {
            let shape =
                tensor["shape"].as_array().expect("a shape").iter().map(|n| n.as_u64().expect("a size")).collect();
            (name.clone(), (tensor["dtype"].as_str().expect("a type").to_string(), shape))
        })
        .collect()
}

/// Number of lines of metrics that a run has written, with the header.
pub fn lines_of_metrics(run: &Path) -> usize {
    fs::read_to_string(run.join("metrics.csv")).map_or(0, |text| text.lines().count())
}

/// Waits until a condition holds, checking often enough to find a process in the middle of its next phase.
pub fn wait_until(what: &str, is_so: &dyn Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        sleep(Duration::from_micros(500));
    }
}
