//! Isotropic Gaussian clouds.

use super::{Generator, Legal, N, Parameter, SEED, Task, classification, rows, samples, truth};
use crate::error::checked_cells;

/// `x = μ_c + sd · N(0, I)` with centres `μ_c ~ U[-10, 10)` in each feature, as in scikit-learn's `make_blobs`.
/// The centres are the hidden truth: they stay when `n` changes.
pub(super) const BLOBS: Generator = Generator {
    name: "blobs",
    summary: "Gaussian clouds, one per class",
    task: Task::Classification,
    rows: 1000,
    features: 2,
    classes: Some(3),
    parameters: &[
        N,
        Parameter::new("classes", "", 3.0, Legal::Within(2, 1000), "number of clouds"),
        Parameter::new("features", "", 2.0, Legal::Within(1, 10_000), "number of features"),
        Parameter::new("sd", "", 1.0, Legal::Between(0.0, 1000.0), "standard deviation of each cloud"),
        SEED,
    ],
    generate: |p| {
        let (n, classes, features) = (p.integer("n"), p.integer("classes"), p.integer("features"));
        let (sd, mut s, mut t) = (p.real("sd"), samples(p.seed()), truth(p.seed()));
        checked_cells(p.dataset, n, features)?;
        let centres = rows(p.dataset, classes, features, |_, row| {
            row.extend((0..features).map(|_| t.uniform_in(-10.0, 10.0)));
        })?;
        let features = rows(p.dataset, n, features, |i, row| {
            row.extend(centres.row(i % classes).iter().map(|centre| centre + sd * s.normal()));
        })?;
        Ok(classification(p.dataset, features, classes))
    },
};
