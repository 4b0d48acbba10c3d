//! A network as the truth, for another network to learn (Gardner and Derrida 1989; Saad and Solla 1995).

use super::{Generator, Legal, N, Parameter, SEED, Task, regression, rows, samples, truth};

/// `y = Σ_j a_j tanh(w_j · x + b_j) + noise · N(0, 1)`, `x ~ N(0, I)`, with a hidden truth
/// `w_ji ~ N(0, 1/features)`, `b_j ~ N(0, 1)`, `a_j ~ N(0, 1/hidden)` that stays when `n` changes.
pub(super) const TEACHER: Generator = Generator {
    name: "teacher",
    summary: "what a random network with one tanh layer answers",
    task: Task::Regression,
    rows: 1000,
    features: 10,
    classes: None,
    parameters: &[
        N,
        Parameter::new("noise", "", 0.0, Legal::Between(0.0, 1000.0), "standard deviation of the noise"),
        Parameter::new("features", "", 10.0, Legal::Within(1, 10_000), "number of features"),
        Parameter::new("hidden", "", 8.0, Legal::Within(1, 1000), "the teacher's hidden units"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, cols) = (p.integer("n"), p.real("noise"), p.integer("features"));
        let (hidden, mut s, mut t) = (p.integer("hidden"), samples(p.seed()), truth(p.seed()));
        let (narrow, thin) = (1.0 / (cols as f64).sqrt(), 1.0 / (hidden as f64).sqrt());
        let weights = rows(p.dataset, hidden, cols, |_, row| row.extend((0..cols).map(|_| narrow * t.normal())))?;
        let biases: Vec<f64> = (0..hidden).map(|_| t.normal()).collect();
        let outs: Vec<f64> = (0..hidden).map(|_| thin * t.normal()).collect();
        let mut y = vec![];
        let features = rows(p.dataset, n, cols, |_, row| {
            let start = row.len();
            row.extend((0..cols).map(|_| s.normal()));
            let x = &row[start..];
            let unit = |j: usize| {
                let inner: f64 = weights.row(j).iter().zip(x).map(|(w, x)| w * x).sum();
                outs[j] * libm::tanh(inner + biases[j])
            };
            y.push((0..hidden).map(unit).sum::<f64>() + noise * s.normal());
        })?;
        Ok(regression(p.dataset, features, y))
    },
};
