//! The end of a walk under another criterion.

use crate::path::Path;
use crate::stopping::{Criterion, Watch};

/// The end of a walk under another criterion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replay {
    /// Number of steps.
    pub step: u64,
    /// The loss there.
    pub loss: f64,
    /// The steps saved.
    pub saved: u64,
    /// The walk's last loss minus the loss there; negative where continuing paid, positive or NaN where it did not.
    pub change: f64,
}

/// The end of this path's walk under `criterion`; None if it never held, or only after a divergence.
///
/// It uses the kept rows: for a path that kept every step the answer is exact.
pub fn replay(path: &Path, criterion: Criterion) -> Option<Replay> {
    let mut watch = Watch::new(criterion);
    let holds = |&row: &usize| {
        let loss = path.losses[row];
        loss.is_finite() && watch.see(path.step_of(row), loss, path.grad_norms[row]).is_some()
    };
    let row = (0..path.rows()).find(holds)?;
    let (step, loss) = (path.step_of(row), path.losses[row]);
    Some(Replay { step, loss, saved: path.last_step - step, change: path.last_loss() - loss })
}
