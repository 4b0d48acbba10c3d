//! The largest and the smallest of numbers, keeping a NaN.
//!
//! `f64::max` and `f64::min` drop a NaN: a walk that became NaN would then seem never to have strayed.

/// The largest; NaN if a value is NaN, or without values.
pub(crate) fn most(values: impl IntoIterator<Item = f64>) -> f64 {
    keep(values, f64::max)
}

/// The smallest; NaN if a value is NaN, or without values.
pub(crate) fn least(values: impl IntoIterator<Item = f64>) -> f64 {
    keep(values, f64::min)
}

fn keep(values: impl IntoIterator<Item = f64>, better: fn(f64, f64) -> f64) -> f64 {
    let both = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { better(a, b) };
    values.into_iter().reduce(both).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_nan_makes_the_most_and_the_least_nan_wherever_it_stands() {
        for at in 0..3 {
            let mut values = [1.0, -2.0, 3.0];
            assert_eq!((most(values), least(values)), (3.0, -2.0));
            values[at] = f64::NAN;
            assert!(most(values).is_nan() && least(values).is_nan(), "NaN at {at}");
        }
    }

    #[test]
    fn of_nothing_there_is_neither_a_most_nor_a_least() {
        assert!(most([]).is_nan() && least([]).is_nan());
    }
}
