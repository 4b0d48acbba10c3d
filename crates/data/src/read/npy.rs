//! NumPy's .npy files (NEP 1): a magic string, a header that is a Python literal, then the numbers.
//!
//! The header is read here and not by a crate: the one we tried (npyz 0.9.1) multiplies claimed sizes unchecked,
//! allocates a header's claimed length and parses nested brackets by recursion, so a hostile file ends the process.

use std::io::Read;
use std::path::Path;

use super::element::Element;
use super::encoder::TargetKind;
use super::source::Source;
use super::target::{Distinct, numeric_kind};
use crate::error::{DataError, checked_cells, room_for};
use crate::{Dataset, LoadOptions, Matrix, Missing, Target};

/// Longest header that is read; NumPy's own limit.
const MAX_HEADER: usize = 10_000;

/// Reads an .npy file as `[first dimension, product of the others]`; a vector is one column.
///
/// Legal types are booleans, integers and floats of 32 and 64 bits, in either byte order; Fortran order in two
/// dimensions. NaN is kept (a missing cell).
///
/// # Errors
/// Any amount of data but the header's, found before anything is allocated; infinite numbers.
pub fn read_npy(source: &Source) -> Result<Matrix, DataError> {
    let file = source.name();
    let header = Header::read(source)?;
    let (rows, cols) = (header.rows, header.cols);
    let cells = checked_cells(&file, rows, cols)?;
    header.check_length(source, cells)?;

    let mut values = room_for(&file, cells)?;
    let mut reader = source.open()?;
    let broken = |e| source.unreadable(e);
    std::io::copy(&mut reader.by_ref().take(header.bytes), &mut std::io::sink()).map_err(broken)?;
    if header.fortran_order {
        values.resize(cells, 0.0);
        let mut k = 0;
        let place = |piece: &[f64]| {
            for x in piece {
                values[(k % rows) * cols + k / rows] = *x;
                k += 1;
            }
        };
        header.element.read(header.big_endian, &mut reader, cells, place).map_err(broken)?;
    } else {
        let append = |piece: &[f64]| values.extend_from_slice(piece);
        header.element.read(header.big_endian, &mut reader, cells, append).map_err(broken)?;
    }
    if let Some(k) = values.iter().position(|x| x.is_infinite()) {
        let what = format!("row {}, column {} (from 0) is {}; numbers must be finite", k / cols, k % cols, values[k]);
        return Err(DataError::file(&file, what));
    }
    Ok(Matrix { rows, cols, values })
}

/// Reads an .npy file of features; the target is one of its columns or a second .npy file, as `options.target` says.
///
/// # Errors
/// As [`read_npy`], and for an option that does not fit.
pub fn load_npy(path: &Path, options: &LoadOptions) -> Result<Dataset, DataError> {
    let file = path.display().to_string();
    let mut features = read_npy(&Source::File(path.into()))?;
    let mut notes = vec![];
    let mut dropped = vec![];
    for name in &options.drop {
        dropped.push(column(&file, "drop", name, features.cols)?);
    }
    let test_rows = match &options.test_file {
        Some(test) => append_test(&mut features, test, options, &file)?,
        None => 0,
    };
    let rows = features.rows;
    let (target_name, target, target_column) = match &options.target {
        Some(name) if name.ends_with(".npy") => {
            let target = read_npy(&Source::File(name.into()))?;
            if (target.rows, target.cols) != (rows, 1) {
                let legal = format!("the features have {rows} rows, so the target must be {rows} x 1");
                return Err(DataError::header(name, "shape", format!("{} x {}", target.rows, target.cols), legal));
            }
            ("target".to_string(), target.values, None)
        }
        Some(name) => {
            let j = column(&file, "target", name, features.cols)?;
            if dropped.contains(&j) {
                return Err(DataError::column(&file, name, "option `target` and option `drop` both name this column"));
            }
            (name.clone(), (0..rows).map(|i| features.row(i)[j]).collect(), Some(j))
        }
        None => {
            let what =
                "which column is the target? Say option `target` with its position (from 0), or with another .npy file";
            return Err(DataError::file(&file, what));
        }
    };
    let kept: Vec<usize> = (0..features.cols).filter(|j| !dropped.contains(j) && Some(*j) != target_column).collect();
    if kept.is_empty() {
        return Err(DataError::file(&file, "no column is left for features"));
    }
    let keep_row = rows_to_keep(&file, &features, &kept, &target, options.missing)?;
    let test_rows = keep_row[rows - test_rows..].iter().filter(|keep| **keep).count();
    compact(&mut features, &kept, &keep_row);
    if features.rows < rows {
        notes.push(format!("{} of {rows} rows left out: a value is missing", rows - features.rows));
    }
    if features.rows == test_rows {
        return Err(DataError::file(&file, "no row is left: each has a missing value"));
    }
    let target: Vec<f64> = target.into_iter().zip(&keep_row).filter(|(_, keep)| **keep).map(|(x, _)| x + 0.0).collect();
    let mut distinct = Distinct::default();
    target.iter().for_each(|x| distinct.insert(*x));
    let target = match numeric_kind(&file, &target_name, &distinct, options.task, &mut notes)? {
        TargetKind::Classes { names, .. } => {
            Target::Classes { labels: target.iter().map(|x| distinct.place(*x)).collect(), names }
        }
        TargetKind::Value => {
            Target::Values { values: Matrix { rows: target.len(), cols: 1, values: target }, names: vec![target_name] }
        }
    };
    Ok(Dataset {
        name: file,
        features,
        feature_names: kept.iter().map(usize::to_string).collect(),
        target,
        test_rows,
        notes,
        encoder: None,
    })
}

/// A column's position from the user's name for it.
fn column(file: &str, option: &'static str, name: &str, cols: usize) -> Result<usize, DataError> {
    name.parse().ok().filter(|j| *j < cols).ok_or_else(|| {
        let legal = format!("a column's position, 0 to {}, in {file}", cols - 1);
        DataError::option(option, name, legal)
    })
}

fn append_test(features: &mut Matrix, test: &Path, options: &LoadOptions, file: &str) -> Result<usize, DataError> {
    if options.target.as_ref().is_some_and(|name| name.ends_with(".npy")) {
        let why = "the target is a file of its own; put it into a column of both files".to_string();
        return Err(DataError::OptionUnused { option: "test-file", data: file.into(), why });
    }
    let more = read_npy(&Source::File(test.to_path_buf()))?;
    if more.cols != features.cols {
        let legal = format!("{file} has {}", features.cols);
        return Err(DataError::header(&test.display().to_string(), "number of columns", more.cols, legal));
    }
    features.values.reserve_exact(more.values.len());
    features.values.extend(more.values);
    features.rows += more.rows;
    Ok(more.rows)
}

/// The usable rows.
fn rows_to_keep(
    file: &str,
    features: &Matrix,
    kept: &[usize],
    target: &[f64],
    missing: Missing,
) -> Result<Vec<bool>, DataError> {
    let mut keep = vec![true; features.rows];
    for (i, keep) in keep.iter_mut().enumerate() {
        let hole = kept.iter().find(|j| features.row(i)[**j].is_nan());
        match missing {
            Missing::Error if hole.is_some() || target[i].is_nan() => {
                let place = hole.map_or("the target".to_string(), |j| format!("column {j}"));
                let what = format!(
                    "row {i}, {place} (from 0) is NaN; leave such rows out with option `missing=drop`, or fill features with \
                     the training mean with option `missing=mean`"
                );
                return Err(DataError::file(file, what));
            }
            Missing::Error => {}
            Missing::Drop => *keep = hole.is_none() && !target[i].is_nan(),
            Missing::Mean => *keep = !target[i].is_nan(),
        }
    }
    Ok(keep)
}

/// Keeps some rows and columns, in place.
fn compact(matrix: &mut Matrix, cols: &[usize], keep_row: &[bool]) {
    let mut next = 0;
    for i in (0..matrix.rows).filter(|i| keep_row[*i]) {
        for j in cols {
            matrix.values[next] = matrix.values[i * matrix.cols + j];
            next += 1;
        }
    }
    matrix.values.truncate(next);
    matrix.cols = cols.len();
    matrix.rows = next / cols.len();
}

/// The claims of an .npy header.
struct Header {
    /// Length of everything before the data.
    bytes: u64,
    element: Element,
    big_endian: bool,
    fortran_order: bool,
    rows: usize,
    cols: usize,
}

impl Header {
    fn read(source: &Source) -> Result<Header, DataError> {
        let file = source.name();
        let mut reader = source.open()?;
        let mut take = |bytes: &mut [u8]| {
            reader.read_exact(bytes).map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => DataError::file(&file, "the file ends within its header"),
                _ => source.unreadable(e),
            })
        };
        let mut start = [0; 8];
        take(&mut start)?;
        if !start.starts_with(b"\x93NUMPY") {
            let legal = "an .npy file begins 93 4e 55 4d 50 59";
            return Err(DataError::header(&file, "magic string", format!("{:02x?}", &start[..6]), legal));
        }
        let (length, before) = match start[6] {
            1 => {
                let mut bytes = [0; 2];
                take(&mut bytes)?;
                (usize::from(u16::from_le_bytes(bytes)), 10)
            }
            2 | 3 => {
                let mut bytes = [0; 4];
                take(&mut bytes)?;
                (u32::from_le_bytes(bytes) as usize, 12)
            }
            version => return Err(DataError::header(&file, "version", version, "1, 2 and 3 can be read")),
        };
        if length > MAX_HEADER {
            return Err(DataError::header(&file, "length of the header", length, format!("at most {MAX_HEADER}")));
        }
        let mut text = vec![0; length];
        take(&mut text)?;
        let text = std::str::from_utf8(&text).map_err(|_| DataError::file(&file, "the header is not text"))?;
        Header::parse(&file, text, before + length as u64)
    }

    /// From `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order.
    fn parse(file: &str, text: &str, bytes: u64) -> Result<Header, DataError> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        let inside = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let malformed = || {
            let legal = "it must be {'descr': TYPE, 'fortran_order': BOOL, 'shape': (SIZES)}";
            DataError::header(file, "header", text.trim().escape_debug().take(200).collect::<String>(), legal)
        };
        let mut rest = inside.ok_or_else(malformed)?.trim();
        while !rest.is_empty() {
            let (key, after) = quoted(rest).ok_or_else(malformed)?;
            let after = after.trim_start().strip_prefix(':').ok_or_else(malformed)?.trim_start();
            // A value ends at the next comma outside the brackets of a shape.
            let end = match after.strip_prefix('(') {
                Some(inner) => inner.find(')').map(|end| end + 2).ok_or_else(malformed)?,
                None => after.find(',').unwrap_or(after.len()),
            };
            let (value, after) = after.split_at(end);
            let slot = match key {
                "descr" => &mut descr,
                "fortran_order" => &mut fortran,
                "shape" => &mut shape,
                _ => return Err(malformed()),
            };
            *slot = Some(value.trim());
            let after = after.trim_start();
            rest = after.strip_prefix(',').unwrap_or(after).trim_start();
        }
        let (Some(descr), Some(fortran), Some(shape)) = (descr, fortran, shape) else { return Err(malformed()) };
        let (element, big_endian) = element(descr).ok_or_else(|| {
            let legal = "legal are '|b1', '|u1', '|i1', and '<' or '>' with u2, u4, u8, i2, i4, i8, f4, f8";
            DataError::header(file, "descr", descr, legal)
        })?;
        let fortran_order = match fortran {
            "True" => true,
            "False" => false,
            other => return Err(DataError::header(file, "fortran_order", other, "legal are True and False")),
        };
        let sizes = sizes(shape).ok_or_else(|| {
            DataError::header(file, "shape", shape, "it must be positive integers in brackets, as in (3, 4)")
        })?;
        if fortran_order && sizes.len() > 2 {
            return Err(DataError::header(file, "fortran_order", "True", "with more than two dimensions only False"));
        }
        let cols = sizes[1..].iter().try_fold(1, |cols, size| checked_cells(file, cols, *size))?;
        Ok(Header { bytes, element, big_endian, fortran_order, rows: sizes[0], cols })
    }

    /// Counts the actual data before anything is allocated.
    fn check_length(&self, source: &Source, cells: usize) -> Result<(), DataError> {
        let claimed = (cells * self.element.bytes()) as u64;
        let mut reader = source.open()?.take(self.bytes + claimed + 1);
        let real = std::io::copy(&mut reader, &mut std::io::sink()).map_err(|e| source.unreadable(e))?;
        let real = real.saturating_sub(self.bytes);
        if real == claimed {
            return Ok(());
        }
        let real = if real > claimed { "more".to_string() } else { real.to_string() };
        let legal = format!("the header claims {claimed}");
        Err(DataError::header(&source.name(), "length of the data", format!("{real} bytes"), legal))
    }
}

/// A quoted string at the start of `text`, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// The element type and whether it is big-endian, from NumPy's type string.
fn element(descr: &str) -> Option<(Element, bool)> {
    let (descr, rest) = quoted(descr)?;
    if !rest.is_empty() || !descr.is_ascii() || descr.len() != 3 {
        return None;
    }
    let (order, name) = descr.split_at(1);
    let element = match name {
        "b1" | "u1" => Element::U8,
        "i1" => Element::I8,
        "u2" => Element::U16,
        "i2" => Element::I16,
        "u4" => Element::U32,
        "i4" => Element::I32,
        "u8" => Element::U64,
        "i8" => Element::I64,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return None,
    };
    match order {
        "<" => Some((element, false)),
        ">" => Some((element, true)),
        "|" if element.bytes() == 1 => Some((element, false)),
        _ => None,
    }
}

/// The sizes in `(3, 4)` or `(3,)`, all positive and at least one.
fn sizes(shape: &str) -> Option<Vec<usize>> {
    let inner = shape.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    inner.split(',').map(|size| size.trim().parse().ok().filter(|size| *size > 0)).collect()
}
