//! Training for experiments: a task, its members, and every row that they log.

use crate::experiment::ExperimentError;
use downhill_data::{Dataset, Draw, Matrix, Preparation, Prepared, Scaling, SplitOptions, Target, prepare};
use downhill_model::{Activation, Bias, Init, Loss};
use downhill_optim::{Clip, Registry, Schedule};
use downhill_population::{Backend, Place, Precision, Values};
use downhill_train::{Budget, Data, KeptRows, MemberSpec, Monitor, Row, Session, Settings, Stopping, Task};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Members that have ended, with every row that they logged.
pub(crate) struct Trained {
    /// The session, at its end.
    pub session: Session,
    /// The rows of each member, in the order of steps.
    pub rows: Vec<Vec<Row>>,
}

/// Trains members side by side until each has stopped.
pub(crate) fn train(settings: Settings, data: impl Into<Arc<Data>>, members: Vec<MemberSpec>) -> Trained {
    let mut rows = KeptRows::of(members.len());
    let mut session = Session::new(settings, data, members);
    // Never interrupted, so it returns when all members are done.
    let Ok(_) = session.run(&monitor(), &mut rows);
    Trained { session, rows: rows.0 }
}

impl Trained {
    /// A member's parameters at its end.
    pub fn values(&self, member: usize) -> &[Vec<f64>] {
        self.session.members()[member].values.as_deref().unwrap_or_default()
    }

    /// A figure of a member's rows as points `(step, value)`; rows without it are left out.
    pub fn points(&self, member: usize, of: impl Fn(&Row) -> Option<f64>) -> Vec<(f64, f64)> {
        self.rows[member].iter().filter_map(|row| Some((row.step as f64, of(row)?))).collect()
    }
}

/// A monitor without a clock: only checkpoints would need one, and none are kept.
pub(crate) fn monitor() -> Monitor {
    Monitor { clock: Box::new(|| 0.0), updates: AtomicU64::new(0), interrupt: AtomicBool::new(false) }
}

/// A member: optimizer and seed, with given initial parameters.
///
/// # Errors
/// For an optimizer that does not exist.
pub(crate) fn member(optimizer: &str, seed: u64, values: Values) -> Result<MemberSpec, ExperimentError> {
    Ok(MemberSpec { seed, optimizer: Registry::builtin().parse(optimizer)?, values })
}

/// A regression data set; `targets` has one number for each row of `features`.
pub(crate) fn regression(name: &str, features: Matrix, targets: Vec<f64>) -> Dataset {
    Dataset {
        name: name.into(),
        feature_names: (0..features.cols).map(|column| format!("x{column}")).collect(),
        target: Target::Values {
            values: Matrix { rows: targets.len(), cols: 1, values: targets },
            names: vec!["y".into()],
        },
        features,
        test_rows: 0,
        notes: Vec::new(),
        encoder: None,
    }
}

/// Least squares with a linear model without bias: full batches, a constant rate, from zero, in f64, on the data as it
/// is; every row trains except those of a given test part. The loss is half the mean of the squared errors.
///
/// # Errors
/// When the precision is not available.
pub(crate) fn least_squares(dataset: Dataset, steps: u64) -> Result<Task, ExperimentError> {
    Ok(Task {
        dataset: Arc::new(dataset),
        preparation: Preparation {
            split: SplitOptions { val_fraction: 0.0, test_fraction: 0.0, seed: 0 },
            scaling: Scaling::None,
            target_scaling: Scaling::None,
            label_noise: 0.0,
        },
        place: Place::new(Backend::Flex, Precision::F64)?,
        hidden: Vec::new(),
        activation: Activation::Identity,
        bias: Bias::None,
        init: Init::parse("zeros")?,
        loss: Loss::HalfMse,
        schedule: Schedule::parse("constant")?,
        clip: Clip::default(),
        batch_size: None,
        drop_last: false,
        budget: Budget::Steps(steps),
        stopping: Stopping::default(),
        log_every: Some(steps.max(1)),
    })
}

/// The parts of a task's data.
///
/// # Errors
/// When the rows cannot be divided as the task says.
pub(crate) fn parts(task: &Task) -> Result<(Prepared, Data), ExperimentError> {
    let prepared = prepare(&task.dataset, &task.preparation, Draw::Fixed)?;
    let data = task.data(&prepared);
    Ok((prepared, data))
}

/// Does independent work on some threads; the results are in the order of the input.
///
/// # Errors
/// The first error of any of them.
pub(crate) fn side_by_side<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, ExperimentError> + Sync,
) -> Result<Vec<R>, ExperimentError> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some(place) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&place| place < items.len())
                {
                    let result = work(&items[place]);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|&(place, _)| place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_side_by_side_comes_back_in_its_order() {
        let items: Vec<u64> = (0..50).collect();
        for threads in [1, 3, 64] {
            let done = side_by_side(threads, &items, |&item| Ok(item * item)).unwrap();
            assert_eq!(done, items.iter().map(|item| item * item).collect::<Vec<_>>());
        }
        let none: &[u64] = &[];
        assert!(side_by_side(2, none, |&item| Ok(item)).unwrap().is_empty());
    }

    #[test]
    fn least_squares_of_a_line_through_the_origin_finds_its_slope() {
        let features = Matrix { rows: 3, cols: 1, values: vec![1.0, 2.0, 3.0] };
        let task = least_squares(regression("line", features, vec![2.0, 4.0, 6.0]), 100).unwrap();
        let (prepared, data) = parts(&task).unwrap();
        let settings = task.settings(prepared.split.train.len(), 1);
        let trained = train(settings, data, vec![member("sgd:lr=0.2", 0, vec![vec![0.0]]).unwrap()]);
        assert!((trained.values(0)[0][0] - 2.0).abs() < 1e-12);
        assert_eq!(trained.points(0, |row| Some(row.train_loss))[0], (0.0, 28.0 / 3.0));
    }
}
