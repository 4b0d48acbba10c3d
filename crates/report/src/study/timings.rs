//! Wall times. They differ from run to run, so they are kept apart from all else.

use downhill_statistics::median;
use downhill_verdict::Study;
use downhill_verdict::trial::TrialRole;
use downhill_verdict::verdict::Verdict;

use super::view::views;

/// The wall times of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timings {
    /// One entry for each task and optimizer.
    pub entries: Vec<Timing>,
}

/// The wall times of one optimizer on one task, in seconds. A trial's time is its share of its population's.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The task's name.
    pub task: String,
    /// The optimizer's label.
    pub optimizer: String,
    /// All tuning trials together.
    pub tuning_seconds: f64,
    /// All evaluation trials together, those at fresh seeds too.
    pub evaluation_seconds: f64,
    /// Median updates to the target times the median seconds of an update in evaluation; absent if half of the trials
    /// never reach the target.
    pub seconds_to_target: Option<f64>,
}

impl Timings {
    /// The wall times that the trials recorded.
    pub fn of(study: &Study, verdict: &Verdict) -> Self {
        let mut entries = Vec::new();
        for view in views(study, verdict) {
            for standing in &view.verdict.standings {
                let trials = |role| view.trials(&standing.optimizer, role);
                // Not `sum`, which is −0 for nothing.
                let total = |role| trials(role).iter().fold(0.0, |sum, trial| sum + trial.outcome.seconds);
                let updates = trials(TrialRole::Evaluation).into_iter().filter(|trial| trial.outcome.steps > 0);
                let mut each: Vec<f64> =
                    updates.map(|trial| trial.outcome.seconds / trial.outcome.steps as f64).collect();
                each.sort_by(f64::total_cmp);
                entries.push(Timing {
                    task: view.task.name.clone(),
                    optimizer: standing.optimizer.clone(),
                    tuning_seconds: total(TrialRole::Tuning),
                    evaluation_seconds: total(TrialRole::Evaluation) + total(TrialRole::Fresh),
                    seconds_to_target: standing.steps_to_target.zip(median(&each)).map(|(steps, each)| steps * each),
                });
            }
        }
        Self { entries }
    }

    /// The entry of an optimizer on a task.
    pub(crate) fn get(&self, task: &str, optimizer: &str) -> Option<&Timing> {
        self.entries.iter().find(|entry| entry.task == task && entry.optimizer == optimizer)
    }
}

/// Seconds for people: `0.84 s`, `12 s`, `3 min 20 s`, `2 h 05 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        _ if !seconds.is_finite() => super::view::NOTHING.into(),
        _ if seconds < 10.0 => format!("{} s", super::view::short(seconds)),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn seconds_are_said_as_people_say_them() {
        let said = [0.0, 0.1234, 12.4, 59.7, 200.0, 7500.0, f64::INFINITY].map(duration);
        assert_eq!(said, ["0 s", "0.123 s", "12 s", "1 min 00 s", "3 min 20 s", "2 h 05 min", "–"]);
    }
}
