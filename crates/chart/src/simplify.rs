//! Lines with fewer points that look the same (Ramer, 1972; Douglas and Peucker, 1973).

use crate::thin::Pixel;

/// Long lines are simplified in pieces of this many points, so that the time grows linearly with their length.
const PIECE: usize = 400;

/// A subset of the points from which the line strays by at most `tolerance`; the first and the last are kept.
pub fn simplify(points: &[Pixel], tolerance: f64) -> Vec<Pixel> {
    let mut kept: Vec<Pixel> = points.first().copied().into_iter().collect();
    for start in (0..points.len().saturating_sub(1)).step_by(PIECE) {
        let end = (start + PIECE).min(points.len() - 1);
        let mut open = vec![(start, end)];
        while let Some((from, to)) = open.pop() {
            let furthest = (from + 1..to)
                .map(|place| (place, distance(points[place], points[from], points[to])))
                .max_by(|a, b| a.1.total_cmp(&b.1));
            match furthest {
                // The later half waits, so that points come in their order.
                Some((place, away)) if away > tolerance => open.extend([(place, to), (from, place)]),
                _ => kept.push(points[to]),
            }
        }
    }
    kept
}

/// The distance of a point from the segment between two others.
fn distance((x, y): Pixel, (x0, y0): Pixel, (x1, y1): Pixel) -> f64 {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let length = dx * dx + dy * dy;
    let part = if length > 0.0 { (((x - x0) * dx + (y - y0) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - x0 - part * dx).hypot(y - y0 - part * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_needs_two_points_a_piece() {
        let line: Vec<Pixel> = (0..=300).map(|place| (f64::from(place), 2.0 * f64::from(place))).collect();
        assert_eq!(simplify(&line, 0.1), [(0.0, 0.0), (300.0, 600.0)]);
    }

    #[test]
    fn every_turn_of_a_zigzag_stays() {
        let zigzag: Vec<Pixel> = (0..1000).map(|place| (f64::from(place), f64::from(place % 2) * 50.0)).collect();
        assert_eq!(simplify(&zigzag, 1.0), zigzag);
    }

    #[test]
    fn no_point_strays_further_than_the_tolerance() {
        let curve: Vec<Pixel> =
            (0..2000).map(|place| f64::from(place) * 0.01).map(|t| (30.0 * t, 100.0 * t.sin())).collect();
        let kept = simplify(&curve, 0.3);
        assert!(kept.len() < 300, "{}", kept.len());
        for &point in &curve {
            let nearest = kept.windows(2).map(|pair| distance(point, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
            assert!(nearest <= 0.3, "{nearest}");
        }
    }

    #[test]
    fn short_lines_stay_as_they_are() {
        assert_eq!(simplify(&[], 1.0), []);
        assert_eq!(simplify(&[(1.0, 2.0)], 1.0), [(1.0, 2.0)]);
        assert_eq!(simplify(&[(1.0, 2.0), (1.0, 2.0)], 1.0), [(1.0, 2.0), (1.0, 2.0)]);
    }
}
