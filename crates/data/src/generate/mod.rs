//! Generated data sets, one family per file. Each is a pure function of its parameters and seed, with the same
//! bits on every machine: transcendental functions come from `libm`, draws from `downhill_random`.

mod blobs;
mod boards;
mod circles;
mod friedman;
mod mnist1d;
mod modular;
mod moons;
mod parameters;
mod parity;
mod sine;
mod spirals;
mod teacher;

use downhill_random::{Purpose, Stream};
use downhill_spec::{Choice, Legal, Parameter, parse};
use parameters::Parameters;

use crate::error::{DataError, checked_cells, room_for};
use crate::{Dataset, Matrix, Target, TaskKind};

/// A family of generated data sets: one row of the catalog.
pub(crate) struct Generator {
    pub name: &'static str,
    pub summary: &'static str,
    pub task: TaskKind,
    /// Rows, features and classes with the default parameters.
    pub rows: usize,
    pub features: usize,
    pub classes: Option<usize>,
    pub parameters: &'static [Parameter],
    pub generate: fn(&Parameters) -> Result<Dataset, DataError>,
}

/// All generators, in the order of the list.
pub(crate) const GENERATORS: &[Generator] = &[
    moons::MOONS,
    circles::CIRCLES,
    spirals::SPIRALS,
    blobs::BLOBS,
    boards::XOR,
    boards::CHECKERBOARD,
    sine::SINE,
    friedman::FRIEDMAN1,
    teacher::TEACHER,
    parity::PARITY,
    modular::MODULAR_ADDITION,
    mnist1d::MNIST1D,
];

impl Generator {
    /// Makes the data set from `name:key=value,key=value`.
    pub fn make(&self, text: &str) -> Result<Dataset, DataError> {
        let spec = parse("data set", text, &[Choice { name: self.name, parameters: self.parameters }])?;
        (self.generate)(&Parameters { dataset: self.name, spec })
    }
}

/// The parameters that most families share.
const N: Parameter = Parameter::new("n", "", 1000.0, Legal::Within(1, 10_000_000), "number of rows");
const SEED: Parameter = Parameter::new("seed", "", 0.0, Legal::Seed, "seed of all that is random");

/// The stream of samples.
fn samples(seed: u64) -> Stream {
    Stream::new(seed, Purpose::Samples, 0)
}

/// The stream of the hidden truth.
fn truth(seed: u64) -> Stream {
    Stream::new(seed, Purpose::Truth, 0)
}

/// Rows made one after another by `fill(row number, row)`.
fn rows(name: &str, rows: usize, cols: usize, mut fill: impl FnMut(usize, &mut Vec<f64>)) -> Result<Matrix, DataError> {
    let mut values = room_for(name, checked_cells(name, rows, cols)?)?;
    (0..rows).for_each(|i| fill(i, &mut values));
    Ok(Matrix { rows, cols, values })
}

/// A classification set whose row `i` has class `i % classes`, so that classes are as equal in size as possible.
fn classification(name: &str, features: Matrix, classes: usize) -> Dataset {
    let labels = (0..features.rows).map(|i| (i % classes) as u32).collect();
    labelled(name, features, labels, classes)
}

fn labelled(name: &str, features: Matrix, labels: Vec<u32>, classes: usize) -> Dataset {
    let names = (0..classes).map(|class| class.to_string()).collect();
    dataset(name, features, Target::Classes { labels, names })
}

fn regression(name: &str, features: Matrix, values: Vec<f64>) -> Dataset {
    let values = Matrix { rows: values.len(), cols: 1, values };
    dataset(name, features, Target::Values { values, names: vec!["y".into()] })
}

fn dataset(name: &str, features: Matrix, target: Target) -> Dataset {
    Dataset {
        name: name.into(),
        feature_names: (1..=features.cols).map(|j| format!("x{j}")).collect(),
        features,
        target,
        test_rows: 0,
        notes: vec![],
        encoder: None,
    }
}
