//! Every method against the trajectories of PyTorch and optax, against theory, and at its cost.

use crate::common::{Landscape, walk};
use serde_json::Value;

fn agrees(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0)
}

/// Checks one case of a reference file on both functions.
fn check_case(file: &str, case: &str, text: &str) {
    let reference: Value = serde_json::from_str(file).unwrap();
    let functions = [("rosenbrock20", Landscape::Rosenbrock(20.0)), ("bowl10", Landscape::Bowl(1.0, 10.0))];
    for (function, landscape) in functions {
        let case = &reference["cases"][format!("{function}/{case}")];
        let start = [case["start"][0].as_f64().unwrap(), case["start"][1].as_f64().unwrap()];
        let ours = walk(landscape, text, start, 100);
        let points = if case["average"] == true { &ours.evaluated } else { &ours.points };
        for row in case["trajectory"].as_array().unwrap() {
            let step = row[0].as_u64().unwrap() as usize;
            for axis in 0..2 {
                let theirs: f64 = row[axis + 1].as_str().unwrap().parse().unwrap();
                let ours = points[step][axis];
                assert!(agrees(ours, theirs), "{text} on {function}, step {step}, axis {axis}: {ours}, not {theirs}");
            }
        }
    }
}

#[test]
fn what_optax_has_walks_as_in_optax() {
    let file = include_str!("reference/optax.json");
    check_case(file, "schedule_free_sgd", "schedule-free-sgd:lr=0.01");
    check_case(file, "schedule_free_adamw", "schedule-free-adamw:lr=0.05");
    check_case(file, "prodigy", "prodigy");
    let file = include_str!("reference/methods.json");
    check_case(file, "lookahead fast", "lookahead:base.lr=0.005");
    check_case(file, "lookahead slow", "lookahead:base.lr=0.005");
}

#[test]
fn what_pytorch_has_walks_as_in_pytorch() {
    let file = include_str!("reference/methods.json");
    check_case(file, "lbfgs", "lbfgs");
    check_case(file, "lbfgs history 2 lr 0.5", "lbfgs:lr=0.5,history_size=2");
    check_case(file, "ema sgd", "ema:decay=0.9,base=sgd,base.lr=0.005");
    check_case(file, "swa adam", "swa:start=20,every=5,base=adam,lr=0.1");
}

const START: [f64; 2] = [-1.2, 1.0];
const ROSENBROCK: Landscape = Landscape::Rosenbrock(20.0);

#[test]
fn identities_hold_to_the_bit() {
    for base in ["sgd,base.lr=0.005", "adam,base.lr=0.1", "lion,base.lr=0.01,base.weight_decay=0.1"] {
        let alone = walk(ROSENBROCK, &base.replacen(',', ":", 1).replace("base.", ""), START, 40);
        for wrapper in ["sam:rho=0,", "lookahead:k=1000,", "ema:decay=0,", "swa:start=1000,"] {
            let wrapped = walk(ROSENBROCK, &format!("{wrapper}base={base}"), START, 40);
            assert_eq!(wrapped.points, alone.points, "{wrapper}{base}");
            if wrapper.starts_with('s') {
                assert_eq!(wrapped.evaluated, alone.points, "{wrapper}{base}");
            }
        }
    }
}

#[test]
fn wrappers_nest_and_the_key_goes_to_whoever_has_it() {
    let nested = crate::common::spec("sam:base=lookahead,base.k=3,base.base=adam,lr=0.1,beta2=0.9");
    assert_eq!(nested.to_string(), "sam:base=lookahead,base.k=3,base.base=adam,base.base.lr=0.1,base.base.beta2=0.9");
    assert_eq!(crate::common::spec(&nested.to_string()).full(), nested.full());
    let walked = walk(ROSENBROCK, "sam:rho=0,base=lookahead,base.k=1000,base.base=adam,lr=0.1", START, 30);
    assert_eq!(walked.points, walk(ROSENBROCK, "adam:lr=0.1", START, 30).points);
}

#[test]
fn what_cannot_be_under_a_wrapper_is_refused_by_name() {
    let registry = downhill_optim::Registry::builtin();
    let error = |text: &str| registry.parse(text).err().unwrap().to_string();
    assert!(error("sam:base=lbfgs").contains("lbfgs needs the problem's own"), "{}", error("sam:base=lbfgs"));
    assert!(error("sam:base=sdg").contains("did you mean `sgd`?"));
    assert!(error("sam:base=sgd,base.momentum=0.9").contains("`sam` has no parameter `momentum`"));
    assert!(error("sam:rho=-1").contains("rho is -1, but must be 0 or greater"));
    assert!(error("adam:base=sgd").contains("`adam` has no parameter `base`"));
    assert!(error("lookahead:base=lbfgs").contains("lbfgs remembers where it is"));
    assert!(
        error("lookahead:base=ema,base.base=schedule-free-sgd").contains("schedule-free-sgd remembers where it is")
    );
    assert!(error("ema:base=adam,base=sgd").contains("`base` is given twice"));
    assert!(error("ema:base=").contains("expected the name of an optimizer"));
    assert!(error("ema:base=adam:lr=3").contains("expected the name of an optimizer"));
    assert!(
        error("ema:dekay=0.9").contains("`ema` has no parameter `dekay`") && error("ema:dekay=0.9").contains("decay")
    );
    assert!(error("ema:base.").contains("expected key=value"));
}

#[test]
fn the_mean_of_a_path_is_its_mean() {
    let walked = walk(ROSENBROCK, "swa:base=sgd,lr=0.005", START, 30);
    for axis in 0..2 {
        let mean = walked.points[1..].iter().map(|p| p[axis]).sum::<f64>() / 30.0;
        assert!((walked.evaluated[30][axis] - mean).abs() < 1e-13);
    }
}

#[test]
fn an_average_over_an_average_is_of_where_that_is_judged() {
    let inner = walk(ROSENBROCK, "ema:decay=0.8,base=sgd,lr=0.005", START, 20);
    let both = walk(ROSENBROCK, "swa:base=ema,base.decay=0.8,base.base=sgd,lr=0.005", START, 20);
    for axis in 0..2 {
        let mean = inner.evaluated[1..].iter().map(|p| p[axis]).sum::<f64>() / 20.0;
        assert!((both.evaluated[20][axis] - mean).abs() < 1e-13);
    }
}

#[test]
fn schedule_free_looks_at_the_mean_of_its_base_points() {
    // Without interpolation gradients are taken at the base points themselves.
    let walked = walk(ROSENBROCK, "schedule-free-sgd:lr=0.005,beta1=0", START, 30);
    let descent = walk(ROSENBROCK, "sgd:lr=0.005", START, 30);
    for axis in 0..2 {
        let mean = descent.points[1..].iter().map(|p| p[axis]).sum::<f64>() / 30.0;
        assert!((walked.points[30][axis] - descent.points[30][axis]).abs() < 1e-13);
        assert!((walked.evaluated[30][axis] - mean).abs() < 1e-13);
    }
}

#[test]
fn sam_ends_bouncing_where_theory_says() {
    // Bartlett, Long and Bousquet 2023: on a quadratic of curvature L at ±ηρL/(2 − ηL).
    for (curvature, lr, rho) in [(1.0, 0.5, 0.05), (4.0, 0.1, 0.2), (10.0, 0.15, 0.01)] {
        let text = format!("sam:rho={rho},base=sgd,base.lr={lr}");
        let walked = walk(Landscape::Bowl(curvature, 0.0), &text, [1.0, 0.0], 400);
        let expected = lr * rho * curvature / (2.0 - lr * curvature);
        let (last, before) = (walked.points[400][0], walked.points[399][0]);
        assert!(
            (last.abs() - expected).abs() < 1e-9 && last * before < 0.0,
            "{text}: {before} {last}, not ±{expected}"
        );
    }
}

#[test]
fn every_gradient_is_charged() {
    let price = |text: &str| walk(ROSENBROCK, text, START, 10).evaluations[10];
    assert_eq!(price("sgd:lr=0.005"), 10);
    assert_eq!(price("sam:lr=0.005"), 20);
    assert_eq!(price("sam:base=sam,lr=0.005"), 30);
    assert_eq!(price("lookahead:lr=0.005"), 10);
    // An average hands on what its base hands on.
    assert_eq!(price("ema:base=lbfgs"), price("lbfgs"));
    // One gradient at the start; after that the line search's last evaluation is the next step's first.
    let lbfgs = walk(ROSENBROCK, "lbfgs", START, 10).evaluations;
    assert!(lbfgs[1] >= 2 && lbfgs.windows(2).all(|pair| pair[1] > pair[0]) && lbfgs[10] < 30, "{lbfgs:?}");
}

/// Gradient evaluations until the loss is below a millionth.
fn price_to_arrive(text: &str, steps: u64) -> Option<u64> {
    let walked = walk(Landscape::Rosenbrock(100.0), text, START, steps);
    let arrived = walked.points.iter().position(|[x, y]| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2) < 1e-6)?;
    Some(walked.evaluations[arrived])
}

#[test]
fn lbfgs_beats_gradient_descent_on_rosenbrock_by_more_than_ten_times_in_gradients() {
    let lbfgs = price_to_arrive("lbfgs", 100).unwrap();
    // The best of a fine grid of rates, so that the comparison is fair.
    let rates = [1e-3, 1.5e-3, 1.75e-3, 2e-3, 2.25e-3];
    let descent = rates.iter().filter_map(|lr| price_to_arrive(&format!("sgd:lr={lr}"), 20_000)).min().unwrap();
    assert!(10 * lbfgs < descent, "L-BFGS {lbfgs}, gradient descent {descent}");
}

#[test]
fn newton_takes_one_step_on_a_quadratic_and_pays_for_the_hessian() {
    let walked = walk(Landscape::Bowl(1.0, 10.0), "newton", [5.0, 1.0], 1);
    assert!(walked.points[1].iter().all(|x| x.abs() < 1e-9), "{:?}", walked.points);
    // The gradient, and two for each of the two coordinates.
    assert_eq!(walked.evaluations[1], 5);
    // Half the step leaves half the way.
    let half = walk(Landscape::Bowl(1.0, 10.0), "newton:lr=0.5", [5.0, 1.0], 1);
    assert!((half.points[1][0] - 2.5).abs() < 1e-9);
}

#[test]
fn newton_walks_to_a_saddle_and_saddle_free_newton_away_from_it() {
    let saddle = Landscape::Bowl(1.0, -1.0);
    let plain = walk(saddle, "newton", [1.0, 0.1], 1).points[1];
    assert!(plain.iter().all(|x| x.abs() < 1e-9), "{plain:?}");
    let free = walk(saddle, "newton:saddle_free=true", [1.0, 0.1], 3).points[3];
    assert!(free[0].abs() < 1e-6 && (free[1] - 0.8).abs() < 1e-6, "{free:?}");
}

#[test]
fn levenberg_marquardt_and_gauss_newton_end_in_few_steps_where_residuals_vanish() {
    // Rosenbrock's residuals are 1 − x and 10 (y − x²): Gauss-Newton needs two steps.
    let gauss = walk(Landscape::Rosenbrock(100.0), "levenberg-marquardt:damping=0", START, 2);
    assert!(gauss.points[2].iter().all(|x| (x - 1.0).abs() < 1e-6), "{:?}", gauss.points);
    assert_eq!(gauss.evaluations[2], 2 * (1 + 5));
    let damped = walk(Landscape::Rosenbrock(100.0), "levenberg-marquardt", START, 40);
    assert!(damped.points[40].iter().all(|x| (x - 1.0).abs() < 1e-9), "{:?}", damped.points[40]);
}
