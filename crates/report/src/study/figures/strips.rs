//! Rows of dots over one axis: every value, with a mean and an interval below them.

use downhill_chart::draw::{self, Anchor, HEADING_SIZE, MarkShape, Px, TEXT_SIZE};
use downhill_chart::frame::Frame;
use downhill_chart::legend::LegendEntry;
use downhill_chart::palette::{self, AXIS, GRID, INK, MUTED};
use downhill_chart::text;
use downhill_chart::thin::Pixel;
use downhill_chart::ticks::{Axis, AxisScale};
use downhill_statistics::quantile;
use svg::node::element::{Group, Rectangle, Title};

use super::Look;

/// Room left and right of the axis for crosses: values beyond the axis.
const SIDE: f64 = 18.0;
/// Height of a row's dots, and of its interval below them.
const DOTS: f64 = 30.0;
const INTERVAL: f64 = 12.0;
const ROW_GAP: f64 = 10.0;
/// From one baseline to the next.
const LEADING: f64 = 1.4 * TEXT_SIZE;

/// A value of a row.
pub(super) struct Dot {
    /// On the axis; an infinity is drawn as a cross at that end.
    pub value: f64,
    /// Colour index.
    pub group: usize,
    /// The tooltip.
    pub words: String,
}

/// One row.
pub(super) struct Strip {
    /// Colour indices of its optimizers.
    pub groups: Vec<usize>,
    pub name: String,
    /// Stands after the name, or below where there is no room.
    pub words: String,
    pub dots: Vec<Dot>,
    pub median: Option<f64>,
    pub mean: Option<f64>,
    /// An infinite end runs to the border.
    pub interval: Option<(f64, f64)>,
}

/// A picture of rows.
pub(super) struct Strips<'a> {
    pub title: &'a str,
    pub subtitle: &'a str,
    pub entries: &'a [LegendEntry],
    pub strips: &'a [Strip],
    pub x_label: &'a str,
    /// Whether zero is on the axis, with a line.
    pub zero: bool,
    /// A shaded stretch: differences that do not matter.
    pub shade: Option<(f64, f64)>,
    pub description: &'a str,
}

impl Strips<'_> {
    pub(super) fn svg(&self, look: Look) -> String {
        let mut page = look.page(self.title, self.subtitle, self.entries);
        let (left, room) = (page.left(), page.room());
        let top = page.y;
        let heads: Vec<Head> = self.strips.iter().map(|strip| Head::new(strip, room)).collect();
        let height: f64 = heads.iter().map(|head| head.height + DOTS + INTERVAL + ROW_GAP).sum();
        let flat = Axis { scale: AxisScale::Linear, low: 0.0, high: 1.0, whole: false };
        let frame = Frame { left: left + SIDE, top, width: room - 2.0 * SIDE, height, x: self.axis(), y: flat };

        let mut group = Group::new();
        group = group.add(frame.x_axis(self.x_label));
        let mut y = top;
        for (strip, head) in self.strips.iter().zip(&heads) {
            let classes: Vec<String> = strip.groups.iter().map(|group| format!("o{group}")).collect();
            let row = head.draw((left, y)).set("class", classes.join(" "));
            y += head.height;
            group = group.add(self.grid(&frame, y));
            group =
                group.add(row.add(dots(strip, &frame, y + DOTS / 2.0)).add(interval(strip, &frame, y + DOTS + 4.0)));
            y += DOTS + INTERVAL + ROW_GAP;
        }
        page.add(group);
        page.y = frame.bottom() + frame.height_below(self.x_label);
        page.finish(self.title, self.description)
    }

    /// Lines behind one row's dots, not behind its words.
    fn grid(&self, frame: &Frame, top: f64) -> Group {
        let row = Frame { top, height: DOTS + INTERVAL, ..*frame };
        let mut group = Group::new();
        if let Some((low, high)) = self.shade {
            let (from, to) = (row.pixel(low, 0.0).0.max(row.left), row.pixel(high, 0.0).0.min(row.right()));
            let area = Rectangle::new().set("x", Px(from)).set("y", Px(top)).set("width", Px((to - from).max(0.0)));
            group = group.add(area.set("height", Px(row.height)).set("fill", GRID).set("opacity", 0.7));
        }
        let group = group.add(row.upright_grid());
        if !self.zero {
            return group;
        }
        let x = frame.pixel(0.0, 0.0).0;
        group.add(draw::line((x, row.top), (x, row.bottom()), AXIS, 1.8))
    }

    /// All values that are not wild in their row, with means, intervals, and zero.
    fn axis(&self) -> Axis {
        /// Values this many quartile distances outside the quartiles are drawn at the border.
        const FENCE: f64 = 5.0;
        let mut values: Vec<f64> = if self.zero { vec![0.0] } else { Vec::new() };
        for strip in self.strips {
            let mut row: Vec<f64> = strip.dots.iter().map(|dot| dot.value).filter(|value| value.is_finite()).collect();
            row.sort_by(f64::total_cmp);
            if let Some((low, high)) = quantile(&row, 0.25).zip(quantile(&row, 0.75)) {
                let fence = FENCE * (high - low);
                // With half of the values equal the quartile distance is 0 and gives no fence.
                let kept = |value: &f64| fence == 0.0 || (low - fence..=high + fence).contains(value);
                values.extend(row.iter().copied().filter(kept));
            }
            values.extend(strip.mean.into_iter().chain(strip.interval.into_iter().flat_map(<[f64; 2]>::from)));
        }
        let finite: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        Axis::around(AxisScale::Linear, super::rates::ends(&finite).unwrap_or((0.0, 1.0)), 0.03)
    }
}

/// A row's name and words, in as many lines as they need.
struct Head {
    colours: Vec<&'static str>,
    name: Vec<String>,
    /// The words' lines; the first stands beside the name if `beside` says where.
    words: Vec<String>,
    beside: Option<f64>,
    height: f64,
}

const SWATCH: f64 = 16.0;

impl Head {
    fn new(strip: &Strip, room: f64) -> Self {
        let start = SWATCH;
        let size = HEADING_SIZE - 1.0;
        let name = text::wrap(&strip.name, room - start, |line| text::bold_width(line, size));
        let after = start + name.last().map_or(0.0, |line| text::bold_width(line, size)) + 10.0;
        let beside = (after + text::width(&strip.words, TEXT_SIZE) <= room).then_some(after);
        let words = match beside {
            Some(_) => vec![text::clean(&strip.words)],
            None => text::wrap(&strip.words, room - start, |line| text::width(line, TEXT_SIZE)),
        };
        let lines = name.len() + if beside.is_some() { 0 } else { words.len() };
        let colours = strip.groups.iter().map(|&group| palette::colour(group)).collect();
        Self { colours, name, words, beside, height: LEADING * lines as f64 + 6.0 }
    }

    fn draw(&self, (left, top): Pixel) -> Group {
        let size = HEADING_SIZE - 1.0;
        let mut group = Group::new();
        let mut baseline = top;
        for (number, line) in self.name.iter().enumerate() {
            baseline += LEADING;
            if number == 0 {
                for (place, colour) in self.colours.iter().take(2).enumerate() {
                    let at =
                        (left + 5.0, baseline - 4.5 + 5.0 * (place as f64 - 0.5 * (self.colours.len() - 1) as f64));
                    group = group.add(draw::mark(MarkShape::Circle, at, 4.2, colour));
                }
            }
            let words = draw::words(line, (left + SWATCH, baseline), Anchor::Start, INK);
            group = group.add(words.set("font-size", size).set("font-weight", 600));
        }
        for line in &self.words {
            let x = match self.beside {
                Some(after) => left + after,
                None => {
                    baseline += LEADING;
                    left + SWATCH
                }
            };
            group = group.add(draw::words(line, (x, baseline), Anchor::Start, MUTED));
        }
        group
    }
}

/// The dots of a row around a height, those close together piled up.
fn dots(strip: &Strip, frame: &Frame, middle: f64) -> Group {
    const RADIUS: f64 = 3.2;
    let mut places: Vec<(f64, &Dot)> = strip.dots.iter().map(|dot| (frame.x.fraction(dot.value), dot)).collect();
    places.retain(|(fraction, _)| !fraction.is_nan());
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Dots in one bin are piled up around the middle, closer where they are many.
    let column = |fraction: f64| (fraction.clamp(-0.01, 1.01) * frame.width / (1.6 * RADIUS)).floor();
    let mut group = Group::new();
    for pile in places.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let apart = (DOTS / pile.len() as f64).min(1.9 * RADIUS);
        for (number, (fraction, dot)) in pile.iter().enumerate() {
            let y = middle + apart * (number as f64 - (pile.len() - 1) as f64 / 2.0);
            let colour = palette::colour(dot.group);
            let mark = if !dot.value.is_finite() {
                let x = if dot.value < 0.0 { frame.left - 10.0 } else { frame.right() + 10.0 };
                draw::stroke(MarkShape::Cross.data((x, y), 3.4), colour, 1.8).set("stroke-linecap", "round")
            } else if (0.0..=1.0).contains(fraction) {
                let at = (frame.left + fraction * frame.width, y);
                draw::mark(super::group_shape(dot.group), at, RADIUS, colour)
                    .set("stroke-width", 0.7)
                    .set("opacity", 0.75)
            } else {
                let (x, turn) = if *fraction < 0.0 { (frame.left - 6.0, -90) } else { (frame.right() + 6.0, 90) };
                let mark = draw::stroke(MarkShape::TriangleUp.data((x, y), 3.4), colour, 1.5);
                mark.set("transform", format!("rotate({turn} {} {})", Px(x), Px(y)))
            };
            group = group.add(Group::new().add(Title::new(text::clean(&dot.words))).add(mark));
        }
    }
    if let Some(median) = strip.median.filter(|median| (0.0..=1.0).contains(&frame.x.fraction(*median))) {
        let x = frame.pixel(median, 0.0).0;
        group = group.add(draw::line((x, middle - 0.45 * DOTS), (x, middle + 0.45 * DOTS), INK, 1.6));
    }
    group
}

/// The mean and its interval at a height.
fn interval(strip: &Strip, frame: &Frame, y: f64) -> Group {
    let mut group = Group::new();
    let inside = |value: f64| frame.pixel(value.clamp(-1e300, 1e300), 0.0).0.clamp(frame.left, frame.right());
    if let Some((low, high)) = strip.interval {
        let (from, to) = (inside(low), inside(high));
        group = group.add(draw::line((from, y), (to, y), INK, 1.8));
        for (end, x, turn) in [(low, from, -90), (high, to, 90)] {
            group = if (0.0..=1.0).contains(&frame.x.fraction(end)) {
                group.add(draw::line((x, y - 3.5), (x, y + 3.5), INK, 1.8))
            } else {
                let arrow = draw::mark(MarkShape::TriangleUp, (x, y), 4.0, INK);
                group.add(arrow.set("transform", format!("rotate({turn} {} {})", Px(x), Px(y))))
            };
        }
    }
    match strip.mean.filter(|mean| (0.0..=1.0).contains(&frame.x.fraction(*mean))) {
        Some(mean) => group.add(draw::mark(MarkShape::Diamond, (frame.pixel(mean, 0.0).0, y), 4.0, INK)),
        None => group,
    }
}
