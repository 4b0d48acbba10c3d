//! The examples stay short enough to be read in one go.

use std::fs;
use std::path::Path;

const MOST_LINES: usize = 60;
const MOST_LINES_OF_A_RULE: usize = 20;

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

#[test]
fn a_rule_of_ones_own_takes_at_most_twenty_lines_of_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("out-of-tree/src/heavy_sign.rs");
    let text = fs::read_to_string(path).unwrap();
    let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    assert!(code <= MOST_LINES_OF_A_RULE, "the rule takes {code} lines, {MOST_LINES_OF_A_RULE} are allowed");
    assert!(text.contains("impl Rule<"), "the rule is somewhere else");
}
