//! `downhill stability`.

use crate::cli::StabilityArgs as Args;
use crate::failure::{Failure, OrUsage, Outcome};
use crate::terminal::{print, print_json};
use downhill_chart::table::{Align, Table, number};
use downhill_optim::{OptimizerSpec, Registry};
use downhill_race::{Limit, stability};
use downhill_run::Run;
use downhill_run::diagnostics::MOST_ROWS;
use downhill_run::machine::cores;
use downhill_run::measure::sharpness;
use downhill_run::open::Which;
use serde::Serialize;
use std::process::ExitCode;

/// The findings on one optimizer.
#[derive(Serialize)]
struct Record {
    optimizer: String,
    curvature: f64,
    /// The largest stable rate; absent if none was found in the range tried.
    measured: Option<f64>,
    /// `at`, `above` (every rate tried is stable, up to `measured`) or `below` (no rate tried is).
    limit: &'static str,
    /// The theoretical limit, where theory covers the optimizer.
    predicted: Option<f64>,
    /// The measured rate times the curvature.
    times_curvature: Option<f64>,
}

/// Measures the largest stable learning rates.
pub fn run(args: &Args, registry: &Registry) -> Outcome<ExitCode> {
    let mut named: Vec<(String, OptimizerSpec)> = args
        .optimizer
        .iter()
        .map(|text| Ok((text.trim().to_string(), registry.parse(text).or_usage()?)))
        .collect::<Outcome<_>>()?;
    let (curvature, place) = match &args.run {
        None => (args.curvature.unwrap_or(1.0), String::new()),
        Some(run) => {
            let subject = Run::open(run)?.subject(Which::Last, args.seed, registry, cores(), false)?;
            if named.is_empty() {
                named.push((subject.ready.optimizer.brief(), subject.ready.optimizer.clone()));
            }
            let sharpness = sharpness(&subject, MOST_ROWS, cores())?;
            if sharpness.is_nan() || sharpness <= 0.0 {
                return Err(Failure::run(format!(
                    "the sharpness of {} is {sharpness} after step {}: no curvature is positive, so every rate is stable there",
                    run.display(),
                    subject.step
                )));
            }
            (sharpness, format!(", the sharpness of {} after step {}", run.display(), subject.step))
        }
    };
    if named.is_empty() {
        return Err(Failure::usage("whose limit? Name optimizers with -o, such as -o sgd -o momentum"));
    }
    let mut records = Vec::new();
    for (text, spec) in named {
        let found = stability(&spec, curvature).or_usage()?;
        let (measured, limit) = match found.measured {
            Limit::At(rate) => (Some(rate), "at"),
            Limit::Above(rate) => (Some(rate), "above"),
            Limit::Below(_) => (None, "below"),
        };
        records.push(Record {
            optimizer: text,
            curvature,
            measured,
            limit,
            predicted: found.predicted,
            times_curvature: measured.map(|rate| rate * curvature),
        });
    }
    if args.json {
        print_json(&records)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table {
        header: ["optimizer", "largest stable lr", "times curvature", "theory"].map(String::from).to_vec(),
        align: vec![Align::Left, Align::Right, Align::Right, Align::Right],
        rows: Vec::new(),
    };
    for record in &records {
        let sign = if record.limit == "above" { "> " } else { "" };
        let shown = |x: Option<f64>| x.map_or("none".into(), |x| format!("{sign}{}", number(x)));
        table.rows.push(vec![
            record.optimizer.clone(),
            shown(record.measured),
            shown(record.times_curvature),
            record.predicted.map_or("–".into(), number),
        ]);
    }
    print(&format!("on the parabola {} x²/2{place}, from x = 1\n\n{}\n", number(curvature), table.to_text()))?;
    Ok(ExitCode::SUCCESS)
}
