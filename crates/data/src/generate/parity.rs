//! Sparse parity (Barak et al. 2022, "Hidden progress in deep learning").

use super::{DataError, Generator, Legal, Parameter, SEED, TaskKind, classification, labelled, rows, samples, truth};

/// `n` bits as ±1, class 0 if the product of `k` hidden ones is 1 and class 1 if it is -1. With `m=all` every one
/// of the `2^n` rows once, in binary order (the first bit is the highest); else `m` rows drawn uniformly within
/// alternating classes.
pub(super) const PARITY: Generator = Generator {
    name: "parity",
    summary: "the parity of k hidden bits among n",
    task: TaskKind::Classification,
    rows: 1024,
    features: 10,
    classes: Some(2),
    parameters: &[
        Parameter::new("n", "", 10.0, Legal::Within(1, 1000), "number of bits"),
        Parameter::new("k", "", 3.0, Legal::Within(1, 1000), "number of bits that count, at most n"),
        Parameter::new("m", "", 0.0, Legal::WithinOrAll(1, 10_000_000), "number of rows; all where n is at most 20"),
        SEED,
    ],
    generate: |p| {
        let (n, k, seed) = (p.integer("n"), p.integer("k"), p.seed());
        if k > n {
            return Err(DataError::value("`parity`: k", k, "an integer from 1 to n"));
        }
        let mut relevant = truth(seed).permutation(n);
        relevant.truncate(k);
        relevant.sort_unstable();
        if p.integer("m") > 0 {
            let (m, mut s) = (p.integer("m"), samples(seed));
            let features = rows(p.dataset, m, n, |i, row| {
                let start = row.len();
                row.extend((0..n).map(|_| if s.below(2) == 0 { 1.0 } else { -1.0 }));
                let row = &mut row[start..];
                // A wrong parity is corrected by the last hidden bit, which keeps the draw uniform in its class.
                let wanted = if i % 2 == 0 { 1.0 } else { -1.0 };
                if relevant.iter().map(|j| row[*j]).product::<f64>() != wanted {
                    row[relevant[k - 1]] *= -1.0;
                }
            })?;
            return Ok(classification(p.dataset, features, 2));
        }
        if n > 20 {
            return Err(DataError::value(
                "`parity`: m",
                "all",
                "an integer from 1 to 10000000, or all where n is at most 20",
            ));
        }
        let mut labels = vec![];
        let features = rows(p.dataset, 1 << n, n, |i, row| {
            let bit = |j: usize| i >> (n - 1 - j) & 1;
            row.extend((0..n).map(|j| if bit(j) == 0 { 1.0 } else { -1.0 }));
            labels.push((relevant.iter().map(|j| bit(*j)).sum::<usize>() % 2) as u32);
        })?;
        Ok(labelled(p.dataset, features, labels, 2))
    },
};
