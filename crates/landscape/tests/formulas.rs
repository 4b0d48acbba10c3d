//! Formulas that users type.

use downhill_landscape::{Landscape, LandscapeError, Points, parse};
use downhill_population::{Backend, Params, Place, Precision, gradient, host};
use proptest::prelude::*;

fn at(formula: &str, x: &[f64]) -> f64 {
    Landscape::from_formula(formula).unwrap().value(x)
}

fn error(formula: &str) -> String {
    Landscape::from_formula(formula).unwrap_err().to_string()
}

/// The column of the mark, and the message's first line.
fn marked(formula: &str) -> (usize, String) {
    match Landscape::from_formula(formula) {
        Err(LandscapeError::Formula(error)) => {
            let text = error.to_string();
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 3, "{text}");
            assert_eq!(lines[2].find('^'), Some(error.at + 2));
            (error.at, lines[0].into())
        }
        other => panic!("{formula}: {other:?}"),
    }
}

#[test]
fn operations_bind_as_on_paper() {
    assert_eq!(at("2 + 3*x", &[4.0]), 14.0);
    assert_eq!(at("-x^2", &[3.0]), -9.0);
    assert_eq!(at("(-x)^2", &[3.0]), 9.0);
    assert_eq!(at("2^x^2", &[3.0]).round(), 512.0);
    assert_eq!(at("x^3^2", &[2.0]), 512.0);
    assert_eq!(at("x^-2", &[2.0]), 0.25);
    assert_eq!(at("8/x/2", &[2.0]), 2.0);
    assert_eq!(at("8-x-2", &[2.0]), 4.0);
    assert_eq!(at("--x", &[2.0]), 2.0);
    assert_eq!(at("x*-2", &[2.0]), -4.0);
    assert_eq!(at("  1e-3*x + .5 + 2.E0", &[1000.0]), 3.5);
    assert_eq!(at("2*e*x + pi", &[1.0]), 2.0 * std::f64::consts::E + std::f64::consts::PI);
    assert_eq!(at("ln(x) - log(x) + abs(-x) + sqrt(x)", &[4.0]), 6.0);
    assert_eq!(at("x0 + 10*x2", &[1.0, 5.0, 2.0]), 21.0);
    assert_eq!(Landscape::from_formula("y").unwrap().dims(), 2);
    assert_eq!(Landscape::from_formula("x7^2").unwrap().dims(), 8);
}

#[test]
fn an_error_points_at_its_character() {
    assert_eq!(
        error("(1-x)^2 + 20*(y-x^2))^2"),
        "cannot read the formula: this `)` closes nothing\n  (1-x)^2 + 20*(y-x^2))^2\n                      ^"
    );
    for (formula, column, message) in [
        ("2x", 1, "expected an operation before this, such as `*`"),
        ("(x + 1", 0, "this `(` is not closed"),
        ("x + ", 4, "it ends here; expected a number, a variable, a function or `(`"),
        ("", 0, "it ends here"),
        ("x + * y", 4, "`*` means nothing here"),
        ("sni(x)", 0, "unknown name `sni` (did you mean `sin`?)"),
        ("x + z", 4, "unknown name `z`"),
        ("3 + sin x", 4, "`sin` needs its argument in parentheses"),
        ("sin(x, y)", 5, "a function has one argument"),
        ("x & y", 2, "`&` means nothing here"),
        ("1.2.3*x", 0, "`1.2.3` is not a number"),
        ("x + 1e999", 4, "`1e999` is too large"),
        ("x + x1", 4, "variables are x and y, or x0, x1, …, not both"),
        ("x1000", 0, "the last variable is x999"),
        ("x99999999999999999999", 0, "the last variable is x999"),
        ("1 + 2", 0, "it has no variable"),
        ("x**2", 2, "`*` means nothing here"),
        ("()", 1, "`)` means nothing here"),
        ("é + x", 0, "unknown name `é`"),
    ] {
        let (at, what) = marked(formula);
        assert_eq!(at, column, "{formula}: {what}");
        assert!(what.contains(message), "{formula}: {what}");
    }
}

#[test]
fn deep_and_long_formulas_are_refused_or_run() {
    assert!(error(&"(".repeat(5000)).contains("too deep"));
    assert!(error(&"-".repeat(5000)).contains("too deep"));
    assert!(error(&format!("x{}", "^x".repeat(2000))).contains("too deep"));
    assert!(error(&"x+".repeat(6000)).contains("the most is 10000"));
    assert_eq!(at(&format!("x{}", "+x".repeat(4000)), &[1.0]), 4001.0);
}

#[test]
fn where_a_formula_has_no_value_it_is_nan() {
    let log = Landscape::from_formula("log(x) + sqrt(y)").unwrap();
    assert!(log.value(&[-1.0, 1.0]).is_nan() && log.value(&[1.0, -1.0]).is_nan());
    assert_eq!(log.value(&[1.0, 4.0]), 2.0);
    assert!(log.value(&[f64::NAN, 1.0]).is_nan());
    assert!(at("x^0.5", &[-1.0]).is_nan() && at("(0-2)^x", &[1.0]).is_nan());
    assert!(at("0/x", &[0.0]).is_nan());
    let place = Place::new(Backend::Flex, Precision::F64).unwrap();
    let members = vec![vec![vec![-1.0, 1.0]], vec![vec![1.0, 4.0]]];
    let params = Params::from_members(&place, &log.shapes(), &members);
    let at = gradient(&log, &params, &Points::default());
    let values = host::values(at.losses);
    assert!(values[0].is_nan() && values[1] == 2.0, "{values:?}");
    assert_eq!(host::values(at.gradients[0].clone())[2..], [1.0, 0.25]);
}

proptest! {
    #[test]
    fn the_ravines_formula_is_the_ravine(x in -2.0..2.0f64, y in -2.0..2.0f64) {
        let formula = Landscape::from_formula("(1-x)^2 + 20*(y-x^2)^2").unwrap();
        let ravine = parse("ravine").unwrap();
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
        let point = [x, y];
        prop_assert!(close(formula.value(&point), ravine.value(&point)));
        for (a, b) in formula.gradient(&point).into_iter().zip(ravine.gradient(&point)) {
            prop_assert!(close(a, b), "{a} {b}");
        }
        for (a, b) in formula.hessian(&point).concat().into_iter().zip(ravine.hessian(&point).concat()) {
            prop_assert!(close(a, b), "{a} {b}");
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[-+*/^()xy019.e ,a-z]{0,40}") {
        if let Ok(landscape) = Landscape::from_formula(&text) {
            let x = vec![0.5; landscape.dims()];
            let _ = (landscape.value(&x), landscape.gradient(&x), landscape.hessian(&x));
        }
    }

    #[test]
    fn no_unicode_makes_the_parser_panic(text in "\\PC{0,30}") {
        let _ = Landscape::from_formula(&text).map_err(|e| e.to_string());
    }
}
