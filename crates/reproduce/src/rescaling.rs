//! A trained relu network and its rescaled twins, which have the same outputs with other weights.

use crate::experiment::{Conditions, ExperimentError};
use crate::training::{least_squares, member, train};
use downhill_data::{Draw, LoadOptions, Preparation, SplitOptions, load, prepare};
use downhill_model::{Activation, Init, Loss, Network};
use downhill_population::Place;
use downhill_probe::{Rows, Surface, smoothness};
use downhill_train::{Evaluation, Task};

/// Hidden units.
pub(crate) const UNITS: usize = 16;
/// Updates of Adam on full batches.
pub(crate) const STEPS: u64 = 500;
/// Networks, each from a seed of its own.
pub(crate) const NETWORKS: u64 = 3;

/// Networks 2-16-2 without biases, trained on moons in f64.
pub(crate) struct Networks {
    pub network: Network,
    pub place: Place,
    /// The parameters of each, one after the other.
    pub points: Vec<Vec<f64>>,
    rows: Rows,
    session: downhill_train::Session,
}

impl Networks {
    /// Trains them.
    ///
    /// # Errors
    /// When the data or the optimizer cannot be made.
    pub fn train(setting: &Conditions) -> Result<Self, ExperimentError> {
        let dataset = load("moons:n=300,noise=0.2", &LoadOptions::default())?;
        let task = Task {
            preparation: Preparation {
                split: SplitOptions { val_fraction: 0.0, test_fraction: 0.3, seed: 0 },
                ..Preparation::default()
            },
            hidden: vec![UNITS],
            activation: Activation::Relu,
            init: Init::parse("kaiming")?,
            loss: Loss::CrossEntropy,
            ..least_squares(dataset, STEPS)?
        };
        let prepared = prepare(&task.dataset, &task.preparation, Draw::Fixed)?;
        let data = task.data(&prepared);
        let network = task.network();
        let rows = Rows::labelled(&network, data.train.inputs(), data.train.labels().unwrap_or_default())?;
        let start = |seed: u64| member("adam:lr=0.02", seed, task.init.member(&network, seed));
        let members = (setting.seed..setting.seed + NETWORKS).map(start).collect::<Result<Vec<_>, _>>()?;
        let trained = train(task.settings(data.train.rows(), setting.threads), data, members);
        let points = (0..NETWORKS as usize).map(|member| trained.values(member).concat()).collect();
        Ok(Self { network, place: task.place, points, rows, session: trained.session })
    }

    /// The training loss around them.
    ///
    /// # Errors
    /// The errors of [`Surface::new`].
    pub fn surface(&self, threads: usize) -> Result<Surface<'_, Network>, ExperimentError> {
        let shares = self.rows.shares(&self.network, &self.place);
        Ok(Surface::new(&self.network, &self.place, self.network.shapes(), shares, smoothness(&self.network), threads)?)
    }

    /// Number of parameters in the first layer.
    pub fn first_layer(&self) -> usize {
        self.network.shapes().first().map_or(0, |shape| shape.elements())
    }

    /// The network (a W1, W2/a): since relu(a z) = a relu(z), its outputs are the same for every a > 0.
    pub fn rescaled(&self, point: &[f64], a: f64) -> Vec<f64> {
        let first = self.first_layer();
        point.iter().enumerate().map(|(i, w)| if i < first { a * w } else { w / a }).collect()
    }

    /// A network's evaluation on the test rows.
    pub fn on_test(&self, point: &[f64]) -> Evaluation {
        let (first, second) = point.split_at(self.first_layer());
        self.session.evaluate(&[vec![first.to_vec(), second.to_vec()]], &self.session.data().test).remove(0)
    }
}
