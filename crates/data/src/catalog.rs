//! The data sets that can be loaded by name.

use serde::Serialize;

use crate::TaskKind;
use crate::error::DataError;
use crate::generate::GENERATORS;
use downhill_spec::{Parameter, nearest};

/// One data set of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The name that the user types.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What is predicted.
    pub task: TaskKind,
    /// Number of rows, a test part included; of a generated set with its default parameters.
    pub rows: usize,
    /// Number of features, categories counted by level; of a generated set with its default parameters.
    pub features: usize,
    /// Number of classes; None for regression.
    pub classes: Option<usize>,
    /// Its origin.
    pub kind: Origin,
}

/// The origin of a data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Made from a seed.
    Generated {
        /// Its parameters.
        parameters: &'static [Parameter],
    },
    /// Measured by people.
    Real {
        /// Its source.
        source: &'static str,
        /// Its licence.
        licence: &'static str,
        /// The citation.
        citation: &'static str,
    },
}

/// An embedded real data set. Its card is `datasets/NAME.md`.
pub(crate) struct Real {
    pub name: &'static str,
    summary: &'static str,
    task: TaskKind,
    rows: usize,
    features: usize,
    classes: Option<usize>,
    pub target: &'static str,
    pub csv: &'static str,
    source: &'static str,
    licence: &'static str,
    citation: &'static str,
}

/// The name of the only data set in the catalog that is not embedded.
pub(crate) const FASHION_MNIST: &str = "fashion-mnist";

/// The embedded real data sets.
pub(crate) const REAL: &[Real] = &[
    Real {
        name: "iris",
        summary: "three species of iris by sepal and petal",
        task: TaskKind::Classification,
        rows: 150,
        features: 4,
        classes: Some(3),
        target: "species",
        csv: include_str!("../../../datasets/iris.csv"),
        source: "the scikit-learn package, after R. A. Fisher",
        licence: "CC BY 4.0 (UCI)",
        citation: "Fisher, R. A. (1936). Iris. UCI Machine Learning Repository, doi:10.24432/C56C76",
    },
    Real {
        name: "wine",
        summary: "three cultivars of wine by chemical analysis",
        task: TaskKind::Classification,
        rows: 178,
        features: 13,
        classes: Some(3),
        target: "cultivar",
        csv: include_str!("../../../datasets/wine.csv"),
        source: "the scikit-learn package, after UCI",
        licence: "CC BY 4.0 (UCI)",
        citation: "Aeberhard, S. and Forina, M. (1991). Wine. UCI Machine Learning Repository, doi:10.24432/C5PC7J",
    },
    Real {
        name: "breast-cancer",
        summary: "benign or malignant, by measurements of cell nuclei",
        task: TaskKind::Classification,
        rows: 569,
        features: 30,
        classes: Some(2),
        target: "diagnosis",
        csv: include_str!("../../../datasets/breast-cancer.csv"),
        source: "the scikit-learn package, after UCI",
        licence: "CC BY 4.0 (UCI)",
        citation: "Wolberg, W., Mangasarian, O., Street, N. and Street, W. (1993). Breast Cancer Wisconsin \
                   (Diagnostic). UCI Machine Learning Repository, doi:10.24432/C5DW2B",
    },
    Real {
        name: "digits",
        summary: "handwritten digits, 8 x 8 pixels of 0 to 16",
        task: TaskKind::Classification,
        rows: 1797,
        features: 64,
        classes: Some(10),
        target: "digit",
        csv: include_str!("../../../datasets/digits.csv"),
        source: "the scikit-learn package, after UCI",
        licence: "CC BY 4.0 (UCI)",
        citation: "Alpaydin, E. and Kaynak, C. (1998). Optical Recognition of Handwritten Digits. UCI Machine \
                   Learning Repository, doi:10.24432/C50P49",
    },
    Real {
        name: "penguins",
        summary: "three species of penguin; with missing values and categories",
        task: TaskKind::Classification,
        rows: 344,
        features: 10,
        classes: Some(3),
        target: "species",
        csv: include_str!("../../../datasets/penguins.csv"),
        source: "the palmerpenguins package",
        licence: "CC0 1.0",
        citation: "Horst, A. M., Hill, A. P. and Gorman, K. B. (2020). palmerpenguins, doi:10.5281/zenodo.3960218",
    },
    Real {
        name: "auto-mpg",
        summary: "fuel consumption of cars of 1970 to 1982",
        task: TaskKind::Regression,
        rows: 392,
        features: 9,
        classes: None,
        target: "mpg",
        csv: include_str!("../../../datasets/auto-mpg.csv"),
        source: "the bokeh_sampledata package, after StatLib",
        licence: "CC0 1.0 (as declared there; CC BY 4.0 at UCI)",
        citation: "Donoho, D. and Ramos, E. (1982). PRIMDATA: data sets for use with PRIM-H; Quinlan, R. (1993). Auto \
                   MPG. UCI Machine Learning Repository, doi:10.24432/C5859H",
    },
];

/// All data sets that have a name: generated ones, embedded ones and fashion-mnist.
pub fn catalog() -> Vec<Entry> {
    let generated = GENERATORS.iter().map(|g| Entry {
        name: g.name,
        summary: g.summary,
        task: g.task,
        rows: g.rows,
        features: g.features,
        classes: g.classes,
        kind: Origin::Generated { parameters: g.parameters },
    });
    let real = REAL.iter().map(|r| Entry {
        name: r.name,
        summary: r.summary,
        task: r.task,
        rows: r.rows,
        features: r.features,
        classes: r.classes,
        kind: Origin::Real { source: r.source, licence: r.licence, citation: r.citation },
    });
    let fashion = Entry {
        name: FASHION_MNIST,
        summary: "pictures of clothing, 28 x 28 pixels of 0 to 255; 60000 to train, 10000 to test",
        task: TaskKind::Classification,
        rows: 70_000,
        features: 784,
        classes: Some(10),
        kind: Origin::Real {
            source: "Debian's package dataset-fashion-mnist, or a folder of its files; not embedded",
            licence: "MIT",
            citation: "Xiao, H., Rasul, K. and Vollgraf, R. (2017). Fashion-MNIST, arXiv:1708.07747",
        },
    };
    generated.chain(real).chain([fashion]).collect()
}

/// The error for a name that is neither here nor a file.
pub(crate) fn unknown(spec: &str) -> DataError {
    let name = spec.split(':').next().unwrap_or(spec);
    let names: Vec<&str> = catalog().iter().map(|entry| entry.name).collect();
    DataError::UnknownDataset {
        name: spec.into(),
        nearest: nearest(name, names.iter().copied()).map(str::to_string),
        known: names.join(", "),
    }
}
