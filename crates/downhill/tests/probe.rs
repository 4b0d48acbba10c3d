//! Probes of trained networks through the command.

use crate::common::{json, run, succeed, text, tree};
use std::fs;
use std::path::Path;

const FEATURES: usize = 3;
const CLASSES: usize = 3;

/// A CSV of three features and three classes, always the same.
fn write_data(folder: &Path) -> (Vec<f64>, usize) {
    let number = |i: usize| ((i * 7919 + 104_729) % 1009) as f64 / 500.0 - 1.0;
    let count = 60;
    let inputs: Vec<f64> = (0..count * FEATURES).map(|i| number(i * i + i)).collect();
    let mut csv = String::from("a,b,c,kind\n");
    for (i, x) in inputs.chunks_exact(FEATURES).enumerate() {
        csv += &format!("{},{},{},{}\n", x[0], x[1], x[2], ["u", "v", "w"][(i + usize::from(x[0] > 0.0)) % CLASSES]);
    }
    fs::write(folder.join("data.csv"), csv).unwrap();
    (inputs, count)
}

/// The only `f64` tensor of a weight file.
fn weights(path: &Path) -> Vec<f64> {
    let bytes = fs::read(path).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].chunks_exact(8).map(|number| f64::from_le_bytes(number.try_into().unwrap())).collect()
}

const EXACT: &str = "train data.csv --hidden none --no-bias --scale none --dtype f64 --batch-size full --epochs 40 \
                     --val-fraction 0 --test-fraction 0 -o sgd:lr=0.5 --out run --quiet";

#[test]
fn the_sharpness_of_a_softmax_regression_is_that_of_its_written_hessian() {
    let folder = tempfile::tempdir().unwrap();
    let (inputs, count) = write_data(folder.path());
    succeed(folder.path(), EXACT);
    let ran = succeed(folder.path(), "probe run --json --quiet --top 3");
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    // `[classes, features]` in the file: class c has z = w_c · x; the Hessian is the mean of (diag p − p pᵀ) ⊗ x xᵀ.
    let w = weights(&folder.path().join("run/last.safetensors"));
    let n = CLASSES * FEATURES;
    assert_eq!(w.len(), n);
    let mut h = vec![0.0; n * n];
    for x in inputs.chunks_exact(FEATURES) {
        let z: Vec<f64> = w.chunks_exact(FEATURES).map(|w| w.iter().zip(x).map(|(w, x)| w * x).sum()).collect();
        let total: f64 = z.iter().map(|z: &f64| z.exp()).sum();
        let p: Vec<f64> = z.iter().map(|z| z.exp() / total).collect();
        for at in 0..n * n {
            let (a, b) = (at / n / FEATURES, at % n / FEATURES);
            let inner = if a == b { p[a] } else { 0.0 } - p[a] * p[b];
            h[at] += inner * x[at / n % FEATURES] * x[at % n % FEATURES] / count as f64;
        }
    }
    // The largest eigenvalue by a long power iteration: the matrix has no negative one.
    let mut v: Vec<f64> = (0..n).map(|i| 1.0 + 0.3 * i as f64).collect();
    let mut largest = 0.0;
    for _ in 0..20_000 {
        let product: Vec<f64> = h.chunks_exact(n).map(|row| row.iter().zip(&v).map(|(h, v)| h * v).sum()).collect();
        largest = product.iter().map(|x: &f64| x * x).sum::<f64>().sqrt();
        v = product.iter().map(|x| x / largest).collect();
    }
    let sharpness = found["sharpness"].as_f64().unwrap();
    assert!((sharpness - largest).abs() < 1e-8 * largest, "{sharpness} for {largest}");
    let trace: f64 = (0..n).map(|i| h[i * n + i]).sum();
    assert!((found["trace"].as_f64().unwrap() - trace).abs() < 1e-8 * trace);
    assert!(found["trace_error"].is_null() && found["exact_hessian"] == true && found["converged"] == true);
    assert_eq!(found["eigenvalues"].as_array().unwrap().len(), 3);
    let stability = &found["stability"];
    assert_eq!((stability["rate"].as_f64(), stability["threshold"].as_f64()), (Some(0.5), Some(4.0)));
    assert!((stability["largest_rate"].as_f64().unwrap() - 2.0 / largest).abs() < 1e-7 / largest);
    assert_eq!(stability["stable"], largest <= 4.0);
    assert_eq!((found["rows"].as_u64(), found["of_rows"].as_u64()), (Some(60), Some(60)));
}

#[test]
fn the_loss_is_the_logged_one_and_the_gradient_vanishes_where_it_must() {
    let folder = tempfile::tempdir().unwrap();
    write_data(folder.path());
    succeed(folder.path(), EXACT);
    succeed(folder.path(), "probe run --quiet");
    let found = json(&folder.path().join("run/probe/probe.json"));
    let record = json(&folder.path().join("run/run.json"));
    let logged = record["members"][0]["last"]["train"]["loss"].as_f64().unwrap();
    assert!((found["loss"].as_f64().unwrap() - logged).abs() < 1e-12);
    // The gradient of the only layer, without biases, is the whole gradient.
    let layer = found["layers"][0]["gradient_norm"].as_f64().unwrap();
    assert!((found["gradient_norm"].as_f64().unwrap() - layer).abs() < 1e-15);
    let rows = crate::common::rows(&folder.path().join("run"));
    let norms: Vec<f64> = rows[1..].iter().map(|row| row.split(',').nth(9).unwrap().parse().unwrap()).collect();
    assert!(layer < *norms.last().unwrap() && layer > 0.9 * norms.last().unwrap(), "{layer} after {norms:?}");
}

#[test]
fn the_path_of_a_repeated_run_arrives_and_gives_the_preconditioner() {
    let folder = tempfile::tempdir().unwrap();
    succeed(
        folder.path(),
        "train wine --hidden 8 --activation tanh --epochs 6 --seeds 2 -o adam:lr=0.01 --out run --quiet",
    );
    let ran = succeed(folder.path(), "probe run --seed 1 --path --slices --points 9 --top 1");
    for word in
        ["preconditioned sharpness", "largest stable rate", "run repeated exactly", "idle units", "page: run/probe"]
    {
        assert!(ran.stdout.contains(word) || ran.stderr.contains(word), "{word} in {}{}", ran.stdout, ran.stderr);
    }
    let found = json(&folder.path().join("run/probe/probe.json"));
    assert_eq!((found["seed"].as_u64(), &found["path"]["arrived"]), (Some(1), &true.into()));
    assert!(found["preconditioned_sharpness"].as_f64().unwrap() > found["sharpness"].as_f64().unwrap());
    assert_eq!(found["stability"]["preconditioned"], true);
    // (2 + 2β₁)/((1 − β₁) lr) with β₁ = 0.9.
    assert!((found["stability"]["threshold"].as_f64().unwrap() - 3800.0).abs() < 1e-6);
    let path = &found["path"];
    let explained = [0, 1].map(|k| path["explained"][k].as_f64().unwrap());
    assert!(explained[0] > explained[1] && explained[0] + explained[1] <= 1.0 + 1e-12 && explained[0] > 0.5);
    assert_eq!(path["steps"].as_array().unwrap().len(), 7);
    assert_eq!(path["coordinates"][6], serde_json::json!([0.0, 0.0]));
    assert_eq!((path["losses"].as_array().unwrap().len(), path["x"].as_array().unwrap().len()), (9, 9));
    let slices = &found["slices"];
    let middle = slices["at"].as_array().unwrap().len() / 2;
    assert_eq!(slices["at"][middle], 0.0);
    let here = found["loss"].as_f64().unwrap();
    for line in slices["training"].as_array().unwrap() {
        assert!((line[middle].as_f64().unwrap() - here).abs() < 1e-12);
    }
    let names: Vec<String> = tree(&folder.path().join("run/probe")).into_keys().collect();
    assert_eq!(names, ["path.svg", "plane.svg", "probe.html", "probe.json", "sharpness.svg", "slice.svg"]);
}

#[test]
fn a_probe_is_the_same_bytes_again_with_any_number_of_threads_and_replaces_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), "train moons --hidden 24 --epochs 3 -o momentum:lr=0.05 --out run --quiet");
    succeed(folder.path(), "probe run --slices --path --points 5 --threads 1 --quiet");
    let first = text(&folder.path().join("run/probe/probe.json"));
    assert!(folder.path().join("run/probe/slice.svg").exists());
    succeed(folder.path(), "probe run --slices --path --points 5 --threads 3 --quiet --out again");
    assert_eq!(first, text(&folder.path().join("again/probe.json")));
    succeed(folder.path(), "probe run --quiet");
    let names: Vec<String> = tree(&folder.path().join("run/probe")).into_keys().collect();
    assert_eq!(names, ["probe.html", "probe.json"], "pictures of the earlier probe went");
    let beside: Vec<String> =
        tree(folder.path()).into_keys().filter(|name| name.contains(".part") || name.contains(".old")).collect();
    assert!(beside.is_empty(), "{beside:?}");
    // A run that contains a probe is still a run.
    succeed(folder.path(), "report run");
}

#[test]
fn a_part_of_the_rows_is_said_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), "train wine --hidden 4 --epochs 1 --out run --quiet");
    let ran = succeed(folder.path(), "probe run --rows 30");
    assert!(ran.stderr.contains("measured on 30 of"), "{}", ran.stderr);
    assert!(ran.stdout.contains("30 of 106 training rows"), "{}", ran.stdout);
    assert_eq!(json(&folder.path().join("run/probe/probe.json"))["rows"], 30);
}

#[test]
fn what_cannot_be_probed_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), "train wine --hidden 4 --epochs 2 --seeds 2 --out run --quiet");
    fs::create_dir(folder.path().join("taken")).unwrap();
    fs::write(folder.path().join("taken/notes.txt"), "mine").unwrap();
    let before = tree(folder.path());
    let cases = [
        ("probe nowhere", "is not a run's folder"),
        ("probe run --weights first", "there are: last, best"),
        ("probe run --seed 7", "--seed is 7, but the run's seeds are [0, 1]"),
        ("probe run --top 0", "--top is 0, but must be from 1 to 100"),
        ("probe run --points 2", "--points is 2, but must be from 3 to 201"),
        ("probe run --rows 0", "--rows is 0"),
        ("probe run --threads 0", "--threads is 0"),
        ("probe run --out taken", "holds `notes.txt`"),
        ("probe run --out taken/notes.txt", "is a file"),
    ];
    for (words, message) in cases {
        let ran = run(folder.path(), words);
        assert_eq!(ran.status, Some(2), "{words}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{words}: {}", ran.stderr);
    }
    assert_eq!(before, tree(folder.path()));
}

#[test]
fn a_run_that_diverged_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    succeed(
        folder.path(),
        "train wine --hidden 4 --activation identity --loss mse --epochs 40 -o sgd:lr=1e6 --out run --quiet",
    );
    let ran = run(folder.path(), "probe run");
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("diverged") && ran.stderr.contains("--weights best"), "{}", ran.stderr);
    succeed(folder.path(), "probe run --weights best --path --slices --points 5 --quiet");
}

#[test]
fn data_that_changed_since_the_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_data(folder.path());
    succeed(folder.path(), EXACT);
    let path = folder.path().join("data.csv");
    fs::write(&path, text(&path).replacen("0.", "0.1", 1)).unwrap();
    let ran = run(folder.path(), "probe run");
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("the data has changed since the run"), "{}", ran.stderr);
}
