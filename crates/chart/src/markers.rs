//! Marked points on a plot, their texts placed where they cover nothing.

use svg::node::element::{Group, Title};

use crate::draw::{self, MarkShape, TEXT_SIZE};
use crate::frame::Frame;
use crate::palette::{self, INK, PAPER};
use crate::text;
use crate::thin::Pixel;

/// One point with a short text, such as "best validation".
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Step; a marker beyond the steps of the curves is left out.
    pub x: f64,
    /// Value; NaN or a value beyond the axis is drawn at the upper border, as for "diverged".
    pub y: f64,
    /// The text beside it. Where there is no room left it is only in the tooltip.
    pub text: String,
    /// Colour index of the curve it belongs to.
    pub group: usize,
}

/// A rectangle in pixels.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Area {
    fn overlaps(&self, other: &Area) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }

    fn contains(&self, (x, y): Pixel) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.top + self.height).contains(&y)
    }
}

const HEIGHT: f64 = 1.3 * TEXT_SIZE;
const RADIUS: f64 = 4.5;
/// Marks with the same text closer than this share the text.
const SAID_ONCE: f64 = 90.0;

/// Draws all markers; `lines` are the curves that the texts should keep off.
pub(crate) fn draw(markers: &[Marker], frame: &Frame, lines: &[Vec<Vec<Pixel>>]) -> Group {
    let ink: Vec<Pixel> = lines.iter().flatten().flat_map(|piece| along(piece)).collect();
    let on_axis = |marker: &&Marker| (0.0..=1.0).contains(&frame.x.fraction(marker.x));
    let seen: Vec<(&Marker, Pixel)> =
        markers.iter().filter(on_axis).map(|marker| (marker, place(marker, frame))).collect();
    let mut taken: Vec<Area> = seen.iter().map(|&(_, (x, y))| around(x, y, RADIUS)).collect();
    let mut group = Group::new();
    let mut texts = Group::new();
    let mut said: Vec<(&str, Pixel)> = Vec::new();
    for (marker, at) in seen {
        let inside = frame.y.fraction(marker.y);
        let colour = palette::colour(marker.group);
        let mark = if (0.0..=1.0).contains(&inside) {
            draw::stroke(MarkShape::Circle.data(at, RADIUS), colour, 2.0).set("fill", PAPER)
        } else {
            draw::stroke(MarkShape::Cross.data(at, RADIUS - 1.0), colour, 2.2).set("stroke-linecap", "round")
        };
        group = group.add(Group::new().add(Title::new(text::clean(&marker.text))).add(mark));
        let near = |&(text, (x, y)): &(&str, Pixel)| text == marker.text && (x - at.0).hypot(y - at.1) < SAID_ONCE;
        if marker.text.trim().is_empty() || said.iter().any(near) {
            continue;
        }
        if let Some(area) = free_area(&marker.text, at, frame, &taken, &ink) {
            taken.push(area);
            said.push((&marker.text, at));
            texts = texts.add(draw::words_on_drawing(&marker.text, (area.left, area.top + TEXT_SIZE), INK));
        }
    }
    group.add(texts)
}

fn around(x: f64, y: f64, radius: f64) -> Area {
    Area { left: x - radius, top: y - radius, width: 2.0 * radius, height: 2.0 * radius }
}

/// The pixel of a marker; a marker that is not on the axis is drawn at the border.
fn place(marker: &Marker, frame: &Frame) -> Pixel {
    let (x, y) = frame.pixel(marker.x, marker.y);
    (x, if y.is_nan() { frame.top } else { y.clamp(frame.top, frame.bottom()) })
}

/// The best place for a text near its mark: in the frame, off other texts and marks, over as little of the curves as
/// possible, and near. `None` if every place is taken.
fn free_area(content: &str, (x, y): Pixel, frame: &Frame, taken: &[Area], ink: &[Pixel]) -> Option<Area> {
    const DISTANCES: [f64; 5] = [9.0, 18.0, 30.0, 46.0, 64.0];
    /// How many points of a curve under the text are as bad as one step further away.
    const INK_PER_DISTANCE: usize = 2;
    /// Between two texts in one line.
    const GAP: f64 = 6.0;
    let width = text::width(&text::clean(content), TEXT_SIZE) + GAP;
    let mut best: Option<(usize, Area)> = None;
    for (step, distance) in DISTANCES.into_iter().enumerate() {
        for (dx, dy) in
            [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        {
            let side = |direction: f64, at: f64, size: f64| at + direction * distance + (direction - 1.0) / 2.0 * size;
            let area = Area { left: side(dx, x, width), top: side(dy, y, HEIGHT), width, height: HEIGHT };
            let in_frame = area.left >= frame.left
                && area.left + width <= frame.right()
                && area.top >= frame.top + 2.0
                && area.top + HEIGHT <= frame.bottom() - 2.0;
            if !in_frame || taken.iter().any(|other| other.overlaps(&area)) {
                continue;
            }
            let cost = INK_PER_DISTANCE * step + ink.iter().filter(|point| area.contains(**point)).count();
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, area));
            }
        }
    }
    best.map(|(_, area)| area)
}

/// Points along a line, a few pixels apart.
fn along(piece: &[Pixel]) -> Vec<Pixel> {
    const APART: f64 = 6.0;
    /// More are not needed: a segment that long leaves the frame.
    const MOST: f64 = 200.0;
    let between = |pair: &[Pixel]| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let count = ((x1 - x0).hypot(y1 - y0) / APART).clamp(1.0, MOST) as usize;
        (0..count).map(move |number| {
            let part = number as f64 / count as f64;
            (x0 + part * (x1 - x0), y0 + part * (y1 - y0))
        })
    };
    piece.windows(2).flat_map(between).chain(piece.last().copied()).collect()
}
