//! The backends that the features `ndarray` and `wgpu` switch on agree with the default one on a training run of 50 steps;
//! wgpu on a GPU or on software Vulkan.

use downhill_data::{Scaler, Scaling, SplitOptions, load, split};
use downhill_model::{Activation, Bias, Init, Loss, Network};
#[cfg(feature = "wgpu")]
use downhill_optim::Door;
use downhill_optim::{Clip, Registry, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_train::{Batching, Budget, Data, MemberSpec, Monitor, Observer, Part, Row, Session, Settings, Stopping};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64};

struct Rows(Vec<Row>);

impl Observer for Rows {
    type Error = Infallible;
    fn rows(&mut self, _: &Session, _: &[usize], rows: &[Row]) -> Result<(), Infallible> {
        self.0.extend_from_slice(rows);
        Ok(())
    }
    fn checkpoint(&mut self, _: &Session) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Rows and final parameters of three members, 50 steps.
fn train(rule: &str, backend: Backend, precision: Precision) -> (Vec<Row>, Vec<f64>) {
    let dataset = load("moons:n=200,noise=0.2", &Default::default()).unwrap();
    let split = split(&dataset, &SplitOptions { val_fraction: 0.2, test_fraction: 0.0, seed: 0 }).unwrap();
    let scaler = Scaler::fit(Scaling::Standard, &dataset.features, &split.train).unwrap();
    let part = |rows: &[usize]| Part::new(&dataset, rows, &scaler, None, None, precision);
    let data = Data { train: part(&split.train), val: part(&split.val), test: part(&split.test) };
    let network = Network {
        inputs: 2,
        hidden: vec![16, 16],
        outputs: 2,
        activation: Activation::Tanh,
        bias: Bias::All,
        loss: Loss::CrossEntropy,
    };
    let init = Init::parse("pytorch").unwrap();
    let members = (0..3)
        .map(|seed| MemberSpec {
            seed,
            optimizer: Registry::builtin().parse(&format!("{rule}:lr=0.01")).unwrap(),
            values: init.member(&network, seed),
        })
        .collect();
    let settings = Settings {
        place: Place::new(backend, precision).unwrap(),
        network,
        schedule: Schedule::parse("cosine").unwrap(),
        clip: Clip { norm: Some(1.0), value: None },
        batching: Batching { rows: split.train.len(), size: Some(32), drop_last: false },
        budget: Budget::Steps(50),
        horizon: None,
        stopping: Stopping::default(),
        log_every: Some(10),
        checkpoint_every: None,
        threads: 1,
        group_size: 64,
    };
    let mut session = Session::new(settings, data, members);
    let monitor = Monitor { clock: Box::new(|| 0.0), updates: AtomicU64::new(0), interrupt: AtomicBool::new(false) };
    let mut rows = Rows(Vec::new());
    session.run(&monitor, &mut rows).unwrap();
    let values = session.members().iter().flat_map(|m| m.values.clone().unwrap()).flatten().collect();
    (rows.0, values)
}

/// The largest difference in losses and parameters, relative to numbers above 1.
fn difference(rule: &str, backend: Backend, precision: Precision) -> f64 {
    let (rows, values) = train(rule, Backend::Flex, precision);
    let (other_rows, other_values) = train(rule, backend, precision);
    assert_eq!((rows.len(), values.len()), (other_rows.len(), other_values.len()));
    let losses = rows.iter().zip(&other_rows).map(|(a, b)| (a.train_loss, b.train_loss));
    losses
        .chain(values.into_iter().zip(other_values))
        .map(|(a, b)| (a - b).abs() / a.abs().max(1.0))
        .fold(0.0, f64::max)
}

#[cfg(feature = "ndarray")]
#[test]
fn the_two_cpu_backends_agree_to_1e_10_in_f64_and_1e_4_in_f32() {
    for rule in ["sgd", "momentum", "adam", "lars", "lamb", "adafactor", "muon", "shampoo"] {
        let double = difference(rule, Backend::Ndarray, Precision::F64);
        let single = difference(rule, Backend::Ndarray, Precision::F32);
        assert!(double < 1e-10 && single < 1e-4, "{rule}: f64 {double:e}, f32 {single:e}");
    }
}

/// The tolerance is that of f32 sums in another order, magnified over 50 steps.
#[cfg(feature = "wgpu")]
#[test]
fn wgpu_agrees_with_the_cpu_to_1e_3_for_every_rule_but_those_of_signs() {
    let registry = Registry::builtin();
    let rules = registry.entries().filter(|e| e.door == Door::Rule).map(|e| e.name);
    for rule in rules.chain(["lars", "lamb", "muon", "sam", "lookahead", "schedule-free-adamw"]) {
        let difference = difference(rule, Backend::Wgpu, Precision::F32);
        println!("{rule}: {difference:e}");
        // The sign of a number near 0 turns with its last bit, and the rule then steps the other way: 2 lr a step.
        let tolerance = if ["lion", "signsgd", "rprop"].contains(&rule) { 2.0 * 0.01 * 50.0 } else { 1e-3 };
        assert!(difference < tolerance, "{rule}: {difference:e}");
    }
}
