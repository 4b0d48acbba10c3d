//! The first regression problem of Friedman (1991).

use std::f64::consts::PI;

use super::{Generator, Legal, N, Parameter, SEED, TaskKind, regression, rows, samples};

/// `y = 10 sin(π x1 x2) + 20 (x3 - 1/2)² + 10 x4 + 5 x5 + noise · N(0, 1)`, `x ~ U[0, 1)` in every feature; the
/// features beyond the fifth have no effect. Friedman, "Multivariate adaptive regression splines", Annals of Statistics
/// 19 (1991), equation 61, with ten features and `noise = 1`.
pub(super) const FRIEDMAN1: Generator = Generator {
    name: "friedman1",
    summary: "Friedman's first regression problem: five features matter, the others mean nothing",
    task: TaskKind::Regression,
    rows: 1000,
    features: 10,
    classes: None,
    parameters: &[
        N,
        Parameter::new("noise", "", 1.0, Legal::Between(0.0, 1000.0), "standard deviation of the noise"),
        Parameter::new("features", "", 10.0, Legal::Within(5, 10_000), "number of features"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, cols, mut s) = (p.integer("n"), p.real("noise"), p.integer("features"), samples(p.seed()));
        let mut y = vec![];
        let features = rows(p.dataset, n, cols, |_, row| {
            let start = row.len();
            row.extend((0..cols).map(|_| s.uniform()));
            let x = &row[start..];
            let bend = x[2] - 0.5;
            let truth = 10.0 * libm::sin(PI * x[0] * x[1]) + 20.0 * bend * bend + 10.0 * x[3] + 5.0 * x[4];
            y.push(truth + noise * s.normal());
        })?;
        Ok(regression(p.dataset, features, y))
    },
};
