//! A comparison stopped, killed, sharded or grown gives the same bytes, and its verdict matches its runs.

use crate::common::{downhill, json, run, succeed, text, tree, wait_until};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// A small study with everything in it: a wrapper, a rate beyond stability, noise, several populations.
const STUDY: &str = "compare moons:n=150,noise=0.3 --label-noise 0.1 -o sgd -o adam -o sam:base=momentum --search-range \
                     1e-2..1e4 --configurations 5 --seeds 6 --steps 150 --quiet";
/// The options that make it a study of settings: one search of 5 rates with 2 seeds, and its setting at 6 seeds.
const SETTING: &str = "--judge setting --tuning-seeds 2";

/// Compares the files that must be the same after any interruption.
fn assert_same_study(one: &Path, other: &Path) {
    for file in ["results.csv", "verdict.json", "study.toml", "plan.jsonl", "study.json", "table.tex", "summary.md"] {
        assert!(text(&one.join(file)) == text(&other.join(file)), "{file} of {one:?} and {other:?}");
    }
    let pictures = |folder: &Path| tree(&folder.join("figures"));
    assert!(pictures(one) == pictures(other), "figures of {one:?} and {other:?}");
}

/// The records of a study without wall times.
fn lines(study: &Path) -> Vec<serde_json::Value> {
    let mut lines: Vec<serde_json::Value> =
        text(&study.join("trials.jsonl")).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for line in &mut lines {
        line.as_object_mut().expect("an object").remove("seconds");
    }
    lines
}

#[test]
fn a_study_killed_in_every_phase_ends_with_the_same_bytes_as_one_left_alone() {
    // 3 optimizers, 6 seeds, a search of 5 rates, then the kept setting at its own and at a fresh seed.
    killed_in_every_phase(STUDY, 3 * 6 * 5, 2 * 3 * 6);
}

#[test]
fn a_study_of_settings_killed_in_every_phase_ends_with_the_same_bytes_as_one_left_alone() {
    killed_in_every_phase(&format!("{STUDY} {SETTING}"), 3 * 5 * 2, 3 * 6);
}

fn killed_in_every_phase(study: &str, searched: usize, judged: usize) {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &format!("{study} --out whole"));
    let whole = folder.path().join("whole");
    assert_eq!(lines(&whole).len(), searched + judged);
    let killed = folder.path().join("killed");
    let records = || std::fs::read_to_string(killed.join("trials.jsonl")).map_or(0, |text| text.lines().count());
    // With its options on disk and no trial; in the search; at its end; among the fresh seeds; with all trials done.
    let moments: [(&str, &dyn Fn() -> bool); 6] = [
        ("asked", &|| killed.join("study.toml").exists()),
        ("searching", &|| records() >= 1),
        ("searching on", &|| records() >= searched * 2 / 3),
        ("searched", &|| records() >= searched),
        ("evaluating", &|| records() >= searched + 3),
        ("judging", &|| records() >= searched + judged),
    ];
    for (what, moment) in moments {
        let mut child = downhill(folder.path(), &format!("{study} --threads 1 --population 3 --out killed"))
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        wait_until(what, moment);
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    succeed(folder.path(), &format!("{study} --out killed"));
    assert_same_study(&whole, &killed);
}

#[test]
fn shards_threads_and_populations_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &format!("{STUDY} --out whole"));
    for (name, how) in
        [("one-thread", "--threads 1"), ("lonely", "--population 1"), ("three", "--population 3 --threads 3")]
    {
        succeed(folder.path(), &format!("{STUDY} {how} --out {name}"));
        assert_same_study(&folder.path().join("whole"), &folder.path().join(name));
    }
    // Each shard does whole replicates, and one round is enough.
    for shard in ["1/3", "3/3", "2/3"] {
        let ran =
            succeed(folder.path(), &format!("{} --out shards --wait --shard {shard}", STUDY.replace(" --quiet", "")));
        assert!(!ran.stderr.contains("waiting"), "{}", ran.stderr);
    }
    let shards = folder.path().join("shards");
    assert!(!shards.join("verdict.json").exists(), "a shard gives no verdict");
    succeed(folder.path(), &format!("{STUDY} --out shards"));
    assert_same_study(&folder.path().join("whole"), &shards);
    assert_eq!(text(&shards.join("trials.jsonl")), "", "the shards left nothing to run");
}

#[test]
fn shards_of_settings_need_a_second_round_or_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let study = format!("{STUDY} {SETTING}");
    for _ in 0..2 {
        for shard in ["1/3", "3/3", "2/3"] {
            succeed(folder.path(), &format!("{study} --out rounds --shard {shard}"));
        }
    }
    let start = |shard: &str| {
        downhill(folder.path(), &format!("{study} --out waits --wait --shard {shard}"))
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts")
    };
    let mut both = [start("1/2"), start("2/2")];
    for child in &mut both {
        assert!(child.wait().expect("it ends").success());
    }
    succeed(folder.path(), &format!("{study} --out whole"));
    for name in ["rounds", "waits"] {
        let shards = folder.path().join(name);
        succeed(folder.path(), &format!("{study} --out {name}"));
        assert_same_study(&folder.path().join("whole"), &shards);
        assert_eq!(text(&shards.join("trials.jsonl")), "", "the shards left nothing to run");
    }
}

#[test]
fn a_shard_that_waits_for_nobody_who_comes_ends() {
    let folder = tempfile::tempdir().unwrap();
    let study = STUDY.replace(" --quiet", "");
    let ran = succeed(folder.path(), &format!("{study} {SETTING} --out alone --wait=1 --shard 1/2"));
    assert!(ran.stderr.contains("waiting for") && ran.stderr.contains("of other shards are not"), "{}", ran.stderr);
}

#[test]
fn a_file_of_trials_that_is_replaced_meanwhile_ends_the_work_and_loses_what_was_in_it_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let trials = folder.path().join("study/trials.jsonl");
    let one_by_one = format!("{STUDY} --threads 1 --population 2 --out study");
    let mut child = downhill(folder.path(), &one_by_one);
    let child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    wait_until("its first trials", &|| std::fs::read_to_string(&trials).is_ok_and(|text| text.lines().count() >= 4));
    // As `sed -i`, git and rsync do: another file takes over the name.
    std::fs::copy(&trials, folder.path().join("copy")).expect("it can be read");
    std::fs::rename(folder.path().join("copy"), &trials).expect("it can be replaced");
    let ended = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("finished trials were written and are not found again: their file was replaced"), "{said}");
    succeed(folder.path(), &one_by_one);
    succeed(folder.path(), &format!("{STUDY} --out whole"));
    assert_same_study(&folder.path().join("study"), &folder.path().join("whole"));
}

#[test]
fn ctrl_c_ends_in_order_and_the_same_command_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let long = STUDY.replace("--steps 150", "--steps 200000");
    let child =
        downhill(folder.path(), &format!("{long} --out long")).stdout(Stdio::null()).spawn().expect("it starts");
    // The plan is written once the handler of Ctrl-C is set.
    wait_until("its plan", &|| folder.path().join("long/plan.jsonl").exists());
    std::thread::sleep(Duration::from_millis(100));
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130));
    assert!(!folder.path().join("long/verdict.json").exists());
}

#[test]
fn what_is_added_to_a_finished_study_is_all_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("study");
    succeed(folder.path(), &format!("{STUDY} --out study"));
    let before = lines(&study);
    succeed(folder.path(), &format!("{STUDY} -o lion --out study"));
    let with_lion = lines(&study);
    assert_eq!(with_lion[..before.len()], before[..]);
    assert_eq!(with_lion.len(), before.len() + 6 * (5 + 2), "the trials of one optimizer");
    succeed(folder.path(), &format!("{} -o lion --seeds 8 --out study", STUDY.replace("--seeds 6", "")));
    assert_eq!(lines(&study).len(), with_lion.len() + 4 * 2 * (5 + 2), "two more seeds for each of four optimizers");
    // A second look at the same question costs part of the level; adding an optimizer was no look.
    assert_eq!(json(&study.join("verdict.json"))["looks"], serde_json::json!([6, 8]));
    // A different question neither takes the folder over nor inherits its looks.
    let ran = run(folder.path(), &format!("{} --out study", STUDY.replace("moons:n=150", "moons:n=160")));
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("holds another comparison"), "{}", ran.stderr);
    // The figures do not depend on growth.
    succeed(folder.path(), &format!("{} -o lion --seeds 8 --out whole", STUDY.replace("--seeds 6", "")));
    assert_eq!(text(&study.join("results.csv")), text(&folder.path().join("whole/results.csv")));
}

#[test]
fn a_report_is_made_again_and_several_studies_make_one() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &format!("{STUDY} --out whole"));
    let before = tree(&folder.path().join("whole"));
    succeed(folder.path(), "report whole");
    assert!(tree(&folder.path().join("whole")) == before, "the same study has the same report");
    let of = |optimizers: &str, out: &str| {
        let study = STUDY.replace("-o sgd -o adam -o sam:base=momentum", optimizers);
        succeed(folder.path(), &format!("{study} --out {out}"));
    };
    of("-o sgd", "one");
    of("-o adam -o sam:base=momentum", "two");
    succeed(folder.path(), "report one two --out both");
    let verdict = |name: &str| json(&folder.path().join(name).join("verdict.json"))["tasks"][0].clone();
    assert_eq!(verdict("both"), verdict("whole"));
    let ran = succeed(folder.path(), "report one two --markdown");
    assert!(ran.stdout.contains("| sgd"), "{}", ran.stdout);
    for (words, message) in [
        ("report one two", "--out names it"),
        ("report one two --out whole", "is there already"),
        ("report one two three", "three: there is no such folder"),
    ] {
        let ran = run(folder.path(), words);
        assert_eq!(ran.status, Some(2), "{words}\n{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{words}\n{}", ran.stderr);
    }
}

#[test]
fn an_unfinished_study_has_a_report_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &format!("{STUDY} --out part --shard 1/40"));
    let ran = succeed(folder.path(), "report part");
    assert!(ran.stdout.contains("nfinished"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("is better than"), "{}", ran.stdout);
}

#[test]
fn a_file_repeats_a_study_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &format!("{STUDY} --out first"));
    succeed(folder.path(), "compare --config first/study.toml --quiet --out second");
    assert_same_study(&folder.path().join("first"), &folder.path().join("second"));
}

#[test]
fn every_planned_trial_is_in_the_results_and_those_that_diverge_count() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &format!("{STUDY} --out study"));
    let study = folder.path().join("study");
    let planned = text(&study.join("plan.jsonl")).lines().count();
    assert_eq!(planned, 3 * 6 * (5 + 2));
    let results = text(&study.join("results.csv"));
    assert_eq!(results.lines().count(), planned + 1);
    let diverged: Vec<&str> = results.lines().filter(|line| line.contains(",diverged,")).collect();
    assert!(!diverged.is_empty(), "rates up to 1e4 diverge");
    // No tuning trial has test figures.
    for (line, planned) in text(&study.join("plan.jsonl")).lines().map(|line| (line.to_string(), line)) {
        let planned: serde_json::Value = serde_json::from_str(planned).unwrap();
        let id = planned["id"].as_str().unwrap();
        let outcome = lines(&study).into_iter().find(|o| o["id"] == id).unwrap_or_else(|| panic!("{line}"));
        let sees_test = outcome["last"]["test"]["loss"].is_number() || outcome["best"]["test"]["loss"].is_number();
        assert_eq!(sees_test, planned["role"] != "tuning" && outcome["diverged"] == false, "{line}");
    }
}

#[test]
fn one_optimizer_under_two_names_is_exactly_tied() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(
        folder.path(),
        "compare moons:n=150,noise=0.3 -o sgd -o momentum:momentum=0 -o again=sgd --configurations 4 --seeds 8 --steps 100 \
         --quiet --out study",
    );
    let verdict = json(&folder.path().join("study/verdict.json"));
    for pair in verdict["tasks"][0]["pairs"].as_array().unwrap() {
        assert_eq!(pair["finding"]["is"], "tied", "{pair}");
        assert_eq!((pair["p"].as_f64(), pair["difference"].as_f64()), (Some(1.0), Some(0.0)));
    }
    assert!(ran.stdout.contains("exactly tied"), "{}", ran.stdout);
}

#[test]
fn a_dry_run_says_what_it_costs_and_what_it_can_decide_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(folder.path(), "compare iris -o sgd -o sam -o adam --seeds 5 --dry-run");
    assert!(ran.stdout.contains("lr from 0.0001 to 10"), "{}", ran.stdout);
    assert!(ran.stdout.contains("5 seeds can never decide 3 pairs at level 0.05"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--seeds 7 are the fewest"), "{}", ran.stdout);
    let plan: serde_json::Value =
        serde_json::from_str(&succeed(folder.path(), "compare iris -o sgd -o sam --dry-run --json").stdout).unwrap();
    let cost = |i: usize| plan["lines"][i]["gradient_evaluations"].as_u64().unwrap();
    assert_eq!(cost(0), 20 * (12 + 2) * 2000);
    assert_eq!(cost(1), 2 * cost(0), "SAM pays two gradients for each step");
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn halving_spends_less_and_a_range_grows_while_the_best_rate_is_on_its_edge() {
    let folder = tempfile::tempdir().unwrap();
    let base = "compare moons:n=150,noise=0.3 -o sgd --seeds 2 --steps 90 --quiet";
    succeed(folder.path(), &format!("{base} --configurations 9 --halving --out halved"));
    let plan = text(&folder.path().join("halved/plan.jsonl"));
    let trials = |steps: u64| plan.lines().filter(|line| line.contains(&format!("\"steps\":{steps},"))).count();
    assert_eq!([trials(10), trials(30), trials(90)], [9 * 2, 3 * 2, 2 + 2 + 2]);
    succeed(folder.path(), &format!("{base} --configurations 4 --search-range 1e-4..1e-2 --extend --out grown"));
    let facts = json(&folder.path().join("grown/study.json"));
    let range = &facts["design"]["search"][0]["range"]["numbers"];
    assert!(facts["design"]["extensions"].as_u64() >= Some(1), "{facts}");
    assert!(range["high"].as_f64() > Some(0.05) && range["low"] == 1e-4, "{range}");
}

#[test]
fn folds_test_every_row_and_are_judged_by_their_own_test() {
    let folder = tempfile::tempdir().unwrap();
    succeed(
        folder.path(),
        "compare iris -o sgd -o adam --folds 3x2 --configurations 3 --tuning-seeds 1 --steps 60 --quiet --out study",
    );
    let study = folder.path().join("study");
    let plan: Vec<serde_json::Value> =
        text(&study.join("plan.jsonl")).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let tuned = plan.iter().filter(|p| p["role"] == "tuning").count();
    assert_eq!((tuned, plan.len() - tuned), (2 * 6 * 3, 2 * 6));
    let task = &json(&study.join("verdict.json"))["tasks"][0];
    assert_eq!(task["standings"][0]["chosen"].as_array().unwrap().len(), 6, "a choice for each fold");
    assert!(task["covers"].as_str().unwrap().contains("test"), "{task}");
}

#[test]
fn resampling_redraws_what_trains_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let base = "compare wine -o sgd --configurations 3 --seeds 6 --steps 60 --quiet";
    succeed(folder.path(), &format!("{base} --out fixed"));
    succeed(folder.path(), &format!("{base} --resample --out redrawn"));
    let first = |name: &str| lines(&folder.path().join(name))[0]["curve"]["val_loss"][0].clone();
    assert_ne!(first("fixed"), first("redrawn"), "other validation rows");
    let covers = json(&folder.path().join("redrawn/verdict.json"))["tasks"][0]["covers"].clone();
    assert!(covers.as_str().unwrap().contains("train"), "{covers}");
}

#[test]
fn several_settings_are_searched_alike_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = downhill(folder.path(), "compare wine -o adamw -o sgd --configurations 8 --seeds 6");
    command.args(["--search", "weight_decay", "--search", "hidden=8|8,8", "--search", "batch-size=16|full"]);
    let ran = command.args("--steps 40 --quiet --out study".split(' ')).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let plan: Vec<serde_json::Value> =
        text(&folder.path().join("study/plan.jsonl")).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Weight decay has a different meaning in each of them, and is searched in each one's own range.
    let settings = |optimizer: &str| -> Vec<Vec<serde_json::Value>> {
        let of = plan.iter().filter(|p| p["optimizer"] == optimizer && p["role"] == "tuning");
        let shared = |p: &serde_json::Value| {
            p["settings"].as_array().unwrap().iter().filter(|s| s["key"] != "weight_decay").cloned().collect()
        };
        of.map(shared).collect()
    };
    assert_eq!(settings("adamw"), settings("sgd"));
    assert_eq!(settings("sgd").len(), 6 * 8);
    let all = settings("sgd");
    let keys: Vec<&str> = all[0].iter().map(|s| s["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["lr", "hidden", "batch-size"]);
}

#[test]
fn a_file_of_tasks_says_what_differs_between_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = "optimizer = [\"sgd\", \"adam\"]\nconfigurations = 3\nseeds = 6\nsteps = 40\n\n[[tasks]]\ndata = \
                \"moons:n=100\"\n\n[[tasks]]\ndata = \"moons:n=100\"\nname = \"noisy moons\"\nlabel-noise = 0.3\n";
    std::fs::write(folder.path().join("s.toml"), file).unwrap();
    let ran = succeed(folder.path(), "compare --config s.toml --quiet --out study");
    assert!(ran.stdout.contains("noisy moons"), "{}", ran.stdout);
    let verdict = json(&folder.path().join("study/verdict.json"));
    assert_eq!(verdict["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(verdict["overall"]["standings"].as_array().unwrap().len(), 2);
}

#[test]
fn wrong_commands_are_refused_before_anything_is_made() {
    let cases = [
        ("compare -o sgd", "which data?"),
        ("compare digits", "which optimizers?"),
        ("compare digits -o sgdd", "did you mean `sgd`?"),
        ("compare digts -o sgd", "did you mean `digits`?"),
        ("compare digits -o sgd -o sgd", "given twice; LABEL=SPEC"),
        ("compare digits digits -o sgd", "the task `digits` is given twice"),
        ("compare digits -o =sgd", "the label before `=` is empty"),
        ("compare digits -o sgd --seeds 0", "--seeds is 0, but must be at least 1"),
        ("compare digits -o sgd --judge luck", "--judge is `luck`, but must be search, fresh or setting"),
        ("compare digits -o sgd --choose-by luck", "--choose-by is `luck`, but must be loss or endpoint"),
        ("compare digits -o sgd --tuning-seeds 3", "--tuning-seeds is 3, but each seed searches for itself"),
        ("compare digits -o sgd --folds 5x2 --judge fresh", "with --folds there is one search inside of each fold"),
        ("compare digits -o sgd --configurations 100001", "must be at most 100000"),
        ("compare digits -o sgd --level 0.7", "--level is 0.7, but must be above 0 and at most 0.5"),
        ("compare digits -o sgd --endpoint test-rmse", "digits: this task has no endpoint test-rmse@best"),
        ("compare auto-mpg -o sgd --endpoint test-accuracy", "this task has no endpoint test-accuracy@best"),
        ("compare digits -o sgd --endpoint accuracy", "unknown endpoint `accuracy`; there are: test-accuracy"),
        ("compare digits -o sgd --margin -1", "--margin is `-1`, but must be a number above 0"),
        ("compare auto-mpg -o sgd --margin 1%", "is no percentage"),
        ("compare digits -o sgd --margin 2", "an accuracy is a fraction; write a number below 1"),
        ("compare digits -o sgd --margin 100%", "an accuracy is a fraction; write a number below 1"),
        ("compare digits -o sgd --steps 0", "there is nothing to compare"),
        ("compare digits -o sgd --folds 5x2 --test-fraction 0.5", "each fold is the test part in turn"),
        ("compare digits -o sgd --folds 5x2 --extend", "--folds and --extend exclude each other"),
        ("compare digits -o sgd --search beta2,hidden=8|16", "needs a --search of its own"),
        ("compare digits -o sgd --hidden 1000,1000 --population 1024 --threads 1024", "GB free"),
        ("report nowhere", "there is no such folder"),
        ("compare digits -o sgd --search lrr", "nothing here has a setting `lrr` (did you mean `lr`?)"),
        ("compare digits -o sgd --search lr,lr", "`lr` is given twice"),
        ("compare digits -o sgd --search lr=1..0.1", "with LOW below HIGH"),
        ("compare digits -o sgd --search lr=0..1", "with LOW above 0"),
        ("compare digits -o sgd --search hidden", "--search hidden needs its choices"),
        ("compare digits -o sgd --search hidden=8|x", "hidden is `x`"),
        ("compare digits -o sgd --search batch-size=16|0", "batch-size is `0`"),
        ("compare digits -o sgd --search activation=relu|rleu", "did you mean `relu`?"),
        ("compare digits -o momentum --search momentum=0.5..1.5", "the range of momentum reaches to 1.5"),
        ("compare digits -o sgd --search-range 1", "must be LOW..HIGH"),
        ("compare digits -o sgd --folds 1x3", "--folds is `1x3`"),
        ("compare digits -o sgd --folds 5x4 --seeds 9", "one for each fold"),
        ("compare digits -o sgd --folds 5x4 --resample", "--folds and --resample exclude each other"),
        ("compare digits -o sgd --extend --halving", "--extend and --halving exclude each other"),
        ("compare digits -o sgd --shard 4/3", "must be I/N"),
        ("compare digits -o sgd --wait", "--wait waits for other shards"),
        ("compare digits -o sgd --val-fraction 0", "there are no validation rows"),
        ("compare digits -o sgd --test-fraction 0", "there are no test rows"),
        ("compare digits -o lbfgs", "lbfgs compares losses from step to step, so it needs --batch-size full"),
        ("compare digits -o sgd --threads 0", "--threads is 0, but must be from 1 to 1024"),
        ("compare digits -o sgd --target-val-loss inf", "--target-val-loss is inf, but must be a finite number"),
        ("compare --config no.toml", "no.toml"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (words, message) in cases {
        let ran = run(folder.path(), words);
        assert_eq!(ran.status, Some(2), "{words}\n{}", ran.stderr);
        assert!(ran.stderr.contains(message), "{words}\n{}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{words}");
    }
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn somebody_elses_folder_and_a_damaged_record_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    std::fs::write(folder.path().join("mine/thesis.txt"), "years of work").unwrap();
    let ran = run(folder.path(), &format!("{STUDY} --out mine"));
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("it holds `thesis.txt`"), "{}", ran.stderr);
    succeed(folder.path(), &format!("{STUDY} --out study"));
    let trials = folder.path().join("study/trials.jsonl");
    std::fs::write(&trials, text(&trials).replacen("{\"id\"", "{\"di\"", 1)).unwrap();
    let ran = run(folder.path(), &format!("{STUDY} --out study"));
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("trials.jsonl, line 1: no finished trial"), "{}", ran.stderr);
}

#[test]
fn settings_are_judged_by_name_and_optimizers_with_their_searches() {
    let folder = tempfile::tempdir().unwrap();
    let study =
        "compare moons:n=150,noise=0.3 -o sgd:lr=0.0001 -o adam --configurations 4 --seeds 8 --steps 100 --quiet --out";
    let verdict = |name: &str, how: &str| {
        succeed(folder.path(), &format!("{study} {name} {how}"));
        json(&folder.path().join(name).join("verdict.json"))["tasks"][0].clone()
    };
    let said = |task: &serde_json::Value| task["sentences"][0].as_str().unwrap().to_string();
    let searched = verdict("search", "");
    assert!(said(&searched).starts_with("adam is better than sgd:lr=0.0001: "), "{searched}");
    let adam = &searched["standings"][0];
    assert_eq!(adam["chosen"].as_array().unwrap().len(), 8);
    assert!(adam["recommended"]["settings"][0]["value"].is_number(), "{adam}");
    let setting = verdict("setting", "--judge setting");
    assert!(said(&setting).starts_with("adam at lr="), "{setting}");
    let fresh = verdict("fresh", "--judge fresh");
    assert!(fresh["covers"].as_str().unwrap().contains("run again with a fresh seed"), "{fresh}");
    // The printed command repeats the trial at the first seed.
    let command = setting["standings"][0]["train"].as_str().unwrap().strip_prefix("downhill ").unwrap().to_string();
    succeed(folder.path(), &format!("{command} --out one --quiet"));
    let trained = json(&folder.path().join("one").join("run.json"))["members"][0]["last"]["test"]["loss"].clone();
    let trials = lines(&folder.path().join("setting"));
    assert!(trials.iter().any(|o| o["last"]["test"]["loss"] == trained), "{command}: {trained}");
    // A kept network is one of the runs of its own search, a fresh seed another run. A given rate has no kept network.
    let kept =
        |name: &str| lines(&folder.path().join(name)).iter().filter(|o| o["best"]["test"]["loss"].is_number()).count();
    assert_eq!([kept("search"), kept("setting"), kept("fresh")], [3 * 8, 2 * 8, 2 * 8]);
}
