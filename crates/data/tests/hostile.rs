//! No reader panics, whatever the bytes; and every result is a whole matrix.

use downhill_data::read::{Source, read_csv, read_idx, read_npy};
use downhill_data::{LoadOptions, Matrix, Missing, Target};
use proptest::prelude::*;

fn whole(matrix: &Matrix) {
    assert_eq!(matrix.values.len(), matrix.rows * matrix.cols);
    assert!(matrix.rows > 0 && matrix.cols > 0);
}

fn read_all(bytes: &[u8], missing: Missing) {
    let source = Source::Bytes { name: "f", bytes };
    if let Ok(matrix) = read_idx(&source) {
        whole(&matrix);
        assert!(matrix.values.iter().all(|x| x.is_finite()));
    }
    if let Ok(matrix) = read_npy(&source) {
        whole(&matrix);
    }
    if let Ok(data) = read_csv(&source, &LoadOptions { missing, ..Default::default() }) {
        whole(&data.features);
        assert_eq!(data.feature_names.len(), data.features.cols);
        assert!(data.features.values.iter().all(|x| x.is_finite() || missing == Missing::Mean && x.is_nan()));
        match data.target {
            Target::Classes { labels, names } => {
                assert_eq!(labels.len(), data.features.rows);
                assert!(labels.iter().all(|label| (*label as usize) < names.len()));
            }
            Target::Values { values, .. } => {
                assert_eq!(values.rows, data.features.rows);
                whole(&values);
            }
        }
    }
}

fn missing() -> impl Strategy<Value = Missing> {
    prop_oneof![Just(Missing::Error), Just(Missing::Drop), Just(Missing::Mean)]
}

/// A valid file of each kind, to be corrupted.
fn valid() -> impl Strategy<Value = Vec<u8>> {
    let idx = [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1][..], &[1, 2, 3, 4, 5, 6]].concat();
    let header = b"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }\n";
    let npy = [b"\x93NUMPY\x01\x00", &[header.len() as u8, 0][..], header, &[0; 8]].concat();
    let csv = b"x,island,y\n1,A,2.5\n2,B,NA\n\"3\",A,4\n".to_vec();
    let zipped = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        encoder.write_all(&idx).unwrap();
        encoder.finish().unwrap()
    };
    prop_oneof![Just(idx), Just(npy), Just(csv), Just(zipped)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_reader_panics_on_arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), missing in missing()) {
        read_all(&bytes, missing);
    }

    #[test]
    fn no_reader_panics_on_text_that_looks_like_csv(text in "[0-9a.,;\"\n\r\t?NA|-]{0,120}", missing in missing()) {
        read_all(text.as_bytes(), missing);
    }

    #[test]
    fn no_reader_panics_on_a_spoilt_file(
        mut bytes in valid(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
        missing in missing(),
    ) {
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_all(&bytes, missing);
    }

    #[test]
    fn no_header_of_an_npy_file_panics(header in "[{}'\"()<f8u1,: a-zA-Z0-9]{0,80}") {
        let bytes = [b"\x93NUMPY\x01\x00".as_slice(), &[header.len() as u8, 0], header.as_bytes(), &[0; 16]].concat();
        read_all(&bytes, Missing::Error);
    }
}
