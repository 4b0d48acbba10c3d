//! The facts of a comparison that a verdict needs, beside its trials.

use crate::plan::{Finished, Plan};
use crate::protocol::{self, Protocol, Subject};
use crate::search::{RATE, grown_range};
use downhill_data::{Dataset, Prepared, Target};
use downhill_verdict::Study;
use downhill_verdict::study::{self, Design, Kind};
use downhill_verdict::trial::{Planned, Trial};

/// The design of a study, for the verdict.
pub fn design(protocol: &Protocol) -> Design {
    let mut search: Vec<study::Dimension> = Vec::new();
    for contender in &protocol.contenders {
        for dimension in &contender.search {
            if !search.iter().any(|known| known.key == dimension.key) {
                search.push(dimension.clone());
            }
        }
    }
    Design {
        configurations: protocol.configurations,
        judged: protocol.judged,
        choose_by: protocol.chooser.by,
        tuning_seeds: protocol.tuning_seeds.clone(),
        evaluation_seeds: protocol.evaluation_seeds.clone(),
        fresh_seeds: protocol.fresh_seeds.clone(),
        search,
        extensions: 0,
        halving: protocol.subjects.first().and_then(|subject| protocol.halving(subject)),
        varies: protocol.varies,
    }
}

/// An optimizer.
pub fn contender(contender: &protocol::Contender) -> study::ContenderFacts {
    study::ContenderFacts {
        label: contender.label.clone(),
        spec: contender.spec.full(),
        short: contender.spec.to_string(),
        search: contender.search.clone(),
        rate_given: contender.spec.given(RATE),
    }
}

/// A task, with its target and the division of its rows.
pub fn task(subject: &Subject, prepared: &Prepared) -> study::TaskFacts {
    let task = &subject.task;
    let network = task.network();
    let mut notes = task.dataset.notes.clone();
    notes.extend(prepared.noise_note());
    study::TaskFacts {
        name: subject.name.clone(),
        fingerprint: subject.fingerprint.clone(),
        kind: kind(&task.dataset, prepared),
        train_rows: prepared.split.train.len(),
        val_rows: prepared.split.val.len(),
        test_rows: prepared.split.test.len(),
        split_seed: task.preparation.split.seed,
        label_noise: task.preparation.label_noise,
        network: format!("{} {}", network.describe(), network.activation),
        parameters: network.parameters(),
        loss: network.loss.to_string(),
        batch_size: task.batch_size.map_or("full".into(), |size| size.to_string()),
        steps: task.batching(prepared.split.train.len()).steps(task.budget),
        schedule: task.schedule.full(),
        train: Vec::new(),
        notes,
    }
}

/// The kind of target, and the figure of the best constant prediction.
fn kind(dataset: &Dataset, prepared: &Prepared) -> Kind {
    let (train, test) = (&prepared.split.train, &prepared.split.test);
    match &dataset.target {
        Target::Classes { labels, names } => {
            let of = |class: u32| test.iter().filter(|&&row| labels[row] == class).count();
            let most = (0..names.len() as u32).map(of).max().unwrap_or(0);
            Kind::Classification { classes: names.len(), majority: most as f64 / test.len() as f64 }
        }
        Target::Values { values, names } => {
            let scaler = prepared.target_scaler.as_ref();
            let single = names.len() == 1;
            let squares = (0..names.len()).map(|column| {
                let mean = train.iter().map(|&row| values.row(row)[column]).sum::<f64>() / train.len() as f64;
                let unit = scaler.filter(|_| !single).map_or(1.0, |scaler| scaler.scale[column]);
                let square = |row: &usize| ((values.row(*row)[column] - mean) / unit).powi(2);
                test.iter().map(square).sum::<f64>() / test.len() as f64
            });
            let mean = squares.sum::<f64>() / names.len() as f64;
            let target = if single { names[0].clone() } else { "standard deviations".into() };
            Kind::Regression { target, baseline_rmse: mean.sqrt() }
        }
    }
}

/// The ranges after growth; `study` has the ranges before.
pub fn grow(facts: &mut Study, study: &Study, plan: &Plan) {
    facts.design.extensions = plan.growth.len() as u32;
    facts.design.search = study.design.search.iter().map(|d| grown_range(d, &plan.growth)).collect();
    for (optimizer, first) in facts.optimizers.iter_mut().zip(&study.optimizers) {
        optimizer.search = first.search.iter().map(|d| grown_range(d, &plan.growth)).collect();
    }
}

/// A study with those planned trials that are finished, in the plan's order.
pub fn with_trials(facts: Study, planned: &[Planned], finished: &Finished) -> Study {
    let trial =
        |planned: &Planned| Some(Trial { planned: planned.clone(), outcome: finished.get(&planned.id)?.clone() });
    let trials: Vec<Trial> = planned.iter().filter_map(trial).collect();
    let missing = facts.missing + planned.len() - trials.len();
    Study { trials, missing, ..facts }
}
