//! One pair of axes on the sheet: where values lie in pixels, the grid, ticks and labels.

use svg::node::element::{ClipPath, Group, Rectangle};

use crate::draw::{self, Anchor, Px, TEXT_SIZE};
use crate::palette::{AXIS, FAINT_GRID, GRID, MUTED};
use crate::text;
use crate::thin::Pixel;
use crate::ticks::{Axis, Tick};

/// Between tick labels and the plot.
const LABEL_GAP: f64 = 8.0;
/// A tick on the y axis has at least this many pixels for itself.
const Y_TICK_ROOM: f64 = 44.0;
/// Pixels between the labels of the x axis.
const X_TICK_GAP: f64 = 28.0;
/// Height of the row of tick labels under the plot, and of the axis label under it.
const TICK_ROW: f64 = 22.0;
/// Margin of the clip, so that a line at the border is not cut in half.
const CLIP_ROOM: f64 = 3.0;

/// The rectangle of a plot, in pixels, with its axes.
pub struct Frame {
    /// Its left border.
    pub left: f64,
    /// Its upper border.
    pub top: f64,
    /// From the left border to the right one.
    pub width: f64,
    /// From the upper border to the lower one.
    pub height: f64,
    /// The x axis.
    pub x: Axis,
    /// The y axis.
    pub y: Axis,
}

impl Frame {
    /// A frame in the given room, to the right of its y labels.
    pub fn fit((left, top): Pixel, room: f64, height: f64, x: Axis, y: Axis) -> Self {
        let labels = y_ticks(&y, height).iter().map(|tick| draw::tick_width(&tick.label)).fold(0.0, f64::max);
        // Half of the last x label hangs over.
        let right = x.ticks(4).last().map_or(0.0, |tick| (draw::tick_width(&tick.label) / 2.0).ceil());
        let left_labels = (labels + LABEL_GAP).ceil();
        Self { left: left + left_labels, top, width: room - left_labels - right, height, x, y }
    }

    /// The pixel of a point; NaN if it lies nowhere. A point far beyond the frame is moved nearer, still beyond it.
    pub fn pixel(&self, x: f64, y: f64) -> Pixel {
        /// Frames beyond the frame, at which a point on its way to infinity is drawn.
        const BEYOND: f64 = 20.0;
        let fraction = self.y.fraction(y).clamp(-BEYOND, BEYOND);
        (self.left + self.width * self.x.fraction(x), self.top + self.height * (1.0 - fraction))
    }

    /// Its right border.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Its lower border.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The area that may be drawn on, named so that a group can be clipped to it.
    pub fn clip(&self, name: &str) -> ClipPath {
        let area = Rectangle::new()
            .set("x", Px(self.left - CLIP_ROOM))
            .set("y", Px(self.top - CLIP_ROOM))
            .set("width", Px(self.width + 2.0 * CLIP_ROOM))
            .set("height", Px(self.height + 2.0 * CLIP_ROOM));
        ClipPath::new().set("id", name).add(area)
    }

    /// The lines behind the data.
    pub fn grid(&self) -> Group {
        let mut group = Group::new();
        for y in self.y.minor_ticks().into_iter().map(|fraction| self.y_of(fraction)) {
            group = group.add(draw::line((self.left, y), (self.right(), y), FAINT_GRID, 1.0));
        }
        for y in y_ticks(&self.y, self.height).iter().map(|tick| self.y_of(tick.fraction)) {
            group = group.add(draw::line((self.left, y), (self.right(), y), GRID, 1.0));
        }
        group
    }

    /// Lines behind the data at the ticks of the x axis.
    pub fn upright_grid(&self) -> Group {
        let places = self.x_ticks().into_iter().map(|tick| self.left + self.width * tick.fraction);
        places.fold(Group::new(), |group, x| group.add(draw::line((x, self.top), (x, self.bottom()), GRID, 1.0)))
    }

    /// The line under the plot, the ticks, their labels and the name of the x axis.
    pub fn axes(&self, x_label: &str) -> Group {
        let mut group = self.x_axis(x_label);
        for tick in y_ticks(&self.y, self.height) {
            let at = (self.left - LABEL_GAP, self.y_of(tick.fraction) + 0.36 * TEXT_SIZE);
            group = group.add(draw::tick_label(&tick.label, at, Anchor::End, MUTED));
        }
        group
    }

    /// As [`Self::axes`], without the y axis.
    pub fn x_axis(&self, x_label: &str) -> Group {
        let mut group =
            Group::new().add(draw::line((self.left, self.bottom()), (self.right(), self.bottom()), AXIS, 1.0));
        for tick in self.x_ticks() {
            let x = self.left + self.width * tick.fraction;
            let at = (x, self.bottom() + LABEL_GAP + TEXT_SIZE);
            group = group.add(draw::line((x, self.bottom()), (x, self.bottom() + 5.0), AXIS, 1.0));
            group = group.add(draw::tick_label(&tick.label, at, Anchor::Middle, MUTED));
        }
        for (number, line) in self.x_label_lines(x_label).iter().enumerate() {
            let at = (
                self.left + self.width / 2.0,
                self.bottom() + TICK_ROW * (number as f64 + 1.0) + LABEL_GAP + TEXT_SIZE,
            );
            group = group.add(draw::words(line, at, Anchor::Middle, MUTED));
        }
        group
    }

    /// The height of the labels under the plot.
    pub fn height_below(&self, x_label: &str) -> f64 {
        TICK_ROW * (1.0 + self.x_label_lines(x_label).len() as f64)
    }

    fn x_label_lines(&self, x_label: &str) -> Vec<String> {
        text::wrap(x_label, self.width, |line| text::width(line, TEXT_SIZE))
    }

    fn y_of(&self, fraction: f64) -> f64 {
        self.top + self.height * (1.0 - fraction)
    }

    /// As many ticks as have room for their labels.
    fn x_ticks(&self) -> Vec<Tick> {
        let fits = |ticks: &Vec<Tick>| {
            let widest = ticks.iter().map(|tick| draw::tick_width(&tick.label)).fold(0.0, f64::max);
            ticks.windows(2).all(|pair| self.width * (pair[1].fraction - pair[0].fraction) >= widest + X_TICK_GAP)
        };
        /// More ticks than this are no help.
        const MOST: usize = 8;
        (1..=MOST).rev().map(|most| self.x.ticks(most)).find(fits).unwrap_or_default()
    }
}

fn y_ticks(axis: &Axis, height: f64) -> Vec<Tick> {
    axis.ticks((height / Y_TICK_ROOM) as usize)
}
