//! The state that a session needs to continue with the same bits.
//!
//! A checkpoint is one safetensors file: every member's tensors by name, and the rest as JSON in its metadata. Members
//! are stored one by one, so a session may continue with another number of threads or another population size.

use crate::member::{Best, Member, Row};
use crate::session::{Live, Session};
use crate::stopping::{Stop, Watch};
use downhill_model::weights::{self, NamedTensor, WeightsError};
use downhill_population::{Shape, Values};
use serde::{Deserialize, Serialize};

/// The layout's version; a checkpoint of another one is refused.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    step: u64,
    seconds: f64,
    members: Vec<MemberHead>,
    /// Data of the session's owner.
    owner: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct MemberHead {
    seed: u64,
    stop: Option<Stop>,
    last_row: Option<Row>,
    best_row: Option<Row>,
    watch: Watch,
    /// Gradient evaluations so far.
    evaluations: u64,
    /// Whether the next update's first gradient is paid for.
    paid: bool,
}

/// Why bytes are no checkpoint of this session.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file is damaged.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The description in it is damaged.
    #[error("the checkpoint's description cannot be read: {0}")]
    Head(String),
    /// It belongs to another session, or another version.
    #[error("the checkpoint does not fit: {0}")]
    Misfit(String),
}

impl Session {
    /// The checkpoint of the current state, with the owner's data.
    ///
    /// # Errors
    /// When the tensors cannot be laid out, which no legal session does.
    pub fn checkpoint(&self, owner: serde_json::Value) -> Result<Vec<u8>, CheckpointError> {
        let shapes = self.settings.network.shapes();
        let mut tensors = Vec::new();
        let mut add = |member: usize, kind: &str, values: &Values| {
            for (i, (values, shape)) in values.iter().zip(shapes.iter().cycle()).enumerate() {
                // Optimizer state has several tensors of each parameter's shape; sizes alone are checked there.
                let shape = if kind == "state" { vec![values.len()] } else { vec![shape.rows, shape.cols] };
                tensors.push(NamedTensor { name: tensor_name(member, kind, i), shape, values: values.clone() });
            }
        };
        for group in &self.groups {
            for ((&member, params), state) in
                group.members.iter().zip(group.params.to_members()).zip(group.optimizer.to_members())
            {
                add(member, "param", &params);
                add(member, "state", &state);
            }
        }
        for (i, member) in self.members.iter().enumerate() {
            if let Some(values) = &member.values {
                add(i, "param", values);
            }
            if let Some(best) = &member.best {
                add(i, "best", &best.values);
            }
        }
        let mut spent: Vec<(u64, bool)> = self.members.iter().map(|m| (m.evaluations, false)).collect();
        for group in &self.groups {
            for (&member, &evaluations) in group.members.iter().zip(&group.evaluations) {
                spent[member] = (evaluations, group.paid);
            }
        }
        let head = Head {
            version: VERSION,
            step: self.step,
            seconds: self.seconds(),
            members: self
                .members
                .iter()
                .zip(spent)
                .map(|(m, (evaluations, paid))| MemberHead {
                    seed: m.seed,
                    stop: m.stop,
                    last_row: m.last_row.clone(),
                    best_row: m.best.as_ref().map(|best| best.row.clone()),
                    watch: m.watch.clone(),
                    evaluations,
                    paid,
                })
                .collect(),
            owner,
        };
        let head = serde_json::to_string(&head).map_err(|e| CheckpointError::Head(e.to_string()))?;
        Ok(weights::to_bytes(&tensors, self.settings.place.precision, &head)?)
    }

    /// Restores a fresh session from a checkpoint of the same session, and returns the owner's data.
    ///
    /// # Errors
    /// When the bytes are damaged or belong to another session.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<serde_json::Value, CheckpointError> {
        let (tensors, metadata) = weights::from_bytes(bytes)?;
        let metadata = metadata.ok_or_else(|| CheckpointError::Head("it is missing".into()))?;
        let head: Head = serde_json::from_str(&metadata).map_err(|e| CheckpointError::Head(e.to_string()))?;
        let misfit = |what: String| Err(CheckpointError::Misfit(what));
        if head.version != VERSION {
            return misfit(format!("it has version {}, this program reads {VERSION}", head.version));
        }
        let seeds = |seeds: &mut dyn Iterator<Item = u64>| seeds.collect::<Vec<_>>();
        let (theirs, ours) =
            (seeds(&mut head.members.iter().map(|m| m.seed)), seeds(&mut self.members.iter().map(|m| m.seed)));
        if theirs != ours {
            return misfit(format!("its seeds are {theirs:?}, the run's {ours:?}"));
        }
        let shapes = self.settings.network.shapes();
        let elements: Vec<usize> = shapes.iter().map(Shape::elements).collect();
        // This session is fresh, so every member is in a population.
        let state_elements = self.groups.first().map(|group| group.optimizer.state_sizes()).unwrap_or_default();
        let find = |member: usize, kind: &str, elements: &[usize]| -> Result<Values, CheckpointError> {
            elements
                .iter()
                .enumerate()
                .map(|(i, &n)| {
                    let name = tensor_name(member, kind, i);
                    let at = tensors.binary_search_by(|t| t.name.as_str().cmp(&name));
                    match at.ok().map(|at| &tensors[at]) {
                        Some(tensor) if tensor.values.len() == n => Ok(tensor.values.clone()),
                        Some(tensor) => Err(CheckpointError::Misfit(format!(
                            "`{name}` holds {} numbers, the run needs {n}",
                            tensor.values.len()
                        ))),
                        None => Err(CheckpointError::Misfit(format!("`{name}` is missing"))),
                    }
                })
                .collect()
        };
        let mut members = Vec::new();
        let mut live = Vec::new();
        for (i, m) in head.members.into_iter().enumerate() {
            let params = find(i, "param", &elements)?;
            let best = match m.best_row {
                Some(row) => Some(Best { row, values: find(i, "best", &elements)? }),
                None => None,
            };
            let values = if m.stop.is_some() {
                Some(params)
            } else {
                let state = Some(find(i, "state", &state_elements)?);
                live.push(Live { member: i, params, state, evaluations: m.evaluations, paid: m.paid });
                None
            };
            members.push(Member {
                seed: m.seed,
                stop: m.stop,
                last_row: m.last_row,
                best,
                values,
                evaluations: m.evaluations,
                watch: m.watch,
            });
        }
        self.members = members;
        self.step = head.step;
        self.seconds_before = head.seconds;
        self.form_groups(live);
        Ok(head.owner)
    }
}

fn tensor_name(member: usize, kind: &str, index: usize) -> String {
    format!("member.{member}.{kind}.{index}")
}
