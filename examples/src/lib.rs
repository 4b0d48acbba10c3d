//! The little that the examples share: one problem, populations that train on it, and a run that keeps its rows.
//!
//! `01_train_one_network` puts the same pieces together by hand.

use downhill_data::{LoadOptions, Scaler, Scaling, SplitOptions, load, split};
use downhill_model::{Activation, Bias, Init, Loss, Network};
use downhill_optim::{Clip, Registry, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_train::{
    Batching, Budget, Data, MemberSpec, Monitor, Observer, Part, Row, Session, Settings, Stopping, session::GROUP_SIZE,
};
use std::convert::Infallible;
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

/// Small networks allocate much and compute little: without this allocator a step takes about twice as long.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A data set, a network, and how long to train: all but the members.
pub struct Problem {
    /// Scaled training, validation and test rows.
    pub data: Data,
    /// A network with two hidden layers of 32 relu units, batches of 32, a constant rate.
    pub settings: Settings,
}

impl Problem {
    /// The classification problem `data`, such as `moons:n=1000,noise=0.2`, for so many epochs. Of 100 rows 60 are for
    /// training, 20 for validation and 20 for test.
    ///
    /// # Errors
    /// Data that does not exist or cannot be split.
    pub fn new(data: &str, epochs: u64) -> Result<Self, Box<dyn Error>> {
        Self::with_split(data, &SplitOptions::default(), epochs)
    }

    /// The same with parts of other sizes.
    ///
    /// # Errors
    /// Data that does not exist or cannot be split.
    pub fn with_split(data: &str, parts: &SplitOptions, epochs: u64) -> Result<Self, Box<dyn Error>> {
        let dataset = load(data, &LoadOptions::default())?;
        let split = split(&dataset, parts)?;
        let scaler = Scaler::fit(Scaling::Standard, &dataset.features, &split.train)?;
        let part = |rows: &[usize]| Part::new(&dataset, rows, &scaler, None, None, Precision::F32);
        let data = Data { train: part(&split.train), val: part(&split.val), test: part(&split.test) };
        let network = Network {
            inputs: dataset.features.cols,
            hidden: vec![32, 32],
            outputs: data.train.outputs(),
            activation: Activation::Relu,
            bias: Bias::All,
            loss: Loss::CrossEntropy,
        };
        let settings = Settings {
            place: Place::new(Backend::Flex, Precision::F32)?,
            network,
            schedule: Schedule::parse("constant")?,
            clip: Clip::default(),
            batching: Batching { rows: data.train.rows(), size: Some(32), drop_last: false },
            budget: Budget::Epochs(epochs),
            horizon: None,
            stopping: Stopping::default(),
            log_every: None,
            checkpoint_every: None,
            threads: 1,
            group_size: GROUP_SIZE,
        };
        Ok(Self { data, settings })
    }

    /// One population: a member for each pair of an optimizer, such as `adam:lr=0.01`, and a seed. The optimizers may
    /// differ in their numbers, not in their rule.
    ///
    /// # Errors
    /// An optimizer that `registry` does not know, or an illegal number.
    pub fn population(
        &self,
        registry: &Registry,
        members: impl IntoIterator<Item = (String, u64)>,
    ) -> Result<Session, Box<dyn Error>> {
        let init = Init::parse("pytorch")?;
        let member = |(spec, seed): (String, u64)| -> Result<MemberSpec, Box<dyn Error>> {
            let values = init.member(&self.settings.network, seed);
            Ok(MemberSpec { seed, optimizer: registry.parse(&spec)?, values })
        };
        let members = members.into_iter().map(member).collect::<Result<_, _>>()?;
        Ok(Session::new(self.settings.clone(), self.data.clone(), members))
    }
}

/// Time from the machine's clock, nothing done yet.
pub fn monitor() -> Monitor {
    let start = Instant::now();
    Monitor {
        clock: Box::new(move || start.elapsed().as_secs_f64()),
        updates: AtomicU64::new(0),
        interrupt: AtomicBool::new(false),
    }
}

/// Trains until every member has stopped, and gives all logged rows: at each one all members that still train, in
/// the order of the population.
pub fn train(session: &mut Session) -> Vec<Row> {
    let mut rows = Rows(Vec::new());
    let Ok(_) = session.run(&monitor(), &mut rows);
    rows.0
}

/// An observer that keeps every row and no checkpoint.
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
