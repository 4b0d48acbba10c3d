//! `reproduce` and `stability --run`: their output and files.

use crate::common::{json, run, succeed, text};
use tempfile::tempdir;

#[test]
fn experiments_leave_pages_pictures_and_records_that_agree_with_what_is_printed() {
    let folder = tempdir().unwrap();
    let ran = succeed(folder.path(), "reproduce learning-rate adam-first-step --out out --json --quiet");
    assert_eq!(ran.stderr.lines().count(), 0, "{}", ran.stderr);
    let printed: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for (record, name) in printed.as_array().unwrap().iter().zip(["learning-rate", "adam-first-step"]) {
        assert_eq!((&record["name"], &record["verdict"]), (&name.into(), &"reproduced".into()));
        assert_eq!(*record, json(&folder.path().join(format!("out/{name}.json"))));
        for finding in record["findings"].as_array().unwrap() {
            assert!(finding["found"].is_number() && finding["holds"] != false, "{finding}");
        }
        let pictures = record["pictures"].as_array().unwrap();
        assert!(!pictures.is_empty());
        for picture in pictures {
            let svg = text(&folder.path().join("out").join(picture[0].as_str().unwrap()));
            assert!(svg.starts_with("<svg"), "{picture}");
        }
        assert!(text(&folder.path().join("out/index.html")).contains(&format!("{name}.html")));
        assert!(text(&folder.path().join(format!("out/{name}.html"))).contains(&format!("downhill reproduce {name}")));
    }
}

#[test]
fn one_experiment_is_told_in_a_table_and_needs_no_index() {
    let folder = tempdir().unwrap();
    let ran = succeed(folder.path(), "reproduce adam-first-step");
    for words in ["Kingma and Ba 2015", "came out", "must be", "✓", "\nreproduced\n"] {
        assert!(ran.stdout.contains(words), "no {words:?} in {}", ran.stdout);
    }
    assert!(ran.stderr.contains("page: runs/reproduce/adam-first-step.html"), "{}", ran.stderr);
    assert!(!folder.path().join("runs/reproduce/index.html").exists());
}

#[test]
fn the_largest_stable_rate_of_a_run_is_two_over_its_sharpness() {
    let folder = tempdir().unwrap();
    succeed(folder.path(), "train iris --hidden 4 --activation tanh --epochs 5 -o nesterov:lr=0.1 --out run --quiet");
    let probe = succeed(folder.path(), "probe run --json --quiet");
    let probe: serde_json::Value = serde_json::from_str(&probe.stdout).unwrap();
    let sharpness = probe["sharpness"].as_f64().unwrap();
    let told = succeed(folder.path(), "stability --run run -o sgd --json");
    let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let close = |found: &serde_json::Value, expected: f64, share: f64| {
        let found = found.as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < share, "{found}, not {expected}");
    };
    close(&told[0]["curvature"], sharpness, 1e-12);
    close(&told[0]["predicted"], 2.0 / sharpness, 1e-12);
    close(&told[0]["measured"], 2.0 / sharpness, 1e-3);
    // Without -o the run's own optimizer is measured.
    let own = succeed(folder.path(), "stability --run run --json");
    assert!(own.stdout.contains("nesterov:lr=0.1"), "{}", own.stdout);
    for words in ["stability --run run --curvature 2", "stability --run nowhere", "stability --run run --seed 9"] {
        assert_eq!(run(folder.path(), words).status, Some(2), "{words}");
    }
}
