//! Two problems: a valley with equations, and a small network on half moons.

use burn::tensor::Tensor;
use downhill_data::{LoadOptions, Scaler, Scaling, SplitOptions, load, split};
use downhill_model::{Activation, Bias, Init, Loss, Network};
use downhill_optim::{Clip, Moment, Optimizer, Registry, Schedule};
use downhill_population::objective::{Counted, Objective, gradient};
use downhill_population::{Backend, Params, Place, Precision, Role, Shape, Values};
use downhill_train::{
    Batching, Budget, Data, MemberSpec, Monitor, Observer, Part, Row, Session, Settings, Stopping, session::GROUP_SIZE,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Every optimizer there is, Burn's among them.
pub fn registry() -> Registry {
    let mut registry = Registry::builtin();
    registry.put(Arc::new(downhill_burn::burn_adam()));
    registry.put(Arc::new(downhill_burn::burn_sgd()));
    registry
}

pub fn place(precision: Precision) -> Place {
    Place::new(Backend::Flex, precision).unwrap()
}

/// Rosenbrock's valley, less steep: (1 − x)² + 10(y − x²)².
struct Valley;

impl Objective for Valley {
    type Batch = ();

    fn losses(&self, params: &[Tensor<3>], _: &()) -> Tensor<3> {
        let x = params[0].clone().narrow(2, 0, 1);
        let y = params[0].clone().narrow(2, 1, 1);
        (x.clone() - 1.0).powi_scalar(2) + (y - x.powi_scalar(2)).powi_scalar(2) * 10.0
    }

    fn batch_of(&self, _: &(), _: usize, _: usize) {}
}

/// Where a population is after `steps` steps down the valley from (−1.2, 1) in f64.
pub fn down_the_valley(registry: &Registry, specs: &[&str], steps: u64) -> Vec<Vec<f64>> {
    let place = place(Precision::F64);
    let shapes = [Shape { name: "point".into(), rows: 1, cols: 2, role: Role::Point }];
    let start: Vec<Values> = specs.iter().map(|_| vec![vec![-1.2, 1.0]]).collect();
    let mut params = Params::from_members(&place, &shapes, &start);
    let specs: Vec<_> = specs.iter().map(|spec| registry.parse(spec).unwrap()).collect();
    let mut optimizer = Optimizer::new(&place, &shapes, &params, &specs);
    let mut evaluations = vec![0; specs.len()];
    for step in 1..=steps {
        let at = gradient(&Valley, &params, &());
        let moment = Moment { place: &place, step, factor: 1.0, clip: &Clip::default() };
        let mut problem = Counted { objective: &Valley, batch: &(), evaluations: &mut evaluations };
        optimizer.step(&moment, at, &mut problem, &mut params);
    }
    params.to_members().into_iter().map(|member| member.concat()).collect()
}

/// A network 2-16-16-2 for half moons, in batches of 32.
pub fn network() -> Network {
    Network {
        inputs: 2,
        hidden: vec![16, 16],
        outputs: 2,
        activation: Activation::Relu,
        bias: Bias::All,
        loss: Loss::CrossEntropy,
    }
}

pub fn data(precision: Precision) -> Data {
    let moons = load("moons:n=400,noise=0.2", &LoadOptions::default()).unwrap();
    let rows = split(&moons, &SplitOptions::default()).unwrap();
    let scaler = Scaler::fit(Scaling::Standard, &moons.features, &rows.train).unwrap();
    let part = |rows: &[usize]| Part::new(&moons, rows, &scaler, None, None, precision);
    Data { train: part(&rows.train), val: part(&rows.val), test: part(&rows.test) }
}

pub fn initial(seed: u64) -> Values {
    Init::parse("pytorch").unwrap().member(&network(), seed)
}

/// A population that trains for so many steps; members' seeds count from 0.
pub fn session(registry: &Registry, specs: &[&str], precision: Precision, steps: u64) -> Session {
    let data = data(precision);
    let settings = Settings {
        place: place(precision),
        network: network(),
        schedule: Schedule::parse("constant").unwrap(),
        clip: Clip::default(),
        batching: Batching { rows: data.train.rows(), size: Some(32), drop_last: false },
        budget: Budget::Steps(steps),
        horizon: None,
        stopping: Stopping::default(),
        log_every: Some(5),
        checkpoint_every: None,
        threads: 1,
        group_size: GROUP_SIZE,
    };
    let member = |(seed, spec): (usize, &&str)| MemberSpec {
        seed: seed as u64,
        optimizer: registry.parse(spec).unwrap(),
        values: initial(seed as u64),
    };
    Session::new(settings, data, specs.iter().enumerate().map(member).collect())
}

/// Trains to the end, and gives each member's numbers.
pub fn train(session: &mut Session) -> Vec<Vec<f64>> {
    let Ok(_) = session.run(&monitor(), &mut Deaf);
    session.members().iter().map(|member| member.values.as_ref().unwrap().concat()).collect()
}

pub fn monitor() -> Monitor {
    Monitor { clock: Box::new(|| 0.0), updates: AtomicU64::new(0), interrupt: AtomicBool::new(false) }
}

struct Deaf;

impl Observer for Deaf {
    type Error = Infallible;

    fn rows(&mut self, _: &Session, _: &[usize], _: &[Row]) -> Result<(), Infallible> {
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> Result<(), Infallible> {
        Ok(())
    }
}

pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// The largest difference between two lists of numbers.
pub fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
