//! Mean ranks with the critical difference (Demšar 2006).

use downhill_chart::draw::{self, Anchor, Px, TEXT_SIZE};
use downhill_chart::frame::Frame;
use downhill_chart::palette::{self, GRID, INK};
use downhill_chart::table::number;
use downhill_chart::text;
use downhill_chart::ticks::{Axis, AxisScale};
use downhill_verdict::Study;
use downhill_verdict::verdict::Overall;
use svg::node::element::{Group, Title};

use super::Look;
use crate::study::view::group;

const ROW: f64 = 30.0;
const SIDE: f64 = 14.0;

/// A row for each optimizer, the best first: its mean rank, and a bar as long as the critical difference. An optimizer
/// whose dot lies beyond the end of another's bar ranks worse. None for a single optimizer.
pub(crate) fn ranks(study: &Study, overall: &Overall, look: Look) -> Option<String> {
    let standings = &overall.standings;
    if standings.len() < 2 {
        return None;
    }
    let subtitle = match overall.critical_difference {
        Some(difference) => format!("A bar is one critical difference long: {}", number(difference)),
        None => "Too few tasks for a critical difference".into(),
    };
    let mut page = look.page("Mean ranks over the tasks", &subtitle, &[]);
    let (left, room, top) = (page.left(), page.room(), page.y);
    let label = |standing: &downhill_verdict::verdict::OverallStanding| {
        let lines = text::wrap(&standing.optimizer, 0.4 * room, |line| text::width(line, TEXT_SIZE + 1.0));
        let cut = lines.len() > 1;
        lines.into_iter().next().unwrap_or_default() + if cut { "…" } else { "" }
    };
    let labels: Vec<String> = standings.iter().map(label).collect();
    let widest = labels.iter().map(|label| text::width(label, TEXT_SIZE + 1.0)).fold(0.0, f64::max) + 18.0;
    let ends = (1.0, standings.len() as f64);
    let x = Axis { whole: true, ..Axis::around(AxisScale::Linear, ends, 0.0) };
    let y = Axis { scale: AxisScale::Linear, low: 0.0, high: 1.0, whole: false };
    let height = ROW * standings.len() as f64 + 8.0;
    let frame = Frame { left: left + widest, top, width: room - widest - SIDE, height, x, y };
    let x_label = "mean rank, 1 is the best";
    let mut all = Group::new().add(frame.upright_grid()).add(frame.x_axis(x_label));
    for (row, (standing, label)) in standings.iter().zip(&labels).enumerate() {
        let number_of = group(study, &standing.optimizer);
        let colour = palette::colour(number_of);
        let (x, y) = (frame.pixel(standing.mean_rank, 0.0).0, top + ROW * (row as f64 + 0.5) + 4.0);
        let mut one = Group::new().set("class", format!("o{number_of}"));
        let words = format!("{}: mean rank {}", standing.optimizer, number(standing.mean_rank));
        one = one.add(Title::new(text::clean(&words)));
        let name = draw::words(label, (left, y + 0.36 * TEXT_SIZE), Anchor::Start, INK);
        one = one.add(name.set("font-size", Px(TEXT_SIZE + 1.0)));
        one = one.add(draw::line((frame.left, y), (frame.right(), y), GRID, 1.0));
        if let Some(difference) = overall.critical_difference {
            let end = frame.pixel(standing.mean_rank + difference, 0.0).0.min(frame.right());
            one = one.add(draw::line((x, y), (end, y), colour, 6.0).set("opacity", 0.35));
        }
        all = all.add(one.add(draw::mark(super::group_shape(number_of), (x, y), 6.0, colour)));
    }
    page.add(all);
    page.y = frame.bottom() + frame.height_below(x_label);
    let said = standings.iter().map(|standing| format!("{} {}", standing.optimizer, number(standing.mean_rank)));
    let description = format!("Mean ranks: {}.", said.collect::<Vec<_>>().join("; "));
    Some(page.finish("Mean ranks over the tasks", &description))
}
