//! The rows of a CSV text, each with its line number.

use std::cell::OnceCell;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord};

use crate::error::DataError;

/// Cells that count as missing.
const MISSING: [&str; 6] = ["", "NA", "NaN", "nan", "null", "?"];

/// Longest CSV file that is read: 4 GiB.
const MAX_BYTES: u64 = 1 << 32;

/// Follows the text, as a record of its own. A quote that is never closed swallows this record, which reveals the
/// error; no text contains it, because NUL is refused.
const END: &str = "\0";

/// A CSV text known to be UTF-8 without NUL, and its delimiter.
pub(crate) struct Text<'a> {
    /// Its name in messages.
    pub file: &'a str,
    content: &'a str,
    pub delimiter: u8,
}

/// One row of cells, trimmed.
pub(crate) struct Row<'a> {
    text: &'a Text<'a>,
    record: &'a StringRecord,
    line: OnceCell<u64>,
}

/// Reads a source to the end, as a CSV text's bytes.
pub(crate) fn read_bytes(source: &super::Source) -> Result<Vec<u8>, DataError> {
    source.read_all(MAX_BYTES)
}

/// The legal separators of cells, in words.
pub(crate) const LEGAL_DELIMITER: &str = "one ASCII character, neither a quote nor a line end";

/// Whether a byte can separate cells.
pub(crate) fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0)
}

impl<'a> Text<'a> {
    /// Checks that `bytes` are a text. A byte order mark is skipped.
    pub fn new(file: &'a str, bytes: &'a [u8], delimiter: u8) -> Result<Self, DataError> {
        let line_at = |byte: usize| 1 + bytes[..byte].iter().filter(|b| **b == b'\n').count() as u64;
        let content = std::str::from_utf8(bytes).map_err(|e| {
            let at = e.valid_up_to();
            DataError::line(file, line_at(at), format!("byte 0x{:02x} is not UTF-8; save the file as UTF-8", bytes[at]))
        })?;
        if let Some(at) = content.find('\0') {
            return Err(DataError::line(file, line_at(at), "a NUL byte, which no CSV file holds"));
        }
        let content = content.strip_prefix('\u{feff}').unwrap_or(content);
        if content.trim().is_empty() {
            return Err(DataError::file(file, "the file is empty; a header line and rows of data are needed"));
        }
        Ok(Text { file, content, delimiter })
    }

    /// Calls `visit` for every row, blank lines left out, until it returns an error or false.
    pub fn for_each_row(&self, mut visit: impl FnMut(Row) -> Result<bool, DataError>) -> Result<(), DataError> {
        let tail = ["\n", END].concat();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(self.content.as_bytes().chain(tail.as_bytes()));
        let mut record = StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(e) => return Err(DataError::file(self.file, e.to_string())),
            }
            let row = Row { text: self, record: &record, line: OnceCell::new() };
            match record.iter().next_back() {
                Some(END) if record.len() == 1 => return Ok(()),
                Some(last) if last.ends_with(END) => {
                    return Err(DataError::line(
                        self.file,
                        row.line(),
                        "a quote opens in this row and is never closed",
                    ));
                }
                _ => {}
            }
            if !visit(row)? {
                return Ok(());
            }
        }
    }
}

impl Row<'_> {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Cell `j`, or nothing where the row is too short.
    pub fn cell(&self, j: usize) -> &str {
        self.record.get(j).unwrap_or("").trim()
    }

    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.record.iter().map(str::trim)
    }

    /// The line the row starts on, from 1. Counted from the start of the text, so for messages only: the reader's own
    /// count refers to the end of the row before, where blank lines and the second half of CR LF are not yet skipped.
    pub fn line(&self) -> u64 {
        *self.line.get_or_init(|| {
            let bytes = self.text.content.as_bytes();
            let end_of_last = (self.record.position().map_or(0, |p| p.byte()) as usize).min(bytes.len());
            let skipped = bytes[end_of_last..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            1 + bytes[..end_of_last + skipped].iter().filter(|b| **b == b'\n').count() as u64
        })
    }

    /// Refuses a row that is not `width` cells wide.
    pub fn check_width(&self, width: usize) -> Result<(), DataError> {
        if self.len() == width {
            return Ok(());
        }
        let what = format!("{} cells where the first line has {width}", self.len());
        Err(DataError::line(self.text.file, self.line(), what))
    }
}

/// Whether a cell counts as missing.
pub(crate) fn is_missing(cell: &str) -> bool {
    cell.len() <= 4 && MISSING.contains(&cell)
}

/// The number in a cell, infinite ones included.
pub(crate) fn number(cell: &str) -> Option<f64> {
    // Adding 0 turns -0 into 0, so that the two are one class.
    cell.parse::<f64>().ok().map(|x| x + 0.0)
}
