//! Contours of values on a grid: their levels and their lines.
//!
//! Lines come from marching squares (Lorensen and Cline, 1987, in two dimensions): each square of four neighbours is
//! cut where the level lies between two corners, by linear interpolation. The grid gets a rim of zero width that is
//! below every level, so that all lines are closed and can be filled.

/// The levels of a picture and a description of their spacing.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// In rising order.
    pub values: Vec<f64>,
    /// A sentence; empty without levels.
    pub words: String,
}

/// More lines than this hide the paths.
const MOST_LEVELS: usize = 14;
/// Above this ratio of the highest values to the lowest, both measured from the minimum, equal differences would show
/// only the walls.
const STEEP: f64 = 40.0;
/// Ratios between the distances of neighbouring levels from the minimum.
const RATIOS: [f64; 10] = [1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0, 1e3, 1e6, 1e12];

/// Levels that show both a valley and its walls: powers of a round number above the minimum where values span a wide
/// range, else equally spaced.
///
/// `floor` is the lowest known loss; without it the lowest value of the grid is used.
pub fn levels(values: &[f64], floor: Option<f64>) -> Levels {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.abs() < 1e100).collect();
    finite.sort_by(f64::total_cmp);
    let none = Levels { values: Vec::new(), words: String::new() };
    let (Some(&lowest), Some(&highest)) = (finite.first(), finite.last()) else {
        return none;
    };
    let floor = floor.filter(|&floor| floor <= lowest).unwrap_or(lowest);
    let bottom = finite[finite.len() / 400] - floor;
    let span = highest - floor;
    if highest - lowest <= 1e-12 * highest.abs().max(lowest.abs()) {
        return none;
    }
    if bottom > 0.0 && span < STEEP * bottom || finite.len() < 9 {
        return equal(lowest, highest);
    }
    // On a plateau the minimum itself may be the whole range.
    let low = bottom.max(span * 1e-12);
    let exponents = |ratio: f64| ((low.ln() / ratio.ln()).floor() as i64, (span.ln() / ratio.ln()).floor() as i64);
    let fits = |ratio: &&f64| {
        let (first, last) = exponents(**ratio);
        last - first < MOST_LEVELS as i64
    };
    let ratio = RATIOS.iter().find(fits).copied().unwrap_or(1e12);
    let (first, last) = exponents(ratio);
    Levels {
        values: (first..=last).map(|power| floor + ratio.powi(power as i32)).collect(),
        words: format!("Each contour line is {ratio} times as far above the minimum as the one below it."),
    }
}

fn equal(low: f64, high: f64) -> Levels {
    let axis = crate::ticks::Axis { scale: crate::ticks::AxisScale::Linear, low, high, whole: false };
    let fractions: Vec<f64> = axis.ticks(MOST_LEVELS).iter().map(|tick| tick.fraction).collect();
    let values: Vec<f64> = fractions.iter().map(|fraction| low + fraction * (high - low)).collect();
    let words = match values.as_slice() {
        [first, second, ..] => {
            format!("Contour lines are {} apart in loss.", crate::table::number(second - first))
        }
        _ => String::new(),
    };
    Levels { values, words }
}

/// A point in grid units: column and row, from 0 to `side - 1`.
pub type Spot = (f64, f64);

/// Closed lines around the area above a level; `values` is `[side * side]`. NaN is below every level.
pub fn above(values: &[f64], side: usize, level: f64) -> Vec<Vec<Spot>> {
    let grid = Padded { values, side, level };
    let wide = side + 2;
    // The next cut edge of the line after each one: each edge is left once, with the higher ground on the left.
    let mut next = vec![usize::MAX; 2 * wide * wide];
    for (row, column) in (0..=side).flat_map(|row| (0..=side).map(move |column| (row, column))) {
        grid.join(column, row, &mut next);
    }
    let mut rings = Vec::new();
    for start in 0..next.len() {
        let mut ring = Vec::new();
        let mut edge = start;
        while let Some(onward) = next.get(edge).copied().filter(|&onward| onward != usize::MAX) {
            ring.push(grid.cut(edge));
            next[edge] = usize::MAX;
            edge = onward;
        }
        ring.dedup();
        if ring.len() > 2 {
            rings.push(ring);
        }
    }
    rings
}

/// The grid with its rim: node (1, 1) is the first value.
struct Padded<'a> {
    values: &'a [f64],
    side: usize,
    level: f64,
}

impl Padded<'_> {
    fn value(&self, column: usize, row: usize) -> f64 {
        let inside = |place: usize| (1..=self.side).contains(&place);
        let value =
            if inside(column) && inside(row) { self.values[(row - 1) * self.side + column - 1] } else { f64::NAN };
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    }

    fn spot(&self, column: usize, row: usize) -> Spot {
        let place = |node: usize| (node.clamp(1, self.side) - 1) as f64;
        (place(column), place(row))
    }

    /// Joins the cuts on the edges of the square whose lower left corner is given.
    fn join(&self, column: usize, row: usize, next: &mut [usize]) {
        let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)];
        let values = corners.map(|(column, row)| self.value(column, row));
        let above = values.map(|value| value > self.level);
        let wide = self.side + 2;
        let node = row * wide + column;
        // Below, right, above, left: two edges belong to a node, the one to its right and the one above it.
        let edges = [2 * node, 2 * (node + 1) + 1, 2 * (node + wide), 2 * node + 1];
        let leaves = |side: usize| above[side] && !above[(side + 1) % 4];
        let enters = |side: usize| !above[side] && above[(side + 1) % 4];
        let middle_above = values.iter().sum::<f64>() / 4.0 > self.level;
        for from in (0..4).filter(|&side| leaves(side)) {
            let mut to = (0..4).filter(|&side| enters(side));
            let to = match (to.next(), to.next()) {
                (Some(only), None) => only,
                // A saddle: the higher ground is connected across the middle, or the lower ground is.
                _ if middle_above => (from + 1) % 4,
                _ => (from + 3) % 4,
            };
            next[edges[from]] = edges[to];
        }
    }

    /// Where the level lies on an edge.
    fn cut(&self, edge: usize) -> Spot {
        let wide = self.side + 2;
        let (column, row) = (edge / 2 % wide, edge / 2 / wide);
        let (to_column, to_row) = if edge.is_multiple_of(2) { (column + 1, row) } else { (column, row + 1) };
        let (a, b) = (self.value(column, row), self.value(to_column, to_row));
        let part = (self.level - a) / (b - a);
        // Half way to an infinite or missing value.
        let part = if (0.0..=1.0).contains(&part) && a.is_finite() && b.is_finite() { part } else { 0.5 };
        let ((x0, y0), (x1, y1)) = (self.spot(column, row), self.spot(to_column, to_row));
        (x0 + part * (x1 - x0), y0 + part * (y1 - y0))
    }
}

/// Rectangles of the squares in which a corner has no value: left, lower, right and upper end in grid units.
/// `values` is `[side * side]`.
pub fn missing(values: &[f64], side: usize) -> Vec<[usize; 4]> {
    let none = |column: usize, row: usize| values[row * side + column].is_nan();
    let square = |column: usize, row: usize| {
        none(column, row) || none(column + 1, row) || none(column, row + 1) || none(column + 1, row + 1)
    };
    let mut areas: Vec<[usize; 4]> = Vec::new();
    for row in 0..side - 1 {
        let mut column = 0;
        while column < side - 1 {
            let from = column;
            while column < side - 1 && square(column, row) {
                column += 1;
            }
            if column > from {
                match areas
                    .iter_mut()
                    .rev()
                    .take(side)
                    .find(|area| area[0] == from && area[2] == column && area[3] == row)
                {
                    Some(area) => area[3] = row + 1,
                    None => areas.push([from, row, column, row + 1]),
                }
            }
            column += 1;
        }
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(side: usize, value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let place = |node: usize| 2.0 * node as f64 / (side - 1) as f64 - 1.0;
        (0..side)
            .flat_map(|row| (0..side).map(move |column| (column, row)))
            .map(|(x, y)| value(place(x), place(y)))
            .collect()
    }

    fn area(ring: &[Spot]) -> f64 {
        let next = |place: usize| ring[(place + 1) % ring.len()];
        (0..ring.len()).map(|place| ring[place].0 * next(place).1 - next(place).0 * ring[place].1).sum::<f64>() / 2.0
    }

    #[test]
    fn the_contour_of_a_bowl_is_a_circle() {
        let values = grid(101, |x, y| x * x + y * y);
        let rings = above(&values, 101, 0.25);
        assert_eq!(rings.len(), 2, "the hole and the rim");
        let hole = rings.iter().find(|ring| area(ring) < 0.0).expect("what is above lies left of the line");
        assert!((-area(hole) - std::f64::consts::PI * 25.0 * 25.0).abs() < 5.0, "{}", area(hole));
        for (x, y) in hole {
            assert!(((x - 50.0).hypot(y - 50.0) - 25.0).abs() < 0.02, "{x} {y}");
        }
        let rim = rings.iter().find(|ring| area(ring) > 0.0).expect("the rim");
        assert!((area(rim) - 1e4).abs() < 1e-9);
    }

    #[test]
    fn a_level_above_all_has_no_line_and_one_below_all_only_the_rim() {
        let values = grid(11, |x, y| x * x + y * y);
        assert_eq!(above(&values, 11, 3.0).len(), 0);
        let rings = above(&values, 11, -1.0);
        assert_eq!(rings.len(), 1);
        assert!((area(&rings[0]) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_saddle_splits_the_plane_without_crossing_lines() {
        // Each corner that is cut off is a triangle with sides of 0.45.
        for (level, rings, whole) in [(-0.1, 1, 1.0 - 0.45 * 0.45), (0.1, 2, 0.45 * 0.45)] {
            let found = above(&grid(2, |x, y| x * y), 2, level);
            assert_eq!(found.len(), rings);
            let covered: f64 = found.iter().map(|ring| area(ring)).sum();
            assert!((covered - whole).abs() < 1e-9, "{covered}");
        }
    }

    #[test]
    fn missing_and_infinite_values_leave_the_rest_as_it_is() {
        let values = grid(21, |x, y| {
            if x > 0.5 {
                f64::NAN
            } else if x < -0.8 {
                f64::INFINITY
            } else {
                y
            }
        });
        let rings = above(&values, 21, 0.0);
        assert!(rings.iter().flatten().all(|(x, y)| x.is_finite() && y.is_finite()));
        let gone = missing(&values, 21);
        assert_eq!(gone, [[15, 0, 20, 20]]);
    }

    #[test]
    fn levels_of_a_ravine_span_valley_and_walls() {
        let values = grid(101, |x, y| 100.0 * x * x + y * y);
        let levels = levels(&values, Some(0.0));
        assert!((8..=MOST_LEVELS).contains(&levels.values.len()), "{levels:?}");
        assert!(levels.values[0] < 0.3 && *levels.values.last().expect("levels") > 40.0, "{levels:?}");
        assert!(levels.words.contains("times as far above the minimum"));
    }

    #[test]
    fn levels_of_a_plane_are_equally_spaced() {
        let levels = levels(&grid(101, |x, y| 100.0 + x + y), Some(0.0));
        assert!(levels.words.contains("apart in loss"), "{levels:?}");
        assert!(levels.values.len() >= 5);
    }

    #[test]
    fn a_flat_or_empty_plane_has_no_levels() {
        assert_eq!(levels(&[1.0; 9], None).values, [0.0; 0]);
        assert_eq!(levels(&[f64::NAN; 9], None).values, [0.0; 0]);
    }
}
