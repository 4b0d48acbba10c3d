//! Written formulas, tensors and differences agree; the known minima are minima.

use downhill_landscape::{Landscape, Points, all, entries, parse};
use downhill_population::{Backend, Params, Place, Precision, gradient, host};
use proptest::prelude::*;

fn f64_place() -> Place {
    Place::new(Backend::Flex, Precision::F64).unwrap()
}

/// Every landscape, and some in other dimensions and from formulas.
fn many() -> Vec<Landscape> {
    let more = ["bowl:a=2,b=7,dims=5", "rosenbrock:dims=6", "rastrigin:dims=3", "ackley:dims=4", "ackley:dims=1"];
    let matrix = vec![vec![2.0, 0.5, 0.0], vec![0.5, 1.0, -0.3], vec![0.0, -0.3, 3.0]];
    let centres = vec![vec![1.0, 2.0, 3.0], vec![0.0, -1.0, 2.0]];
    let formulas = [
        "x^3 - 2*x*y + y^2/(1 + x^2) - 3",
        "sin(x)*cos(2*y) + tan(x/9) + exp(-x^2/8)*tanh(y) + abs(x-7)",
        "log(x0^2 + 1.5) + sqrt(x1^2 + 2) + 2^(x2/3) + (x0^2 + 1)^x1/9 + 1/(3 + x2^2) + (x0^2 + 1)^-1.5",
    ];
    all()
        .into_iter()
        .chain(more.map(|text| parse(text).unwrap()))
        .chain([downhill_landscape::quadratic(matrix, centres).unwrap()])
        .chain(formulas.map(|text| Landscape::from_formula(text).unwrap()))
        .collect()
}

/// Values and gradients of the tensor form at several points.
fn by_tensors(landscape: &Landscape, points: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let members: Vec<_> = points.iter().map(|p| vec![p.clone()]).collect();
    let params = Params::from_members(&f64_place(), &landscape.shapes(), &members);
    let at = gradient(landscape, &params, &Points::default());
    (host::values(at.losses), host::values(at.gradients[0].clone()))
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

fn in_the_box(landscape: &Landscape, shares: &[f64]) -> Vec<f64> {
    landscape.domain.iter().zip(shares).map(|(&(low, high), share)| low + (high - low) * share).collect()
}

/// The point moved along one coordinate.
fn moved(x: &[f64], i: usize, by: f64) -> Vec<f64> {
    x.iter().enumerate().map(|(j, v)| if i == j { v + by } else { *v }).collect()
}

/// The step of a difference.
const H: f64 = 1e-5;

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_gradients_are_those_of_autodiff_and_of_differences(shares in prop::collection::vec(0.0..1.0f64, 6)) {
        for landscape in many() {
            let x = in_the_box(&landscape, &shares);
            let written = landscape.gradient(&x);
            let (values, automatic) = by_tensors(&landscape, std::slice::from_ref(&x));
            prop_assert!(close(landscape.value(&x), values[0], 1e-12), "{} at {x:?}", landscape.text);
            let size = written.iter().fold(1.0f64, |m, g| m.max(g.abs()));
            for i in 0..x.len() {
                let off = (written[i] - automatic[i]).abs();
                prop_assert!(off <= 1e-11 * size, "{} at {x:?}: {written:?} {automatic:?}", landscape.text);
                let difference = (landscape.value(&moved(&x, i, H)) - landscape.value(&moved(&x, i, -H))) / (2.0 * H);
                let size = size.max(landscape.value(&x).abs());
                let off = (written[i] - difference).abs();
                prop_assert!(off <= 1e-5 * size, "{} at {x:?}: {written:?} {difference}", landscape.text);
            }
        }
    }

    #[test]
    fn written_hessians_are_differences_of_gradients(shares in prop::collection::vec(0.0..1.0f64, 6)) {
        for landscape in many() {
            let x = in_the_box(&landscape, &shares);
            // Near its point Ackley's curvature has no bound.
            if landscape.text.starts_with("ackley") && x.iter().map(|x| x * x).sum::<f64>() < 0.01 {
                continue;
            }
            let written = landscape.hessian(&x);
            let gradients = landscape.gradient(&x);
            let size = written.iter().flatten().chain(&gradients).fold(1.0f64, |m, g| m.max(g.abs()));
            for i in 0..x.len() {
                let (up, down) = (landscape.gradient(&moved(&x, i, H)), landscape.gradient(&moved(&x, i, -H)));
                for j in 0..x.len() {
                    prop_assert!((written[i][j] - written[j][i]).abs() <= 1e-12 * size);
                    let difference = (up[j] - down[j]) / (2.0 * H);
                    let off = (written[i][j] - difference).abs();
                    prop_assert!(off <= 1e-5 * size, "{} at {x:?}: {written:?} {difference}", landscape.text);
                }
            }
        }
    }
}

#[test]
fn minima_have_their_values_and_no_slope_and_curve_upwards() {
    for landscape in many() {
        for minimum in &landscape.minima {
            let name = &landscape.text;
            let value = landscape.value(&minimum.point);
            assert!((value - minimum.value).abs() < 1e-9, "{name}: {value} at {:?}", minimum.point);
            let slope = landscape.gradient(&minimum.point).iter().map(|g| g * g).sum::<f64>().sqrt();
            assert!(slope < 1e-8, "{name}: slope {slope} at {:?}", minimum.point);
            let h = landscape.hessian(&minimum.point);
            assert!(h.iter().enumerate().all(|(i, row)| row[i] > 0.0), "{name}");
            if let [a, b] = h.as_slice() {
                assert!(name.starts_with("ackley") || a[0] * b[1] - a[1] * b[0] > 0.0, "{name}: {h:?}");
            }
            assert!(minimum.value >= landscape.minima[0].value - 1e-12, "{name}");
            let inside = minimum.point.iter().zip(&landscape.domain).all(|(x, (low, high))| low <= x && x <= high);
            assert!(inside, "{name}: {:?}", minimum.point);
        }
    }
}

#[test]
fn the_listed_minima_are_the_literatures() {
    let lowest = [
        ("styblinski-tang", -78.33233140754285),
        ("mccormick", -3f64.sqrt() / 2.0 - std::f64::consts::FRAC_PI_3),
        ("six-hump-camel", -1.031628453489877),
        ("goldstein-price", 3.0),
        ("branin", 0.397887357730),
        ("easom", -1.0),
    ];
    for landscape in all() {
        let name = landscape.text.as_str();
        if ["saddle", "monkey-saddle"].contains(&name) {
            assert!(landscape.minima.is_empty());
            continue;
        }
        let expected = lowest.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, value)| *value);
        assert!((landscape.lowest().unwrap() - expected).abs() < 1e-9, "{name}");
    }
    let equals = |name: &str| {
        let landscape = parse(name).unwrap();
        landscape.minima.iter().filter(|m| (m.value - landscape.lowest().unwrap()).abs() < 1e-9).count()
    };
    assert_eq!(["himmelblau", "branin", "six-hump-camel"].map(equals), [4, 3, 2]);
    assert_eq!(parse("bumpy").unwrap().minima.len(), 9);
}

/// No point of a fine grid over the box is lower than the best known minimum.
#[test]
fn nothing_in_the_box_is_below_the_lowest_minimum() {
    for landscape in all().iter().filter(|l| l.dims() == 2) {
        let Some(lowest) = landscape.lowest() else { continue };
        for k in 0..=400 * 400 {
            let x = in_the_box(landscape, &[f64::from(k % 401) / 400.0, f64::from(k / 401) / 400.0]);
            assert!(landscape.value(&x) >= lowest - 1e-9, "{} at {x:?}", landscape.text);
        }
    }
}

#[test]
fn names_are_unique_and_in_kebab_case_and_every_landscape_is_told_of() {
    let names: Vec<&str> = entries().iter().map(|e| e.name).collect();
    assert_eq!(names[..4], ["bowl", "ravine", "saddle", "bumpy"]);
    assert_eq!(names.len(), 21);
    for (i, entry) in entries().iter().enumerate() {
        assert!(!names[..i].contains(&entry.name));
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(entry.name.chars().all(kebab) && !entry.name.starts_with('-') && !entry.name.ends_with('-'));
        assert!([entry.formula, entry.source].iter().all(|text| text.len() > 5));
        assert!(entry.shows.len() > 20 && (entry.shows.ends_with('.') || entry.shows.ends_with('?')), "{}", entry.name);
    }
    for landscape in all() {
        let inside = |x: &f64, (low, high): &(f64, f64)| low <= x && x <= high;
        assert!(landscape.start.iter().zip(&landscape.domain).all(|(x, ends)| inside(x, ends)), "{}", landscape.text);
        assert_eq!(parse(&landscape.text).unwrap().start, landscape.start);
    }
}

#[test]
fn ackleys_gradient_at_the_point_of_its_hole_is_zero_in_both_forms() {
    for dims in [1, 2, 7] {
        let ackley = parse(&format!("ackley:dims={dims}")).unwrap();
        let origin = vec![0.0; dims];
        assert!(ackley.gradient(&origin).iter().all(|&g| g == 0.0));
        let (values, gradients) = by_tensors(&ackley, std::slice::from_ref(&origin));
        assert!(values[0].abs() < 1e-14 && gradients.iter().all(|&g| g == 0.0), "{values:?} {gradients:?}");
    }
}

#[test]
fn parameters_shape_the_function_and_errors_say_what_exists() {
    let bowl = parse("bowl:a=1,b=100,dims=3").unwrap();
    assert_eq!([bowl.hessian(&[0.0; 3])[1][1], bowl.hessian(&[0.0; 3])[2][2]], [10.0, 100.0]);
    assert_eq!(parse("bowl:a=3,dims=1").unwrap().value(&[2.0]), 6.0);
    assert_eq!(parse("ravine:b=3").unwrap().value(&[0.0, 1.0]), 4.0);
    assert_eq!(parse("rastrigin:dims=10").unwrap().dims(), 10);
    let error = |text: &str| parse(text).unwrap_err().to_string();
    assert!(error("ravin").contains("unknown landscape `ravin` (did you mean `ravine`?)"));
    assert!(error("bowl:c=3").contains("`bowl` has no parameter `c`"));
    assert!(error("bowl:a=0").contains("a is 0, but must be greater than 0"));
    assert!(error("rosenbrock:dims=1").contains("an integer from 2 to 10000"));
}

#[test]
fn residuals_add_up_to_the_value() {
    let squares = ["bowl", "ravine", "rosenbrock:dims=5", "beale", "himmelblau", "booth"];
    for landscape in squares.map(|text| parse(text).unwrap()) {
        let x = in_the_box(&landscape, &[0.3, 0.8, 0.4, 0.1, 0.9]);
        let tensor = f64_place().tensor(&x, [1, 1, x.len()]);
        let residuals = host::values(landscape.function.residuals(tensor).unwrap());
        let sum: f64 = residuals.iter().map(|r| r * r).sum();
        assert!(close(sum, landscape.value(&x), 1e-12), "{}", landscape.text);
    }
    let at = f64_place().tensor(&[0.0, 0.0], [1, 1, 2]);
    assert!(parse("saddle").unwrap().function.residuals(at).is_none());
}

#[test]
fn noise_tilts_the_gradient_and_not_the_value() {
    use downhill_population::Objective;
    let ravine = parse("ravine").unwrap();
    let place = f64_place();
    let members = vec![vec![vec![0.5, -0.3]], vec![vec![1.5, 0.2]]];
    let params = Params::from_members(&place, &ravine.shapes(), &members);
    let noise = place.tensor(&[0.1, 0.2, -3.0, 4.0], [2, 1, 2]);
    let noise = burn::tensor::Tensor::from_inner(noise);
    let batch = Points { noise: Some(noise), centres: None };
    let at = gradient(&ravine, &params, &batch);
    let plain = gradient(&ravine, &params, &Points::default());
    assert_eq!(host::values(at.losses), host::values(plain.losses));
    let tilt: Vec<f64> = host::values(at.gradients[0].clone())
        .iter()
        .zip(host::values(plain.gradients[0].clone()))
        .map(|(noisy, plain)| noisy - plain)
        .collect();
    assert!(tilt.iter().zip([0.1, 0.2, -3.0, 4.0]).all(|(a, b)| close(*a, b, 1e-12)), "{tilt:?}");
    let second = ravine.batch_of(&batch, 1, 3);
    assert_eq!(host::values(second.noise.unwrap().inner()), [-3.0, 4.0, -3.0, 4.0, -3.0, 4.0]);
}
