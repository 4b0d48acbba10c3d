//! A CSV, read with each way of treating missing cells; the first byte chooses the options.
#![no_main]

use downhill_data::read::{Source, read_csv};
use downhill_data::{LoadOptions, Missing, TaskKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let options = LoadOptions {
        missing: [Missing::Error, Missing::Drop, Missing::Mean][usize::from(choice % 3)],
        task: [None, Some(TaskKind::Classification), Some(TaskKind::Regression)][usize::from(choice / 3 % 3)],
        header: [None, Some(true), Some(false)][usize::from(choice / 9 % 3)],
        delimiter: [None, Some(b','), Some(*choice)][usize::from(choice / 27 % 3)],
        ..Default::default()
    };
    if let Ok(data) = read_csv(&Source::Bytes { name: "fuzz", bytes }, &options) {
        assert_eq!(data.features.values.len(), data.features.rows * data.features.cols);
        assert_eq!(data.feature_names.len(), data.features.cols);
    }
});
