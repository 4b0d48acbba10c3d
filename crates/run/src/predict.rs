//! The predictions of a trained network for new rows.

use crate::error::{Error, Result};
use crate::prepare::DataFacts;
use downhill_data::read::{Column, ColumnKind, TargetColumn, TargetKind};
use downhill_data::{Encoder, Matrix, Missing, Target, TaskKind};
use downhill_model::{Loss, Network};
use downhill_population::{Params, Place, Values, host};
use downhill_train::evaluate::argmax;
use downhill_train::metrics::regression_errors;
use serde::Serialize;
use std::path::Path;

/// Rows predicted at once.
const CHUNK: usize = 1024;

/// A network with the weights of one member.
pub struct Predictor {
    network: Network,
    about: DataFacts,
    place: Place,
    params: Params,
}

/// The predictions for some rows. A number that is not finite is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predictions {
    /// The class of each row, empty where the outputs are not finite; absent in a regression.
    pub classes: Option<Vec<String>>,
    /// A list of numbers for each row: probabilities or scores by class, or target values in their own units.
    pub outputs: Vec<Vec<Option<f64>>>,
    /// The names of the numbers.
    pub columns: Vec<String>,
    /// Share of rows predicted correctly, if the truth is known.
    pub accuracy: Option<f64>,
    /// Root of the mean squared error, if the truth is known.
    pub rmse: Option<f64>,
}

impl Predictor {
    pub(crate) fn new(network: Network, about: DataFacts, place: Place, values: Values) -> Self {
        let params = Params::from_members(&place, &network.shapes(), &[values]);
        Self { network, about, place, params }
    }

    /// Predicts the rows of a CSV file, whose columns become features as in training. If the file has the target, the
    /// predictions are compared with it.
    ///
    /// # Errors
    /// For a file that cannot be read, or lacks a column.
    pub fn file(&self, path: &Path) -> Result<Predictions> {
        let (features, target) = encoder(&self.about).encode_features(path)?;
        Ok(self.rows(&features, target.as_ref()))
    }

    /// Predicts rows of features in their own units, `[rows, features]`, and compares with the truth if it is known.
    pub fn rows(&self, features: &Matrix, truth: Option<&Target>) -> Predictions {
        let outputs = self.forward(features);
        match self.about.task {
            TaskKind::Regression => self.values(&outputs, truth),
            TaskKind::Classification => self.classes(&outputs, truth),
        }
    }

    /// The network's outputs, row-major.
    fn forward(&self, features: &Matrix) -> Vec<f64> {
        let mut outputs = Vec::with_capacity(features.rows * self.network.outputs);
        let rows: Vec<usize> = (0..features.rows).collect();
        for rows in rows.chunks(CHUNK) {
            let mut scaled = vec![0.0; rows.len() * features.cols];
            for (out, &row) in scaled.chunks_exact_mut(features.cols).zip(rows) {
                self.about.scaler.apply(features.row(row), out);
            }
            let inputs = self.place.tensor(&scaled, [1, rows.len(), features.cols]);
            outputs.extend(host::values(self.network.forward(&self.params.tensors, inputs)));
        }
        outputs
    }

    fn table(&self, numbers: &[f64]) -> Vec<Vec<Option<f64>>> {
        let finite = |row: &[f64]| row.iter().map(|z| z.is_finite().then_some(*z)).collect();
        numbers.chunks_exact(self.network.outputs).map(finite).collect()
    }

    fn values(&self, outputs: &[f64], truth: Option<&Target>) -> Predictions {
        let values = self.about.own_units(outputs);
        let rmse = match truth {
            Some(Target::Values { values: truth, .. }) => regression_errors(&truth.values, &values).map(|e| e.rmse),
            _ => None,
        };
        let (outputs, columns) = (self.table(&values), self.about.outputs.clone());
        Predictions { classes: None, outputs, columns, accuracy: None, rmse }
    }

    fn classes(&self, outputs: &[f64], truth: Option<&Target>) -> Predictions {
        let (width, names) = (self.network.outputs, &self.about.outputs);
        let predicted: Vec<Option<u32>> = outputs.chunks_exact(width).map(argmax).collect();
        let accuracy = match truth {
            Some(Target::Classes { labels, .. }) if !labels.is_empty() => {
                let right = labels.iter().zip(&predicted).filter(|(label, p)| **p == Some(**label)).count();
                Some(right as f64 / labels.len() as f64)
            }
            _ => None,
        };
        let (prefix, shown) = match self.network.loss {
            Loss::CrossEntropy => ("p", outputs.chunks_exact(width).flat_map(softmax).collect()),
            _ => ("score", outputs.to_vec()),
        };
        let name = |class: &Option<u32>| class.map_or(String::new(), |class| names[class as usize].clone());
        Predictions {
            classes: Some(predicted.iter().map(name).collect()),
            outputs: self.table(&shown),
            columns: names.iter().map(|class| format!("{prefix}({class})")).collect(),
            accuracy,
            rmse: None,
        }
    }
}

impl Predictions {
    /// The text of a CSV file; in a classification the class comes first.
    ///
    /// # Errors
    /// When a name cannot be written, which is possible for no name read from a file.
    pub fn to_csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let class = self.classes.as_ref().map(|_| "prediction");
        let header = class.into_iter().chain(self.columns.iter().map(String::as_str));
        writer.write_record(header).map_err(Error::failed)?;
        for (i, row) in self.outputs.iter().enumerate() {
            let class = self.classes.as_ref().map(|classes| classes[i].clone());
            let numbers = row.iter().map(|z| z.map(|z| z.to_string()).unwrap_or_default());
            writer.write_record(class.into_iter().chain(numbers)).map_err(Error::failed)?;
        }
        String::from_utf8(writer.into_inner().map_err(Error::failed)?).map_err(Error::failed)
    }
}

/// How the file's columns become features: as in training, or for data that was no CSV, one numeric column for each
/// feature, by name.
fn encoder(about: &DataFacts) -> Encoder {
    about.encoder.clone().unwrap_or_else(|| Encoder {
        delimiter: ',',
        header: true,
        width: about.features.len() + 1,
        columns: about.features.iter().map(|name| Column { name: name.clone(), kind: ColumnKind::Numeric }).collect(),
        target: TargetColumn {
            name: "target".into(),
            kind: match about.task {
                TaskKind::Classification => TargetKind::Classes {
                    names: about.outputs.clone(),
                    numeric: about.outputs.iter().all(|name| name.parse::<f64>().is_ok()),
                },
                TaskKind::Regression => TargetKind::Value,
            },
        },
        dropped: Vec::new(),
        missing: Missing::Error,
    })
}

fn softmax(outputs: &[f64]) -> Vec<f64> {
    let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = outputs.iter().map(|z| (z - most).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|e| e / sum).collect()
}
