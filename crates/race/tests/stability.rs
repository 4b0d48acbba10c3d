//! The largest stable learning rate agrees with theory.

use downhill_optim::{OptimizerSpec, Registry};
use downhill_race::{Limit, stability};

fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

fn agrees(text: &str, curvature: f64, theory: f64) {
    let found = stability(&spec(text), curvature).unwrap();
    let predicted = found.predicted.unwrap();
    assert!((predicted / theory - 1.0).abs() < 1e-12, "{text}: {predicted}");
    let Limit::At(measured) = found.measured else { panic!("{text}: {found:?}") };
    assert!((measured / theory - 1.0).abs() < 1e-3, "{text} on {curvature}: {measured} against {theory}");
}

#[test]
fn gradient_descent_is_stable_up_to_two_over_the_curvature() {
    agrees("sgd", 1.0, 2.0);
    agrees("sgd", 37.5, 2.0 / 37.5);
    agrees("sgd:weight_decay=0.5", 1.0, 2.0 / 1.5);
}

#[test]
fn heavy_ball_is_stable_up_to_its_limit() {
    for beta in [0.5, 0.9, 0.99] {
        agrees(&format!("momentum:momentum={beta}"), 4.0, 2.0 * (1.0 + beta) / 4.0);
    }
    agrees("momentum:momentum=0.9,dampening=0.5", 4.0, 2.0 * 1.9 / 2.0);
}

#[test]
fn nesterov_is_stable_up_to_its_limit() {
    for beta in [0.5, 0.9, 0.99] {
        agrees(&format!("nesterov:momentum={beta}"), 4.0, 2.0 * (1.0 + beta) / ((1.0 + 2.0 * beta) * 4.0));
    }
}

#[test]
fn a_sign_rule_never_blows_up_and_errors_say_why() {
    let sign = stability(&spec("signsgd"), 1.0).unwrap();
    assert!(matches!(sign.measured, Limit::Above(_)) && sign.predicted.is_none(), "{sign:?}");
    let error = |text: &str, curvature| stability(&spec(text), curvature).unwrap_err().to_string();
    assert!(error("sgd", 0.0).contains("the curvature is 0; legal: greater than 0"));
    assert!(error("sgd", f64::NAN).contains("greater than 0"));
}
