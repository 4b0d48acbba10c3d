//! Numbers and lists in sentences.

use downhill_statistics::Interval;

/// "a", "a and b", "a, b and c".
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().into(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// "1 seed", "20 seeds".
pub(crate) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The power of ten of a number's first digit: 0 for 1.8, -3 for 0.0031. From its text, so the same on every machine.
fn exponent(value: f64) -> i32 {
    format!("{value:e}").split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// The number of decimals that shows a number of this size with two digits: 1 for 1.8, 4 for 0.0031, 0 for 31.
pub(crate) fn decimals(size: f64) -> usize {
    if size == 0.0 || !size.is_finite() { 0 } else { usize::try_from(1 - exponent(size)).unwrap_or(0) }
}

/// A number with `decimals` decimals; with an exponent where `decimals` is above eight, or the number too long.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let value = if value == 0.0 { 0.0 } else { value };
    match decimals > 8 || value.abs() >= 1e9 {
        true if value != 0.0 => format!("{value:.1e}"),
        true => "0".into(),
        false => {
            let text = format!("{value:.decimals$}");
            // "-0.0" is a zero.
            match text.strip_prefix('-') {
                Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.into(),
                _ => text,
            }
        }
    }
}

/// A number with `digits` significant digits, without zeros at its end: "5", "1.67", "0.0033".
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    downhill_spec::show_number(rounded)
}

/// A share as a percentage: "5 %".
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", significant(100.0 * share, 3))
}

/// A p value with two digits, or as many more as keep it on its side of the level.
pub(crate) fn p_value(p: f64, level: f64) -> String {
    let shown = |digits: usize| significant(p, digits);
    let same_side = |text: &String| text.parse().is_ok_and(|read: f64| (read <= level) == (p <= level));
    (2..10).map(shown).find(same_side).unwrap_or_else(|| shown(17))
}

/// An interval with its ends formatted by `show`; an infinite end is an open one.
pub(crate) fn interval(found: Interval, show: impl Fn(f64) -> String) -> String {
    match (found.low.is_finite(), found.high.is_finite()) {
        (true, true) => format!("interval {} to {}", show(found.low), show(found.high)),
        (true, false) => format!("interval from {} without an upper end", show(found.low)),
        (false, true) => format!("interval up to {} without a lower end", show(found.high)),
        (false, false) => "the interval has no ends".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        assert_eq!((decimals(1.8), decimals(31.0), decimals(0.0031), decimals(0.0)), (1, 0, 4, 0));
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(3.2e-12, 13), "3.2e-12");
        assert_eq!(fixed(12.345, 1), "12.3");
        assert_eq!(significant(0.016_666, 3), "0.0167");
        assert_eq!((percent(0.05), percent(0.05 / 3.0)), ("5 %".into(), "1.67 %".into()));
    }

    #[test]
    fn a_p_value_never_rounds_across_the_level() {
        assert_eq!(p_value(0.0031, 0.05), "0.0031");
        assert_eq!(p_value(0.0504, 0.05), "0.0504");
        assert_eq!(p_value(0.050_000_1, 0.05), "0.0500001");
        assert_eq!(p_value(0.0496, 0.05), "0.05");
        assert_eq!(p_value(1.0, 0.05), "1");
        assert_eq!(p_value(1.9e-6, 0.05), "1.9e-6");
    }

    #[test]
    fn lists_read_as_one_says_them() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
        assert_eq!((count(1, "seed"), count(2, "seed")), ("1 seed".into(), "2 seeds".into()));
    }

    #[test]
    fn an_end_that_is_infinite_is_no_end() {
        let shown = |low, high| interval(Interval { low, high }, |end| fixed(end, 1));
        assert_eq!(shown(0.9, 2.7), "interval 0.9 to 2.7");
        assert_eq!(shown(0.9, f64::INFINITY), "interval from 0.9 without an upper end");
        assert_eq!(shown(f64::NEG_INFINITY, f64::INFINITY), "the interval has no ends");
    }
}
