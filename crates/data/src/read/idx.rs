//! IDX files, the format of MNIST (LeCun, Cortes and Burges): a magic number, big-endian sizes, then the numbers. Gzip
//! is recognised by the content, not by the name.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::element::Element;
use super::encoder::TargetKind;
use super::source::Source;
use super::target::{Distinct, numeric_kind};
use crate::error::{DataError, checked_cells, room_for};
use crate::{Dataset, Matrix, Target, TaskKind};

/// Name of the file with the training images, without `.gz`; the others go with it.
pub(crate) const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

/// Reads one IDX file as `[first dimension, product of the others]`.
///
/// Legal types are unsigned and signed bytes, 16- and 32-bit integers, and floats of 32 and 64 bits.
///
/// # Errors
/// Any amount of data but the header's, found before anything is allocated.
pub fn read_idx(source: &Source) -> Result<Matrix, DataError> {
    let idx = Idx::open(source)?;
    let mut values = room_for(&source.name(), idx.rows * idx.cols)?;
    idx.read_into(&mut values)?;
    Ok(Matrix { rows: idx.rows, cols: idx.cols, values })
}

/// Reads a folder with the four files of MNIST, or with the two training files; the test files, if present, become the
/// test part. Pixels stay as they are, 0 to 255.
///
/// # Errors
/// A file that is missing or damaged, images and labels that don't go together, labels that are no small integers.
pub fn read_idx_folder(folder: &Path) -> Result<Dataset, DataError> {
    let find = |name: &str| {
        [name.to_string(), format!("{name}.gz")].iter().map(|name| folder.join(name)).find(|path| path.is_file())
    };
    let must = |path: Option<PathBuf>, name: &str| {
        path.map(Source::File).ok_or_else(|| {
            DataError::file(&folder.display().to_string(), format!("there is no {name} or {name}.gz in this folder"))
        })
    };
    let images = must(find(TRAIN_IMAGES), TRAIN_IMAGES)?;
    let labels = must(find(TRAIN_LABELS), TRAIN_LABELS)?;
    let test = match (find(TEST_IMAGES), find(TEST_LABELS)) {
        (None, None) => None,
        (images, labels) => Some((must(images, TEST_IMAGES)?, must(labels, TEST_LABELS)?)),
    };
    let train_images = Idx::open(&images)?;
    let test_images = test.as_ref().map(|(images, _)| Idx::open(images)).transpose()?;
    let (test_rows, test_cols) = test_images.as_ref().map_or((0, train_images.cols), |idx| (idx.rows, idx.cols));
    if let (Some((images, _)), true) = (&test, test_cols != train_images.cols) {
        let legal = format!("the training images have {}", train_images.cols);
        return Err(DataError::header(&images.name(), "pixels per image", test_cols, legal));
    }
    let (rows, cols) = (train_images.rows + test_rows, train_images.cols);
    let name = folder.display().to_string();
    // One allocation holds both parts.
    let mut values = room_for(&name, checked_cells(&name, rows, cols)?)?;
    train_images.read_into(&mut values)?;
    if let Some(images) = &test_images {
        images.read_into(&mut values)?;
    }
    let mut numbers = read_labels(&labels, train_images.rows)?;
    if let Some((_, labels)) = &test {
        numbers.extend(read_labels(labels, test_rows)?);
    }
    let (labels, names) = classes(&name, &numbers)?;
    let notes = if test_rows > 0 { vec![format!("test part: the {test_rows} rows of the t10k files")] } else { vec![] };
    Ok(Dataset {
        name,
        features: Matrix { rows, cols, values },
        feature_names: (0..cols).map(|j| format!("pixel{j}")).collect(),
        target: Target::Classes { labels, names },
        test_rows,
        notes,
        encoder: None,
    })
}

fn read_labels(source: &Source, rows: usize) -> Result<Vec<f64>, DataError> {
    let labels = read_idx(source)?;
    if (labels.rows, labels.cols) != (rows, 1) {
        let shape = format!("{} x {}", labels.rows, labels.cols);
        return Err(DataError::header(
            &source.name(),
            "shape of the labels",
            shape,
            format!("there are {rows} images"),
        ));
    }
    Ok(labels.values)
}

/// Labels and class names from numbers.
fn classes(file: &str, numbers: &[f64]) -> Result<(Vec<u32>, Vec<String>), DataError> {
    if let Some(x) = numbers.iter().find(|x| x.fract() != 0.0) {
        return Err(DataError::value(format!("{file}: a label"), x, "an integer"));
    }
    let mut distinct = Distinct::default();
    numbers.iter().for_each(|x| distinct.insert(*x));
    let kind = numeric_kind(file, "labels", &distinct, Some(TaskKind::Classification), &mut vec![])?;
    let names = if let TargetKind::Classes { names, .. } = kind { names } else { vec![] };
    Ok((numbers.iter().map(|x| distinct.place(*x)).collect(), names))
}

/// An IDX file with a checked header: the amount of data is the claimed one.
struct Idx<'a> {
    source: &'a Source<'a>,
    header_bytes: u64,
    element: Element,
    rows: usize,
    cols: usize,
}

impl<'a> Idx<'a> {
    fn open(source: &'a Source<'a>) -> Result<Self, DataError> {
        let file = source.name();
        let bad = |field: &str, value: String, legal: String| DataError::header(&file, field, value, legal);
        let mut reader = source.open_unzipped()?;
        let mut word = || -> Result<[u8; 4], DataError> {
            let mut bytes = [0; 4];
            reader.read_exact(&mut bytes).map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => DataError::file(&file, "the file ends within its header"),
                _ => source.unreadable(e),
            })?;
            Ok(bytes)
        };
        let magic = word()?;
        let element = match magic {
            [0, 0, 0x08, _] => Element::U8,
            [0, 0, 0x09, _] => Element::I8,
            [0, 0, 0x0b, _] => Element::I16,
            [0, 0, 0x0c, _] => Element::I32,
            [0, 0, 0x0d, _] => Element::F32,
            [0, 0, 0x0e, _] => Element::F64,
            _ => {
                let legal = "an IDX file begins 00 00, then 08, 09, 0b, 0c, 0d or 0e, then the number of dimensions";
                return Err(bad("magic number", format!("{magic:02x?}"), legal.into()));
            }
        };
        let dimensions = usize::from(magic[3]);
        if dimensions == 0 {
            return Err(bad("number of dimensions", "0".into(), "at least 1 is needed".into()));
        }
        let (mut rows, mut cols) = (0, 1);
        for d in 0..dimensions {
            let size = u32::from_be_bytes(word()?) as usize;
            if size == 0 {
                return Err(bad(&format!("dimension {d}"), "0".into(), "at least 1 is needed".into()));
            }
            if d == 0 {
                rows = size;
            } else {
                cols = checked_cells(&file, cols, size)?;
            }
        }
        let cells = checked_cells(&file, rows, cols)?;
        let claimed = (cells * element.bytes()) as u64;
        // The actual data are counted before anything is allocated; an endless file stops here.
        let real = std::io::copy(&mut reader.take(claimed + 1), &mut std::io::sink()).map_err(|e| {
            DataError::file(&file, format!("the data breaks off ({e}); the header claims {claimed} bytes of it"))
        })?;
        if real != claimed {
            let real = if real > claimed { "more".to_string() } else { real.to_string() };
            return Err(bad("length of the data", format!("{real} bytes"), format!("the header claims {claimed}")));
        }
        Ok(Idx { source, header_bytes: 4 + 4 * dimensions as u64, element, rows, cols })
    }

    /// Appends all numbers, row after row.
    fn read_into(&self, values: &mut Vec<f64>) -> Result<(), DataError> {
        let mut reader = self.source.open_unzipped()?;
        let broken = |e| self.source.unreadable(e);
        std::io::copy(&mut reader.by_ref().take(self.header_bytes), &mut std::io::sink()).map_err(broken)?;
        let start = values.len();
        let cells = self.rows * self.cols;
        self.element.read(true, &mut reader, cells, |piece| values.extend_from_slice(piece)).map_err(broken)?;
        match values[start..].iter().find(|x| !x.is_finite()) {
            Some(bad) => {
                Err(DataError::file(&self.source.name(), format!("a number is {bad}; numbers must be finite")))
            }
            None => Ok(()),
        }
    }
}
