//! `downhill compare --dry-run`: the plan, its cost, and the verdicts that it can reach.

use crate::failure::{OrUsage, Outcome};
use crate::progress::monitor;
use crate::study::folder::StudyFolder;
use crate::study::resolve::Comparison;
use crate::terminal::{print, print_json};
use downhill_chart::table::{Align, Table, number};
use downhill_statistics::power::fewest_seeds;
use downhill_study::plan::Finished;
use downhill_study::{estimate, plan, store};
use downhill_verdict::study::{Dimension, Folds, Judged, Range, Varies};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// The plan of one optimizer on one task.
#[derive(Serialize)]
struct Line {
    task: String,
    optimizer: String,
    configurations: usize,
    tuning_trials: usize,
    evaluation_trials: usize,
    /// Trials of the kept settings at fresh seeds.
    fresh_trials: usize,
    updates: u64,
    /// An estimate from a short timing run.
    gradient_evaluations: Option<u64>,
    /// The estimated seconds on all threads.
    seconds: Option<f64>,
}

/// The whole plan.
#[derive(Serialize)]
struct DryRun {
    out: String,
    search: Vec<String>,
    tuning_seeds: Vec<u64>,
    evaluation_seeds: Vec<u64>,
    fresh_seeds: Vec<u64>,
    lines: Vec<Line>,
    finished: usize,
    trials: usize,
    seconds: Option<f64>,
    /// The verdicts that the number of seeds can reach.
    can_decide: String,
}

/// Prints the plan.
pub fn show(comparison: &Comparison, out: &Path, threads: usize, json: bool) -> Outcome<ExitCode> {
    let protocol = &comparison.protocol;
    let finished = if out.is_dir() { store::read(out).or_usage()? } else { Finished::new() };
    let planned = plan(protocol, &finished).or_usage()?;
    let monitor = monitor();
    let mut lines = Vec::new();
    for subject in &protocol.subjects {
        for contender in &protocol.contenders {
            let replicates = protocol.replicates();
            let configurations = protocol.configurations(contender, &planned.growth, replicates[0]).or_usage()?;
            let steps: Vec<u64> =
                configurations.iter().map(|c| subject.steps(c)).collect::<Result<_, _>>().or_usage()?;
            let longest = steps.iter().copied().max().unwrap_or(0);
            let repeats = (replicates.len() * protocol.seeds_of_search(replicates[0]).len()) as u64;
            // A single configuration needs no tuning.
            let (tuning_trials, tuning_updates) = match protocol.rungs(configurations.len(), longest) {
                _ if configurations.len() == 1 => (0, 0),
                Some(rungs) => (
                    rungs.iter().map(|r| r.configurations).sum::<usize>() as u64 * repeats,
                    total(rungs.iter().map(|r| r.steps.saturating_mul(r.configurations as u64)))
                        .saturating_mul(repeats),
                ),
                None => (configurations.len() as u64 * repeats, total(steps.iter().copied()).saturating_mul(repeats)),
            };
            let evaluation_trials = protocol.evaluation_seeds.len();
            // The kept settings run once more at fresh seeds.
            let fresh_trials = if tuning_trials == 0 { 0 } else { protocol.fresh_seeds.len() };
            let chosen = (evaluation_trials + fresh_trials) as u64;
            let updates = longest.saturating_mul(chosen).saturating_add(tuning_updates);
            let cost = estimate::cost(protocol, subject, contender, &monitor);
            lines.push(Line {
                task: subject.name.clone(),
                optimizer: contender.label.clone(),
                configurations: configurations.len(),
                tuning_trials: tuning_trials as usize,
                evaluation_trials,
                fresh_trials,
                updates,
                gradient_evaluations: cost.map(|cost| (cost.evaluations * updates as f64).round() as u64),
                seconds: cost.map(|cost| cost.seconds * updates as f64 / threads as f64),
            });
        }
    }
    let pairs = protocol.contenders.len() * (protocol.contenders.len() - 1) / 2;
    let known = finished.len().min(planned.trials.iter().filter(|p| finished.contains_key(&p.id)).count());
    let dry_run = DryRun {
        out: out.display().to_string(),
        search: comparison.study.design.search.iter().map(describe).collect(),
        tuning_seeds: protocol.tuning_seeds.clone(),
        evaluation_seeds: protocol.evaluation_seeds.clone(),
        fresh_seeds: protocol.fresh_seeds.clone(),
        finished: known,
        trials: lines.iter().map(|l| l.tuning_trials + l.evaluation_trials + l.fresh_trials).sum(),
        seconds: lines.iter().map(|l| l.seconds).sum(),
        can_decide: can_decide(comparison, pairs, out)?,
        lines,
    };
    if json {
        print_json(&dry_run)?;
    } else {
        print(&text(&dry_run, comparison))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A sum that saturates at the largest number.
fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

/// The verdicts that the planned number of seeds can reach.
fn can_decide(comparison: &Comparison, pairs: usize, out: &Path) -> Outcome<String> {
    let question = &comparison.study.question;
    let seeds = comparison.protocol.evaluation_seeds.len();
    // Counted as in the verdict, the present look included.
    let looks =
        1 + if StudyFolder::is_one(out) { StudyFolder::at(out).earlier_looks(&comparison.study)?.len() } else { 0 };
    let level = question.level / looks as f64;
    let shared = if looks > 1 { format!(", which {looks} looks share") } else { String::new() };
    if pairs == 0 {
        return Ok("one optimizer: its settings are tuned and judged, nothing is compared".into());
    }
    let pairs_text = if pairs == 1 { "1 pair".to_string() } else { format!("{pairs} pairs") };
    if let Varies::Folds(_) = comparison.protocol.varies {
        return Ok(format!("{seeds} folds for {pairs_text}: the corrected resampled t test can reach the level"));
    }
    Ok(match fewest_seeds(level, pairs).or_usage()? {
        Some(fewest) if fewest <= seeds => {
            format!(
                "{seeds} seeds can decide {pairs_text} at level {}{shared} ({fewest} would be the fewest)",
                question.level
            )
        }
        Some(fewest) => format!(
            "{seeds} seeds can never decide {pairs_text} at level {}{shared}, whatever comes out: --seeds {fewest} are the fewest",
            question.level
        ),
        None => format!("no number of seeds can decide {pairs_text} at level {}", question.level),
    })
}

/// A searched setting in words.
fn describe(dimension: &Dimension) -> String {
    match &dimension.range {
        Range::Numbers { low, high, scale } => {
            let scale = match scale {
                downhill_spec::Scale::Linear => "uniform",
                downhill_spec::Scale::Log => "uniform in its logarithm",
                downhill_spec::Scale::LogOneMinus => "uniform in the logarithm of 1 minus it",
            };
            format!(
                "{} from {} to {}, {scale}",
                dimension.key,
                downhill_spec::show_number(*low),
                downhill_spec::show_number(*high)
            )
        }
        Range::Choices(choices) => format!("{} among {}", dimension.key, choices.join(" | ")),
    }
}

fn text(dry_run: &DryRun, comparison: &Comparison) -> String {
    let design = &comparison.study.design;
    let mut table = Table {
        header: ["task", "optimizer", "tuning", "evaluation", "fresh", "updates", "gradients", "time"]
            .map(String::from)
            .to_vec(),
        align: [Align::Left, Align::Left].into_iter().chain([Align::Right; 6]).collect(),
        rows: Vec::new(),
    };
    for line in &dry_run.lines {
        table.rows.push(vec![
            line.task.clone(),
            line.optimizer.clone(),
            match line.tuning_trials {
                0 => "–".into(),
                trials => trials.to_string(),
            },
            line.evaluation_trials.to_string(),
            match line.fresh_trials {
                0 => "–".into(),
                trials => trials.to_string(),
            },
            line.updates.to_string(),
            line.gradient_evaluations.map_or("–".into(), |n| n.to_string()),
            line.seconds.map_or("–".into(), duration),
        ]);
    }
    let of_search = match design.judged {
        Judged::Search => "each seed searches for itself, and what it keeps is judged; ",
        Judged::Fresh => "each seed's search is judged at a fresh seed; ",
        Judged::Setting => "",
    };
    let varies = match design.varies {
        Varies::Initialisation => "each seed has its own initial weights and data order".to_string(),
        Varies::Resampling => "each seed also redraws which rows train and validate".to_string(),
        Varies::Folds(Folds { folds, repeats }) => {
            format!("{folds} stratified folds, {repeats} times, tuned anew in each; one seed for each fold")
        }
    };
    let searched = if dry_run.search.is_empty() { "nothing".into() } else { dry_run.search.join("; ") };
    let halving = match &design.halving {
        None => String::new(),
        Some(halving) => {
            let rungs: Vec<String> =
                halving.rungs.iter().map(|r| format!("{} for {} updates", r.configurations, r.steps)).collect();
            format!(
                "halving: {}; {} % of the updates of tuning in full\n",
                rungs.join(", then "),
                (100.0 * halving.cost_share).round()
            )
        }
    };
    let span = |seeds: &[u64]| match seeds {
        [] => "none".to_string(),
        [only] => only.to_string(),
        [first, .., last] => format!("{first} to {last}"),
    };
    format!(
        "{}\nsearched: {searched}\n{halving}seeds: tuning {}, evaluation {}, fresh {}; {of_search}{varies}\n{}\n{} trials, {} finished; about {} \
         on this machine\nfolder: {}\n",
        table.to_text(),
        span(&dry_run.tuning_seeds),
        span(&dry_run.evaluation_seeds),
        span(&dry_run.fresh_seeds),
        dry_run.can_decide,
        dry_run.trials,
        dry_run.finished,
        dry_run.seconds.map_or("an unknown time".into(), duration),
        dry_run.out,
    )
}

/// Seconds in words.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{} s", number(s)),
        s if s < 6_000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}
