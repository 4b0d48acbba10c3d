//! A file in the IDX format, gzip or not.
#![no_main]

use downhill_data::read::{Source, read_idx};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(matrix) = read_idx(&Source::Bytes { name: "fuzz", bytes }) {
        assert_eq!(matrix.values.len(), matrix.rows * matrix.cols);
    }
});
