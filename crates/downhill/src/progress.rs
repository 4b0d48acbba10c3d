//! The progress bar, and Ctrl-C.

use downhill_study::Plan;
use downhill_study::plan::Finished;
use downhill_train::{Monitor, Observer, Row, Session};
use downhill_verdict::trial::{Planned, TrialOutcome};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

static MONITOR: OnceLock<Arc<Monitor>> = OnceLock::new();

/// The process's monitor: its clock starts with the first call, and Ctrl-C sets its `interrupt`. A second Ctrl-C ends
/// the process at once.
pub fn monitor() -> Arc<Monitor> {
    MONITOR
        .get_or_init(|| {
            let monitor = Arc::new(Monitor {
                clock: crate::machine::clock(),
                updates: AtomicU64::new(0),
                interrupt: AtomicBool::new(false),
            });
            let heard = monitor.clone();
            let handler = ctrlc::set_handler(move || {
                if heard.interrupt.swap(true, Ordering::Relaxed) {
                    std::process::exit(130);
                }
            });
            if let Err(error) = handler {
                crate::terminal::say(&format!("warning: Ctrl-C will end the run without a checkpoint: {error}"));
            }
            monitor
        })
        .clone()
}

/// A bar over member-updates; hidden when standard error is no terminal.
pub struct Progress {
    bar: ProgressBar,
    watcher: Option<std::thread::JoinHandle<()>>,
    done: Arc<AtomicBool>,
}

impl Progress {
    /// A bar for the remaining updates of a session.
    pub fn start(session: &Session, monitor: &Arc<Monitor>, quiet: bool) -> Self {
        let members = session.members().iter().filter(|m| m.stop.is_none()).count() as u64;
        let left = session.total_steps().saturating_sub(session.step()).saturating_mul(members);
        let shown = !quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            Some(left),
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        style(&bar);
        let done = Arc::new(AtomicBool::new(false));
        let watcher = shown.then(|| watch(&bar, monitor, &done, &Arc::default()));
        Self { bar, watcher, done }
    }

    /// Shows the newest rows' figures: those of a single member, or the means over several.
    fn show(&self, rows: &[Row]) {
        let mean = |figure: &dyn Fn(&Row) -> Option<f64>| {
            let values: Vec<f64> = rows.iter().filter_map(figure).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let mut parts = Vec::new();
        if let Some(loss) = mean(&|row| Some(row.train_loss)) {
            parts.push(format!("loss {loss:.4}"));
        }
        if let Some(loss) = mean(&|row| row.val_loss) {
            parts.push(format!("val {loss:.4}"));
        }
        if let Some(accuracy) = mean(&|row| row.val_accuracy.or(row.train_accuracy)) {
            parts.push(format!("accuracy {:.1} %", 100.0 * accuracy));
        }
        if let Some(lr) = mean(&|row| row.lr) {
            parts.push(format!("lr {lr:.2e}"));
        }
        self.bar.set_message(parts.join("  "));
    }
}

impl Observer for Progress {
    type Error = Infallible;

    fn rows(&mut self, _: &Session, _: &[usize], rows: &[Row]) -> Result<(), Infallible> {
        self.show(rows);
        Ok(())
    }

    fn checkpoint(&mut self, _: &Session) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
        self.bar.finish_and_clear();
    }
}

fn style(bar: &ProgressBar) {
    // The template is a constant; if it were wrong, the default style would do.
    let template = "{bar:30} {percent:>3} %  {msg}  {prefix}{per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸ ").with_key(
            "per_sec",
            |state: &indicatif::ProgressState, w: &mut dyn std::fmt::Write| {
                let _ = write!(w, "{:.0} steps/s", state.per_sec());
            },
        ));
    }
}

/// Moves the bar ten times a second, to the monitor's updates plus `more`.
fn watch(
    bar: &ProgressBar,
    monitor: &Arc<Monitor>,
    done: &Arc<AtomicBool>,
    more: &Arc<AtomicU64>,
) -> std::thread::JoinHandle<()> {
    let (bar, monitor, done, more) = (bar.clone(), monitor.clone(), done.clone(), more.clone());
    std::thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            bar.set_position(monitor.updates.load(Ordering::Relaxed) + more.load(Ordering::Relaxed));
            std::thread::sleep(Duration::from_millis(100));
        }
    })
}

/// A bar over a comparison's member-updates; hidden when standard error is no terminal.
pub struct StudyProgress {
    progress: Progress,
    /// Updates that need not be done: of trials finished before, or diverged.
    spared: Arc<AtomicU64>,
    shown: bool,
    /// Updates of the trials about to be run, by id.
    planned: HashMap<String, u64>,
    trials: usize,
    of: usize,
}

impl StudyProgress {
    /// A bar without an end yet.
    pub fn start(monitor: &Arc<Monitor>, quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        style(&bar);
        let (done, spared) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let watcher = shown.then(|| watch(&bar, monitor, &done, &spared));
        Self { progress: Progress { bar, watcher, done }, spared, shown, planned: HashMap::new(), trials: 0, of: 0 }
    }

    /// Takes a plan into account, with the trials `todo` about to be run. Trials to be planned later count as long as
    /// the known ones.
    pub fn plan(&mut self, plan: &Plan, todo: &[Planned], finished: &Finished) {
        let steps: u64 = plan.trials.iter().map(|planned| planned.steps).sum();
        let mean = steps / plan.trials.len().max(1) as u64;
        let left: u64 = todo.iter().map(|planned| planned.steps).sum::<u64>() + plan.later as u64 * mean;
        self.progress.bar.set_length(self.progress.bar.position() + left);
        self.planned = todo.iter().map(|planned| (planned.id.clone(), planned.steps)).collect();
        (self.trials, self.of) = (finished.len(), plan.trials.len() + plan.later);
        self.say();
    }

    /// Takes finished trials into account: those that ended early spared their remaining updates.
    pub fn finished(&mut self, outcomes: &[TrialOutcome]) {
        for outcome in outcomes {
            let planned = self.planned.get(&outcome.id).copied().unwrap_or(0);
            self.spared.fetch_add(planned.saturating_sub(outcome.steps), Ordering::Relaxed);
        }
        self.trials += outcomes.len();
        self.say();
    }

    fn say(&self) {
        if self.shown {
            self.progress.bar.set_message(format!("{} of {} trials", self.trials.min(self.of), self.of));
        }
    }
}
