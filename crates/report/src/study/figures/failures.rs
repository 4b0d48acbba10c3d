//! Divergence by learning rate.

use downhill_chart::draw::{self, Anchor, HEADING_SIZE, Px, TEXT_SIZE};
use downhill_chart::frame::Frame;
use downhill_chart::palette::{self, GRID, INK, MUTED};
use downhill_chart::text;
use downhill_chart::ticks::{Axis, AxisScale};
use downhill_verdict::verdict::Standing;
use svg::node::element::{Group, Rectangle, Title};

use super::Look;
use super::rates::{ends, tried};
use crate::study::view::{View, count, short};

const BARS: f64 = 30.0;
const HEAD: f64 = 22.0;
const ROW_GAP: f64 = 12.0;
const SIDE: f64 = 10.0;

/// A row of bars for each optimizer: at each learning rate the share of its tuning trials that diverged. None if no
/// trial diverged.
pub(crate) fn failures(view: &View, look: Look) -> Option<String> {
    let searched: Vec<&Standing> =
        view.verdict.standings.iter().filter(|standing| !tried(standing).is_empty()).collect();
    if searched.iter().all(|standing| standing.tuning.as_ref().is_none_or(|tuning| tuning.diverged == 0)) {
        return None;
    }
    let rates: Vec<f64> = searched.iter().flat_map(|standing| tried(standing)).map(|tried| tried.0).collect();
    let (low, high) = ends(&rates)?;
    let title = format!("{}: diverged trials by learning rate", view.task.name);
    let mut page = look.page(&title, "Share of the tuning trials of each configuration that diverged", &[]);
    let (left, room, top) = (page.left(), page.room(), page.y);
    let x = Axis::around(AxisScale::Log, (low.log10(), high.log10()), 0.03);
    let y = Axis { scale: AxisScale::Linear, low: 0.0, high: 1.0, whole: false };
    let height = searched.len() as f64 * (HEAD + BARS + ROW_GAP) - ROW_GAP;
    let frame = Frame { left: left + SIDE, top, width: room - 2.0 * SIDE, height, x, y };
    let mut group = Group::new().add(frame.x_axis("learning rate"));
    for (row, standing) in searched.iter().enumerate() {
        let top = top + row as f64 * (HEAD + BARS + ROW_GAP);
        group = group.add(lane(view, standing, &frame, (left, top), room));
    }
    page.add(group);
    page.y = frame.bottom() + frame.height_below("learning rate");
    let said = |standing: &&Standing| format!("{}: {}", standing.optimizer, total(standing));
    let description = searched.iter().map(said).collect::<Vec<_>>().join("; ");
    Some(page.finish(&title, &description))
}

fn total(standing: &Standing) -> String {
    let (diverged, trials) = standing.tuning.as_ref().map_or((0, 0), |tuning| (tuning.diverged, tuning.trials));
    format!("{diverged} of {} diverged", count(trials, "tuning trial"))
}

fn lane(view: &View, standing: &Standing, frame: &Frame, (left, top): (f64, f64), room: f64) -> Group {
    let number = view.group(&standing.optimizer);
    let mut group = Group::new().set("class", format!("o{number}"));
    let words = total(standing);
    // The name gives way to the numbers.
    let space = room - text::width(&words, TEXT_SIZE) - 12.0;
    let name = text::wrap(&standing.optimizer, space, |line| text::bold_width(line, HEADING_SIZE - 1.0));
    let name = name.first().cloned().unwrap_or_default();
    let after = left + text::bold_width(&name, HEADING_SIZE - 1.0) + 10.0;
    let label = draw::words(&name, (left, top + 14.0), Anchor::Start, INK);
    group = group.add(label.set("font-size", HEADING_SIZE - 1.0).set("font-weight", 600));
    group = group.add(draw::words(&words, (after, top + 14.0), Anchor::Start, MUTED));
    let tried = tried(standing);
    let width = (0.5 * frame.width / tried.len().max(1) as f64).clamp(2.0, 10.0);
    let bar = |x: f64, share: f64, colour: &str| {
        let place = Rectangle::new().set("x", Px(x - width / 2.0)).set("y", Px(top + HEAD + BARS * (1.0 - share)));
        place.set("width", Px(width)).set("height", Px(BARS * share)).set("fill", colour)
    };
    for (rate, configuration) in tried {
        let x = frame.pixel(rate, 0.0).0;
        let share = configuration.diverged.clamp(0.0, 1.0);
        let said = format!("{}, learning rate {}: {:.0} % diverged", standing.optimizer, short(rate), 100.0 * share);
        let bars = Group::new().add(Title::new(text::clean(&said))).add(bar(x, 1.0, GRID));
        group = group.add(if share > 0.0 { bars.add(bar(x, share, palette::colour(number))) } else { bars });
    }
    group
}
