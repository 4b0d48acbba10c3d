//! A run that is stopped, killed or repeated writes the same bytes.

use crate::common::{Ran, downhill, json, lines_of_metrics, rows, run, succeed, text, tree, wait_until};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use tempfile::tempdir;

/// Logged rows and checkpoints fall on different updates, so that a kill finds rows that no checkpoint has.
const TRAIN: &str = "train digits --epochs 16 --log-every 7 --checkpoint-every 10 --seeds 3 --threads 2 --quiet --out";

fn start(folder: &Path, words: &str) -> Child {
    downhill(folder, words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn wait_for_rows(run: &Path, lines: usize) {
    wait_until("rows", &|| lines_of_metrics(run) >= lines);
}

/// Continues a killed run to its end; without a checkpoint starts over, as the message says.
fn bring_to_its_end(folder: &Path, name: &str) {
    let ran = run(folder, &format!("train --resume {name} --quiet"));
    match ran.status {
        Some(0) => {}
        Some(2) => {
            let said = ["nothing to resume", "is not a run's folder"].iter().any(|words| ran.stderr.contains(words));
            assert!(said, "{}", ran.stderr);
            succeed(folder, &format!("{TRAIN} {name}"));
        }
        other => panic!("exit status {other:?}: {}", ran.stderr),
    }
}

/// Two finished runs hold the same files with the same bytes, clocks apart.
fn assert_same_run(one: &Path, other: &Path) {
    let (expected, found) = (rows(one), rows(other));
    let distinct: BTreeSet<String> =
        found.iter().map(|row| row.splitn(3, ',').take(2).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(distinct.len(), found.len(), "{}: a row stands twice", other.display());
    assert!(expected == found, "{}: rows differ", other.display());

    let clockless = |run: &Path| {
        let mut files = tree(run);
        for (name, bytes) in &mut files {
            // These files contain times of day or seconds.
            if name == "run.json" || name == "metrics.csv" || name.starts_with("checkpoint/") {
                bytes.clear();
            }
        }
        // The event file has the time in its name and in each record, in a fixed number of bytes.
        let events: Vec<String> = files.keys().filter(|name| name.starts_with("events.")).cloned().collect();
        assert_eq!(events.len(), 1, "{events:?}");
        let length = files.remove(&events[0]).expect("it is there").len();
        (files, length)
    };
    let ((expected, expected_events), (found, found_events)) = (clockless(one), clockless(other));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (name, bytes) in &expected {
        assert!(*bytes == found[name], "{}: {name} differs", other.display());
    }
    assert_eq!(expected_events, found_events, "{}: the event files differ in length", other.display());

    let figures = |run: &Path| {
        let record = json(&run.join("run.json"));
        (record["status"].clone(), record["members"].clone())
    };
    assert_eq!(figures(one), figures(other));
}

/// Whether a run has reached a moment.
type Moment<'a> = &'a dyn Fn(&Path) -> bool;

#[test]
fn a_run_killed_in_any_phase_ends_with_the_same_bytes_as_one_left_alone() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), &format!("{TRAIN} whole"));
    let reference = folder.path().join("whole");
    assert_eq!(json(&reference.join("run.json"))["status"], "done");
    let all = 1 + rows(&reference).len();
    let here = |file: &'static str| move |run: &Path| run.join(file).exists();
    // At the folder's creation; before and after the first checkpoint; at the last row; while results are written.
    let moments: [(&str, Moment<'_>); 8] = [
        ("folder", &Path::exists),
        ("configuration", &here("config.toml")),
        ("first-row", &|run: &Path| lines_of_metrics(run) >= 2),
        ("checkpoint", &here("checkpoint")),
        ("amid", &move |run: &Path| lines_of_metrics(run) >= all / 2),
        ("last-row", &move |run: &Path| lines_of_metrics(run) >= all),
        ("weights", &here("model-0.safetensors")),
        ("picture", &here("curves.svg")),
    ];
    for (name, moment) in moments {
        let mut child = start(folder.path(), &format!("{TRAIN} {name}"));
        let run = folder.path().join(name);
        wait_until(name, &|| moment(&run));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        bring_to_its_end(folder.path(), name);
        assert_same_run(&reference, &run);
    }
}

#[test]
fn a_run_killed_again_and_again_ends_with_the_same_bytes_as_one_left_alone() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), &format!("{TRAIN} whole"));
    let killed = folder.path().join("killed");
    let mut command = format!("{TRAIN} killed");
    // A checkpoint exists by then.
    let mut lines = 20;
    for _ in 0..5 {
        let mut child = start(folder.path(), &command);
        wait_for_rows(&killed, lines);
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        command = "train --resume killed --quiet --threads 1".into();
        lines += 40;
    }
    bring_to_its_end(folder.path(), "killed");
    assert_same_run(&folder.path().join("whole"), &killed);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_in_order_and_resume_completes_to_the_same_bytes() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), &format!("{TRAIN} whole"));
    let stopped = folder.path().join("stopped");
    let child = downhill(folder.path(), &format!("{TRAIN} stopped"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    wait_for_rows(&stopped, 40);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let ran: Ran = child.wait_with_output().expect("it ends").into();
    assert_eq!(ran.status, Some(130), "{}", ran.stderr);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(json(&stopped.join("run.json"))["status"], "interrupted");
    assert!(!stopped.join("model-0.safetensors").exists());
    succeed(folder.path(), "train --resume stopped --quiet --threads 1");
    assert_same_run(&folder.path().join("whole"), &stopped);
}

#[test]
fn a_folder_in_which_a_run_is_training_is_refused_to_others() {
    let folder = tempdir().expect("a folder");
    let mut child = start(folder.path(), "train digits --epochs 100000 --log-every 7 --seeds 3 --quiet --out busy");
    wait_for_rows(&folder.path().join("busy"), 10);
    let refused = run(folder.path(), "train --resume busy");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(refused.status, Some(2));
    assert!(refused.stderr.contains("another process is training there"), "{}", refused.stderr);
}

#[test]
fn resume_of_a_finished_run_changes_no_file_and_shows_its_result_again() {
    let folder = tempdir().expect("a folder");
    let first = succeed(folder.path(), "train iris --epochs 3 --seeds 2 --out R");
    let before = tree(&folder.path().join("R"));
    let again = succeed(folder.path(), "train --resume R");
    assert!(before == tree(&folder.path().join("R")));
    assert_eq!(again.stdout, first.stdout);
    assert!(again.stderr.contains("nothing to resume"), "{}", again.stderr);
    let as_json = succeed(folder.path(), "train --resume R --json --quiet");
    assert_eq!(as_json.stdout, text(&folder.path().join("R/run.json")));
    assert_eq!(as_json.stderr, "");
    assert!(before == tree(&folder.path().join("R")));
}

#[test]
fn the_same_command_on_a_finished_run_is_refused_and_names_resume() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 1 --quiet --out R");
    succeed(folder.path(), "train iris --epochs 1 --quiet");
    let before = tree(folder.path());
    for words in ["train iris --epochs 1 --out R", "train iris --epochs 1"] {
        let ran = run(folder.path(), words);
        assert_eq!(ran.status, Some(2), "{words}");
        assert!(ran.stderr.contains("train --resume"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    assert!(before == tree(folder.path()));
}

#[test]
fn a_folder_with_other_files_is_refused_and_left_as_it_is() {
    let folder = tempdir().expect("a folder");
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/thesis.tex"), "years of work").expect("a file");
    fs::write(folder.path().join("mine/metrics.csv"), "my own").expect("a file");
    let before = tree(folder.path());
    let ran = run(folder.path(), "train iris --epochs 1 --out mine");
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("thesis.tex"), "{}", ran.stderr);
    assert!(before == tree(folder.path()));
}

#[test]
fn a_run_that_left_no_checkpoint_starts_over_with_the_same_command() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 2 --quiet --out R");
    let whole = rows(&folder.path().join("R"));
    fs::remove_dir_all(folder.path().join("R/checkpoint")).expect("it can be removed");
    let ran = run(folder.path(), "train --resume R");
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("nothing to resume"), "{}", ran.stderr);
    succeed(folder.path(), "train iris --epochs 2 --quiet --out R");
    assert_eq!(whole, rows(&folder.path().join("R")));
}

#[test]
fn a_run_s_config_repeats_it_to_the_same_bytes() {
    let folder = tempdir().expect("a folder");
    let words = "train wine -o momentum:lr=0.02 --schedule cosine:warmup=5 --hidden 16 --activation tanh --no-bias=last \
                 --clip-norm 1 --label-noise 0.1 --seed 3 --epochs 4 --quiet --out R";
    succeed(folder.path(), words);
    succeed(folder.path(), "train --config R/config.toml --out other --quiet");
    assert_same_run(&folder.path().join("R"), &folder.path().join("other"));
}

#[test]
fn a_member_s_rows_and_weights_are_the_same_alone_and_among_others_on_any_number_of_threads() {
    let folder = tempdir().expect("a folder");
    let words = "train digits --epochs 3 --log-every 11 --quiet";
    succeed(folder.path(), &format!("{words} --seeds 4 --threads 1 --out one"));
    succeed(folder.path(), &format!("{words} --seeds 4 --threads 2 --out two"));
    succeed(folder.path(), &format!("{words} --seed 2 --threads 2 --out alone"));
    let (one, two, alone) = (folder.path().join("one"), folder.path().join("two"), folder.path().join("alone"));
    assert_same_run(&one, &two);
    let of_seed_2: Vec<String> = rows(&one).into_iter().filter(|row| row.starts_with("2,")).collect();
    assert!(!of_seed_2.is_empty());
    assert_eq!(of_seed_2, rows(&alone));
    for kind in ["model", "last"] {
        let among = fs::read(one.join(format!("{kind}-2.safetensors"))).expect("it is there");
        assert!(among == fs::read(alone.join(format!("{kind}.safetensors"))).expect("it is there"), "{kind}");
    }
}
