//! `downhill check`: its output and its exit status.

use crate::common::{run, succeed};
use downhill_optim::Registry;
use std::fs;
use tempfile::tempdir;

#[test]
fn a_sound_optimizer_has_a_page_that_fits_the_terminal() {
    let folder = tempdir().unwrap();
    let ran = succeed(folder.path(), "check adam --no-cost");
    for says in ["descends: Rosenbrock", "state: save and load", "members: independent", "NaN gradient", "loss times 8"]
    {
        assert!(ran.stdout.contains(says), "{says}\n{}", ran.stdout);
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
    assert!(ran.stdout.lines().last().unwrap().starts_with("adam is sound: "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("cost of a step") && !ran.stdout.contains("FAIL"));
    assert_eq!(ran.stderr, "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn json_is_one_object_with_a_report_for_each_precision() {
    let folder = tempdir().unwrap();
    let ran = succeed(folder.path(), "check sgd:lr=0.01 --json");
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    assert_eq!((json["optimizer"].as_str(), json["sound"].as_bool()), (Some("sgd:lr=0.01"), Some(true)));
    let precisions: Vec<_> = json["reports"].as_array().unwrap().iter().map(|r| r["precision"].as_str()).collect();
    assert_eq!(precisions, [Some("f32"), Some("f64")]);
    let first = &json["reports"][0];
    assert!(first["lines"].as_array().unwrap().iter().all(|l| l["name"].is_string() && l["outcome"].is_string()));
    assert!(first["cost"]["large"].as_f64().unwrap() > 0.0);
    assert_eq!(first["fingerprint"]["rotation"]["holds"].as_bool(), Some(true));
    let one = succeed(folder.path(), "check sgd --json --dtype f64 --no-cost");
    let json: serde_json::Value = serde_json::from_str(&one.stdout).expect("one object");
    assert_eq!(json["reports"].as_array().unwrap().len(), 1);
}

#[test]
fn every_optimizer_is_sound_in_f32_and_has_a_line() {
    let folder = tempdir().unwrap();
    let ran = succeed(folder.path(), "check --all --no-cost --dtype f32");
    let registry = Registry::builtin();
    for entry in registry.entries() {
        // A wrapper is listed with its base: sam:base=sgd.
        let name = |line: &str| line.split([' ', ':']).next() == Some(entry.name);
        let has_a_line = ran.stdout.lines().any(name);
        assert!(has_a_line, "{}\n{}", entry.name, ran.stdout);
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
    let says = format!("{} optimizers are sound.", registry.entries().count());
    assert!(ran.stdout.trim_end().ends_with(&says), "{}", ran.stdout);
}

#[test]
fn every_optimizer_is_sound_in_f64_and_has_a_report() {
    let folder = tempdir().unwrap();
    let ran = succeed(folder.path(), "check --all --no-cost --dtype f64 --json");
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    assert_eq!(json["sound"].as_bool(), Some(true), "{}", ran.stdout);
    let reports = json["optimizers"].as_array().unwrap();
    assert_eq!(reports.len(), Registry::builtin().entries().count());
    for report in reports {
        assert_eq!((report["sound"].as_bool(), &report["reports"][0]["precision"]), (Some(true), &"f64".into()));
    }
}

#[test]
fn a_reference_decides_the_exit_status() {
    let folder = tempdir().unwrap();
    // Gradient descent with rate 0.1 on (x² + 10y²)/2 from (5, 1): x shrinks by 0.9, y becomes 0.
    fs::write(folder.path().join("right.csv"), "step,x,y\n0,5,1\n1,4.5,0\n3,3.645,0\n").unwrap();
    fs::write(folder.path().join("wrong.csv"), "step,x,y\n0,5,1\n1,4.5,0\n3,3.6,0\n").unwrap();
    let words = |file: &str| format!("check sgd:lr=0.1 --no-cost --reference {file} --reference-on bowl10");
    assert!(succeed(folder.path(), &words("right.csv")).stdout.contains("the same path on bowl10"));
    let ran = run(folder.path(), &words("wrong.csv"));
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("FAIL") && ran.stdout.contains("3.6"), "{}", ran.stdout);
    assert!(ran.stdout.lines().last().unwrap().contains("is not sound: 1 of"), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
}

#[test]
fn wrong_usage_is_refused() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("bad.csv"), "step,x\n0,5\n").unwrap();
    for (words, says) in [
        ("check adm", "`adam`"),
        ("check adam:beta3=1", "beta3"),
        ("check adam:lr=-1", "0 or greater"),
        ("check", "SPEC"),
        ("check adam --all", "--all"),
        ("check adam --dtype f16", "both"),
        ("check adam --reference bad.csv", "--reference-on"),
        ("check adam --reference-on bowl10", "--reference"),
        ("check adam --reference bad.csv --reference-on bowl", "bowl10"),
        ("check adam --reference bad.csv --reference-on bowl10", "step,x,y"),
        ("check adam --reference none.csv --reference-on bowl10", "none.csv"),
    ] {
        let ran = run(folder.path(), words);
        assert_eq!(ran.status, Some(2), "{words}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{words}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{words}");
    }
}
