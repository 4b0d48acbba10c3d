//! Wrong commands: exit status 2, one error that names the mistake, and no files.

use crate::common::{Ran, run, succeed, text, tree};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// A wrong command, and the texts that its error must contain.
type Case = (&'static str, &'static [&'static str]);

const NAMES: &[Case] = &[
    ("train digits -o adm", &["adm", "`adam`", "momentum"]),
    ("train digits -o adam:beta3=0.9", &["beta3", "beta2"]),
    ("train digits --schedule cosin", &["cosin", "`cosine`"]),
    ("train moons --steps 50 --schedule cosine:warmup=60", &["--schedule", "warm-up of 60 updates", "the run of 50"]),
    ("compare moons -o sgd --steps 50 --schedule constant:warmup=60", &["--schedule", "60", "the run of 50"]),
    ("train digits --activation rellu", &["rellu", "`relu`"]),
    ("train digits --init xaver", &["xaver", "`xavier`"]),
    ("train digits --loss crossentropy", &["crossentropy", "cross-entropy"]),
    ("train digits --dtype f16", &["f16", "f32", "f64"]),
    ("train digits --backend cuda", &["cuda", "flex", "ndarray", "wgpu"]),
    ("train digits --scale zscore", &["zscore", "standard", "minmax", "none"]),
    ("train digits --task clustering", &["clustering", "classification", "regression"]),
    ("train digit", &["digit", "`digits`"]),
    ("train moons:noise=-1", &["noise", "-1"]),
    ("train moons:nose=0.1", &["nose", "noise"]),
    ("train nowhere.csv", &["nowhere.csv"]),
    ("train", &["which data?", "downhill list datasets"]),
    ("train digits --no-such-flag", &["--no-such-flag"]),
    ("train digits --probe sharp", &["--probe", "sharp", "`sharpness`", "layers"]),
    ("train digits --probe noise,noise", &["--probe", "noise", "twice"]),
    ("train digits --probe preconditioned -o sgd", &["preconditioned", "sgd"]),
    ("train digits --probe dead --hidden none", &["dead", "hidden"]),
    ("train digits --probe-every 5", &["--probe-every", "--probe"]),
    ("train digits --probe noise --probe-every 7 --log-every 5", &["--probe-every", "7", "--log-every", "5"]),
    ("train digits --probe noise --probe-every 0", &["--probe-every", "0", "at least 1"]),
    ("reproduce", &["which experiment", "--all", "ravine"]),
    ("reproduce ravin", &["ravin", "`ravine`", "saddle-escape"]),
    ("reproduce ravine ravine", &["ravine", "twice"]),
    ("reproduce ravine --threads 0", &["--threads", "0", "1 to 1024"]),
];

const NUMBERS: &[Case] = &[
    ("train digits -o adam:lr=-1", &["lr", "-1", "0 or greater"]),
    ("train digits --lr -1", &["lr", "-1", "0 or greater"]),
    ("train digits --lr NaN", &["lr", "NaN"]),
    ("train digits --lr inf", &["lr", "inf"]),
    ("train digits --lr fast", &["--lr", "fast"]),
    ("train digits -o adam:beta1=1.5", &["beta1", "1.5", "1"]),
    ("train digits -o adam:lr=0.1 --lr 0.2", &["learning rate", "twice", "0.2", "adam:lr=0.1"]),
    ("train digits -o adam:lr=0.1,lr=0.2", &["lr", "twice"]),
    ("train digits --hidden 0", &["--hidden", "`0`", "at least 1"]),
    ("train digits --hidden 32,,32", &["--hidden", "32,,32", "at least 1"]),
    ("train digits --hidden 99999999999", &["99999999999", "GB", "--hidden"]),
    ("train digits --hidden 18446744073709551615,18446744073709551615", &["GB", "--hidden"]),
    ("train digits --seeds 99999999999", &["99999999999", "GB", "--seeds"]),
    ("train digits --batch-size 0", &["--batch-size", "`0`", "at least 1", "full"]),
    ("train digits --val-fraction 1.5", &["--val-fraction", "1.5"]),
    ("train digits --val-fraction NaN", &["--val-fraction", "NaN"]),
    ("train digits --test-fraction -0.1", &["--test-fraction", "-0.1"]),
    ("train digits --val-fraction 0.6 --test-fraction 0.6", &["--val-fraction plus --test-fraction", "1.2", "below 1"]),
    ("train digits --label-noise 2", &["--label-noise", "2"]),
    ("train digits --label-noise NaN", &["--label-noise", "NaN"]),
    ("train digits --seeds -3", &["--seeds", "-3"]),
    ("train digits --seeds 0", &["--seeds", "0", "at least 1"]),
    ("train digits --seed 18446744073709551615 --seeds 2", &["--seed", "largest"]),
    ("train digits --threads 0", &["--threads", "0", "from 1 to 1024"]),
    ("train digits --log-every 0", &["--log-every", "0", "at least 1"]),
    ("train digits --checkpoint-every 0", &["--checkpoint-every", "0", "at least 1"]),
    ("train digits --patience 0", &["--patience", "0", "at least 1"]),
    ("train digits --clip-norm 0", &["--clip-norm", "0", "greater than 0"]),
    ("train digits --clip-value -1", &["--clip-value", "-1", "greater than 0"]),
    ("train digits --stop-grad-norm 0", &["--stop-grad-norm", "0", "greater than 0"]),
    ("train digits --stop-loss-change -1", &["--stop-loss-change", "-1", "at least 0"]),
    ("train digits --stop-window 3", &["--stop-window", "--stop-loss-change"]),
    ("train digits --stop-loss-change 0.1 --stop-window 1", &["--stop-window", "1", "at least 2"]),
    ("train digits --target-accuracy 90", &["--target-accuracy", "90", "0 to 1"]),
    ("train digits --target-accuracy -0.5", &["--target-accuracy", "-0.5", "0 to 1"]),
    ("train digits --target-loss NaN", &["--target-loss", "NaN"]),
];

const TOGETHER: &[Case] = &[
    ("train digits --steps 5 --epochs 5", &["--steps", "--epochs"]),
    ("train auto-mpg --missing mean --label-noise 0.1", &["--label-noise", "0.1", "not classes"]),
    ("train friedman1 --loss cross-entropy", &["--loss", "cross-entropy", "mse"]),
    ("train friedman1 --loss hinge", &["--loss", "hinge", "mse"]),
    ("train digits --scale-target none", &["--scale-target", "regression"]),
    ("train digits --no-bias=first", &["--no-bias", "first", "last"]),
    ("train digits --resume run --config config.toml", &["--resume", "--config"]),
    ("train digits --resume run --out other", &["--resume", "--out"]),
    ("train --resume run --lr 0.1", &["--resume", "--threads"]),
    ("train digits --resume run", &["--resume", "--threads"]),
];

const FILES: &[Case] = &[
    ("train ragged.csv", &["ragged.csv", "line 4", "2", "3"]),
    ("train one-class.csv", &["one-class.csv", "yes", "class"]),
    ("train empty.csv", &["empty.csv"]),
    ("train header-only.csv", &["header-only.csv"]),
    ("train numbers.csv --target z", &["`z`", "--target names no column", "x, y"]),
    ("train numbers.csv --drop z", &["`z`", "--drop names no column", "x, y"]),
    ("train moons --test-file numbers.csv", &["--test-file does not apply to `moons`"]),
    ("train numbers.csv --delimiter ab", &["--delimiter", "ab"]),
    ("train numbers.csv --test-file nowhere.csv", &["nowhere.csv"]),
    ("train penguins", &["missing", "--missing drop", "--missing mean"]),
    (
        "train digits --init-from run/model.safetensors",
        &["run/model.safetensors", "layers.0.weight", "[32, 4]", "[32, 64]"],
    ),
    ("train iris --init-from cut.safetensors", &["cut.safetensors"]),
    ("train iris --init-from lies.safetensors", &["lies.safetensors"]),
    ("train iris --init-from empty.csv", &["empty.csv"]),
    ("train iris --init-from nowhere.safetensors", &["nowhere.safetensors"]),
    ("train --resume nowhere", &["nowhere", "config.toml"]),
    ("train --resume folder", &["folder", "config.toml"]),
    ("train digits --out numbers.csv", &["numbers.csv", "--out"]),
    ("train digits --config nowhere.toml", &["nowhere.toml"]),
    ("train --config unknown-key.toml", &["unknown-key.toml", "epoch", "epochs"]),
    ("train --config wrong-type.toml", &["wrong-type.toml", "epochs"]),
    ("train --config both.toml", &["steps", "epochs"]),
    ("train --config negative.toml", &["negative.toml", "seeds"]),
    ("predict folder numbers.csv", &["folder", "run.json"]),
    ("predict run nowhere.csv", &["nowhere.csv"]),
    ("predict run numbers.csv", &["numbers.csv", "sepal_length"]),
    ("predict run numbers.csv --seed 7", &["--seed", "7", "[0]"]),
    ("report folder", &["folder", "run.json"]),
    ("report", &["RUNS"]),
    ("list optimisers", &["optimisers", "optimizers"]),
    ("completions tcsh", &["tcsh", "bash"]),
];

const BACKENDS: [&[Case]; 2] = [
    match cfg!(feature = "wgpu") {
        true => &[("train digits --backend wgpu --dtype f64", &["wgpu", "f64", "--backend flex"])],
        false => &[("train digits --backend wgpu", &["wgpu", "not compiled in", "--features wgpu"])],
    },
    match cfg!(feature = "ndarray") {
        true => &[],
        false => &[("train digits --backend ndarray", &["ndarray", "not compiled in", "--features ndarray"])],
    },
];

/// A folder with everything that the wrong commands name.
fn fixtures(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("it can be written");
    succeed(folder, "train iris --steps 0 --quiet --out run");
    fs::create_dir(folder.join("folder")).expect("it can be made");
    write("folder/notes.txt", "mine");
    write("ragged.csv", "x,y,label\n1,2,a\n3,4,b\n5,6\n7,8,a\n");
    write("one-class.csv", &format!("x,label\n{}", "1,yes\n2,yes\n".repeat(20)));
    write("empty.csv", "");
    write("header-only.csv", "x,y\n");
    let numbers: String = (0..40).map(|i| format!("{i}.5,{}.25\n", 3 * i)).collect();
    write("numbers.csv", &format!("x,y\n{numbers}"));
    write("unknown-key.toml", "data = \"digits\"\nepoch = 3\n");
    write("wrong-type.toml", "data = \"digits\"\nepochs = \"many\"\n");
    write("both.toml", "data = \"digits\"\nepochs = 3\nsteps = 3\n");
    write("negative.toml", "data = \"digits\"\nseeds = -3\n");
    write("config.toml", "data = \"digits\"\n");
    let weights = fs::read(folder.join("run/model.safetensors")).expect("it is there");
    fs::write(folder.join("cut.safetensors"), &weights[..weights.len() - 100]).expect("it can be written");
    let mut lies = weights;
    lies[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    fs::write(folder.join("lies.safetensors"), lies).expect("it can be written");
}

/// Lists the requirements that a wrong command did not meet.
fn complaints(words: &str, wanted: &[&str], ran: &Ran) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            complaints.push(format!("downhill {words}: {what}; standard error was\n{}", ran.stderr));
        }
    };
    check(ran.status == Some(2), format!("exit status {:?}", ran.status));
    check(ran.stdout.is_empty(), format!("standard output was `{}`", ran.stdout));
    check(ran.stderr.matches("error:").count() == 1, "not one `error:`".into());
    check(ran.stderr.starts_with("error: "), "something before the error".into());
    check(!ran.stderr.contains("panicked"), "a panic".into());
    for part in wanted {
        check(ran.stderr.contains(part), format!("no `{part}` in the error"));
    }
    complaints
}

fn assert_refused(cases: &[Case]) {
    let folder = tempdir().expect("a folder");
    fixtures(folder.path());
    let before = tree(folder.path());
    let mut wrong = Vec::new();
    for (words, wanted) in cases {
        let ran = run(folder.path(), words);
        wrong.extend(complaints(words, wanted, &ran));
        let after = tree(folder.path());
        if after != before {
            wrong.push(format!("downhill {words}: files changed: {:?}", after.keys().collect::<Vec<_>>()));
            break;
        }
    }
    assert!(wrong.is_empty(), "{} complaints\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_unknown_name_is_refused_with_the_names_that_there_are() {
    assert_refused(NAMES);
}

#[test]
fn a_number_out_of_range_is_refused_with_its_legal_range() {
    assert_refused(NUMBERS);
}

#[test]
fn options_that_exclude_each_other_or_the_data_are_refused() {
    assert_refused(TOGETHER);
}

#[test]
fn a_file_that_is_missing_damaged_or_of_another_kind_is_refused_by_name() {
    assert_refused(FILES);
}

#[test]
fn a_backend_that_cannot_run_is_refused_with_the_reason() {
    BACKENDS.into_iter().for_each(assert_refused);
}

#[test]
fn a_damaged_run_is_refused_without_a_panic_and_left_as_it_is() {
    let folder = tempdir().expect("a folder");
    succeed(folder.path(), "train iris --epochs 2 --quiet --out R");
    let at = |name: &str| folder.path().join("R").join(name);
    // As if the run had been killed before its end.
    let record = text(&at("run.json")).replace("\"done\"", "\"running\"");
    fs::write(at("run.json"), record).expect("it can be written");
    let state = fs::read(at("checkpoint/state.safetensors")).expect("it is there");
    let mut lies = state.clone();
    lies[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    for damaged in [&state[..state.len() / 2], &state[..4], &[], lies.as_slice()] {
        fs::write(at("checkpoint/state.safetensors"), damaged).expect("it can be written");
        let before = tree(folder.path());
        let ran = run(folder.path(), "train --resume R --quiet");
        let wrong = complaints("train --resume R --quiet", &["checkpoint"], &ran);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(before == tree(folder.path()));
    }
}
