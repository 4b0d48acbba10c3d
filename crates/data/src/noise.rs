//! Label noise.

use downhill_random::{Purpose, Stream};

use crate::error::DataError;

/// Gives exactly `round(fraction * rows.len())` of these rows another class, each other class equally likely.
///
/// `rows` are distinct indices into `labels`, `fraction` lies in `[0, 1]`, `labels` are below `classes`. Labels of
/// other rows stay. Returns the number of changed labels.
///
/// # Errors
/// A fraction outside its range, a row that does not exist, a label that is no class, or noise with fewer than
/// two classes. Then no label has been changed.
pub fn flip_labels(
    labels: &mut [u32],
    rows: &[usize],
    classes: usize,
    fraction: f64,
    seed: u64,
) -> Result<usize, DataError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(DataError::option("label-noise", fraction, "0 to 1"));
    }
    let flips = (fraction * rows.len() as f64).round() as usize;
    if flips > 0 && classes < 2 {
        return Err(DataError::value("number of classes", classes, "2 or more, for label noise"));
    }
    for &row in rows {
        match labels.get(row) {
            None => return Err(DataError::value("row for label noise", row, format!("0 to {}", labels.len()))),
            Some(&label) if label as usize >= classes => {
                return Err(DataError::value(format!("label of row {row}"), label, format!("below {classes}")));
            }
            Some(_) => {}
        }
    }
    let mut stream = Stream::new(seed, Purpose::LabelNoise, 0);
    for k in stream.permutation(rows.len()).into_iter().take(flips) {
        let label = &mut labels[rows[k]];
        // A draw among the other classes: numbers from the present label on move up by one.
        let other = stream.below(classes - 1) as u32;
        *label = other + u32::from(other >= *label);
    }
    Ok(flips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_asked_number_of_the_given_rows_gets_another_class() {
        let before: Vec<u32> = (0..1000).map(|i| i % 5).collect();
        let rows: Vec<usize> = (0..1000).filter(|i| i % 3 == 0).collect();
        for (fraction, expected) in [(0.0, 0), (0.2, 67), (0.5, 167), (1.0, 334)] {
            let mut after = before.clone();
            assert_eq!(flip_labels(&mut after, &rows, 5, fraction, 3).unwrap(), expected);
            let changed: Vec<usize> = (0..1000).filter(|&i| before[i] != after[i]).collect();
            assert_eq!(changed.len(), expected);
            assert!(changed.iter().all(|i| i % 3 == 0));
            assert!(after.iter().all(|&label| label < 5));
        }
    }

    #[test]
    fn every_other_class_is_equally_likely() {
        let mut labels = vec![1u32; 30_000];
        let rows: Vec<usize> = (0..labels.len()).collect();
        flip_labels(&mut labels, &rows, 4, 1.0, 0).unwrap();
        for class in [0, 2, 3] {
            let count = labels.iter().filter(|&&label| label == class).count() as i64;
            // Five standard deviations of a binomial count.
            assert!((count - 10_000).abs() < 410, "{class}: {count}");
        }
    }

    #[test]
    fn the_first_flips_are_golden() {
        let mut labels = vec![0; 12];
        flip_labels(&mut labels, &(0..12).collect::<Vec<_>>(), 3, 0.5, 0).unwrap();
        assert_eq!(labels, [0, 2, 0, 0, 0, 2, 2, 1, 0, 1, 2, 0]);
    }

    #[test]
    fn what_is_illegal_is_refused_and_changes_nothing() {
        let mut labels = vec![0, 1, 7];
        let mut refused = |rows: &[usize], classes, fraction| {
            let error = flip_labels(&mut labels, rows, classes, fraction, 0).unwrap_err().to_string();
            assert_eq!(labels, [0, 1, 7]);
            error
        };
        assert_eq!(refused(&[0], 2, 1.5), "option `label-noise` is `1.5`; legal: 0 to 1");
        assert!(refused(&[0], 2, f64::NAN).contains("NaN"));
        assert!(refused(&[0, 9], 2, 1.0).contains("row for label noise is `9`"));
        assert!(refused(&[0, 2], 2, 1.0).contains("label of row 2 is `7`; legal: below 2"));
        assert!(refused(&[0], 1, 1.0).contains("number of classes is `1`"));
    }
}
