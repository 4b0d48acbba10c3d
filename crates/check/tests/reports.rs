//! The content of a report. The command `check --all` has the test that every registered optimizer is sound in both
//! precisions.

use downhill_check::check;
use downhill_optim::Registry;
use downhill_population::Precision;

#[test]
fn the_same_optimizer_always_gives_the_same_report() {
    let text = || {
        let report = check(&Registry::builtin(), "adam:eps=1e-6", Precision::F32, None).unwrap();
        serde_json::to_string(&report).unwrap()
    };
    assert_eq!(text(), text());
}

#[test]
fn fingerprints_are_those_of_the_equations() {
    let of = |text: &str| check(&Registry::builtin(), text, Precision::F64, None).unwrap().fingerprint.unwrap();
    let (sgd, adam, lion) = (of("sgd"), of("adam:eps=0"), of("lion"));
    assert!(sgd.rotation.holds && !sgd.scale.holds && sgd.largest_step.unwrap().grows);
    assert!(sgd.matrix_rotation.unwrap().holds);
    assert!(!adam.rotation.holds && !adam.largest_step.unwrap().grows);
    // A power of two scales every operation exactly.
    assert_eq!(adam.scale.deviation, 0.0);
    assert_eq!(lion.scale.deviation, 0.0);
    // After a long time without gradients Adam's step is (1 − β₁)/√(1 − β₂) at a first spike, and at most
    // (1 − β₁)/√((1 − β₂)(1 − β₁²/β₂)) whatever comes (Cauchy and Schwarz); Lion's is always 1.
    let least: f64 = 0.1 / 0.001f64.sqrt();
    let most = least / (1.0 - 0.81 / 0.999f64).sqrt();
    let (adam_step, lion_step) = (adam.largest_step.unwrap().largest, lion.largest_step.unwrap().largest);
    assert!((least..most).contains(&adam_step), "{adam_step}");
    assert!((lion_step - 1.0).abs() < 1e-9, "{lion_step}");
    for one in [sgd, adam, lion] {
        assert!(one.mirror.holds && one.permutation.holds && one.repeats);
        assert_eq!((one.evaluations, one.coupling), (1.0, Some(downhill_check::Coupling::Element)));
    }
    assert_eq!((sgd.state, adam.state, lion.state), (0.0, 2.0, 1.0));
}
