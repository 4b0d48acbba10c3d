//! The experiments without networks: each claim is reproduced, and a few numbers are checked against independent
//! formulas. `adamw-box`, which has none, is left to `downhill reproduce --all`.

use downhill_reproduce::{ClaimVerdict, Conditions, Evidence, find};

/// Runs an experiment, which must be reproduced.
fn reproduced(name: &str) -> Evidence {
    let experiment = find(name).unwrap_or_else(|| panic!("no experiment is named {name}"));
    let outcome = experiment.run(&Conditions { threads: 2, ..Conditions::default() }).unwrap();
    let off: Vec<_> = outcome.findings.iter().filter(|finding| finding.holds() == Some(false)).collect();
    assert_eq!(outcome.verdict(), ClaimVerdict::Reproduced, "{name}: {off:?}");
    let mut names: Vec<&str> = outcome.pictures.iter().map(|picture| picture.name).collect();
    names.dedup();
    assert!((1..=3).contains(&names.len()) && names.len() == outcome.pictures.len(), "{name}: {names:?}");
    assert!(outcome.pictures.iter().all(|picture| picture.caption.ends_with('.')), "{name}");
    outcome
}

/// The number of the only finding that begins with these words.
fn number(outcome: &Evidence, what: &str) -> f64 {
    let found: Vec<f64> = outcome.findings.iter().filter(|f| f.what.starts_with(what)).map(|f| f.found).collect();
    assert_eq!(found.len(), 1, "{what}: {:?}", outcome.findings);
    found[0]
}

fn close(found: f64, value: f64, tolerance: f64) {
    assert!((found - value).abs() <= tolerance, "{found} against {value}");
}

#[test]
fn the_learning_rate_times_the_curvature_decides_what_gradient_descent_does() {
    let outcome = reproduced("learning-rate");
    close(number(&outcome, "x² from 10, rate 0.1"), 1.4272e-4, 5e-9);
    close(number(&outcome, "x² from 8, rate 0.01"), 8.0 * (30.0 * 0.98f64.ln()).exp(), 1e-10);
}

#[test]
fn momentum_pays_the_root_of_the_condition_number() {
    let outcome = reproduced("condition-number");
    close(number(&outcome, "gradient descent, k = 100: factor of a step"), 0.980198, 1e-6);
    close(number(&outcome, "heavy ball, k = 100: factor of a step"), 0.818182, 1e-6);
    close(number(&outcome, "Nesterov, k = 100: factor of a step"), 0.9, 1e-6);
}

#[test]
fn the_largest_stable_rates_are_where_a_root_of_the_recurrence_is_minus_one() {
    let outcome = reproduced("stability-limits");
    // z − (1 − η), z² − (1 + β − η) z + β and z² − (1 + β)(1 − η) z + β (1 − η) at z = −1.
    let eta = number(&outcome, "sgd, L = 1:");
    close(-1.0 - (1.0 - eta), 0.0, 2e-3);
    let eta = number(&outcome, "momentum:momentum=0.9, L = 1:");
    close(1.0 + (1.9 - eta) + 0.9, 0.0, 4e-3);
    let eta = number(&outcome, "nesterov:momentum=0.9, L = 40:");
    close(1.0 + 1.9 * (1.0 - eta) + 0.9 * (1.0 - eta), 0.0, 4e-3);
}

#[test]
fn in_the_ravine_all_end_where_pytorch_ends_and_the_heavy_ball_swings_more_than_gradient_descent() {
    let outcome = reproduced("ravine");
    // Shares of the way across and changes of side by plain loops in another language, in f64.
    for (name, share, sides) in [
        ("gradient descent (sgd:lr=0.01)", 0.5067018779, 10.0),
        ("heavy ball (momentum:lr=0.01)", 0.6697884942, 41.0),
        ("Adam (adam:lr=0.1)", 0.2983202998, 8.0),
        ("Nesterov (nesterov:lr=0.003)", 0.1803891774, 4.0),
        ("gradient descent (sgd:lr=0.003)", 0.2644787524, 1.0),
        ("heavy ball (momentum:lr=0.003)", 0.4465093279, 20.0),
    ] {
        close(number(&outcome, &format!("{name}: share of the path's length across")), share, 1e-9);
        close(number(&outcome, &format!("{name}: changes of side")), sides, 0.0);
    }
    let reference: serde_json::Value =
        serde_json::from_str(include_str!("../../optim/tests/reference/torch.json")).unwrap();
    for name in ["sgd", "momentum", "adam", "nesterov"] {
        let rows = reference["cases"][format!("rosenbrock20/{name}")]["trajectory"].as_array().unwrap();
        let row = rows.iter().find(|row| row[0] == 100).unwrap();
        for (i, axis) in [(1, "x"), (2, "y")] {
            let is = |what: &str| what.contains(&format!("({name}:")) && what.contains(&format!(": {axis} after"));
            let finding = outcome.findings.iter().find(|finding| is(&finding.what));
            close(finding.unwrap().found, row[i].as_str().unwrap().parse().unwrap(), 1e-9);
        }
    }
    close(number(&outcome, "heavy ball (momentum:lr=0.01): distance from"), 0.0037244207f64.hypot(0.0067089978), 1e-9);
}

#[test]
fn a_saddle_holds_gradient_descent_for_the_logarithm_of_its_start() {
    let outcome = reproduced("saddle-escape");
    for start in ["1e-4", "1e-8", "1e-12", "1e-16"] {
        let y: f64 = start.parse().unwrap();
        let steps = ((1.0 / y).ln() / 1.1f64.ln()).ceil();
        assert_eq!(number(&outcome, &format!("gradient descent from y₀ = {start}:")), steps);
    }
}

#[test]
fn minima_become_rarer_faster_than_exponentially_with_the_dimension() {
    let outcome = reproduced("saddles-not-minima");
    close(number(&outcome, "share with all eigenvalues positive, dimension 2"), 0.1464, 2e-3);
    assert!(number(&outcome, "share with all eigenvalues positive, dimension 5") < 0.5f64.powi(12));
}

#[test]
fn adam_without_bias_correction_takes_the_steps_of_the_closed_form() {
    let outcome = reproduced("adam-first-step");
    let step = |t: i32| (1.0 - 0.9f64.powi(t)) / (1.0 - 0.999f64.powi(t)).sqrt();
    close(number(&outcome, "first step"), step(1), 1e-12);
    close(number(&outcome, "longest step"), (1..1000).map(step).fold(0.0, f64::max), 1e-9);
    close(number(&outcome, "step 1,000"), step(1000), 1e-9);
    close(number(&outcome, "sum of the first 100 steps"), (1..=100).map(step).sum(), 1e-9);
}

#[test]
fn a_constant_rate_stalls_in_noise_and_a_falling_one_averages() {
    reproduced("robbins-monro");
}

#[test]
fn newtons_method_needs_one_step_on_a_parabola_and_six_in_rosenbrocks_valley() {
    let outcome = reproduced("newton");
    assert_eq!(number(&outcome, "Newton on Rosenbrock's valley: steps"), 6.0);
    assert_eq!(number(&outcome, "Newton on Rosenbrock's valley: gradients"), 6.0 * 5.0);
}

#[test]
fn adam_walks_to_the_worst_point_and_amsgrad_to_the_best() {
    let outcome = reproduced("reddi2018");
    // By plain loops in another language, in f64.
    close(number(&outcome, "Adam: x after"), 0.99284199, 1e-8);
    close(number(&outcome, "AMSGrad without bias correction: x after"), -0.98421264, 1e-8);
    close(number(&outcome, "AMSGrad with bias correction: x after"), -0.99843728, 1e-8);
    close(number(&outcome, "Adam with β₂ = 0.999: x after"), -0.41409648, 1e-8);
}

#[test]
fn gradient_descent_and_adam_turn_to_different_margins() {
    let outcome = reproduced("implicit-bias");
    // By plain loops in another language, in f64.
    close(number(&outcome, "gradient descent: margin"), 0.9982112594510381, 1e-9);
    close(number(&outcome, "Adam: margin"), 0.9929563199372299, 1e-9);
    close(number(&outcome, "Adam: degrees from its direction after 100 steps"), 0.0945, 5e-5);
    close(number(&outcome, "Adam: degrees from its direction after 200000 steps"), 1.2367, 5e-5);
}

#[test]
fn what_comes_out_has_the_same_bits_on_one_thread_and_on_two() {
    for name in ["learning-rate", "ravine", "saddle-escape", "saddles-not-minima", "adam-first-step", "newton"] {
        let experiment = find(name).unwrap();
        let [one, two] =
            [1, 2].map(|threads| experiment.run(&Conditions { threads, ..Conditions::default() }).unwrap());
        let bits = |outcome: &Evidence| outcome.findings.iter().map(|f| f.found.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&one), bits(&two), "{name}");
        // As text, because a NaN is not equal to itself.
        assert!(format!("{:?}", one.pictures) == format!("{:?}", two.pictures), "{name}: the pictures differ");
    }
}

#[test]
fn another_seed_draws_other_numbers_and_the_claims_still_come_out() {
    for name in ["saddle-escape", "saddles-not-minima", "robbins-monro", "newton"] {
        let outcome = |seed| find(name).unwrap().run(&Conditions { seed, threads: 2 }).unwrap();
        let (zero, other) = (outcome(0), outcome(12_345));
        assert!(zero != other, "{name}: the seed plays no part");
        assert_eq!(other.verdict(), ClaimVerdict::Reproduced, "{name}: {:?}", other.findings);
    }
}
