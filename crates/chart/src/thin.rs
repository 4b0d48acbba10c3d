//! Long lines with fewer points that look the same.

/// A point in pixels, y downwards.
pub type Pixel = (f64, f64);

/// At most four points for each column of pixels: the first, lowest, highest and last, in their order. So no spike is
/// lost, and the line enters and leaves every column at its original places.
pub fn thin(points: &[Pixel], column: f64) -> Vec<Pixel> {
    let column_of = |point: &Pixel| (point.0 / column).floor();
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| column_of(a) == column_of(b)) {
        let by_y = |&a: &usize, &b: &usize| group[a].1.total_cmp(&group[b].1);
        let places = 0..group.len();
        let mut chosen: Vec<usize> =
            [Some(0), places.clone().min_by(by_y), places.max_by(by_y), group.len().checked_sub(1)]
                .into_iter()
                .flatten()
                .collect();
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|place| group[place]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_keeps_its_minimum_and_maximum() {
        let points: Vec<Pixel> = (0..5000).map(|i| (f64::from(i) * 0.1, (f64::from(i) * 1.7).sin())).collect();
        let kept = thin(&points, 2.0);
        assert!(kept.len() <= 4 * 251 && kept.len() > 250);
        for column in 0..250 {
            let of = |points: &[Pixel]| -> Vec<f64> {
                points
                    .iter()
                    .filter(|point| (point.0 / 2.0).floor() == f64::from(column))
                    .map(|point| point.1)
                    .collect()
            };
            let (all, kept) = (of(&points), of(&kept));
            assert_eq!(
                all.iter().copied().fold(f64::INFINITY, f64::min),
                kept.iter().copied().fold(f64::INFINITY, f64::min)
            );
            assert_eq!(all.iter().copied().fold(-1.0, f64::max), kept.iter().copied().fold(-1.0, f64::max));
        }
    }

    #[test]
    fn a_short_line_is_left_as_it_is() {
        let points = [(0.0, 1.0), (10.0, 5.0), (20.0, 2.0)];
        assert_eq!(thin(&points, 1.0), points);
        assert_eq!(thin(&[], 1.0), []);
    }

    #[test]
    fn order_is_kept() {
        let points = [(0.1, 5.0), (0.2, 9.0), (0.3, 1.0), (0.4, 5.0)];
        assert_eq!(thin(&points, 1.0), points);
    }
}
