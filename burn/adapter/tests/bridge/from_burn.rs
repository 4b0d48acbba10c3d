//! Burn's optimizers inside of downhill.

use crate::common::{self, bits, difference, down_the_valley, monitor, registry, session, train};
use burn::optim::{Adan, AdanConfig, Muon, MuonConfig};
use downhill_burn::{Card, FromBurn};
use downhill_optim::Registry;
use downhill_optim::parameters::learning_rate;
use downhill_population::Precision;
use downhill_spec::Parameter;
use downhill_train::{CheckpointError, Monitor, Observer, Row, Session};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Pairs of the same optimizer, and how far they may be apart after 50 steps in f64.
///
/// Burn keeps β, ε, the momentum and the decay in f32. With constants that f32 holds exactly, SGD is the same to the bit.
/// 0.9 in f32 is off by 2.4e-8. Adam's bias corrections, too, are computed in f32, so that each step is off by about 1e-7
/// of itself; and 1 − 0.999, a difference of f32, by 1e-5 of itself, most of which the correction takes out again.
const PAIRS: [(&str, &str, f64); 7] = [
    ("sgd:lr=0.01", "burn-sgd:lr=0.01", 0.0),
    ("sgd:lr=0.01,weight_decay=0.125", "burn-sgd:lr=0.01,weight_decay=0.125", 0.0),
    ("momentum:lr=0.003,momentum=0.875,dampening=0.1", "burn-sgd:lr=0.003,momentum=0.875,dampening=0.1", 0.0),
    ("momentum:lr=0.003,momentum=0.9,dampening=0", "burn-sgd:lr=0.003,momentum=0.9,dampening=0", 1e-6),
    ("nesterov:lr=0.003,momentum=0.875", "burn-sgd:lr=0.003,momentum=0.875,dampening=0,nesterov=true", 0.0),
    (
        "adam:lr=0.02,beta1=0.875,beta2=0.9990234375,eps=0.0009765625",
        "burn-adam:lr=0.02,beta1=0.875,beta2=0.9990234375,eps=0.0009765625",
        2e-6,
    ),
    ("adam:lr=0.02", "burn-adam:lr=0.02,eps=1e-8", 1e-5),
];

#[test]
fn burns_optimizers_go_down_the_valley_as_ours_do() {
    for (ours, theirs, tolerance) in PAIRS {
        let [a, b] = [ours, theirs].map(|spec| down_the_valley(&registry(), &[spec], 50).concat());
        let apart = difference(&a, &b);
        assert!(apart <= tolerance, "{theirs} ends at {b:?}, {ours} at {a:?}: {apart:e} apart");
        assert!(difference(&a, &[-1.2, 1.0]) > 0.1, "{ours} went nowhere");
    }
}

#[test]
fn burns_optimizers_train_a_network_as_ours_do() {
    for (ours, theirs, tolerance) in PAIRS {
        let [a, b] = [ours, theirs].map(|spec| train(&mut session(&registry(), &[spec], Precision::F64, 50)).concat());
        let apart = difference(&a, &b);
        assert!(apart <= tolerance, "{theirs} and {ours} end {apart:e} apart");
    }
}

/// Two more of Burn's, one entered without its constants and both without a way to put their states together.
fn with_others() -> Registry {
    let mut registry = registry();
    const TABLE: &[Parameter] = &[learning_rate(1e-3)];
    let card = |name| Card { name, summary: "Burn's own", table: TABLE, states: 4 };
    registry.put(Arc::new(FromBurn::<Adan>::new(card("burn-adan"), |_| AdanConfig::new().build())));
    registry.put(Arc::new(FromBurn::<Muon>::new(card("burn-muon"), |_| MuonConfig::new().build())));
    registry
}

const POPULATIONS: [[&str; 3]; 4] = [
    ["burn-adam:lr=0.01", "burn-adam:lr=0.3,beta1=0.5", "burn-adam:lr=0.001,weight_decay=0.01"],
    ["burn-sgd:lr=0.1", "burn-sgd:lr=0.01,momentum=0.9", "burn-sgd:lr=0.01,momentum=0.9,nesterov=true"],
    ["burn-adan:lr=0.01", "burn-adan:lr=0.1", "burn-adan:lr=0.001"],
    ["burn-muon:lr=0.01", "burn-muon:lr=0.1", "burn-muon:lr=0.001"],
];

#[test]
fn a_member_alone_takes_the_same_steps_as_in_a_population() {
    for precision in [Precision::F32, Precision::F64] {
        for specs in POPULATIONS {
            let registry = with_others();
            let together = train(&mut session(&registry, &specs, precision, 20));
            let alone = train(&mut session(&registry, &specs[..1], precision, 20));
            assert_eq!(bits(&together[0]), bits(&alone[0]), "{} in {precision}", specs[0]);
        }
    }
}

/// Interrupts at the first row from step 10 on and keeps the checkpoint.
struct StopAt10<'a>(&'a Monitor, Vec<u8>);

impl Observer for StopAt10<'_> {
    type Error = CheckpointError;

    fn rows(&mut self, session: &Session, _: &[usize], _: &[Row]) -> Result<(), CheckpointError> {
        self.0.interrupt.store(session.step() >= 10, Ordering::Relaxed);
        Ok(())
    }

    fn checkpoint(&mut self, session: &Session) -> Result<(), CheckpointError> {
        self.1 = session.checkpoint(Default::default())?;
        Ok(())
    }
}

#[test]
fn a_resumed_run_ends_with_the_same_bits() {
    for precision in [Precision::F32, Precision::F64] {
        for specs in POPULATIONS {
            let fresh = || session(&with_others(), &specs, precision, 20);
            let whole = train(&mut fresh()).concat();
            let monitor = monitor();
            let (mut stopped, mut observer) = (fresh(), StopAt10(&monitor, Vec::new()));
            stopped.run(&monitor, &mut observer).unwrap();
            assert_eq!(stopped.step(), 10);
            let mut resumed = fresh();
            resumed.restore(&observer.1).unwrap();
            assert_eq!(resumed.step(), 10);
            assert_eq!(bits(&train(&mut resumed).concat()), bits(&whole), "{} in {precision}", specs[0]);
        }
    }
}

#[test]
fn a_run_goes_on_with_the_same_bits_when_others_leave_it() {
    use downhill_optim::{Clip, Moment, Optimizer};
    use downhill_population::{Gradient, Params, Problem};
    struct NoProblem;
    impl Problem for NoProblem {
        fn gradient(&mut self, _: &Params) -> Gradient {
            unreachable!()
        }
        fn gradient_of(&mut self, _: usize, _: &Params) -> Gradient {
            unreachable!()
        }
        fn residuals_of(&mut self, _: usize, _: &Params) -> Option<burn::tensor::Tensor<3>> {
            unreachable!()
        }
    }
    for precision in [Precision::F32, Precision::F64] {
        for specs in POPULATIONS {
            let place = common::place(precision);
            let shapes = common::network().shapes();
            let members: Vec<_> = (0..3).map(common::initial).collect();
            let mut params = Params::from_members(&place, &shapes, &members);
            let specs: Vec<_> = specs.iter().map(|spec| with_others().parse(spec).unwrap()).collect();
            let mut optimizer = Optimizer::new(&place, &shapes, &params, &specs);
            let step = |step: u64, optimizer: &mut Optimizer, params: &mut Params| {
                // Any gradient does: here the parameters', as if each had a parabola of its own.
                let gradients = params.tensors.clone();
                let losses = place.tensor(&vec![0.0; params.members()], [params.members(), 1, 1]);
                let moment = Moment { place: &place, step, factor: 0.5, clip: &Clip::default() };
                optimizer.step(&moment, Gradient { losses, gradients }, &mut NoProblem, params);
            };
            (1..=5).for_each(|n| step(n, &mut optimizer, &mut params));
            let (mut few, mut fewer) = (optimizer.clone(), params.select(&[2, 0]));
            few.select(&[2, 0]);
            assert_eq!(few.rates(1.0).unwrap(), [2, 0].map(|m| optimizer.rates(1.0).unwrap()[m]));
            (6..=9).for_each(|n| step(n, &mut optimizer, &mut params));
            (6..=9).for_each(|n| step(n, &mut few, &mut fewer));
            let (all, rest) = (params.to_members(), fewer.to_members());
            assert_eq!((&rest[0], &rest[1]), (&all[2], &all[0]), "{} in {precision}", specs[0]);
        }
    }
}

#[test]
fn the_tables_are_checked_like_any_other() {
    let error = |text: &str| registry().parse(text).map(|_| ()).unwrap_err().to_string();
    assert!(error("burn-adam:beta1=1").contains("beta1"), "{}", error("burn-adam:beta1=1"));
    assert!(error("burn-sdg").contains("burn-sgd"), "{}", error("burn-sdg"));
    assert_eq!(registry().parse("burn-adam").unwrap().get("eps"), Some(1e-5));
}
