//! The statements of ARCHITECTURE.md about the crates, compared with their manifests and sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use toml::Table;

type Crates = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Every crate's dependencies, without the optional ones.
fn manifests() -> Crates {
    let needed = |value: &toml::Value| value.get("optional").and_then(toml::Value::as_bool) != Some(true);
    let read = |folder: PathBuf| {
        let manifest: Table = read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let names = dependencies.into_iter().filter(|(_, value)| needed(value)).map(|(name, _)| name);
        (folder.file_name().unwrap().to_str().unwrap().to_string(), names.collect())
    };
    entries(&root().join("crates")).into_iter().map(read).collect()
}

#[test]
fn crates_depend_on_each_other_as_architecture_md_says_and_arrows_point_up_its_list() {
    let text = read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut said = Crates::new();
    for (from, to) in text.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" → ")) {
        let names = |list: &str| list.split(", ").map(String::from).collect::<BTreeSet<_>>();
        let above: BTreeSet<String> = said.keys().cloned().collect();
        let to = match to.strip_prefix("all but ") {
            Some(but) => &above - &names(but),
            None if to == "none" => BTreeSet::new(),
            None => names(to),
        };
        assert!(to.is_subset(&above), "{} needs a crate that is listed below it: {to:?}", from.trim());
        said.insert(from.trim().into(), to);
    }
    let of_ours =
        |names: BTreeSet<String>| names.iter().filter_map(|n| n.strip_prefix("downhill-")).map(String::from).collect();
    let found: Crates = manifests().into_iter().map(|(name, names)| (name, of_ours(names))).collect();
    for (name, needs) in &found {
        assert_eq!(said.get(name), Some(needs), "ARCHITECTURE.md (left) and crates/{name}/Cargo.toml (right) differ");
    }
    assert_eq!(said.len(), found.len(), "ARCHITECTURE.md lists a crate that is not there: {:?}", said.keys());
}

#[test]
fn only_the_command_line_knows_a_terminal() {
    for (name, needs) in manifests().iter().filter(|(name, _)| *name != "downhill") {
        let terminal = ["clap", "clap_complete", "clap_mangen", "console", "indicatif", "ctrlc"];
        assert!(!terminal.iter().any(|of| needs.contains(*of)), "{name} needs one of {terminal:?}");
        let mut paths = entries(&root().join("crates").join(name).join("src"));
        while let Some(path) = paths.pop() {
            let file = path.file_stem().unwrap();
            if file == "tests" {
                continue;
            } else if path.is_dir() {
                paths.extend(entries(&path));
                continue;
            }
            let text = read_to_string(&path).unwrap_or_default();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let words = ["println!", "eprintln!", "print!(", "process::exit", "ExitCode"];
                let word = words.iter().find(|word| line.contains(**word));
                assert!(word.is_none(), "{} has {word:?}: {line}", path.display());
            }
        }
    }
}
