//! The folder of a comparison.

use crate::failure::{Failure, Outcome};
use crate::study::options::StudyOptions;
use downhill_run::whole::{write_shared, write_whole};
use downhill_study::facts::with_trials;
use downhill_study::{Plan, store};
use downhill_verdict::Study;
use downhill_verdict::study::TaskFacts;
use downhill_verdict::trial::Planned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Every option with its value.
pub const STUDY: &str = "study.toml";
/// One line per trial.
pub const PLAN: &str = "plan.jsonl";
/// The meaning of the options: tasks, optimizers, seeds; everything that a report needs beside the trials.
pub const FACTS: &str = "study.json";
/// Numbers of seeds at which a verdict was given: each of them costs part of the level.
pub const LOOKS: &str = "looks.json";
/// The verdict.
pub const VERDICT: &str = "verdict.json";

/// `runs/compare-<data>-<short hash>`. The hash leaves out optimizers and numbers of seeds, by which a study may grow,
/// and the options that affect only its verdict.
///
/// # Errors
/// When the options cannot be written as text.
pub fn default_path(options: &StudyOptions) -> Outcome<PathBuf> {
    let grown = StudyOptions {
        optimizer: Vec::new(),
        seeds: None,
        level: None,
        endpoint: None,
        margin: None,
        target_val_loss: None,
        ..options.clone()
    };
    let name = |data: &str| {
        let data = data.split(':').next().unwrap_or(data);
        Path::new(data).file_stem().map_or(data.into(), |stem| stem.to_string_lossy().into_owned())
    };
    let names: Vec<String> = options.tasks.iter().map(|task| name(&task.data)).collect();
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let stem: String = names.join("-").chars().map(safe).take(60).collect();
    let hash = Sha256::digest(text(&grown)?.as_bytes());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    Ok(Path::new("runs").join(format!("compare-{stem}-{short}")))
}

/// The text of `study.toml`.
///
/// # Errors
/// When an option cannot be written as text.
pub fn text(options: &StudyOptions) -> Outcome<String> {
    let body = options.to_toml().map_err(|e| Failure::usage(format!("{STUDY} cannot hold these options: {e}")))?;
    Ok(format!(
        "# Everything this comparison was told, defaults written out.\n\
         # `downhill compare --config study.toml` repeats it.\n{body}"
    ))
}

/// A comparison's folder.
pub struct StudyFolder {
    path: PathBuf,
}

impl StudyFolder {
    /// The folder for a comparison; made if it does not exist.
    ///
    /// # Errors
    /// With exit status 2 when the path is a file or another kind of folder; with 1 when it cannot be made.
    pub fn create(path: &Path) -> Outcome<Self> {
        let shown = path.display();
        if path.exists() && !path.is_dir() {
            return Err(Failure::usage(format!("{shown} is a file; --out names a folder")));
        }
        if path.is_dir() && !path.join(STUDY).exists() {
            for entry in fs::read_dir(path).map_err(|e| Failure::io(path, e))? {
                let name = entry.map_err(|e| Failure::io(path, e))?.file_name().to_string_lossy().into_owned();
                // Another shard may be starting here too.
                if !(name.starts_with("trials") || name.starts_with("study.") || name.starts_with(PLAN)) {
                    return Err(Failure::usage(format!(
                        "{shown} is not a comparison's folder: it holds `{name}`; --out names a new one"
                    )));
                }
            }
        }
        fs::create_dir_all(path).map_err(|e| Failure::usage(format!("{shown}: {e}")))?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// Whether this is a comparison's folder.
    pub fn is_one(path: &Path) -> bool {
        path.join(STUDY).is_file() && path.join(FACTS).is_file()
    }

    /// An existing folder.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// A folder for the report of several comparisons.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn merged(path: &Path) -> Outcome<Self> {
        fs::create_dir_all(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// Whether this is the folder of a merged report, which the same command may replace.
    pub fn is_merged(path: &Path) -> bool {
        path.join(VERDICT).is_file() && !path.join(STUDY).exists() && !path.join(PLAN).exists()
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file as a whole or not at all. A name may contain one folder.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, name: &str, text: &str) -> Outcome<()> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| Failure::io(parent, e))?;
        }
        Ok(write_whole(&path, text.as_bytes())?)
    }

    /// Writes the files that a report needs beside the trials.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_plan(&self, plan: &Plan, facts: &Study) -> Outcome<()> {
        let mut lines = String::new();
        for planned in &plan.trials {
            lines += &serde_json::to_string(planned).map_err(Failure::run)?;
            lines.push('\n');
        }
        let facts = Study { missing: plan.later, ..facts.clone() };
        let facts = serde_json::to_string_pretty(&facts).map_err(Failure::run)?;
        // Other shards may write these files at the same time.
        write_shared(&self.path.join(PLAN), lines.as_bytes())?;
        Ok(write_shared(&self.path.join(FACTS), format!("{facts}\n").as_bytes())?)
    }

    /// Writes `study.toml`.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write_options(&self, options: &StudyOptions) -> Outcome<()> {
        Ok(write_shared(&self.path.join(STUDY), text(options)?.as_bytes())?)
    }

    /// The study from its files: facts, plan and finished trials.
    ///
    /// # Errors
    /// With exit status 2, naming the file and line that cannot be read.
    pub fn read(&self) -> Outcome<Study> {
        let study = self.facts()?;
        let wrong = |path: &Path, e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", path.display()));
        let path = self.path.join(PLAN);
        let text = fs::read_to_string(&path).map_err(|e| wrong(&path, &e))?;
        let planned = |(number, line): (usize, &str)| {
            serde_json::from_str(line)
                .map_err(|e| Failure::usage(format!("{}, line {}: {e}", path.display(), number + 1)))
        };
        let planned: Vec<Planned> = text.lines().enumerate().map(planned).collect::<Outcome<_>>()?;
        let finished = store::read(&self.path).map_err(Failure::usage)?;
        Ok(with_trials(study, &planned, &finished))
    }

    /// Earlier numbers of seeds at which any task of this study was judged in this folder, with the same first seed;
    /// without the present number.
    ///
    /// # Errors
    /// With exit status 2 when the file of looks is damaged.
    pub fn earlier_looks(&self, study: &Study) -> Outcome<Vec<usize>> {
        let now = looks_of(study)?;
        let known = self.looks()?;
        let same = |look: &&Look| {
            now.iter().any(|n| n.task == look.task && n.first_seed == look.first_seed && n.seeds != look.seeds)
        };
        let mut seeds: Vec<usize> = known.iter().filter(same).map(|look| look.seeds).collect();
        seeds.sort_unstable();
        seeds.dedup();
        Ok(seeds)
    }

    /// Records that a verdict is about to be given.
    ///
    /// # Errors
    /// When the file system refuses, or the file of looks is damaged.
    pub fn look(&self, study: &Study) -> Outcome<()> {
        let mut looks = self.looks()?;
        let before = looks.len();
        for look in looks_of(study)? {
            if !looks.contains(&look) {
                looks.push(look);
            }
        }
        if looks.len() == before {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(&looks).map_err(Failure::run)?;
        self.write(LOOKS, &format!("{text}\n"))
    }

    fn looks(&self) -> Outcome<Vec<Look>> {
        let path = self.path.join(LOOKS);
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(|e| Failure::io(&path, e))?,
        };
        serde_json::from_str(&text).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
    }

    /// Names of tasks and optimizers that an older comparison in this folder has and this one lacks.
    pub fn vanishing(&self, study: &Study) -> Vec<String> {
        let Ok(older) = self.facts() else { return Vec::new() };
        let tasks = older.tasks.iter().map(|t| &t.name).filter(|name| !study.tasks.iter().any(|t| t.name == **name));
        let optimizers = older.optimizers.iter().map(|o| &o.label);
        let optimizers = optimizers.filter(|label| !study.optimizers.iter().any(|o| o.label == **label));
        tasks.chain(optimizers).cloned().collect()
    }

    fn facts(&self) -> Outcome<Study> {
        let facts = self.path.join(FACTS);
        let wrong = |e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", facts.display()));
        let text = fs::read_to_string(&facts).map_err(|e| wrong(&e))?;
        serde_json::from_str(&text).map_err(|e| wrong(&e))
    }
}

/// A number of seeds at which a verdict on a task was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    /// Hash of the task's facts.
    task: String,
    first_seed: u64,
    seeds: usize,
}

/// One look for each task.
fn looks_of(study: &Study) -> Outcome<Vec<Look>> {
    let seeds = &study.design.evaluation_seeds;
    let look = |task: &TaskFacts| {
        // Notes and the training command are not part of the task.
        let task = TaskFacts { notes: Vec::new(), train: Vec::new(), ..task.clone() };
        let text = serde_json::to_string(&(task, study.design.varies)).map_err(Failure::run)?;
        let hash = Sha256::digest(text.as_bytes());
        let task = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Look { task, first_seed: seeds.first().copied().unwrap_or(0), seeds: seeds.len() })
    };
    study.tasks.iter().map(look).collect()
}
