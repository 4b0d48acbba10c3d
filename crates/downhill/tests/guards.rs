//! Harm that the program must not do to its user's files and figures.

use crate::common::{run, succeed};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// A regression of `rows` rows, x and 3x.
fn line(folder: &Path, rows: usize) {
    let text: String = (0..rows).map(|i| format!("{i}.5,{}.25\n", 3 * i)).collect();
    fs::write(folder.join("line.csv"), format!("x,y\n{text}")).expect("it can be written");
}

/// Makes a finished run look like one killed before its last record.
fn forget_the_end(run: &Path) {
    fs::remove_file(run.join("run.json")).expect("it is there");
}

#[test]
fn a_run_does_not_go_on_with_other_data_than_it_began_with() {
    let folder = tempdir().expect("a folder");
    line(folder.path(), 40);
    succeed(folder.path(), "train line.csv --epochs 3 --quiet --out R");
    forget_the_end(&folder.path().join("R"));
    line(folder.path(), 30);
    let refused = run(folder.path(), "train --resume R");
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("the data has changed since the checkpoint"), "{}", refused.stderr);
    line(folder.path(), 40);
    succeed(folder.path(), "train --resume R --quiet");
}

#[test]
fn a_resumed_run_needs_neither_its_initial_weights_nor_its_events() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 2 --quiet --out first");
    fs::copy(folder.path().join("first/last.safetensors"), folder.path().join("w.safetensors")).expect("it copies");
    succeed(folder.path(), "train iris --epochs 3 --init-from w.safetensors --quiet --out R");
    let weights = fs::read(folder.path().join("R/last.safetensors")).expect("it is there");
    forget_the_end(&folder.path().join("R"));
    fs::remove_file(folder.path().join("w.safetensors")).expect("it is there");
    for entry in fs::read_dir(folder.path().join("R")).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("events") {
            fs::remove_file(entry.path()).expect("it is there");
        }
    }
    succeed(folder.path(), "train --resume R");
    assert_eq!(fs::read(folder.path().join("R/last.safetensors")).expect("it is there"), weights);
}

#[test]
fn a_folder_that_no_run_made_keeps_its_files_whatever_their_names() {
    let folder = tempdir().expect("a folder");
    let own = folder.path().join("own");
    fs::create_dir(&own).expect("a folder");
    for name in ["model.safetensors", "config.toml", "model-of-mine.safetensors"] {
        fs::write(own.join(name), "mine").expect("it can be written");
        let refused = run(folder.path(), "train iris --out own");
        assert_eq!(refused.status, Some(2), "{}", refused.stderr);
        assert_eq!(fs::read_to_string(own.join(name)).expect("it is there"), "mine");
    }
}

#[test]
fn a_target_without_variation_and_numbers_beyond_f32_are_refused() {
    let folder = tempdir().expect("a folder");
    let constant: String = (0..10).map(|i| format!("{i}.5,2.5\n")).collect();
    fs::write(folder.path().join("constant.csv"), format!("x,y\n{constant}")).expect("it can be written");
    let refused = run(folder.path(), "train constant.csv --task regression");
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("the target `y` is 2.5 in every training row"), "{}", refused.stderr);

    let large: String = (0..10).map(|i| format!("{i}e39,{i}.5\n")).collect();
    fs::write(folder.path().join("large.csv"), format!("x,y\n{large}")).expect("it can be written");
    let refused = run(folder.path(), "train large.csv --task regression --scale none");
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("column `x`") && refused.stderr.contains("--dtype f64"), "{}", refused.stderr);
    succeed(folder.path(), "train large.csv --task regression --scale none --dtype f64 --epochs 1 --quiet --out R");
}

#[test]
fn a_member_that_diverged_has_no_gap() {
    let folder = tempdir().expect("a folder");
    let json = succeed(folder.path(), "train iris -o sgd:lr=1e30 --json --quiet").stdout;
    let record: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let last = &record["members"][0]["last"];
    assert!(last["train"]["loss"].is_null() && last["accuracy_gap"].is_null() && last["loss_gap"].is_null(), "{last}");
}

#[test]
fn races_and_experiments_leave_folders_of_others_alone() {
    let folder = tempdir().expect("a folder");
    let race = "race bowl -o sgd:lr=0.1 --steps 5 --quiet --out";
    let experiment = "reproduce adam-first-step --quiet --out";
    for (name, file) in [("mine", "notes.txt"), ("pictures", "race.svg")] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
        fs::write(folder.path().join(name).join(file), "mine").expect("it can be written");
        for command in [race, experiment] {
            let refused = run(folder.path(), &format!("{command} {name}"));
            assert_eq!(refused.status, Some(2), "{}", refused.stderr);
            assert!(
                refused.stderr.contains(&format!("it holds `{file}`; --out names a new one")),
                "{}",
                refused.stderr
            );
        }
        assert_eq!(fs::read_to_string(folder.path().join(name).join(file)).expect("it is there"), "mine");
    }
    // A command may replace its own output.
    for _ in 0..2 {
        succeed(folder.path(), &format!("{race} again --csv again/walks.csv"));
        succeed(folder.path(), &format!("{experiment} experiments"));
    }
}
