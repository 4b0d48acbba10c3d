//! Training curves as SVG.
//!
//! A picture has one to three panels side by side and one legend. Its rules: the y range is that of ordinary runs
//! (where a run leaves it, a small triangle in its colour stands at the border), long curves are thinned without losing
//! a spike, and no text covers another.

use std::collections::BTreeMap;

use svg::node::element::Group;

use crate::draw::{self, Anchor, HEADING_SIZE, MarkShape, Px, TEXT_SIZE};
use crate::frame::Frame;
use crate::legend::{BAND_OPACITY, DASHES, DOTS, LegendEntry, Swatch};
use crate::markers;
pub use crate::markers::Marker;
use crate::palette::{self, MUTED};
use crate::range::robust_range;
use crate::sheet::{MARGIN, Sheet};
use crate::table::number;
use crate::thin::{Pixel, thin};
use crate::ticks::Axis;
pub use crate::ticks::AxisScale;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineStyle {
    /// Training.
    Solid,
    /// Validation.
    Dashed,
    /// Not measured: a theoretical value or a limit, named by the curve.
    Dotted,
}

impl LineStyle {
    /// Strokes and gaps in pixels, as SVG writes them; None for a solid line.
    pub(crate) fn dashes(self) -> Option<&'static str> {
        match self {
            LineStyle::Solid => None,
            LineStyle::Dashed => Some(DASHES),
            LineStyle::Dotted => Some(DOTS),
        }
    }

    fn word(self) -> &'static str {
        match self {
            LineStyle::Solid => "solid",
            LineStyle::Dashed => "dashed",
            LineStyle::Dotted => "dotted",
        }
    }
}

/// One line of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The name in the legend, such as `adam:lr=0.01`. Curves of one name share a legend entry.
    pub name: String,
    /// Colour index: curves that belong together share it.
    pub group: usize,
    /// Solid for training, dashed for validation, dotted if not measured.
    pub style: LineStyle,
    /// `(step, value)` in rising order of steps. NaN is a gap; at an infinity the line leaves the picture.
    pub points: Vec<(f64, f64)>,
    /// `(step, low, high)` in rising order of steps, drawn as a soft area.
    pub band: Option<Vec<(f64, f64, f64)>>,
}

/// One pair of axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Heading, such as "Loss".
    pub title: String,
    /// Name of the x axis, such as "step".
    pub x_label: String,
    /// Name of the y axis, such as "cross-entropy"; stands below the heading.
    pub y_label: String,
    /// AxisScale of the x axis; a step that lies nowhere on it, such as 0 on a logarithmic axis, is a gap.
    pub x_scale: AxisScale,
    /// AxisScale of the y axis.
    pub scale: AxisScale,
    /// The lines.
    pub curves: Vec<Curve>,
    /// Points of note.
    pub markers: Vec<Marker>,
}

/// A picture of panels side by side with one legend.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvesFigure {
    /// Heading of the picture.
    pub title: String,
    /// A line below it; may be empty.
    pub subtitle: String,
    /// One to three panels.
    pub panels: Vec<Panel>,
}

/// Width of a panel with its labels, by the number of panels.
const PANEL_WIDTHS: [f64; 3] = [720.0, 500.0, 410.0];
const PANEL_GAP: f64 = 32.0;
const PLOT_HEIGHT: f64 = 300.0;
/// Between the headings and the plot: the triangles of runs that leave it stand here.
const HEADING_GAP: f64 = 16.0;
/// All curves together have about this many points, which keeps a picture below 200 kB.
const MOST_POINTS: f64 = 13_000.0;
/// More curves of one name than this are a bundle, of thin lines.
const BUNDLE: usize = 3;
/// With more groups than this, all lines have one width.
const MOST_WIDTHS: usize = 5;
/// A curve of at most this many points shows them.
const FEW_POINTS: usize = 12;
/// Room for lines left and right of the first and last step, and above and below the values, as
/// a share of the range.
const X_ROOM: f64 = 0.015;
const Y_ROOM: f64 = 0.04;

/// The picture as an SVG document.
pub fn curves_svg(figure: &CurvesFigure) -> String {
    let panels = figure.panels.len().max(1);
    let panel_width = PANEL_WIDTHS[panels.min(PANEL_WIDTHS.len()) - 1];
    let width = 2.0 * MARGIN + panels as f64 * (panel_width + PANEL_GAP) - PANEL_GAP;
    let mut sheet = Sheet::new(width, &figure.title, &figure.subtitle, &legend(figure));
    sheet.y += 14.0;
    let left = |place: usize| MARGIN + place as f64 * (panel_width + PANEL_GAP);

    // All plots begin at the height of the lowest heading.
    let headings = sheet.y;
    let mut top = headings;
    for (place, panel) in figure.panels.iter().enumerate() {
        sheet.y = headings;
        sheet.paragraph(&panel.title, HEADING_SIZE, true, left(place), panel_width);
        sheet.paragraph(&panel.y_label, TEXT_SIZE, false, left(place), panel_width);
        top = top.max(sheet.y);
    }
    top += HEADING_GAP;

    let curves = figure.panels.iter().map(|panel| panel.curves.len()).sum::<usize>();
    let columns = MOST_POINTS / (4.0 * curves.max(1) as f64);
    let mut below: f64 = 0.0;
    for (place, panel) in figure.panels.iter().enumerate() {
        let frame = Frame::fit((left(place), top), panel_width, PLOT_HEIGHT, x_axis(panel), y_axis(panel));
        below = below.max(frame.height_below(&panel.x_label));
        let column = (frame.width / columns).max(1.0);
        sheet.add(draw_panel(panel, &frame, column, &format!("plot{place}")));
    }
    sheet.y = top + PLOT_HEIGHT + below;
    sheet.finish(&figure.title, &description(figure))
}

/// All steps of a panel, with a little room at both ends.
fn x_axis(panel: &Panel) -> Axis {
    let lines = panel.curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0));
    let bands = panel.curves.iter().filter_map(|curve| curve.band.as_ref()).flatten().map(|point| point.0);
    let scale = panel.x_scale;
    let xs: Vec<f64> = lines.chain(bands).map(|x| scale.position(x)).filter(|x| x.is_finite()).collect();
    let range = xs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    let whole = scale == AxisScale::Linear && xs.iter().all(|x| x.fract() == 0.0);
    let axis = match range {
        (low, high) if low > high => Axis::around(scale, (0.0, 1.0), 0.0),
        (low, high) if low == high => Axis::around(scale, (low - 0.5, high + 0.5), 0.0),
        ends => Axis::around(scale, ends, X_ROOM),
    };
    Axis { whole, ..axis }
}

fn y_axis(panel: &Panel) -> Axis {
    let mut runs: Vec<Vec<f64>> = Vec::new();
    for curve in &panel.curves {
        let positions =
            |values: &mut dyn Iterator<Item = f64>| values.map(|value| panel.scale.position(value)).collect();
        runs.push(positions(&mut curve.points.iter().map(|point| point.1)));
        if let Some(band) = &curve.band {
            runs.push(positions(&mut band.iter().map(|point| point.1)));
            runs.push(positions(&mut band.iter().map(|point| point.2)));
        }
    }
    let without_values = if panel.scale == AxisScale::Log { (-2.0, 0.0) } else { (0.0, 1.0) };
    Axis::around_or_from_zero(panel.scale, robust_range(panel.scale, &runs).unwrap_or(without_values), Y_ROOM)
}

/// Each name once, and the meaning of solid and dashed unless the names give it.
fn legend(figure: &CurvesFigure) -> Vec<LegendEntry> {
    let curves: Vec<&Curve> = figure.panels.iter().flat_map(|panel| &panel.curves).collect();
    let mut entries: Vec<LegendEntry> = Vec::new();
    for curve in &curves {
        if entries.iter().any(|entry| entry.name == curve.name) {
            continue;
        }
        let same_name = || curves.iter().filter(|other| other.name == curve.name);
        let swatch = Swatch::Line {
            colour: palette::colour(curve.group),
            dashes: curve.style.dashes().filter(|_| same_name().all(|other| other.style == curve.style)),
            band: same_name().any(|other| other.band.is_some()),
            mark: draw::group_mark(curve.group),
        };
        entries.push(LegendEntry { swatch, name: curve.name.clone(), quiet: false });
    }
    let says_it = entries.iter().all(|entry| ["training", "validation"].contains(&entry.name.as_str()));
    if !says_it && curves.iter().any(|curve| curve.style == LineStyle::Dashed) {
        for (name, style) in [("training", LineStyle::Solid), ("validation", LineStyle::Dashed)] {
            let swatch = Swatch::Line { colour: MUTED, dashes: style.dashes(), band: false, mark: None };
            entries.push(LegendEntry { swatch, name: name.into(), quiet: true });
        }
    }
    entries
}

fn draw_panel(panel: &Panel, frame: &Frame, column: f64, clip_name: &str) -> Group {
    let ground = Group::new().add(ground(panel, frame));
    if has_values(panel, frame) { ground.add(lines(panel, frame, column, clip_name)) } else { ground }
}

fn has_values(panel: &Panel, frame: &Frame) -> bool {
    let value = |&(x, y): &(f64, f64)| frame.x.fraction(x).is_finite() && !frame.y.fraction(y).is_nan();
    panel.curves.iter().flat_map(|curve| &curve.points).any(value)
}

/// The background of a panel's lines: the grid and the axes; empty without any value.
pub fn ground(panel: &Panel, frame: &Frame) -> Group {
    if has_values(panel, frame) {
        return Group::new().add(frame.grid()).add(frame.axes(&panel.x_label));
    }
    let middle = (frame.left + frame.width / 2.0, frame.top + frame.height / 2.0);
    Group::new().add(draw::words("no values to show", middle, Anchor::Middle, MUTED))
}

/// The lines of a panel with their bands and marks; `column` is the width in pixels that shares four points.
pub fn lines(panel: &Panel, frame: &Frame, column: f64, clip_name: &str) -> Group {
    let mut plot = Group::new().set("clip-path", format!("url(#{clip_name})"));
    for curve in &panel.curves {
        plot = plot.add(draw_band(curve, frame, column));
    }
    let lines: Vec<Vec<Vec<Pixel>>> = panel.curves.iter().map(|curve| pieces(curve, frame, column)).collect();
    // The first curves are the widest, so that a curve exactly below another is still seen.
    let mut order: Vec<usize> = (0..panel.curves.len()).collect();
    order.sort_by_key(|&place| panel.curves[place].style);
    for place in order {
        plot = plot.add(draw_line(&panel.curves[place], &lines[place], line_look(panel, place)));
    }

    let mut exits = Group::new();
    for (curve, pieces) in panel.curves.iter().zip(&lines) {
        exits = exits.add(draw_exits(pieces, frame, palette::colour(curve.group)));
    }
    Group::new().add(frame.clip(clip_name)).add(plot).add(exits).add(markers::draw(&panel.markers, frame, &lines))
}

/// Width and opacity of a curve among the others of its panel.
fn line_look(panel: &Panel, place: usize) -> (f64, f64) {
    let curve = &panel.curves[place];
    let same = |other: &&Curve| other.name == curve.name && other.style == curve.style;
    if panel.curves.iter().filter(same).count() > BUNDLE {
        return (1.0, 0.55);
    }
    let mut groups: BTreeMap<usize, usize> = BTreeMap::new();
    for curve in &panel.curves {
        let next = groups.len();
        groups.entry(curve.group).or_insert(next);
    }
    let rank = groups.get(&curve.group).copied().unwrap_or(0);
    let others_above = if groups.len() > MOST_WIDTHS { 0 } else { groups.len() - 1 - rank };
    (1.6 + 0.3 * others_above as f64, 1.0)
}

/// The curve in pixels, thinned, without its gaps.
fn pieces(curve: &Curve, frame: &Frame, column: f64) -> Vec<Vec<Pixel>> {
    let pixels: Vec<Pixel> = curve.points.iter().map(|&(x, y)| frame.pixel(x, y)).collect();
    pixels
        .split(|(x, y)| !x.is_finite() || !y.is_finite())
        .filter(|piece| !piece.is_empty())
        .map(|piece| thin(piece, column))
        .collect()
}

fn draw_line(curve: &Curve, pieces: &[Vec<Pixel>], (width, opacity): (f64, f64)) -> Group {
    let colour = palette::colour(curve.group);
    let data: String = pieces.iter().filter(|piece| piece.len() > 1).map(|piece| draw::polyline(piece)).collect();
    let mut group = Group::new();
    if opacity < 1.0 {
        group = group.set("opacity", opacity);
    }
    if !data.is_empty() {
        let mut path = draw::stroke(data, colour, width).set("stroke-linejoin", "round");
        if let Some(dashes) = curve.style.dashes() {
            path = path.set("stroke-dasharray", dashes);
        }
        group = group.add(path);
    }
    let few = curve.style != LineStyle::Dotted && pieces.iter().map(Vec::len).sum::<usize>() <= FEW_POINTS;
    for &at in pieces.iter().filter(|piece| few || piece.len() == 1).flatten() {
        group = group.add(draw::mark(MarkShape::Circle, at, width + 1.2, colour));
    }
    if let Some(shape) = draw::group_mark(curve.group) {
        for at in spread(pieces, curve.group) {
            group = group.add(draw::mark(shape, at, 4.0, colour));
        }
    }
    group
}

/// A few places along a curve, at steps other than the next group's.
fn spread(pieces: &[Vec<Pixel>], group: usize) -> Vec<Pixel> {
    const PLACES: usize = 5;
    /// The shift from one group to the next: the golden ratio's, which fills gaps evenly.
    const SHIFT: f64 = 0.618;
    let points: Vec<Pixel> = pieces.iter().flatten().copied().collect();
    let shift = (group as f64 * SHIFT).fract();
    let place = |number: usize| ((number as f64 + shift) / PLACES as f64 * points.len() as f64) as usize;
    (0..PLACES).filter_map(|number| points.get(place(number)).copied()).collect()
}

fn draw_band(curve: &Curve, frame: &Frame, column: f64) -> Group {
    let Some(band) = &curve.band else {
        return Group::new();
    };
    let edges: Vec<(Pixel, Pixel)> =
        band.iter().map(|&(x, low, high)| (frame.pixel(x, low), frame.pixel(x, high))).collect();
    let mut data = String::new();
    for piece in edges.split(|(low, high)| !(low.0.is_finite() && low.1.is_finite() && high.1.is_finite())) {
        let (low, high): (Vec<Pixel>, Vec<Pixel>) = piece.iter().copied().unzip();
        let (mut low, mut outline) = (thin(&low, column), thin(&high, column));
        low.reverse();
        outline.extend(low);
        if !outline.is_empty() {
            data += &(draw::polyline(&outline) + "Z");
        }
    }
    let area = draw::stroke(data, "none", 0.0).set("fill", palette::colour(curve.group)).set("opacity", BAND_OPACITY);
    Group::new().add(area)
}

/// A triangle where a curve leaves the picture above or below, but not two within a few pixels.
fn draw_exits(pieces: &[Vec<Pixel>], frame: &Frame, colour: &str) -> Group {
    const APART: f64 = 12.0;
    let mut group = Group::new();
    let mut last = f64::NEG_INFINITY;
    for piece in pieces {
        let mut inside = true;
        for &(x, y) in piece {
            let (above, below) = (y < frame.top - 0.5, y > frame.bottom() + 0.5);
            if (above || below) && inside && x - last > APART {
                let edge = if above { frame.top - 7.0 } else { frame.bottom() - 7.0 };
                let turn = if below { 180 } else { 0 };
                let mark = draw::mark(MarkShape::TriangleUp, (x, edge), 4.5, colour);
                group = group.add(mark.set("transform", format!("rotate({turn} {} {})", Px(x), Px(edge))));
                last = x;
            }
            inside = !above && !below;
        }
    }
    group
}

/// The picture for screen readers: where each curve ends.
fn description(figure: &CurvesFigure) -> String {
    /// A longer list is no help.
    const MOST_NAMED: usize = 12;
    let panel = |panel: &Panel| {
        let end = |curve: &Curve| match curve.points.last() {
            Some(&(x, y)) => {
                format!("{} ({}) ends at {} after {}", curve.name, curve.style.word(), number(y), number(x))
            }
            None => format!("{} ({}) has no points", curve.name, curve.style.word()),
        };
        let ends: Vec<String> = panel.curves.iter().take(MOST_NAMED).map(end).collect();
        format!("{}, {} against {}: {}.", panel.title, panel.y_label, panel.x_label, ends.join("; "))
    };
    figure.panels.iter().map(panel).collect::<Vec<_>>().join(" ")
}
