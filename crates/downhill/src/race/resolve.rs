//! From the command line to a race.

use crate::cli::RaceArgs as Args;
use crate::failure::{Failure, OrUsage, Outcome};
use downhill_landscape::{Landscape, parse};
use downhill_optim::{Clip, Registry, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_race::{Criterion, Keep, Race, Runner, log_grid, starts};
use downhill_run::fit::check_schedule;
use downhill_run::task::above_zero;
use std::path::Path;

/// Limits on starts and on the numbers kept in paths: more may not fit in memory.
const MOST_STARTS: usize = 100_000;
const MOST_NUMBERS: u64 = 200_000_000;

/// A race, ready to be run.
pub struct Resolved {
    /// The race, with rates as given.
    pub race: Race,
    /// Rates to try for every runner; None without tuning.
    pub rates: Option<Vec<f64>>,
    /// Notes for the user.
    pub notes: Vec<String>,
}

/// Checks everything.
///
/// # Errors
/// For any error in the command, with exit status 2.
pub fn resolve(args: &Args, registry: &Registry, threads: usize) -> Outcome<Resolved> {
    let mut landscape = landscape(args)?;
    let mut notes = Vec::new();
    if let Some(text) = &args.region {
        landscape.domain = vec![range("--box", text)?; landscape.dims()];
    }
    let runners = runners(&args.optimizer, registry)?;
    let starts = match (&args.from[..], args.starts) {
        ([], None) => vec![landscape.start.clone()],
        ([], Some(n)) if (1..=MOST_STARTS).contains(&n) => starts::draw(&landscape, n, args.seed),
        ([], Some(n)) => {
            return Err(Failure::usage(format!("--starts is {n}, but must be from 1 to {MOST_STARTS}")));
        }
        (from, _) => from.iter().map(|text| start(text, &landscape)).collect::<Outcome<_>>()?,
    };
    for start in &starts {
        let outside = start.iter().zip(&landscape.domain).any(|(x, (low, high))| x < low || x > high);
        if outside {
            notes.push(format!("the start {} lies outside the usual box", shown(start)));
        }
        if !landscape.value(start).is_finite() {
            notes.push(format!(
                "at the start {} the loss is {}: every runner diverges there",
                shown(start),
                landscape.value(start)
            ));
        }
    }
    if !(args.noise.is_finite() && args.noise >= 0.0) {
        return Err(Failure::usage(format!("--noise is {}, but must be a finite number of at least 0", args.noise)));
    }
    if args.batch_size == Some(0) {
        return Err(Failure::usage("--batch-size is 0, but must be at least 1"));
    }
    if args.batch_size.is_some() && landscape.function.centres().is_empty() {
        return Err(Failure::usage(
            "--batch-size takes some of a quadratic's centres; this landscape has none (quadratic:hessian=H.csv,centres=X.csv)",
        ));
    }
    let folder = args.csv.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    // The folder of the pictures (`--out`) is created, for the CSV file too.
    if let Some(folder) = folder.filter(|folder| !folder.is_dir() && args.out.as_deref() != Some(*folder)) {
        return Err(Failure::usage(format!("--csv: the folder {} does not exist", folder.display())));
    }
    let schedule = args.schedule.as_deref().map(Schedule::parse).transpose().or_usage()?;
    if let Some(schedule) = &schedule {
        check_schedule(schedule, args.steps)?;
    }
    let precision: Precision = args.dtype.parse().map_err(|e| Failure::usage(format!("--dtype: {e}")))?;
    let numbers = (args.steps.saturating_add(1))
        .saturating_mul(starts.len() as u64 * runners.len() as u64)
        .saturating_mul(landscape.dims() as u64 + 3);
    let keep = if numbers <= MOST_NUMBERS {
        Keep::Every(1)
    } else if args.csv.is_some() {
        return Err(Failure::usage(format!(
            "--csv would hold {numbers} numbers, beyond the {MOST_NUMBERS} that fit; fewer --steps or --starts do"
        )));
    } else {
        let every = numbers.div_ceil(MOST_NUMBERS);
        notes.push(format!("{} steps do not fit; the pictures have every {every}th", args.steps));
        Keep::Every(every)
    };
    let race = Race {
        schedule,
        clip: Clip {
            norm: above_zero("clip-norm", args.clip_norm)?,
            value: above_zero("clip-value", args.clip_value)?,
        },
        noise_sd: args.noise,
        seed: args.seed,
        batch_size: args.batch_size,
        place: Place::new(Backend::Flex, precision).or_usage()?,
        stopping: stopping(args)?,
        keep,
        threads,
        ..Race::new(landscape, runners, starts, args.steps).or_usage()?
    };
    race.check().or_usage()?;
    let rates = match args.tune {
        false if args.rates.is_some() || args.search_range.is_some() => {
            return Err(Failure::usage("--rates and --search-range belong to --tune"));
        }
        false => None,
        true => {
            let (low, high) = range("--search-range", args.search_range.as_deref().unwrap_or("1e-4..10"))?;
            Some(log_grid(low, high, args.rates.unwrap_or(51)).or_usage()?)
        }
    };
    Ok(Resolved { race, rates, notes })
}

/// Labelled optimizers.
fn runners(texts: &[String], registry: &Registry) -> Outcome<Vec<Runner>> {
    if texts.is_empty() {
        return Err(Failure::usage("who runs? Name optimizers with -o, such as -o sgd:lr=0.01 -o adam:lr=0.1"));
    }
    let mut runners: Vec<Runner> = Vec::new();
    for text in texts {
        let named = text.split_once('=').filter(|(label, _)| !label.contains(':'));
        let (label, spec) = named.map_or((text.trim(), text.trim()), |(label, spec)| (label.trim(), spec.trim()));
        if runners.iter().any(|known| known.label == label) {
            return Err(Failure::usage(format!(
                "the optimizer `{label}` is given twice; LABEL=SPEC tells two apart, such as -o again={spec}"
            )));
        }
        runners.push(Runner { label: label.into(), optimizer: registry.parse(spec).or_usage()? });
    }
    Ok(runners)
}

fn landscape(args: &Args) -> Outcome<Landscape> {
    match (&args.landscape, &args.formula) {
        (Some(text), None) => parse(text).or_usage(),
        (None, Some(formula)) => Landscape::from_formula(formula).or_usage(),
        (Some(_), Some(_)) => Err(Failure::usage("a landscape and --formula exclude each other; give one of them")),
        (None, None) => Err(Failure::usage(
            "which landscape? Give a name (`downhill list landscapes` shows them), such as `downhill race ravine`, or \
             --formula",
        )),
    }
}

fn start(text: &str, landscape: &Landscape) -> Outcome<Vec<f64>> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| number.trim().parse::<f64>()).collect();
    let numbers = numbers.map_err(|_| {
        Failure::usage(format!("--from is `{text}`, but must be numbers separated by commas, such as -1.2,1"))
    })?;
    starts::point(landscape, &numbers).map_err(|e| Failure::usage(format!("--from: {e}")))
}

/// Reads `LOW..HIGH`.
fn range(name: &str, text: &str) -> Outcome<(f64, f64)> {
    let wrong = || Failure::usage(format!("{name} is `{text}`, but must be LOW..HIGH with LOW below HIGH"));
    let (low, high) = text.split_once("..").ok_or_else(wrong)?;
    match (low.trim().parse::<f64>(), high.trim().parse::<f64>()) {
        (Ok(low), Ok(high)) if low < high && low.is_finite() && high.is_finite() => Ok((low, high)),
        _ => Err(wrong()),
    }
}

fn stopping(args: &Args) -> Outcome<Vec<Criterion>> {
    let mut all = Vec::new();
    all.extend(above_zero("stop-grad-norm", args.stop_grad_norm)?.map(Criterion::GradientNorm));
    match args.stop_loss_change {
        Some(x) if !(x.is_finite() && x >= 0.0) => {
            return Err(Failure::usage(format!(
                "--stop-loss-change is {x}, but must be a finite number of at least 0"
            )));
        }
        Some(tolerance) => {
            let window = args.stop_window.unwrap_or(5);
            if window == 0 {
                return Err(Failure::usage("--stop-window is 0, but must be at least 1"));
            }
            all.push(Criterion::LossChange { tolerance, window });
        }
        None if args.stop_window.is_some() => {
            return Err(Failure::usage("--stop-window belongs to --stop-loss-change, which is not given"));
        }
        None => {}
    }
    if let Some(target) = args.target_loss {
        if !target.is_finite() {
            return Err(Failure::usage(format!("--target-loss is {target}, but must be a finite number")));
        }
        all.push(Criterion::TargetLoss(target));
    }
    Ok(all)
}

/// A point as text.
pub fn shown(point: &[f64]) -> String {
    point.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
}
