//! The division into training, validation and test rows.

use downhill_random::{Purpose, Stream};

use crate::error::DataError;
use crate::{Dataset, Target};

/// How to divide the rows. Fractions are of all rows and may be 0; together they are below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitOptions {
    /// Fraction for validation, in `[0, 1)`; of the rows outside the test part, where a test part came with the data.
    pub val_fraction: f64,
    /// Fraction for test, in `[0, 1)`; ignored where a test part came with the data.
    pub test_fraction: f64,
    /// Seed of the draw.
    pub seed: u64,
}

impl Default for SplitOptions {
    fn default() -> Self {
        SplitOptions { val_fraction: 0.2, test_fraction: 0.2, seed: 0 }
    }
}

/// Row indices of each part, ascending; no row is in two parts and every row is in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows for training.
    pub train: Vec<usize>,
    /// Rows for choices.
    pub val: Vec<usize>,
    /// Rows for the final figures.
    pub test: Vec<usize>,
}

/// Divides the rows at random, stratified by class.
///
/// Of `n` rows, `round(fraction * n)` go to each part, shared among the classes in proportion to their sizes (largest
/// remainders), and every class keeps at least one training row if there are enough training rows. Within a class the
/// rows are shuffled by [`Purpose::Split`], stream number = class, and dealt in the order test, validation, training. A
/// regression target is one class. Where the data came with a test part (`dataset.test_rows > 0`) that is the test
/// part, and `n` counts the other rows.
///
/// # Errors
/// A fraction outside its range, or no row left to train on.
pub fn split(dataset: &Dataset, options: &SplitOptions) -> Result<Split, DataError> {
    let given_test = dataset.test_rows > 0;
    let test_fraction = if given_test { 0.0 } else { options.test_fraction };
    for (option, fraction) in [("val-fraction", options.val_fraction), ("test-fraction", test_fraction)] {
        if !(0.0..1.0).contains(&fraction) {
            return Err(DataError::option(option, fraction, "from 0 to below 1"));
        }
    }
    if options.val_fraction + test_fraction >= 1.0 {
        let sum = options.val_fraction + test_fraction;
        return Err(DataError::value(
            "option `val-fraction` plus option `test-fraction`",
            sum,
            "below 1, so that training rows are left",
        ));
    }
    let all = dataset.features.rows;
    let n = all.saturating_sub(dataset.test_rows);
    let classes = rows_by_class(&dataset.target, n);
    let sizes: Vec<usize> = classes.iter().map(Vec::len).collect();
    let test_total = (test_fraction * n as f64).round() as usize;
    let val_total = (options.val_fraction * n as f64).round() as usize;
    if test_total + val_total >= n {
        return Err(DataError::Rows(format!(
            "of {n} rows, {val_total} go to validation and {test_total} to test, so none is left for training; lower option \
             `val-fraction` or option `test-fraction`"
        )));
    }
    // One row of each class is held back for training, where there are enough training rows.
    let mut room = room_beside_training(&sizes, n - test_total - val_total);
    let test_counts = share(test_total, &sizes, &room);
    room.iter_mut().zip(&test_counts).for_each(|(room, taken)| *room -= taken);
    let val_counts = share(val_total, &sizes, &room);

    let mut parts = Split { train: vec![], val: vec![], test: (n..all).collect() };
    for (class, mut rows) in classes.into_iter().enumerate() {
        Stream::new(options.seed, Purpose::Split, class as u64).shuffle(&mut rows);
        let (test, rest) = rows.split_at(test_counts[class]);
        let (val, train) = rest.split_at(val_counts[class]);
        parts.test.extend(test);
        parts.val.extend(val);
        parts.train.extend(train);
    }
    Ok(parts.sorted())
}

/// The test part of [`split`], with training and validation drawn anew from the other rows: the same number of rows in
/// each, and of each class, but other rows for another `seed` ([`Purpose::Redraw`], stream number = class).
///
/// # Errors
/// As [`split`].
pub fn redraw(dataset: &Dataset, options: &SplitOptions, seed: u64) -> Result<Split, DataError> {
    let fixed = split(dataset, options)?;
    let mut parts = Split { train: vec![], val: vec![], test: fixed.test };
    let validates = |row: &usize| fixed.val.binary_search(row).is_ok();
    let mut learnt: Vec<usize> = fixed.train.iter().chain(&fixed.val).copied().collect();
    learnt.sort_unstable();
    for (class, mut rows) in by_class(&dataset.target, &learnt).into_iter().enumerate() {
        let val = rows.iter().filter(|row| validates(row)).count();
        Stream::new(seed, Purpose::Redraw, class as u64).shuffle(&mut rows);
        parts.val.extend(&rows[..val]);
        parts.train.extend(&rows[val..]);
    }
    Ok(parts.sorted())
}

/// Fold number `fold` of repeated stratified folds: `fold / folds` is the division, `fold % folds` the part of it that
/// is the test part. From the other rows, `val_fraction` of all rows are for validation, stratified, other ones in each
/// fold, and the rest for training.
///
/// Within a class the rows are shuffled by [`Purpose::Folds`] and dealt in turn, each class going on where the one before it
/// ended, so that the folds' sizes differ by at most 1. In one division every row is in exactly one test part.
///
/// # Errors
/// A fraction outside its range, fewer than 2 folds or more than rows, no row left to train on, and data that came
/// with a test part of its own.
pub fn fold(dataset: &Dataset, options: &SplitOptions, folds: usize, fold: usize) -> Result<Split, DataError> {
    let n = dataset.features.rows;
    if dataset.test_rows > 0 {
        return Err(DataError::Rows("the data came with a test part of its own, so folds cannot choose one".into()));
    }
    if !(0.0..1.0).contains(&options.val_fraction) {
        return Err(DataError::option("val-fraction", options.val_fraction, "from 0 to below 1"));
    }
    if folds < 2 || folds > n {
        return Err(DataError::option("folds", folds, format!("from 2 to the number of rows, {n}")));
    }
    let (division, part) = ((fold / folds) as u64, fold % folds);
    let mut parts = Split { train: vec![], val: vec![], test: vec![] };
    let mut dealt = 0;
    let classes = rows_by_class(&dataset.target, n);
    let streams = classes.len() as u64;
    let mut others = Vec::new();
    for (class, mut rows) in classes.into_iter().enumerate() {
        Stream::new(options.seed, Purpose::Folds, division * streams + class as u64).shuffle(&mut rows);
        let (test, other): (Vec<_>, Vec<_>) =
            rows.iter().copied().enumerate().partition(|(i, _)| (dealt + i) % folds == part);
        dealt += rows.len();
        parts.test.extend(test.into_iter().map(|(_, row)| row));
        others.push(other.into_iter().map(|(_, row)| row).collect::<Vec<usize>>());
    }
    let sizes: Vec<usize> = others.iter().map(Vec::len).collect();
    let left = n - parts.test.len();
    let val_total = (options.val_fraction * n as f64).round() as usize;
    if val_total >= left {
        return Err(DataError::Rows(format!(
            "of {n} rows, {val_total} go to validation and {} to test, so none is left for training; lower option \
             `val-fraction`",
            parts.test.len()
        )));
    }
    let val_counts = share(val_total, &sizes, &room_beside_training(&sizes, left - val_total));
    for (mut rows, val) in others.into_iter().zip(val_counts) {
        // Each fold has other validation rows.
        let shift = part * rows.len() / folds;
        rows.rotate_left(shift);
        parts.val.extend(&rows[..val]);
        parts.train.extend(&rows[val..]);
    }
    Ok(parts.sorted())
}

impl Split {
    fn sorted(mut self) -> Self {
        self.test.sort_unstable();
        self.val.sort_unstable();
        self.train.sort_unstable();
        self
    }
}

/// The number of rows of each class that may leave training: all but one, if `training` rows are enough for each class
/// to keep one.
fn room_beside_training(sizes: &[usize], training: usize) -> Vec<usize> {
    let present = sizes.iter().filter(|size| **size > 0).count();
    let held_back = usize::from(training >= present);
    sizes.iter().map(|size| size.saturating_sub(held_back)).collect()
}

fn rows_by_class(target: &Target, n: usize) -> Vec<Vec<usize>> {
    by_class(target, &(0..n).collect::<Vec<_>>())
}

/// These rows, class by class; a regression is one class.
fn by_class(target: &Target, rows: &[usize]) -> Vec<Vec<usize>> {
    match target {
        Target::Values { .. } => vec![rows.to_vec()],
        Target::Classes { labels, names } => {
            let mut classes = vec![vec![]; names.len()];
            rows.iter().for_each(|&row| classes[labels[row] as usize].push(row));
            classes
        }
    }
}

/// Shares `total` among classes in proportion to `sizes`, never more than `room`, by largest remainders.
/// Ties go to the earlier class. The sum of `room` must be at least `total`.
fn share(total: usize, sizes: &[usize], room: &[usize]) -> Vec<usize> {
    let n: u128 = sizes.iter().map(|size| *size as u128).sum::<u128>().max(1);
    let quota = |size: usize| total as u128 * size as u128;
    let mut counts: Vec<usize> =
        sizes.iter().zip(room).map(|(size, room)| ((quota(*size) / n) as usize).min(*room)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|class| std::cmp::Reverse(quota(sizes[*class]) % n));
    let mut left = total - counts.iter().sum::<usize>();
    while left > 0 {
        let before = left;
        for &class in &order {
            if left > 0 && counts[class] < room[class] {
                counts[class] += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Matrix;
    use proptest::prelude::*;

    fn dataset(labels: Vec<u32>, classes: usize, test_rows: usize) -> Dataset {
        let rows = labels.len();
        Dataset {
            name: "test".into(),
            features: Matrix { rows, cols: 1, values: vec![0.0; rows] },
            feature_names: vec!["x".into()],
            target: Target::Classes { labels, names: (0..classes).map(|c| c.to_string()).collect() },
            test_rows,
            notes: vec![],
            encoder: None,
        }
    }

    fn counts(rows: &[usize], labels: &[u32], classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        rows.iter().for_each(|row| counts[labels[*row] as usize] += 1);
        counts
    }

    #[test]
    fn the_first_split_is_golden() {
        let data = dataset((0..20).map(|i| i % 2).collect(), 2, 0);
        let parts = split(&data, &SplitOptions::default()).unwrap();
        assert_eq!(parts.test, [1, 12, 14, 15]);
        assert_eq!(parts.val, [0, 11, 13, 16]);
    }

    #[test]
    fn classes_are_shared_in_proportion_and_the_totals_are_exact() {
        let labels: Vec<u32> = (0..150)
            .map(|i| {
                if i < 100 {
                    0
                } else if i < 145 {
                    1
                } else {
                    2
                }
            })
            .collect();
        let parts = split(&dataset(labels.clone(), 3, 0), &SplitOptions::default()).unwrap();
        assert_eq!(counts(&parts.test, &labels, 3), [20, 9, 1]);
        assert_eq!(counts(&parts.val, &labels, 3), [20, 9, 1]);
        assert_eq!(counts(&parts.train, &labels, 3), [60, 27, 3]);
    }

    #[test]
    fn a_given_test_part_is_the_test_part_whatever_the_fraction() {
        let labels: Vec<u32> = (0..50).map(|i| i % 2).collect();
        let options = SplitOptions { test_fraction: 7.0, ..Default::default() };
        let parts = split(&dataset(labels, 2, 10), &options).unwrap();
        assert_eq!(parts.test, (40..50).collect::<Vec<_>>());
        assert_eq!(parts.val.len(), 8);
        assert_eq!(parts.train.len(), 32);
    }

    #[test]
    fn the_test_part_does_not_move_when_the_validation_fraction_does() {
        let data = dataset((0..100).map(|i| i % 3).collect(), 3, 0);
        let test = |val_fraction| split(&data, &SplitOptions { val_fraction, ..Default::default() }).unwrap().test;
        assert_eq!(test(0.0), test(0.3));
    }

    #[test]
    fn seeds_give_different_splits_and_the_same_seed_the_same() {
        let data = dataset((0..100).map(|i| i % 3).collect(), 3, 0);
        let with = |seed| split(&data, &SplitOptions { seed, ..Default::default() }).unwrap();
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn a_redrawn_split_keeps_the_test_rows_and_the_sizes_of_every_class() {
        let labels: Vec<u32> = (0..100).map(|i| u32::from(i % 3 == 0)).collect();
        let data = dataset(labels.clone(), 2, 0);
        let fixed = split(&data, &SplitOptions::default()).unwrap();
        let anew = |seed| redraw(&data, &SplitOptions::default(), seed).unwrap();
        for seed in 0..5 {
            let parts = anew(seed);
            assert_eq!(parts.test, fixed.test);
            assert_eq!(counts(&parts.val, &labels, 2), counts(&fixed.val, &labels, 2));
            let mut all = [parts.train.clone(), parts.val.clone(), parts.test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..100).collect::<Vec<_>>());
        }
        assert_eq!(anew(3), anew(3));
        assert_ne!(anew(3), anew(4));
        assert_ne!(anew(0).val, fixed.val);
    }

    #[test]
    fn in_one_division_every_row_is_tested_once_and_classes_are_even() {
        let labels: Vec<u32> = (0..53).map(|i| u32::from(i % 4 == 0)).collect();
        let data = dataset(labels.clone(), 2, 0);
        for division in 0..3 {
            let parts: Vec<Split> =
                (0..5).map(|part| fold(&data, &SplitOptions::default(), 5, division * 5 + part).unwrap()).collect();
            let mut tested: Vec<usize> = parts.iter().flat_map(|p| p.test.clone()).collect();
            tested.sort_unstable();
            assert_eq!(tested, (0..53).collect::<Vec<_>>());
            for p in &parts {
                assert!(matches!(p.test.len(), 10 | 11) && p.val.len() == 11, "{} {}", p.test.len(), p.val.len());
                assert!(matches!(counts(&p.test, &labels, 2)[1], 2 | 3));
                let mut all = [p.train.clone(), p.val.clone(), p.test.clone()].concat();
                all.sort_unstable();
                assert_eq!(all, (0..53).collect::<Vec<_>>());
            }
        }
        let validated: std::collections::BTreeSet<usize> =
            (0..5).flat_map(|n| fold(&data, &SplitOptions::default(), 5, n).unwrap().val).collect();
        assert!(validated.len() > 35, "the folds of a division validate on different rows: {}", validated.len());
        let test = |n| fold(&data, &SplitOptions::default(), 5, n).unwrap().test;
        assert_ne!(test(0), test(5));
        assert!(fold(&data, &SplitOptions::default(), 1, 0).is_err());
        assert!(fold(&data, &SplitOptions { val_fraction: 0.9, ..Default::default() }, 5, 0).is_err());
        assert!(fold(&dataset(labels, 2, 10), &SplitOptions::default(), 5, 0).is_err());
    }

    #[test]
    fn illegal_fractions_and_empty_training_parts_are_refused() {
        let data = dataset(vec![0, 1, 0, 1], 2, 0);
        let error = |val_fraction, test_fraction| {
            split(&data, &SplitOptions { val_fraction, test_fraction, seed: 0 }).unwrap_err().to_string()
        };
        assert_eq!(error(-0.1, 0.2), "option `val-fraction` is `-0.1`; legal: from 0 to below 1");
        assert!(error(0.2, f64::NAN).starts_with("option `test-fraction` is `NaN`"));
        assert!(error(0.6, 0.4).starts_with("option `val-fraction` plus option `test-fraction` is `1`"));
        assert!(error(0.6, 0.38).contains("of 4 rows, 2 go to validation and 2 to test"));
        assert!(split(&dataset(vec![], 2, 0), &SplitOptions::default()).is_err());
    }

    proptest! {
        #[test]
        fn every_row_is_in_exactly_one_part_and_every_class_is_trained_where_possible(
            labels in prop::collection::vec(0u32..6, 1..200),
            val_fraction in 0.0..0.5f64,
            test_fraction in 0.0..0.5f64,
            seed in any::<u64>(),
        ) {
            let n = labels.len();
            let data = dataset(labels.clone(), 6, 0);
            let Ok(parts) = split(&data, &SplitOptions { val_fraction, test_fraction, seed }) else { return Ok(()) };
            let mut all = [parts.train.clone(), parts.val.clone(), parts.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
            prop_assert_eq!(parts.val.len(), (val_fraction * n as f64).round() as usize);
            prop_assert_eq!(parts.test.len(), (test_fraction * n as f64).round() as usize);
            prop_assert!(parts.train.is_sorted() && parts.val.is_sorted() && parts.test.is_sorted());
            let whole = counts(&(0..n).collect::<Vec<_>>(), &labels, 6);
            let present = whole.iter().filter(|count| **count > 0).count();
            if parts.train.len() >= present {
                let trained = counts(&parts.train, &labels, 6);
                prop_assert_eq!(trained.iter().filter(|count| **count > 0).count(), present);
            }
        }
    }
}
