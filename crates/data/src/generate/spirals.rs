//! Interleaved spirals, after the two-spirals problem of Lang and Witbrock (1988).

use std::f64::consts::TAU;

use super::{Generator, Legal, N, Parameter, SEED, Task, classification, rows, samples};

/// Arm `k` of `arms`: `t (cos φ, sin φ)` with `φ = 2π (turns · t + k / arms)`, `t ~ U[0.1, 1)`, and
/// `noise · N(0, 1)` added to each coordinate. The middle is left out: there all arms meet.
pub(super) const SPIRALS: Generator = Generator {
    name: "spirals",
    summary: "two or more interleaved spiral arms",
    task: Task::Classification,
    rows: 1000,
    features: 2,
    classes: Some(2),
    parameters: &[
        N,
        Parameter::new("noise", "", 0.02, Legal::Between(0.0, 10.0), "standard deviation of the noise"),
        Parameter::new("arms", "", 2.0, Legal::Within(2, 100), "number of arms, which are the classes"),
        Parameter::new("turns", "", 1.5, Legal::Between(0.0, 100.0), "turns of each arm around the middle"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, arms) = (p.integer("n"), p.real("noise"), p.integer("arms"));
        let (turns, mut s) = (p.real("turns"), samples(p.seed()));
        let features = rows(p.dataset, n, 2, |i, row| {
            let t = s.uniform_in(0.1, 1.0);
            let angle = TAU * (turns * t + (i % arms) as f64 / arms as f64);
            row.push(t * libm::cos(angle) + noise * s.normal());
            row.push(t * libm::sin(angle) + noise * s.normal());
        })?;
        Ok(classification(p.dataset, features, arms))
    },
};
