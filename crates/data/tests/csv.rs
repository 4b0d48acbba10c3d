//! CSV files: guesses, encodings, refusals, and the places that messages name.

use std::path::PathBuf;

use downhill_data::read::{Source, read_csv};
use downhill_data::{DataError, Dataset, Encoder, LoadOptions, Missing, Scaler, Scaling, Target, TaskKind, load};

fn read_with(text: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    read_csv(&Source::Bytes { name: "a.csv", bytes: text.as_bytes() }, options)
}

fn read(text: &str) -> Dataset {
    read_with(text, &LoadOptions::default()).unwrap()
}

fn error(text: &str) -> String {
    read_with(text, &LoadOptions::default()).unwrap_err().to_string()
}

fn with(missing: Missing) -> LoadOptions {
    LoadOptions { missing, ..Default::default() }
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn classes(data: &Dataset) -> (Vec<u32>, Vec<&str>) {
    match &data.target {
        Target::Classes { labels, names } => (labels.clone(), names.iter().map(String::as_str).collect()),
        Target::Values { .. } => panic!("no classes: {:?}", data.notes),
    }
}

const MIXED: &str = "size,island,kind\n1.5,B,cat\n2,A,dog\n-3e2,B,cat\n";

#[test]
fn numbers_stay_and_text_becomes_one_feature_per_level() {
    let data = read(MIXED);
    assert_eq!(data.feature_names, ["size", "island=A", "island=B"]);
    assert_eq!(data.features.values, [1.5, 0.0, 1.0, 2.0, 1.0, 0.0, -300.0, 0.0, 1.0]);
    assert_eq!(classes(&data), (vec![0, 1, 0], vec!["cat", "dog"]));
    assert_eq!(
        data.notes,
        [
            "the first line is a header",
            "column `island`: text, so 2 features",
            "target `kind`: the last column (option `target` names another)",
            "target `kind`: text, so 2 classes",
        ]
    );
}

#[test]
fn a_numeric_target_is_classes_up_to_twenty_distinct_integers_and_the_task_decides_otherwise() {
    let rows = |n: usize| "x,y\n".to_string() + &(0..n).map(|i| format!("{i},{}\n", 30 - i)).collect::<String>();
    let few = read(&rows(20));
    assert_eq!(few.task(), TaskKind::Classification);
    assert!(few.notes.contains(
        &"target `y`: 20 distinct integers, so 20 classes (option `task=regression` decides otherwise)".to_string()
    ));
    let many = read(&rows(21));
    assert_eq!(many.task(), TaskKind::Regression);
    assert!(many.notes.contains(
        &"target `y`: 21 distinct numbers, so regression (option `task=classification` decides otherwise)".to_string()
    ));
    let task = |task| LoadOptions { task: Some(task), ..Default::default() };
    assert_eq!(read_with(&rows(20), &task(TaskKind::Regression)).unwrap().task(), TaskKind::Regression);
    assert_eq!(read_with(&rows(21), &task(TaskKind::Classification)).unwrap().task(), TaskKind::Classification);
    assert_eq!(read("x,y\n1,0.5\n2,1\n").task(), TaskKind::Regression);
}

#[test]
fn numeric_classes_are_sorted_by_size_and_integers_print_plainly() {
    let data = read("x,y\n1,10\n1,9.0\n1,-1\n1,9\n1,-0\n1,0\n");
    assert_eq!(classes(&data), (vec![3, 2, 0, 2, 1, 1], vec!["-1", "0", "9", "10"]));
}

#[test]
fn delimiters_are_sniffed_and_said() {
    for (delimiter, note) in [(';', "delimiter: `;`"), ('\t', "delimiter: `\\t`"), ('|', "delimiter: `|`")] {
        let data = read(&MIXED.replace(',', &delimiter.to_string()));
        assert_eq!(data.features, read(MIXED).features);
        assert_eq!(data.notes[0], note);
    }
    let commas_inside = read("a;b\n1,5;x\n2,5;y\n");
    assert_eq!(commas_inside.feature_names, ["a=1,5", "a=2,5"]);
    let given = LoadOptions { delimiter: Some(b' '), ..Default::default() };
    assert_eq!(read_with("a b\n1 x\n2 y\n", &given).unwrap().features.values, [1.0, 2.0]);
}

#[test]
fn headers_are_sniffed_said_and_overruled() {
    let bare = read("5.1,3.5,setosa\n4.9,3.0,virginica\n");
    assert_eq!((bare.features.rows, &bare.feature_names[..]), (2, &["0".to_string(), "1".into()][..]));
    assert_eq!(bare.notes[0], "no header line: columns are named by their position, from 0");
    assert_eq!(read("0,1,label\n5,6,a\n7,8,b\n").features.rows, 3, "numbers above numbers are data");
    assert_eq!(read("a,b\nx,y\nz,w\n").features.rows, 2, "all text is a header");
    let forced = LoadOptions { header: Some(true), ..Default::default() };
    let years = read_with("2001,2002,y\n5,6,a\n7,8,b\n", &forced).unwrap();
    assert_eq!(years.feature_names, ["2001", "2002"]);
    let by_position = LoadOptions { target: Some("0".into()), header: Some(false), ..Default::default() };
    assert_eq!(classes(&read_with("1,5\n2,6\n", &by_position).unwrap()).1, ["1", "2"]);
}

#[test]
fn byte_order_mark_crlf_blank_lines_quotes_and_spaces_change_nothing() {
    let plain = read(MIXED);
    let dressed = "\u{feff}\"size\", island ,kind\r\n\r\n1.5 ,B,\"cat\"\r\n2,A,dog\r\n\r\n-3e2,\"B\",cat";
    let data = read(dressed);
    assert_eq!((data.features, data.target, data.feature_names), (plain.features, plain.target, plain.feature_names));
    let quoted = read("a,b\n\"x, \"\"y\"\"\nz\",1\nw,2\n");
    assert_eq!(quoted.feature_names, ["a=w", "a=x, \"y\"\nz"]);
}

#[test]
fn columns_are_chosen_and_dropped_by_name() {
    let options = LoadOptions { target: Some("island".into()), drop: vec!["size".into()], ..Default::default() };
    let data = read_with(MIXED, &options).unwrap();
    assert_eq!(data.feature_names, ["kind=cat", "kind=dog"]);
    assert_eq!(data.encoder.unwrap().dropped, ["size"]);
    let wrong = |target: &str, drop: &str| {
        let drop = if drop.is_empty() { vec![] } else { vec![drop.to_string()] };
        read_with(MIXED, &LoadOptions { target: Some(target.into()), drop, ..Default::default() })
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        wrong("iland", ""),
        "a.csv, column `iland`: option `target` names no column (did you mean `island`?); there are: size, island, kind"
    );
    assert!(wrong("kind", "sizes").contains("option `drop` names no column (did you mean `size`?)"));
    assert_eq!(wrong("kind", "kind"), "a.csv, column `kind`: option `target` and option `drop` both name this column");
}

const HOLES: &str = "x,c,y\n1,a,p\nNA,b,q\n3,,p\n5,a,?\n";

#[test]
fn missing_cells_are_an_error_that_counts_them_and_names_the_remedies() {
    assert_eq!(
        error(HOLES),
        "a.csv, line 3, column `x`: the cell is missing; missing cells in all: 1 in `x`, 1 in `c`, 1 in `y`; leave \
         those rows out with option `missing=drop`, or fill them with the training mean with option `missing=mean`"
    );
    for hole in ["", "NA", "NaN", "nan", "null", "?"] {
        assert!(error(&format!("x,y\n1,a\n{hole},b\n")).contains("1 in `x`"), "{hole}");
    }
}

#[test]
fn missing_drop_leaves_the_rows_out_and_their_categories_too() {
    let data = read_with(HOLES, &with(Missing::Drop));
    assert!(data.unwrap_err().to_string().contains("one class only, `p`"));
    let data = read_with("x,c,y\n1,a,p\nNA,b,q\n3,a,q\n4,b,?\n", &with(Missing::Drop)).unwrap();
    assert_eq!(data.features.values, [1.0, 1.0, 3.0, 1.0]);
    assert_eq!(data.feature_names, ["x", "c=a"]);
    assert!(data.notes.contains(&"2 of 4 rows left out: a cell is missing".to_string()), "{:?}", data.notes);
    let none = read_with("x,y\n,a\n,b\n", &with(Missing::Drop)).unwrap_err().to_string();
    assert_eq!(none, "a.csv: no row of data is left: each has a missing cell");
}

#[test]
fn missing_mean_leaves_nan_that_the_scaler_fills_from_training_rows_only() {
    let data = read_with("x,c,y\n1,a,p\n3,b,q\n,,p\n100,a,q\n7,a,?\n", &with(Missing::Mean)).unwrap();
    assert_eq!(data.features.rows, 4, "the row without a target is left out");
    assert!(data.features.row(2).iter().all(|x| x.is_nan()));
    let scaler = Scaler::fit(Scaling::None, &data.features, &[0, 1, 2]).unwrap();
    let mut row = [0.0; 3];
    scaler.apply(data.features.row(2), &mut row);
    assert_eq!(row, [2.0, 0.5, 0.5], "a missing category becomes the training frequencies");
    let all = read_with("x,z,y\n1,,p\n3,,q\n", &with(Missing::Mean)).unwrap_err().to_string();
    assert_eq!(all, "a.csv, column `z`: every cell is missing; leave the column out with option `drop=z`");
}

#[test]
fn damaged_files_are_refused_and_the_message_says_where() {
    let cases = [
        ("", "a.csv: the file is empty; a header line and rows of data are needed"),
        (" \n\r\n", "a.csv: the file is empty; a header line and rows of data are needed"),
        ("x,y\n", "a.csv: there is a header but no row of data below it"),
        ("x\n1\n2\n", "a.csv: 1 columns are left; a target and at least one feature are needed"),
        ("x,y\n1,a\n2\n", "a.csv, line 3: 1 cells where the first line has 2"),
        ("x,y\r\n1,a\r\n\r\n2,b,c\r\n", "a.csv, line 4: 3 cells where the first line has 2"),
        ("x,y\n\"1\n1\",a\n2\n", "a.csv, line 4: 1 cells where the first line has 2"),
        ("x,y\n1,a\n2,\"b\n3,c\n", "a.csv, line 3: a quote opens in this row and is never closed"),
        ("x,x\n1,a\n", "a.csv, line 1: columns 0 and 1 (from 0) are both called `x`"),
        (
            "x,y\n1,a\ninf,b\n",
            "a.csv, line 3, column `x`: `inf` is infinite or beyond the largest float; numbers must be finite",
        ),
        (
            "x,y\n1,a\n-1e999,b\n",
            "a.csv, line 3, column `x`: `-1e999` is infinite or beyond the largest float; numbers must be finite",
        ),
        ("x,y\n1,a\n2,a\n", "a.csv, column `y`: the target has one class only, `a`; at least 2 are needed"),
        ("x,y\n1,3\n2,3\n", "a.csv, column `y`: the target has one class only, `3`; at least 2 are needed"),
        ("x,y\n1,a\n\0,b\n", "a.csv, line 3: a NUL byte, which no CSV file holds"),
    ];
    for (text, message) in cases {
        assert_eq!(error(text), message);
    }
}

#[test]
fn what_is_not_utf8_names_the_line() {
    let bytes = b"x,y\n1,a\n2,caf\xe9\n";
    let message = read_csv(&Source::Bytes { name: "a.csv", bytes }, &LoadOptions::default()).unwrap_err().to_string();
    assert_eq!(message, "a.csv, line 3: byte 0xe9 is not UTF-8; save the file as UTF-8");
}

#[test]
fn a_column_of_names_is_refused_with_the_first_of_them() {
    let rows: String = (0..300).map(|i| format!("name{i},{}\n", i % 2)).collect();
    let message = error(&format!("who,y\n{rows}"));
    assert!(message.starts_with("a.csv, line 2, column `who`: `name0` is text, and the column has more than 256"));
    assert!(message.contains("option `drop=who`"));
    let target = LoadOptions { target: Some("who".into()), task: Some(TaskKind::Regression), ..Default::default() };
    let message = read_with(&format!("who,y\n{rows}"), &target).unwrap_err().to_string();
    assert_eq!(
        message,
        "a.csv, line 2, column `who`: `name0` is not a number, so the target cannot be used for regression"
    );
}

#[test]
fn a_billion_claimed_columns_are_just_a_ragged_file() {
    assert_eq!(error(&format!("x,y{}\n1,2\n", ",".repeat(10))).split(':').next(), Some("a.csv, line 2"));
    let wide = format!("{}\n1,2\n", (0..100_000).map(|j| format!("c{j}")).collect::<Vec<_>>().join(","));
    assert_eq!(error(&wide), "a.csv, line 2: 2 cells where the first line has 100000");
}

#[test]
fn a_test_file_is_read_with_the_training_files_encoder() {
    let folder = tempfile::tempdir().unwrap();
    let train = file(&folder, "train.csv", MIXED);
    let test = |text: &str| {
        let options = LoadOptions { test_file: Some(file(&folder, "test.csv", text)), ..Default::default() };
        load(train.to_str().unwrap(), &options)
    };
    let data = test("kind,extra,size,island\ndog,9,7,A\n").unwrap();
    assert_eq!((data.features.rows, data.test_rows), (4, 1));
    assert_eq!(data.features.row(3), [7.0, 1.0, 0.0]);
    assert_eq!(classes(&data).0, [0, 1, 0, 1]);
    let message = test("size,island,kind\n1,A,cat\n7,Z,dog\n").unwrap_err().to_string();
    assert!(message.ends_with("test.csv, line 3, column `island`: `Z` was not there in training; known: A, B"));
    let message = test("size,island,kind\n7,A,cow\n").unwrap_err().to_string();
    assert!(message.ends_with("line 2, column `kind`: `cow` is not a class seen in training; known: cat, dog"));
    let message = test("size,island\n7,A\n").unwrap_err().to_string();
    assert!(message.ends_with("column `kind`: there is no such column; there are: size, island"), "{message}");
    let message = test("size,island,kind\nbig,A,cat\n").unwrap_err().to_string();
    assert!(message.ends_with("column `size`: `big` is not a number, and the column holds numbers"));
}

fn encoder(text: &str, options: &LoadOptions) -> Encoder {
    let encoder = read_with(text, options).unwrap().encoder.unwrap();
    let json = serde_json::to_string(&encoder).unwrap();
    assert_eq!(serde_json::from_str::<Encoder>(&json).unwrap(), encoder, "{json}");
    encoder
}

#[test]
fn an_encoder_reads_new_rows_with_or_without_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let encoder = encoder(MIXED, &LoadOptions::default());
    let (features, target) = encoder.encode_features(&file(&folder, "a", "island,size\nB,4\n")).unwrap();
    assert_eq!((features.values, target), (vec![4.0, 0.0, 1.0], None));
    let (_, target) = encoder.encode_features(&file(&folder, "b", "size,island,kind\n4,B,dog\n")).unwrap();
    assert_eq!(target, Some(Target::Classes { labels: vec![1], names: vec!["cat".into(), "dog".into()] }));
    let (_, target) = encoder.encode_features(&file(&folder, "c", "size,island,kind\n4,B,\n5,A,\n")).unwrap();
    assert_eq!(target, None, "a target that is empty throughout counts as absent");
    let fails = |text| encoder.encode_features(&file(&folder, "d", text)).unwrap_err().to_string();
    assert!(
        fails("size,island,kind\n4,B,\n5,A,cat\n")
            .ends_with("1 of 2 cells of the target are missing; give all of them or none")
    );
    assert!(fails("size\n4\n").ends_with("column `island`: there is no such column; there are: size"));
    assert!(fails("size,island\n,B\n").contains("line 2, column `size`: the cell is missing"));
    assert!(fails("size,island\n").ends_with("no row of data below the header"));
}

#[test]
fn an_encoder_without_header_goes_by_position_and_closes_the_targets_gap() {
    let folder = tempfile::tempdir().unwrap();
    let options = LoadOptions { target: Some("1".into()), ..Default::default() };
    let encoder = encoder("1.5,a,7\n2.5,b,8\n", &options);
    let read = |text: &str| encoder.encode_features(&file(&folder, "n", text));
    assert_eq!(read("3,4\n").unwrap().0.values, [3.0, 4.0]);
    let (features, target) = read("3,b,4\n").unwrap();
    assert_eq!(features.values, [3.0, 4.0]);
    assert!(target.is_some());
    assert!(read("3\n").unwrap_err().to_string().ends_with("1 columns, where the training file had 3"));
}

#[test]
fn under_missing_mean_new_rows_may_have_holes_too() {
    let folder = tempfile::tempdir().unwrap();
    let encoder = encoder("x,y\n1,a\n2,b\n", &with(Missing::Mean));
    assert!(encoder.encode_features(&file(&folder, "m", "x\nNA\n")).unwrap().0.values[0].is_nan());
}

#[test]
fn a_missing_file_and_an_unknown_name_are_told_apart() {
    let message = load("no-such.csv", &LoadOptions::default()).unwrap_err().to_string();
    assert!(message.starts_with("no-such.csv: "), "{message}");
    let message = load("moon", &LoadOptions::default()).unwrap_err().to_string();
    assert!(
        message.starts_with("no data set or file is called `moon` (did you mean `moons`?); data sets: moons, circles")
    );
}
