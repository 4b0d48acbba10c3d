//! The rows of each batch: a pure function of the member's seed and the epoch.

use downhill_random::{Purpose, Stream};
use serde::{Deserialize, Serialize};

/// The division of the training rows into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Training rows.
    pub rows: usize,
    /// Rows in a batch; `None` is all of them, in their own order.
    pub size: Option<usize>,
    /// Leave out a last batch that is not full.
    pub drop_last: bool,
}

/// The length of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Budget {
    /// Number of updates.
    Steps(u64),
    /// Number of passes over the training rows.
    Epochs(u64),
}

/// A batch size that cannot be; its text names the field first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("batch-size is `{0}`, but must be an integer of at least 1, or full")]
pub struct BatchSizeError(pub String);

/// Reads a batch size: a positive integer, or `full` (none).
///
/// # Errors
/// For anything else.
pub fn batch_size(text: &str) -> Result<Option<usize>, BatchSizeError> {
    match text.parse::<usize>() {
        _ if text == "full" => Ok(None),
        Ok(size) if size > 0 => Ok(Some(size)),
        _ => Err(BatchSizeError(text.into())),
    }
}

/// A batch size as the text that [`batch_size`] reads.
pub fn batch_size_text(size: Option<usize>) -> String {
    size.map_or_else(|| "full".into(), |size| size.to_string())
}

impl Batching {
    /// The rows of a full batch.
    pub fn batch_size(&self) -> usize {
        self.size.map_or(self.rows, |size| size.min(self.rows))
    }

    /// Updates in one epoch; at least 1.
    pub fn steps_per_epoch(&self) -> u64 {
        let (rows, size) = (self.rows as u64, self.batch_size().max(1) as u64);
        if self.drop_last { (rows / size).max(1) } else { rows.div_ceil(size).max(1) }
    }

    /// The number of updates that a budget allows.
    pub fn steps(&self, budget: Budget) -> u64 {
        match budget {
            Budget::Steps(steps) => steps,
            Budget::Epochs(epochs) => epochs.saturating_mul(self.steps_per_epoch()),
        }
    }

    /// Whether every update sees every row, so that no order is drawn.
    pub fn is_full(&self) -> bool {
        self.batch_size() >= self.rows
    }

    /// The range within the epoch's order of update `step`, counted from 1, and the epoch, counted from 0.
    pub fn range(&self, step: u64) -> (u64, std::ops::Range<usize>) {
        let (epoch, position) = ((step - 1) / self.steps_per_epoch(), (step - 1) % self.steps_per_epoch());
        let start = position as usize * self.batch_size();
        (epoch, start..(start + self.batch_size()).min(self.rows))
    }

    /// The rows' order in an epoch for a member's seed.
    pub fn order(&self, seed: u64, epoch: u64) -> Vec<usize> {
        if self.is_full() {
            return (0..self.rows).collect();
        }
        Stream::new(seed, Purpose::Order, epoch).permutation(self.rows)
    }

    /// Number of rows in the batches of the first `step` updates.
    pub fn samples(&self, step: u64) -> u64 {
        let per_epoch = if self.drop_last && !self.is_full() {
            self.steps_per_epoch() * self.batch_size() as u64
        } else {
            self.rows as u64
        };
        let (epochs, position) = (step / self.steps_per_epoch(), step % self.steps_per_epoch());
        epochs * per_epoch + position * self.batch_size() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batching(rows: usize, size: Option<usize>, drop_last: bool) -> Batching {
        Batching { rows, size, drop_last }
    }

    #[test]
    fn an_epoch_shows_every_row_once_and_the_last_batch_is_partial() {
        let b = batching(10, Some(4), false);
        assert_eq!(b.steps_per_epoch(), 3);
        assert_eq!([b.range(1), b.range(3), b.range(4)], [(0, 0..4), (0, 8..10), (1, 0..4)]);
        let mut order = b.order(7, 0);
        assert_ne!(order, b.order(7, 1));
        assert_ne!(order, b.order(8, 0));
        order.sort_unstable();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
        assert_eq!([b.samples(0), b.samples(2), b.samples(3), b.samples(4)], [0, 8, 10, 14]);
    }

    #[test]
    fn drop_last_leaves_the_partial_batch_out() {
        let b = batching(10, Some(4), true);
        assert_eq!((b.steps_per_epoch(), b.range(3), b.samples(3)), (2, (1, 0..4), 12));
    }

    #[test]
    fn a_full_batch_keeps_the_rows_in_their_own_order() {
        for size in [None, Some(10), Some(50)] {
            let b = batching(10, size, true);
            assert_eq!((b.steps_per_epoch(), b.range(5), b.samples(5)), (1, (4, 0..10), 50));
            assert_eq!(b.order(3, 4), (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_order_of_a_seed_and_epoch_is_golden() {
        assert_eq!(batching(8, Some(2), false).order(0, 0), [0, 3, 6, 7, 2, 5, 1, 4]);
    }
}
