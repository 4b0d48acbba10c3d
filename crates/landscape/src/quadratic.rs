//! A quadratic of any dimension from a file, for a single centre or a cloud of them.

use crate::error::LandscapeError;
use crate::function::Function;
use crate::landscape::{Landscape, Minimum};
use burn::tensor::{Tensor, TensorData};
use downhill_spec::{SpecError, nearest};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::Arc;

/// The mean over the centres c of (w − c)ᵀ H (w − c)/2.
///
/// Over all centres this is (w − c̄)ᵀ H (w − c̄)/2 plus a constant, c̄ being their mean.
#[derive(Debug)]
struct Quadratic {
    hessian: Vec<Vec<f64>>,
    centres: Vec<Vec<f64>>,
    /// c̄
    mean: Vec<f64>,
    /// The value at c̄.
    floor: f64,
}

impl Quadratic {
    fn new(hessian: Vec<Vec<f64>>, centres: Vec<Vec<f64>>) -> Self {
        let dims = hessian.len();
        let count = centres.len().max(1) as f64;
        let mean: Vec<f64> = (0..dims).map(|i| centres.iter().map(|c| c[i]).sum::<f64>() / count).collect();
        let mut quadratic = Self { hessian, centres, mean, floor: 0.0 };
        quadratic.floor = quadratic.centres.iter().map(|c| quadratic.value(c)).sum::<f64>() / count;
        quadratic
    }

    /// H (x − c̄)
    fn slopes(&self, x: &[f64]) -> Vec<f64> {
        let d: Vec<f64> = x.iter().zip(&self.mean).map(|(x, c)| x - c).collect();
        self.hessian.iter().map(|row| row.iter().zip(&d).map(|(h, d)| h * d).sum()).collect()
    }

    /// dᵀ H d/2 for each row d of `[members, rows, dims]`, as `[members, rows, 1]`.
    fn half_squares(&self, d: Tensor<3>) -> Tensor<3> {
        let [members, _, dims] = d.dims();
        let h =
            Tensor::<3>::from_data(TensorData::new(self.hessian.concat(), [1, dims, dims]), (&d.device(), d.dtype()));
        // One product for each member, so that no member's sums depend on the number of members.
        let product = d.clone().matmul(h.expand([members, dims, dims]));
        (product * d).sum_dim(2) / 2.0
    }
}

impl Function for Quadratic {
    fn value(&self, x: &[f64]) -> f64 {
        let squares = self.slopes(x).iter().zip(x).zip(&self.mean).map(|((s, x), c)| s * (x - c)).sum::<f64>();
        squares / 2.0 + self.floor
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.slopes(x));
    }

    fn hessian(&self, _x: &[f64]) -> Vec<Vec<f64>> {
        self.hessian.clone()
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        let data = TensorData::new(self.mean.clone(), [1, 1, self.mean.len()]);
        let mean = Tensor::<3>::from_data(data, (&x.device(), x.dtype()));
        self.half_squares(x - mean) + self.floor
    }

    fn centres(&self) -> &[Vec<f64>] {
        &self.centres
    }

    fn tensor_over(&self, x: Tensor<3>, centres: Tensor<3>) -> Tensor<3> {
        self.half_squares(x - centres).mean_dim(1)
    }
}

/// A quadratic with this matrix of second derivatives, around the centres (the origin if there are none).
///
/// # Errors
/// When the matrix is empty, not square or not symmetric, a number is not finite, or a centre has another dimension.
/// The message counts rows as lines.
pub fn quadratic(hessian: Vec<Vec<f64>>, centres: Vec<Vec<f64>>) -> Result<Landscape, LandscapeError> {
    let numbered = |rows: Vec<Vec<f64>>| (1..).zip(rows).collect();
    build("quadratic".into(), ("the Hessian", numbered(hessian)), ("the centres", numbered(centres)))
}

/// Reads `quadratic:hessian=H.csv,centres=X.csv`.
pub(crate) fn parse(text: &str) -> Result<Landscape, LandscapeError> {
    const NAME: &str = "quadratic";
    const KEYS: [&str; 2] = ["hessian", "centres"];
    let malformed = |part: &str, expected: &str| SpecError::Malformed {
        choice: NAME.into(),
        text: part.trim().into(),
        expected: expected.into(),
    };
    let mut files = [None, None];
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    for part in rest.split(',').filter(|part| !part.trim().is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| malformed(part, "expected key=FILE"))?;
        let (key, value) = (key.trim(), value.trim());
        let Some(index) = KEYS.iter().position(|&k| k == key) else {
            let hint = nearest(key, KEYS.into_iter()).map(|k| format!(" (did you mean `{k}`?)")).unwrap_or_default();
            let known = format!("it has: {}", KEYS.join(", "));
            return Err(SpecError::UnknownKey { choice: NAME.into(), key: key.into(), hint, known }.into());
        };
        if value.is_empty() {
            return Err(malformed(part, "expected key=FILE").into());
        }
        if files[index].replace(value).is_some() {
            return Err(SpecError::Twice { choice: NAME.into(), key: key.into() }.into());
        }
    }
    let [hessian, centres] = files;
    let hessian = hessian.ok_or_else(|| malformed(text, "expected quadratic:hessian=FILE, a CSV file"))?;
    let rows = read(hessian)?;
    let of_centres = match centres {
        Some(path) => read(path)?,
        None => Vec::new(),
    };
    build(text.trim().into(), (hessian, rows), (centres.unwrap_or_default(), of_centres))
}

/// Rows of numbers with their lines.
type Rows = Vec<(u64, Vec<f64>)>;

fn build(text: String, hessian: (&str, Rows), centres: (&str, Rows)) -> Result<Landscape, LandscapeError> {
    let (matrix_path, rows) = hessian;
    let (centres_path, centres) = centres;
    let fail = |path: &str, line: Option<u64>, what: String| LandscapeError::File { path: path.into(), line, what };
    let dims = rows.len();
    if dims == 0 {
        return Err(fail(matrix_path, None, "no numbers; expected a square matrix".into()));
    }
    for (path, (line, row)) in
        rows.iter().map(|row| (matrix_path, row)).chain(centres.iter().map(|row| (centres_path, row)))
    {
        if row.len() != dims {
            let what = format!("{} numbers; expected {dims}, as many as {matrix_path} has rows", row.len());
            return Err(fail(path, Some(*line), what));
        }
        if let Some(value) = row.iter().find(|v| !v.is_finite()) {
            return Err(fail(path, Some(*line), format!("{value} is not a finite number")));
        }
    }
    let largest = rows.iter().flat_map(|(_, row)| row).fold(0.0f64, |most, v| most.max(v.abs()));
    for (i, (line, row)) in rows.iter().enumerate() {
        for (j, (mirrored, other)) in rows.iter().enumerate().skip(i + 1) {
            // Rounding by the writer of the file is tolerated.
            if (row[j] - other[i]).abs() > 1e-12 * largest {
                let what = format!(
                    "column {} is {}, but line {mirrored}, column {} is {}; expected a symmetric matrix",
                    j + 1,
                    row[j],
                    i + 1,
                    other[i]
                );
                return Err(fail(matrix_path, Some(*line), what));
            }
        }
    }
    let value = |i: usize, j: usize| (rows[i].1[j] + rows[j].1[i]) / 2.0;
    let matrix: Vec<Vec<f64>> = (0..dims).map(|i| (0..dims).map(|j| value(i, j)).collect()).collect();
    let function = Quadratic::new(matrix, centres.into_iter().map(|(_, row)| row).collect());
    let minimum = Minimum { point: function.mean.clone(), value: function.floor };
    Ok(Landscape {
        text,
        formula: "mean over the centres c of (w − c)ᵀ H (w − c)/2".into(),
        source: "a matrix of one's own".into(),
        shows:
            "How curvatures of one's choice, in any directions, decide which steps are stable and how slow the rest is."
                .into(),
        domain: function.mean.iter().map(|c| (c - 10.0, c + 10.0)).collect(),
        start: function.mean.iter().map(|c| c + 5.0).collect(),
        minima: if is_positive_definite(&function.hessian) { vec![minimum] } else { Vec::new() },
        function: Arc::new(function),
    })
}

/// Most numbers a file may hold, so that a wrong file does not fill the memory.
const MOST_NUMBERS: usize = 1 << 24;

/// The rows of numbers in a CSV file without a header; empty lines and lines that begin with `#` do not count.
fn read(path: &str) -> Result<Rows, LandscapeError> {
    let io = |source| LandscapeError::Io { path: path.into(), source };
    let (mut rows, mut numbers) = (Vec::new(), 0);
    for (line, text) in (1..).zip(BufReader::new(File::open(path).map_err(io)?).lines()) {
        let fail = |what: String| LandscapeError::File { path: path.into(), line: Some(line), what };
        let text = text.map_err(io)?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let number = |(i, cell): (usize, &str)| {
            let cell = cell.trim();
            cell.parse::<f64>().map_err(|_| fail(format!("column {}: `{cell}` is not a number", i + 1)))
        };
        let row: Vec<f64> = text.split(',').enumerate().map(number).collect::<Result<_, _>>()?;
        numbers += row.len();
        if numbers > MOST_NUMBERS {
            return Err(fail(format!("more than {MOST_NUMBERS} numbers")));
        }
        rows.push((line, row));
    }
    Ok(rows)
}

/// Whether a symmetric matrix has a Cholesky factor.
fn is_positive_definite(matrix: &[Vec<f64>]) -> bool {
    let mut l: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, row) in matrix.iter().enumerate() {
        let mut of_row: Vec<f64> = Vec::with_capacity(i + 1);
        for j in 0..=i {
            let inner: f64 = of_row.iter().zip(if j < i { &l[j] } else { &of_row }).map(|(a, b)| a * b).sum();
            let left = row[j] - inner;
            if j < i {
                of_row.push(left / l[j][j]);
            } else if left > f64::EPSILON * row[i].abs() * matrix.len() as f64 {
                of_row.push(left.sqrt());
            } else {
                return false;
            }
        }
        l.push(of_row);
    }
    true
}
