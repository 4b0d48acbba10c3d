//! IDX and .npy files: legal ones are read, illegal ones refused before anything is allocated.

use std::io::Write;
use std::path::Path;

use downhill_data::read::{Source, read_idx, read_npy};
use downhill_data::{LoadOptions, Matrix, Missing, Target, load};
use flate2::{Compression, write::GzEncoder};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An IDX file of type `kind` with these sizes, then `data` as it is.
fn idx(kind: u8, sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

fn source(bytes: &[u8]) -> Source<'_> {
    Source::Bytes { name: "f", bytes }
}

fn idx_error(bytes: &[u8]) -> String {
    read_idx(&source(bytes)).unwrap_err().to_string()
}

#[test]
fn idx_is_read_with_and_without_gzip_in_every_type() {
    let images = idx(8, &[2, 2, 1], &[1, 2, 3, 255]);
    let expected = Matrix { rows: 2, cols: 2, values: vec![1.0, 2.0, 3.0, 255.0] };
    assert_eq!(read_idx(&source(&images)).unwrap(), expected);
    assert_eq!(read_idx(&source(&gzip(&images))).unwrap(), expected);
    let one = |kind, data: &[u8]| read_idx(&source(&idx(kind, &[1], data))).unwrap().values[0];
    assert_eq!(one(0x09, &[0xfe]), -2.0);
    assert_eq!(one(0x0b, &(-300i16).to_be_bytes()), -300.0);
    assert_eq!(one(0x0c, &70_000i32.to_be_bytes()), 70_000.0);
    assert_eq!(one(0x0d, &1.5f32.to_be_bytes()), 1.5);
    assert_eq!(one(0x0e, &(-0.1f64).to_be_bytes()), -0.1);
}

#[test]
fn idx_that_lies_or_breaks_off_is_refused() {
    assert_eq!(idx_error(b""), "f: the file ends within its header");
    assert_eq!(idx_error(&[0, 0, 8, 2, 0, 0]), "f: the file ends within its header");
    assert!(idx_error(b"\x89PNG....").starts_with("f: magic number is [89, 50, 4e, 47]; an IDX file begins 00 00"));
    assert!(idx_error(&[0, 0, 7, 1, 0, 0, 0, 1, 1]).starts_with("f: magic number is [00, 00, 07, 01]"));
    assert_eq!(idx_error(&[0, 0, 8, 0]), "f: number of dimensions is 0; at least 1 is needed");
    assert_eq!(idx_error(&idx(8, &[3, 0], &[])), "f: dimension 1 is 0; at least 1 is needed");
    assert_eq!(idx_error(&idx(8, &[3], &[1, 2])), "f: length of the data is 2 bytes; the header claims 3");
    assert_eq!(idx_error(&idx(8, &[3], &[1; 9])), "f: length of the data is more bytes; the header claims 3");
    assert!(idx_error(&idx(0x0d, &[1], &f32::NAN.to_be_bytes())).contains("a number is NaN"));
    let huge = idx_error(&idx(8, &[60_000, 1_000_000_000], &[]));
    assert_eq!(huge, "f needs 1000000000 cells; at most 268435456 (2 GiB of numbers) are allowed");
    assert!(idx_error(&idx(8, &[u32::MAX; 255], &[])).contains("at most 268435456"));
}

#[test]
fn truncated_and_bloated_gzip_are_refused() {
    let whole = gzip(&idx(8, &[1000], &(0..1000).map(|i| (i * i % 251) as u8).collect::<Vec<_>>()));
    let cut = idx_error(&whole[..whole.len() / 2]);
    assert!(cut.starts_with("f: the data breaks off") && cut.ends_with("the header claims 1000 bytes of it"), "{cut}");
    let mut spoiled = whole.clone();
    let end = spoiled.len() - 6;
    spoiled[end] ^= 0xff;
    assert!(read_idx(&source(&spoiled)).is_err(), "the checksum is looked at");
    let bomb = gzip(&idx(8, &[10], &vec![0; 100_000_000]));
    assert_eq!(idx_error(&bomb), "f: length of the data is more bytes; the header claims 10");
}

fn folder(test: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("train-images-idx3-ubyte", idx(8, &[3, 1, 2], &[1, 2, 3, 4, 5, 6]));
    put("train-labels-idx1-ubyte.gz", gzip(&idx(8, &[3], &[7, 2, 7])));
    if test {
        put("t10k-images-idx3-ubyte.gz", gzip(&idx(8, &[1, 1, 2], &[9, 8])));
        put("t10k-labels-idx1-ubyte", idx(8, &[1], &[2]));
    }
    folder
}

fn at(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_folder_of_idx_files_becomes_one_set_with_its_test_part_last() {
    let folder = folder(true);
    let data = load(at(folder.path()), &Default::default()).unwrap();
    assert_eq!(data.features, Matrix { rows: 4, cols: 2, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0, 8.0] });
    assert_eq!(data.test_rows, 1);
    assert_eq!(data.target, Target::Classes { labels: vec![1, 0, 1, 0], names: vec!["2".into(), "7".into()] });
    assert_eq!(load(at(self::folder(false).path()), &Default::default()).unwrap().test_rows, 0);
}

#[test]
fn a_folder_whose_files_do_not_go_together_is_refused() {
    let fails = |name: &str, bytes: Vec<u8>| {
        let folder = folder(true);
        std::fs::write(folder.path().join(name), bytes).unwrap();
        load(at(folder.path()), &Default::default()).unwrap_err().to_string()
    };
    let labels = fails("train-labels-idx1-ubyte", idx(8, &[2], &[1, 2]));
    assert!(labels.ends_with("shape of the labels is 2 x 1; there are 3 images"), "{labels}");
    let pixels = fails("t10k-images-idx3-ubyte", idx(8, &[1, 1, 3], &[1, 2, 3]));
    assert!(pixels.ends_with("pixels per image is 3; the training images have 2"), "{pixels}");
    let one = fails("train-labels-idx1-ubyte", idx(8, &[3], &[2, 2, 2]));
    assert!(one.contains("one class only, `2`"), "{one}");
    let fraction = fails("train-labels-idx1-ubyte", idx(0x0d, &[3], &[0.5f32.to_be_bytes(); 3].concat()));
    assert!(fraction.ends_with("a label is `0.5`; legal: an integer"), "{fraction}");
    let empty = tempfile::tempdir().unwrap();
    let message = load(at(empty.path()), &Default::default()).unwrap_err().to_string();
    assert!(message.ends_with("there is no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in this folder"));
}

#[test]
fn fashion_mnist_is_found_under_the_data_folder() {
    let folder = folder(true);
    let options = LoadOptions { data_dir: Some(folder.path().into()), ..Default::default() };
    let data = load("fashion-mnist", &options).unwrap();
    assert_eq!((data.name.as_str(), data.test_rows), ("fashion-mnist", 1));
}

/// An .npy file, version 1.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn floats(rows: usize, values: &[f64]) -> Vec<u8> {
    let shape = format!("({rows}, {})", values.len() / rows);
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}     \n");
    npy(&header, &values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
}

fn npy_error(bytes: &[u8]) -> String {
    read_npy(&source(bytes)).unwrap_err().to_string()
}

#[test]
fn npy_is_read_in_every_type_order_and_shape() {
    let matrix = |bytes: &[u8]| read_npy(&source(bytes)).unwrap();
    assert_eq!(
        matrix(&floats(2, &[1.0, 2.0, 3.0, 4.0])),
        Matrix { rows: 2, cols: 2, values: vec![1.0, 2.0, 3.0, 4.0] }
    );
    let dict = |descr: &str, fortran: &str, shape: &str| {
        format!("{{\"shape\": {shape}, 'fortran_order': {fortran}, 'descr': '{descr}'}}\n")
    };
    let one = |descr: &str, data: &[u8]| matrix(&npy(&dict(descr, "False", "(1,)"), data)).values[0];
    assert_eq!(one("|b1", &[1]), 1.0);
    assert_eq!(one("|u1", &[200]), 200.0);
    assert_eq!(one("|i1", &[200]), -56.0);
    assert_eq!(one(">u2", &[1, 0]), 256.0);
    assert_eq!(one("<i2", &[0xff, 0xff]), -1.0);
    assert_eq!(one("<u4", &[1, 0, 0, 0]), 1.0);
    assert_eq!(one(">i4", &(-7i32).to_be_bytes()), -7.0);
    assert_eq!(one("<u8", &9u64.to_le_bytes()), 9.0);
    assert_eq!(one(">i8", &(-9i64).to_be_bytes()), -9.0);
    assert_eq!(one("<f4", &0.5f32.to_le_bytes()), 0.5);
    assert_eq!(one(">f8", &0.1f64.to_be_bytes()), 0.1);
    let fortran = npy(&dict("|u1", "True", "(2, 3)"), &[1, 4, 2, 5, 3, 6]);
    assert_eq!(matrix(&fortran).values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let images = npy(&dict("|u1", "False", "(2, 2, 3)"), &[0; 12]);
    assert_eq!((matrix(&images).rows, matrix(&images).cols), (2, 6));
}

#[test]
fn npy_that_lies_or_breaks_off_is_refused() {
    assert_eq!(npy_error(b"\x93NUM"), "f: the file ends within its header");
    assert!(npy_error(b"PK\x03\x04........").starts_with("f: magic string is [50, 4b, 03, 04, 2e, 2e]"));
    assert_eq!(npy_error(b"\x93NUMPY\x09\x00ab"), "f: version is 9; 1, 2 and 3 can be read");
    let long = [b"\x93NUMPY\x02\x00".as_slice(), &u32::MAX.to_le_bytes()].concat();
    assert_eq!(npy_error(&long), "f: length of the header is 4294967295; at most 10000");
    let good = floats(1, &[1.0, 2.0]);
    assert_eq!(npy_error(&good[..good.len() - 1]), "f: length of the data is 15 bytes; the header claims 16");
    assert_eq!(npy_error(&[&good[..], &[0]].concat()), "f: length of the data is more bytes; the header claims 16");
    let with = |descr: &str, shape: &str| {
        npy_error(&npy(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"), &[]))
    };
    assert!(with("'<f8'", "(1000000000, 1000000000)").starts_with("f needs 1000000000 cells; at most"));
    assert!(with("'<f8'", "(9999999999999999999, 9999999999)").contains("cells; at most 268435456"));
    assert!(with("'<f8'", "(99999999999999999999999,)").contains("shape is (99999999999999999999999,)"));
    assert!(with("'<f8'", "(0, 3)").contains("it must be positive integers"));
    assert!(with("'<f8'", "()").contains("shape is ()"));
    assert!(with("'|O'", "(1,)").contains("descr is '|O'"));
    assert!(with("'<c16'", "(1,)").contains("descr is '<c16'"));
    assert!(with("[('a', '<f8')]", "(1,)").starts_with("f: header is "));
    assert!(npy_error(&npy(&"(".repeat(9999), &[])).starts_with("f: header is "));
    assert!(npy_error(&npy("{'descr': '<f8'}", &[])).starts_with("f: header is "));
    assert!(npy_error(&floats(1, &[1.0, f64::INFINITY])).contains("row 0, column 1 (from 0) is inf"));
}

#[test]
fn npy_features_take_their_target_from_a_column_or_a_second_file() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        at(&path).to_string()
    };
    let x = put("x.npy", floats(3, &[1.0, 5.0, 0.0, 2.0, 6.0, 1.0, 3.0, f64::NAN, 0.0]));
    let y = put("y.npy", floats(3, &[0.5, 1.5, 2.5]));
    let options = |target: &str| LoadOptions { target: Some(target.into()), ..Default::default() };
    let by_column = LoadOptions { missing: Missing::Drop, ..options("2") };
    let data = load(&x, &by_column).unwrap();
    assert_eq!(data.features, Matrix { rows: 2, cols: 2, values: vec![1.0, 5.0, 2.0, 6.0] });
    assert_eq!(data.target, Target::Classes { labels: vec![0, 1], names: vec!["0".into(), "1".into()] });
    let by_file = LoadOptions { drop: vec!["1".into()], ..options(&y) };
    let data = load(&x, &by_file).unwrap();
    assert_eq!(data.features.values, [1.0, 0.0, 2.0, 1.0, 3.0, 0.0]);
    assert!(matches!(&data.target, Target::Values { values, .. } if values.values == [0.5, 1.5, 2.5]));
    let test_file = put("t.npy", floats(1, &[7.0, 8.0, 1.0]));
    let data = load(&x, &LoadOptions { test_file: Some(test_file.into()), ..by_column }).unwrap();
    assert_eq!((data.features.rows, data.test_rows), (3, 1));
    let fails = |options: &LoadOptions| load(&x, options).unwrap_err().to_string();
    assert!(
        fails(&options("2"))
            .contains("row 2, column 1 (from 0) is NaN; leave such rows out with option `missing=drop`")
    );
    assert!(fails(&options("3")).contains("option `target` is `3`; legal: a column's position, 0 to 2"));
    assert!(fails(&LoadOptions::default()).contains("which column is the target?"));
}
