//! The SVG elements of the pictures.
//!
//! Made by hand from the `svg` crate's elements, not by plotters: its drawing backends take whole
//! pixels, so that curves become staircases, know neither dashes nor raised exponents nor
//! clipping, and guess 0.7 em for every byte of a text.

use svg::node::element::{Group, Line, Path, Text};
use svg::node::{Blob, Value};

use crate::palette::{self, INK, PAPER};
use crate::text;
use crate::thin::Pixel;
use crate::ticks::Label;

/// Size of titles, in pixels.
pub const TITLE_SIZE: f64 = 18.0;
/// Size of panel headings, in pixels.
pub const HEADING_SIZE: f64 = 14.0;
/// Size of all other text, in pixels.
pub const TEXT_SIZE: f64 = 12.0;

/// A length in pixels with one decimal; never NaN or infinite.
pub struct Px(pub f64);

impl std::fmt::Display for Px {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round() } else { 0.0 };
        write!(formatter, "{}", tenths / 10.0 + 0.0)
    }
}

impl From<Px> for Value {
    fn from(length: Px) -> Self {
        length.to_string().into()
    }
}

/// The end of a text that lies at its place.
#[derive(Clone, Copy)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// A line of text with its baseline at `y`.
pub fn words(content: &str, (x, y): Pixel, anchor: Anchor, colour: &str) -> Text {
    placed(Text::new(text::clean(content)), (x, y), anchor, colour)
}

fn placed(text: Text, (x, y): Pixel, anchor: Anchor, colour: &str) -> Text {
    let text = text.set("x", Px(x)).set("y", Px(y)).set("fill", colour);
    match anchor {
        Anchor::Start => text,
        _ => text.set("text-anchor", anchor.name()),
    }
}

/// A tick's label, its exponent raised.
pub(crate) fn tick_label(label: &Label, at: Pixel, anchor: Anchor, colour: &str) -> Text {
    let Some(exponent) = label.exponent else {
        return words(&label.text, at, anchor, colour);
    };
    let exponent = exponent.to_string().replace('-', "−");
    // Numbers alone: nothing here needs escaping, and an element of its own would add a space.
    let content = format!(r#"{}<tspan dy="-0.4em" font-size="75%">{exponent}</tspan>"#, label.text);
    placed(Text::new(""), at, anchor, colour).add(Blob::new(content))
}

/// The width of a tick's label.
pub(crate) fn tick_width(label: &Label) -> f64 {
    let exponent = label.exponent.map_or(String::new(), |exponent| exponent.to_string().replace('-', "−"));
    text::width(&label.text, TEXT_SIZE) + text::width(&exponent, 0.75 * TEXT_SIZE)
}

/// Words over a drawing, with a rim of paper around the letters.
pub fn words_on_drawing(content: &str, at: Pixel, colour: &str) -> Text {
    words(content, at, Anchor::Start, colour)
        .set("stroke", PAPER)
        .set("stroke-width", 3)
        .set("stroke-linejoin", "round")
        .set("paint-order", "stroke")
}

/// A straight line.
pub fn line(from: Pixel, to: Pixel, colour: &str, width: f64) -> Line {
    Line::new()
        .set("x1", Px(from.0))
        .set("y1", Px(from.1))
        .set("x2", Px(to.0))
        .set("y2", Px(to.1))
        .set("stroke", colour)
        .set("stroke-width", Px(width))
}

/// A path with an outline and no filling.
pub fn stroke(data: String, colour: &str, width: f64) -> Path {
    Path::new().set("d", data).set("fill", "none").set("stroke", colour).set("stroke-width", Px(width))
}

/// Path data through points.
pub fn polyline(points: &[Pixel]) -> String {
    let mut data = String::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        let command = if place == 0 { "M" } else { "L" };
        data += &format!("{command}{} {}", Px(x), Px(y));
    }
    data
}

/// Path data of one short line.
pub(crate) fn segment(from: Pixel, to: Pixel) -> String {
    format!("M{} {}l{} {}", Px(from.0), Px(from.1), Px(to.0 - from.0), Px(to.1 - from.1))
}

/// The shapes of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkShape {
    /// ●
    Circle,
    /// ■
    Square,
    /// ◆
    Diamond,
    /// ▲
    TriangleUp,
    /// ★
    Star,
    /// ×, lines without an area.
    Cross,
}

impl MarkShape {
    /// Path data of the shape around a point; `radius` is half its width.
    pub fn data(self, (x, y): Pixel, radius: f64) -> String {
        let through = |corners: &[Pixel]| {
            polyline(&corners.iter().map(|corner| (x + radius * corner.0, y + radius * corner.1)).collect::<Vec<_>>())
                + "Z"
        };
        match self {
            MarkShape::Circle => {
                let (r, across) = (Px(radius), 2.0 * radius);
                format!("M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 {} 0Z", Px(x - radius), Px(y), Px(across), Px(-across))
            }
            MarkShape::Square => through(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            MarkShape::Diamond => through(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            MarkShape::TriangleUp => through(&[(0.0, -1.0), (1.1, 0.9), (-1.1, 0.9)]),
            MarkShape::Star => {
                /// From the middle to a dent, in radii; a corner is at 1.3.
                const DENT: f64 = 0.56;
                let corner = |place: usize| {
                    let (sine, cosine) = (place as f64 * std::f64::consts::PI / 5.0).sin_cos();
                    let reach = if place.is_multiple_of(2) { 1.3 } else { DENT };
                    (reach * sine, -reach * cosine)
                };
                through(&(0..10).map(corner).collect::<Vec<_>>())
            }
            MarkShape::Cross => {
                let stroke = |a: Pixel, b: Pixel| {
                    polyline(&[(x + radius * a.0, y + radius * a.1), (x + radius * b.0, y + radius * b.1)])
                };
                stroke((-1.0, -1.0), (1.0, 1.0)) + &stroke((-1.0, 1.0), (1.0, -1.0))
            }
        }
    }
}

/// The shape of a group's dots: groups that share a colour have different shapes.
pub fn group_shape(group: usize) -> MarkShape {
    let shapes = [MarkShape::Circle, MarkShape::Square, MarkShape::TriangleUp, MarkShape::Diamond];
    shapes[palette::round(group) % shapes.len()]
}

/// The mark on a group's line, if the group shares its colour with an earlier one.
pub fn group_mark(group: usize) -> Option<MarkShape> {
    group.checked_sub(palette::COLOURS.len()).map(group_shape)
}

/// A group whose text has the figures' font.
pub fn text_group() -> Group {
    Group::new()
        .set("font-family", "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif")
        .set("font-size", TEXT_SIZE)
}

/// A filled mark with a rim of paper.
pub fn mark(shape: MarkShape, at: Pixel, radius: f64, colour: &str) -> Path {
    Path::new().set("d", shape.data(at, radius)).set("fill", colour).set("stroke", PAPER).set("stroke-width", 1)
}

/// The radius of points: the more there are, the smaller.
pub(crate) fn radius(count: usize) -> f64 {
    const LARGEST: f64 = 3.4;
    const SMALLEST: f64 = 2.2;
    /// Up to this many points have the largest radius; with more, their total area stays the same.
    const FEW: f64 = 400.0;
    (LARGEST * (FEW / count.max(1) as f64).sqrt()).clamp(SMALLEST, LARGEST)
}

/// Size of a cross, in radii of its point.
const CROSS: f64 = 1.6;

/// Crosses under wrongly predicted points: both the arms and the class stay visible.
pub(crate) fn crosses(places: &[Pixel], radius: f64) -> Group {
    let data: String = places.iter().map(|&at| MarkShape::Cross.data(at, CROSS * radius)).collect();
    let rim = stroke(data.clone(), PAPER, 3.4).set("stroke-linecap", "round");
    Group::new().add(rim).add(stroke(data, INK, 1.6).set("stroke-linecap", "round"))
}
