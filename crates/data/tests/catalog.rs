//! The embedded real data sets agree with their cards and the catalog.

use std::path::Path;

use downhill_data::{LoadOptions, Missing, Origin, Target, catalog, load};
use sha2::{Digest, Sha256};

const EMBEDDED: [&str; 6] = ["iris", "wine", "breast-cancer", "digits", "penguins", "auto-mpg"];

#[test]
fn every_embedded_set_has_the_rows_features_and_classes_of_the_catalog() {
    for entry in catalog().into_iter().filter(|entry| EMBEDDED.contains(&entry.name)) {
        let options = LoadOptions { missing: Missing::Mean, ..Default::default() };
        let data = load(entry.name, &options).unwrap();
        assert_eq!((data.features.rows, data.features.cols), (entry.rows, entry.features), "{}", entry.name);
        assert_eq!(data.task(), entry.task, "{}", entry.name);
        if let Target::Classes { names, .. } = data.target {
            assert_eq!(Some(names.len()), entry.classes, "{}", entry.name);
        }
    }
}

#[test]
fn every_csv_has_the_sha256_of_its_card() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    for name in EMBEDDED {
        let bytes = std::fs::read(folder.join(format!("{name}.csv"))).unwrap();
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let card = std::fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
        assert!(card.contains(&hash), "{name}.md does not hold {hash}");
    }
}

#[test]
fn the_cards_name_every_column_and_the_licence() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    for entry in catalog().into_iter().filter(|entry| EMBEDDED.contains(&entry.name)) {
        let Origin::Real { licence, .. } = entry.kind else { panic!("{} is real", entry.name) };
        let card = std::fs::read_to_string(folder.join(format!("{}.md", entry.name))).unwrap();
        let short = licence.split(" (").next().unwrap();
        assert!(card.contains(short), "{}.md does not name {short}", entry.name);
        let csv = std::fs::read_to_string(folder.join(format!("{}.csv", entry.name))).unwrap();
        for column in csv.lines().next().unwrap().split(',').filter(|column| !column.starts_with("row")) {
            assert!(card.contains(&format!("`{column}`")), "{}.md does not name {column}", entry.name);
        }
    }
}

#[test]
fn the_first_rows_are_those_of_the_publications() {
    let iris = load("iris", &Default::default()).unwrap();
    assert_eq!(iris.features.row(0), [5.1, 3.5, 1.4, 0.2]);
    let Target::Classes { labels, names } = iris.target else { panic!("classes") };
    assert_eq!((labels[0], names), (0, vec!["setosa".to_string(), "versicolor".into(), "virginica".into()]));
    let cars = load("auto-mpg", &Default::default()).unwrap();
    assert_eq!(cars.features.row(0), [8.0, 307.0, 130.0, 3504.0, 12.0, 70.0, 0.0, 0.0, 1.0]);
}

#[test]
fn penguins_keep_their_holes_and_their_categories() {
    let message = load("penguins", &Default::default()).unwrap_err().to_string();
    assert!(message.contains("penguins, line 5, column `bill_length_mm`: the cell is missing"), "{message}");
    assert!(message.contains("2 in `bill_length_mm`") && message.contains("11 in `sex`"), "{message}");
    let dropped = load("penguins", &LoadOptions { missing: Missing::Drop, ..Default::default() }).unwrap();
    assert_eq!(dropped.features.rows, 333);
    assert_eq!(dropped.feature_names[0], "island=Biscoe");
}

#[test]
fn names_are_unique_and_the_catalog_becomes_json() {
    let mut names: Vec<&str> = catalog().iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), catalog().len());
    let json = serde_json::to_string(&catalog()).unwrap();
    assert!(json.contains(r#""name":"moons""#) && json.contains(r#""generated":{"parameters":[{"name":"n""#), "{json}");
}

#[test]
#[ignore = "needs Debian's package dataset-fashion-mnist"]
fn fashion_mnist_is_read_whole() {
    let data = load("fashion-mnist", &Default::default()).unwrap();
    assert_eq!((data.features.rows, data.features.cols, data.test_rows), (70_000, 784, 10_000));
    let Target::Classes { labels, names } = &data.target else { panic!("classes") };
    assert_eq!((names.len(), names[9].as_str()), (10, "Ankle boot"));
    assert_eq!(labels[..8], [9, 0, 0, 3, 0, 2, 7, 2]);
    assert_eq!(labels[60_000..60_005], [9, 2, 1, 1, 6]);
    let largest = data.features.values.iter().fold(0.0f64, |a, b| a.max(*b));
    assert_eq!(largest, 255.0);
    let sum: f64 = data.features.values[..60_000 * 784].iter().sum();
    // The training images' mean pixel, 72.94, known from the usual normalisation constant 0.2860 of 255.
    assert!((sum / (60_000.0 * 784.0) / 255.0 - 0.2860).abs() < 1e-4);
}
