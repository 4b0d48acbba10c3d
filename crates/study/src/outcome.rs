//! From members that have ended to the lines of `trials.jsonl`.

use crate::run::Cell;
use downhill_model::Loss;
use downhill_train::{Evaluation, Member, Row, Session, StopReason};
use downhill_verdict::trial::{Figures, PartFigures, Planned, TrialCurve, TrialOutcome, TrialRole};

/// The outcomes of a session's members, all of which have ended; `rows[i]` are the logged rows of member *i*.
pub(crate) fn outcomes(
    session: &Session,
    cell: &Cell,
    planned: &[&Planned],
    rows: &[Vec<Row>],
    seconds: f64,
    by: &str,
) -> Vec<TrialOutcome> {
    let members = session.members();
    let units = Units::of(session, cell);
    let judged = planned.iter().any(|p| p.role != TrialRole::Tuning);
    // Only chosen configurations have test figures: no choice can have seen them.
    let test = |values: Vec<_>| if judged { session.evaluate(&values, &session.data().test) } else { Vec::new() };
    let mut at_last = test(members.iter().filter_map(|m| m.values.clone()).collect()).into_iter();
    let mut at_best =
        test(members.iter().filter_map(|m| m.best.as_ref().map(|b| b.values.clone())).collect()).into_iter();
    let updates: u64 = members.iter().filter_map(|m| m.stop).map(|stop| stop.step).sum();
    members
        .iter()
        .zip(planned)
        .zip(rows)
        .map(|((member, planned), rows)| {
            let last_test = member.values.as_ref().and_then(|_| at_last.next());
            let best_test = member.best.as_ref().and_then(|_| at_best.next());
            let steps = member.stop.map_or(0, |stop| stop.step);
            let last = member.last_row.as_ref();
            TrialOutcome {
                id: planned.id.clone(),
                stop: member.stop.map(|stop| name(stop.reason)).unwrap_or_default(),
                diverged: diverged(member),
                steps,
                gradient_evaluations: member.evaluations,
                best: member.best.as_ref().map(|best| units.figures(&best.row, best_test.as_ref())),
                last: last.map(|row| units.figures(row, last_test.as_ref())).unwrap_or_default(),
                curve: curve(rows),
                seconds: seconds * steps as f64 / updates.max(1) as f64,
                by: by.into(),
            }
        })
        .collect()
}

fn diverged(member: &Member) -> bool {
    member.stop.is_some_and(|stop| stop.reason == StopReason::Diverged)
}

/// A stop reason's name in kebab case.
fn name(reason: StopReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

fn curve(rows: &[Row]) -> TrialCurve {
    let accuracies = |of: &dyn Fn(&Row) -> Option<f64>| -> Vec<Option<f64>> {
        if rows.iter().any(|row| of(row).is_some()) { rows.iter().map(of).collect() } else { Vec::new() }
    };
    TrialCurve {
        step: rows.iter().map(|row| row.step).collect(),
        train_loss: rows.iter().map(|row| finite(row.train_loss)).collect(),
        val_loss: rows.iter().map(|row| row.val_loss.and_then(finite)).collect(),
        train_accuracy: accuracies(&|row| row.train_accuracy),
        val_accuracy: accuracies(&|row| row.val_accuracy),
    }
}

/// Conversion of a regression's loss to an error in the target's own unit.
struct Units {
    /// The loss as a share of the mean squared error of scaled targets; None in a classification.
    share: Option<f64>,
    /// The unit of a scaled target; 1 with several targets.
    scale: f64,
}

impl Units {
    fn of(session: &Session, cell: &Cell) -> Self {
        let share = match session.settings().network.loss {
            _ if session.data().train.labels().is_some() => None,
            Loss::Mse => Some(1.0),
            Loss::HalfMse => Some(0.5),
            Loss::CrossEntropy | Loss::Hinge => None,
        };
        let scale = match cell.prepared.target_scaler.as_ref().map(|scaler| scaler.scale.as_slice()) {
            Some(&[only]) => only,
            _ => 1.0,
        };
        Self { share, scale }
    }

    fn part(&self, loss: Option<f64>, accuracy: Option<f64>) -> PartFigures {
        let loss = loss.and_then(finite);
        let rmse = self.share.zip(loss).map(|(share, loss)| (loss / share).sqrt() * self.scale);
        PartFigures { loss, accuracy, rmse: rmse.and_then(finite) }
    }

    fn figures(&self, row: &Row, test: Option<&Evaluation>) -> Figures {
        Figures {
            step: row.step,
            train: self.part(Some(row.train_loss), row.train_accuracy),
            val: self.part(row.val_loss, row.val_accuracy),
            test: self.part(test.map(|t| t.loss), test.and_then(|t| t.accuracy)),
        }
    }
}
