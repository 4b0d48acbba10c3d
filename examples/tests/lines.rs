//! The examples stay short enough to be read in one go.

use std::fs;
use std::path::Path;

const MOST_LINES: usize = 60;

#[test]
fn every_example_has_at_most_sixty_lines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut examples = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines, {MOST_LINES} are allowed", path.display());
        examples += 1;
    }
    assert!(examples >= 6, "only {examples} examples were found");
}
