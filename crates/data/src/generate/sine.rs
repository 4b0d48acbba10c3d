//! A noisy sine.

use std::f64::consts::PI;

use super::{Generator, Legal, N, Parameter, SEED, Task, regression, rows, samples};

/// `y = sin(frequency · x) + noise · N(0, 1)`, `x ~ U[-π, π)`.
pub(super) const SINE: Generator = Generator {
    name: "sine",
    summary: "a noisy sine, one feature",
    task: Task::Regression,
    rows: 1000,
    features: 1,
    classes: None,
    parameters: &[
        N,
        Parameter::new("noise", "", 0.1, Legal::Between(0.0, 10.0), "standard deviation of the noise"),
        Parameter::new("frequency", "", 1.0, Legal::Between(0.0, 1000.0), "periods in the range of x"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, frequency) = (p.integer("n"), p.real("noise"), p.real("frequency"));
        let mut s = samples(p.seed());
        let mut y = vec![];
        let features = rows(p.dataset, n, 1, |_, row| {
            let x = s.uniform_in(-PI, PI);
            row.push(x);
            y.push(libm::sin(frequency * x) + noise * s.normal());
        })?;
        Ok(regression(p.dataset, features, y))
    },
};
