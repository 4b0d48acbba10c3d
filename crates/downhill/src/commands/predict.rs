//! `downhill predict`.

use crate::cli::Predict;
use crate::failure::{Failure, OrUsage, Outcome};
use crate::figures::own_units;
use crate::options::Options;
use crate::plan::{About, read_bounded};
use crate::record::read_record;
use crate::run_dir::{CONFIG, RECORD, write_whole};
use crate::terminal::{print, print_json, say};
use downhill_data::read::{Column, ColumnKind, TargetColumn, TargetKind};
use downhill_data::{Encoder, Matrix, Missing, Target, Task};
use downhill_model::{Activation, Bias, Loss, Network, weights};
use downhill_population::{Backend, Params, Place, Precision, host};
use downhill_train::evaluate::argmax;
use downhill_train::metrics::regression_errors;
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// What `--json` prints.
#[derive(Serialize)]
struct Predictions {
    /// The class of each row; absent in a regression.
    classes: Option<Vec<String>>,
    /// One row of numbers for each row of the file: probabilities or scores by class, or target values.
    outputs: Vec<Vec<Option<f64>>>,
    /// What the numbers are.
    columns: Vec<String>,
    /// Share of rows that are right, if the file has the target.
    accuracy: Option<f64>,
    /// Root of the mean squared error, if the file has the target.
    rmse: Option<f64>,
}

/// Predicts the rows of a CSV.
pub fn run(args: &Predict) -> Outcome<ExitCode> {
    let record = read_record(&args.run.join(RECORD))?
        .ok_or_else(|| Failure::usage(format!("{} is not a run's folder: it holds no {RECORD}", args.run.display())))?;
    let seed = args.seed.unwrap_or(record.seeds.first().copied().unwrap_or(0));
    if !record.seeds.contains(&seed) {
        return Err(Failure::usage(format!("--seed is {seed}, but the run's seeds are {:?}", record.seeds)));
    }
    let kind = if args.last { "last" } else { "model" };
    let name =
        if record.seeds.len() > 1 { format!("{kind}-{seed}.safetensors") } else { format!("{kind}.safetensors") };
    let path = args.run.join(name);
    if !path.exists() {
        return Err(Failure::usage(format!(
            "{} is not there: the run has not ended; `downhill train --resume {}` goes on with it",
            path.display(),
            args.run.display()
        )));
    }
    let (network, about, params) = load(&args.run, &record.dtype, &path)?;
    let (features, target) = encoder(&about).encode_features(&args.file).or_usage()?;
    let outputs = forward(&network, &about, &params, &features);
    let predictions = predictions(&network, &about, outputs, target.as_ref());
    if let Some(accuracy) = predictions.accuracy {
        say(&format!("accuracy {:.2} % of {} rows", 100.0 * accuracy, features.rows));
    }
    if let Some(rmse) = predictions.rmse {
        say(&format!("RMSE {rmse} over {} rows", features.rows));
    }
    if args.json {
        print_json(&predictions)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = csv_text(&about, &predictions)?;
    match &args.out {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The network of a run with the weights of one file.
fn load(run: &Path, dtype: &str, path: &Path) -> Outcome<(Network, About, Params)> {
    let config = run.join(CONFIG);
    let wrong = |path: &Path, e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(&config).map_err(|e| wrong(&config, &e))?;
    let options = Options::from_toml(&config, &text)?;
    let record = read_record(&run.join(RECORD))?;
    let about = record.map(|r| r.data.about).ok_or_else(|| wrong(run, &"it holds no run.json"))?;
    let hidden = crate::plan::hidden(options.common.hidden.as_deref().unwrap_or("none"))?;
    let loss: Loss = options.common.loss.as_deref().unwrap_or("mse").parse().map_err(|e: String| wrong(&config, &e))?;
    let activation =
        Activation::parse(options.common.activation.as_deref().unwrap_or("relu")).map_err(|e| wrong(&config, &e))?;
    let bias: Bias = crate::plan::bias(&options.common.no_bias)?;
    let network =
        Network { inputs: about.features.len(), hidden, outputs: about.outputs.len(), activation, bias, loss };
    let precision: Precision = dtype.parse().map_err(|e: String| wrong(&config, &e))?;
    let place = Place::new(Backend::Flex, precision).or_usage()?;
    let shapes = network.shapes();
    let (tensors, _) = weights::from_bytes(&read_bounded(path, &shapes)?).map_err(|e| wrong(path, &e))?;
    let values = weights::from_pytorch(&shapes, &tensors).map_err(|e| wrong(path, &e))?;
    Ok((network, about, Params::from_members(&place, &shapes, &[values])))
}

/// How the file's columns become features: as in training, or for data that was no CSV, one numeric column for each
/// feature, by name.
fn encoder(about: &About) -> Encoder {
    about.encoder.clone().unwrap_or_else(|| Encoder {
        delimiter: ',',
        header: true,
        width: about.features.len() + 1,
        columns: about.features.iter().map(|name| Column { name: name.clone(), kind: ColumnKind::Numeric }).collect(),
        target: TargetColumn {
            name: "target".into(),
            kind: match about.task {
                Task::Classification => TargetKind::Classes {
                    names: about.outputs.clone(),
                    numeric: about.outputs.iter().all(|name| name.parse::<f64>().is_ok()),
                },
                Task::Regression => TargetKind::Value,
            },
        },
        dropped: Vec::new(),
        missing: Missing::Error,
    })
}

/// Rows that are predicted at once.
const CHUNK: usize = 1024;

/// The network's outputs, row-major.
fn forward(network: &Network, about: &About, params: &Params, features: &Matrix) -> Vec<f64> {
    let mut outputs = Vec::with_capacity(features.rows * network.outputs);
    let precision = match params.tensors.first().map(|t| t.dtype()) {
        Some(dtype) if dtype == Precision::F64.dtype() => Precision::F64,
        _ => Precision::F32,
    };
    let rows: Vec<usize> = (0..features.rows).collect();
    for rows in rows.chunks(CHUNK) {
        let mut scaled = vec![0.0; rows.len() * features.cols];
        for (out, &row) in scaled.chunks_exact_mut(features.cols).zip(rows) {
            about.scaler.apply(features.row(row), out);
        }
        if let Ok(place) = Place::new(Backend::Flex, precision) {
            let inputs = place.tensor(&scaled, [1, rows.len(), features.cols]);
            outputs.extend(host::values(network.forward(&params.tensors, inputs)));
        }
    }
    outputs
}

fn predictions(network: &Network, about: &About, outputs: Vec<f64>, target: Option<&Target>) -> Predictions {
    let width = network.outputs;
    let rows = |all: &[f64]| -> Vec<Vec<Option<f64>>> {
        all.chunks_exact(width).map(|row| row.iter().map(|z| z.is_finite().then_some(*z)).collect()).collect()
    };
    if about.task == Task::Regression {
        let values = own_units(about, &outputs);
        let rmse = match target {
            Some(Target::Values { values: truth, .. }) => regression_errors(&truth.values, &values).map(|e| e.rmse),
            _ => None,
        };
        return Predictions {
            classes: None,
            outputs: rows(&values),
            columns: about.outputs.clone(),
            accuracy: None,
            rmse,
        };
    }
    let predicted: Vec<Option<u32>> = outputs.chunks_exact(width).map(argmax).collect();
    let accuracy = match target {
        Some(Target::Classes { labels, .. }) if !labels.is_empty() => {
            let right = labels.iter().zip(&predicted).filter(|(label, p)| **p == Some(**label)).count();
            Some(right as f64 / labels.len() as f64)
        }
        _ => None,
    };
    let probabilities = network.loss == Loss::CrossEntropy;
    let shown: Vec<f64> =
        if probabilities { outputs.chunks_exact(width).flat_map(softmax).collect() } else { outputs.clone() };
    let prefix = if probabilities { "p" } else { "score" };
    Predictions {
        classes: Some(
            predicted.iter().map(|p| p.map_or(String::new(), |class| about.outputs[class as usize].clone())).collect(),
        ),
        outputs: rows(&shown),
        columns: about.outputs.iter().map(|class| format!("{prefix}({class})")).collect(),
        accuracy,
        rmse: None,
    }
}

fn softmax(outputs: &[f64]) -> Vec<f64> {
    let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials: Vec<f64> = outputs.iter().map(|z| (z - most).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|e| e / sum).collect()
}

fn csv_text(about: &About, predictions: &Predictions) -> Outcome<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = Vec::new();
    if predictions.classes.is_some() {
        header.push("prediction".to_string());
        header.extend(predictions.columns.iter().cloned());
    } else {
        header.extend(about.outputs.iter().cloned());
    }
    writer.write_record(&header).map_err(Failure::run)?;
    for (i, row) in predictions.outputs.iter().enumerate() {
        let class = predictions.classes.as_ref().map(|classes| classes[i].clone());
        let numbers = row.iter().map(|z| z.map(|z| z.to_string()).unwrap_or_default());
        writer.write_record(class.into_iter().chain(numbers)).map_err(Failure::run)?;
    }
    String::from_utf8(writer.into_inner().map_err(Failure::run)?).map_err(Failure::run)
}
