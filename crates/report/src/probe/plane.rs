//! The loss over a plane of parameter space, with labelled contours.

use downhill_chart::contours::{self, Levels};
use downhill_chart::draw::{self, Anchor, MarkShape, Px, TEXT_SIZE};
use downhill_chart::frame::Frame;
use downhill_chart::ground;
use downhill_chart::legend::{LegendEntry, Swatch};
use downhill_chart::palette::{self, INK, MUTED, PAPER};
use downhill_chart::sheet::{MARGIN, Sheet};
use downhill_chart::simplify::simplify;
use downhill_chart::table::number;
use downhill_chart::text;
use downhill_chart::thin::Pixel;
use downhill_chart::ticks::{Axis, AxisScale};
use svg::node::element::Group;

use super::LossPlane;

const WIDTH: f64 = 620.0;
const HEIGHT: f64 = 520.0;
/// A path strays from the drawn one by at most this, in pixels.
const TOLERANCE: f64 = 0.2;
/// A path of at most this many points shows each of them.
const FEW: usize = 120;
/// The size of the numbers on contour lines.
const LABEL_SIZE: f64 = 11.0;
/// A number keeps this far from other numbers, from the path and from the border, in pixels.
const APART: f64 = 40.0;
const OFF_PATH: f64 = 16.0;
const OFF_BORDER: f64 = 18.0;

/// The picture as an SVG document, on white.
pub fn plane_svg(figure: &LossPlane) -> String {
    let mut sheet = Sheet::new(WIDTH + 2.0 * MARGIN, &figure.title, &figure.subtitle, &legend(figure));
    sheet.y += 12.0;
    sheet.paragraph(&figure.y_label, TEXT_SIZE, false, MARGIN, WIDTH);
    sheet.y += 10.0;
    let axis = |(low, high): (f64, f64)| {
        let sound = low.is_finite() && high.is_finite() && low < high;
        let (low, high) = if sound { (low, high) } else { (-1.0, 1.0) };
        Axis { scale: AxisScale::Linear, low, high, whole: false }
    };
    let frame = Frame::fit((MARGIN, sheet.y), WIDTH, HEIGHT, axis(figure.x_range), axis(figure.y_range));
    let path: Vec<Pixel> =
        figure.path.iter().map(|&(x, y)| frame.pixel(x, y)).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let levels = levels(figure);
    if let Some(levels) = &levels {
        sheet.add(ground::ground(&figure.values, figure.grid, &frame, levels));
        sheet.add(numbers(figure, &frame, levels, &path));
    }
    sheet.add(frame.axes(&figure.x_label));
    sheet.add(drawn_path(&path, &frame));
    if let Some((x, y)) = figure.here {
        sheet.add(Group::new().add(draw::mark(MarkShape::Star, frame.pixel(x, y), 8.0, INK)));
    }
    sheet.y = frame.bottom() + frame.height_below(&figure.x_label) + 10.0;
    let note = if levels.is_some() { "Numbers on the lines are losses; a stronger shade is higher." } else { "" };
    sheet.paragraph(note, TEXT_SIZE, false, MARGIN, WIDTH);
    sheet.finish(&figure.title, &description(figure))
}

/// The levels of the figure's contours; none without a ground.
pub(super) fn levels(figure: &LossPlane) -> Option<Levels> {
    let whole = figure.grid >= 2 && figure.grid.checked_mul(figure.grid) == Some(figure.values.len());
    whole.then(|| Levels { values: round_levels(&figure.values), words: String::new() })
}

/// First digits of round numbers, the fewest first.
const DIGITS: [&[f64]; 6] = [
    &[1.0],
    &[1.0, 3.0],
    &[1.0, 2.0, 5.0],
    &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
    &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
    &[
        1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0,
        8.0, 9.0,
    ],
];
/// More lines than this hide the path; fewer than that show nothing.
const MOST: usize = 14;
const FEWEST: usize = 4;

/// Round losses, equally spaced by ratio as far as possible; by difference where losses hardly differ or are not
/// positive.
fn round_levels(values: &[f64]) -> Vec<f64> {
    let finite = || values.iter().copied().filter(|value| value.abs() < 1e100);
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low > 0.0 && low < high {
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let round = |digits: &[f64]| -> Vec<f64> {
            let all = (first..=last).flat_map(|power| digits.iter().map(move |digit| format!("{digit}e{power}")));
            // Parsed from its text a round number is the nearest float.
            all.filter_map(|text| text.parse().ok()).filter(|level| low < *level && *level < high).collect()
        };
        let densest = DIGITS.iter().rev().map(|digits| round(digits)).find(|levels| levels.len() <= MOST);
        if let Some(levels) = densest.filter(|levels| levels.len() >= FEWEST) {
            return levels;
        }
    }
    contours::levels(values, None).values
}

fn legend(figure: &LossPlane) -> Vec<LegendEntry> {
    let mark = |shape, fill, outline, name: &str| LegendEntry {
        swatch: Swatch::Mark { shape, fill, outline },
        name: name.into(),
        quiet: false,
    };
    let mut entries = Vec::new();
    if !figure.path.is_empty() {
        let line = Swatch::Line { colour: palette::colour(0), dashes: None, band: false, mark: None };
        entries.push(LegendEntry { swatch: line, name: "path of training".into(), quiet: false });
        entries.push(mark(MarkShape::Circle, PAPER, INK, "first weights"));
    }
    if figure.here.is_some() {
        entries.push(mark(MarkShape::Star, INK, INK, "these weights"));
    }
    entries
}

fn drawn_path(path: &[Pixel], frame: &Frame) -> Group {
    let Some(&first) = path.first() else { return Group::new() };
    let data = draw::polyline(&simplify(path, TOLERANCE));
    let colour = palette::colour(0);
    let line = |colour: &str, width| draw::stroke(data.clone(), colour, width).set("stroke-linejoin", "round");
    let mut lines = Group::new().set("clip-path", "url(#plane)");
    lines = lines.add(line(PAPER, 4.2).set("opacity", 0.75)).add(line(colour, 2.0));
    if path.len() <= FEW {
        let dots: String = path.iter().map(|&at| MarkShape::Circle.data(at, 2.1)).collect();
        lines = lines.add(draw::stroke(dots, PAPER, 0.7).set("fill", colour));
    }
    let start = draw::stroke(MarkShape::Circle.data(first, 4.6), INK, 1.8).set("fill", PAPER);
    Group::new().add(frame.clip("plane")).add(lines).add(start)
}

/// The loss of each contour, once, where its line has room for it.
fn numbers(figure: &LossPlane, frame: &Frame, levels: &Levels, path: &[Pixel]) -> Group {
    let cells = (figure.grid - 1) as f64;
    let pixel =
        |(column, row): Pixel| (frame.left + frame.width * column / cells, frame.bottom() - frame.height * row / cells);
    let mut taken: Vec<Pixel> = Vec::new();
    let mut group = Group::new();
    for &level in &levels.values {
        let content = number(level);
        let half = text::width(&content, LABEL_SIZE) / 2.0;
        let free = |&(x, y): &Pixel| {
            let inside = x - half > frame.left + 4.0
                && x + half < frame.right() - 4.0
                && y > frame.top + OFF_BORDER
                && y < frame.bottom() - OFF_BORDER;
            inside
                && path
                    .iter()
                    .chain(figure.here.map(|(x, y)| frame.pixel(x, y)).iter())
                    .all(|at| away(*at, (x, y)) > OFF_PATH + half)
        };
        let rings = contours::above(&figure.values, figure.grid, level);
        let spots = rings.iter().flatten().map(|&spot| pixel(spot)).filter(free);
        let lonely = |at: &Pixel| taken.iter().map(|other| away(*other, *at)).fold(f64::INFINITY, f64::min);
        // Of all places with room the nearest one to the numbers before it, so that they stand in a row.
        let best = spots.filter(|at| lonely(at) > APART).min_by(|a, b| lonely(a).total_cmp(&lonely(b)));
        if let Some(at) = best {
            taken.push(at);
            let below = (at.0, at.1 + 0.36 * LABEL_SIZE);
            let words = draw::words(&content, below, Anchor::Middle, MUTED).set("font-size", Px(LABEL_SIZE));
            let rim = words.set("stroke", PAPER).set("stroke-width", 3).set("stroke-linejoin", "round");
            group = group.add(rim.set("paint-order", "stroke"));
        }
    }
    group
}

fn away(a: Pixel, b: Pixel) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// The picture in words, for screen readers.
fn description(figure: &LossPlane) -> String {
    let finite = || figure.values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let path = if figure.path.is_empty() { "" } else { ", with the path of training" };
    format!("Loss from {} to {} over {} and {}{path}.", number(low), number(high), figure.x_label, figure.y_label)
}
