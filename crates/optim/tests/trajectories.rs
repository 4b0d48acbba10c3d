//! Every rule against the trajectories of PyTorch and optax, and against closed forms.

use burn::tensor::Tensor;
use downhill_optim::{Clip, Door, Moment, Optimizer, OptimizerSpec, Registry, Rule};
use downhill_population::{
    Backend, Counted, Gradient, Objective, Params, Place, Precision, Problem, Role, Shape, host,
};
use serde_json::Value;

/// A function of two variables.
enum Landscape {
    /// (1 − x)² + 20 (y − x²)²
    Rosenbrock20,
    /// (x² + 10 y²)/2
    Bowl10,
    /// x + y: the gradient is 1 everywhere.
    Plane,
}

impl Objective for Landscape {
    type Batch = ();

    fn losses(&self, params: &[Tensor<3>], (): &()) -> Tensor<3> {
        let x = params[0].clone().narrow(2, 0, 1);
        let y = params[0].clone().narrow(2, 1, 1);
        match self {
            Landscape::Rosenbrock20 => {
                let across = y - x.clone() * x.clone();
                let along = x.neg() + 1.0;
                along.clone() * along + across.clone() * across * 20.0
            }
            Landscape::Bowl10 => (x.clone() * x + y.clone() * y * 10.0) / 2.0,
            Landscape::Plane => x + y,
        }
    }

    fn batch_of(&self, (): &(), _member: usize, _copies: usize) {}
}

/// A problem whose gradient is 0 everywhere.
struct Flat;

impl Problem for Flat {
    fn gradient(&mut self, params: &Params) -> Gradient {
        let gradients: Vec<Tensor<3>> = params.tensors.iter().map(Tensor::zeros_like).collect();
        Gradient { losses: gradients[0].clone().sum_dim(2).sum_dim(1), gradients }
    }

    fn gradient_of(&mut self, _member: usize, points: &Params) -> Gradient {
        self.gradient(points)
    }

    fn residuals_of(&mut self, _member: usize, _points: &Params) -> Option<Tensor<3>> {
        None
    }
}

fn point() -> Vec<Shape> {
    vec![Shape { name: "x".into(), rows: 1, cols: 2, role: Role::Point }]
}

fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

/// The names of all rules.
fn rules() -> Vec<&'static str> {
    Registry::builtin().entries().filter(|e| e.door == Door::Rule).map(|e| e.name).collect()
}

/// One update of a population.
fn update(place: &Place, landscape: &Landscape, step: u64, optimizer: &mut Optimizer, params: &mut Params) {
    let mut evaluations = vec![0; params.members()];
    let mut problem = Counted { objective: landscape, batch: &(), evaluations: &mut evaluations };
    let at = problem.gradient(params);
    optimizer.step(&Moment { place, step, factor: 1.0, clip: &Clip::default() }, at, &mut problem, params);
}

/// The points after 0, 1, … `steps` updates of one member.
fn descend(place: &Place, landscape: &Landscape, text: &str, start: [f64; 2], steps: u64) -> Vec<[f64; 2]> {
    let mut params = Params::from_members(place, &point(), &[vec![start.to_vec()]]);
    let mut optimizer = Optimizer::new(place, &point(), &params, &[spec(text)]);
    let mut path = vec![start];
    for step in 1..=steps {
        update(place, landscape, step, &mut optimizer, &mut params);
        let values = host::values(params.tensors[0].clone());
        path.push([values[0], values[1]]);
    }
    path
}

fn f64_place() -> Place {
    Place::new(Backend::Flex, Precision::F64).unwrap()
}

fn agrees(ours: f64, theirs: f64, tolerance: f64) -> bool {
    (ours.is_nan() && theirs.is_nan()) || (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0)
}

/// Checks one case of a reference file on both functions.
fn check_case(file: &str, case: &str, text: &str) {
    check_case_within(file, case, text, |_| 1e-9);
}

/// Checks one case with a tolerance for each function.
fn check_case_within(file: &str, case: &str, text: &str, tolerance: impl Fn(&str) -> f64) {
    let reference: Value = serde_json::from_str(file).unwrap();
    for (function, landscape) in [("rosenbrock20", Landscape::Rosenbrock20), ("bowl10", Landscape::Bowl10)] {
        let case = &reference["cases"][format!("{function}/{case}")];
        let start = [case["start"][0].as_f64().unwrap(), case["start"][1].as_f64().unwrap()];
        let path = descend(&f64_place(), &landscape, text, start, 100);
        for row in case["trajectory"].as_array().unwrap() {
            let step = row[0].as_u64().unwrap() as usize;
            for axis in 0..2 {
                let theirs: f64 = row[axis + 1].as_str().unwrap().parse().unwrap();
                let ours = path[step][axis];
                assert!(
                    agrees(ours, theirs, tolerance(function)),
                    "{text} on {function}, step {step}, axis {axis}: {ours} against {theirs}"
                );
            }
        }
    }
}

#[test]
fn every_rule_that_pytorch_has_walks_as_in_pytorch() {
    let cases = [
        ("sgd", "sgd:lr=0.01"),
        ("sgd weight_decay", "sgd:lr=0.01,weight_decay=0.1"),
        ("momentum", "momentum:lr=0.01"),
        ("momentum dampening", "momentum:lr=0.01,dampening=0.5"),
        ("nesterov", "nesterov:lr=0.003"),
        ("nesterov diverges", "nesterov:lr=0.01"),
        ("rmsprop", "rmsprop:lr=0.01"),
        ("rmsprop centered", "rmsprop:lr=0.01,centered=true"),
        ("rmsprop momentum", "rmsprop:lr=0.01,momentum=0.9"),
        ("adagrad", "adagrad:lr=0.1"),
        ("adam", "adam:lr=0.1"),
        ("adam l2", "adam:lr=0.1,weight_decay=0.1"),
        ("amsgrad", "amsgrad:lr=0.1"),
        ("adamw", "adamw:lr=0.1,weight_decay=0.1"),
        ("adadelta", "adadelta:lr=1"),
        ("adamax", "adamax:lr=0.1"),
        ("nadam double", "nadam:lr=0.1"),
        ("radam", "radam:lr=0.01"),
    ];
    let file = include_str!("reference/torch.json");
    for (case, text) in cases {
        check_case(file, case, text);
    }
    // PyTorch's own rounding of the product of momenta to float32.
    check_case_within(file, "nadam", "nadam:lr=0.1", |_| 1e-8);
    // Close to the minimum a step turns on the last bit of a gradient.
    check_case_within(file, "rprop", "rprop:lr=0.01", |f| if f == "bowl10" { 1e-7 } else { 1e-9 });
}

#[test]
fn rules_that_pytorch_lacks_walk_as_in_optax() {
    let cases = [
        ("lion", "lion:lr=0.01"),
        ("lion decay", "lion:lr=0.01,weight_decay=0.1"),
        ("sign_sgd", "signsgd:lr=0.01"),
        ("adabelief", "adabelief:lr=0.1"),
        ("yogi", "yogi:lr=0.05,initial_average=1e-6"),
        ("adan", "adan:lr=0.05,complement=true,eps_root=1e-8"),
        ("ademamix", "ademamix:lr=0.05,beta3=0.99"),
        ("adopt", "adopt:lr=0.05"),
    ];
    for (case, text) in cases {
        check_case(include_str!("reference/optax.json"), case, text);
    }
}

/// β₃'s half-life ln(1/2)/ln β₃ grows in proportion to the step, from that of β₁, and α from 0.
#[test]
fn ademamix_warms_up_as_its_authors_say() {
    use downhill_optim::rules::AdEmaMix;
    let ademamix = spec("ademamix:beta1=0.9,beta3=0.9999,alpha=6,warmup=100");
    let values: [f64; 8] = std::array::from_fn(|i| ademamix.spec.values()[i]);
    let mixture = |step| {
        let coefficients = AdEmaMix::coefficients(values, step);
        (coefficients[9], coefficients[11])
    };
    let half_life = |beta: f64| 0.5f64.ln() / beta.ln();
    for step in 1..100 {
        let (beta3, alpha) = mixture(step);
        let part = step as f64 / 100.0;
        let expected = (1.0 - part) * half_life(0.9) + part * half_life(0.9999);
        assert!((half_life(beta3) / expected - 1.0).abs() < 1e-9, "{step}");
        assert!((alpha - 6.0 * part).abs() < 1e-12, "{step}");
    }
    assert_eq!([mixture(100), mixture(1000)], [(0.9999, 6.0); 2]);
}

#[test]
fn defaults_are_pytorchs_with_momentum_at_nine_tenths() {
    for (text, expected) in [
        ("sgd", "sgd:lr=0.001,weight_decay=0,decay_bias=true"),
        ("momentum", "momentum:lr=0.001,momentum=0.9,dampening=0,weight_decay=0,decay_bias=true"),
        ("nesterov", "nesterov:lr=0.001,momentum=0.9,weight_decay=0,decay_bias=true"),
        ("rmsprop", "rmsprop:lr=0.01,alpha=0.99,eps=1e-8,weight_decay=0,momentum=0,centered=false,decay_bias=true"),
        ("adagrad", "adagrad:lr=0.01,lr_decay=0,weight_decay=0,initial_accumulator_value=0,eps=1e-10,decay_bias=true"),
        ("adam", "adam:lr=0.001,beta1=0.9,beta2=0.999,eps=1e-8,weight_decay=0,decay_bias=true"),
        ("amsgrad", "amsgrad:lr=0.001,beta1=0.9,beta2=0.999,eps=1e-8,weight_decay=0,decay_bias=true"),
        ("adamw", "adamw:lr=0.001,beta1=0.9,beta2=0.999,eps=1e-8,weight_decay=0.01,decay_bias=true"),
        ("lion", "lion:lr=0.0001,beta1=0.9,beta2=0.99,weight_decay=0,decay_bias=true"),
        ("adadelta", "adadelta:lr=1,rho=0.9,eps=1e-6,weight_decay=0,decay_bias=true"),
        ("adamax", "adamax:lr=0.002,beta1=0.9,beta2=0.999,eps=1e-8,weight_decay=0,decay_bias=true"),
        ("nadam", "nadam:lr=0.002,beta1=0.9,beta2=0.999,eps=1e-8,weight_decay=0,momentum_decay=0.004,decay_bias=true"),
        ("radam", "radam:lr=0.001,beta1=0.9,beta2=0.999,eps=1e-8,weight_decay=0,decay_bias=true"),
        ("rprop", "rprop:lr=0.01,etaminus=0.5,etaplus=1.2,step_min=1e-6,step_max=50"),
    ] {
        assert_eq!(spec(text).spec.full(), expected);
    }
}

/// The point reached from 0 in `t` steps with `lr` 0.01 under a constant gradient of 1.
#[test]
fn a_constant_gradient_leads_where_the_closed_forms_say() {
    let geometric = |r: f64, t: f64| (1.0 - r.powf(t)) / (1.0 - r);
    let close = |text: &str, expected: &dyn Fn(f64) -> f64, tolerance: f64| {
        let path = descend(&f64_place(), &Landscape::Plane, text, [0.0, 0.0], 50);
        for (t, point) in path.iter().enumerate() {
            let expected = expected(t as f64);
            assert!((point[0] - expected).abs() <= tolerance, "{text}, step {t}: {} against {expected}", point[0]);
        }
    };
    close("sgd:lr=0.01", &|t| -0.01 * t, 1e-14);
    // v_k = (1 − μᵏ)/(1 − μ), summed over k = 1..t.
    close("momentum:lr=0.01", &|t| -0.01 * (t - 0.9 * geometric(0.9, t)) / 0.1, 1e-13);
    close("nesterov:lr=0.01", &|t| -0.01 * (t + 0.9 * (t - 0.9 * geometric(0.9, t)) / 0.1), 1e-13);
    // With bias correction m̂ = 1 and v̂ = 1 at every step, so every step is lr/(1 + eps).
    close("adam:lr=0.01", &|t| -0.01 * t / (1.0 + 1e-8), 1e-12);
    close("adamw:lr=0.01,weight_decay=0", &|t| -0.01 * t / (1.0 + 1e-8), 1e-12);
    close("amsgrad:lr=0.01", &|t| -0.01 * t / (1.0 + 1e-8), 1e-12);
    close("lion:lr=0.01", &|t| -0.01 * t, 1e-14);
    let harmonic = |t: f64| (1..=t as u64).map(|k| 1.0 / (k as f64).sqrt()).sum::<f64>();
    close("adagrad:lr=0.01", &|t| -0.01 * harmonic(t), 1e-10);
    let rms = |t: f64| (1..=t as u64).map(|k| 1.0 / (1.0 - 0.99f64.powi(k as i32)).sqrt()).sum::<f64>();
    close("rmsprop:lr=0.01", &|t| -0.01 * rms(t), 1e-7);
    // Sums of the k-th step over k = 1..t.
    let sum = |t: f64, step: &dyn Fn(f64) -> f64| -> f64 { (1..=t as u64).map(|k| step(k as f64)).sum() };
    close("adamax:lr=0.01", &|t| -0.01 * t / (1.0 + 1e-8), 1e-12);
    close("signsgd:lr=0.01", &|t| -0.01 * t, 1e-14);
    close("adan:lr=0.01", &|t| -0.01 * t / (1.0 + 1e-8), 1e-12);
    // Without a schedule μ is β₁/2, and p = μᵏ.
    let ahead = |k: f64| 0.55 / (1.0 - 0.45f64.powf(k)) + 0.45 * (1.0 - 0.9f64.powf(k)) / (1.0 - 0.45f64.powf(k + 1.0));
    close("nadam:lr=0.01,momentum_decay=0,eps=0", &|t| -0.01 * sum(t, &ahead), 1e-12);
    // m̂ = 1 and v̂ = 1: five plain steps, then r.
    let rectified = |k: f64| {
        let rho = 1999.0 - 2.0 * k * 0.999f64.powf(k) / (1.0 - 0.999f64.powf(k));
        let square = (rho - 4.0) * (rho - 2.0) * 1999.0 / (1995.0 * 1997.0 * rho);
        if k <= 5.0 { 1.0 } else { square.sqrt() }
    };
    close("radam:lr=0.01,eps=0", &|t| -0.01 * sum(t, &rectified), 1e-12);
    close("rprop:lr=0.01", &|t| -sum(t, &|k| (0.01 * 1.2f64.powf(k - 1.0)).min(50.0)), 1e-10);
    // g − m = β₁ᵏ, whose squares s gathers.
    let spread = |k: f64| 0.001 * 0.81 * (0.999f64.powf(k) - 0.81f64.powf(k)) / (0.999 - 0.81);
    let believed = |k: f64| ((1.0 - 0.999f64.powf(k)) / spread(k)).sqrt();
    close("adabelief:lr=0.01", &|t| -0.01 * sum(t, &believed), 1e-9);
    let additive = |k: f64| 1.0 / (((1e-6 + 0.001 * k) / (1.0 - 0.999f64.powf(k))).sqrt() + 1e-3);
    close("yogi:lr=0.01", &|t| -0.01 * sum(t, &additive), 1e-12);
    let mixed = |k: f64| 1.0 + 5.0 * (1.0 - 0.9999f64.powf(k));
    close("ademamix:lr=0.01,eps=0", &|t| -0.01 * sum(t, &mixed), 1e-12);
    // Nothing in the first step, then m = 1 − β₁ᵏ⁻¹.
    close("adopt:lr=0.01", &|t| -0.01 * (t - geometric(0.9, t)), 1e-12);
    // The averages of squares after k steps, and the steps between.
    let units = |t: f64| {
        let (mut u, mut theta) = (0.0, 0.0);
        for k in 1..=t as i32 {
            let delta = ((u + 1e-6) / (1.0 - 0.9f64.powi(k) + 1e-6)).sqrt();
            (u, theta) = (0.9 * u + 0.1 * delta * delta, theta - delta);
        }
        theta
    };
    close("adadelta:lr=0.01", &|t| 0.01 * units(t), 1e-12);
}

#[test]
fn identities_between_rules_hold_to_the_bit() {
    for (one, other) in [
        ("nesterov:lr=0.01,momentum=0", "sgd:lr=0.01"),
        ("momentum:lr=0.01,momentum=0", "sgd:lr=0.01"),
        ("adamw:lr=0.1,weight_decay=0", "adam:lr=0.1"),
        ("ademamix:lr=0.1,alpha=0", "adam:lr=0.1"),
        ("ademamix:lr=0.1,alpha=0,weight_decay=0.1", "adamw:lr=0.1,weight_decay=0.1"),
        ("radam:lr=0.01,beta1=0,beta2=0.5", "sgd:lr=0.01"),
        ("lion:lr=0.01,beta1=0", "signsgd:lr=0.01"),
        ("adamax:lr=0.01,beta1=0,beta2=0,eps=0", "signsgd:lr=0.01"),
    ] {
        let walk = |text| descend(&f64_place(), &Landscape::Rosenbrock20, text, [-1.2, 1.0], 100);
        assert_eq!(walk(one), walk(other), "{one} and {other}");
    }
}

/// With a rate of ηε the step is η m̂/(1 + √v̂/ε): as ε grows, a bias-corrected momentum, to within √v̂/ε.
#[test]
fn adam_tends_to_momentum_as_epsilon_grows_and_as_fast_as_one_over_epsilon() {
    let (eta, beta, start) = (0.01, 0.9, [5.0, 1.0]);
    let (mut point, mut m, mut path) = (start, [0.0; 2], vec![start]);
    for step in 1..=50 {
        for (axis, curvature) in [1.0, 10.0].into_iter().enumerate() {
            m[axis] = beta * m[axis] + (1.0 - beta) * curvature * point[axis];
            point[axis] -= eta * m[axis] / (1.0 - f64::powi(beta, step));
        }
        path.push(point);
    }
    let distance = |eps: f64| {
        let text = format!("adam:lr={},eps={eps}", eta * eps);
        let adam = descend(&f64_place(), &Landscape::Bowl10, &text, start, 50);
        adam.iter().flatten().zip(path.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let distances = [1e3, 1e4, 1e5, 1e6].map(distance);
    // No gradient exceeds 10, so no step is off by more than a hundredth at ε = 1000, nor the sum of them by a tenth.
    assert!(distances[0] < 0.1, "{distances:?}");
    for pair in distances.windows(2) {
        assert!((pair[0] / pair[1] / 10.0 - 1.0).abs() < 0.02, "{distances:?}");
    }
}

#[test]
fn f32_stays_within_1e_4_of_f64_for_100_steps() {
    let f32_place = Place::new(Backend::Flex, Precision::F32).unwrap();
    for rule in rules() {
        let text = format!("{rule}:lr=0.01");
        let single = descend(&f32_place, &Landscape::Bowl10, &text, [5.0, 1.0], 100);
        let double = descend(&f64_place(), &Landscape::Bowl10, &text, [5.0, 1.0], 100);
        for (a, b) in single.iter().flatten().zip(double.iter().flatten()) {
            assert!((a - b).abs() <= 1e-4 * b.abs().max(1.0), "{text}: {a} against {b}");
        }
    }
}

#[test]
fn one_pass_over_memory_and_recorded_tensor_operations_agree_to_the_bit() {
    for backend in Backend::on_cpu() {
        let host_place = Place::new(backend, Precision::F64).unwrap();
        // The same device, but told not to use the pass over memory.
        let tensor_place = Place { backend: Backend::Wgpu, ..host_place.clone() };
        for rule in rules() {
            let decays = spec(rule).get("weight_decay").is_some();
            let text = format!("{rule}:lr=0.01{}", if decays { ",weight_decay=0.1" } else { "" });
            let walk = |place| descend(place, &Landscape::Rosenbrock20, &text, [-1.2, 1.0], 50);
            for (host, tensor) in walk(&host_place).iter().flatten().zip(walk(&tensor_place).iter().flatten()) {
                let same = host.to_bits() == tensor.to_bits() || (host.is_nan() && tensor.is_nan());
                assert!(same, "{text} on {backend}: {host} against {tensor}");
            }
        }
    }
}

#[test]
fn members_keep_their_own_hyperparameters_and_decay_can_spare_biases() {
    let place = f64_place();
    let shapes = vec![
        Shape { name: "w".into(), rows: 1, cols: 2, role: Role::Weight },
        Shape { name: "b".into(), rows: 1, cols: 2, role: Role::Bias },
    ];
    let ones = vec![vec![1.0; 2]; 2];
    let mut params = Params::from_members(&place, &shapes, &[ones.clone(), ones]);
    let specs = [spec("sgd:lr=0.1,weight_decay=0.5,decay_bias=false"), spec("sgd:lr=0.2,weight_decay=0.5")];
    let mut optimizer = Optimizer::new(&place, &shapes, &params, &specs);
    let mut zero = Flat;
    let at = zero.gradient(&params);
    let moment = Moment { place: &place, step: 1, factor: 0.5, clip: &Clip::default() };
    optimizer.step(&moment, at, &mut zero, &mut params);
    let members = params.to_members();
    assert_eq!(members[0], [vec![0.975; 2], vec![1.0; 2]]);
    assert_eq!(members[1], [vec![0.95; 2], vec![0.95; 2]]);
}

#[test]
fn zero_over_zero_moves_nothing_without_epsilon() {
    for text in [
        "adam:eps=0",
        "amsgrad:eps=0",
        "adamw:eps=0",
        "adagrad:eps=0",
        "rmsprop:eps=0",
        "rmsprop:eps=0,centered=1",
        "adadelta:eps=0",
        "adamax:eps=0",
        "nadam:eps=0",
        "radam:eps=0",
        "adabelief:eps=0",
        "yogi:eps=0,initial_accumulator_value=0",
        "adan:eps=0",
        "ademamix:eps=0",
        "adopt:eps=0",
    ] {
        let path = descend(&f64_place(), &Landscape::Bowl10, text, [0.0, 1.0], 3);
        assert!(path.iter().all(|p| p[0] == 0.0 && p[1].is_finite()), "{text}: {path:?}");
    }
}

#[test]
fn a_gradient_that_is_zero_from_the_start_moves_nothing() {
    for rule in rules() {
        let path = descend(&f64_place(), &Landscape::Bowl10, rule, [0.0, 1.0], 20);
        assert!(path.iter().all(|p| p[0] == 0.0), "{rule}: {path:?}");
    }
}

#[test]
fn a_nan_in_a_gradient_shows_in_the_parameter_at_once_and_nowhere_else() {
    let host_place = f64_place();
    let tensor_place = Place { backend: Backend::Wgpu, ..host_place.clone() };
    for place in [host_place, tensor_place] {
        for rule in rules() {
            for broken in [1, 2, 9] {
                let mut params = Params::from_members(&place, &point(), &[vec![vec![1.0, 1.0]]]);
                let mut optimizer = Optimizer::new(&place, &point(), &params, &[spec(rule)]);
                for step in 1..=broken {
                    let first = if step == broken { f64::NAN } else { 0.5 };
                    let gradients = vec![place.tensor(&[first, 0.5], [1, 1, 2])];
                    let at = Gradient { losses: place.tensor(&[1.0], [1, 1, 1]), gradients };
                    let moment = Moment { place: &place, step, factor: 1.0, clip: &Clip::default() };
                    optimizer.step(&moment, at, &mut Flat, &mut params);
                }
                let values = &params.to_members()[0][0];
                assert!(values[0].is_nan() && values[1].is_finite(), "{rule}: {values:?}");
            }
        }
    }
}

#[test]
fn every_rule_carries_its_own_page() {
    use downhill_optim::rules;
    assert!(rules::Adam::DOC.starts_with("//! Adam (Kingma and Ba 2015).") && rules::Adopt::DOC.contains("```text"));
}

#[test]
fn state_goes_out_and_comes_back_to_the_same_bits() {
    let place = f64_place();
    for rule in rules() {
        let specs = [spec(rule), spec(&format!("{rule}:lr=0.05"))];
        let mut params = Params::from_members(&place, &point(), &[vec![vec![5.0, 1.0]], vec![vec![-1.0, 2.0]]]);
        let mut optimizer = Optimizer::new(&place, &point(), &params, &specs);
        let mut copy = optimizer.clone();
        let advance = |optimizer: &mut Optimizer, params: &mut Params, steps: std::ops::RangeInclusive<u64>| {
            for step in steps {
                update(&place, &Landscape::Bowl10, step, optimizer, params);
            }
        };
        advance(&mut optimizer, &mut params, 1..=7);
        copy.restore(&place, &optimizer.to_members());
        let mut params_copy = Params::from_members(&place, &point(), &params.to_members());
        advance(&mut optimizer, &mut params, 8..=20);
        advance(&mut copy, &mut params_copy, 8..=20);
        assert_eq!(params.to_members(), params_copy.to_members(), "{rule}");
        assert_eq!(optimizer.to_members(), copy.to_members(), "{rule}");
    }
}
