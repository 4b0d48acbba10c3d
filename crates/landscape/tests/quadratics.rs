//! Quadratics from files.

use downhill_landscape::{Points, parse, quadratic};
use downhill_population::{Backend, Params, Place, Precision, gradient, host};
use std::fs;
use tempfile::TempDir;

/// A folder with these files, and the path of each.
fn files<const N: usize>(contents: [&str; N]) -> (TempDir, [String; N]) {
    let folder = TempDir::new().unwrap();
    let mut count = 0;
    let paths = contents.map(|content| {
        count += 1;
        let path = folder.path().join(format!("{count}.csv"));
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_string()
    });
    (folder, paths)
}

#[test]
fn the_loss_is_the_mean_over_the_centres() {
    let (_folder, [h, c]) = files(["# curvatures\n2, 0.5\n0.5, 1\n", "1,2\n3,0\n"]);
    let landscape = parse(&format!("quadratic:hessian={h},centres={c}")).unwrap();
    let square = |x: f64, y: f64| (2.0 * x * x + x * y + y * y) / 2.0;
    let expected = |x: f64, y: f64| (square(x - 1.0, y - 2.0) + square(x - 3.0, y)) / 2.0;
    for [x, y] in [[0.0, 0.0], [5.0, -2.0], [2.0, 1.0]] {
        assert!((landscape.value(&[x, y]) - expected(x, y)).abs() < 1e-12);
    }
    assert_eq!(landscape.minima[0].point, [2.0, 1.0]);
    assert!((landscape.minima[0].value - expected(2.0, 1.0)).abs() < 1e-15);
    let alone = parse(&format!("quadratic:hessian={h}")).unwrap();
    assert_eq!(alone.minima[0].point, [0.0, 0.0]);
    assert_eq!(alone.gradient(&[1.0, 1.0]), [2.5, 1.5]);
}

#[test]
fn a_batch_sees_its_own_centres_only() {
    let matrix = vec![vec![2.0, 0.5], vec![0.5, 1.0]];
    let landscape = quadratic(matrix, vec![vec![1.0, 2.0], vec![3.0, 0.0], vec![-1.0, 1.0]]).unwrap();
    let place = Place::new(Backend::Flex, Precision::F64).unwrap();
    let params = Params::from_members(&place, &landscape.shapes(), &[vec![vec![0.0, 0.0]], vec![vec![4.0, 4.0]]]);
    // The first member sees centres 0 and 1, the second 2 and 0.
    let centres = place.tensor(&[1.0, 2.0, 3.0, 0.0, -1.0, 1.0, 1.0, 2.0], [2, 2, 2]);
    let batch = Points { noise: None, centres: Some(burn::tensor::Tensor::from_inner(centres)) };
    let at = gradient(&landscape, &params, &batch);
    let square = |x: f64, y: f64| (2.0 * x * x + x * y + y * y) / 2.0;
    let expected = [(square(-1.0, -2.0) + square(-3.0, 0.0)) / 2.0, (square(5.0, 3.0) + square(3.0, 2.0)) / 2.0];
    let losses = host::values(at.losses);
    assert!(losses.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{losses:?} {expected:?}");
    // H times the distance from the mean of the batch's centres.
    let gradients = host::values(at.gradients[0].clone());
    let expected = [-4.5, -2.0, 9.25, 4.5];
    assert!(gradients.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{gradients:?}");
}

#[test]
fn a_saddle_and_a_trough_have_no_minimum() {
    assert!(quadratic(vec![vec![1.0, 0.0], vec![0.0, -1.0]], vec![]).unwrap().minima.is_empty());
    assert!(quadratic(vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![]).unwrap().minima.is_empty());
    assert_eq!(quadratic(vec![vec![1.0, 0.9], vec![0.9, 1.0]], vec![]).unwrap().minima.len(), 1);
}

#[test]
fn errors_name_the_file_the_line_and_the_values() {
    let error = |text: &str| parse(text).unwrap_err().to_string();
    assert!(error("quadratic").contains("expected quadratic:hessian=FILE"));
    assert!(error("quadratic:hesian=a.csv").contains("(did you mean `hessian`?); it has: hessian, centres"));
    assert!(error("quadratic:hessian=a,hessian=b").contains("`hessian` is given twice"));
    assert!(error("quadratic:hessian").contains("expected key=FILE"));
    assert!(error("quadratic:hessian=").contains("expected key=FILE"));
    assert!(error("quadratic:hessian=/nowhere/h.csv").starts_with("/nowhere/h.csv: "));
    let (_folder, [skew, ragged, tall, words, empty, good, short, nan]) = files([
        "1,2\n3,1\n",
        "1,2\n2\n",
        "1,2\n2,1\n0,0\n",
        "1,two\n2,1\n",
        "",
        "1,2\n2,1\n",
        "1,2\n\n3\n",
        "1,NaN\nNaN,1\n",
    ]);
    let of = |path: &str| error(&format!("quadratic:hessian={path}"));
    assert_eq!(
        of(&skew),
        format!("{skew}, line 1: column 2 is 2, but line 2, column 1 is 3; expected a symmetric matrix")
    );
    assert_eq!(of(&ragged), format!("{ragged}, line 2: 1 numbers; expected 2, as many as {ragged} has rows"));
    assert_eq!(of(&tall), format!("{tall}, line 1: 2 numbers; expected 3, as many as {tall} has rows"));
    assert_eq!(of(&words), format!("{words}, line 1: column 2: `two` is not a number"));
    assert_eq!(of(&empty), format!("{empty}: no numbers; expected a square matrix"));
    assert_eq!(of(&nan), format!("{nan}, line 1: NaN is not a finite number"));
    let centres = error(&format!("quadratic:hessian={good},centres={short}"));
    assert_eq!(centres, format!("{short}, line 3: 1 numbers; expected 2, as many as {good} has rows"));
    assert!(error(&format!("quadratic:hessian={good},centres=/nowhere/c.csv")).starts_with("/nowhere/c.csv: "));
}
