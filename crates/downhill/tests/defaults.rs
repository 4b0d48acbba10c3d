//! A default has one definition; help texts, docs and an experiment agree with it.

use clap::CommandFactory;
use downhill::cli::Cli;
use downhill::study::options::StudyOptions;
use downhill::study::resolve::{Comparison, resolve};
use downhill_optim::Registry;
use downhill_run::{Common, Options, prepare};
use toml::{Table, Value};

/// The help of every option of a subcommand, by its key in a file.
fn helps(command: &str) -> Vec<(String, String)> {
    let cli = Cli::command();
    let command = cli.find_subcommand(command).expect("it exists");
    let help = |argument: &clap::Arg| argument.get_help().map(|text| text.to_string()).unwrap_or_default();
    command.get_arguments().map(|a| (a.get_id().as_str().replace('_', "-"), help(a))).collect()
}

/// A value as in a help text: without the parameters of a choice, which are at their own defaults.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.split(':').next().unwrap_or(text).into(),
        Value::Float(number) => number.to_string(),
        other => other.to_string(),
    }
}

/// The resolved defaults that the help of a subcommand does not state. Lists and switches that are off need no default.
fn disagreements(command: &str, resolved: &Table, said: &[&str]) -> Vec<String> {
    let helps = helps(command);
    let tells = |key: &str, value: &str| {
        let help = helps.iter().find(|(known, _)| known == key).map(|(_, help)| help.as_str()).unwrap_or_default();
        let starts = ["[default: ".to_string(), format!("[default of {command}: ")];
        starts.iter().any(|start| {
            let told = help.split_once(start.as_str()).and_then(|(_, rest)| rest.strip_prefix(value));
            told.is_some_and(|rest| rest.starts_with([']', ';', ',']))
        })
    };
    let told = |value: &Value| !matches!(value, Value::Array(_) | Value::Table(_) | Value::Boolean(false));
    let defaults = resolved.iter().filter(|(key, value)| told(value) && !said.contains(&key.as_str()));
    let wrong = defaults.filter(|(key, value)| !tells(key, &shown(value)));
    wrong.map(|(key, value)| format!("{command} --{key}: the default is {}", shown(value))).collect()
}

fn compared(judge: Option<&str>) -> (Comparison, Table) {
    let options = StudyOptions {
        data: vec!["moons:n=200".into()],
        optimizer: vec!["sgd".into()],
        judge: judge.map(String::from),
        ..StudyOptions::default()
    };
    let options = options.or(StudyOptions::default());
    let found = resolve(options, &Registry::builtin(), 1, None);
    let comparison = found.unwrap_or_else(|failure| panic!("{failure}"));
    let table = comparison.options.to_toml().expect("it is text").parse().expect("it is TOML");
    (comparison, table)
}

/// 1,000 for 1000.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(",")
}

#[test]
fn the_help_of_train_tells_its_defaults() {
    let resolved = |data: &str| -> Table {
        // A window has a default only where it has an effect.
        let common = Common { stop_loss_change: Some(0.1), ..Common::default() };
        let options = Options { data: Some(data.into()), common, ..Options::default() };
        let ready = prepare(&options, &Registry::builtin(), 1, false).expect("it can be trained");
        ready.options.to_toml().expect("it is text").parse().expect("it is TOML")
    };
    let said = ["data", "stop-loss-change"];
    let classes = resolved("iris");
    assert!(classes.len() > 15, "{classes}");
    assert_eq!(disagreements("train", &classes, &said), [""; 0]);
    let numbers = resolved("friedman1");
    assert_eq!(disagreements("train", &numbers, &[&said[..], &["loss"]].concat()), [""; 0]);
    assert_eq!(shown(&numbers["loss"]), "mse");
    let (_, loss) = helps("train").into_iter().find(|(key, _)| key == "loss").expect("it is there");
    assert!(loss.contains("or mse for a regression"), "{loss}");
}

#[test]
fn the_help_of_compare_tells_its_defaults() {
    let (_, table) = compared(None);
    assert_eq!(disagreements("compare", &table, &[]), [""; 0]);
    let task = table["tasks"][0].as_table().expect("a task");
    assert!(task.len() > 15, "{task}");
    assert_eq!(disagreements("compare", task, &["data"]), [""; 0]);
    let (_, setting) = compared(Some("setting"));
    assert_eq!(disagreements("compare", &setting, &["judge", "configurations"]), [""; 0]);
    let (_, configurations) = helps("compare").into_iter().find(|(key, _)| key == "configurations").expect("there");
    assert!(configurations.contains(&format!("; {} with --judge setting", setting["configurations"])));
}

#[test]
fn the_page_of_the_protocol_and_the_experiment_tell_the_defaults_of_compare() {
    let (comparison, table) = compared(None);
    let (_, setting) = compared(Some("setting"));
    let protocol = &comparison.protocol;
    let task = &protocol.subjects[0].task;
    let number = |key: &str| table[key].as_integer().expect("a count") as u64;
    let steps = thousands(table["tasks"][0]["steps"].as_integer().expect("a count") as u64);
    let (seeds, configurations) = (number("seeds"), number("configurations"));
    let batch = task.batch_size.expect("not all rows");
    let [first, second] = task.hidden[..] else { panic!("two hidden layers") };
    assert_eq!(first, second);
    let (low, high) = table["search-range"].as_str().and_then(|range| range.split_once("..")).expect("a range");
    let tuning = thousands(protocol.fresh_seeds[0] - protocol.evaluation_seeds[0]);

    let page = include_str!("../../../docs/protocol.md");
    for told in [
        format!("For each of {seeds} seeds"),
        format!("**Search**: {configurations} learning rates are tried"),
        format!("learning rates | one range, printed: {low} to {high}"),
        format!("| {seeds} seeds, from `--seed` ({}) on", protocol.evaluation_seeds[0]),
        format!("{steps} updates, batches of {batch}, {} hidden layers of {first}", task.hidden.len()),
        format!("from `--seed` + {tuning} on"),
        format!("*one* search of {} rates × {} seeds", setting["configurations"], setting["tuning-seeds"]),
        format!("`{}` (default)", shown(&table["judge"])),
    ] {
        assert!(page.contains(&told), "docs/protocol.md does not say: {told}");
    }
    let experiment = downhill_reproduce::find("sgd-versus-adam").expect("it is there");
    let low: f64 = low.parse().expect("a number");
    for told in [
        format!("two hidden layers of {first} relu units, batches of {batch}, {steps} steps"),
        format!("at each of {seeds} seeds a whole search, {configurations} learning rates from {low} to {high}"),
    ] {
        assert!(experiment.recipe.contains(&told), "the experiment does not say: {told}");
    }
}
