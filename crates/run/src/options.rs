//! What a user may set for a training run: on the command line, in `config.toml`, or not at all.
//!
//! Every option is a key in a file and, with the feature `clap`, a flag of the same name; `None` is "not said".

use crate::error::{Error, Result, refused};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::{Path, PathBuf};

/// Every option that decides a training run.
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Options {
    /// Data set: a name from `downhill list datasets`, such as digits or moons:n=1000,noise=0.2, a CSV or .npy file,
    /// or a folder of IDX files
    #[cfg_attr(feature = "clap", arg(value_name = "DATA"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Start from the weights of a safetensors file in PyTorch's layout
    #[cfg_attr(feature = "clap", arg(long, value_name = "FILE", help_heading = "Network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    /// Optimizer with its hyperparameters, such as adam:lr=3e-3,beta2=0.99; see `downhill list optimizers`
    /// [default: adam]
    #[cfg_attr(feature = "clap", arg(short, long, value_name = "SPEC", help_heading = "Optimizer"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<String>,
    /// Learning rate, if SPEC has none [default: the optimizer's own]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Optimizer")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lr: Option<f64>,
    /// Seed of initial weights and data order [default: 0]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Train N networks side by side, with seeds from --seed on [default: 1]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
    /// Measure at logged rows as well, separated by commas: sharpness, preconditioned (sharpness), trace, noise
    /// (scale), dead (units), layers (norms and update ratios); further columns of metrics.csv
    #[cfg_attr(feature = "clap", arg(long, value_name = "WHAT", help_heading = "Training"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// Updates between two such measurements; a multiple of --log-every, or the log's interval where that
    /// is not given [default: every logged row]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_every: Option<u64>,
    /// Updates between two checkpoints [default: at logged rows, at most one each two seconds]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
    /// Everything else.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(skip)]
    pub common: Common,
}

/// What a run and a comparison are told alike: data, network, batches, stopping.
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Common {
    /// Column to predict [default: the data set's own; a CSV's last column]
    #[cfg_attr(feature = "clap", arg(long, value_name = "COLUMN", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Leave out columns, separated by commas; may be given several times
    #[cfg_attr(feature = "clap", arg(long, value_name = "COLUMN", value_delimiter = ',', help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<Vec<String>>,
    /// Predict classes or numbers: classification or regression [default: classes if the target is text or at most 20
    /// distinct integers]
    #[cfg_attr(feature = "clap", arg(long, value_name = "TASK", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What becomes of missing cells: error, drop (leave out the row) or mean (over the training rows) [default: error]
    #[cfg_attr(feature = "clap", arg(long, value_name = "HOW", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Character between the cells of a CSV, or "tab" [default: the likeliest of , ; tab |]
    #[cfg_attr(feature = "clap", arg(long, value_name = "CHAR", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether a CSV's first line names the columns [default: seen from the lines]
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Take this file as the test part
    #[cfg_attr(feature = "clap", arg(long, value_name = "FILE", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_file: Option<PathBuf>,
    /// Folder to look for large data sets in, such as fashion-mnist
    #[cfg_attr(feature = "clap", arg(long, value_name = "DIR", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Share of all rows for validation, from 0 [default: 0.2]
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub val_fraction: Option<f64>,
    /// Share of all rows for the test, from 0 [default: 0.2]
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_fraction: Option<f64>,
    /// Seed of the split and of label noise, the same for every member [default: 0]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_seed: Option<u64>,
    /// Give this share of the training rows a wrong class [default: 0]
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_noise: Option<f64>,
    /// Scale features, fitted on the training part: standard, minmax or none [default: standard]
    #[cfg_attr(feature = "clap", arg(long, value_name = "HOW", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// Scale a regression's target the same way [default: standard]
    #[cfg_attr(feature = "clap", arg(long, value_name = "HOW", help_heading = "Data"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_target: Option<String>,
    /// Units of the hidden layers, or none for linear or softmax regression [default: 32,32]
    #[cfg_attr(feature = "clap", arg(long, value_name = "SIZES", help_heading = "Network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<String>,
    /// Function after each hidden layer; see `downhill list activations` [default: relu]
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME", help_heading = "Network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    /// Initial weights: pytorch, kaiming, xavier, normal:sd=0.01, orthogonal or zeros [default: pytorch]
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME", help_heading = "Network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<String>,
    /// No bias in any layer, or in the last one only
    #[cfg_attr(feature = "clap", arg(long, value_name = "last", num_args = 0..=1, require_equals = true, default_missing_value = "all", help_heading = "Network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_bias: Option<String>,
    /// Loss: cross-entropy, mse, half-mse or hinge [default: cross-entropy, or mse for a regression]
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME", help_heading = "Network"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<String>,
    /// Course of the learning rate, such as cosine:warmup=50; see `downhill list schedules` [default: constant]
    #[cfg_attr(feature = "clap", arg(long, value_name = "SPEC", help_heading = "Optimizer"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Scale a gradient whose norm is above X down to it
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Optimizer")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Clip each element of the gradient to ±X
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Optimizer")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// Updates to train for [default of compare: 2000]
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "N",
            conflicts_with = "epochs",
            allow_negative_numbers = true,
            help_heading = "Training"
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// Passes over the training rows to train for [default of train: 30]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u64>,
    /// Rows in a batch, or full [default: 32]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<String>,
    /// Leave out an epoch's last batch if it is not full
    #[cfg_attr(feature = "clap", arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", help_heading = "Training"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_last: Option<bool>,
    /// Updates between two logged rows [default: one epoch; in compare a fortieth of all updates]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Training")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_every: Option<u64>,
    /// Floating-point type: f32 or f64 [default: f32]
    #[cfg_attr(feature = "clap", arg(long, value_name = "TYPE", help_heading = "Training"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// Burn backend: flex, ndarray or wgpu [default: flex]
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME", help_heading = "Training"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Stop when the norm of a batch's gradient falls below X
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_grad_norm: Option<f64>,
    /// Stop when the training loss changes by at most X over the last rows logged
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_loss_change: Option<f64>,
    /// Rows that --stop-loss-change looks at [default: 5]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Stopping early")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_window: Option<u64>,
    /// Stop when the training loss is at most X
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_loss: Option<f64>,
    /// Stop when the validation accuracy is at least X, a fraction
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Stopping early")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_accuracy: Option<f64>,
    /// Stop after N logged rows without a lower validation loss
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Stopping early")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
}

impl Common {
    /// These options, completed by `other`.
    pub fn or(self, other: Common) -> Common {
        let mut other = other;
        // Of two options that exclude each other, the one given here replaces the one in `other`.
        if self.steps.is_some() || self.epochs.is_some() {
            (other.steps, other.epochs) = (None, None);
        }
        macro_rules! or {
            ($($field:ident),* $(,)?) => {
                Common { $($field: self.$field.or(other.$field)),* }
            };
        }
        or!(
            target,
            drop,
            task,
            missing,
            delimiter,
            header,
            test_file,
            data_dir,
            val_fraction,
            test_fraction,
            split_seed,
            label_noise,
            scale,
            scale_target,
            hidden,
            activation,
            init,
            no_bias,
            loss,
            schedule,
            clip_norm,
            clip_value,
            steps,
            epochs,
            batch_size,
            drop_last,
            log_every,
            dtype,
            backend,
            stop_grad_norm,
            stop_loss_change,
            stop_window,
            target_loss,
            target_accuracy,
            patience
        )
    }
}

impl Options {
    /// These options, completed by `other`.
    pub fn or(self, other: Options) -> Options {
        let mut other = other;
        if self.optimizer.is_some() {
            other.lr = None;
        } else if self.lr.is_some() {
            other.optimizer = other.optimizer.map(|spec| without_rate(&spec));
        }
        Options {
            data: self.data.or(other.data),
            init_from: self.init_from.or(other.init_from),
            optimizer: self.optimizer.or(other.optimizer),
            lr: self.lr.or(other.lr),
            seed: self.seed.or(other.seed),
            seeds: self.seeds.or(other.seeds),
            probe: self.probe.or(other.probe),
            probe_every: self.probe_every.or(other.probe_every),
            checkpoint_every: self.checkpoint_every.or(other.checkpoint_every),
            common: self.common.or(other.common),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Naming `path`, for a file that cannot be read; and the errors of [`from_toml`](Self::from_toml).
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::refused_file(path, e))?;
        Self::from_toml(path, &text)
    }

    /// The options as the text of a file.
    ///
    /// # Errors
    /// When an option cannot be written as text, such as a path that is not UTF-8.
    pub fn to_toml(&self) -> std::result::Result<String, toml::ser::Error> {
        Ok(toml::to_string(self)? + &toml::to_string(&self.common)?)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Naming `path` and the line: a key that does not exist, a value of the wrong type.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self> {
        let known = [keys::<Self>(), keys::<Common>()].concat();
        for key in part::<toml::Table>(path, text)?.keys() {
            check_key(path, text, key, &known)?;
        }
        Ok(Self { common: part(path, text)?, ..part(path, text)? })
    }
}

/// The fields of type `T` in a file.
///
/// # Errors
/// Naming `path` and the line.
pub fn part<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| Error::refused_file(path, e.to_string().trim_end()))
}

/// The keys of a file that are fields of type `T`, in their order; empty if `T` is no struct.
pub fn keys<T: DeserializeOwned>() -> Vec<&'static str> {
    let mut found: &[&str] = &[];
    // Deserialization fails once the fields are known.
    let _ = T::deserialize(Keys(&mut found));
    found.to_vec()
}

/// Records the fields that a struct asks for, and has none of them.
struct Keys<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Keys<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> std::result::Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Refuses a key that does not exist.
///
/// # Errors
/// Naming `path`, the line and the nearest key.
pub fn check_key(path: &Path, text: &str, key: &str, known: &[&str]) -> Result<()> {
    if known.contains(&key) {
        return Ok(());
    }
    let names = |line: &str| {
        let rest = line.trim_start().trim_start_matches(['"', '\'']).strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(['=', '.']))
    };
    let line = text.lines().position(names).map(|n| format!(", line {}", n + 1)).unwrap_or_default();
    let hint = downhill_spec::nearest(key, known.iter().copied());
    let hint = hint.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
    Err(refused!("{}{line}: unknown key `{key}`{hint}; there are: {}", path.display(), known.join(", ")))
}

/// An optimizer's SPEC without its learning rate.
fn without_rate(spec: &str) -> String {
    let (name, rest) = spec.split_once(':').unwrap_or((spec, ""));
    let kept: Vec<&str> =
        rest.split(',').filter(|part| !part.trim().is_empty() && !part.trim().starts_with("lr=")).collect();
    if kept.is_empty() { name.to_string() } else { format!("{name}:{}", kept.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_on_the_command_line_wins_over_the_file() {
        let file = Options {
            optimizer: Some("adam:lr=0.001,beta1=0.8".into()),
            seed: Some(3),
            common: Common { epochs: Some(5), ..Common::default() },
            ..Options::default()
        };
        let common = Common { steps: Some(9), ..Common::default() };
        let said = Options { lr: Some(0.1), common, ..Options::default() };
        let merged = said.or(file);
        assert_eq!(merged.optimizer.as_deref(), Some("adam:beta1=0.8"));
        assert_eq!(
            (merged.lr, merged.common.steps, merged.common.epochs, merged.seed),
            (Some(0.1), Some(9), None, Some(3))
        );
    }

    #[test]
    fn options_read_back_from_their_own_text_and_a_typo_names_line_and_key() {
        let common = Common { steps: Some(9), drop: Some(vec!["a".into()]), ..Common::default() };
        let options = Options { lr: Some(0.1), data: Some("moons".into()), common, ..Options::default() };
        let text = options.to_toml().unwrap();
        assert_eq!(Options::from_toml(Path::new("c.toml"), &text).unwrap(), options);
        let error = |text: &str| Options::from_toml(Path::new("c.toml"), text).unwrap_err().to_string();
        let typo = error("steps = 3\nlabel-nois = 0.1\n");
        assert!(typo.starts_with("c.toml, line 2: unknown key `label-nois` (did you mean `label-noise`?)"), "{typo}");
        assert!(error("steps = 3\nepochs = \"many\"\n").contains("line 2"));
    }
}
