//! `train --probe`: its measurements are further columns of `metrics.csv`.

use crate::common::{downhill, lines_of_metrics, rows, succeed, text, wait_until};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tempfile::tempdir;

/// The columns of a run's metrics by name.
fn columns(run: &Path) -> BTreeMap<String, Vec<Option<f64>>> {
    let all = text(&run.join("metrics.csv"));
    let mut lines = all.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let mut columns: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
    for cells in lines {
        for (name, cell) in header.iter().zip(cells) {
            let number = if cell.is_empty() { None } else { Some(cell.parse().unwrap()) };
            columns.entry(name.to_string()).or_default().push(number);
        }
    }
    columns
}

#[test]
fn a_line_through_the_origin_has_the_curvature_of_its_data() {
    let folder = tempdir().unwrap();
    let xs = [1.0, -2.0, 0.5, 3.0, -1.5, 2.5];
    let csv: String = xs.iter().map(|x| format!("{x},{}\n", 2.0 * x + 0.1)).collect();
    fs::write(folder.path().join("line.csv"), format!("x,y\n{csv}")).unwrap();
    succeed(
        folder.path(),
        "train line.csv --task regression --hidden none --no-bias --loss half-mse --scale none --scale-target none \
         --val-fraction 0 --test-fraction 0 --dtype f64 -o momentum:lr=0.1,momentum=0.5,weight_decay=0.25 --batch-size full \
         --steps 4 --log-every 1 --probe sharpness,trace,noise,layers --probe-every 2 --out run --quiet",
    );
    let columns = columns(&folder.path().join("run"));
    // The loss is the mean of (wx − y)²/2, its second derivative that of x².
    let curvature = xs.iter().map(|x| x * x).sum::<f64>() / 6.0;
    for (step, measured) in columns["sharpness"].iter().zip(&columns["trace"]).enumerate() {
        let due = step % 2 == 0;
        assert_eq!((measured.0.is_some(), measured.1.is_some()), (due, due), "step {step}");
        for value in [measured.0, measured.1].into_iter().flatten() {
            assert!((value / curvature - 1.0).abs() < 1e-8, "{value}, not {curvature}");
        }
    }
    // 2(1 + β)/η minus the decay; step 0 had no learning rate.
    assert_eq!(columns["sharpness_edge"][0], None);
    assert!((columns["sharpness_edge"][2].unwrap() - (30.0 - 0.25)).abs() < 1e-12);
    // The only layer has the network's own figures.
    assert_eq!(
        columns["layers.0.grad_norm"][2..],
        columns["grad_norm"][2..].iter().enumerate().map(|(i, x)| x.filter(|_| i % 2 == 0)).collect::<Vec<_>>()
    );
    assert_eq!(columns["layers.0.update_ratio"][4], columns["update_ratio"][4]);
    assert!(columns["noise_scale"][0].unwrap() > 0.0);
    let picture = text(&folder.path().join("run/curves.svg"));
    assert!(picture.contains("Sharpness") && picture.contains("edge of stability"), "the picture shows it");
}

#[test]
fn units_that_are_never_active_are_dead() {
    let folder = tempdir().unwrap();
    // A learning rate so large that the first steps throw relu units out of the data for good.
    succeed(folder.path(), "train moons:n=100 --hidden 16 -o sgd:lr=30 --epochs 3 --probe dead --out run --quiet");
    let dead = &columns(&folder.path().join("run"))["dead_share"];
    assert!(dead[0].unwrap() < 0.3 && dead.iter().flatten().all(|share| (0.0..=1.0).contains(share)), "{dead:?}");
    assert!(dead.iter().flatten().any(|&share| share > 0.5), "{dead:?}");
}

const TRAIN: &str = "train moons:n=300 --hidden 8 -o adam --seeds 3 --epochs 200 --checkpoint-every 10 --log-every 7 \
                     --probe sharpness,preconditioned,dead,layers --probe-every 70 --quiet";

#[test]
fn a_killed_run_measures_the_same_and_threads_change_nothing() {
    let folder = tempdir().unwrap();
    succeed(folder.path(), &format!("{TRAIN} --threads 2 --out whole"));
    let killed = folder.path().join("killed");
    let mut child = downhill(folder.path(), &format!("{TRAIN} --threads 1 --out killed"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("rows", &|| lines_of_metrics(&killed) >= 100);
    child.kill().unwrap();
    child.wait().unwrap();
    succeed(folder.path(), "train --resume killed --quiet");
    assert!(rows(&folder.path().join("whole")) == rows(&killed), "rows differ");
    let measured = &columns(&killed)["preconditioned_sharpness"];
    assert!(measured.iter().flatten().count() > 15, "it was measured now and then");
}
