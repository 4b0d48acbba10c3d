//! Whether a value lies on an edge of the searched range.

use crate::study::Range;
use crate::verdict::End;
use downhill_spec::Scale;

/// The end of `range` on whose edge `value` lies, given all tried values (`value` among them); None if it lies on no
/// edge.
///
/// On the edge are the lowest and the highest tried value, and all values within the outermost `1/n` of the range,
/// measured on the range's scale, where n values were tried. On a grid these are the first and last point; of random
/// points those beyond which no other is to be expected. A range that grew, with points added at the same density,
/// keeps its outermost part as wide as it was.
///
/// Also None for choices, and where fewer than two different values were tried.
///
/// ```
/// use downhill_verdict::{edge, study::Range, verdict::End};
/// let range = Range::Numbers { low: 1e-4, high: 1.0, scale: downhill_spec::Scale::Log };
/// let tried = [0.0002, 0.003, 0.04, 0.5];
/// assert_eq!(edge(0.0002, &tried, &range), Some(End::Lower));
/// assert_eq!(edge(0.04, &tried, &range), None);
/// assert_eq!(edge(0.5, &tried, &range), Some(End::Upper));
/// ```
pub fn edge(value: f64, tried: &[f64], range: &Range) -> Option<End> {
    let &Range::Numbers { low, high, scale } = range else { return None };
    let lowest = tried.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = tried.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if lowest >= highest {
        return None;
    }
    let (part, place) = (1.0 / tried.len() as f64, position(value, low, high, scale));
    if value <= lowest || (value < highest && place < part) {
        Some(End::Lower)
    } else if value >= highest || place > 1.0 - part {
        Some(End::Upper)
    } else {
        None
    }
}

/// Where a value lies in its range, 0 the lower end and 1 the upper; the middle if the range has no such scale.
fn position(value: f64, low: f64, high: f64, scale: Scale) -> f64 {
    let on = |value: f64| match scale {
        Scale::Linear => value,
        Scale::Log => value.ln(),
        Scale::LogOneMinus => -(1.0 - value).ln(),
    };
    let position = (on(value) - on(low)) / (on(high) - on(low));
    if position.is_finite() { position } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: Range = Range::Numbers { low: 0.0, high: 10.0, scale: Scale::Linear };

    #[test]
    fn of_random_points_the_outermost_part_is_the_edge_and_so_are_lowest_and_highest() {
        let tried = [0.5, 0.9, 3.0, 6.0, 7.0];
        let at = |value| edge(value, &tried, &RANGE);
        assert_eq!((at(0.5), at(0.9), at(3.0), at(6.0)), (Some(End::Lower), Some(End::Lower), None, None));
        assert_eq!(at(7.0), Some(End::Upper), "the highest of those tried, though far from the end");
    }

    #[test]
    fn choices_and_a_single_value_have_no_edge() {
        assert_eq!(edge(1.0, &[1.0, 1.0], &RANGE), None);
        assert_eq!(edge(1.0, &[], &RANGE), None);
        assert_eq!(edge(1.0, &[1.0, 2.0], &Range::Choices(vec!["relu".into()])), None);
        assert_eq!(
            (edge(1.0, &[1.0, 9.0], &RANGE), edge(9.0, &[1.0, 9.0], &RANGE)),
            (Some(End::Lower), Some(End::Upper))
        );
    }
}
