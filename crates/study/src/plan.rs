//! The trials of a study, given the finished ones.

use crate::protocol::{Contender, Protocol, SettingError, Subject};
use crate::search::{RATE, grown_range};
use downhill_data::{Draw, Preparation, SplitOptions};
use downhill_optim::Clip;
use downhill_population::Place;
use downhill_random::sobol::TooManyDimensions;
use downhill_train::stopping::LossChange;
use downhill_train::{Stopping, Task};
use downhill_verdict::edge;
use downhill_verdict::selection::ranking;
use downhill_verdict::study::Varies;
use downhill_verdict::trial::{Planned, Setting, Trial, TrialOutcome, TrialRole, Value};
use downhill_verdict::verdict::End;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The largest number of growths of a range, each by a factor of ten.
const MOST_GROWTH: usize = 4;

/// The trials of a study as far as they are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order of tasks, optimizers, replicates; tuning before evaluation.
    pub trials: Vec<Planned>,
    /// Trials that will be planned when tuning is done.
    pub later: usize,
    /// Ends at which the learning rate's range has grown.
    pub growth: Vec<End>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// An illegal setting.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A search over too many settings.
    #[error(transparent)]
    Dimensions(#[from] TooManyDimensions),
}

/// The finished trials, by id.
pub type Finished = HashMap<String, TrialOutcome>;

/// Plans as far as the finished trials allow.
///
/// # Errors
/// For settings that an optimizer or a task does not take.
pub fn plan(protocol: &Protocol, finished: &Finished) -> Result<Plan, PlanError> {
    let mut growth = Vec::new();
    loop {
        let planned = with_growth(protocol, finished, &growth)?;
        match planned.grow {
            Some(end) if growth.len() < MOST_GROWTH => growth.push(end),
            _ => return Ok(Plan { growth, ..planned.plan }),
        }
    }
}

struct Attempt {
    plan: Plan,
    /// An end at which a best learning rate lies, once all tuning is done.
    grow: Option<End>,
}

/// The tuning of one optimizer on one task, and in one replicate where replicates search for themselves.
struct Tuned {
    trials: Vec<Planned>,
    /// The best configuration, once all its trials are finished.
    chosen: Option<(usize, Vec<Setting>)>,
    /// Trials of later rungs.
    later: usize,
}

fn with_growth(protocol: &Protocol, finished: &Finished, growth: &[End]) -> Result<Attempt, PlanError> {
    let mut tuned = Vec::new();
    for subject in &protocol.subjects {
        for contender in &protocol.contenders {
            for replicate in protocol.replicates() {
                let tuning = tune(protocol, subject, contender, replicate, growth, finished)?;
                tuned.push((subject, contender, replicate, tuning));
            }
        }
    }
    let all_tuned = tuned.iter().all(|(_, _, _, tuned)| tuned.chosen.is_some());
    let mut grow = None;
    if protocol.extend && all_tuned {
        // The searches of one optimizer on one task.
        for searches in tuned.chunks(protocol.replicates().len()) {
            let mut ends = Vec::new();
            for (_, contender, replicate, tuned) in searches {
                let settings = tuned.chosen.as_ref().map_or(&[][..], |(_, settings)| settings);
                let all = protocol.configurations(contender, growth, *replicate)?;
                ends.extend(rate_edge(contender, settings, &all, growth));
            }
            let half = |end: &End| 2 * ends.iter().filter(|on| *on == end).count() >= searches.len();
            grow = grow.or([End::Lower, End::Upper].into_iter().find(half));
        }
    }
    let evaluations_of = |replicate: Option<usize>| match replicate {
        Some(number) => number..(number + 1).min(protocol.evaluation_seeds.len()),
        None => 0..protocol.evaluation_seeds.len(),
    };
    let (mut trials, mut later) = (Vec::new(), 0);
    for (subject, contender, replicate, tuned) in tuned {
        later += tuned.later;
        let searched = !tuned.trials.is_empty();
        trials.extend(tuned.trials);
        // While ranges may still grow no optimizer is judged. Without a search there was no choice by seed: the seeds
        // are already fresh.
        let fresh_of = |replicate: Option<usize>| match replicate.filter(|_| searched) {
            Some(number) => number..(number + 1).min(protocol.fresh_seeds.len()),
            None => 0..0,
        };
        match tuned.chosen.filter(|_| !protocol.extend || all_tuned) {
            None => later += evaluations_of(replicate).len() + fresh_of(replicate).len(),
            Some((configuration, settings)) => {
                let steps = subject.steps(&settings)?;
                let judged =
                    evaluations_of(replicate).map(|i| (TrialRole::Evaluation, i, protocol.evaluation_seeds[i]));
                let fresh = fresh_of(replicate).map(|i| (TrialRole::Fresh, i, protocol.fresh_seeds[i]));
                for (role, index, seed) in judged.chain(fresh) {
                    let cell = Cell { protocol, subject, contender, replicate, role };
                    trials.push(cell.planned(configuration, &settings, index, seed, None, steps)?);
                }
            }
        }
    }
    Ok(Attempt { plan: Plan { trials, later, growth: Vec::new() }, grow })
}

fn tune(
    protocol: &Protocol,
    subject: &Subject,
    contender: &Contender,
    replicate: Option<usize>,
    growth: &[End],
    finished: &Finished,
) -> Result<Tuned, PlanError> {
    let configurations = protocol.configurations(contender, growth, replicate)?;
    if configurations.len() == 1 {
        return Ok(Tuned { trials: Vec::new(), chosen: Some((0, configurations[0].clone())), later: 0 });
    }
    let cell = Cell { protocol, subject, contender, replicate, role: TrialRole::Tuning };
    let seeds = protocol.seeds_of_search(replicate);
    let longest = configurations.iter().map(|c| subject.steps(c)).try_fold(0, |a, b| b.map(|b| a.max(b)))?;
    let rungs = protocol.rungs(configurations.len(), longest);
    let mut here: Vec<usize> = (0..configurations.len()).collect();
    let (mut trials, mut done): (Vec<Planned>, Vec<Trial>) = (Vec::new(), Vec::new());
    for rung in 0..rungs.as_ref().map_or(1, Vec::len) {
        let first = trials.len();
        for &number in &here {
            let full = subject.steps(&configurations[number])?;
            // A rung is a share of each configuration's own length.
            let steps = match &rungs {
                Some(rungs) => full.div_ceil(longest.div_ceil(rungs[rung].steps.max(1)).max(1)),
                None => full,
            };
            for (index, &seed) in seeds.iter().enumerate() {
                let rung = rungs.is_some().then_some(rung);
                trials.push(cell.planned(number, &configurations[number], index, seed, rung, steps)?);
            }
        }
        let new = trials[first..].iter().filter_map(|planned| {
            let outcome = finished.get(&planned.id)?.clone();
            Some(Trial { planned: planned.clone(), outcome })
        });
        let new: Vec<Trial> = new.collect();
        if new.len() < trials.len() - first {
            let rest = rungs.iter().flat_map(|rungs| &rungs[rung + 1..]).map(|r| r.configurations).sum::<usize>();
            return Ok(Tuned { trials, chosen: None, later: rest * seeds.len() });
        }
        done.extend(new);
        let best = ranking(&done, &protocol.chooser);
        let next = rungs.as_ref().and_then(|rungs| rungs.get(rung + 1)).map_or(1, |rung| rung.configurations);
        here = best.iter().take(next).map(|candidate| candidate.configuration).collect();
        here.sort_unstable();
    }
    let best = here[0];
    Ok(Tuned { trials, chosen: Some((best, configurations[best].clone())), later: 0 })
}

/// The end of the learning rate's range at which a chosen rate lies, as the audit sees it.
fn rate_edge(contender: &Contender, chosen: &[Setting], all: &[Vec<Setting>], growth: &[End]) -> Option<End> {
    let dimension = grown_range(contender.search.iter().find(|d| d.key == RATE)?, growth);
    let rate = |settings: &[Setting]| match settings.iter().find(|s| s.key == RATE)?.value {
        Value::Number(rate) => Some(rate),
        Value::Text(_) => None,
    };
    let tried: Vec<f64> = all.iter().filter_map(|settings| rate(settings)).collect();
    edge(rate(chosen)?, &tried, &dimension.range)
}

/// The place of a trial in the study.
struct Cell<'a> {
    protocol: &'a Protocol,
    subject: &'a Subject,
    contender: &'a Contender,
    replicate: Option<usize>,
    role: TrialRole,
}

impl Cell<'_> {
    fn planned(
        &self,
        configuration: usize,
        settings: &[Setting],
        index: usize,
        seed: u64,
        rung: Option<usize>,
        steps: u64,
    ) -> Result<Planned, SettingError> {
        let mut task = self.subject.with(settings)?;
        if matches!(self.protocol.varies, Varies::Folds(_)) {
            // Folds choose the test rows; the fraction decides nothing.
            task.preparation.split.test_fraction = 0.0;
        }
        let spec = self.contender.with(settings)?.full();
        let horizon = task.batching(self.subject.train_rows).steps(task.budget);
        let draw = self.protocol.draw(seed, self.replicate);
        let role = match self.role {
            TrialRole::Tuning => "tuning",
            TrialRole::Evaluation => "evaluation",
            TrialRole::Fresh => "fresh",
        };
        let text = format!(
            "{role}\ndata {}\n{}draw {}\noptimizer {spec}\nseed {seed}\nsteps {steps} of {horizon}\n",
            self.subject.fingerprint,
            describe(&task),
            match draw {
                Draw::Fixed => "fixed".into(),
                Draw::Redrawn(seed) => format!("redrawn {seed}"),
                Draw::Fold { folds, number } => format!("fold {number} of {folds}"),
            }
        );
        let id = Sha256::digest(text.as_bytes()).iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        Ok(Planned {
            id,
            task: self.subject.name.clone(),
            optimizer: self.contender.label.clone(),
            role: self.role,
            configuration,
            index,
            seed,
            replicate: self.replicate,
            rung,
            steps,
            spec,
            settings: settings.to_vec(),
        })
    }
}

/// All parts of a task that decide a trial's figures, except the data, as text.
pub(crate) fn describe(task: &Task) -> String {
    // Destructured, so that a new field cannot be forgotten: trials with another value of it would have the same id.
    let Task {
        dataset: _,
        preparation: Preparation { split, scaling, target_scaling, label_noise },
        // The device follows from the backend.
        place: Place { backend, precision, device: _ },
        hidden,
        activation,
        bias,
        init,
        loss,
        schedule,
        clip: Clip { norm, value },
        batch_size,
        drop_last,
        // The steps are in the trial's text.
        budget: _,
        stopping: Stopping { grad_norm, loss_change, target_loss, target_accuracy, patience },
        log_every,
    } = task;
    let SplitOptions { val_fraction, test_fraction, seed } = split;
    let option = |x: &Option<f64>| x.map_or("none".into(), |x| x.to_string());
    format!(
        "split {} {} {}\nscale {} {}\nlabel noise {}\nplace {} {}\nhidden {:?}\nactivation {}\nbias {:?}\ninit {}\n\
         loss {}\nschedule {}\nclip {} {}\nbatch {} {}\nstop {} {} {} {} {}\nlog {}\n",
        val_fraction,
        test_fraction,
        seed,
        scaling,
        target_scaling,
        label_noise,
        backend,
        precision,
        hidden,
        activation,
        bias,
        init.full(),
        loss,
        schedule.full(),
        option(norm),
        option(value),
        batch_size.map_or("full".into(), |size| size.to_string()),
        drop_last,
        option(grad_norm),
        loss_change.map_or("none".into(), |LossChange { tolerance, window }| format!("{tolerance} over {window}")),
        option(target_loss),
        option(target_accuracy),
        patience.map_or("none".into(), |n| n.to_string()),
        log_every.map_or("share".into(), |n| n.to_string()),
    )
}
