//! `downhill report`: of training runs, or of comparisons.

use crate::cli::ReportArgs;
use crate::failure::{Failure, Outcome};
use crate::study::folder::StudyFolder;
use crate::study::report as study_report;
use crate::summary::ends;
use crate::terminal::{print, print_json, say};
use downhill_chart::table::{Align, Table, number, percent};
use downhill_optim::Registry;
use downhill_report::study::markdown;
use downhill_run::Run;
use downhill_run::curves::{curves, subtitle};
use downhill_run::folder::CURVES;
use downhill_run::record::{FigureRecord, RunRecord};
use downhill_run::whole::write_whole;
use downhill_statistics::median;
use downhill_verdict::{Study, judge, merge};
use std::path::PathBuf;
use std::process::ExitCode;

/// Reports runs or comparisons.
pub fn run(args: &ReportArgs, registry: &Registry) -> Outcome<ExitCode> {
    if let Some(path) = args.runs.iter().find(|path| !path.is_dir()) {
        return Err(Failure::usage(format!("{}: there is no such folder", path.display())));
    }
    match args.runs.iter().filter(|path| StudyFolder::is_one(path)).count() {
        0 => runs(args, registry),
        n if n == args.runs.len() => comparisons(args),
        _ => Err(Failure::usage("these are runs and comparisons; report runs or comparisons, not both at once")),
    }
}

/// Makes the report of a comparison again, or one report of several comparisons.
fn comparisons(args: &ReportArgs) -> Outcome<ExitCode> {
    let studies: Vec<Study> = args.runs.iter().map(|path| StudyFolder::at(path).read()).collect::<Outcome<_>>()?;
    let names: Vec<String> =
        args.runs.iter().enumerate().map(|(i, path)| format!("study {} is {}", i + 1, path.display())).collect();
    let mut study = merge(&studies).map_err(|e| Failure::usage(format!("{e} ({})", names.join(", "))))?;
    if args.markdown || args.json {
        // Every displayed verdict is a look.
        for (path, study) in args.runs.iter().zip(&studies) {
            StudyFolder::at(path).look(study)?;
        }
    }
    if args.markdown {
        let verdict = judge(&study).map_err(Failure::run)?;
        print(&markdown(&study, &verdict))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.json {
        print_json(&judge(&study).map_err(Failure::run)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = match (&args.out, args.runs.as_slice()) {
        (None, [only]) => StudyFolder::at(only),
        (Some(out), _) if !out.exists() || StudyFolder::is_merged(out) => StudyFolder::merged(out)?,
        (Some(out), _) => {
            return Err(Failure::usage(format!("{} is there already; --out names a new folder", out.display())));
        }
        (None, _) => {
            return Err(Failure::usage("several comparisons make one report in a new folder; --out names it"));
        }
    };
    let command = match args.runs.as_slice() {
        [only] => study_report::repeats(&StudyFolder::at(only)),
        several => study_report::merges(several),
    };
    let earlier = folder.earlier_looks(&study)?;
    let looks = &mut study.question.earlier_looks;
    looks.extend(earlier);
    looks.sort_unstable();
    looks.dedup();
    let verdict = study_report::make(&folder, &study, &command)?;
    print(&study_report::terminal(&study, &verdict))?;
    say(&format!("report: {}", folder.path().join(study_report::PAGE).display()));
    Ok(ExitCode::SUCCESS)
}

/// Draws training runs in one picture and table.
fn runs(args: &ReportArgs, registry: &Registry) -> Outcome<ExitCode> {
    let mut records = Vec::new();
    let mut runs = Vec::new();
    for path in &args.runs {
        let run = Run::open(path)?;
        let record = run.record()?.clone();
        runs.push(run.curves()?);
        records.push(record);
    }
    if let Some(other) = records.iter().find(|r| r.data.about.fingerprint != records[0].data.about.fingerprint) {
        say(&format!(
            "warning: these runs are on different data ({} and {}); their losses do not compare",
            records[0].data.about.name, other.data.about.name
        ));
    }
    if records.iter().any(|r| r.data.label_noise != records[0].data.label_noise) {
        say("warning: these runs have different label noise; their training losses do not compare");
    }
    for (run, label) in runs.iter_mut().zip(labels(&records, registry)) {
        if records.len() > 1 {
            run.label = label;
        }
    }
    let (title, subtitle) = match records.as_slice() {
        [only] => (format!("{}: {}", only.data.about.name, short(&only.optimizer, registry)), subtitle(only)),
        all => {
            let most = all.iter().map(|r| r.seeds.len()).max().unwrap_or(1);
            let seeds =
                if most > 1 { format!(", up to {most} seeds each: median and middle half") } else { String::new() };
            (all[0].data.about.name.clone(), format!("{} runs{seeds}", all.len()))
        }
    };
    let same_loss = records.iter().all(|r| r.loss == records[0].loss);
    let loss = if same_loss { records[0].loss.as_str() } else { "mean over the rows, of different losses" };
    let svg = curves(&title, &subtitle, loss, &runs);
    // A table alone leaves no picture unasked.
    let table_only = args.json || args.markdown;
    let out = args.out.clone().or_else(|| match args.runs.as_slice() {
        _ if table_only => None,
        [only] => Some(only.join(CURVES)),
        _ => Some(PathBuf::from("comparison.svg")),
    });
    if let Some(out) = &out {
        write_whole(out, svg.as_bytes())?;
    }
    if args.json {
        print_json(&records)?;
    } else {
        let table = table(&records, registry);
        print(&format!("{}\n", if args.markdown { table.to_markdown() } else { table.to_text() }))?;
    }
    if let Some(out) = out {
        say(&format!("picture: {}", out.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// An optimizer's SPEC without parameters at their defaults, as far as this program knows the optimizer.
fn short(spec: &str, registry: &Registry) -> String {
    registry.parse(spec).map_or(spec.to_string(), |parsed| parsed.brief())
}

/// The labels of the runs: the optimizer, with a number after it where optimizers are equal.
fn labels(records: &[RunRecord], registry: &Registry) -> Vec<String> {
    let shorts: Vec<String> = records.iter().map(|r| short(&r.optimizer, registry)).collect();
    shorts
        .iter()
        .enumerate()
        .map(|(i, label)| {
            let twins = shorts.iter().filter(|other| *other == label).count();
            let rank = shorts[..i].iter().filter(|other| *other == label).count() + 1;
            if twins > 1 { format!("{label} ({}, run {rank})", records[i].network) } else { label.clone() }
        })
        .collect()
}

/// One row for each run: medians over its members.
fn table(records: &[RunRecord], registry: &Registry) -> Table {
    let regression = records.iter().all(|r| r.members.iter().all(|m| m.last.train.accuracy.is_none()));
    let header = if regression {
        ["run", "data", "seeds", "train loss", "val loss", "test loss", "gap", "ended"]
    } else {
        ["run", "data", "seeds", "train loss", "val loss", "test accuracy", "gap", "ended"]
    };
    let mut table = Table {
        header: header.map(String::from).to_vec(),
        align: [Align::Left, Align::Left].into_iter().chain([Align::Right; 5]).chain([Align::Left]).collect(),
        rows: Vec::new(),
    };
    for (record, label) in records.iter().zip(labels(records, registry)) {
        let judged: Vec<&FigureRecord> = record.members.iter().map(|m| m.best.as_ref().unwrap_or(&m.last)).collect();
        let middle = |worst: f64, show: &dyn Fn(f64) -> String, figure: &dyn Fn(&FigureRecord) -> Option<f64>| {
            let mut values: Vec<f64> = judged.iter().map(|f| figure(f).unwrap_or(worst)).collect();
            values.sort_by(f64::total_cmp);
            median(&values).filter(|m| m.is_finite()).map_or("–".to_string(), show)
        };
        let (test, gap) = if regression {
            (
                middle(f64::INFINITY, &number, &|f| f.test.as_ref()?.loss),
                middle(f64::INFINITY, &number, &|f| f.loss_gap),
            )
        } else {
            (
                middle(f64::NEG_INFINITY, &percent, &|f| f.test.as_ref()?.accuracy),
                middle(f64::INFINITY, &percent, &|f| f.accuracy_gap),
            )
        };
        table.rows.push(vec![
            label,
            record.data.about.name.clone(),
            record.seeds.len().to_string(),
            middle(f64::INFINITY, &number, &|f| f.train.loss),
            middle(f64::INFINITY, &number, &|f| f.val.as_ref()?.loss),
            test,
            gap,
            if record.members.is_empty() { "still running, or killed".into() } else { ends(record) },
        ]);
    }
    table
}
