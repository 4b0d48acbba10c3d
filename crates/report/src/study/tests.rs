//! Properties of every study: figures are sound, the same study gives the same bytes, no name breaks a format, and
//! written files can be read back.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use downhill_spec::Scale;
use downhill_verdict::study::{Dimension, Folds, Halving, Kind, Range, Rung, Study, Varies};
use downhill_verdict::trial::{Setting, TrialRole, Value};
use downhill_verdict::verdict::{PairFinding, Verdict};
use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr;

use super::{Timings, figures, latex, markdown, page, results_csv, terminal, timings_csv};
use crate::tests::check;

#[path = "../../tests/synthetic/mod.rs"]
mod synthetic;

use synthetic::Recipe;

const HOSTILE: &str = "</script><script>alert(1)</script> a_b & 50%, \"x\" `y` | 'z' \\ {q}";

fn named(tasks: &[&str], optimizers: &[&str]) -> Recipe {
    let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    Recipe { tasks: owned(tasks), optimizers: owned(optimizers), ..Recipe::small() }
}

fn folds() -> Study {
    let recipe = Recipe { seeds: 6, tuning_seeds: 1, ..Recipe::small() };
    let mut study = synthetic::study(&recipe);
    study.design.varies = Varies::Folds(Folds { folds: 3, repeats: 2 });
    let (tuning, mut evaluation): (Vec<_>, Vec<_>) =
        study.trials.into_iter().partition(|trial| trial.planned.role == TrialRole::Tuning);
    for trial in &mut evaluation {
        trial.planned.replicate = Some(trial.planned.index);
    }
    let of_fold = |fold: usize| {
        let tuning = tuning.clone().into_iter();
        tuning.map(move |mut trial| {
            trial.planned.replicate = Some(fold);
            trial.planned.id += &format!("-{fold}");
            trial.outcome.id = trial.planned.id.clone();
            trial
        })
    };
    study.trials = (0..6).flat_map(of_fold).chain(evaluation).collect();
    study
}

fn halving() -> Study {
    let mut study = synthetic::study(&Recipe::small());
    let rungs = vec![Rung { configurations: 12, steps: 500 }, Rung { configurations: 4, steps: 2000 }];
    study.design.halving = Some(Halving { rungs, cost_share: 0.5 });
    for trial in study.trials.iter_mut().filter(|trial| trial.planned.role == TrialRole::Tuning) {
        trial.planned.rung = Some(usize::from(trial.planned.configuration % 3 == 0));
    }
    study
}

fn two_settings() -> Study {
    let mut study = synthetic::study(&Recipe::small());
    let choices = Range::Choices(vec!["relu".into(), "tanh, \"odd\"".into()]);
    let decay = Range::Numbers { low: 1e-6, high: 1e-2, scale: Scale::Log };
    for optimizer in &mut study.optimizers {
        optimizer.search.push(Dimension { key: "activation".into(), range: choices.clone() });
    }
    study.optimizers[1].search.push(Dimension { key: "steps".into(), range: decay });
    for trial in &mut study.trials {
        let odd = trial.planned.configuration % 2 == 1;
        let text = if odd { "tanh, \"odd\"" } else { "relu" };
        trial.planned.settings.push(Setting { key: "activation".into(), value: Value::Text(text.into()) });
        if trial.planned.optimizer == "adam" {
            trial.planned.settings.push(Setting { key: "steps".into(), value: Value::Number(1.25e-9) });
        }
    }
    study
}

fn without_trials() -> Study {
    let mut study = synthetic::study(&Recipe::small());
    study.missing = study.trials.len();
    study.trials.clear();
    study
}

fn all_diverged() -> Study {
    let mut study = synthetic::study(&Recipe::small());
    for trial in &mut study.trials {
        trial.outcome.diverged = true;
    }
    study
}

fn unfinished() -> Study {
    let mut study = synthetic::study(&Recipe::small());
    let before = study.trials.len();
    study.trials.retain(|trial| trial.planned.role == TrialRole::Tuning || trial.planned.index % 3 != 0);
    study.missing = before - study.trials.len();
    study
}

fn nothing_searched() -> Study {
    let mut study = synthetic::study(&Recipe { configurations: 1, ..Recipe::small() });
    study.design.search.clear();
    study.trials.retain(|trial| trial.planned.role == TrialRole::Evaluation);
    study.optimizers.iter_mut().for_each(|optimizer| optimizer.search.clear());
    study.trials.iter_mut().for_each(|trial| trial.planned.settings.clear());
    study
}

fn without_validation() -> Study {
    let mut study = synthetic::study(&Recipe { validation: false, ..Recipe::small() });
    study.question.endpoint = "test-accuracy@last".parse().ok();
    study
}

/// One study of each kind with its verdict, shared by several tests.
static STUDIES: LazyLock<Vec<(&str, Study, Verdict)>> = LazyLock::new(|| {
    let of = |recipe: Recipe| synthetic::study(&recipe);
    let studies = [
        ("small", of(Recipe::small())),
        ("one optimizer", of(named(&["digits"], &["adam"]))),
        ("a regression", of(named(&["reg mpg"], &["adam", "sgd"]))),
        ("several tasks", of(named(&["digits", "reg mpg", "moons"], &["adam", "sgd", "rmsprop"]))),
        ("hostile names", of(named(&[HOSTILE, "*x* [a](b)"], &[HOSTILE, "b", "$#^~\u{0}\n<b>"]))),
        ("tasks of one slug", of(named(&["a b", "a-b", "学习"], &["adam", "学习"]))),
        ("tasks of one slug and its numbers", of(named(&["x y", "x-y", "x y 2", "x y 1"], &["adam", "sgd"]))),
        ("tasks alike but for their ends", of(named(&[&format!("{} a", "x".repeat(60)), &"x".repeat(70)], &["adam"]))),
        ("no validation figures", without_validation()),
        ("two seeds", of(Recipe { seeds: 2, ..Recipe::small() })),
        ("long names", of(named(&["digits"], &[&"a".repeat(200), &"long words and ".repeat(12)]))),
        ("twelve optimizers", of(named(&["digits"], &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]))),
        ("folds", folds()),
        ("halving", halving()),
        ("two settings", two_settings()),
        ("no trials", without_trials()),
        ("all diverged", all_diverged()),
        ("unfinished", unfinished()),
        ("nothing searched", nothing_searched()),
    ];
    let judged = |(kind, study)| {
        let verdict = synthetic::verdict(&study);
        (kind, study, verdict)
    };
    studies.into_iter().map(judged).collect()
});

fn whole_page(study: &Study, verdict: &Verdict) -> String {
    page(study, verdict, &Timings::of(study, verdict), "downhill compare digits -o sgd -o adam")
}

/// The JSON of the curves in a page.
fn curves_of(html: &str) -> Json {
    let begin = html.split("<script type=\"application/json\" id=\"curves-data\">").nth(1).expect("the data");
    serde_json::from_str(begin.split("</script>").next().expect("an end")).expect("JSON")
}

#[test]
fn every_figure_is_sound_for_every_kind_of_study() {
    for (kind, study, verdict) in STUDIES.iter() {
        let files = figures(study, verdict);
        let mut names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
        for (name, svg) in &files {
            assert!(name.ends_with(".svg") && !name.contains(['/', '<', ' ', '&']), "{name}");
            println!("{kind}: {name}");
            check(svg);
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), files.len(), "{kind}: a name twice");
        assert_eq!(files.is_empty(), study.trials.is_empty(), "{kind}");
    }
}

#[test]
fn every_picture_of_a_page_is_sound_in_both_widths() {
    for (kind, study, verdict) in STUDIES.iter() {
        let html = whole_page(study, verdict);
        for svg in html.split("<svg").skip(1) {
            println!("{kind}");
            check(&format!("<svg{}</svg>", svg.split("</svg>").next().expect("an end")));
        }
    }
}

#[test]
fn equal_studies_give_equal_bytes_and_wall_times_are_only_where_they_may_be() {
    let study = synthetic::study(&named(&["digits", "reg mpg"], &["adam", "sgd"]));
    let mut slower = study.clone();
    slower.trials.iter_mut().for_each(|trial| trial.outcome.seconds *= 31.0);
    let verdict = synthetic::verdict(&study);
    let texts = |study: &Study| {
        let verdict = synthetic::verdict(study);
        let texts =
            [latex(study, &verdict), markdown(study, &verdict), terminal(study, &verdict, 80), results_csv(study)];
        (texts, figures(study, &verdict))
    };
    assert_eq!(texts(&study), texts(&slower));
    assert_ne!(timings_csv(&study), timings_csv(&slower));
    assert_eq!(whole_page(&study, &verdict), whole_page(&study, &verdict));
    assert_ne!(whole_page(&study, &verdict), whole_page(&slower, &verdict));
}

#[test]
fn a_page_says_the_verdict_first_and_asks_for_nothing_from_elsewhere() {
    for (kind, study, verdict) in STUDIES.iter() {
        let html = whole_page(study, verdict);
        let plain = |text: &str| text.replace(['<', '>', '&', '"', '\'', '`'], "");
        let sentence = verdict.tasks[0].sentences.first().expect("a sentence");
        if plain(sentence) == *sentence {
            assert!(html.contains(sentence), "{kind}: {sentence}");
        }
        let places: Vec<usize> = ["id=\"verdict\"", "id=\"table\"", "id=\"audit\"", "id=\"repeat\""]
            .iter()
            .filter_map(|section| html.find(section))
            .collect();
        assert!(places.len() == 4 && places.is_sorted(), "{kind}: {places:?}");
        for attribute in ["src=\"", "href=\""] {
            for value in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(value.starts_with('#') || value.starts_with("data:"), "{kind}: {attribute}{value}");
            }
        }
        assert!(!html.contains("NaN,") && !html.contains("@import") && !html.contains("inf%"), "{kind}");
        assert_eq!(html.matches("<script").count(), html.matches("</script>").count(), "{kind}");
        let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut once = ids.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{kind}: an id twice");
    }
}

#[test]
fn no_name_becomes_a_tag_or_ends_the_script() {
    let study = synthetic::study(&named(&[HOSTILE], &[HOSTILE, "b"]));
    let verdict = synthetic::verdict(&study);
    let html = whole_page(&study, &verdict);
    assert!(!html.contains("<script>alert"));
    let data = curves_of(&html);
    assert_eq!(data["optimizers"][0], HOSTILE);
    assert_eq!(data["tasks"][0]["name"], HOSTILE);
    let markdown = markdown(&study, &verdict);
    assert!(!markdown.contains('<') && markdown.contains("&lt;/script&gt;"), "{markdown}");
}

#[test]
fn the_curves_of_a_page_are_the_medians_of_the_trials() {
    let study = synthetic::study(&Recipe { diverging: false, ..Recipe::small() });
    let data = curves_of(&whole_page(&study, &synthetic::verdict(&study)));
    let chart = &data["tasks"][0]["charts"][1];
    assert_eq!(chart["title"], "Validation loss");
    let series = chart["series"].as_array().expect("a list").iter().find(|series| series["o"] == 1).expect("adam");
    for row in [0, 17, 60] {
        let trials = study.trials.iter();
        let wanted = trials.filter(|t| t.planned.optimizer == "adam" && t.planned.role == TrialRole::Evaluation);
        let mut losses: Vec<f64> = wanted.filter_map(|t| t.outcome.curve.val_loss[row]).collect();
        let first = losses[0];
        losses.sort_by(f64::total_cmp);
        let median = (losses[9] + losses[10]) / 2.0;
        let shown = series["median"][row].as_f64().expect("a number");
        assert!((shown - median).abs() <= 5.1e-4 * median, "{shown} {median}");
        let shown = series["seeds"][0][row].as_f64().expect("a number");
        assert!((shown - first).abs() <= 5.1e-4 * first);
    }
    assert_eq!(data["tasks"][0]["steps"][60], 2000);
}

#[test]
fn a_diverged_run_stays_in_the_bands_of_a_page_as_infinite() {
    let study = all_diverged();
    let data = curves_of(&whole_page(&study, &synthetic::verdict(&study)));
    let median = data["tasks"][0]["charts"][0]["series"][0]["median"].as_array().expect("a list").clone();
    assert!(median.iter().any(|value| value.as_f64().is_some_and(|value| value < 3.0)), "{median:?}");
    let study = synthetic::study(&Recipe { seeds: 4, ..Recipe::small() });
    let data = curves_of(&whole_page(&study, &synthetic::verdict(&study)));
    let series = data["tasks"][0]["charts"][1]["series"].as_array().expect("a list").clone();
    let rmsprop = series.iter().find(|series| series["o"] == 2).expect("rmsprop");
    assert_eq!(rmsprop["high"].as_array().and_then(|high| high.last()).and_then(Json::as_f64), Some(1e300));
}

#[test]
fn two_thousand_curves_make_a_page_of_a_few_megabytes_in_a_few_seconds() {
    let names: Vec<String> = (0..40).map(|number| format!("optimizer {number}")).collect();
    let recipe =
        Recipe { optimizers: names, configurations: 2, tuning_seeds: 1, seeds: 50, rows: 500, ..Recipe::small() };
    let study = synthetic::study(&recipe);
    let verdict = synthetic::verdict(&study);
    let began = Instant::now();
    let html = whole_page(&study, &verdict);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(html.len() < 8_000_000, "{} bytes", html.len());
    let seeds = curves_of(&html)["tasks"][0]["charts"][0]["series"]
        .as_array()
        .map_or(0, |series| series.iter().map(|one| one["seeds"].as_array().map_or(0, Vec::len)).sum::<usize>());
    assert_eq!(seeds, 2000);
    assert!(html.contains("drawn with fewer rows"));
}

#[test]
fn every_line_of_a_terminal_fits_it() {
    for (kind, study, verdict) in STUDIES.iter() {
        for width in [80, 120] {
            let text = terminal(study, verdict, width);
            // A command is copied whole.
            for line in text.lines().filter(|line| !line.starts_with("  downhill ")) {
                assert!(line.width() <= width, "{kind}: {line:?} is {} wide", line.width());
            }
            for task in &verdict.tasks {
                let first = task.sentences[0].split_whitespace().next().expect("a word");
                assert!(text.contains(&first.chars().take(10).collect::<String>()), "{kind}");
            }
        }
    }
}

#[test]
fn a_terminal_has_the_numbers_of_the_verdict() {
    let study = synthetic::study(&Recipe::small());
    let verdict = synthetic::verdict(&study);
    let standing = &verdict.tasks[0].standings[0];
    let (low, high) = standing.endpoint.quartiles.expect("quartiles");
    let median = standing.endpoint.median.expect("a median");
    let expected = format!("{:.2}% [{:.2}, {:.2}]", 100.0 * median, 100.0 * low, 100.0 * high);
    let text = terminal(&study, &verdict, 80);
    assert!(text.contains(&expected), "{expected} is not in\n{text}");
    assert!(text.contains("median [quartiles]") && text.contains("Warning"));
    assert!(markdown(&study, &verdict).contains(&expected));
}

#[test]
fn results_read_back_to_the_bit() {
    let study = two_settings();
    let text = results_csv(&study);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(
        header.iter().take(8).collect::<Vec<_>>().join(","),
        "id,task,optimizer,role,configuration,rung,replicate,seed"
    );
    // `steps` is a column of its own already.
    assert_eq!([&header[8], &header[9], &header[10]], ["lr", "activation", "setting_steps"]);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("a sound file");
    assert_eq!(rows.len(), study.trials.len());
    for (row, trial) in rows.iter().zip(&study.trials) {
        let number = |name: &str| row[column(name)].parse::<f64>().ok();
        assert_eq!(&row[0], trial.planned.id);
        assert_eq!(number("best_val_loss"), trial.outcome.best.and_then(|best| best.val.loss));
        assert_eq!(number("last_test_accuracy"), trial.outcome.last.test.accuracy);
        assert_eq!(number("lr"), super::view::rate(&trial.planned.settings));
        assert_eq!(&row[column("spec")], trial.planned.spec);
        assert_eq!(&row[column("diverged")], trial.outcome.diverged.to_string());
        assert_eq!(&row[column("setting_steps")], if trial.planned.optimizer == "adam" { "1.25e-9" } else { "" });
        assert_eq!(row[column("activation")].contains('"'), trial.planned.configuration % 2 == 1);
    }
    let timings = timings_csv(&study);
    let mut reader = csv::Reader::from_reader(timings.as_bytes());
    let seconds: Vec<f64> = reader.records().map(|row| row.expect("a row")[1].parse().expect("a number")).collect();
    assert_eq!(seconds, study.trials.iter().map(|trial| trial.outcome.seconds).collect::<Vec<_>>());
}

#[test]
fn a_tex_table_has_balanced_braces_and_as_many_cells_in_each_row() {
    for (kind, study, verdict) in STUDIES.iter() {
        let tex = latex(study, verdict);
        let mut depth = 0;
        let mut before = ' ';
        for character in tex.chars() {
            match character {
                '{' if before != '\\' => depth += 1,
                '}' if before != '\\' => depth -= 1,
                _ => {}
            }
            assert!(depth >= 0, "{kind}");
            before = if before == '\\' && character == '\\' { ' ' } else { character };
        }
        assert_eq!(depth, 0, "{kind}: {tex}");
        let rows = tex.lines().filter(|line| line.ends_with("\\\\"));
        for row in rows {
            assert_eq!(row.replace("\\&", "").matches('&').count(), 5, "{kind}: {row}");
        }
        assert_eq!(tex.matches("\\begin{table}").count(), study.tasks.len(), "{kind}");
    }
}

#[test]
fn bold_is_only_what_was_decided() {
    let study = synthetic::study(&Recipe { seeds: 3, ..Recipe::small() });
    let mut verdict = synthetic::verdict(&study);
    for pair in &mut verdict.tasks[0].pairs {
        pair.finding = PairFinding::Undecided { more_seeds: None };
    }
    assert!(!latex(&study, &verdict).contains("\\textbf"));
    let pair = &mut verdict.tasks[0].pairs[0];
    let who = pair.first.clone();
    pair.finding = PairFinding::Better { who: who.clone() };
    assert!(latex(&study, &verdict).contains(&format!("\\textbf{{{who}}}")));
    // The better optimizer of one pair is itself beaten in another.
    let last = verdict.tasks[0].pairs.len() - 1;
    let pair = &mut verdict.tasks[0].pairs[last];
    pair.finding = PairFinding::Better { who: pair.first.clone() };
    let second = pair.first.clone();
    assert!(!latex(&study, &verdict).contains(&format!("\\textbf{{{second}}}")));
}

#[test]
fn a_regression_is_said_in_its_own_unit() {
    let study = synthetic::study(&named(&["reg mpg"], &["adam", "sgd"]));
    assert!(matches!(study.tasks[0].kind, Kind::Regression { .. }));
    let html = whole_page(&study, &synthetic::verdict(&study));
    assert!(html.contains("difference, mpg") && html.contains("test RMSE of 7.8"));
    assert!(!html.contains("accuracy, %\""));
}

#[test]
fn while_seeds_are_missing_there_is_no_interval_and_the_page_says_that_it_is_unfinished() {
    let study = unfinished();
    let verdict = synthetic::verdict(&study);
    assert!(verdict.tasks[0].pairs.iter().all(|pair| pair.interval == (None, None)));
    let html = whole_page(&study, &verdict);
    assert!(html.contains("no interval while seeds are missing") && html.contains("<strong>Unfinished.</strong>"));
    assert!(terminal(&study, &verdict, 80).starts_with("Unfinished: "));
    assert!(markdown(&study, &verdict).starts_with("**Unfinished:**"));
}

#[test]
fn of_several_tasks_there_is_a_profile_and_a_ranking() {
    let study = synthetic::study(&named(&["digits", "reg mpg", "moons"], &["adam", "sgd", "rmsprop"]));
    let verdict = synthetic::verdict(&study);
    let names: Vec<String> = figures(&study, &verdict).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"profile.svg".into()) && names.contains(&"ranks.svg".into()), "{names:?}");
    let html = whole_page(&study, &verdict);
    assert!(html.contains("id=\"across\"") && html.contains("Performance profile"));
}

#[test]
fn each_task_has_figures_of_its_own_and_a_name_that_nobody_shares_is_kept() {
    let study = synthetic::study(&named(&["x y", "x-y", "x y 2", "z"], &["adam", "sgd"]));
    let names: Vec<String> = figures(&study, &synthetic::verdict(&study)).into_iter().map(|(name, _)| name).collect();
    let curves: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("curves-")).collect();
    assert_eq!(curves, ["x-y-1.svg", "x-y-3.svg", "x-y-2.svg", "z.svg"]);
}
