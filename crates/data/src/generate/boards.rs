//! Squares of alternating class: XOR (four of them) and the checkerboard.

use super::{
    DataError, Dataset, Generator, Legal, N, Parameter, Parameters, SEED, Task, classification, rows, samples,
};

/// `x ~ U[-1, 1)²`, class `[x1 > 0] xor [x2 > 0]`; then `noise · N(0, 1)` is added to each coordinate.
pub(super) const XOR: Generator = Generator {
    name: "xor",
    summary: "four squares, opposite ones of one class",
    task: Task::Classification,
    rows: 1000,
    features: 2,
    classes: Some(2),
    parameters: &[N, NOISE, SEED],
    generate: |p| board(p, 2),
};

/// `x ~ U[-1, 1)²` cut into `cells × cells` squares, class `(column + row) mod 2`; then `noise · N(0, 1)` is added
/// to each coordinate.
pub(super) const CHECKERBOARD: Generator = Generator {
    name: "checkerboard",
    summary: "squares of alternating class",
    task: Task::Classification,
    rows: 1000,
    features: 2,
    classes: Some(2),
    parameters: &[N, NOISE, Parameter::new("cells", "", 4.0, Legal::Within(2, 1000), "squares along each side"), SEED],
    generate: |p| board(p, p.integer("cells")),
};

const NOISE: Parameter = Parameter::new("noise", "", 0.0, Legal::Between(0.0, 10.0), "standard deviation of the noise");

/// Classes alternate from row to row, so the square is drawn among those of the row's class.
fn board(p: &Parameters, cells: usize) -> Result<Dataset, DataError> {
    let (n, noise, mut s) = (p.integer("n"), p.real("noise"), samples(p.seed()));
    let width = 2.0 / cells as f64;
    let features = rows(p.dataset, n, 2, |i, row| {
        let (column, line) = loop {
            let (column, line) = (s.below(cells), s.below(cells));
            if (column + line) % 2 == i % 2 {
                break (column, line);
            }
        };
        row.push(width * (column as f64 + s.uniform()) - 1.0 + noise * s.normal());
        row.push(width * (line as f64 + s.uniform()) - 1.0 + noise * s.normal());
    })?;
    Ok(classification(p.dataset, features, 2))
}
