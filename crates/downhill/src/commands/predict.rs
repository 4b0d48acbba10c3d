//! `downhill predict`.

use crate::cli::Predict;
use crate::failure::Outcome;
use crate::terminal::{print, print_json, say};
use downhill_run::Run;
use downhill_run::open::Which;
use downhill_run::whole::write_whole;
use std::process::ExitCode;

/// Predicts the rows of a CSV.
pub fn run(args: &Predict) -> Outcome<ExitCode> {
    let which = if args.last { Which::Last } else { Which::Best };
    let predictions = Run::open(&args.run)?.predictor(which, args.seed)?.file(&args.file)?;
    let rows = predictions.outputs.len();
    if let Some(accuracy) = predictions.accuracy {
        say(&format!("accuracy {:.2} % of {rows} rows", 100.0 * accuracy));
    }
    if let Some(rmse) = predictions.rmse {
        say(&format!("RMSE {rmse} over {rows} rows"));
    }
    if args.json {
        print_json(&predictions)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = predictions.to_csv()?;
    match &args.out {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
