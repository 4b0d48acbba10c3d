//! The example runs, and learns.

use std::process::Command;

#[test]
fn the_loss_falls_below_a_third() {
    let out = Command::new(env!("CARGO_BIN_EXE_learner")).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let (_, table) = text.split_once("epoch  training loss").expect("a table of losses at the end");
    let losses: Vec<f64> =
        table.lines().skip(1).map(|row| row.split_whitespace().nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(losses.len(), 30);
    assert!(losses[29] < losses[0] / 3.0, "{losses:?}");
}
