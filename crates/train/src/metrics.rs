//! Figures from predictions: confusion, balanced accuracy, R² and errors.

/// Counts by true class (rows) and predicted class (columns). A prediction of `None` (NaN outputs) is not counted.
pub fn confusion(classes: usize, labels: &[u32], predicted: &[Option<u32>]) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; classes]; classes];
    for (label, predicted) in labels.iter().zip(predicted) {
        if let Some(predicted) = predicted {
            counts[*label as usize][*predicted as usize] += 1;
        }
    }
    counts
}

/// The mean, over the classes that occur, of the share of the class predicted correctly; `None` without rows.
pub fn balanced_accuracy(classes: usize, labels: &[u32], predicted: &[Option<u32>]) -> Option<f64> {
    let mut rows = vec![0u64; classes];
    let mut hits = vec![0u64; classes];
    for (label, predicted) in labels.iter().zip(predicted) {
        rows[*label as usize] += 1;
        hits[*label as usize] += u64::from(*predicted == Some(*label));
    }
    let recalls: Vec<f64> =
        rows.iter().zip(&hits).filter(|(n, _)| **n > 0).map(|(n, h)| *h as f64 / *n as f64).collect();
    (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// Errors of a regression, for one target column in its own units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegressionErrors {
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// 1 − squared error over the squared deviation from these rows' own mean; NaN when the target is constant.
    pub r_squared: f64,
}

/// The errors of `predicted` against `truth`; `None` without rows.
pub fn regression_errors(truth: &[f64], predicted: &[f64]) -> Option<RegressionErrors> {
    if truth.is_empty() {
        return None;
    }
    let n = truth.len() as f64;
    let mean = truth.iter().sum::<f64>() / n;
    let total: f64 = truth.iter().map(|y| (y - mean) * (y - mean)).sum();
    let errors = || truth.iter().zip(predicted).map(|(y, p)| p - y);
    let squared: f64 = errors().map(|e| e * e).sum();
    Some(RegressionErrors {
        rmse: (squared / n).sqrt(),
        mae: errors().map(f64::abs).sum::<f64>() / n,
        r_squared: if total > 0.0 { 1.0 - squared / total } else { f64::NAN },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confusion_and_balanced_accuracy_match_a_hand_count() {
        let labels = [0, 0, 0, 1, 1, 2];
        let predicted = [Some(0), Some(0), Some(1), Some(1), None, Some(0)];
        assert_eq!(confusion(3, &labels, &predicted), [[2, 1, 0], [0, 1, 0], [1, 0, 0]]);
        let expected = (2.0 / 3.0 + 0.5 + 0.0) / 3.0;
        assert!((balanced_accuracy(3, &labels, &predicted).unwrap() - expected).abs() < 1e-15);
        // A class without rows does not count.
        assert_eq!(balanced_accuracy(9, &[4, 4], &[Some(4), Some(1)]), Some(0.5));
        assert_eq!(balanced_accuracy(2, &[], &[]), None);
    }

    #[test]
    fn regression_errors_match_a_hand_count() {
        let errors = regression_errors(&[1.0, 2.0, 3.0], &[1.0, 3.0, 1.0]).unwrap();
        assert!((errors.rmse - (5.0f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!((errors.mae, errors.r_squared), (1.0, 1.0 - 5.0 / 2.0));
        assert!(regression_errors(&[2.0, 2.0], &[1.0, 3.0]).unwrap().r_squared.is_nan());
        assert_eq!(regression_errors(&[], &[]), None);
    }
}
