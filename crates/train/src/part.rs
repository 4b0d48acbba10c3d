//! Training, validation and test data as arrays in the run's precision.

use burn::tensor::{Tensor, TensorData};
use downhill_data::{Dataset, Prepared, Scaler, Target};
use downhill_population::{Place, Precision};
use rayon::prelude::*;

/// Number of rows from which on a second thread scales some of them.
const ROWS_PER_THREAD: usize = 4096;

/// Numbers in the run's precision.
#[derive(Clone, Debug, PartialEq)]
enum Numbers {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Numbers {
    fn is_finite(&self) -> bool {
        match self {
            Numbers::F32(values) => values.iter().all(|v| v.is_finite()),
            Numbers::F64(values) => values.iter().all(|v| v.is_finite()),
        }
    }

    fn to_f64(&self) -> Vec<f64> {
        match self {
            Numbers::F32(values) => values.iter().map(|&v| v.into()).collect(),
            Numbers::F64(values) => values.clone(),
        }
    }
}

/// The targets of a network.
#[derive(Clone, Debug, PartialEq)]
enum Targets {
    /// A class for each row.
    Labels { labels: Vec<u32>, classes: usize },
    /// `outputs` numbers for each row.
    Values { values: Numbers, outputs: usize },
}

/// Rows of a data set, scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    rows: usize,
    features: usize,
    inputs: Numbers,
    targets: Targets,
}

/// The three parts of a data set. A part may be empty, but not the training part.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The rows for gradients.
    pub train: Part,
    /// The rows for choices: the best step, patience.
    pub val: Part,
    /// The rows for the final figures only.
    pub test: Part,
}

impl Data {
    /// The parts of a data set that was made ready, in `precision`.
    pub fn new(dataset: &Dataset, prepared: &Prepared, precision: Precision) -> Self {
        let Prepared { split, scaler, target_scaler, labels, .. } = prepared;
        let part =
            |rows: &[usize]| Part::new(dataset, rows, scaler, target_scaler.as_ref(), labels.as_deref(), precision);
        Self { train: part(&split.train), val: part(&split.val), test: part(&split.test) }
    }

    /// Whether every input and target is a finite number in this precision.
    pub fn is_finite(&self) -> bool {
        [&self.train, &self.val, &self.test].iter().all(|part| part.is_finite())
    }
}

impl Part {
    /// The named rows of a data set, features scaled by `scaler` and numeric targets by `target_scaler`, in
    /// `precision`. `labels` takes the place of the data set's own (label noise).
    pub fn new(
        dataset: &Dataset,
        rows: &[usize],
        scaler: &Scaler,
        target_scaler: Option<&Scaler>,
        labels: Option<&[u32]>,
        precision: Precision,
    ) -> Self {
        let inputs = scaled(&dataset.features, rows, Some(scaler), precision);
        let targets = match &dataset.target {
            Target::Classes { labels: own, names } => {
                let labels = labels.unwrap_or(own);
                Targets::Labels { labels: rows.iter().map(|&r| labels[r]).collect(), classes: names.len() }
            }
            Target::Values { values, .. } => {
                Targets::Values { values: scaled(values, rows, target_scaler, precision), outputs: values.cols }
            }
        };
        Self { rows: rows.len(), features: dataset.features.cols, inputs, targets }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether every input and target is a finite number in this precision.
    pub fn is_finite(&self) -> bool {
        let targets = match &self.targets {
            Targets::Labels { .. } => true,
            Targets::Values { values, .. } => values.is_finite(),
        };
        targets && self.inputs.is_finite()
    }

    /// Number of outputs of a network: classes, or target columns.
    pub fn outputs(&self) -> usize {
        match self.targets {
            Targets::Labels { classes, .. } => classes,
            Targets::Values { outputs, .. } => outputs,
        }
    }

    /// The class of each row, if this is a classification.
    pub fn labels(&self) -> Option<&[u32]> {
        match &self.targets {
            Targets::Labels { labels, .. } => Some(labels),
            Targets::Values { .. } => None,
        }
    }

    /// The scaled inputs, row-major.
    pub fn inputs(&self) -> Vec<f64> {
        self.inputs.to_f64()
    }

    /// The scaled target values, row-major, if this is a regression.
    pub fn values(&self) -> Option<Vec<f64>> {
        match &self.targets {
            Targets::Labels { .. } => None,
            Targets::Values { values, .. } => Some(values.to_f64()),
        }
    }

    /// Inputs `[members, batch, features]` and targets `[members, batch, outputs]` on `place`, from each member's row
    /// numbers. Every member must have the same number of rows.
    pub fn gather(&self, place: &Place, rows: &[&[usize]]) -> (Tensor<3>, Tensor<3>) {
        let (members, batch) = (rows.len(), rows.first().map_or(0, |r| r.len()));
        let tensor = |data: TensorData| Tensor::from_data(data, (&place.device, place.precision.dtype()));
        let inputs = pick(&self.inputs, self.features, rows, [members, batch, self.features]);
        let targets = match &self.targets {
            Targets::Values { values, outputs } => pick(values, *outputs, rows, [members, batch, *outputs]),
            Targets::Labels { labels, classes } => {
                let shape = [members, batch, *classes];
                match place.precision {
                    Precision::F32 => TensorData::new(one_hot::<f32>(labels, *classes, rows), shape),
                    Precision::F64 => TensorData::new(one_hot::<f64>(labels, *classes, rows), shape),
                }
            }
        };
        (tensor(inputs), tensor(targets))
    }
}

/// The named rows, scaled, in `precision`.
fn scaled(matrix: &downhill_data::Matrix, rows: &[usize], scaler: Option<&Scaler>, precision: Precision) -> Numbers {
    fn fill<T: Copy + Default + Send>(
        matrix: &downhill_data::Matrix,
        rows: &[usize],
        scaler: Option<&Scaler>,
        convert: impl Fn(f64) -> T + Sync,
    ) -> Vec<T> {
        let mut out = vec![T::default(); rows.len() * matrix.cols];
        if out.is_empty() {
            return out;
        }
        let rows_out = out.par_chunks_exact_mut(matrix.cols).zip(rows).with_min_len(ROWS_PER_THREAD);
        rows_out.for_each_with(vec![0.0; matrix.cols], |scaled, (out, &row)| {
            match scaler {
                Some(scaler) => scaler.apply(matrix.row(row), scaled),
                None => scaled.copy_from_slice(matrix.row(row)),
            }
            out.iter_mut().zip(scaled.iter()).for_each(|(out, &x)| *out = convert(x));
        });
        out
    }
    match precision {
        Precision::F32 => Numbers::F32(fill(matrix, rows, scaler, |x| x as f32)),
        Precision::F64 => Numbers::F64(fill(matrix, rows, scaler, |x| x)),
    }
}

fn pick(source: &Numbers, width: usize, rows: &[&[usize]], shape: [usize; 3]) -> TensorData {
    fn copy<T: Copy>(source: &[T], width: usize, rows: &[&[usize]]) -> Vec<T> {
        let mut out = Vec::with_capacity(rows.iter().map(|r| r.len()).sum::<usize>() * width);
        for &row in rows.iter().copied().flatten() {
            out.extend_from_slice(&source[row * width..(row + 1) * width]);
        }
        out
    }
    match source {
        Numbers::F32(source) => TensorData::new(copy(source, width, rows), shape),
        Numbers::F64(source) => TensorData::new(copy(source, width, rows), shape),
    }
}

fn one_hot<T: Copy + From<u8>>(labels: &[u32], classes: usize, rows: &[&[usize]]) -> Vec<T> {
    let total: usize = rows.iter().map(|r| r.len()).sum();
    let mut out = vec![T::from(0); total * classes];
    for (slot, &row) in out.chunks_exact_mut(classes).zip(rows.iter().copied().flatten()) {
        slot[labels[row] as usize] = T::from(1);
    }
    out
}
