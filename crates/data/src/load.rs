//! Loading: a name or a path becomes a data set.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use downhill_spec::{Choice, parse};
use serde::{Deserialize, Serialize};

use crate::catalog::{self, REAL};
use crate::error::{DataError, choose};
use crate::generate::GENERATORS;
use crate::read::{Source, TRAIN_IMAGES, load_npy, read_csv, read_idx_folder};
use crate::{Dataset, Target, TaskKind};

/// The treatment of missing cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// An error that names the first missing cell and counts all.
    #[default]
    Error,
    /// A row with a missing cell is left out.
    Drop,
    /// The cell stays NaN in the features, and [`Scaler`](crate::Scaler) fills it with the mean over the training
    /// rows. A missing category is NaN in each of its features, so it becomes the training frequencies. A row
    /// whose target is missing is left out.
    Mean,
}

const MISSING: [(&str, Missing); 3] = [("error", Missing::Error), ("drop", Missing::Drop), ("mean", Missing::Mean)];

impl FromStr for Missing {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        choose("missing", text, &MISSING)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Missing::Error => "error",
            Missing::Drop => "drop",
            Missing::Mean => "mean",
        })
    }
}

/// How to read a file. The default guesses the options where possible and reports the guesses in [`Dataset::notes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOptions {
    /// The target's column: its name in the header, or its position (from 0) where there is none. Without it, the
    /// last column of a CSV. For .npy also the path of a second .npy file.
    pub target: Option<String>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// Classes or numbers; without it, a numeric target of at most 20 distinct integers is classes.
    pub task: Option<TaskKind>,
    /// What becomes of missing cells.
    pub missing: Missing,
    /// The separator of a CSV's cells; without it the likeliest of `,`, `;`, tab and `|`.
    pub delimiter: Option<u8>,
    /// Whether a CSV's first line names the columns; without it: if the line has text above a column of numbers, or all
    /// cells are text.
    pub header: Option<bool>,
    /// A second file of the same kind that becomes the test part.
    pub test_file: Option<PathBuf>,
    /// Folder with data sets that are not embedded.
    pub data_dir: Option<PathBuf>,
}

/// The folder of Debian's package `dataset-fashion-mnist`.
const DEBIAN_FASHION_MNIST: &str = "/usr/share/datasets/fashion-mnist";

/// The classes of Fashion-MNIST in the order of their labels (Xiao, Rasul and Vollgraf 2017, table 2).
const FASHION: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// Loads a data set from the catalog, with parameters (`moons:n=1000,noise=0.2`), or from a path: a CSV
/// (.csv, .tsv, .txt), .npy, or a folder of IDX files.
///
/// ```
/// let moons = downhill_data::load("moons:n=100,noise=0.1,seed=3", &Default::default())?;
/// assert_eq!((moons.features.rows, moons.features.cols), (100, 2));
/// # Ok::<(), downhill_data::DataError>(())
/// ```
///
/// # Errors
/// An unknown name (with the nearest known one), an illegal parameter, an option that does not apply, and all defects
/// of a file.
pub fn load(spec: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    let name = spec.split(':').next().unwrap_or_default();
    if let Some(generator) = GENERATORS.iter().find(|generator| generator.name == name) {
        refuse_file_options(name, "it is generated", options)?;
        let mut data = generator.make(spec)?;
        data.name = spec.to_string();
        return Ok(data);
    }
    if let Some(real) = REAL.iter().find(|real| real.name == name) {
        refuse_parameters(name, spec)?;
        let shape = LoadOptions { delimiter: options.delimiter, header: options.header, ..Default::default() };
        refuse_file_options(name, "it is no file of yours", &shape)?;
        let source = Source::Bytes { name, bytes: real.csv.as_bytes() };
        let target = options.target.clone().unwrap_or_else(|| real.target.to_string());
        let options =
            LoadOptions { target: Some(target), header: Some(true), delimiter: Some(b','), ..options.clone() };
        return read_csv(&source, &options);
    }
    if name == catalog::FASHION_MNIST {
        refuse_parameters(name, spec)?;
        refuse_file_options(name, "its files decide that", options)?;
        return fashion_mnist(options.data_dir.as_deref());
    }
    load_path(spec, options)
}

fn load_path(spec: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    let path = Path::new(spec);
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    if path.is_dir() {
        refuse_file_options(spec, "the files in the folder decide that", options)?;
        return read_idx_folder(path);
    }
    match extension.as_str() {
        "csv" | "tsv" | "txt" => read_csv(&Source::File(path.into()), options),
        "npy" => {
            for (given, option) in [(options.delimiter.is_some(), "delimiter"), (options.header.is_some(), "header")] {
                if given {
                    let why = "it is not a CSV".to_string();
                    return Err(DataError::OptionUnused { option, data: spec.into(), why });
                }
            }
            load_npy(path, options)
        }
        _ if path.is_file() => {
            Err(DataError::value("file name", spec, "ending in .csv, .tsv, .txt or .npy, or a folder of IDX files"))
        }
        _ => Err(catalog::unknown(spec)),
    }
}

fn fashion_mnist(data_dir: Option<&Path>) -> Result<Dataset, DataError> {
    let mut folders: Vec<PathBuf> =
        data_dir.iter().flat_map(|dir| [dir.join(catalog::FASHION_MNIST), dir.into()]).collect();
    folders.push(DEBIAN_FASHION_MNIST.into());
    let folder = find_fashion_mnist(&folders)?;
    let mut data = read_idx_folder(folder)?;
    data.name = catalog::FASHION_MNIST.into();
    data.notes.push(format!("read from {}", folder.display()));
    if let Target::Classes { names, .. } = &mut data.target
        && names.len() == FASHION.len()
    {
        *names = FASHION.map(String::from).to_vec();
    }
    Ok(data)
}

/// The first folder with the training images.
fn find_fashion_mnist(folders: &[PathBuf]) -> Result<&PathBuf, DataError> {
    let has_images =
        |dir: &&PathBuf| dir.join(TRAIN_IMAGES).is_file() || dir.join(format!("{TRAIN_IMAGES}.gz")).is_file();
    folders.iter().find(has_images).ok_or_else(|| DataError::NotInstalled {
        name: catalog::FASHION_MNIST.into(),
        looked: folders.iter().map(|folder| folder.display().to_string()).collect(),
        remedy:
            "install Debian's package dataset-fashion-mnist, or say option `data-dir` with the folder of its four .gz files"
                .into(),
    })
}

fn refuse_parameters(name: &str, spec: &str) -> Result<(), DataError> {
    parse("data set", spec, &[Choice { name, parameters: &[] }])?;
    if spec == name { Ok(()) } else { Err(DataError::value("data set", spec, name)) }
}

/// Refuses options that apply only to files with columns, rather than ignoring them.
fn refuse_file_options(name: &str, why: &str, options: &LoadOptions) -> Result<(), DataError> {
    let given = [
        (options.target.is_some(), "target"),
        (!options.drop.is_empty(), "drop"),
        (options.task.is_some(), "task"),
        (options.missing != Missing::Error, "missing"),
        (options.delimiter.is_some(), "delimiter"),
        (options.header.is_some(), "header"),
        (options.test_file.is_some(), "test-file"),
    ];
    match given.iter().find(|(given, _)| *given) {
        None => Ok(()),
        Some((_, option)) => Err(DataError::OptionUnused { option, data: format!("`{name}`"), why: why.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fashion_mnist_that_is_nowhere_says_where_it_was_sought_and_what_to_install() {
        let message = find_fashion_mnist(&["no/such".into(), "nor/this".into()]).unwrap_err().to_string();
        assert_eq!(
            message,
            "fashion-mnist is neither at no/such nor at nor/this; install Debian's package \
             dataset-fashion-mnist, or say option `data-dir` with the folder of its four .gz files"
        );
    }

    #[test]
    fn missing_reads_and_prints_the_same_word() {
        for (word, missing) in MISSING {
            assert_eq!(word.parse::<Missing>().unwrap(), missing);
            assert_eq!(missing.to_string(), word);
        }
    }
}
