//! One experiment, one file.

use crate::experiment::Experiment;

/// All, in the order in which they tell their story.
pub(crate) const ALL: &[&Experiment] = &[];
