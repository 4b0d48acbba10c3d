//! The sheet of a figure: ground, title, legend, and the document around them.

use svg::Document;
use svg::node::element::{Description, Group, Rectangle, Title};

use crate::draw::{self, Anchor, Px, TEXT_SIZE, TITLE_SIZE};
use crate::legend::{self, LegendEntry};
use crate::palette::{INK, MUTED, PAPER};
use crate::text;

/// Empty border of every picture.
pub const MARGIN: f64 = 24.0;
/// From one baseline to the next, in font sizes.
const LEADING: f64 = 1.4;

/// A sheet that is filled from above.
pub struct Sheet {
    width: f64,
    /// Empty border left, right and below.
    margin: f64,
    /// The y at which the next element begins.
    pub y: f64,
    /// The elements drawn so far.
    pub body: Group,
}

impl Sheet {
    /// A sheet with title, subtitle and legend on it.
    pub fn new(width: f64, title: &str, subtitle: &str, entries: &[LegendEntry]) -> Self {
        let room = width - 2.0 * MARGIN;
        let mut sheet = Self { width, margin: MARGIN, y: MARGIN, body: draw::text_group() };
        sheet.paragraph(title, TITLE_SIZE, true, MARGIN, room);
        sheet.paragraph(subtitle, TEXT_SIZE + 1.0, false, MARGIN, room);
        sheet.y += 6.0;
        let (group, height) = legend::draw(entries, (MARGIN, sheet.y), room);
        sheet.body = sheet.body.add(group);
        sheet.y += height;
        sheet
    }

    /// A sheet without title, legend, border and ground: part of a page that has them.
    pub fn bare(width: f64) -> Self {
        Self { width, margin: 0.0, y: 0.0, body: draw::text_group() }
    }

    /// Where drawings begin on the left.
    pub fn left(&self) -> f64 {
        self.margin
    }

    /// The width available to drawings.
    pub fn room(&self) -> f64 {
        self.width - 2.0 * self.margin
    }

    /// Adds lines of text in the given room and moves below them.
    pub fn paragraph(&mut self, content: &str, size: f64, bold: bool, left: f64, room: f64) {
        let measure = |line: &str| if bold { text::bold_width(line, size) } else { text::width(line, size) };
        for line in text::wrap(content, room, measure) {
            let colour = if bold { INK } else { MUTED };
            let mut words = draw::words(&line, (left, self.y + size), Anchor::Start, colour).set("font-size", size);
            if bold {
                words = words.set("font-weight", 600);
            }
            self.body = std::mem::take(&mut self.body).add(words);
            self.y += LEADING * size;
        }
    }

    /// Draws something on the sheet.
    pub fn add(&mut self, group: Group) {
        self.body = std::mem::take(&mut self.body).add(group);
    }

    /// The height of the finished document.
    pub fn height(&self) -> f64 {
        /// Height of the descenders below the last baseline.
        const DESCENT: f64 = 4.0;
        (self.y + self.margin.max(DESCENT)).ceil()
    }

    /// The finished document; `title` and `description` are for screen readers.
    pub fn finish(self, title: &str, description: &str) -> String {
        let (width, height) = (self.width, self.height());
        let ground = Rectangle::new().set("width", Px(width)).set("height", Px(height)).set("fill", PAPER);
        let document = Document::new()
            .set("width", Px(width))
            .set("height", Px(height))
            .set("viewBox", format!("0 0 {} {}", Px(width), Px(height)))
            .set("role", "img")
            .add(Title::new(text::clean(title)))
            .add(Description::new().add(svg::node::Text::new(text::clean(description))));
        let document = if self.margin > 0.0 { document.add(ground) } else { document };
        document.add(self.body).to_string()
    }
}
