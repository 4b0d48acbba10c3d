//! What a user may set for a comparison: on the command line, in `study.toml`, or not at all.

use crate::failure::{Failure, Outcome};
use clap::Args;
use downhill_run::options::{Common, check_key, keys, part};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Every option that decides a comparison. `None`, or nothing in a list, is "not said".
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct StudyOptions {
    /// Data sets, one or several: names from `downhill list datasets`, CSV or .npy files, folders of IDX files
    #[arg(value_name = "DATA")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<String>,
    /// Optimizer, such as sgd or adam:beta2=0.99, or LABEL=SPEC to name it; give several. A rate that is given is not
    /// tuned. With a single one this is a tuner
    #[arg(short, long, value_name = "SPEC", help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub optimizer: Vec<String>,
    /// What is judged: search (optimizers with their search; each seed searches for itself, and what it keeps is judged),
    /// fresh (the same, but what a search chose is judged at a fresh seed), or setting (one search, then its setting at all
    /// seeds: says nothing of another search) [default: search; under --folds one search in each fold]
    #[arg(long, value_name = "WHAT", help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// Seeds that are judged, each with a search of its own unless --judge says otherwise [default: 20; under --folds one
    /// for each fold]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
    /// The first of them; seeds that only search start a million later [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What decides: test-accuracy, test-loss, test-rmse, val-loss or train-loss, with @best (at the lowest validation
    /// loss) or @last [default: test-accuracy, or test-rmse in a regression, at best]
    #[arg(long, value_name = "NAME", help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Rate of false alarms over all pairs of a task [default: 0.05]
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// A difference up to this does not matter, such as 0.5% or a number in the endpoint's unit; lets the verdict say "no
    /// difference"
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<String>,
    /// Validation loss that "steps to the target" count to [default: the weakest optimizer's median lowest one]
    #[arg(long, value_name = "X", allow_negative_numbers = true, help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_val_loss: Option<f64>,
    /// Let each seed redraw which rows train and which validate; the test rows stay
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resample: Option<bool>,
    /// Repeated stratified folds instead of one split, such as 5x4: 5 folds, 4 times. For small data; tunes anew in each
    #[arg(long, value_name = "KxR", help_heading = "Comparison")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds: Option<String>,

    /// Configurations that a search tries [default: 12; 24 with --judge setting and --folds]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configurations: Option<u64>,
    /// Seeds that a search tries each configuration with: only with --judge setting and --folds [default: 3]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning_seeds: Option<u64>,
    /// What is searched besides the learning rate: names separated by commas (weight_decay,beta2), or one with its range or
    /// choices (lr=1e-3..1, hidden=16|32,32, batch-size=16|64, activation=relu|tanh); may be given several times
    #[arg(long, value_name = "KEY[=RANGE]", help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// Range of the learning rate, the same for all, or own: each optimizer's own table [default: 1e-4..10]
    #[arg(long, value_name = "LOW..HIGH", help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_range: Option<String>,
    /// By what a search chooses: loss (the lowest validation loss), or endpoint (the measure that decides, on the validation
    /// rows) [default: loss]
    #[arg(long, value_name = "WHAT", help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choose_by: Option<String>,
    /// Seed of where searches look [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_seed: Option<u64>,
    /// Let the learning rate's range grow tenfold, for all, while the best rate of an optimizer lies on its edge (where each
    /// seed searches: in half of the searches)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend: Option<bool>,
    /// Successive halving: a third of the configurations goes on to three times the updates, twice
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", help_heading = "Tuning")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halving: Option<bool>,

    /// What all tasks share, as far as a task does not say otherwise.
    #[command(flatten)]
    #[serde(skip)]
    pub common: Common,
    /// The tasks, once they are known one by one: `[[tasks]]` in a file.
    #[arg(skip)]
    #[serde(skip)]
    pub tasks: Vec<TaskOptions>,
}

/// One task of a study.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct TaskOptions {
    /// The data set.
    pub data: String,
    /// Its name, if not the data's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Everything else.
    #[serde(skip)]
    pub common: Common,
}

/// The tables of a file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Tables {
    #[serde(default)]
    tasks: Vec<toml::Table>,
}

impl StudyOptions {
    /// These options, from the command line, completed by those of a file. Every task then has its own: first the
    /// option given here, then the task's in the file, then the file's for all tasks.
    pub fn or(self, file: StudyOptions) -> StudyOptions {
        let common = self.common.clone();
        let named = |data: &String| TaskOptions { data: data.clone(), ..TaskOptions::default() };
        let tasks: Vec<TaskOptions> = if self.data.is_empty() {
            file.data.iter().map(named).chain(file.tasks).collect()
        } else {
            self.data.iter().map(named).collect()
        };
        let all = file.common;
        let tasks = tasks
            .into_iter()
            .map(|task| TaskOptions { common: common.clone().or(task.common).or(all.clone()), ..task })
            .collect();
        let list = |here: Vec<String>, there: Vec<String>| if here.is_empty() { there } else { here };
        StudyOptions {
            data: Vec::new(),
            optimizer: list(self.optimizer, file.optimizer),
            judge: self.judge.or(file.judge),
            seeds: self.seeds.or(file.seeds),
            seed: self.seed.or(file.seed),
            endpoint: self.endpoint.or(file.endpoint),
            level: self.level.or(file.level),
            margin: self.margin.or(file.margin),
            target_val_loss: self.target_val_loss.or(file.target_val_loss),
            resample: self.resample.or(file.resample),
            folds: self.folds.or(file.folds),
            configurations: self.configurations.or(file.configurations),
            tuning_seeds: self.tuning_seeds.or(file.tuning_seeds),
            search: list(self.search, file.search),
            search_range: self.search_range.or(file.search_range),
            choose_by: self.choose_by.or(file.choose_by),
            search_seed: self.search_seed.or(file.search_seed),
            extend: self.extend.or(file.extend),
            halving: self.halving.or(file.halving),
            common: Common::default(),
            tasks,
        }
    }

    /// The options as the text of a `study.toml`.
    ///
    /// # Errors
    /// When an option cannot be written as text, such as a path that is not UTF-8.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let mut text = toml::to_string(self)? + &toml::to_string(&self.common)?;
        for task in &self.tasks {
            text += &format!("\n[[tasks]]\n{}{}", toml::to_string(task)?, toml::to_string(&task.common)?);
        }
        Ok(text)
    }

    /// Reads the text of a `study.toml`.
    ///
    /// # Errors
    /// With exit status 2, naming `path`, the line or task and the key: a key that does not exist, a value of the wrong
    /// type.
    pub fn from_toml(path: &Path, text: &str) -> Outcome<Self> {
        let known = [keys::<Self>(), keys::<Common>(), vec!["tasks"]].concat();
        for key in part::<toml::Table>(path, text)?.keys() {
            check_key(path, text, key, &known)?;
        }
        let known = [keys::<Common>(), keys::<TaskOptions>()].concat();
        let mut tasks = Vec::new();
        for (number, table) in part::<Tables>(path, text)?.tasks.into_iter().enumerate() {
            let wrong =
                |e: &dyn std::fmt::Display| Failure::usage(format!("{}, task {}: {e}", path.display(), number + 1));
            for key in table.keys() {
                check_key(path, text, key, &known)?;
            }
            let mut task: TaskOptions = table.clone().try_into().map_err(|e| wrong(&e.to_string().trim_end()))?;
            task.common = table.try_into().map_err(|e| wrong(&e.to_string().trim_end()))?;
            if task.data.is_empty() {
                return Err(wrong(&"`data` is missing"));
            }
            tasks.push(task);
        }
        Ok(Self { common: part(path, text)?, tasks, ..part(path, text)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "optimizer = [\"sgd\", \"adam\"]\nseeds = 9\nlabel-noise = 0.1\n\n[[tasks]]\ndata = \"moons\"\n\
                        label-noise = 0.3\n\n[[tasks]]\ndata = \"digits\"\nname = \"hard digits\"\n";

    #[test]
    fn a_task_says_more_than_the_file_and_the_command_line_more_than_both() {
        let file = StudyOptions::from_toml(Path::new("s.toml"), FILE).unwrap();
        let noise = |said: Option<f64>| -> Vec<Option<f64>> {
            let common = Common { label_noise: said, ..Common::default() };
            let merged = StudyOptions { common, ..StudyOptions::default() }.or(file.clone());
            merged.tasks.iter().map(|task| task.common.label_noise).collect()
        };
        assert_eq!(noise(None), [Some(0.3), Some(0.1)]);
        assert_eq!(noise(Some(0.0)), [Some(0.0), Some(0.0)]);
        let other = StudyOptions { data: vec!["wine".into()], ..StudyOptions::default() }.or(file);
        assert_eq!(other.tasks.len(), 1);
        assert_eq!((other.tasks[0].common.label_noise, other.seeds), (Some(0.1), Some(9)));
    }

    #[test]
    fn what_was_resolved_reads_back_and_typos_are_named() {
        let file = StudyOptions::from_toml(Path::new("s.toml"), FILE).unwrap();
        let merged = StudyOptions::default().or(file);
        let text = merged.to_toml().unwrap();
        assert_eq!(StudyOptions::default().or(StudyOptions::from_toml(Path::new("s.toml"), &text).unwrap()), merged);
        let error = |text: &str| StudyOptions::from_toml(Path::new("s.toml"), text).unwrap_err().message;
        assert!(error("sedes = 3\n").starts_with("s.toml, line 1: unknown key `sedes` (did you mean `seeds`?)"));
        assert!(error("[[tasks]]\ndata = \"moons\"\nlabelnoise = 1\n").starts_with("s.toml, line 3: unknown key"));
        assert!(error("[[tasks]]\nlabel-noise = 0.1\n").contains("task 1: `data` is missing"));
        assert!(error("[[tasks]]\ndata = \"moons\"\nlabel-noise = \"x\"\n").contains("task 1"));
    }
}
