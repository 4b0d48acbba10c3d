//! Modular addition, the task on which grokking was discovered (Power et al. 2022).

use super::{Generator, Legal, Parameter, TaskKind, labelled, rows};

/// All `p²` pairs `(a, b)` in order, `a` and `b` one-hot side by side (`2p` features), class `(a + b) mod p`.
/// Nothing is random, so there is no seed.
pub(super) const MODULAR_ADDITION: Generator = Generator {
    name: "modular-addition",
    summary: "the sum of two numbers modulo p, every pair once",
    task: TaskKind::Classification,
    rows: 97 * 97,
    features: 2 * 97,
    classes: Some(97),
    // 2p³ cells; at 500 that is 2 GB.
    parameters: &[Parameter::new("p", "", 97.0, Legal::Within(2, 500), "modulus")],
    generate: |parameters| {
        let p = parameters.integer("p");
        let features = rows(parameters.dataset, p * p, 2 * p, |i, row| {
            let (a, b) = (i / p, i % p);
            row.extend((0..p).map(|j| f64::from(u8::from(j == a))));
            row.extend((0..p).map(|j| f64::from(u8::from(j == b))));
        })?;
        let labels = (0..p * p).map(|i| ((i / p + i % p) % p) as u32).collect();
        let mut data = labelled(parameters.dataset, features, labels, p);
        data.feature_names = (0..2 * p).map(|j| format!("{}={}", ["a", "b"][j / p], j % p)).collect();
        Ok(data)
    },
};
