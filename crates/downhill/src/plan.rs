//! From what was typed to what was meant: options checked, data loaded, everything resolved.

use crate::diagnostics::Probing;
use crate::failure::{Failure, OrUsage, Outcome};
use crate::machine;
use crate::options::{Common, Options};
use downhill_data::{
    Dataset, Draw, Encoder, LoadOptions, Missing, Preparation, Prepared, Scaler, Scaling, SplitOptions, Target, load,
    prepare,
};
use downhill_model::{Activation, Bias, Init, Loss, Network, hidden_text, weights};
use downhill_optim::{Clip, OptimizerSpec, Registry, Schedule};
use downhill_population::{Backend, Place, Precision, Shape, Values};
use downhill_train::order::batch_size_text;
use downhill_train::stopping::LossChange;
use downhill_train::task::EPOCHS;
use downhill_train::{Batching, Budget, Data, MemberSpec, Settings, Stopping, Task};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// A training run, ready to start.
pub struct Plan {
    /// Every option with its value, defaults written out: what `config.toml` holds.
    pub options: Options,
    /// What the data set is.
    pub about: About,
    /// The parts, scaled.
    pub data: Data,
    /// The session's settings.
    pub settings: Settings,
    /// The members before their first update.
    pub members: Vec<MemberSpec>,
    /// The optimizer as a person would type it.
    pub optimizer: OptimizerSpec,
    /// What is measured beside the loss.
    pub probing: Probing,
    /// What was decided on the way and should be said.
    pub notes: Vec<String>,
}

/// What a weight file and a report must know of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub name: String,
    /// SHA-256 of features and target.
    pub fingerprint: String,
    /// Classification or regression.
    pub task: downhill_data::Task,
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

/// Resolves options: checks each, loads the data, and writes out every default. A run that is `resumed` takes its
/// weights from a checkpoint, so a file of initial weights need not be there any more.
///
/// # Errors
/// Anything that is wrong with the options or the data, with exit status 2.
pub fn resolve(options: &Options, registry: &Registry, threads: usize, resumed: bool) -> Outcome<Plan> {
    let mut full = options.clone();
    let name = options.data.clone().ok_or_else(|| Failure::usage(NO_DATA))?;

    // What needs no data is checked first: it is quick.
    let optimizer = optimizer(&mut full, registry)?;
    let seed = *full.seed.get_or_insert(0);
    let seeds = at_least_one("--seeds", *full.seeds.get_or_insert(1))?;
    if seed.checked_add(seeds - 1).is_none() {
        return Err(Failure::usage(format!(
            "--seed {seed} with --seeds {seeds} goes beyond the largest seed, {}",
            u64::MAX
        )));
    }
    let checkpoint_every = full.checkpoint_every.map(|n| at_least_one("--checkpoint-every", n)).transpose()?;
    let probe_every = full.probe_every.map(|n| at_least_one("--probe-every", n)).transpose()?;
    if let Some(every) = probe_every {
        let log_every = *full.common.log_every.get_or_insert(every);
        if log_every == 0 || !every.is_multiple_of(log_every) {
            return Err(Failure::usage(format!(
                "--probe-every is {every}, but must be a multiple of --log-every, {log_every}"
            )));
        }
    }
    if full.common.steps.is_none() {
        full.common.epochs.get_or_insert(EPOCHS);
    }
    let task = task(&name, &mut full.common)?;
    full.data = Some(data_name(&name)?);
    let fingerprint = fingerprint(&task.dataset);

    let prepared = prepare(&task.dataset, &task.preparation, Draw::Fixed).or_usage()?;
    let mut notes = task.dataset.notes.clone();
    notes.extend(prepared.noise_note());
    let mut about = about(&task.dataset, &prepared);
    let network = task.network();
    let batching = task.batching(prepared.split.train.len());
    check_nature(&optimizer, &network, &batching, &task.clip)?;
    let probing = Probing::parse(full.probe.as_deref(), probe_every, &optimizer, &network)?;
    check_memory(&network, &batching, &optimizer, seeds, &task.dataset, task.place.precision)?;
    let members = members(&network, &task.init, &mut full, &optimizer, seed, seeds, resumed)?;
    let data = data(&task, &prepared)?;
    about.fingerprint = fingerprint.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let settings = Settings { checkpoint_every, ..task.settings(batching.rows, threads) };
    Ok(Plan { options: full, about, data, settings, members, optimizer, probing, notes })
}

/// The data set's fingerprint, computed beside the scaling: both go over all the data.
pub fn fingerprint(dataset: &Arc<Dataset>) -> std::thread::JoinHandle<String> {
    let dataset = dataset.clone();
    std::thread::spawn(move || dataset.fingerprint())
}

/// The parts of the data, all of them finite in the task's precision.
///
/// # Errors
/// Naming the column of a number that is not.
pub fn data(task: &Task, prepared: &Prepared) -> Outcome<Data> {
    let data = task.data(prepared);
    if data.is_finite() { Ok(data) } else { Err(beyond_f32(&task.dataset, &prepared.scaler)) }
}

/// What is to be learnt, from the options that a run and a comparison share: checks each, loads the data, and writes out
/// every default. Steps or epochs must be set.
///
/// # Errors
/// Anything that is wrong with the options or the data, with exit status 2.
pub fn task(name: &str, full: &mut Common) -> Outcome<Task> {
    task_on(full, |options| Ok(Arc::new(load(name, options).or_usage()?)))
}

/// What the options mean on a data set of which nothing was said, every default written out.
///
/// # Errors
/// None that a data set that was loaded can cause.
pub fn defaults(dataset: &Arc<Dataset>) -> Outcome<Common> {
    let mut plain = Common { epochs: Some(EPOCHS), ..Common::default() };
    task_on(&mut plain, |_| Ok(dataset.clone()))?;
    Ok(plain)
}

fn task_on(full: &mut Common, load: impl FnOnce(&LoadOptions) -> Outcome<Arc<Dataset>>) -> Outcome<Task> {
    // What needs no data is checked first: it is quick.
    let activation = full.activation.as_deref().map(Activation::parse).transpose().or_usage()?;
    let init = full.init.as_deref().map(Init::parse).transpose().or_usage()?;
    let schedule = full.schedule.as_deref().map(Schedule::parse).transpose().or_usage()?;
    let hidden = full.hidden.as_deref().map(hidden).transpose()?;
    let bias = bias(&full.no_bias)?;
    let loss: Option<Loss> = full.loss.as_deref().map(str::parse).transpose().or_usage()?;
    let clip =
        Clip { norm: above_zero("--clip-norm", full.clip_norm)?, value: above_zero("--clip-value", full.clip_value)? };
    let stopping = stopping(full)?;
    let budget = match (full.steps, full.epochs) {
        (Some(steps), None) => Budget::Steps(steps),
        (None, Some(epochs)) => Budget::Epochs(epochs),
        _ => return Err(Failure::usage("steps and epochs exclude each other; give one of them")),
    };
    let batch_size = full.batch_size.as_deref().map(batch_size).transpose()?;
    let log_every = full.log_every.map(|n| at_least_one("--log-every", n)).transpose()?;
    let precision: Precision = parsed("--dtype", &mut full.dtype)?;
    let backend: Backend = parsed("--backend", &mut full.backend)?;
    let place = Place::new(backend, precision).or_usage()?;
    let scaling: Scaling = parsed("--scale", &mut full.scale)?;
    let usual = SplitOptions::default();
    let split = SplitOptions {
        val_fraction: *full.val_fraction.get_or_insert(usual.val_fraction),
        test_fraction: *full.test_fraction.get_or_insert(usual.test_fraction),
        seed: *full.split_seed.get_or_insert(usual.seed),
    };
    let dataset = load(&load_options(full)?)?;
    let preparation = preparation(full, &dataset, scaling, split)?;
    let usual = Task::new(dataset).or_usage()?;
    let loss = loss.unwrap_or(usual.loss);
    if loss.needs_classes() && !matches!(usual.dataset.target, Target::Classes { .. }) {
        return Err(Failure::usage(format!(
            "--loss {loss} needs classes, but the target holds numbers; use mse or half-mse"
        )));
    }
    let task = Task {
        preparation,
        place,
        hidden: hidden.unwrap_or(usual.hidden),
        activation: activation.unwrap_or(usual.activation),
        bias,
        init: init.unwrap_or(usual.init),
        loss,
        schedule: schedule.unwrap_or(usual.schedule),
        clip,
        batch_size: batch_size.unwrap_or(usual.batch_size),
        drop_last: full.drop_last.unwrap_or(usual.drop_last),
        budget,
        stopping,
        log_every,
        dataset: usual.dataset,
    };
    full.activation.get_or_insert_with(|| task.activation.to_string());
    full.init = Some(task.init.full());
    full.schedule = Some(task.schedule.full());
    full.hidden.get_or_insert_with(|| hidden_text(&task.hidden));
    full.loss = Some(task.loss.to_string());
    full.batch_size.get_or_insert_with(|| batch_size_text(task.batch_size));
    full.drop_last = Some(task.drop_last);
    Ok(task)
}

/// A data set's name as it is written down: a path becomes absolute.
///
/// # Errors
/// For a path that is not UTF-8.
pub fn data_name(name: &str) -> Outcome<String> {
    if is_named(name) {
        return Ok(name.into());
    }
    let path = absolute(Path::new(name));
    let text = path.to_str().ok_or_else(|| Failure::usage(format!("{}: the path is not UTF-8", path.display())))?;
    Ok(text.to_string())
}

const NO_DATA: &str = "which data? Give a data set's name (`downhill list datasets` shows them) or a path, such as \
                       `downhill train digits`";

/// Whether DATA names a set of the catalog and not a path.
fn is_named(data: &str) -> bool {
    let name = data.split(':').next().unwrap_or(data);
    downhill_data::catalog().iter().any(|entry| entry.name == name)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn optimizer(full: &mut Options, registry: &Registry) -> Outcome<OptimizerSpec> {
    let mut optimizer = registry.parse(full.optimizer.get_or_insert("adam".into())).or_usage()?;
    if let Some(lr) = full.lr.take() {
        if optimizer.given("lr") {
            return Err(Failure::usage(format!(
                "the learning rate is given twice: --lr {lr} and in `{}`",
                full.optimizer.as_deref().unwrap_or_default()
            )));
        }
        optimizer.set("lr", lr).or_usage()?;
    }
    full.optimizer = Some(optimizer.full());
    Ok(optimizer)
}

/// Reads `--hidden`.
///
/// # Errors
/// When a size is not an integer of at least 1.
pub fn hidden(text: &str) -> Outcome<Vec<usize>> {
    downhill_model::hidden(text).map_err(|e| Failure::usage(format!("--{e}")))
}

/// Reads `--no-bias`.
///
/// # Errors
/// When it is neither alone nor `last`.
pub fn bias(no_bias: &Option<String>) -> Outcome<Bias> {
    match no_bias.as_deref() {
        None => Ok(Bias::All),
        Some("all") => Ok(Bias::None),
        Some("last") => Ok(Bias::NotLast),
        Some(other) => {
            Err(Failure::usage(format!("--no-bias is `{other}`; it stands alone (no layer has a bias), or is `last`")))
        }
    }
}

/// Reads `--batch-size`.
///
/// # Errors
/// When it is neither a positive integer nor `full`.
pub fn batch_size(text: &str) -> Outcome<Option<usize>> {
    downhill_train::order::batch_size(text).map_err(|e| Failure::usage(format!("--{e}")))
}

/// Refuses 0.
///
/// # Errors
/// For 0.
pub fn at_least_one(name: &str, value: u64) -> Outcome<u64> {
    if value >= 1 { Ok(value) } else { Err(Failure::usage(format!("{name} is {value}, but must be at least 1"))) }
}

/// Refuses what is not a finite number above 0.
///
/// # Errors
/// Naming the option and its value.
pub fn above_zero(name: &str, value: Option<f64>) -> Outcome<Option<f64>> {
    match value {
        Some(x) if !(x.is_finite() && x > 0.0) => {
            Err(Failure::usage(format!("{name} is {x}, but must be a finite number greater than 0")))
        }
        value => Ok(value),
    }
}

fn not_negative(name: &str, value: Option<f64>) -> Outcome<Option<f64>> {
    match value {
        Some(x) if !(x.is_finite() && x >= 0.0) => {
            Err(Failure::usage(format!("{name} is {x}, but must be a finite number of at least 0")))
        }
        value => Ok(value),
    }
}

/// Reads an option of a type with a default, and writes the value out.
fn parsed<T: FromStr<Err: Display> + Default + Display>(name: &str, option: &mut Option<String>) -> Outcome<T> {
    let read = option.as_deref().map(str::parse::<T>).transpose();
    let value = read.map_err(|e| Failure::usage(format!("{name}: {e}")))?.unwrap_or_default();
    *option = Some(value.to_string());
    Ok(value)
}

fn stopping(full: &mut Common) -> Outcome<Stopping> {
    let tolerance = not_negative("--stop-loss-change", full.stop_loss_change)?;
    if full.stop_window.is_some() && tolerance.is_none() {
        return Err(Failure::usage("--stop-window belongs to --stop-loss-change, which is not given"));
    }
    let loss_change = match tolerance {
        None => None,
        Some(tolerance) => {
            let window = *full.stop_window.get_or_insert(5);
            if window < 2 {
                return Err(Failure::usage(format!("--stop-window is {window}, but must be at least 2")));
            }
            Some(LossChange { tolerance, window: window as usize })
        }
    };
    if let Some(x) = full.target_accuracy.filter(|x| !(0.0..=1.0).contains(x)) {
        return Err(Failure::usage(format!("--target-accuracy is {x}, but must be a fraction from 0 to 1")));
    }
    if let Some(x) = full.target_loss.filter(|x| !x.is_finite()) {
        return Err(Failure::usage(format!("--target-loss is {x}, but must be a finite number")));
    }
    Ok(Stopping {
        grad_norm: above_zero("--stop-grad-norm", full.stop_grad_norm)?,
        loss_change,
        target_loss: full.target_loss,
        target_accuracy: full.target_accuracy,
        patience: full.patience.map(|n| at_least_one("--patience", n)).transpose()?,
    })
}

fn load_options(full: &mut Common) -> Outcome<LoadOptions> {
    let missing: Missing = parsed("--missing", &mut full.missing)?;
    let delimiter = match full.delimiter.as_deref() {
        None => None,
        Some("tab" | "\\t") => Some(b'\t'),
        Some(text) if text.len() == 1 && text.is_ascii() => Some(text.as_bytes()[0]),
        Some(text) => {
            return Err(Failure::usage(format!("--delimiter is `{text}`, but must be one ASCII character, or tab")));
        }
    };
    full.test_file = full.test_file.as_deref().map(absolute);
    full.data_dir = full.data_dir.as_deref().map(absolute);
    Ok(LoadOptions {
        target: full.target.clone(),
        drop: full.drop.clone().unwrap_or_default(),
        task: full.task.as_deref().map(str::parse).transpose().or_usage()?,
        missing,
        delimiter,
        header: full.header,
        test_file: full.test_file.clone(),
        data_dir: full.data_dir.clone(),
    })
}

/// How the data is made ready, with what does not go with its target refused.
fn preparation(full: &mut Common, dataset: &Dataset, scaling: Scaling, split: SplitOptions) -> Outcome<Preparation> {
    let label_noise = *full.label_noise.get_or_insert(0.0);
    let target_scaling = match &dataset.target {
        Target::Classes { .. } if full.scale_target.is_some() => {
            return Err(Failure::usage("--scale-target is for a regression; this target holds classes"));
        }
        Target::Values { .. } if label_noise != 0.0 => {
            return Err(Failure::usage(format!(
                "--label-noise is {label_noise}, but this target holds numbers, not classes"
            )));
        }
        Target::Classes { .. } => Scaling::default(),
        Target::Values { .. } => parsed("--scale-target", &mut full.scale_target)?,
    };
    Ok(Preparation { split, scaling, target_scaling, label_noise })
}

/// What a data set is, but for its fingerprint.
fn about(dataset: &Dataset, prepared: &Prepared) -> About {
    let outputs = match &dataset.target {
        Target::Classes { names, .. } | Target::Values { names, .. } => names.clone(),
    };
    About {
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

/// Refuses an optimizer that cannot work on this problem.
///
/// # Errors
/// Saying why.
pub fn check_nature(optimizer: &OptimizerSpec, network: &Network, batching: &Batching, clip: &Clip) -> Outcome<()> {
    for spec in optimizer.chain() {
        let (name, nature) = (spec.about().name, spec.about().nature);
        if let (true, Some(size)) = (nature.full_batch, batching.size) {
            return Err(Failure::usage(format!(
                "{name} compares losses from step to step, so it needs --batch-size full, not {size}"
            )));
        }
        if nature.exact_gradient && *clip != Clip::default() {
            return Err(Failure::usage(format!(
                "{name} needs the loss's own gradient; --clip-norm and --clip-value do not go with it"
            )));
        }
        if nature.squares && network.loss.square_share().is_none() {
            return Err(Failure::usage(format!(
                "{name} is for sums of squares; with --loss mse or half-mse it works, with {} it does not",
                network.loss
            )));
        }
        if let Some(most) = nature.parameters.filter(|&most| network.parameters() > most) {
            return Err(Failure::usage(format!(
                "{name} takes at most {most} parameters, but the network {} has {}; --hidden sets a smaller one",
                network.describe(),
                network.parameters()
            )));
        }
    }
    Ok(())
}

/// Refuses what cannot fit into memory before anything of the run is allocated.
///
/// # Errors
/// With what it would need.
pub fn check_memory(
    network: &Network,
    batching: &Batching,
    optimizer: &OptimizerSpec,
    seeds: u64,
    dataset: &Dataset,
    precision: Precision,
) -> Outcome<()> {
    let layers = network.layers();
    let parameters: u128 = layers.iter().map(|&(i, o)| (i as u128 + 1) * o as u128).sum();
    let widths: u128 = network.inputs as u128 + layers.iter().map(|&(_, o)| o as u128).sum::<u128>();
    // Parameters, gradients, the best and last copies (f64) and the state; activations and their gradients of a batch.
    let copies = 3 + 2 * (8 / precision.bytes() as u128);
    let state = optimizer.state_elements(&network.shapes()) as u128;
    let rows = batching.batch_size().max(1024.min(batching.rows)) as u128;
    let numbers =
        u128::from(seeds) * (copies * parameters + state + 3 * rows * widths) + dataset.features.values.len() as u128;
    let needed = numbers * precision.bytes() as u128;
    let available = u128::from(machine::available_memory());
    if needed > available {
        return Err(Failure::usage(format!(
            "{seeds} network(s) {} with batches of {} need about {:.1} GB, and this machine has {:.1} GB free; \
             make --hidden, --batch-size or --seeds smaller",
            network.describe(),
            batching.batch_size(),
            needed as f64 / 1e9,
            available as f64 / 1e9,
        )));
    }
    Ok(())
}

fn members(
    network: &Network,
    init: &Init,
    full: &mut Options,
    optimizer: &OptimizerSpec,
    seed: u64,
    seeds: u64,
    resumed: bool,
) -> Outcome<Vec<MemberSpec>> {
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

/// Names the feature that is too large for `f32`.
fn beyond_f32(dataset: &Dataset, scaler: &Scaler) -> Failure {
    let mut scaled = vec![0.0; dataset.features.cols];
    for row in 0..dataset.features.rows {
        scaler.apply(dataset.features.row(row), &mut scaled);
        if let Some(column) = scaled.iter().position(|v| !(*v as f32).is_finite()) {
            return Failure::usage(format!(
                "column `{}` holds {}, beyond the largest f32; use --dtype f64 or --scale standard",
                dataset.feature_names[column],
                dataset.features.row(row)[column]
            ));
        }
    }
    Failure::usage("a target is beyond the largest f32; use --dtype f64 or --scale-target standard")
}

/// The parameters of a weight file in PyTorch's layout.
///
/// # Errors
/// When the file cannot be read, is damaged, or is of another network.
pub fn read_weights(path: &Path, shapes: &[Shape]) -> Outcome<Values> {
    let named = |e: &dyn Display| Failure::usage(format!("{}: {e}", path.display()));
    let (tensors, _) = weights::from_bytes(&read_bounded(path, shapes)?).map_err(|e| named(&e))?;
    weights::from_pytorch(shapes, &tensors).map_err(|e| named(&e))
}

/// The bytes of a weight file, unless it is far larger than a network of these shapes can be.
///
/// # Errors
/// When the file cannot be read or is too large.
pub fn read_bounded(path: &Path, shapes: &[Shape]) -> Outcome<Vec<u8>> {
    let named = |e: &dyn Display| Failure::usage(format!("{}: {e}", path.display()));
    let length = std::fs::metadata(path).map_err(|e| named(&e))?.len();
    let elements: u64 = shapes.iter().map(|s| s.elements() as u64).sum();
    // Eight bytes a number, and a header with room for names and metadata.
    let most = elements.saturating_mul(8).saturating_add(16 << 20);
    if length > most {
        return Err(named(&format!("it has {length} bytes; a network of these sizes needs at most {most}")));
    }
    std::fs::read(path).map_err(|e| named(&e))
}
