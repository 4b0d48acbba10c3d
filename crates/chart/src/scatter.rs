//! Data points: the look of each part of the data, and a regression with one feature.

use svg::node::element::{Group, Path};

use crate::draw::{self, MarkShape};
use crate::frame::Frame;
use crate::legend::{LegendEntry, Swatch};
use crate::palette::{self, PAPER};
use crate::sheet::{MARGIN, Sheet};
use crate::table::number;
use crate::thin::{Pixel, thin};
use crate::ticks::{Axis, AxisScale};

/// The part of the data that a point belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FitPart {
    /// Seen in training: a filled circle.
    Train,
    /// Used to choose: a hollow diamond.
    Validation,
    /// Kept for the end: a hollow circle.
    Test,
}

/// One row of a regression with one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct FitPoint {
    /// The feature.
    pub x: f64,
    /// The target.
    pub y: f64,
    /// The part it belongs to.
    pub part: FitPart,
}

/// A regression with one feature: the data and the fitted curve.
#[derive(Clone, Debug, PartialEq)]
pub struct FitFigure {
    /// Heading of the picture.
    pub title: String,
    /// A line below it; may be empty.
    pub subtitle: String,
    /// The feature's name.
    pub x_label: String,
    /// The target's name.
    pub y_label: String,
    /// The data.
    pub points: Vec<FitPoint>,
    /// The model's prediction, `(x, y)` in rising order of x.
    pub curve: Vec<(f64, f64)>,
}

/// A picture shows about this many points at most, evenly chosen, and says so.
pub(crate) const MOST_POINTS: usize = 2000;

const WIDTH: f64 = 720.0;
const PLOT_HEIGHT: f64 = 380.0;
/// Room around the data, as a share of its range.
const ROOM: f64 = 0.04;

impl FitPart {
    /// All parts, in the order in which they are drawn.
    pub(crate) const ALL: [FitPart; 3] = [FitPart::Train, FitPart::Validation, FitPart::Test];

    fn name(self) -> &'static str {
        match self {
            FitPart::Train => "training",
            FitPart::Validation => "validation",
            FitPart::Test => "test",
        }
    }

    fn shape(self) -> MarkShape {
        match self {
            FitPart::Train | FitPart::Test => MarkShape::Circle,
            FitPart::Validation => MarkShape::Diamond,
        }
    }

    /// The legend's line for points of this part, in a colour.
    pub(crate) fn entry(self, colour: &'static str) -> LegendEntry {
        let fill = if self == FitPart::Train { colour } else { PAPER };
        let swatch = Swatch::Mark { shape: self.shape(), fill, outline: colour };
        LegendEntry { swatch, name: self.name().into(), quiet: true }
    }
}

/// Points of one part and colour.
pub(crate) fn points(part: FitPart, colour: &str, places: Vec<Pixel>, radius: f64) -> Group {
    let group = match part {
        FitPart::Train => Group::new().set("fill", colour).set("stroke", PAPER).set("stroke-width", 0.8),
        FitPart::Validation | FitPart::Test => {
            Group::new().set("fill", PAPER).set("stroke", colour).set("stroke-width", 1.6)
        }
    };
    places.into_iter().fold(group, |group, at| group.add(Path::new().set("d", part.shape().data(at, radius))))
}

/// At most about [`MOST_POINTS`] of many points, and the words that say so.
///
/// Chosen by multiples of the golden ratio: evenly over the rows, and independent of patterns in them.
pub(crate) fn some_of<T>(points: &[T]) -> (Vec<&T>, Option<String>) {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    let share = MOST_POINTS as f64 / points.len().max(1) as f64;
    let chosen = |row: usize| share >= 1.0 || (row as f64 * GOLDEN).fract() < share;
    let shown: Vec<&T> = (0..points.len()).filter(|&row| chosen(row)).map(|row| &points[row]).collect();
    let (few, all) = (number(shown.len() as f64), number(points.len() as f64));
    let remark = (shown.len() < points.len()).then(|| format!("{few} of {all} points shown"));
    (shown, remark)
}

/// The subtitle, with a remark after it.
pub(crate) fn with_remark(subtitle: &str, remark: Option<String>) -> String {
    let parts = [Some(subtitle.to_string()).filter(|text| !text.is_empty()), remark];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The picture as an SVG document.
///
/// The axes span the data: a curve that leaves them is cut at the border. Points with a NaN or infinity are left out.
pub fn fit_svg(figure: &FitFigure) -> String {
    let (data_colour, curve_colour) = (palette::colour(0), palette::colour(1));
    let parts = FitPart::ALL.into_iter().filter(|&part| figure.points.iter().any(|point| point.part == part));
    let model = Swatch::Line { colour: curve_colour, dashes: None, band: false, mark: None };
    let mut entries = vec![LegendEntry { swatch: model, name: "model".into(), quiet: false }];
    entries.extend(parts.clone().map(|part| part.entry(data_colour)));
    let (shown, remark) = some_of(&figure.points);

    let mut sheet = Sheet::new(WIDTH + 2.0 * MARGIN, &figure.title, &with_remark(&figure.subtitle, remark), &entries);
    sheet.y += 14.0;
    sheet.paragraph(&figure.y_label, draw::TEXT_SIZE, false, MARGIN, WIDTH);
    sheet.y += 10.0;
    let x = data_axis(figure.points.iter().map(|point| point.x), figure.curve.iter().map(|point| point.0));
    let y = data_axis(figure.points.iter().map(|point| point.y), figure.curve.iter().map(|point| point.1));
    let frame = Frame::fit((MARGIN, sheet.y), WIDTH, PLOT_HEIGHT, x, y);

    let mut plot = Group::new().set("clip-path", "url(#plot)");
    for part in parts {
        let places = shown.iter().filter(|point| point.part == part).map(|point| frame.pixel(point.x, point.y));
        let places = places.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        plot = plot.add(points(part, data_colour, places, draw::radius(shown.len())).set("opacity", 0.75));
    }
    let curve: Vec<Pixel> = figure.curve.iter().map(|&(x, y)| frame.pixel(x, y)).collect();
    for piece in curve.split(|(x, y)| !x.is_finite() || !y.is_finite()) {
        let data = draw::polyline(&thin(piece, 1.0));
        for (colour, width) in [(PAPER, 5.0), (curve_colour, 2.5)] {
            plot = plot.add(draw::stroke(data.clone(), colour, width).set("stroke-linejoin", "round"));
        }
    }
    sheet.add(Group::new().add(frame.clip("plot")).add(frame.grid()).add(frame.axes(&figure.x_label)).add(plot));
    sheet.y = frame.bottom() + frame.height_below(&figure.x_label);
    let description =
        format!("{} against {}: {} points and the model's curve.", figure.y_label, figure.x_label, figure.points.len());
    sheet.finish(&figure.title, &description)
}

/// The axis of the data, or of the curve where there is no data.
fn data_axis(data: impl Iterator<Item = f64>, curve: impl Iterator<Item = f64>) -> Axis {
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let finite = values.map(|value| AxisScale::Linear.position(value)).filter(|value| value.is_finite());
        let ends =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        (ends.0 <= ends.1).then_some(ends)
    };
    let (mut data, mut curve) = (data, curve);
    let range = range(&mut data).or_else(|| range(&mut curve)).unwrap_or((0.0, 1.0));
    Axis::around(AxisScale::Linear, range, ROOM)
}

/// The legend's line for [`draw::crosses`].
pub(crate) fn crosses_entry() -> LegendEntry {
    LegendEntry { swatch: Swatch::Crossed, name: "misclassified".into(), quiet: true }
}
