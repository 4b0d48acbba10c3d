//! The ground of a plane: contours and shades.

use svg::node::element::{Group, Path, Pattern, Rectangle};

use crate::contours::{self, Levels};
use crate::draw::{self, Px};
use crate::frame::Frame;
use crate::palette::{self, AXIS, PAPER};
use crate::simplify::simplify;
use crate::thin::Pixel;

/// The name of the hatching of places without a value.
pub const NOWHERE: &str = "url(#nowhere)";
/// A contour strays from the drawn one by at most this, in pixels.
const TOLERANCE: f64 = 0.12;
/// Strength of the shade of the highest ground, and of a contour line.
const STRONGEST: f64 = 0.55;
const LINE: f64 = 0.85;

/// The strength of the shade above level `level` of `levels`.
fn strength(level: usize, levels: usize) -> f64 {
    STRONGEST * (level + 1) as f64 / levels as f64
}

/// The colours with which [`ground`] draws `levels` levels, and the strength of each over the paper.
pub fn shades(levels: usize) -> Vec<(String, f64)> {
    let strengths = (0..levels).map(|level| strength(level, levels)).chain([LINE]);
    strengths.map(|strength| (hex(palette::over_white(AXIS, strength)), strength)).collect()
}

/// Contours of `values`, `[side * side]` with at least two a side, shaded: the higher, the darker; places without a value
/// are hatched.
pub fn ground(values: &[f64], side: usize, frame: &Frame, levels: &Levels) -> Group {
    let cells = (side - 1) as f64;
    let pixel =
        |(column, row): Pixel| (frame.left + frame.width * column / cells, frame.bottom() - frame.height * row / cells);
    let line = hex(palette::over_white(AXIS, LINE));
    let mut group = Group::new();
    for (number, &level) in levels.values.iter().enumerate() {
        let rings = contours::above(values, side, level);
        let data: String = rings.iter().map(|ring| closed(ring.iter().map(|&spot| pixel(spot)).collect())).collect();
        if !data.is_empty() {
            let shade = hex(palette::over_white(AXIS, strength(number, levels.values.len())));
            group = group.add(draw::stroke(data, &line, 0.7).set("fill", shade).set("fill-rule", "evenodd"));
        }
    }
    let missing = contours::missing(values, side);
    if !missing.is_empty() {
        let corner = |column: usize, row: usize| pixel((column as f64, row as f64));
        let data: String = missing
            .iter()
            .map(|&[left, lower, right, upper]| {
                let corners = [corner(left, lower), corner(right, lower), corner(right, upper), corner(left, upper)];
                draw::polyline(&corners) + "Z"
            })
            .collect();
        group = group.add(hatching()).add(Path::new().set("d", data).set("fill", NOWHERE));
    }
    let border = Rectangle::new()
        .set("x", Px(frame.left))
        .set("y", Px(frame.top))
        .set("width", Px(frame.width))
        .set("height", Px(frame.height));
    group.add(border.set("fill", "none").set("stroke", AXIS).set("stroke-width", 1.4))
}

fn hatching() -> Pattern {
    let ground = Rectangle::new().set("width", 6).set("height", 6).set("fill", PAPER);
    let pattern = Pattern::new().set("id", "nowhere").set("width", 6).set("height", 6);
    let stripe = draw::line((0.0, 0.0), (0.0, 6.0), AXIS, 2.4);
    pattern.set("patternUnits", "userSpaceOnUse").set("patternTransform", "rotate(45)").add(ground).add(stripe)
}

/// Path data of a simplified ring.
fn closed(mut ring: Vec<Pixel>) -> String {
    ring.extend(ring.first().copied());
    let mut ring = simplify(&ring, TOLERANCE);
    ring.pop();
    if ring.len() < 3 { String::new() } else { draw::polyline(&ring) + "Z" }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
