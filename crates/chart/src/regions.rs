//! Decision regions of a classifier with two features.
//!
//! The regions are a small palette PNG inside the SVG, finer than the grid, and the boundary is a path over it. Both
//! interpolate the class between cells in the same way, so that boundaries are smooth and follow the confidence, not
//! the edges of cells.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use svg::node::element::{Group, Image};

use crate::draw::{self, Px};
use crate::frame::Frame;
use crate::legend::{LegendEntry, Swatch};
use crate::palette::{self, INK};
pub use crate::scatter::FitPart;
use crate::scatter::{crosses_entry, points, some_of, with_remark};
use crate::sheet::{MARGIN, Sheet};
use crate::thin::Pixel;
use crate::ticks::{Axis, AxisScale};

/// One sample on the plane of the two features.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledPoint {
    /// First feature.
    pub x: f64,
    /// Second feature.
    pub y: f64,
    /// Its true class.
    pub class: u32,
    /// The part of the data it belongs to.
    pub part: FitPart,
    /// Whether the model predicts another class.
    pub wrong: bool,
}

/// The model's predictions on a plane of two features, and the data on it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionsFigure {
    /// Heading of the picture.
    pub title: String,
    /// A line below it; may be empty.
    pub subtitle: String,
    /// The first feature's name.
    pub x_label: String,
    /// The second feature's name.
    pub y_label: String,
    /// Left and right end of the plane.
    pub x_range: (f64, f64),
    /// Lower and upper end of the plane.
    pub y_range: (f64, f64),
    /// Cells a side, such as 200.
    pub grid: usize,
    /// The class predicted at the middle of each cell, `[grid * grid]`, row 0 at the lowest y. With another length no
    /// regions are drawn.
    pub classes: Vec<u32>,
    /// The probability of that class, 0 to 1, `[grid * grid]`.
    pub confidence: Vec<f32>,
    /// Name of each class.
    pub class_names: Vec<String>,
    /// The data.
    pub points: Vec<LabelledPoint>,
}

const PLOT: f64 = 520.0;
/// Room for the y labels and half an x label, at most.
const LABELS: f64 = 60.0;
/// The picture of the regions has at least this many pixels a side.
const FINE: usize = 600;
/// Points and names of classes from this one on are left out: more cannot be told apart.
const MOST_CLASSES: u32 = 256;
/// Entries of a PNG palette.
const PALETTE: usize = 256;
/// Strength of a region's colour where the model is unsure and where it is sure.
const FAINT: f64 = 0.12;
const STRONG: f64 = 0.42;

/// The picture as an SVG document.
pub fn regions_svg(figure: &RegionsFigure) -> String {
    let (shown, remark) = some_of(&figure.points);
    let mut sheet = Sheet::new(
        PLOT + LABELS + 2.0 * MARGIN,
        &figure.title,
        &with_remark(&figure.subtitle, remark),
        &legend(figure),
    );
    sheet.y += 14.0;
    sheet.paragraph(&figure.y_label, draw::TEXT_SIZE, false, MARGIN, PLOT);
    sheet.y += 10.0;
    let (x, y) = (plane_axis(figure.x_range), plane_axis(figure.y_range));
    let frame = Frame::fit((MARGIN, sheet.y), PLOT + LABELS, PLOT, x, y);
    let frame = Frame { height: frame.width, ..frame };

    let radius = draw::radius(shown.len());
    let places = |part: FitPart, class: u32, wrong: bool| -> Vec<Pixel> {
        let of = shown.iter().filter(|point| (point.part, point.class, point.wrong) == (part, class, wrong));
        of.map(|point| frame.pixel(point.x, point.y)).filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    };
    let layers = FitPart::ALL.into_iter().flat_map(|part| (0..class_count(figure)).map(move |class| (part, class)));
    let mut plot = Group::new().set("clip-path", "url(#plot)");
    for (part, class) in layers.clone() {
        plot = plot.add(points(part, palette::colour(class as usize), places(part, class, false), radius));
    }
    for (part, class) in layers {
        let places = places(part, class, true);
        plot =
            plot.add(draw::crosses(&places, radius)).add(points(part, palette::colour(class as usize), places, radius));
    }
    let mut group = Group::new().add(frame.clip("plot"));
    if let Some(regions) = Regions::of(figure) {
        group = group.add(regions.draw(&frame));
    }
    sheet.add(group.add(frame.axes(&figure.x_label)).add(plot));
    sheet.y = frame.bottom() + frame.height_below(&figure.x_label);
    sheet.finish(&figure.title, &description(figure))
}

/// An axis that ends where the plane does.
fn plane_axis((low, high): (f64, f64)) -> Axis {
    let ends = (AxisScale::Linear.position(low), AxisScale::Linear.position(high));
    let is_range = ends.0.is_finite() && ends.1.is_finite() && ends.0 < ends.1;
    Axis::around(AxisScale::Linear, if is_range { ends } else { (0.0, 1.0) }, 0.0)
}

/// Classes that have a name, a region or a point.
fn class_count(figure: &RegionsFigure) -> u32 {
    let seen = figure.classes.iter().copied().chain(figure.points.iter().map(|point| point.class)).max();
    seen.map_or(0, |class| class.saturating_add(1)).max(figure.class_names.len() as u32).min(MOST_CLASSES)
}

fn legend(figure: &RegionsFigure) -> Vec<LegendEntry> {
    let class = |class: u32| {
        let name = figure.class_names.get(class as usize).cloned().unwrap_or_else(|| class.to_string());
        LegendEntry { swatch: Swatch::Area(palette::colour(class as usize).into()), name, quiet: false }
    };
    let mut entries: Vec<LegendEntry> = (0..class_count(figure)).map(class).collect();
    let parts = FitPart::ALL.into_iter().filter(|&part| figure.points.iter().any(|point| point.part == part));
    entries.extend(parts.map(|part| part.entry(palette::MUTED)));
    if figure.points.iter().any(|point| point.wrong) {
        entries.push(crosses_entry());
    }
    entries
}

fn description(figure: &RegionsFigure) -> String {
    let wrong = figure.points.iter().filter(|point| point.wrong).count();
    format!(
        "Decision regions of {} classes over {} and {}; {} of {} points are misclassified.",
        class_count(figure),
        figure.x_label,
        figure.y_label,
        wrong,
        figure.points.len()
    )
}

/// The cells of the plane.
struct Regions {
    side: usize,
    classes: Vec<u32>,
    /// The probability of the class less that of all others together, above 0 to 1: between two cells of different
    /// classes the boundary divides the distance in the ratio of their margins.
    margins: Vec<f64>,
    /// The confidence above chance, 0 to 1.
    shades: Vec<f64>,
}

impl Regions {
    /// The cells of a figure, `None` if their number does not match `grid`.
    fn of(figure: &RegionsFigure) -> Option<Self> {
        /// The margin where the others together are as probable, as near a point where three classes meet.
        const LEAST: f64 = 1e-3;
        let cells = figure.grid.checked_mul(figure.grid)?;
        if cells == 0 || figure.classes.len() != cells || figure.confidence.len() != cells {
            return None;
        }
        let chance = 1.0 / f64::from(class_count(figure).max(2));
        // `max` first: it turns a NaN into the lower end.
        let scale = |sure: f32, low: f64| f64::max((f64::from(sure) - low) / (1.0 - low), 0.0).min(1.0);
        let margins = figure.confidence.iter().map(|&sure| scale(sure, 0.5).max(LEAST)).collect();
        let shades = figure.confidence.iter().map(|&sure| scale(sure, chance)).collect();
        Some(Self { side: figure.grid, classes: figure.classes.clone(), margins, shades })
    }

    /// The class at a place (in cells from the lower left corner) and its shade, from the four cells around it.
    fn at(&self, x: f64, y: f64) -> (u32, f64) {
        let along = |at: f64| {
            let at = (at - 0.5).clamp(0.0, (self.side - 1) as f64);
            let cell = at.floor() as usize;
            (cell, (cell + 1).min(self.side - 1), at.fract())
        };
        let ((left, right, to_right), (low, high, up)) = (along(x), along(y));
        let corners = [
            (low * self.side + left, (1.0 - to_right) * (1.0 - up)),
            (low * self.side + right, to_right * (1.0 - up)),
            (high * self.side + left, (1.0 - to_right) * up),
            (high * self.side + right, to_right * up),
        ];
        let shade = corners.iter().map(|(cell, weight)| weight * self.shades[*cell]).sum();
        let score = |class: u32| -> f64 {
            let of_class = corners.iter().filter(|(cell, _)| self.classes[*cell] == class);
            of_class.map(|(cell, weight)| weight * self.margins[*cell]).sum()
        };
        let classes = corners.map(|(cell, _)| self.classes[cell]);
        let best =
            classes.into_iter().fold(classes[0], |best, class| if score(class) > score(best) { class } else { best });
        (best, shade)
    }

    /// Path data of the boundaries: in each square between the middles of four cells, lines
    /// through the places on its sides where the class changes.
    fn boundary(&self, frame: &Frame) -> String {
        let (width, height) = (frame.width / self.side as f64, frame.height / self.side as f64);
        let pixel = |x: f64, y: f64| (frame.left + (x + 0.5) * width, frame.bottom() - (y + 0.5) * height);
        let mut data = String::new();
        for (row, column) in (1..self.side).flat_map(|row| (1..self.side).map(move |column| (row - 1, column - 1))) {
            let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)];
            let crossings: Vec<Pixel> = (0..corners.len())
                .filter_map(|side| self.crossing(corners[side], corners[(side + 1) % corners.len()]))
                .map(|(x, y)| pixel(x, y))
                .collect();
            match crossings.as_slice() {
                &[from, to] => data += &draw::segment(from, to),
                many => {
                    let middle = pixel(column as f64 + 0.5, row as f64 + 0.5);
                    data.extend(many.iter().map(|&from| draw::segment(from, middle)));
                }
            }
        }
        data
    }

    /// Where the class changes on the way from one cell to its neighbour.
    fn crossing(&self, (x0, y0): (usize, usize), (x1, y1): (usize, usize)) -> Option<(f64, f64)> {
        let (from, to) = (y0 * self.side + x0, y1 * self.side + x1);
        let part = self.margins[from] / (self.margins[from] + self.margins[to]);
        let between = |a: usize, b: usize| a as f64 + part * (b as f64 - a as f64);
        (self.classes[from] != self.classes[to]).then(|| (between(x0, x1), between(y0, y1)))
    }

    /// Regions and boundaries, filling the frame.
    fn draw(&self, frame: &Frame) -> Group {
        let boundary = draw::stroke(self.boundary(frame), INK, 1.1).set("stroke-linecap", "round").set("opacity", 0.7);
        let group = Group::new();
        let group = match self.png() {
            Ok(png) => group.add(
                Image::new()
                    .set("x", Px(frame.left))
                    .set("y", Px(frame.top))
                    .set("width", Px(frame.width))
                    .set("height", Px(frame.height))
                    .set("preserveAspectRatio", "none")
                    .set("href", format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))),
            ),
            // Writing to memory can only fail for more pixels than a PNG can have: the boundary alone is then drawn.
            Err(_) => group,
        };
        group.add(boundary)
    }

    /// The regions as a PNG, its palette the shades of each class from unsure to sure.
    fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let colours = palette::COLOURS;
        let shades = PALETTE / colours.len();
        let strength = |shade: usize| FAINT + (STRONG - FAINT) * shade as f64 / (shades - 1) as f64;
        let shades_of = |colour| (0..shades).flat_map(move |shade| palette::over_white(colour, strength(shade)));

        let fine = self.side * FINE.div_ceil(self.side);
        let place = |pixel: usize| (pixel as f64 + 0.5) * self.side as f64 / fine as f64;
        let byte = |row: usize, column: usize| {
            let (class, shade) = self.at(place(column), place(row));
            (class as usize % colours.len() * shades + (shade * (shades - 1) as f64).round() as usize) as u8
        };
        // PNG rows run downwards, cells upwards.
        let bytes: Vec<u8> = (0..fine).rev().flat_map(|row| (0..fine).map(move |column| byte(row, column))).collect();

        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, fine as u32, fine as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(colours.into_iter().flat_map(shades_of).collect::<Vec<u8>>());
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(&bytes)?;
        Ok(file)
    }
}
