//! Guesses, each reported in the notes: the delimiter, and whether the first line is a header.

use super::text::{Row, Text, is_missing, number};
use crate::error::DataError;

/// Number of rows examined.
const ROWS: usize = 20;

/// The delimiters tried, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that divides the first rows into the most cells, the same number in each; if there is none, the
/// delimiter that divides the first row into the most cells.
pub(crate) fn delimiter(file: &str, bytes: &[u8]) -> Result<u8, DataError> {
    let (mut best, mut best_score) = (b',', (false, 1));
    for candidate in DELIMITERS {
        let mut widths = vec![];
        Text::new(file, bytes, candidate)?
            .for_each_row(|row| {
                widths.push(row.len());
                Ok(widths.len() < ROWS)
            })
            // An open quote is reported by the actual reading of the rows.
            .or_else(|e| if widths.is_empty() { Err(e) } else { Ok(()) })?;
        let first = widths.first().copied().unwrap_or(0);
        let score = (first > 1 && widths.iter().all(|width| *width == first), first);
        if score > best_score {
            (best, best_score) = (candidate, score);
        }
    }
    Ok(best)
}

/// Whether the first line names the columns.
///
/// It does if some column has text there and only numbers below; it does not if some cell there is a number
/// itself; and it does if everything is text.
pub(crate) fn header(text: &Text) -> Result<bool, DataError> {
    let is_number = |cell: &str| number(cell).is_some();
    let mut first: Vec<String> = vec![];
    let mut numbers_below: Vec<Option<bool>> = vec![];
    let mut seen = 0;
    text.for_each_row(|row: Row| {
        if seen == 0 {
            first = row.cells().map(String::from).collect();
            numbers_below = vec![None; first.len()];
        } else {
            for (below, cell) in numbers_below.iter_mut().zip(row.cells()).filter(|(_, cell)| !is_missing(cell)) {
                *below = Some(below.unwrap_or(true) && is_number(cell));
            }
        }
        seen += 1;
        Ok(seen <= ROWS)
    })?;
    let mut columns = first.iter().zip(&numbers_below);
    let names_numbers = columns.any(|(cell, below)| !is_missing(cell) && !is_number(cell) && *below == Some(true));
    Ok(names_numbers || !first.iter().any(|cell| is_number(cell)))
}
