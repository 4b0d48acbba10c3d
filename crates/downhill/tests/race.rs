//! Races and stability limits through the command.

use crate::common::{downhill, json, run, succeed, text, tree};

const TORCH: &str = include_str!("../../optim/tests/reference/torch.json");

#[test]
fn paths_on_standard_output_are_those_of_pytorch() {
    let reference: serde_json::Value = serde_json::from_str(TORCH).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("sgd", "sgd:lr=0.01"),
        ("momentum", "momentum:lr=0.01"),
        ("nesterov diverges", "nesterov:lr=0.01"),
        ("rmsprop centered", "rmsprop:lr=0.01,centered=true"),
        ("adagrad", "adagrad:lr=0.1"),
        ("adam", "adam:lr=0.1"),
        ("adamw", "adamw:lr=0.1,weight_decay=0.1"),
    ];
    let mut command = downhill(folder.path(), "race ravine --from -1.2,1 --steps 100 --csv - --quiet");
    for (name, spec) in cases {
        command.args(["-o", &format!("{name}={spec}")]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let csv = String::from_utf8(output.stdout).unwrap();
    assert!(csv.starts_with("optimizer,start,step,x0,x1,loss,grad_norm\n"), "{csv:.100}");
    assert!(tree(folder.path()).is_empty(), "CSV on standard output leaves nothing behind");
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut compared = 0;
    for (name, _) in cases {
        let rows: Vec<Vec<&str>> =
            csv.lines().map(|line| line.split(',').collect()).filter(|row: &Vec<&str>| row[0] == name).collect();
        assert_eq!(rows[0][2..5], ["0", "-1.2", "1"]);
        for step in reference["cases"][format!("rosenbrock20/{name}")]["trajectory"].as_array().unwrap() {
            let at = step[0].as_u64().unwrap();
            // A diverged walk ends there.
            let Some(row) = rows.iter().find(|row| row[2].parse() == Ok(at)) else {
                assert!(number(rows.last().unwrap()[5]).is_nan() || number(rows.last().unwrap()[5]).is_infinite());
                continue;
            };
            for (ours, theirs) in [(row[3], &step[1]), (row[4], &step[2]), (row[5], &step[3])] {
                let (ours, theirs) = (number(ours), number(theirs.as_str().unwrap()));
                let near = (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0) || ours == theirs;
                assert!(near || ours.is_nan() && theirs.is_nan(), "{name} {at}: {ours} {theirs}");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn a_race_leaves_picture_moving_picture_page_and_record() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(
        folder.path(),
        "race himmelblau -o sgd -o adam -o same=sgd -o huge=sgd:lr=5 --tune --rates 9 --starts 12 --steps 60 --basins --replay --csv all.csv \
         --out race",
    );
    assert!(ran.stdout.contains("tuned lr") && ran.stdout.contains("would stop at"), "{}", ran.stdout);
    let files: Vec<String> = tree(&folder.path().join("race")).into_keys().collect();
    assert_eq!(files, ["race.gif", "race.html", "race.json", "race.png", "race.svg"]);
    let record = json(&folder.path().join("race/race.json"));
    assert_eq!(record["runners"].as_array().unwrap().len(), 4);
    assert_eq!(record["runners"][0]["walks"].as_array().unwrap().len(), 12);
    // The same search for all: the same optimizer twice finds the same rate.
    assert_eq!(record["runners"][0]["tuned"], record["runners"][2]["tuned"]);
    // A given rate is not tuned.
    assert_eq!(record["runners"][3]["tuned"]["lr"], serde_json::Value::Null);
    assert!(record["runners"][3]["spec"].as_str().unwrap().starts_with("sgd:lr=5,"), "{record}");
    let rows = text(&folder.path().join("all.csv")).lines().count();
    assert!(rows > 12 * 61 && rows <= 4 * 12 * 61 + 1, "{rows}");
}

#[test]
fn threads_change_no_number_and_json_is_one_object() {
    let folder = tempfile::tempdir().unwrap();
    let race = "race rastrigin:dims=3 -o sgd:lr=0.001 -o adam:lr=0.1 --starts 9 --noise 0.1 --steps 40 --json --quiet";
    let one = succeed(folder.path(), &format!("{race} --threads 1 --out a")).stdout;
    let two = succeed(folder.path(), &format!("{race} --threads 3 --out b")).stdout;
    assert_eq!(one, two);
    let record: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(record["runners"][0]["walks"][0]["end"].as_array().unwrap().len(), 3);
}

#[test]
fn limits_agree_with_theory_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(
        folder.path(),
        "stability -o sgd -o momentum:momentum=0.9 -o nesterov:momentum=0.9 --curvature 4 --json",
    );
    let records: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for (record, expected) in records.as_array().unwrap().iter().zip([2.0, 3.8, 3.8 / 2.8]) {
        let found = record["times_curvature"].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-3, "{record}");
        assert!((record["predicted"].as_f64().unwrap() * 4.0 / expected - 1.0).abs() < 1e-9, "{record}");
    }
}

#[test]
fn wrong_commands_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("race", "which landscape?"),
        ("race ravine", "who runs?"),
        ("race ravin -o sgd", "did you mean `ravine`?"),
        ("race ravine -o sgdd", "did you mean `sgd`?"),
        ("race ravine -o sgd -o sgd", "given twice"),
        ("race ravine -o sgd --from 1,2,3", "--from: a start is 1,2,3"),
        ("race ravine -o sgd --from a,b", "--from is `a,b`"),
        ("race ravine -o sgd --starts 0", "--starts is 0"),
        ("race ravine -o sgd --noise -1", "--noise is -1"),
        ("race ravine -o sgd --batch-size 4", "this landscape has none"),
        ("race ravine -o sgd --rates 5", "belong to --tune"),
        ("race ravine -o sgd --stop-window 5", "--stop-window belongs to --stop-loss-change"),
        ("race ravine -o sgd --stop-grad-norm 0", "--stop-grad-norm is 0"),
        ("race ravine -o sgd --dtype f16", "--dtype"),
        ("race ravine -o sgd --box 3..1", "--box is `3..1`"),
        ("race ravine -o sgd --threads 0", "--threads is 0"),
        ("race ravine -o sgd --tolerance -1", "--tolerance is -1"),
        ("race quadratic:hessian=no.csv -o sgd", "no.csv"),
        ("race --formula x^2+ -o sgd", "^"),
        ("race --formula log(y)*q -o sgd", "q"),
        ("stability", "whose limit?"),
        ("stability -o sgd --curvature 0", "the curvature is 0"),
    ];
    for (words, message) in cases {
        let ran = run(folder.path(), words);
        assert_eq!(ran.status, Some(2), "{words}\n{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{words}\n{}", ran.stderr);
    }
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn a_region_without_numbers_and_a_start_outside_the_box_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(folder.path(), "race --formula log(x)^2+y^2 -o sgd:lr=0.1 --from -1,1 --steps 5 --out nan");
    assert!(ran.stderr.contains("the loss is NaN") && ran.stdout.contains("diverged"), "{}{}", ran.stderr, ran.stdout);
    let ran = succeed(folder.path(), "race bowl -o sgd:lr=0.01 --from 50,50 --steps 5 --out far");
    assert!(ran.stderr.contains("outside the usual box"), "{}", ran.stderr);
    std::fs::write(folder.path().join("h.csv"), "2,1\n0,2\n").unwrap();
    let ran = run(folder.path(), "race quadratic:hessian=h.csv -o sgd");
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("h.csv") && ran.stderr.contains("symmetric"), "{}", ran.stderr);
}
