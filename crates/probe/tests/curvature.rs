//! Curvature against exact Hessians, and both ways of measuring it against each other.

use crate::common::{assert_close, network, normals, place, rows, start, surface};
use downhill_linalg::eigen;
use downhill_model::{Activation, Bias, Loss, Network};
use downhill_probe::{Curvature, EigenSearch, ProbeError, Rows, Surface, Symmetric, Way, largest};

const SHARP: f64 = 1e-5;

fn sharpness(surface: &Surface<'_, Network>, point: Vec<f64>, way: Way) -> f64 {
    let point = surface.at(point).unwrap();
    let found = Curvature::at(&point, way).unwrap().largest(&EigenSearch::default()).unwrap();
    assert!(found.converged, "{:?}", found.residuals);
    found.values[0]
}

#[test]
fn both_ways_agree_on_networks_of_many_kinds() {
    for activation in [Activation::Tanh, Activation::Gelu, Activation::Softplus, Activation::Sigmoid, Activation::Relu]
    {
        for (hidden, loss) in
            [(vec![12], Loss::CrossEntropy), (vec![9, 14], Loss::Mse), (vec![20, 12], Loss::CrossEntropy)]
        {
            let network = network(5, &hidden, 3, activation, loss);
            assert!(network.parameters() <= 500);
            let rows = rows(&network, 150);
            let surface = surface(&network, &rows, 1);
            let exact = sharpness(&surface, start(&network), Way::Exact);
            let by_products = sharpness(&surface, start(&network), Way::Products);
            assert_close(by_products, exact, SHARP);
            // All eigenvalues of a large matrix take a second; once for each size is enough.
            if network.parameters() > 250 && activation != Activation::Tanh {
                continue;
            }
            let point = surface.at(start(&network)).unwrap();
            let whole = point.hessian().unwrap();
            let (values, _) = eigen(whole.rows(), whole.elements());
            assert_close(by_products, values[0], SHARP);
        }
    }
}

/// The Hessian of softmax regression without biases: the mean of (diag p − p pᵀ) ⊗ x xᵀ, weights `[inputs, outputs]`.
fn softmax_hessian(inputs: &[f64], weights: &[f64], features: usize, classes: usize) -> Symmetric {
    let (n, rows) = (features * classes, inputs.len() / features);
    let mut h = vec![0.0; n * n];
    for x in inputs.chunks_exact(features) {
        let z: Vec<f64> = (0..classes).map(|c| (0..features).map(|f| x[f] * weights[f * classes + c]).sum()).collect();
        let total: f64 = z.iter().map(|z: &f64| z.exp()).sum();
        let p: Vec<f64> = z.iter().map(|z| z.exp() / total).collect();
        for (at, element) in h.iter_mut().enumerate() {
            let (i, j) = (at / n, at % n);
            let (a, b) = (i % classes, j % classes);
            let inner = if a == b { p[a] } else { 0.0 } - p[a] * p[b];
            *element += inner * x[i / classes] * x[j / classes] / rows as f64;
        }
    }
    Symmetric::new(n, h).unwrap()
}

#[test]
fn softmax_regression_has_its_written_hessian() {
    let network = Network { bias: Bias::None, ..network(6, &[], 4, Activation::Identity, Loss::CrossEntropy) };
    let inputs = normals(6 * 2500, 0);
    let labels: Vec<u32> = (0..2500).map(|i| (i % 4) as u32).collect();
    let rows = Rows::labelled(&network, inputs.clone(), &labels).unwrap();
    let point = start(&network);
    let expected = softmax_hessian(&inputs, &point, 6, 4);
    let (values, _) = eigen(24, expected.elements());
    for threads in [1, 2] {
        let surface = surface(&network, &rows, threads);
        let at = surface.at(point.clone()).unwrap();
        let found = at.hessian().unwrap();
        let far = found.elements().iter().zip(expected.elements()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(far < 1e-9 * values[0], "{far}");
        let top = Curvature::at(&at, Way::Products)
            .unwrap()
            .largest(&EigenSearch { count: 4, ..EigenSearch::default() })
            .unwrap();
        for (found, expected) in top.values.iter().zip(&values) {
            assert_close(*found, *expected, 1e-8);
        }
        assert_close(Curvature::at(&at, Way::Exact).unwrap().trace(0, 0).unwrap().value, expected.trace(), 1e-9);
    }
}

#[test]
fn linear_regression_has_its_written_hessian_and_preconditioned_sharpness() {
    let network = Network { bias: Bias::None, ..network(7, &[], 1, Activation::Identity, Loss::HalfMse) };
    let inputs = normals(7 * 90, 0);
    let rows = Rows::new(&network, inputs.clone(), normals(90, 1)).unwrap();
    let element = |i: usize, j: usize| inputs.chunks_exact(7).map(|x| x[i] * x[j]).sum::<f64>() / 90.0;
    let surface = surface(&network, &rows, 1);
    let at = surface.at(start(&network)).unwrap();
    let (values, _) = eigen(7, &(0..49).map(|k| element(k / 7, k % 7)).collect::<Vec<_>>());
    let inverse: Vec<f64> = (0..7).map(|i| 10f64.powi(i - 3)).collect();
    let decay: Vec<f64> = (0..7).map(|i| 0.1 * f64::from(i)).collect();
    let scaled =
        |i: usize, j: usize| (element(i, j) + if i == j { decay[i] } else { 0.0 }) * (inverse[i] * inverse[j]).sqrt();
    let (preconditioned, _) = eigen(7, &(0..49).map(|k| scaled(k / 7, k % 7)).collect::<Vec<_>>());
    for way in [Way::Exact, Way::Products] {
        let curvature = Curvature::at(&at, way).unwrap();
        assert_close(curvature.largest(&EigenSearch::default()).unwrap().values[0], values[0], 1e-9);
        let found = curvature.preconditioned(&inverse, &decay, &EigenSearch::default()).unwrap();
        assert_close(found.values[0], preconditioned[0], 1e-9);
    }
    let bad = |inverse: &[f64]| {
        Curvature::at(&at, Way::Products).unwrap().preconditioned(inverse, &[0.0; 7], &EigenSearch::default())
    };
    assert!(matches!(bad(&[1.0; 6]), Err(ProbeError::Size { .. })));
    assert!(matches!(bad(&[-1.0; 7]), Err(ProbeError::Value { .. })));
}

#[test]
fn kinks_next_to_the_point_do_not_enter() {
    // Half of a row's first sum lies 1e-9 from the kink: a central difference over 1e-6 would take its jump for
    // curvature.
    let network = Network { bias: Bias::None, ..network(1, &[1], 1, Activation::Relu, Loss::HalfMse) };
    let rows = Rows::new(&network, vec![1.0, 1e-9], vec![0.0, 1.0]).unwrap();
    let surface = surface(&network, &rows, 1);
    let weights = [1.0, 2.0];
    let at = surface.at(weights.to_vec()).unwrap();
    // f = ((w v)² + (1e-9 w v − 1)²)/4 where w > 0; the second row moves it by 1e-9.
    let (w, v) = (weights[0], weights[1]);
    let expected = [v * v / 2.0, w * v, w * v, w * w / 2.0];
    for (found, expected) in at.hessian().unwrap().elements().iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
    }
}

#[test]
fn a_kink_between_the_points_of_a_difference_is_stepped_around() {
    let network = Network { bias: Bias::All, ..network(1, &[1], 1, Activation::Relu, Loss::HalfMse) };
    let rows = Rows::new(&network, vec![1.0, -1.0], vec![0.0, 5.0]).unwrap();
    let surface = surface(&network, &rows, 1);
    // The second row's sum is −w + b = −4e-8: the first distance crosses it, the one after does not.
    let (w, b, v) = (1.0, 1.0 - 4e-8, 1.5);
    let at = surface.at(vec![w, b, v, 0.0]).unwrap();
    // Only the first row is active: f = (v(w + b) + c)²/4 + (c − 5)²/4.
    let s = v * (w + b);
    let expected = [
        [v * v / 2.0, v * v / 2.0, s / 2.0 + v * (w + b) / 2.0, v / 2.0],
        [v * v / 2.0, v * v / 2.0, s / 2.0 + v * (w + b) / 2.0, v / 2.0],
        [s, s, (w + b) * (w + b) / 2.0, (w + b) / 2.0],
        [v / 2.0, v / 2.0, (w + b) / 2.0, 1.0],
    ];
    for (found, expected) in at.hessian().unwrap().elements().iter().zip(expected.as_flattened()) {
        assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
    }
}

#[test]
fn a_relu_network_has_its_written_hessian() {
    let (features, units, count) = (3, 12, 400);
    let network = network(features, &[units], 1, Activation::Relu, Loss::HalfMse);
    let (inputs, targets) = (normals(features * count, 0), normals(count, 1));
    let rows = Rows::new(&network, inputs.clone(), targets.clone()).unwrap();
    let theta = start(&network);
    let n = theta.len();
    let (bias, outer) = (features * units, features * units + units);
    // For each row the gradient of the output f, and where f has second derivatives: in a weight and the unit's outer
    // one.
    let mut h = vec![0.0; n * n];
    for (x, y) in inputs.chunks_exact(features).zip(&targets) {
        let mut slope = vec![0.0; n];
        let mut f = theta[n - 1];
        let mut active = Vec::new();
        for j in 0..units {
            let z = (0..features).map(|i| x[i] * theta[i * units + j]).sum::<f64>() + theta[bias + j];
            if z > 0.0 {
                active.push(j);
                f += z * theta[outer + j];
                (0..features).for_each(|i| slope[i * units + j] = theta[outer + j] * x[i]);
                slope[bias + j] = theta[outer + j];
                slope[outer + j] = z;
            }
        }
        slope[n - 1] = 1.0;
        let mut add = |i: usize, j: usize, value: f64| h[i * n + j] += value / count as f64;
        (0..n * n).for_each(|at| add(at / n, at % n, slope[at / n] * slope[at % n]));
        for j in active {
            for (i, value) in (0..features).map(|i| (i * units + j, x[i])).chain([(bias + j, 1.0)]) {
                add(i, outer + j, (f - y) * value);
                add(outer + j, i, (f - y) * value);
            }
        }
    }
    let surface = surface(&network, &rows, 1);
    let at = surface.at(theta).unwrap();
    let found = at.hessian().unwrap();
    let scale = h.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let far = found.elements().iter().zip(&h).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far < 1e-6 * scale, "{far} at {scale}");
    let (values, _) = eigen(n, &h);
    let top = Curvature::at(&at, Way::Products).unwrap().largest(&EigenSearch::default()).unwrap();
    assert_close(top.values[0], values[0], 1e-6);
}

#[test]
fn coinciding_eigenvalues_are_all_found_and_signs_decide_the_order() {
    let diagonal = [-9.0, 4.0, 4.0, 4.0, 1.0, 0.5, 0.0, -3.0, 2.0, 0.25];
    let n = diagonal.len();
    let multiply = |vectors: &[Vec<f64>]| {
        Ok(vectors.iter().map(|v| v.iter().zip(&diagonal).map(|(x, d)| x * d).collect()).collect())
    };
    let found = largest(n, &EigenSearch { count: 5, ..EigenSearch::default() }, multiply).unwrap();
    for (found, expected) in found.values.iter().zip([4.0, 4.0, 4.0, 2.0, 1.0]) {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
    assert!(found.converged && found.products <= n);
    let all = largest(n, &EigenSearch { count: 99, ..EigenSearch::default() }, multiply).unwrap();
    assert_eq!(all.values.len(), n);
    assert!((all.values[n - 1] + 9.0).abs() < 1e-12);
}

#[test]
fn a_search_from_an_eigenvector_that_is_no_longer_the_largest_finds_the_largest() {
    let n = 60;
    let multiply = |vectors: &[Vec<f64>]| {
        Ok(vectors.iter().map(|v| v.iter().enumerate().map(|(i, x)| x * (1.0 + i as f64)).collect()).collect())
    };
    let start = Some((0..n).map(|i| f64::from(u8::from(i == 40))).collect());
    let found = largest(n, &EigenSearch { start, ..EigenSearch::default() }, multiply).unwrap();
    assert!(found.converged);
    assert_close(found.values[0], 60.0, 1e-12);
}

#[test]
fn a_search_that_is_cut_short_says_so() {
    let n = 400;
    let multiply = |vectors: &[Vec<f64>]| {
        Ok(vectors.iter().map(|v| v.iter().enumerate().map(|(i, x)| x * (1.0 + 1e-4 * i as f64)).collect()).collect())
    };
    let found = largest(n, &EigenSearch { most: 10, ..EigenSearch::default() }, multiply).unwrap();
    assert!(!found.converged && found.products == 10 && found.residuals[0] > 1e-7);
    assert!(found.values[0] > 1.0 && found.values[0] < 1.0 + 1e-4 * 399.0);
}

#[test]
fn zero_operators_and_empty_searches_have_an_answer() {
    let zero = |vectors: &[Vec<f64>]| Ok(vectors.iter().map(|v| vec![0.0; v.len()]).collect());
    let found = largest(6, &EigenSearch { count: 2, ..EigenSearch::default() }, zero).unwrap();
    assert_eq!((found.values, found.converged), (vec![0.0, 0.0], true));
    assert!(largest(0, &EigenSearch::default(), zero).unwrap().values.is_empty());
}

#[test]
fn hutchinsons_trace_lies_within_its_error_of_the_exact_one() {
    let network = network(4, &[10], 2, Activation::Tanh, Loss::CrossEntropy);
    let rows = rows(&network, 100);
    let surface = surface(&network, &rows, 2);
    let at = surface.at(start(&network)).unwrap();
    let exact = Curvature::at(&at, Way::Exact).unwrap().trace(0, 0).unwrap();
    assert_eq!((exact.error, exact.vectors), (None, 0));
    let curvature = Curvature::at(&at, Way::Products).unwrap();
    let mut within = 0;
    for seed in 0..10 {
        let estimate = curvature.trace(100, seed).unwrap();
        let off = (estimate.value - exact.value).abs() / estimate.error.unwrap();
        assert!(off < 4.5, "{off} standard errors");
        within += usize::from(off < 1.0);
    }
    assert!((3..=10).contains(&within), "{within} of 10 within one standard error");
    assert!(curvature.trace(1, 0).is_err());
}

#[test]
fn threads_and_chunks_change_no_bit() {
    let network = network(8, &[16], 3, Activation::Tanh, Loss::CrossEntropy);
    let rows = rows(&network, 2100);
    let of = |threads| {
        let surface = surface(&network, &rows, threads);
        let at = surface.at(start(&network)).unwrap();
        let directions: Vec<Vec<f64>> = (0..7).map(|i| normals(network.parameters(), 10 + i)).collect();
        (at.loss, at.gradient.clone(), at.products(&directions).unwrap())
    };
    assert_eq!(of(1), of(2));
    assert_eq!(of(1), of(3));
}

#[test]
fn what_is_not_finite_or_does_not_fit_is_an_error() {
    let network = network(2, &[3], 2, Activation::Tanh, Loss::CrossEntropy);
    let rows = rows(&network, 10);
    let surface = surface(&network, &rows, 1);
    let n = network.parameters();
    assert!(matches!(surface.at(vec![f64::NAN; n]), Err(ProbeError::NotFinite { .. })));
    assert!(matches!(surface.at(vec![0.0; n - 1]), Err(ProbeError::Size { .. })));
    let at = surface.at(vec![0.1; n]).unwrap();
    assert!(matches!(at.products(&[vec![1.0; 2]]), Err(ProbeError::Size { .. })));
    assert!(Surface::new(&network, &place(), network.shapes(), vec![], Default::default(), 1).is_err());
    assert!(Rows::labelled(&network, vec![0.0; 4], &[0, 7]).is_err());
    assert!(Rows::new(&network, vec![], vec![]).is_err());
}
