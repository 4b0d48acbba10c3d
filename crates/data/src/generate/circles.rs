//! A circle inside a circle.

use std::f64::consts::TAU;

use super::{Generator, Legal, N, Parameter, SEED, Task, classification, rows, samples};

/// `r (cos θ, sin θ)` with `r = 1` for class 0 and `r = factor` for class 1, `θ ~ U[0, 2π)`, and `noise · N(0, 1)`
/// added to each coordinate. The shape is scikit-learn's `make_circles`; there the angles are evenly spaced.
pub(super) const CIRCLES: Generator = Generator {
    name: "circles",
    summary: "a circle inside a circle",
    task: Task::Classification,
    rows: 1000,
    features: 2,
    classes: Some(2),
    parameters: &[
        N,
        Parameter::new("noise", "", 0.1, Legal::Between(0.0, 10.0), "standard deviation of the noise"),
        Parameter::new("factor", "", 0.5, Legal::Between(0.0, 1.0), "radius of the inner circle"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, factor, mut s) = (p.integer("n"), p.real("noise"), p.real("factor"), samples(p.seed()));
        let features = rows(p.dataset, n, 2, |i, row| {
            let radius = if i % 2 == 0 { 1.0 } else { factor };
            let angle = s.uniform_in(0.0, TAU);
            row.push(radius * libm::cos(angle) + noise * s.normal());
            row.push(radius * libm::sin(angle) + noise * s.normal());
        })?;
        Ok(classification(p.dataset, features, 2))
    },
};
