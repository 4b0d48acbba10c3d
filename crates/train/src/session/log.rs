//! The rows that a session logs: their figures, and the members they end.

use super::Session;
use crate::evaluate::{Evaluation, evaluate};
use crate::glimpse::Glimpse;
use crate::group::{Recipe, Retired, UpdateFigures};
use crate::member::{Best, Row};
use crate::order::Budget;
use crate::part::{Data, Part};
use crate::stopping::{Seen, Stop, StopReason, Watch};
use downhill_population::{Params, Values};

impl Session {
    /// The rows of members that just ended and, where figures were measured, of all others, with the members' numbers;
    /// stops members whose rows meet a criterion.
    pub(super) fn log(&mut self, retired: Vec<Retired>, measured: Option<Vec<Measured>>) -> (Vec<usize>, Vec<Row>) {
        let mut rows = Vec::new();
        for Retired { member, reason, step, values, evaluations } in retired {
            if let Some(glimpses) = &mut self.glimpses {
                glimpses[member] = None;
            }
            let already = self.members[member].last_row.as_ref().is_some_and(|row| row.step == step);
            if !already {
                let shapes = self.settings.network.shapes();
                let params = Params::from_members(&self.settings.place, &shapes, std::slice::from_ref(&values));
                let measured = self.inside(|| Measured::of(&self.recipe, &self.data, &params, 1));
                let row = self.row(member, step, &measured, 0, UpdateFigures::default());
                self.take_row(member, &row, &values);
                rows.push((member, row));
            }
            self.members[member].stop = Some(Stop { reason, step });
            self.members[member].values = Some(values);
            self.members[member].evaluations = evaluations;
        }
        if let Some(measured) = measured {
            self.log_groups(&measured, &mut rows);
        }
        self.groups.retain(|group| !group.members.is_empty());
        rows.sort_by_key(|(_, row)| row.step);
        rows.into_iter().unzip()
    }

    fn log_groups(&mut self, measured: &[Measured], rows: &mut Vec<(usize, Row)>) {
        let mut groups = std::mem::take(&mut self.groups);
        let factor = self.recipe.schedule.factor(self.step.saturating_sub(1), self.recipe.horizon);
        for (group, measured) in groups.iter_mut().zip(measured) {
            if let Some(glimpses) = &mut self.glimpses {
                let new = Glimpse::of(group, &self.recipe.place, factor);
                group.members.iter().zip(new).for_each(|(&member, glimpse)| glimpses[member] = Some(glimpse));
            }
            let new: Vec<Row> = group
                .members
                .iter()
                .enumerate()
                .map(|(i, &member)| self.row(member, self.step, measured, i, group.last[i]))
                .collect();
            let wanted = |(row, &m): (&Row, &usize)| self.is_best(m, row) || self.ends(m, row).is_some();
            let values = if new.iter().zip(&group.members).any(wanted) {
                group.evaluated(&self.recipe.place).to_members()
            } else {
                vec![Values::new(); group.members.len()]
            };
            let members = group.members.clone();
            let mut keep = Vec::new();
            for (position, row) in new.iter().enumerate() {
                let member = group.members[position];
                match self.take_row(member, row, &values[position]) {
                    Some(reason) => {
                        self.members[member].stop = Some(Stop { reason, step: self.step });
                        self.members[member].values = Some(values[position].clone());
                        self.members[member].evaluations = group.evaluations[position];
                    }
                    None => keep.push(position),
                }
            }
            if keep.len() < group.members.len() {
                group.keep(&keep);
            }
            rows.extend(members.into_iter().zip(new));
        }
        self.groups = groups;
    }

    fn row(&self, member: usize, step: u64, measured: &Measured, at: usize, figures: UpdateFigures) -> Row {
        let (train, val) = (&measured.train[at], measured.val.get(at));
        let batching = &self.settings.batching;
        Row {
            seed: self.members[member].seed,
            step,
            epoch: step as f64 / batching.steps_per_epoch() as f64,
            samples: batching.samples(step),
            train_loss: train.loss,
            train_accuracy: train.accuracy,
            val_loss: val.map(|val| val.loss),
            val_accuracy: val.and_then(|val| val.accuracy),
            lr: figures.lr,
            grad_norm: figures.grad_norm,
            update_ratio: figures.update_ratio,
            seconds: self.seconds(),
        }
    }

    fn is_best(&self, member: usize, row: &Row) -> bool {
        row.val_loss.is_some_and(|loss| {
            let best = self.members[member].best.as_ref().and_then(|best| best.row.val_loss);
            !loss.is_nan() && best.is_none_or(|best| loss < best)
        })
    }

    /// Whether a row ends a member, without taking it into account yet.
    fn ends(&self, member: usize, row: &Row) -> Option<StopReason> {
        self.see(&mut self.members[member].watch.clone(), row)
    }

    fn see(&self, watch: &mut Watch, row: &Row) -> Option<StopReason> {
        let seen = Seen {
            train_loss: row.train_loss,
            watched_loss: row.val_loss.unwrap_or(row.train_loss),
            accuracy: row.val_accuracy.or(row.train_accuracy),
        };
        let spent = match self.settings.budget {
            Budget::Steps(_) => StopReason::Steps,
            Budget::Epochs(_) => StopReason::Epochs,
        };
        watch.see(&self.settings.stopping, seen).or((row.step >= self.recipe.total_steps).then_some(spent))
    }

    /// Adds a row to a member's record.
    fn take_row(&mut self, member: usize, row: &Row, values: &Values) -> Option<StopReason> {
        let mut watch = std::mem::take(&mut self.members[member].watch);
        let reason = self.see(&mut watch, row);
        let best = self.is_best(member, row);
        let member = &mut self.members[member];
        member.watch = watch;
        member.last_row = Some(row.clone());
        if best {
            member.best = Some(Best { row: row.clone(), values: values.clone() });
        }
        reason
    }
}

/// Figures of one population's members; `val` is empty without validation data.
#[derive(Default)]
pub(super) struct Measured {
    train: Vec<Evaluation>,
    val: Vec<Evaluation>,
}

impl Measured {
    pub(super) fn of(recipe: &Recipe, data: &Data, params: &Params, members: usize) -> Self {
        let over = |part: &Part| {
            if members == 0 || part.rows() == 0 {
                return Vec::new();
            }
            evaluate(&recipe.place, &recipe.network, params, part, false)
        };
        Self { train: over(&data.train), val: over(&data.val) }
    }
}
