//! From options to a run: options checked, data loaded, everything resolved.

use crate::diagnostics::Probing;
use crate::error::{Error, Result, refused};
use crate::fit::{check_memory, check_nature, check_schedule};
use crate::options::Options;
use crate::task::{absolute, at_least_one, task};
use downhill_data::{Dataset, Draw, Encoder, Prepared, Scaler, Target};
use downhill_model::{Init, Network, WeightsError, weights};
use downhill_optim::{OptimizerSpec, Registry};
use downhill_population::{Shape, Values};
use downhill_train::task::EPOCHS;
use downhill_train::{Data, MemberSpec, Settings, Task};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// A training run, ready to start.
pub struct Ready {
    /// Every option with its value, defaults written out: the content of `config.toml`.
    pub options: Options,
    /// The facts of the data set.
    pub about: DataFacts,
    /// The parts, scaled.
    pub data: Data,
    /// The session's settings.
    pub settings: Settings,
    /// The members before their first update.
    pub members: Vec<MemberSpec>,
    /// The optimizer as a user would type it.
    pub optimizer: OptimizerSpec,
    /// The measurements beside the loss.
    pub probing: Probing,
    /// Notes for the user on decisions made here.
    pub notes: Vec<String>,
}

/// The facts of the data that a weight file and a report need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// Its name.
    pub name: String,
    /// SHA-256 of features and target.
    pub fingerprint: String,
    /// Classification or regression.
    pub task: downhill_data::TaskKind,
    /// One name per network input.
    pub features: Vec<String>,
    /// Class names, or target columns: one per network output.
    pub outputs: Vec<String>,
    /// How features were scaled.
    pub scaler: Scaler,
    /// How the targets of a regression were scaled.
    pub target_scaler: Option<Scaler>,
    /// How a CSV's columns became features.
    pub encoder: Option<Encoder>,
}

impl DataFacts {
    /// Scaled targets or predictions, row-major, in the target's own units.
    pub fn own_units(&self, scaled: &[f64]) -> Vec<f64> {
        let Some(scaler) = &self.target_scaler else { return scaled.to_vec() };
        let mut out = vec![0.0; scaled.len()];
        let width = self.outputs.len();
        for (row, out) in scaled.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            scaler.invert(row, out);
        }
        out
    }
}

/// Resolves options: checks each, loads the data, and writes out every default. A `resumed` run takes its weights
/// from a checkpoint, so a file of initial weights need not exist any more.
///
/// # Errors
/// For anything wrong with the options or the data.
pub fn prepare(options: &Options, registry: &Registry, threads: usize, resumed: bool) -> Result<Ready> {
    let mut full = options.clone();
    let name = options.data.clone().ok_or_else(|| refused!("option `data` is not given"))?;

    // Options that need no data are checked first, which is quick.
    let optimizer = optimizer(&mut full, registry)?;
    let seed = *full.seed.get_or_insert(0);
    let seeds = at_least_one("seeds", *full.seeds.get_or_insert(1))?;
    if seed.checked_add(seeds - 1).is_none() {
        return Err(refused!(
            "option `seed={seed}` with option `seeds={seeds}` goes beyond the largest seed, {}",
            u64::MAX
        ));
    }
    let checkpoint_every = full.checkpoint_every.map(|n| at_least_one("checkpoint-every", n)).transpose()?;
    let probe_every = full.probe_every.map(|n| at_least_one("probe-every", n)).transpose()?;
    if let Some(every) = probe_every {
        let log_every = *full.common.log_every.get_or_insert(every);
        if log_every == 0 || !every.is_multiple_of(log_every) {
            return Err(refused!(
                "option `probe-every` is {every}, but must be a multiple of option `log-every`, {log_every}"
            ));
        }
    }
    if full.common.steps.is_none() {
        full.common.epochs.get_or_insert(EPOCHS);
    }
    let task = task(&name, &mut full.common)?;
    full.data = Some(data_name(&name)?);
    let fingerprint = fingerprint(&task.dataset);

    let prepared = downhill_data::prepare(&task.dataset, &task.preparation, Draw::Fixed)?;
    let mut notes = task.dataset.notes.clone();
    notes.extend(prepared.noise_note());
    let mut about = about(&task.dataset, &prepared);
    let network = task.network();
    let batching = task.batching(prepared.split.train.len());
    check_nature(&optimizer, &network, &batching, &task.clip)?;
    check_schedule(&task.schedule, batching.steps(task.budget))?;
    let probing = Probing::parse(full.probe.as_deref(), probe_every, &optimizer, &network)?;
    check_memory(&network, &batching, &optimizer, seeds, &task.dataset, task.place.precision)?;
    let members = members(&network, &task.init, &mut full, &optimizer, seed, seeds, resumed)?;
    let data = data(&task, &prepared)?;
    about.fingerprint = fingerprint.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let settings = Settings { checkpoint_every, ..task.settings(batching.rows, threads) };
    Ok(Ready { options: full, about, data, settings, members, optimizer, probing, notes })
}

/// The data set's fingerprint, computed in parallel with the scaling: both read all the data.
pub fn fingerprint(dataset: &Arc<Dataset>) -> std::thread::JoinHandle<String> {
    let dataset = dataset.clone();
    std::thread::spawn(move || dataset.fingerprint())
}

/// The parts of the data, all of them finite in the task's precision.
///
/// # Errors
/// Naming the column of a number that is not finite.
pub fn data(task: &Task, prepared: &Prepared) -> Result<Data> {
    let data = task.data(prepared);
    if data.is_finite() { Ok(data) } else { Err(beyond_f32(&task.dataset, &prepared.scaler)) }
}

/// A data set's name for a record: a path becomes absolute.
///
/// # Errors
/// For a path that is not UTF-8.
pub fn data_name(name: &str) -> Result<String> {
    if is_named(name) {
        return Ok(name.into());
    }
    let path = absolute(Path::new(name));
    let text = path.to_str().ok_or_else(|| Error::refused_file(&path, "the path is not UTF-8"))?;
    Ok(text.to_string())
}

/// Whether `data` names a set of the catalog and not a path.
fn is_named(data: &str) -> bool {
    let name = data.split(':').next().unwrap_or(data);
    downhill_data::catalog().iter().any(|entry| entry.name == name)
}

fn optimizer(full: &mut Options, registry: &Registry) -> Result<OptimizerSpec> {
    let mut optimizer = registry.parse(full.optimizer.get_or_insert("adam".into()))?;
    if let Some(lr) = full.lr.take() {
        if optimizer.given("lr") {
            return Err(refused!(
                "the learning rate is given twice: option `lr={lr}` and in `{}`",
                full.optimizer.as_deref().unwrap_or_default()
            ));
        }
        optimizer.set("lr", lr)?;
    }
    full.optimizer = Some(optimizer.full());
    Ok(optimizer)
}

fn members(
    network: &Network,
    init: &Init,
    full: &mut Options,
    optimizer: &OptimizerSpec,
    seed: u64,
    seeds: u64,
    resumed: bool,
) -> Result<Vec<MemberSpec>> {
    let given = match &mut full.init_from {
        None => None,
        Some(path) => {
            *path = absolute(path);
            if resumed { None } else { Some(read_weights(path, &network.shapes())?) }
        }
    };
    Ok((seed..=seed + (seeds - 1))
        .map(|seed| MemberSpec {
            seed,
            optimizer: optimizer.clone(),
            values: given.clone().unwrap_or_else(|| init.member(network, seed)),
        })
        .collect())
}

/// The facts of a data set, without its fingerprint.
fn about(dataset: &Dataset, prepared: &Prepared) -> DataFacts {
    let outputs = match &dataset.target {
        Target::Classes { names, .. } | Target::Values { names, .. } => names.clone(),
    };
    DataFacts {
        name: dataset.name.clone(),
        fingerprint: String::new(),
        task: dataset.task(),
        features: dataset.feature_names.clone(),
        outputs,
        scaler: prepared.scaler.clone(),
        target_scaler: prepared.target_scaler.clone(),
        encoder: dataset.encoder.clone(),
    }
}

/// Names the feature that is too large for `f32`.
fn beyond_f32(dataset: &Dataset, scaler: &Scaler) -> Error {
    let mut scaled = vec![0.0; dataset.features.cols];
    for row in 0..dataset.features.rows {
        scaler.apply(dataset.features.row(row), &mut scaled);
        if let Some(column) = scaled.iter().position(|v| !(*v as f32).is_finite()) {
            return refused!(
                "column `{}` holds {}, beyond the largest f32; use option `dtype=f64` or option `scale=standard`",
                dataset.feature_names[column],
                dataset.features.row(row)[column]
            );
        }
    }
    refused!("a target is beyond the largest f32; use option `dtype=f64` or option `scale-target=standard`")
}

/// The parameters of a weight file in PyTorch's layout.
///
/// # Errors
/// When the file cannot be read, is damaged, or belongs to another network.
pub(crate) fn read_weights(path: &Path, shapes: &[Shape]) -> Result<Values> {
    let wrong = |e: WeightsError| Error::refused_file(path, e);
    let (tensors, _) = weights::from_bytes(&read_bounded(path, shapes)?).map_err(wrong)?;
    weights::from_pytorch(shapes, &tensors).map_err(wrong)
}

/// The bytes of a weight file, unless it is far larger than a network of these shapes can be.
fn read_bounded(path: &Path, shapes: &[Shape]) -> Result<Vec<u8>> {
    let length = std::fs::metadata(path).map_err(|e| Error::refused_file(path, e))?.len();
    let elements: u64 = shapes.iter().map(|s| s.elements() as u64).sum();
    // Eight bytes for each number, and a header with room for names and metadata.
    let most = elements.saturating_mul(8).saturating_add(16 << 20);
    if length > most {
        return Err(Error::refused_file(
            path,
            format!("it has {length} bytes; a network of these sizes needs at most {most}"),
        ));
    }
    std::fs::read(path).map_err(|e| Error::refused_file(path, e))
}
