//! A finished run, read back.

use crate::failure::{Failure, Outcome};
use crate::options::Options;
use crate::plan::{Plan, read_bounded, resolve};
use crate::record::{RunRecord, Status, read_record};
use crate::run_dir::{CONFIG, METRICS, RECORD, read_metrics};
use downhill_model::weights;
use downhill_optim::Registry;
use downhill_train::StopReason;
use std::fmt::Display;
use std::path::Path;

/// A member of a run at the weights that are to be probed.
pub struct Subject {
    /// The run as it was planned: data, network, optimizer, members.
    pub plan: Plan,
    /// What it left.
    pub record: RunRecord,
    /// The member's place among the run's.
    pub member: usize,
    /// Its seed.
    pub seed: u64,
    /// `last` or `best`.
    pub weights: &'static str,
    /// Updates done at these weights.
    pub step: u64,
    /// The weights, flat, in the order of the network's tensors.
    pub values: Vec<f64>,
    /// The last step's weights, for a path that must arrive there.
    pub last: Vec<f64>,
    /// The learning rate of the update that led to the weights; none before the first and for optimizers without.
    pub rate: Option<f64>,
}

/// Which weights of which run.
pub struct Which<'a> {
    /// The run's folder.
    pub run: &'a Path,
    /// `last` or `best`.
    pub weights: &'a str,
    /// The member's seed; none for the first.
    pub seed: Option<u64>,
    /// Whether the run is going to be repeated, which wants its initial weights.
    pub repeats: bool,
}

/// Reads the run.
///
/// # Errors
/// With exit status 2 for anything that is no finished run, or whose data is not what it was.
pub fn load(which: &Which<'_>, registry: &Registry, threads: usize) -> Outcome<Subject> {
    let shown = which.run.display();
    let record = read_record(&which.run.join(RECORD))?
        .ok_or_else(|| Failure::usage(format!("{shown} is not a run's folder: it holds no {RECORD}")))?;
    if record.status != Status::Done {
        return Err(Failure::usage(format!(
            "the run has not ended: wait for it, or if nothing trains there any more, `downhill train --resume {shown}` goes on with it"
        )));
    }
    let seed = which.seed.unwrap_or(record.seeds.first().copied().unwrap_or(0));
    let Some(member) = record.seeds.iter().position(|&s| s == seed) else {
        return Err(Failure::usage(format!("--seed is {seed}, but the run's seeds are {:?}", record.seeds)));
    };
    let kind = match which.weights {
        "last" => "last",
        "best" => "best",
        other => return Err(Failure::usage(format!("--weights is `{other}`; there are: last, best"))),
    };
    let config = which.run.join(CONFIG);
    let text = std::fs::read_to_string(&config).map_err(|e| named(&config, &e))?;
    // Initial weights from a file are needed only where the run is repeated.
    let plan = resolve(&Options::from_toml(&config, &text)?, registry, threads, !which.repeats)?;
    if plan.about.fingerprint != record.data.about.fingerprint {
        return Err(Failure::usage(format!(
            "the data has changed since the run: its fingerprint was {}, now it is {}",
            record.data.about.fingerprint, plan.about.fingerprint
        )));
    }
    let ended = record.members.iter().find(|m| m.seed == seed);
    let ended = ended.ok_or_else(|| Failure::usage(format!("{shown}/{RECORD} does not say how seed {seed} ended")))?;
    let step = match (kind, &ended.best) {
        ("best", Some(best)) => best.step,
        _ => ended.step,
    };
    let suffix = if record.seeds.len() > 1 { format!("-{seed}") } else { String::new() };
    let read = |stem: &str| read_weights(&which.run.join(format!("{stem}{suffix}.safetensors")), &plan);
    let values = read(if kind == "best" { "model" } else { "last" })?;
    let diverged = ended.stop_reason == StopReason::Diverged && step == ended.step;
    if diverged || !values.iter().all(|x| x.is_finite()) {
        let hint = if kind == "last" { "; `--weights best` takes those of the lowest validation loss" } else { "" };
        return Err(Failure::usage(format!(
            "seed {seed} diverged: nothing can be measured at its weights after step {step}{hint}"
        )));
    }
    let last = read("last")?;
    let rows = read_metrics(&which.run.join(METRICS))?;
    let own = rows.iter().map(|logged| &logged.row).filter(|row| row.seed == seed && row.step <= step);
    let rate = own.rev().find_map(|row| row.lr);
    Ok(Subject { plan, record, member, seed, weights: kind, step, values, last, rate })
}

fn named(path: &Path, error: &dyn Display) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

fn read_weights(path: &Path, plan: &Plan) -> Outcome<Vec<f64>> {
    let shapes = plan.settings.network.shapes();
    let (tensors, _) = weights::from_bytes(&read_bounded(path, &shapes)?).map_err(|e| named(path, &e))?;
    Ok(weights::from_pytorch(&shapes, &tensors).map_err(|e| named(path, &e))?.concat())
}
