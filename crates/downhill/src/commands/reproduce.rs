//! `downhill reproduce`.

use crate::cli::Reproduce as Args;
use crate::failure::{Failure, Outcome};
use crate::folders;
use crate::machine;
use crate::program;
use crate::terminal::{print, print_json, say};
use downhill_chart::curves::curves_svg;
use downhill_chart::table::{Align, Table};
use downhill_report::experiment::{
    CaptionedPicture, ExperimentPage, FindingRow, Word, experiment_page, experiments_index,
};
use downhill_report::race::race_svg;
use downhill_reproduce::{ClaimVerdict, Conditions, Experiment, Figure, Measured, all, find};
use downhill_run::whole::write_whole;
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// The content of `--json` and `NAME.json` for one experiment.
#[derive(Serialize)]
struct Record {
    name: &'static str,
    title: &'static str,
    source: &'static str,
    says: &'static str,
    recipe: &'static str,
    seed: u64,
    verdict: ClaimVerdict,
    findings: Vec<FindingRecord>,
    notes: Vec<String>,
    commands: Vec<String>,
    /// Files beside this one, with their captions.
    pictures: Vec<(String, String)>,
}

#[derive(Serialize)]
struct FindingRecord {
    #[serde(flatten)]
    finding: Measured,
    /// Absent where no number is predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<bool>,
}

/// Runs experiments.
pub fn run(args: &Args) -> Outcome<ExitCode> {
    let experiments = chosen(args)?;
    let threads = machine::threads(args.threads)?;
    let setting = Conditions { seed: args.seed, threads };
    let out = &args.out;
    let of_an_experiment = |file: &str| {
        let rest = all().iter().find_map(|experiment| file.strip_prefix(experiment.name));
        rest.is_some_and(|rest| [".json", ".html"].contains(&rest) || (rest.starts_with('-') && rest.ends_with(".svg")))
    };
    folders::check(out, "experiments", |file| file == "index.html" || of_an_experiment(file))?;
    fs::create_dir_all(out).map_err(|e| Failure::usage(format!("{}: {e}", out.display())))?;
    let clock = machine::clock();
    let talk = |text: &str| {
        if !args.quiet {
            say(text);
        }
    };
    let (mut pages, mut records) = (Vec::new(), Vec::new());
    for (number, experiment) in experiments.iter().enumerate() {
        let began = clock();
        let outcome = experiment.run(&setting).map_err(|e| Failure::run(format!("{}: {e}", experiment.name)))?;
        let page = page(experiment, &outcome, &setting);
        let record = record(experiment, outcome, &page, &setting);
        write(out, &page, &record, experiments.len() > 1)?;
        let (place, seconds) = (format!("{}/{}", number + 1, experiments.len()), clock() - began);
        talk(&format!("{place}  {:<20} {:<15} {seconds:5.1} s", experiment.name, page.verdict.text()));
        if !args.json && experiments.len() == 1 {
            print(&text(&page))?;
        }
        pages.push(page);
        records.push(record);
    }
    let mut first = out.join(format!("{}.html", experiments[0].name));
    if experiments.len() > 1 {
        first = out.join("index.html");
        write_whole(&first, experiments_index(&pages).as_bytes())?;
    }
    let failed = pages.iter().filter(|page| page.verdict == Word::NotReproduced).count();
    if args.json {
        print_json(&records)?;
    } else if experiments.len() > 1 {
        print(&overview(&pages))?;
    }
    talk(&format!("page: {}", first.display()));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The named experiments; all, in the catalog's order, with `--all`.
fn chosen(args: &Args) -> Outcome<Vec<&'static Experiment>> {
    if args.all {
        return Ok(all().to_vec());
    }
    let names = || all().iter().map(|experiment| experiment.name);
    if args.names.is_empty() {
        return Err(Failure::usage(format!(
            "which experiment? --all runs every one; there are: {}",
            names().collect::<Vec<_>>().join(", ")
        )));
    }
    let mut chosen: Vec<&'static Experiment> = Vec::new();
    for name in &args.names {
        let Some(experiment) = find(name) else {
            let hint = downhill_spec::nearest(name, names()).map(|near| format!(" (did you mean `{near}`?)"));
            return Err(Failure::usage(format!(
                "there is no experiment `{name}`{}; there are: {}",
                hint.unwrap_or_default(),
                names().collect::<Vec<_>>().join(", ")
            )));
        };
        if chosen.iter().any(|other| other.name == experiment.name) {
            return Err(Failure::usage(format!("the experiment `{name}` is named twice")));
        }
        chosen.push(experiment);
    }
    Ok(chosen)
}

/// The command that makes the same page.
fn repeat(name: &str, setting: &Conditions) -> String {
    let seed = if setting.seed == 0 { String::new() } else { format!(" --seed {}", setting.seed) };
    format!("{} reproduce {name}{seed}", program::this().name)
}

fn page(experiment: &Experiment, outcome: &downhill_reproduce::Evidence, setting: &Conditions) -> ExperimentPage {
    let finding = |finding: &Measured| FindingRow {
        what: finding.what.clone(),
        found: finding.found_in_words(),
        must: finding.must_in_words(),
        holds: finding.holds(),
    };
    let svg = |figure: &Figure| match figure {
        Figure::Curves(figure) => curves_svg(figure),
        Figure::Race(figure) => race_svg(figure),
    };
    let picture = |picture: &downhill_reproduce::Picture| CaptionedPicture {
        name: format!("{}-{}.svg", experiment.name, picture.name),
        caption: picture.caption.clone(),
        svg: svg(&picture.figure),
        shaded: matches!(picture.figure, Figure::Race(_)),
    };
    let commands = std::iter::once(repeat(experiment.name, setting));
    ExperimentPage {
        name: experiment.name.into(),
        title: experiment.title.into(),
        source: experiment.source.into(),
        says: experiment.says.into(),
        recipe: experiment.recipe.into(),
        verdict: match outcome.verdict() {
            ClaimVerdict::Reproduced => Word::Reproduced,
            ClaimVerdict::NotReproduced => Word::NotReproduced,
            ClaimVerdict::Answered => Word::Answered,
        },
        findings: outcome.findings.iter().map(finding).collect(),
        notes: outcome.notes.clone(),
        pictures: outcome.pictures.iter().map(picture).collect(),
        commands: commands.chain(experiment.commands.iter().map(ToString::to_string)).collect(),
    }
}

fn record(
    experiment: &Experiment,
    outcome: downhill_reproduce::Evidence,
    page: &ExperimentPage,
    setting: &Conditions,
) -> Record {
    let verdict = outcome.verdict();
    let finding = |finding: Measured| FindingRecord { holds: finding.holds(), finding };
    Record {
        name: experiment.name,
        title: experiment.title,
        source: experiment.source,
        says: experiment.says,
        recipe: experiment.recipe,
        seed: setting.seed,
        verdict,
        findings: outcome.findings.into_iter().map(finding).collect(),
        notes: outcome.notes,
        commands: page.commands.clone(),
        pictures: page.pictures.iter().map(|picture| (picture.name.clone(), picture.caption.clone())).collect(),
    }
}

fn write(out: &Path, page: &ExperimentPage, record: &Record, index: bool) -> Outcome<()> {
    for picture in &page.pictures {
        write_whole(&out.join(&picture.name), picture.svg.as_bytes())?;
    }
    let json = serde_json::to_string_pretty(record).map_err(Failure::run)?;
    write_whole(&out.join(format!("{}.json", page.name)), format!("{json}\n").as_bytes())?;
    Ok(write_whole(&out.join(format!("{}.html", page.name)), experiment_page(page, index).as_bytes())?)
}

/// One experiment for the terminal.
fn text(page: &ExperimentPage) -> String {
    let mut table = Table {
        header: ["", "came out", "must be", ""].map(String::from).to_vec(),
        align: vec![Align::Left, Align::Right, Align::Right, Align::Left],
        rows: Vec::new(),
    };
    for finding in &page.findings {
        let sign = match finding.holds {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "",
        };
        let cells = [&finding.what, &finding.found, &finding.must, sign];
        table.rows.push(cells.map(str::to_string).to_vec());
    }
    let notes: String = page.notes.iter().map(|note| format!("\n{note}\n")).collect();
    format!("{}\n{}\n\n{}\n\n{}{notes}\n{}\n", page.title, page.source, page.says, table.to_text(), page.verdict.text())
}

/// All experiments for the terminal, one line each.
fn overview(pages: &[ExperimentPage]) -> String {
    let mut table = Table {
        header: ["experiment", "claim", "verdict"].map(String::from).to_vec(),
        align: vec![Align::Left; 3],
        rows: Vec::new(),
    };
    for page in pages {
        let cells = [&page.name, &page.title, page.verdict.text()];
        table.rows.push(cells.map(str::to_string).to_vec());
    }
    let mut text = table.to_text();
    for page in pages {
        for finding in page.findings.iter().filter(|finding| finding.holds == Some(false)) {
            text += &format!("\n{}: {} is {}, must be {}\n", page.name, finding.what, finding.found, finding.must);
        }
    }
    text
}
