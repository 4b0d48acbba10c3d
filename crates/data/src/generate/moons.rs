//! Two interleaved half circles.

use std::f64::consts::PI;

use super::{Generator, Legal, N, Parameter, SEED, Task, classification, rows, samples};

/// `class 0: (cos θ, sin θ)`, `class 1: (1 - cos θ, 1/2 - sin θ)`, `θ ~ U[0, π)`, and `noise · N(0, 1)` added to
/// each coordinate. The shape is scikit-learn's `make_moons`; there the angles are evenly spaced, here drawn.
pub(super) const MOONS: Generator = Generator {
    name: "moons",
    summary: "two interleaved half circles in the plane",
    task: Task::Classification,
    rows: 1000,
    features: 2,
    classes: Some(2),
    parameters: &[
        N,
        Parameter::new("noise", "", 0.2, Legal::Between(0.0, 10.0), "standard deviation of the noise"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, mut s) = (p.integer("n"), p.real("noise"), samples(p.seed()));
        let features = rows(p.dataset, n, 2, |i, row| {
            let angle = s.uniform_in(0.0, PI);
            let (x, y) = (libm::cos(angle), libm::sin(angle));
            let (x, y) = if i % 2 == 0 { (x, y) } else { (1.0 - x, 0.5 - y) };
            row.push(x + noise * s.normal());
            row.push(y + noise * s.normal());
        })?;
        Ok(classification(p.dataset, features, 2))
    },
};
