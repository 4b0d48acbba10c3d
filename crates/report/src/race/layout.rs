//! The sheet of a race: the plane on the left, loss curves on the right.

use downhill_chart::contours::Levels;
use downhill_chart::curves::{self, AxisScale, Curve, LineStyle, Marker, Panel};
use downhill_chart::draw::{self, Anchor, HEADING_SIZE, MarkShape, Px, TEXT_SIZE, group_mark};
use downhill_chart::frame::Frame;
use downhill_chart::ground;
use downhill_chart::legend::{LegendEntry, Swatch};
use downhill_chart::palette::{self, INK, MUTED, PAPER};
use downhill_chart::range::robust_range;
use downhill_chart::sheet::{MARGIN, Sheet};
use downhill_chart::table::{grouped, number};
use downhill_chart::ticks::Axis;
use svg::Document;
use svg::node::element::Group;

use super::{RaceFigure, drawn_starts, plane};

const PLANE_WIDTH: f64 = 520.0;
const LOSSES_WIDTH: f64 = 430.0;
/// Loss curves alone.
const ALONE_WIDTH: f64 = 720.0;
const GAP: f64 = 36.0;
const HEIGHT: f64 = 452.0;
const ALONE_HEIGHT: f64 = 340.0;
/// A picture has at most this many paths of all runners; with more, only some starts are drawn.
const MOST_PATHS: usize = 180;
/// Loss curves have about this many points together.
const MOST_POINTS: f64 = 10_000.0;
/// The stand-in for zero on a logarithmic axis: far below its lower end.
const ZERO: f64 = 1e-99;

/// The sheet without the runners' progress.
pub(super) struct RaceSheet<'a> {
    figure: &'a RaceFigure,
    sheet: Sheet,
    plane: Option<(Frame, Levels)>,
    losses: Frame,
    panel: Panel,
    starts: Vec<usize>,
    /// Baseline of the headings.
    heading: f64,
    width: f64,
}

/// The picture as an SVG document, on white.
///
/// At most 180 paths are drawn: if there are more starts, some evenly chosen ones, the same for each runner.
pub fn race_svg(figure: &RaceFigure) -> String {
    let mut race = RaceSheet::new(figure);
    let moving = race.moving(figure.last_step());
    race.sheet.add(moving);
    race.finish()
}

impl<'a> RaceSheet<'a> {
    /// The sheet with its static parts.
    pub(super) fn new(figure: &'a RaceFigure) -> Self {
        let starts = drawn_starts(figure, MOST_PATHS);
        let has_plane = figure.has_plane();
        let room = if has_plane { PLANE_WIDTH + GAP + LOSSES_WIDTH } else { ALONE_WIDTH };
        let height = if has_plane { HEIGHT } else { ALONE_HEIGHT };
        let losses_left = if has_plane { MARGIN + PLANE_WIDTH + GAP } else { MARGIN };
        let losses_width = if has_plane { LOSSES_WIDTH } else { ALONE_WIDTH };
        let width = room + 2.0 * MARGIN;

        let shape = has_plane.then(|| {
            let (x, y) = plane::axes(figure);
            Frame::fit((MARGIN, 0.0), PLANE_WIDTH, HEIGHT, x, y)
        });
        let entries = legend(figure, shape.as_ref(), &starts);
        let mut sheet = Sheet::new(width, &figure.title, &figure.subtitle, &entries);
        sheet.y += 14.0;
        let headings = sheet.y;
        let panel = panel(figure, &starts);
        if has_plane {
            sheet.paragraph("Paths", HEADING_SIZE, true, MARGIN, PLANE_WIDTH / 2.0);
            sheet.paragraph(&figure.y_label, TEXT_SIZE, false, MARGIN, PLANE_WIDTH);
        }
        let beside = std::mem::replace(&mut sheet.y, headings);
        sheet.paragraph("Loss", HEADING_SIZE, true, losses_left, losses_width / 2.0);
        sheet.paragraph(&panel.y_label, TEXT_SIZE, false, losses_left, losses_width);
        let top = sheet.y.max(beside) + 16.0;

        let plane = shape.map(|frame| (Frame { top, ..frame }, plane::levels(figure)));
        let (x, y) = axes(figure, &panel);
        let losses = Frame::fit((losses_left, top), losses_width, height, x, y);
        let mut below = losses.height_below(&panel.x_label);
        if let Some((frame, levels)) = &plane {
            sheet.add(ground::ground(&figure.values, figure.grid, frame, levels));
            sheet.add(frame.axes(&figure.x_label));
            below = below.max(frame.height_below(&figure.x_label));
        }
        sheet.add(curves::ground(&panel, &losses));
        sheet.y = top + height + below + 14.0;
        sheet.paragraph(&notes(figure, plane.as_ref(), starts.len()), TEXT_SIZE, false, MARGIN, room);
        Self { figure, sheet, plane, losses, panel, starts, heading: headings + HEADING_SIZE, width }
    }

    /// The moving parts after `step` steps.
    pub(super) fn moving(&self, step: usize) -> Group {
        let mut group = Group::new();
        if let Some((frame, _)) = &self.plane {
            group = group.add(plane::moving(self.figure, frame, &self.starts, step));
        }
        let mut panel = self.panel.clone();
        for curve in &mut panel.curves {
            curve.points.truncate(step + 1);
        }
        panel.markers.retain(|marker| marker.x <= step as f64);
        let curves = panel.curves.len().max(1) as f64;
        let column = (self.losses.width * 4.0 * curves / MOST_POINTS).max(1.0);
        group.add(curves::lines(&panel, &self.losses, column, "losses"))
    }

    /// A document of the same size with nothing on it but a step of the race and its number.
    pub(super) fn moment(&self, step: usize) -> String {
        let right = self.plane.as_ref().map_or(self.losses.right(), |(frame, _)| frame.right());
        let words = format!("step {} of {}", grouped(&step.to_string()), grouped(&self.figure.last_step().to_string()));
        let counter = draw::words(&words, (right, self.heading), Anchor::End, INK);
        let height = self.height();
        Document::new()
            .set("width", Px(self.width))
            .set("height", Px(height))
            .set("viewBox", format!("0 0 {} {}", Px(self.width), Px(height)))
            .add(draw::text_group().add(self.moving(step)).add(counter))
            .to_string()
    }

    fn height(&self) -> f64 {
        self.sheet.height()
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        let description = description(self.figure);
        self.sheet.finish(&self.figure.title, &description)
    }
}

fn legend(figure: &RaceFigure, plane: Option<&Frame>, starts: &[usize]) -> Vec<LegendEntry> {
    let mut entries: Vec<LegendEntry> = Vec::new();
    for (place, runner) in figure.runners.iter().enumerate() {
        let swatch =
            Swatch::Line { colour: palette::colour(place), dashes: None, band: false, mark: group_mark(place) };
        entries.push(LegendEntry { swatch, name: runner.label.clone(), quiet: false });
    }
    let Some(frame) = plane else {
        return entries;
    };
    let mark = |shape, fill, outline, name: &str| {
        let swatch = Swatch::Mark { shape, fill, outline };
        LegendEntry { swatch, name: name.into(), quiet: true }
    };
    let (left, diverged) = plane::marks(figure, frame, starts);
    if !starts.is_empty() {
        entries.push(mark(MarkShape::Circle, PAPER, INK, "start"));
        entries.push(mark(MarkShape::Circle, MUTED, MUTED, "end"));
    }
    if !figure.minima.is_empty() {
        entries.push(mark(MarkShape::Star, INK, INK, "minimum"));
    }
    if left {
        entries.push(mark(MarkShape::TriangleUp, MUTED, MUTED, "left the picture"));
    }
    if diverged {
        entries.push(mark(MarkShape::Cross, "none", MUTED, "diverged"));
    }
    if figure.values.iter().any(|value| value.is_nan()) {
        entries.push(LegendEntry {
            swatch: Swatch::Area(ground::NOWHERE.into()),
            name: "no value".into(),
            quiet: true,
        });
    }
    entries
}

fn panel(figure: &RaceFigure, starts: &[usize]) -> Panel {
    let floor = figure.floor();
    let value = |loss: f64| match floor {
        Some(floor) if loss <= floor => ZERO,
        Some(floor) => loss - floor,
        None => loss,
    };
    let mut curves = Vec::new();
    let mut markers = Vec::new();
    for (group, runner) in figure.runners.iter().enumerate() {
        for trace in starts.iter().filter_map(|&start| runner.traces.get(start)) {
            let points = trace.losses.iter().enumerate().map(|(step, &loss)| (step as f64, value(loss))).collect();
            // Two runners of one name must not become one bundle.
            let name = format!("{group} {}", runner.label);
            curves.push(Curve { name, group, style: LineStyle::Solid, points, band: None });
            if trace.diverged {
                markers.push(Marker { x: trace.last_step() as f64, y: f64::INFINITY, text: String::new(), group });
            }
        }
    }
    Panel {
        title: "Loss".into(),
        x_label: "step".into(),
        x_scale: AxisScale::Linear,
        y_label: figure.loss_label(),
        scale: if floor.is_some() { AxisScale::Log } else { AxisScale::Linear },
        curves,
        markers,
    }
}

/// The lower and upper end of the loss axis, as values.
pub(super) fn loss_axis(figure: &RaceFigure) -> (f64, f64) {
    let panel = panel(figure, &drawn_starts(figure, MOST_PATHS));
    let y = axes(figure, &panel).1;
    let value = |position: f64| if panel.scale == AxisScale::Log { 10f64.powf(position) } else { position };
    (value(y.low), value(y.high))
}

/// Axes of the loss curves: steps, and the losses of ordinary runs.
fn axes(figure: &RaceFigure, panel: &Panel) -> (Axis, Axis) {
    /// Below this many powers of ten under the highest first loss there is only rounding.
    const MOST_POWERS: f64 = 20.0;
    /// Losses above the first are shown up to this share of the powers of ten below it, and up to `LEAST_UPWARDS` at
    /// least.
    const UPWARDS: f64 = 0.4;
    const LEAST_UPWARDS: f64 = 1.0;
    let last = figure.last_step().max(1) as f64;
    let steps = Axis { whole: true, ..Axis::around(AxisScale::Linear, (0.0, last), 0.015) };
    let positions = |curve: &Curve| -> Vec<f64> {
        let above = curve.points.iter().map(|point| point.1).filter(|&value| value != ZERO);
        above.map(|value| panel.scale.position(value)).filter(|position| position.is_finite()).collect()
    };
    let runs: Vec<Vec<f64>> = panel.curves.iter().map(positions).collect();
    let without_values = if panel.scale == AxisScale::Log { (-2.0, 0.0) } else { (0.0, 1.0) };
    let (mut low, mut high) = robust_range(panel.scale, &runs).unwrap_or(without_values);
    if panel.scale == AxisScale::Log {
        let first = runs.iter().filter_map(|run| run.first()).copied().fold(f64::NEG_INFINITY, f64::max);
        low = low.max(first.min(high) - MOST_POWERS);
        // A runner that flies away leaves the others most of the height.
        high = high.min(first + (UPWARDS * (first - low)).max(LEAST_UPWARDS));
    }
    (steps, Axis::around_or_from_zero(panel.scale, (low, high), 0.04))
}

/// Notes for reading the picture.
fn notes(figure: &RaceFigure, plane: Option<&(Frame, Levels)>, shown: usize) -> String {
    let mut notes: Vec<String> = Vec::new();
    if let Some((_, levels)) = plane.filter(|(_, levels)| !levels.words.is_empty()) {
        notes.push(levels.words.clone() + " Darker is higher.");
    }
    let starts = figure.runners.iter().map(|runner| runner.traces.len()).max().unwrap_or(0);
    if shown < starts {
        notes.push(format!("{} of {} starts are drawn, evenly chosen.", number(shown as f64), number(starts as f64)));
    }
    notes.join(" ")
}

/// The picture in words, for screen readers.
fn description(figure: &RaceFigure) -> String {
    /// A longer list is no help.
    const MOST_NAMED: usize = 12;
    let runner = |runner: &super::RunnerTrace| match runner.traces.first() {
        None => format!("{} has no starts", runner.label),
        Some(trace) => {
            let loss = trace.losses.last().map_or("nothing".into(), |&loss| number(loss));
            let of = if runner.traces.len() > 1 { " from the first start" } else { "" };
            format!("{} ends{of} at a loss of {loss} after {} steps", runner.label, trace.last_step())
        }
    };
    let ends: Vec<String> = figure.runners.iter().take(MOST_NAMED).map(runner).collect();
    format!("{} on {} and {}. {}.", "Paths of optimizers", figure.x_label, figure.y_label, ends.join("; "))
}
