//! `downhill stability`.

use crate::cli::Stability as Args;
use crate::commands::{print, print_json};
use crate::failure::{Failure, OrUsage, Outcome};
use downhill_optim::Registry;
use downhill_race::{Limit, stability};
use downhill_report::table::{Align, Table, number};
use serde::Serialize;
use std::process::ExitCode;

/// What is known of one optimizer.
#[derive(Serialize)]
struct Record {
    optimizer: String,
    curvature: f64,
    /// The largest stable rate; absent if none was found in the range tried.
    measured: Option<f64>,
    /// `at`, `above` (every rate tried is stable, up to `measured`) or `below` (no rate tried is).
    limit: &'static str,
    /// What theory says, where it says something.
    predicted: Option<f64>,
    /// Measured times curvature.
    times_curvature: Option<f64>,
}

/// Measures the largest stable learning rates.
pub fn run(args: &Args, registry: &Registry) -> Outcome<ExitCode> {
    if args.optimizer.is_empty() {
        return Err(Failure::usage("whose limit? Name optimizers with -o, such as -o sgd -o momentum"));
    }
    let mut records = Vec::new();
    for text in &args.optimizer {
        let spec = registry.parse(text).or_usage()?;
        let found = stability(&spec, args.curvature).or_usage()?;
        let (measured, limit) = match found.measured {
            Limit::At(rate) => (Some(rate), "at"),
            Limit::Above(rate) => (Some(rate), "above"),
            Limit::Below(_) => (None, "below"),
        };
        records.push(Record {
            optimizer: text.trim().into(),
            curvature: args.curvature,
            measured,
            limit,
            predicted: found.predicted,
            times_curvature: measured.map(|rate| rate * args.curvature),
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
    print(&format!("on the parabola {} x²/2, from x = 1\n\n{}\n", args.curvature, table.to_text()))?;
    Ok(ExitCode::SUCCESS)
}
