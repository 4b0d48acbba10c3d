//! Paths within the rectangle of a plot: clipped to it, with the places where they leave it, and simplified.

use std::collections::HashSet;

use downhill_chart::frame::Frame;
use downhill_chart::simplify::simplify;
use downhill_chart::thin::Pixel;

/// A path strays from the drawn one by at most this, in pixels, unless there are too many points.
const TOLERANCE: f64 = 0.25;
/// If all paths together have too many points they are drawn more coarsely, up to this tolerance.
const COARSEST: f64 = 1.0;
/// All paths together have about this many points, which keeps a picture small.
const MOST_POINTS: usize = 9_000;

/// How a path ends in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// On the plane.
    Inside(Pixel),
    /// It left the plane here, and ends outside; the angle of an arrow that points upwards at 0, in degrees clockwise.
    Left(Pixel, f64),
    /// Nowhere: no point is finite.
    Nowhere,
}

/// A path as it is drawn: only its parts on the plane.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    /// Stretches without a gap.
    pub pieces: Vec<Vec<Pixel>>,
    pub end: End,
}

/// The pixel of a point; not finite if it lies nowhere.
pub(super) fn pixel(frame: &Frame, (x, y): (f64, f64)) -> Pixel {
    (frame.left + frame.width * frame.x.fraction(x), frame.bottom() - frame.height * frame.y.fraction(y))
}

pub(super) fn inside(frame: &Frame, (x, y): Pixel) -> bool {
    (frame.left..=frame.right()).contains(&x) && (frame.top..=frame.bottom()).contains(&y)
}

/// The part of a path that is on the plane.
pub(super) fn draw(frame: &Frame, points: &[(f64, f64)]) -> Drawn {
    let finite = |&(x, y): &Pixel| x.is_finite() && y.is_finite();
    let pixels: Vec<Pixel> = points.iter().map(|&point| pixel(frame, point)).collect();
    let mut pieces: Vec<Vec<Pixel>> = Vec::new();
    if let Some(&first) = pixels.first().filter(|&&first| inside(frame, first)) {
        pieces.push(vec![first]);
    }
    for pair in pixels.windows(2).filter(|pair| pair.iter().all(finite)) {
        if let Some((from, to)) = clip(frame, pair[0], pair[1]) {
            match pieces.last_mut() {
                Some(piece) if piece.last() == Some(&from) => piece.push(to),
                _ => pieces.push(vec![from, to]),
            }
        }
    }
    // Infinity has no place, but the way there does: the end is the last finite point.
    let end = match (pixels.iter().rev().find(|at| finite(at)), pieces.last().and_then(|piece| piece.last())) {
        (Some(&last), _) if inside(frame, last) => End::Inside(last),
        (Some(_), Some(&exit)) => End::Left(exit, outwards(frame, exit)),
        (Some(&(x, y)), None) => {
            let edge = (x.clamp(frame.left, frame.right()), y.clamp(frame.top, frame.bottom()));
            End::Left(edge, outwards(frame, edge))
        }
        (None, _) => End::Nowhere,
    };
    Drawn { pieces, end }
}

/// The part of a stretch within the frame (Liang and Barsky, 1984).
fn clip(frame: &Frame, (x0, y0): Pixel, (x1, y1): Pixel) -> Option<(Pixel, Pixel)> {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (step, room) in
        [(-dx, x0 - frame.left), (dx, frame.right() - x0), (-dy, y0 - frame.top), (dy, frame.bottom() - y0)]
    {
        if step == 0.0 && room < 0.0 || !step.is_finite() {
            return None;
        }
        let at = room / step;
        if step < 0.0 {
            enter = enter.max(at);
        } else if step > 0.0 {
            leave = leave.min(at);
        }
    }
    let at = |part: f64| match part {
        0.0 => (x0, y0),
        1.0 => (x1, y1),
        // Rounding of a far point must not carry it over the border.
        _ => ((x0 + part * dx).clamp(frame.left, frame.right()), (y0 + part * dy).clamp(frame.top, frame.bottom())),
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

/// The outward direction at a point of the border.
fn outwards(frame: &Frame, (x, y): Pixel) -> f64 {
    let sides = [(y - frame.top, 0.0), (frame.right() - x, 90.0), (frame.bottom() - y, 180.0), (x - frame.left, 270.0)];
    sides.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |side| side.1)
}

/// All paths of a picture, simplified to the allowed number of points.
pub(super) fn thinned(mut paths: Vec<Drawn>) -> Vec<Drawn> {
    let coarser = |paths: &mut Vec<Drawn>, tolerance: f64| {
        for piece in paths.iter_mut().flat_map(|path| &mut path.pieces) {
            *piece = simplify(piece, tolerance);
        }
        paths.iter().flat_map(|path| &path.pieces).map(Vec::len).sum::<usize>() > MOST_POINTS
    };
    let mut tolerance = TOLERANCE;
    while coarser(&mut paths, tolerance) {
        if tolerance >= COARSEST {
            for path in &mut paths {
                path.pieces = once(&path.pieces);
            }
            break;
        }
        tolerance *= 2.0;
    }
    paths
}

/// The same stretches on whole pixels, none drawn twice: for a path that leaps to and fro for thousands of steps.
fn once(pieces: &[Vec<Pixel>]) -> Vec<Vec<Pixel>> {
    let whole = |(x, y): Pixel| (x.round() as i64, y.round() as i64);
    let mut seen = HashSet::new();
    let mut kept: Vec<Vec<Pixel>> = Vec::new();
    for piece in pieces {
        let mut on = false;
        for pair in piece.windows(2) {
            let (from, to) = (whole(pair[0]), whole(pair[1]));
            let new = from != to && seen.insert((from.min(to), from.max(to)));
            let pixel = |(x, y): (i64, i64)| (x as f64, y as f64);
            match kept.last_mut() {
                Some(last) if new && on => last.push(pixel(to)),
                _ if new => kept.push(vec![pixel(from), pixel(to)]),
                _ => {}
            }
            on = new;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use downhill_chart::ticks::{Axis, AxisScale};

    fn frame() -> Frame {
        let axis = Axis { scale: AxisScale::Linear, low: 0.0, high: 1.0, whole: false };
        Frame { left: 0.0, top: 0.0, width: 100.0, height: 100.0, x: axis, y: axis }
    }

    #[test]
    fn a_path_that_leaves_ends_at_the_border_with_an_arrow_outwards() {
        let drawn = draw(&frame(), &[(0.5, 0.5), (1.5, 0.5), (1e200, 0.5), (f64::NAN, f64::NAN)]);
        assert_eq!(drawn.pieces, [[(50.0, 50.0), (100.0, 50.0)]]);
        assert_eq!(drawn.end, End::Left((100.0, 50.0), 90.0));
    }

    #[test]
    fn a_path_that_comes_back_has_a_gap_and_ends_inside() {
        let drawn = draw(&frame(), &[(0.5, 0.5), (0.5, 2.0), (0.7, 2.0), (0.7, 0.5)]);
        assert_eq!(drawn.pieces.len(), 2);
        assert_eq!(drawn.end, End::Inside(pixel(&frame(), (0.7, 0.5))));
    }

    #[test]
    fn a_path_across_the_plane_from_outside_to_outside_is_seen() {
        let drawn = draw(&frame(), &[(-1e50, -1e50), (1e50, 1e50)]);
        assert_eq!(drawn.pieces.len(), 1);
        assert!(drawn.pieces[0].iter().all(|&at| inside(&frame(), at)), "{drawn:?}");
    }

    #[test]
    fn a_path_that_is_nowhere_has_no_end() {
        assert_eq!(draw(&frame(), &[]).end, End::Nowhere);
        assert_eq!(draw(&frame(), &[(f64::NAN, 0.0), (f64::INFINITY, 0.0)]).end, End::Nowhere);
        assert_eq!(draw(&frame(), &[(0.5, -3.0)]).end, End::Left((50.0, 100.0), 180.0));
    }

    #[test]
    fn a_long_oscillation_is_drawn_once() {
        let corners = [(0.2, 0.2), (0.8, 0.2), (0.5, 0.8)];
        let leaps: Vec<(f64, f64)> = (0..100_000).map(|step| corners[step % 3]).collect();
        let pieces = &thinned(vec![draw(&frame(), &leaps)])[0].pieces;
        assert_eq!(pieces, &[[(20.0, 80.0), (80.0, 80.0), (50.0, 20.0), (20.0, 80.0)]]);
    }
}
