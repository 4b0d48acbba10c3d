//! Every rule walks as in PyTorch and optax, through the race.

use downhill_optim::{Door, Registry};
use downhill_race::{Race, Runner, run};
use serde_json::Value;

const TORCH: &str = include_str!("../../optim/tests/reference/torch.json");
const OPTAX: &str = include_str!("../../optim/tests/reference/optax.json");

/// The reference's name of a case, what a user types for it, and the tolerance on the ravine and on the bowl.
const OF_TORCH: [(&str, &str, [f64; 2]); 20] = [
    ("sgd", "sgd:lr=0.01", [1e-9; 2]),
    ("sgd weight_decay", "sgd:lr=0.01,weight_decay=0.1", [1e-9; 2]),
    ("momentum", "momentum:lr=0.01", [1e-9; 2]),
    ("momentum dampening", "momentum:lr=0.01,dampening=0.5", [1e-9; 2]),
    ("nesterov", "nesterov:lr=0.003", [1e-9; 2]),
    ("nesterov diverges", "nesterov:lr=0.01", [1e-9; 2]),
    ("rmsprop", "rmsprop:lr=0.01", [1e-9; 2]),
    ("rmsprop centered", "rmsprop:lr=0.01,centered=true", [1e-9; 2]),
    ("rmsprop momentum", "rmsprop:lr=0.01,momentum=0.9", [1e-9; 2]),
    ("adagrad", "adagrad:lr=0.1", [1e-9; 2]),
    ("adam", "adam:lr=0.1", [1e-9; 2]),
    ("adam l2", "adam:lr=0.1,weight_decay=0.1", [1e-9; 2]),
    ("amsgrad", "amsgrad:lr=0.1", [1e-9; 2]),
    ("adamw", "adamw:lr=0.1,weight_decay=0.1", [1e-9; 2]),
    ("adadelta", "adadelta:lr=1", [1e-9; 2]),
    ("adamax", "adamax:lr=0.1", [1e-9; 2]),
    ("nadam double", "nadam:lr=0.1", [1e-9; 2]),
    ("radam", "radam:lr=0.01", [1e-9; 2]),
    // PyTorch's own rounding of the product of momenta to float32.
    ("nadam", "nadam:lr=0.1", [1e-8; 2]),
    // Close to the minimum of the bowl a step turns on the last bit of a gradient.
    ("rprop", "rprop:lr=0.01", [1e-9, 1e-7]),
];

const OF_OPTAX: [(&str, &str, [f64; 2]); 8] = [
    ("lion", "lion:lr=0.01", [1e-9; 2]),
    ("lion decay", "lion:lr=0.01,weight_decay=0.1", [1e-9; 2]),
    ("sign_sgd", "signsgd:lr=0.01", [1e-9; 2]),
    ("adabelief", "adabelief:lr=0.1", [1e-9; 2]),
    ("yogi", "yogi:lr=0.05,initial_average=1e-6", [1e-9; 2]),
    ("adan", "adan:lr=0.05,complement=true,eps_root=1e-8", [1e-9; 2]),
    ("ademamix", "ademamix:lr=0.05,beta3=0.99", [1e-9; 2]),
    ("adopt", "adopt:lr=0.05", [1e-9; 2]),
];

/// Walks all cases on one landscape; gives how many rows were compared.
fn compare(file: &str, function: &str, cases: &[(&str, &str, [f64; 2])]) -> usize {
    let reference: Value = serde_json::from_str(file).unwrap();
    let registry = Registry::builtin();
    let (name, which) = if function == "bowl10" { ("bowl", 1) } else { ("ravine", 0) };
    let landscape = downhill_landscape::parse(name).unwrap();
    let runners = cases.iter().map(|(_, text, _)| Runner::new(registry.parse(text).unwrap())).collect();
    let start = landscape.start.clone();
    let race = Race { threads: 2, ..Race::new(landscape, runners, vec![start.clone()], 100).unwrap() };
    let paths = run(&race).unwrap();
    let mut compared = 0;
    for ((case, text, tolerance), paths) in cases.iter().zip(paths) {
        let case = &reference["cases"][format!("{function}/{case}")];
        let begin: Vec<f64> = case["start"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert_eq!(begin, start, "{text}");
        let path = &paths[0];
        for row in case["trajectory"].as_array().unwrap() {
            let step = row[0].as_u64().unwrap();
            let theirs: Vec<f64> = (1..4).map(|i| row[i].as_str().unwrap().parse().unwrap()).collect();
            if step >= path.last_step && path.diverged() {
                assert!(theirs.iter().any(|x| !x.is_finite()), "{text} on {function} diverges at {step}: {theirs:?}");
                continue;
            }
            let step = step as usize;
            let ours = [path.point(step)[0], path.point(step)[1], path.losses[step]];
            for (ours, theirs) in ours.into_iter().zip(theirs) {
                let off = (ours - theirs).abs();
                let most = tolerance[which] * theirs.abs().max(1.0);
                assert!(off <= most, "{text} on {function}, step {step}: {ours} against {theirs}");
            }
            compared += 1;
        }
    }
    compared
}

#[test]
fn every_rule_walks_as_in_pytorch_or_optax() {
    for function in ["rosenbrock20", "bowl10"] {
        assert!(compare(TORCH, function, &OF_TORCH) > 150);
        assert_eq!(compare(OPTAX, function, &OF_OPTAX), 64);
    }
    let named = |rule: &str| {
        let is = |(_, text, _): &(&str, &str, [f64; 2])| text.split(':').next() == Some(rule);
        OF_TORCH.iter().any(is) || OF_OPTAX.iter().any(is)
    };
    let missing: Vec<&str> =
        Registry::builtin().entries().filter(|e| e.door == Door::Rule && !named(e.name)).map(|e| e.name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
