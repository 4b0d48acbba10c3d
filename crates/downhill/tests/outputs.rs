//! The output and the files of the commands.

use crate::common::{downhill, json, rows, succeed, tensors, text};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in\n{text}"))
}

/// How the members of a run ended.
fn reasons(run: &Path) -> Vec<String> {
    let record = json(&run.join("run.json"));
    let members = record["members"].as_array().expect("members").iter();
    members.map(|m| m["stop_reason"].as_str().expect("a reason").to_string()).collect()
}

#[test]
fn json_prints_the_run_s_record_and_nothing_else_on_standard_output() {
    let folder = tempdir().expect("a folder");
    let ran = succeed(folder.path(), "train iris --epochs 2 --seeds 2 --seed 5 --json --out R");
    assert_eq!(ran.stdout, text(&folder.path().join("R/run.json")));
    let record = parse(&ran.stdout);
    assert_eq!((&record["schema"], &record["status"]), (&1.into(), &"done".into()));
    let seeds: Vec<&Value> = record["members"].as_array().expect("members").iter().map(|m| &m["seed"]).collect();
    assert_eq!(seeds, [5, 6]);
    assert!(!ran.stderr.is_empty());
}

#[test]
fn quiet_leaves_standard_error_empty_and_still_gives_the_result() {
    let folder = tempdir().expect("a folder");
    let ran = succeed(folder.path(), "train iris --epochs 2 --quiet --out R");
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.starts_with("iris: classification 4-32-32-3"), "{}", ran.stdout);
    assert!(ran.stdout.contains("validation") && ran.stdout.contains("gap"), "{}", ran.stdout);
}

#[test]
fn without_out_the_same_options_get_the_same_folder_and_others_another() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 1 --quiet");
    succeed(folder.path(), "train iris --epochs 1 --lr 0.1 --quiet");
    let runs: Vec<_> = fs::read_dir(folder.path().join("runs")).expect("runs").collect();
    assert_eq!(runs.len(), 2);
    for run in runs {
        let name = run.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(name.starts_with("iris-adam-"), "{name}");
    }
}

#[test]
fn a_run_leaves_every_file_that_the_documentation_names() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train moons:n=120 --epochs 2 --quiet --out R");
    let mut names: Vec<String> = crate::common::tree(&folder.path().join("R")).into_keys().collect();
    names.retain(|name| !name.starts_with("events.out.tfevents."));
    assert_eq!(
        names,
        [
            ".lock",
            "checkpoint/",
            "checkpoint/state.safetensors",
            "config.toml",
            "curves.svg",
            "last.safetensors",
            "metrics.csv",
            "model.safetensors",
            "regions.svg",
            "run.json"
        ]
    );
    let header = text(&folder.path().join("R/metrics.csv"));
    let columns =
        "seed,step,epoch,samples,train_loss,train_accuracy,val_loss,val_accuracy,lr,grad_norm,update_ratio,seconds";
    assert_eq!(header.lines().next(), Some(columns));
    for picture in ["curves.svg", "regions.svg"] {
        assert!(text(&folder.path().join("R").join(picture)).contains("</svg>"));
    }
}

/// Size, colour, weight and state of a piece of fruit.
type Fruit = (String, &'static str, String, &'static str);

/// Rows of a table with a category and missing cells: size, colour, weight.
fn fruit() -> Vec<Fruit> {
    (0..90)
        .map(|i| {
            let ripe = i % 3 != 0;
            let size = if i % 11 == 4 { String::new() } else { format!("{}", i % 7 + if ripe { 4 } else { 0 }) };
            let colour = if ripe { ["red", "yellow"][i % 2] } else { "green" };
            (size, colour, format!("{}.5", i % 13), if ripe { "ripe" } else { "raw" })
        })
        .collect()
}

#[test]
fn predict_reads_categories_and_missing_cells_as_training_did_in_any_order_of_columns() {
    let folder = tempdir().expect("a folder");
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("it can be written");
    let rows = fruit();
    let lines = |line: &dyn Fn(&Fruit) -> String| rows.iter().map(line).collect::<String>();
    write("fruit.csv", format!("size,colour,weight,state\n{}", lines(&|(s, c, w, y)| format!("{s},{c},{w},{y}\n"))));
    write("turned.csv", format!("weight,colour,size\n{}", lines(&|(s, c, w, _)| format!("{w},{c},{s}\n"))));
    succeed(folder.path(), "train fruit.csv --missing mean --epochs 60 --lr 0.02 --hidden 8 --quiet --out R");

    let with_target = succeed(folder.path(), "predict R fruit.csv");
    assert!(with_target.stderr.starts_with("accuracy "), "{}", with_target.stderr);
    let mut predicted = with_target.stdout.lines();
    assert_eq!(predicted.next(), Some("prediction,p(raw),p(ripe)"));
    let predicted: Vec<&str> = predicted.collect();
    assert_eq!(predicted.len(), rows.len());
    let mut right = 0;
    for (line, row) in predicted.iter().zip(&rows) {
        let cells: Vec<&str> = line.split(',').collect();
        let p: Vec<f64> = cells[1..].iter().map(|cell| cell.parse().expect("a number")).collect();
        assert!((p[0] + p[1] - 1.0).abs() < 1e-6, "{line}");
        assert_eq!(cells[0], if p[0] >= p[1] { "raw" } else { "ripe" });
        right += usize::from(cells[0] == row.3);
    }
    assert!(right >= 85, "{right} of 90");

    let turned = succeed(folder.path(), "predict R turned.csv");
    assert_eq!(turned.stdout, with_target.stdout);
    assert_eq!(turned.stderr, "");

    let in_file = succeed(folder.path(), "predict R turned.csv --out p.csv");
    assert_eq!((in_file.stdout.as_str(), text(&folder.path().join("p.csv"))), ("", with_target.stdout));

    let as_json = parse(&succeed(folder.path(), "predict R fruit.csv --json").stdout);
    assert_eq!(as_json["classes"].as_array().map(Vec::len), Some(90));
    assert_eq!(as_json["columns"], serde_json::json!(["p(raw)", "p(ripe)"]));
    assert_eq!(as_json["accuracy"].as_f64(), Some(right as f64 / 90.0));
}

#[test]
fn predict_of_a_regression_is_in_the_target_s_own_units() {
    let folder = tempdir().expect("a folder");
    let lines: String = (0..60).map(|i| format!("{}.5,{}.5\n", i, 5000 + 20 * i)).collect();
    fs::write(folder.path().join("line.csv"), format!("x,price\n{lines}")).expect("it can be written");
    succeed(folder.path(), "train line.csv --hidden none --lr 0.05 --epochs 60 --quiet --out R");
    let ran = succeed(folder.path(), "predict R line.csv");
    assert!(ran.stderr.starts_with("RMSE "), "{}", ran.stderr);
    let mut lines = ran.stdout.lines();
    assert_eq!(lines.next(), Some("price"));
    let prices: Vec<f64> = lines.map(|line| line.parse().expect("a number")).collect();
    assert_eq!(prices.len(), 60);
    for (i, price) in prices.iter().enumerate() {
        let truth = 5000.5 + 20.0 * i as f64;
        assert!((price - truth).abs() < 20.0, "row {i}: {price}, not {truth}");
    }
    let record = json(&folder.path().join("R/run.json"));
    let errors = &record["members"][0]["last"]["test"]["errors"][0];
    assert_eq!(errors["target"], "price");
    assert!(errors["r_squared"].as_f64().expect("a number") > 0.99, "{errors}");
    assert!(text(&folder.path().join("R/fit.svg")).contains("</svg>"));
}

#[test]
fn predict_takes_the_member_and_the_weights_that_are_asked_for() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 5 --seeds 2 --quiet --out R");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/iris.csv");
    let predict = |words: &str| succeed(folder.path(), &format!("predict R {file} {words}")).stdout;
    let first = predict("");
    assert_eq!(first.lines().count(), 151);
    assert_eq!(first, predict("--seed 0"));
    assert_ne!(first, predict("--seed 1"));
    assert_eq!(predict("--last").lines().count(), 151);
}

#[test]
fn report_of_two_runs_prints_a_table_and_leaves_a_picture() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 3 -o sgd:lr=0.1 --quiet --out a");
    succeed(folder.path(), "train iris --epochs 3 -o adam --seeds 3 --quiet --out b");
    let ran = succeed(folder.path(), "report a b");
    assert!(ran.stdout.contains("sgd:lr=0.1") && ran.stdout.contains("adam"), "{}", ran.stdout);
    assert!(ran.stdout.contains("epochs spent"), "{}", ran.stdout);
    let svg = text(&folder.path().join("comparison.svg"));
    assert!(svg.contains("</svg>") && svg.contains("sgd:lr=0.1"));

    let markdown = succeed(folder.path(), "report a b --markdown --out other.svg").stdout;
    assert!(markdown.starts_with('|'), "{markdown}");
    assert_eq!(text(&folder.path().join("other.svg")), svg);
    let records = parse(&succeed(folder.path(), "report a b --json").stdout);
    assert!(records.to_string().contains("epochs"), "{records}");

    // For a single run `report` draws the same picture as training did.
    let curves = text(&folder.path().join("a/curves.svg"));
    succeed(folder.path(), "report a --out lone.svg");
    assert_eq!(text(&folder.path().join("lone.svg")).matches("<path").count(), curves.matches("<path").count());

    succeed(folder.path(), "train wine --epochs 1 --quiet --out c");
    let mixed = succeed(folder.path(), "report a c");
    assert!(mixed.stderr.contains("warning: these runs are on different data (iris and wine)"), "{}", mixed.stderr);
}

#[test]
fn a_run_that_diverges_is_a_result_and_no_error() {
    let folder = tempdir().expect("a folder");
    let ran = succeed(folder.path(), "train digits -o sgd:lr=1e20 --epochs 3 --seeds 2 --json --out R");
    let record = parse(&ran.stdout);
    assert_eq!(record["status"], "done");
    assert_eq!(reasons(&folder.path().join("R")), ["diverged", "diverged"]);
    assert!(text(&folder.path().join("R/curves.svg")).contains("diverged"));
    assert!(!rows(&folder.path().join("R")).is_empty());
    let shown = succeed(folder.path(), "train --resume R --quiet").stdout;
    assert!(shown.contains("diverged"), "{shown}");
    succeed(folder.path(), "report R");
}

#[test]
fn each_stopping_option_ends_a_run_with_its_own_reason() {
    let cases = [
        ("--steps 5", "steps"),
        ("--epochs 1", "epochs"),
        ("--stop-grad-norm 1e9", "gradient-norm"),
        ("--stop-loss-change 1e9 --stop-window 2", "loss-change"),
        ("--target-loss 1e9", "target-loss"),
        ("--target-accuracy 0.01", "target-accuracy"),
        ("--patience 3 --lr 0", "patience"),
        ("--lr 1e30 -o sgd", "diverged"),
    ];
    for (words, reason) in cases {
        let folder = tempdir().expect("a folder");
        succeed(folder.path(), &format!("train iris {words} --quiet --out R"));
        let run = folder.path().join("R");
        assert_eq!(reasons(&run), [reason], "{words}");
        let record = json(&run.join("run.json"));
        let last = rows(&run).pop().expect("a row");
        assert_eq!(last.split(',').nth(1), Some(record["members"][0]["step"].to_string().as_str()), "{words}");
    }
}

#[test]
fn a_member_that_stops_early_leaves_the_others_training() {
    let folder = tempdir().expect("a folder");
    let words = "train digits --epochs 12 --log-every 10 --quiet --target-accuracy 0.93";
    succeed(folder.path(), &format!("{words} --seeds 4 --out R"));
    let record = json(&folder.path().join("R/run.json"));
    let steps: Vec<u64> =
        record["members"].as_array().expect("members").iter().map(|m| m["step"].as_u64().expect("steps")).collect();
    assert!(steps.iter().any(|step| *step != steps[0]), "{steps:?}");
    succeed(folder.path(), &format!("{words} --seed 3 --out alone"));
    let of_3: Vec<String> = rows(&folder.path().join("R")).into_iter().filter(|row| row.starts_with("3,")).collect();
    assert_eq!(of_3, rows(&folder.path().join("alone")));
}

#[test]
fn the_weight_file_holds_the_layers_and_biases_that_were_asked_for() {
    let all = ["layers.0.bias [5]", "layers.0.weight [5, 4]", "layers.1.bias [3]", "layers.1.weight [3, 5]"];
    let cases: [(&str, &[&str]); 5] = [
        ("--hidden 5", &all),
        ("--hidden 5 --no-bias", &["layers.0.weight [5, 4]", "layers.1.weight [3, 5]"]),
        ("--hidden 5 --no-bias=last", &["layers.0.bias [5]", "layers.0.weight [5, 4]", "layers.1.weight [3, 5]"]),
        ("--hidden none", &["layers.0.bias [3]", "layers.0.weight [3, 4]"]),
        ("--hidden none --no-bias", &["layers.0.weight [3, 4]"]),
    ];
    for (words, expected) in cases {
        let folder = tempdir().expect("a folder");
        succeed(folder.path(), &format!("train iris {words} --epochs 1 --quiet --out R"));
        for name in ["model.safetensors", "last.safetensors"] {
            let found = tensors(&folder.path().join("R").join(name));
            let shown: Vec<String> = found.iter().map(|(name, (_, shape))| format!("{name} {shape:?}")).collect();
            assert_eq!(shown, expected, "{words}: {name}");
            assert!(found.values().all(|(dtype, _)| dtype == "F32"));
        }
    }
}

#[test]
fn init_from_starts_where_another_run_ended() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 3 --quiet --out first");
    succeed(folder.path(), "train iris --steps 0 --init-from first/last.safetensors --quiet --out second");
    let last = |run: &str| fs::read(folder.path().join(run).join("last.safetensors")).expect("it is there");
    assert!(last("first") == last("second"));
    let figures = |run: &str| json(&folder.path().join(run).join("run.json"))["members"][0]["last"]["test"].clone();
    assert_eq!(figures("first"), figures("second"));
}

#[test]
fn no_step_leaves_the_one_row_before_any_update() {
    for words in ["--steps 0", "--epochs 0"] {
        let folder = tempdir().expect("a folder");
        succeed(folder.path(), &format!("train iris {words} --quiet --out R"));
        let rows = rows(&folder.path().join("R"));
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0].starts_with("0,0,0,0,"), "{}", rows[0]);
        // Rate, gradient and step belong to an update.
        assert!(rows[0].ends_with(",,,"), "{}", rows[0]);
    }
}

#[test]
fn without_validation_or_test_rows_a_run_ends_with_its_last_step_as_the_model() {
    for (words, parts) in [("--val-fraction 0", 1), ("--test-fraction 0", 1), ("--val-fraction 0 --test-fraction 0", 2)]
    {
        let folder = tempdir().expect("a folder");
        succeed(folder.path(), &format!("train iris {words} --epochs 2 --quiet --out R"));
        let run = folder.path().join("R");
        let record = json(&run.join("run.json"));
        let (data, member) = (&record["data"], &record["members"][0]);
        assert_eq!([&data["val"], &data["test"]].iter().filter(|rows| ***rows == 0).count(), parts, "{words}");
        assert_eq!(member["best"].is_null(), words.contains("--val-fraction"), "{words}");
        assert!(member["last"]["train"]["loss"].is_number(), "{words}");
        if words.contains("--val-fraction") {
            let bytes = |name: &str| fs::read(run.join(name)).expect("it is there");
            assert!(bytes("model.safetensors") == bytes("last.safetensors"), "{words}");
        }
        succeed(folder.path(), "report R");
    }
}

#[test]
fn full_precision_runs_and_says_so() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 2 --dtype f64 --quiet --out R");
    assert_eq!(json(&folder.path().join("R/run.json"))["dtype"], "f64");
    assert!(tensors(&folder.path().join("R/model.safetensors")).values().all(|(dtype, _)| dtype == "F64"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/iris.csv");
    assert_eq!(succeed(folder.path(), &format!("predict R {file}")).stdout.lines().count(), 151);
}

#[test]
fn missing_cells_are_filled_or_left_out_as_asked() {
    let folder = tempdir().expect("a folder");
    let counted = |how: &str| {
        succeed(folder.path(), &format!("train penguins --missing {how} --epochs 1 --quiet --out {how}"));
        let data = json(&folder.path().join(how).join("run.json"))["data"].clone();
        ["train", "val", "test"].iter().map(|part| data[part].as_u64().expect("a count")).sum::<u64>()
    };
    assert_eq!((counted("mean"), counted("drop")), (344, 333));
}

#[test]
fn every_list_is_text_for_people_and_one_object_for_programs() {
    let folder = tempdir().expect("a folder");
    let kinds = [
        ("optimizers", "adamw"),
        ("datasets", "digits"),
        ("schedules", "cosine"),
        ("activations", "gelu"),
        ("initialisers", "xavier"),
        ("losses", "cross-entropy"),
    ];
    for (kind, one) in kinds {
        let shown = succeed(folder.path(), &format!("list {kind}")).stdout;
        assert!(shown.contains(one), "{shown}");
        let listed = parse(&succeed(folder.path(), &format!("list {kind} --json")).stdout);
        let items = listed[kind].as_array().expect("a list under the kind's name");
        assert!(items.iter().any(|item| item["name"] == one), "{listed}");
    }
}

#[test]
fn completions_come_for_every_common_shell() {
    let folder = tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = succeed(folder.path(), &format!("completions {shell}")).stdout;
        assert!(script.contains("downhill") && script.contains("label-noise"), "{shell}");
    }
}

#[test]
fn man_pages_are_written_for_the_program_and_each_command() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "man pages");
    for page in ["downhill", "downhill-train", "downhill-predict", "downhill-report", "downhill-list"] {
        assert!(text(&folder.path().join(format!("pages/{page}.1"))).contains(".TH"), "{page}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempdir().expect("a folder");
    for words in ["list datasets --json", "train iris --epochs 1 --out R"] {
        let mut child = downhill(folder.path(), words)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{words}");
    }
    assert_eq!(json(&folder.path().join("R/run.json"))["status"], "done");
}
