//! From a data set to parts that are ready for training: rows divided, columns scaled, labels flipped.

use crate::error::DataError;
use crate::noise::flip_labels;
use crate::scale::{Scaler, Scaling};
use crate::split::{Split, SplitOptions, fold, redraw, split};
use crate::{Dataset, Target};

/// The preparation of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Preparation {
    /// How rows are divided.
    pub split: SplitOptions,
    /// How features are scaled.
    pub scaling: Scaling,
    /// How the targets of a regression are scaled.
    pub target_scaling: Scaling,
    /// Share of the training labels that are flipped, in `[0, 1]`; classification only.
    pub label_noise: f64,
}

/// The draw of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Draw {
    /// The draw of the split's own seed.
    Fixed,
    /// The same test rows, with training and validation rows (and label noise) drawn by this seed.
    Redrawn(u64),
    /// A fold of repeated stratified folds: see [`fold`].
    Fold {
        /// Parts of one division.
        folds: usize,
        /// Number of the fold, over all divisions.
        number: usize,
    },
}

/// A prepared data set, by row number.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The rows of each part.
    pub split: Split,
    /// Fitted on the training rows' features.
    pub scaler: Scaler,
    /// Fitted on the training rows' targets, in a regression.
    pub target_scaler: Option<Scaler>,
    /// Every row's class with the noise in it, in a classification.
    pub labels: Option<Vec<u32>>,
    /// Number of flipped training labels.
    pub flipped: usize,
}

impl Prepared {
    /// A note on the label noise, if there is any.
    pub fn noise_note(&self) -> Option<String> {
        let (flipped, rows) = (self.flipped, self.split.train.len());
        (flipped > 0).then(|| format!("label noise: {flipped} of {rows} training labels are wrong"))
    }
}

/// Divides the rows, fits the scalers on the training rows, and gives some of their labels another class.
///
/// # Errors
/// As [`split`], [`fold`], [`Scaler::fit`] and [`flip_labels`]; label noise in a regression; and a regression target that is
/// constant over the training rows.
pub fn prepare(dataset: &Dataset, preparation: &Preparation, draw: Draw) -> Result<Prepared, DataError> {
    let split = match draw {
        Draw::Fixed => split(dataset, &preparation.split)?,
        Draw::Redrawn(seed) => redraw(dataset, &preparation.split, seed)?,
        Draw::Fold { folds, number } => fold(dataset, &preparation.split, folds, number)?,
    };
    let noise_seed = match draw {
        Draw::Redrawn(seed) => seed,
        Draw::Fixed | Draw::Fold { .. } => preparation.split.seed,
    };
    let scaler = Scaler::fit(preparation.scaling, &dataset.features, &split.train)?;
    let (mut labels, mut target_scaler, mut flipped) = (None, None, 0);
    match &dataset.target {
        Target::Classes { labels: own, names } => {
            let mut noisy = own.clone();
            flipped = flip_labels(&mut noisy, &split.train, names.len(), preparation.label_noise, noise_seed)?;
            labels = Some(noisy);
        }
        Target::Values { values, names } => {
            if preparation.label_noise != 0.0 {
                return Err(DataError::option("label-noise", preparation.label_noise, "0 for a target of numbers"));
            }
            let fitted = Scaler::fit(preparation.target_scaling, values, &split.train)?;
            if let Some(column) = fitted.scale.iter().position(|&scale| scale == 0.0) {
                return Err(DataError::Rows(format!(
                    "the target `{}` is {} in every training row: there is nothing to learn (another option `split-seed` draws \
                     other rows)",
                    names[column], fitted.shift[column]
                )));
            }
            target_scaler = Some(fitted);
        }
    }
    Ok(Prepared { split, scaler, target_scaler, labels, flipped })
}
