//! A line chart with bands, for the budget and the profile.

use downhill_chart::draw::{self, TEXT_SIZE};
use downhill_chart::frame::Frame;
use downhill_chart::legend::{BAND_OPACITY, LegendEntry};
use downhill_chart::palette;
use downhill_chart::thin::Pixel;
use downhill_chart::ticks::Axis;
use svg::node::element::Group;

use super::Look;

const PLOT_HEIGHT: f64 = 260.0;
/// With more lines than this, all have one width.
const MOST_WIDTHS: usize = 5;

/// One line with its band.
pub(super) struct Line {
    /// Colour index.
    pub group: usize,
    pub points: Vec<(f64, f64)>,
    /// `(x, low, high)`.
    pub band: Vec<(f64, f64, f64)>,
    /// Whether the points are marked.
    pub dots: bool,
}

/// A chart with its words.
pub(super) struct Chart<'a> {
    pub title: &'a str,
    pub subtitle: &'a str,
    pub entries: &'a [LegendEntry],
    pub x: Axis,
    pub y: Axis,
    pub x_label: &'a str,
    pub y_label: &'a str,
    pub lines: &'a [Line],
    pub description: &'a str,
}

impl Chart<'_> {
    pub(super) fn svg(&self, look: Look) -> String {
        let mut page = look.page(self.title, self.subtitle, self.entries);
        let (left, room) = (page.left(), page.room());
        page.paragraph(self.y_label, TEXT_SIZE, false, left, room);
        page.y += 10.0;
        let frame = Frame::fit((left, page.y), room, PLOT_HEIGHT, self.x, self.y);
        let clip = look.clip_name();
        let mut plot = Group::new().set("clip-path", format!("url(#{clip})"));
        for line in self.lines {
            plot = plot.add(band(line, &frame));
        }
        // The first lines are the widest, so that a line exactly below another is still seen.
        for (place, line) in self.lines.iter().enumerate() {
            let above = if self.lines.len() > MOST_WIDTHS { 0 } else { self.lines.len() - 1 - place };
            plot = plot.add(stroke(line, &frame, 1.8 + 0.5 * above as f64));
        }
        page.add(Group::new().add(frame.clip(&clip)).add(frame.grid()).add(frame.axes(self.x_label)).add(plot));
        page.y = frame.bottom() + frame.height_below(self.x_label);
        page.finish(self.title, self.description)
    }
}

fn band(line: &Line, frame: &Frame) -> Group {
    let edge = |pick: fn(&(f64, f64, f64)) -> f64| -> Vec<Pixel> {
        line.band.iter().map(|place| frame.pixel(place.0, pick(place))).collect()
    };
    let (mut outline, mut low) = (edge(|place| place.2), edge(|place| place.1));
    low.reverse();
    outline.extend(low);
    let group = Group::new().set("class", format!("o{}", line.group));
    if outline.iter().any(|point| !point.1.is_finite()) || outline.is_empty() {
        return group;
    }
    let area = draw::stroke(draw::polyline(&outline) + "Z", "none", 0.0);
    group.add(area.set("fill", palette::colour(line.group)).set("opacity", BAND_OPACITY))
}

fn stroke(line: &Line, frame: &Frame, width: f64) -> Group {
    let colour = palette::colour(line.group);
    let points: Vec<Pixel> = line.points.iter().map(|&(x, y)| frame.pixel(x, y)).collect();
    let mut group = Group::new().set("class", format!("o{}", line.group));
    if points.len() > 1 {
        group = group.add(draw::stroke(draw::polyline(&points), colour, width).set("stroke-linejoin", "round"));
    }
    let dots = if line.dots { points } else { Vec::new() };
    dots.into_iter().fold(group, |group, at| group.add(draw::mark(super::group_shape(line.group), at, 3.4, colour)))
}
