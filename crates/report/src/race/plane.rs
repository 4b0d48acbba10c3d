//! The plane of a race: contours below, paths and marks above.

use downhill_chart::contours::{self, Levels};
use downhill_chart::draw::{self, MarkShape, Px, group_mark};
use downhill_chart::frame::Frame;
use downhill_chart::palette::{self, INK, MUTED, PAPER};
use downhill_chart::thin::Pixel;
use downhill_chart::ticks::{Axis, AxisScale};
use svg::node::element::{Group, Path};

use super::RaceFigure;
use super::paths::{self, Drawn, End};

/// A runner with at most this many starts has bold lines.
const FEW: usize = 3;
/// A path in more pieces than this leaps to and fro across the whole plane.
const MOST_PIECES: usize = 6;
/// A path of at most this many steps shows each of them.
const FEW_STEPS: usize = 60;

/// Axes for the plane.
pub(super) fn axes(figure: &RaceFigure) -> (Axis, Axis) {
    let axis = |(low, high): (f64, f64)| Axis { scale: AxisScale::Linear, low, high, whole: false };
    (axis(figure.x_range), axis(figure.y_range))
}

/// The levels of the figure's contours.
pub(super) fn levels(figure: &RaceFigure) -> Levels {
    let minima = figure.minima.iter().map(|minimum| minimum.2).chain(figure.loss_floor);
    contours::levels(&figure.values, minima.filter(|value| value.is_finite()).reduce(f64::min))
}

/// Paths up to a step with their marks, and the minima.
pub(super) fn moving(figure: &RaceFigure, frame: &Frame, starts: &[usize], step: usize) -> Group {
    let mut owners: Vec<(usize, usize)> = Vec::new();
    let mut drawn: Vec<Drawn> = Vec::new();
    for (runner, trace, &start) in figure
        .runners
        .iter()
        .enumerate()
        .flat_map(|(place, runner)| starts.iter().map(move |start| (place, runner.traces.get(*start), start)))
    {
        if let Some(trace) = trace {
            drawn.push(paths::draw(frame, &trace.points[..trace.points.len().min(step + 1)]));
            owners.push((runner, start));
        }
    }
    let drawn = paths::thinned(drawn);
    let few = starts.len() <= FEW;
    let (mut casings, mut leaving, mut lines, mut heads) = (Group::new(), Group::new(), Group::new(), Group::new());
    for (path, &(runner, start)) in drawn.iter().zip(&owners) {
        let colour = palette::colour(runner);
        let data: String =
            path.pieces.iter().filter(|piece| piece.len() > 1).map(|piece| draw::polyline(piece)).collect();
        let trace = &figure.runners[runner].traces[start];
        if few && path.pieces.len() > MOST_PIECES {
            // A path that comes and goes many times lies below, and hides no other.
            leaving = leaving.add(draw::stroke(data, colour, 1.0).set("stroke-linejoin", "round").set("opacity", 0.7));
        } else if !data.is_empty() {
            let width = if few { width(figure, runner) } else { 1.0 };
            if few {
                let casing = draw::stroke(data.clone(), PAPER, width + 1.8);
                casings = casings.add(casing.set("stroke-linejoin", "round").set("opacity", 0.75));
            }
            let line = draw::stroke(data, colour, width).set("stroke-linejoin", "round");
            lines = lines.add(if few { line } else { line.set("opacity", 0.6) });
        }
        if few && trace.last_step() <= FEW_STEPS && path.pieces.len() <= MOST_PIECES {
            let places = trace.points.iter().take(step + 1).map(|&point| paths::pixel(frame, point));
            let data: String =
                places.filter(|&at| paths::inside(frame, at)).map(|at| MarkShape::Circle.data(at, 2.2)).collect();
            lines = lines.add(Path::new().set("d", data).set("fill", colour));
        }
        let over = step >= trace.last_step();
        heads = heads.add(head(path, trace.diverged && over, few, colour, group_mark(runner)));
    }
    let clip = Group::new().set("clip-path", "url(#plane)").add(leaving).add(casings).add(lines);
    Group::new()
        .add(frame.clip("plane"))
        .add(clip)
        .add(origins(figure, frame, starts))
        .add(stars(figure, frame))
        .add(heads)
}

/// The first runners are the widest, so that a path exactly below another is still seen.
fn width(figure: &RaceFigure, runner: usize) -> f64 {
    /// With more runners, all lines have one width.
    const MOST_WIDTHS: usize = 5;
    let above = if figure.runners.len() > MOST_WIDTHS { 0 } else { figure.runners.len() - 1 - runner };
    1.6 + 0.4 * above as f64
}

fn head(path: &Drawn, diverged: bool, few: bool, colour: &str, shape: Option<MarkShape>) -> Group {
    let size = if few { 4.6 } else { 2.8 };
    let cross = |at: Pixel| {
        let data = MarkShape::Cross.data(at, size);
        let rim = draw::stroke(data.clone(), PAPER, 4.2).set("stroke-linecap", "round");
        Group::new().add(rim).add(draw::stroke(data, colour, 2.2).set("stroke-linecap", "round"))
    };
    /// Marks at the border stand inside it, off the labels.
    const OFF_BORDER: f64 = 6.0;
    match path.end {
        End::Nowhere => Group::new(),
        End::Inside(at) if diverged => cross(at),
        End::Inside(at) => Group::new().add(draw::mark(shape.unwrap_or(MarkShape::Circle), at, size, colour)),
        End::Left((x, y), angle) => {
            let (sine, cosine) = angle.to_radians().sin_cos();
            let at = (x - OFF_BORDER * sine, y + OFF_BORDER * cosine);
            if diverged {
                return cross(at);
            }
            let arrow = draw::mark(MarkShape::TriangleUp, at, size + 0.8, colour);
            Group::new().add(arrow.set("transform", format!("rotate({angle} {} {})", Px(at.0), Px(at.1))))
        }
    }
}

/// The starts, each place once.
fn origins(figure: &RaceFigure, frame: &Frame, starts: &[usize]) -> Group {
    let mut seen: Vec<(f64, f64)> = Vec::new();
    let few = starts.len() <= FEW;
    let (size, outline) = if few { (4.4, INK) } else { (2.0, MUTED) };
    let mut group = Group::new();
    for trace in figure.runners.iter().flat_map(|runner| starts.iter().filter_map(|&start| runner.traces.get(start))) {
        if let Some(&point) = trace.points.first().filter(|point| !seen.contains(point)) {
            seen.push(point);
            let at = paths::pixel(frame, point);
            if paths::inside(frame, at) {
                group = group.add(draw::stroke(MarkShape::Circle.data(at, size), outline, 1.6).set("fill", PAPER));
            }
        }
    }
    group
}

fn stars(figure: &RaceFigure, frame: &Frame) -> Group {
    let places = figure.minima.iter().map(|&(x, y, _)| paths::pixel(frame, (x, y)));
    places
        .filter(|&at| paths::inside(frame, at))
        .fold(Group::new(), |group, at| group.add(draw::mark(MarkShape::Star, at, 7.2, INK)))
}

/// Whether a finished picture has marks for `(left the plane, diverged)`.
pub(super) fn marks(figure: &RaceFigure, frame: &Frame, starts: &[usize]) -> (bool, bool) {
    let mut found = (false, false);
    for trace in figure.runners.iter().flat_map(|runner| starts.iter().filter_map(|&start| runner.traces.get(start))) {
        match paths::draw(frame, &trace.points).end {
            End::Left(..) if !trace.diverged => found.0 = true,
            End::Left(..) | End::Inside(_) if trace.diverged => found.1 = true,
            _ => {}
        }
    }
    found
}
