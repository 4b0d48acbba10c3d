//! The legend that all panels of a figure share.

use svg::node::element::{Group, Rectangle};

use crate::draw::{self, Anchor, MarkShape, Px, TEXT_SIZE};
use crate::palette::{INK, MUTED};
use crate::text;
use crate::thin::Pixel;

/// The sample before a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Swatch {
    /// A line.
    Line {
        /// Its colour.
        colour: &'static str,
        /// Strokes and gaps in pixels, as SVG writes them; None for a solid line.
        dashes: Option<&'static str>,
        /// Whether it lies on a band.
        band: bool,
        /// The mark on it.
        mark: Option<MarkShape>,
    },
    /// An area in a colour, or in another paint of SVG's.
    Area(String),
    /// A mark.
    Mark {
        /// Its shape.
        shape: MarkShape,
        /// The colour of its filling, or `none`.
        fill: &'static str,
        /// The colour of its outline.
        outline: &'static str,
    },
    /// A point on a cross.
    Crossed,
}

/// One line of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    /// The sample before the name.
    pub swatch: Swatch,
    /// The name.
    pub name: String,
    /// Whether it explains a sign and names no curve.
    pub quiet: bool,
}

/// Dashes of validation curves.
pub(crate) const DASHES: &str = "6 4";
/// Dots of curves that were not measured.
pub(crate) const DOTS: &str = "2 4";
/// Strength of the area behind a curve.
pub const BAND_OPACITY: f64 = 0.18;

const ROW: f64 = 20.0;
const LINE_LENGTH: f64 = 26.0;
const AREA_LENGTH: f64 = 14.0;
const MARK_LENGTH: f64 = 10.0;
/// Between swatch and name, and between a name and the next swatch.
const NAME_GAP: f64 = 7.0;
const ENTRY_GAP: f64 = 24.0;

impl Swatch {
    fn length(&self) -> f64 {
        match self {
            Swatch::Line { .. } => LINE_LENGTH,
            Swatch::Area(_) => AREA_LENGTH,
            Swatch::Mark { .. } | Swatch::Crossed => MARK_LENGTH,
        }
    }

    fn draw(&self, (x, y): Pixel) -> Group {
        let group = Group::new();
        let area = |width: f64, height: f64, fill: &str| {
            let corner = Rectangle::new().set("x", Px(x)).set("y", Px(y - height / 2.0));
            corner.set("width", Px(width)).set("height", Px(height)).set("fill", fill)
        };
        match self {
            Swatch::Line { colour, dashes, band, mark } => {
                let mut line = draw::line((x, y), (x + LINE_LENGTH, y), colour, 2.2);
                if let Some(dashes) = *dashes {
                    line = line.set("stroke-dasharray", dashes);
                }
                let group =
                    if *band { group.add(area(LINE_LENGTH, 10.0, colour).set("opacity", BAND_OPACITY)) } else { group };
                let group = group.add(line);
                match mark {
                    Some(shape) => group.add(draw::mark(*shape, (x + LINE_LENGTH / 2.0, y), 4.0, colour)),
                    None => group,
                }
            }
            Swatch::Area(colour) => group.add(area(AREA_LENGTH, 12.0, colour).set("rx", 2)),
            Swatch::Crossed => {
                let at = (x + MARK_LENGTH / 2.0, y);
                group.add(draw::crosses(&[at], 3.4)).add(draw::mark(MarkShape::Circle, at, 3.4, MUTED))
            }
            Swatch::Mark { shape, fill, outline } => {
                let data = shape.data((x + MARK_LENGTH / 2.0, y), 4.0);
                group.add(draw::stroke(data, outline, 1.6).set("fill", *fill))
            }
        }
    }

    fn width_with(&self, name: &str) -> f64 {
        self.length() + NAME_GAP + text::width(name, TEXT_SIZE)
    }
}

/// Draws the entries below `at`: in one row if they fit, else in columns. Also returns the height.
pub(crate) fn draw(entries: &[LegendEntry], at: Pixel, room: f64) -> (Group, f64) {
    let widths: Vec<f64> = entries.iter().map(|entry| entry.swatch.width_with(&text::clean(&entry.name))).collect();
    let one_row = widths.iter().sum::<f64>() + ENTRY_GAP * entries.len().saturating_sub(1) as f64 <= room;
    let widest = widths.iter().copied().fold(1.0, f64::max).min(room);
    let columns = (((room + ENTRY_GAP) / (widest + ENTRY_GAP)) as usize).max(1);

    let mut group = Group::new();
    let (mut x, mut y, mut row_height) = (at.0, at.1, 0.0);
    for (place, (entry, width)) in entries.iter().zip(&widths).enumerate() {
        if place > 0 && !one_row && place % columns == 0 {
            (x, y, row_height) = (at.0, y + row_height, 0.0);
        }
        let start = x + entry.swatch.length() + NAME_GAP;
        let lines = text::wrap(&entry.name, widest - (start - x), |line| text::width(line, TEXT_SIZE));
        group = group.add(entry.swatch.draw((x, y + ROW / 2.0)));
        for (number, line) in lines.iter().enumerate() {
            let baseline = y + ROW * (number as f64 + 0.5) + 0.36 * TEXT_SIZE;
            group =
                group.add(draw::words(line, (start, baseline), Anchor::Start, if entry.quiet { MUTED } else { INK }));
        }
        row_height = ROW * (lines.len().max(1) as f64).max(row_height / ROW);
        x += ENTRY_GAP + if one_row { *width } else { widest };
    }
    (group, y + row_height - at.1)
}
