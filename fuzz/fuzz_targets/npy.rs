//! A file in the .npy format.
#![no_main]

use downhill_data::read::{Source, read_npy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(matrix) = read_npy(&Source::Bytes { name: "fuzz", bytes }) {
        assert_eq!(matrix.values.len(), matrix.rows * matrix.cols);
    }
});
