//! The final figures of members: losses, accuracies, confusion, errors in the target's own units.

use crate::prepare::DataFacts;
use crate::record::{FigureRecord, MemberRecord, PartRecord, TargetErrors};
use downhill_population::Values;
use downhill_train::evaluate::argmax;
use downhill_train::metrics::{balanced_accuracy, confusion, regression_errors};
use downhill_train::session::GROUP_SIZE;
use downhill_train::{Evaluation, Member, Part, Session};

/// The record of every member that has ended.
pub(crate) fn member_records(session: &Session, about: &DataFacts) -> Vec<MemberRecord> {
    let ended: Vec<(&Member, &Values, u64)> =
        session.members().iter().filter_map(|m| Some((m, m.values.as_ref()?, m.stop?.step))).collect();
    let figures_of = |points: &[(&Values, u64)]| {
        let (values, steps): (Vec<Values>, Vec<u64>) = points.iter().map(|(v, step)| ((*v).clone(), *step)).unzip();
        figures(session, about, &values, &steps).into_iter()
    };
    let lasts: Vec<(&Values, u64)> = ended.iter().map(|(_, values, step)| (*values, *step)).collect();
    // A best step that is also the last needs no second evaluation.
    let earlier = |m: &Member, last: u64| m.best.as_ref().is_some_and(|best| best.row.step != last);
    let bests: Vec<(&Values, u64)> = ended
        .iter()
        .filter(|(member, _, last)| earlier(member, *last))
        .filter_map(|(member, ..)| member.best.as_ref().map(|best| (&best.values, best.row.step)))
        .collect();
    let mut best = figures_of(&bests);
    ended
        .iter()
        .zip(figures_of(&lasts))
        .filter_map(|((member, _, step), last)| {
            let best = if earlier(member, *step) { best.next() } else { member.best.as_ref().map(|_| last.clone()) };
            Some(MemberRecord {
                seed: member.seed,
                stop_reason: member.stop?.reason,
                step: *step,
                gradient_evaluations: member.evaluations,
                last,
                best,
            })
        })
        .collect()
}

/// The figures of many members' weights over the three parts; `steps` are the numbers of updates that led to each.
fn figures(session: &Session, about: &DataFacts, values: &[Values], steps: &[u64]) -> Vec<FigureRecord> {
    // Without validation data no member has a best step, and an empty population cannot run operations.
    if values.is_empty() {
        return Vec::new();
    }
    let data = session.data();
    let over = |part: &Part| -> Vec<Option<PartRecord>> {
        if part.rows() == 0 {
            return vec![None; values.len()];
        }
        // A population at a time: each keeps its outputs for all rows.
        let figures = |values: &[Values]| {
            let evaluations = session.evaluate(values, part);
            evaluations.iter().map(|e| Some(part_figures(e, part, about))).collect::<Vec<_>>()
        };
        values.chunks(GROUP_SIZE).flat_map(figures).collect()
    };
    let (train, val, test) = (over(&data.train), over(&data.val), over(&data.test));
    train
        .into_iter()
        .zip(val)
        .zip(test)
        .zip(steps)
        .filter_map(|(((train, val), test), &step)| {
            let train = train?;
            // A diverged member has no gap, though its accuracies, both at chance, would give a gap of 0.
            let loss_gap = test.as_ref().and_then(|test| Some(test.loss? - train.loss?));
            let accuracy_gap =
                loss_gap.and_then(|_| Some(train.accuracy? - test.as_ref().and_then(|test| test.accuracy)?));
            Some(FigureRecord { step, loss_gap, accuracy_gap, train, val, test })
        })
        .collect()
}

fn part_figures(evaluation: &Evaluation, part: &Part, about: &DataFacts) -> PartRecord {
    let outputs = about.outputs.len();
    let mut figures = PartRecord {
        loss: finite(evaluation.loss),
        accuracy: evaluation.accuracy,
        balanced_accuracy: None,
        confusion: None,
        errors: None,
    };
    if let Some(labels) = part.labels() {
        let predicted: Vec<Option<u32>> = evaluation.outputs.chunks_exact(outputs).map(argmax).collect();
        figures.balanced_accuracy = balanced_accuracy(outputs, labels, &predicted);
        figures.confusion = Some(confusion(outputs, labels, &predicted));
    } else if let Some(truth) = part.values() {
        let (truth, predicted) = (about.own_units(&truth), about.own_units(&evaluation.outputs));
        let column = |all: &[f64], c: usize| all.iter().skip(c).step_by(outputs).copied().collect::<Vec<f64>>();
        figures.errors = Some(
            about
                .outputs
                .iter()
                .enumerate()
                .filter_map(|(c, target)| {
                    let errors = regression_errors(&column(&truth, c), &column(&predicted, c))?;
                    Some(TargetErrors {
                        target: target.clone(),
                        rmse: finite(errors.rmse),
                        mae: finite(errors.mae),
                        r_squared: finite(errors.r_squared),
                    })
                })
                .collect(),
        );
    }
    figures
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
