//! The learning task, from the options that a run and a comparison share.

use crate::error::{Result, refused};
use crate::options::Common;
use crate::prepare::DataFacts;
use downhill_data::{Dataset, LoadOptions, Missing, Preparation, Scaling, SplitOptions, Target, load};
use downhill_model::{Activation, Bias, Init, Loss, Network, hidden, hidden_text};
use downhill_optim::{Clip, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_train::order::{batch_size, batch_size_text};
use downhill_train::stopping::LossChange;
use downhill_train::task::{EPOCHS, HIDDEN};
use downhill_train::{Budget, Stopping, Task};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// The learning task: checks each option, loads the data, and writes out every default. Steps or epochs must be set.
///
/// # Errors
/// For anything wrong with the options or the data.
pub fn task(name: &str, full: &mut Common) -> Result<Task> {
    task_on(full, |options| Ok(Arc::new(load(name, options)?)))
}

/// The options of a data set with every default written out.
///
/// # Errors
/// No loaded data set causes one.
pub fn defaults(dataset: &Arc<Dataset>) -> Result<Common> {
    let mut plain = Common { epochs: Some(EPOCHS), ..Common::default() };
    task_on(&mut plain, |_| Ok(dataset.clone()))?;
    Ok(plain)
}

fn task_on(full: &mut Common, load: impl FnOnce(&LoadOptions) -> Result<Arc<Dataset>>) -> Result<Task> {
    // Options that need no data are checked first, which is quick.
    let activation = full.activation.as_deref().map(Activation::parse).transpose()?;
    let init = full.init.as_deref().map(Init::parse).transpose()?;
    let schedule = full.schedule.as_deref().map(Schedule::parse).transpose()?;
    let hidden = full.hidden.as_deref().map(hidden).transpose()?;
    let bias = bias(&full.no_bias)?;
    let loss: Option<Loss> = full.loss.as_deref().map(str::parse).transpose().map_err(|e: String| refused!("{}", e))?;
    let clip =
        Clip { norm: above_zero("clip-norm", full.clip_norm)?, value: above_zero("clip-value", full.clip_value)? };
    let stopping = stopping(full)?;
    let budget = match (full.steps, full.epochs) {
        (Some(steps), None) => Budget::Steps(steps),
        (None, Some(epochs)) => Budget::Epochs(epochs),
        _ => return Err(refused!("steps and epochs exclude each other; give one of them")),
    };
    let batch_size = full.batch_size.as_deref().map(batch_size).transpose()?;
    let log_every = full.log_every.map(|n| at_least_one("log-every", n)).transpose()?;
    let precision: Precision = parsed("dtype", &mut full.dtype)?;
    let backend: Backend = parsed("backend", &mut full.backend)?;
    let place = Place::new(backend, precision)?;
    let scaling: Scaling = parsed("scale", &mut full.scale)?;
    let usual = SplitOptions::default();
    let split = SplitOptions {
        val_fraction: *full.val_fraction.get_or_insert(usual.val_fraction),
        test_fraction: *full.test_fraction.get_or_insert(usual.test_fraction),
        seed: *full.split_seed.get_or_insert(usual.seed),
    };
    let dataset = load(&load_options(full)?)?;
    let preparation = preparation(full, &dataset, scaling, split)?;
    let usual = Task::new(dataset)?;
    let loss = loss.unwrap_or(usual.loss);
    if loss.needs_classes() && !matches!(usual.dataset.target, Target::Classes { .. }) {
        return Err(refused!("option `loss={loss}` needs classes, but the target holds numbers; use mse or half-mse"));
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

/// The network of a run's options for its data; absent options are at their defaults.
///
/// # Errors
/// Naming the option, its value and the legal values.
pub(crate) fn network(options: &Common, about: &DataFacts) -> Result<Network> {
    let loss = options.loss.as_deref().map(str::parse).transpose().map_err(|e: String| refused!("{}", e))?;
    Ok(Network {
        inputs: about.features.len(),
        hidden: options.hidden.as_deref().map(hidden).transpose()?.unwrap_or(HIDDEN.to_vec()),
        outputs: about.outputs.len(),
        activation: options.activation.as_deref().map(Activation::parse).transpose()?.unwrap_or_default(),
        bias: bias(&options.no_bias)?,
        loss: loss.unwrap_or(Loss::usual(about.task == downhill_data::TaskKind::Classification)),
    })
}

/// Reads `no-bias`.
///
/// # Errors
/// When it is neither empty nor `last`.
fn bias(no_bias: &Option<String>) -> Result<Bias> {
    match no_bias.as_deref() {
        None => Ok(Bias::All),
        Some("all") => Ok(Bias::None),
        Some("last") => Ok(Bias::NotLast),
        Some(other) => {
            Err(refused!("option `no-bias` is `{other}`; it stands alone (no layer has a bias), or is `last`"))
        }
    }
}

/// Refuses 0.
///
/// # Errors
/// For 0.
pub fn at_least_one(field: &str, value: u64) -> Result<u64> {
    if value >= 1 { Ok(value) } else { Err(refused!("option `{field}` is {value}, but must be at least 1")) }
}

/// Refuses a value that is not a finite number above 0.
///
/// # Errors
/// Naming the option and its value.
pub fn above_zero(field: &str, value: Option<f64>) -> Result<Option<f64>> {
    match value {
        Some(x) if !(x.is_finite() && x > 0.0) => {
            Err(refused!("option `{field}` is {x}, but must be a finite number greater than 0"))
        }
        value => Ok(value),
    }
}

fn not_negative(field: &str, value: Option<f64>) -> Result<Option<f64>> {
    match value {
        Some(x) if !(x.is_finite() && x >= 0.0) => {
            Err(refused!("option `{field}` is {x}, but must be a finite number of at least 0"))
        }
        value => Ok(value),
    }
}

/// Reads an option of a type with a default, and writes its value out.
fn parsed<T: FromStr<Err: Display> + Default + Display>(field: &str, option: &mut Option<String>) -> Result<T> {
    let read = option.as_deref().map(str::parse::<T>).transpose();
    let value = read.map_err(|e| refused!("option `{field}`: {e}"))?.unwrap_or_default();
    *option = Some(value.to_string());
    Ok(value)
}

fn stopping(full: &mut Common) -> Result<Stopping> {
    let tolerance = not_negative("stop-loss-change", full.stop_loss_change)?;
    if full.stop_window.is_some() && tolerance.is_none() {
        return Err(refused!("option `stop-window` belongs to option `stop-loss-change`, which is not given"));
    }
    let loss_change = match tolerance {
        None => None,
        Some(tolerance) => {
            let window = *full.stop_window.get_or_insert(5);
            if window < 2 {
                return Err(refused!("option `stop-window` is {window}, but must be at least 2"));
            }
            Some(LossChange { tolerance, window: window as usize })
        }
    };
    if let Some(x) = full.target_accuracy.filter(|x| !(0.0..=1.0).contains(x)) {
        return Err(refused!("option `target-accuracy` is {x}, but must be a fraction from 0 to 1"));
    }
    if let Some(x) = full.target_loss.filter(|x| !x.is_finite()) {
        return Err(refused!("option `target-loss` is {x}, but must be a finite number"));
    }
    Ok(Stopping {
        grad_norm: above_zero("stop-grad-norm", full.stop_grad_norm)?,
        loss_change,
        target_loss: full.target_loss,
        target_accuracy: full.target_accuracy,
        patience: full.patience.map(|n| at_least_one("patience", n)).transpose()?,
    })
}

fn load_options(full: &mut Common) -> Result<LoadOptions> {
    let missing: Missing = parsed("missing", &mut full.missing)?;
    let delimiter = match full.delimiter.as_deref() {
        None => None,
        Some("tab" | "\\t") => Some(b'\t'),
        Some(text) if text.len() == 1 && text.is_ascii() => Some(text.as_bytes()[0]),
        Some(text) => {
            return Err(refused!("option `delimiter` is `{text}`, but must be one ASCII character, or tab"));
        }
    };
    full.test_file = full.test_file.as_deref().map(absolute);
    full.data_dir = full.data_dir.as_deref().map(absolute);
    Ok(LoadOptions {
        target: full.target.clone(),
        drop: full.drop.clone().unwrap_or_default(),
        task: full.task.as_deref().map(str::parse).transpose()?,
        missing,
        delimiter,
        header: full.header,
        test_file: full.test_file.clone(),
        data_dir: full.data_dir.clone(),
    })
}

/// The preparation of the data; refuses options that do not fit its target.
fn preparation(full: &mut Common, dataset: &Dataset, scaling: Scaling, split: SplitOptions) -> Result<Preparation> {
    let label_noise = *full.label_noise.get_or_insert(0.0);
    let target_scaling = match &dataset.target {
        Target::Classes { .. } if full.scale_target.is_some() => {
            return Err(refused!("option `scale-target` is for a regression; this target holds classes"));
        }
        Target::Values { .. } if label_noise != 0.0 => {
            return Err(refused!("option `label-noise` is {label_noise}, but this target holds numbers, not classes"));
        }
        Target::Classes { .. } => Scaling::default(),
        Target::Values { .. } => parsed("scale-target", &mut full.scale_target)?,
    };
    Ok(Preparation { split, scaling, target_scaling, label_noise })
}

pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
