//! Score against learning rate.

use downhill_chart::draw::{self, MarkShape, TEXT_SIZE};
use downhill_chart::frame::Frame;
use downhill_chart::palette;
use downhill_chart::table::number;
use downhill_chart::text;
use downhill_chart::ticks::{Axis, AxisScale};
use downhill_verdict::selection::Chooser;
use downhill_verdict::verdict::{Configuration, Standing};
use svg::node::element::{Group, Title};

use super::budget::capped;
use super::{Look, dot_entry, group_shape, sign};
use crate::study::view::{View, count, rate, short};

const PLOT_HEIGHT: f64 = 300.0;
/// Height of an optimizer's lane of crosses above the plot.
const LANE: f64 = 11.0;
const X_ROOM: f64 = 0.03;

/// All tuning seeds as dots, a line through the means, crosses above for diverged trials, a ring around the chosen
/// rate. None if no learning rate was searched.
///
/// The line is drawn only where the learning rate alone was searched: otherwise neighbours differ in more than the
/// rate.
pub(crate) fn rates(view: &View, look: Look) -> Option<String> {
    let searched: Vec<&Standing> =
        view.verdict.standings.iter().filter(|standing| !tried(standing).is_empty()).collect();
    let all_rates: Vec<f64> = searched.iter().flat_map(|standing| tried(standing)).map(|tried| tried.0).collect();
    let (low, high) = ends(&all_rates)?;
    let scores: Vec<f64> = searched
        .iter()
        .flat_map(|standing| tried(standing))
        .flat_map(|(_, configuration)| configuration.scores.iter().flatten().copied())
        .collect();
    let scale = if scores.iter().all(|score| *score > 0.0) { AxisScale::Log } else { AxisScale::Linear };

    let mut entries: Vec<_> = searched.iter().map(|s| dot_entry(view.group(&s.optimizer), &s.optimizer)).collect();
    entries.push(sign(MarkShape::Circle, false, "chosen"));
    let lanes: Vec<&Standing> =
        searched.iter().copied().filter(|s| tried(s).iter().any(|(_, c)| c.diverged > 0.0)).collect();
    if !lanes.is_empty() {
        entries.push(sign(MarkShape::Cross, false, "diverged"));
    }
    let mut page = look.page(
        &format!("{}: score by learning rate", view.task.name),
        match view.study.design.judged.each_seed_searches() {
            true => "Each dot is one run, at the middle of its part of the range; lines join the means over the seeds",
            false => "Each dot is one tuning seed; lines join the means",
        },
        &entries,
    );
    let (left, room) = (page.left(), page.room());
    page.paragraph(Chooser::of(view.study).describe(), TEXT_SIZE, false, left, room);
    page.y += 8.0 + LANE * lanes.len() as f64 + if lanes.is_empty() { 0.0 } else { 4.0 };
    let x = Axis::around(AxisScale::Log, (low.log10(), high.log10()), X_ROOM);
    let frame = Frame::fit((left, page.y), room, PLOT_HEIGHT, x, Axis::around(scale, capped(scale, &scores), 0.05));

    let mut group = Group::new().add(frame.grid()).add(frame.axes("learning rate"));
    for (lane, standing) in lanes.iter().enumerate() {
        let y = frame.top - 8.0 - LANE * (lanes.len() - 1 - lane) as f64;
        group = group.add(crosses(view, standing, &frame, y));
    }
    // The best is drawn on top.
    for standing in searched.iter().rev() {
        group = group.add(one(view, standing, &frame));
    }
    page.add(group);
    page.y = frame.bottom() + frame.height_below("learning rate");
    let best = |standing: &&Standing| {
        let chosen = standing.chosen.first()?;
        Some(format!("{}: best at {}", standing.optimizer, short(rate(&chosen.settings)?)))
    };
    let description = searched.iter().filter_map(best).collect::<Vec<_>>().join("; ");
    Some(page.finish(&format!("{}: score by learning rate", view.task.name), &description))
}

/// The configurations with a learning rate, in rising order of it.
pub(super) fn tried(standing: &Standing) -> Vec<(f64, &Configuration)> {
    let configurations = standing.tuning.iter().flat_map(|tuning| &tuning.configurations);
    let mut tried: Vec<(f64, &Configuration)> = configurations
        .filter_map(|configuration| Some((rate(&configuration.settings).filter(|rate| *rate > 0.0)?, configuration)))
        .collect();
    tried.sort_by(|a, b| a.0.total_cmp(&b.0));
    tried
}

/// Smallest and largest; None without a value.
pub(super) fn ends(values: &[f64]) -> Option<(f64, f64)> {
    let ends = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    (ends.0 <= ends.1).then_some(ends)
}

/// The diverged trials of one optimizer, above the plot: the more of a rate's trials diverged, the stronger.
fn crosses(view: &View, standing: &Standing, frame: &Frame, y: f64) -> Group {
    let group = view.group(&standing.optimizer);
    let mut lane = Group::new().set("class", format!("o{group}"));
    for (rate, configuration) in tried(standing).into_iter().filter(|tried| tried.1.diverged > 0.0) {
        let at = (frame.pixel(rate, 1.0).0, y);
        let total = configuration.scores.len();
        let diverged = (configuration.diverged * total as f64).round() as usize;
        let words = format!(
            "{}, learning rate {}: {diverged} of {} diverged",
            standing.optimizer,
            short(rate),
            count(total, "trial")
        );
        let cross = draw::stroke(MarkShape::Cross.data(at, 3.2), palette::colour(group), 1.8);
        let cross = cross.set("opacity", 0.35 + 0.65 * configuration.diverged.clamp(0.0, 1.0));
        lane = lane.add(Group::new().add(Title::new(text::clean(&words))).add(cross.set("stroke-linecap", "round")));
    }
    lane
}

fn one(view: &View, standing: &Standing, frame: &Frame) -> Group {
    let group = view.group(&standing.optimizer);
    let (colour, shape) = (palette::colour(group), group_shape(group));
    let tried = tried(standing);
    let mut all = Group::new().set("class", format!("o{group}"));
    let inside = |score: f64| (0.0..=1.0).contains(&frame.y.fraction(score));
    for (rate, configuration) in &tried {
        for score in configuration.scores.iter().flatten().copied() {
            let words = format!("{}, learning rate {}: {}", standing.optimizer, short(*rate), number(score));
            let (x, y) = frame.pixel(*rate, score);
            let mark = if inside(score) {
                draw::mark(shape, (x, y), 2.7, colour).set("stroke-width", 0.6).set("opacity", 0.55)
            } else {
                draw::stroke(MarkShape::TriangleUp.data((x, frame.top + 5.0), 3.6), colour, 1.4)
            };
            all = all.add(Group::new().add(Title::new(text::clean(&words))).add(mark));
        }
    }
    let alone = tried.iter().all(|(_, configuration)| configuration.settings.len() == 1);
    let means: Vec<(f64, Option<f64>)> =
        tried.iter().map(|(rate, c)| (*rate, c.score.filter(|s| inside(*s)))).collect();
    if alone {
        for piece in means.split(|(_, score)| score.is_none()).filter(|piece| piece.len() > 1) {
            let points: Vec<_> =
                piece.iter().filter_map(|(rate, score)| score.map(|score| frame.pixel(*rate, score))).collect();
            all = all.add(draw::stroke(draw::polyline(&points), colour, 2.0).set("stroke-linejoin", "round"));
        }
    }
    for chosen in &standing.chosen {
        // Where each seed searched, a choice lies at its own rate and not at the middle of its part of the range.
        let is = |c: &Configuration| {
            c.configuration == chosen.configuration && [None, chosen.replicate].contains(&c.replicate)
        };
        let of_all = || tried.iter().find(|(_, c)| is(c))?.1.score;
        let Some((rate, score)) = rate(&chosen.settings).zip(chosen.score.or_else(of_all)) else { continue };
        let ring = draw::stroke(MarkShape::Circle.data(frame.pixel(rate, score), 7.0), colour, 2.2);
        let words = format!("{}: chosen, {} at learning rate {}", standing.optimizer, number(score), short(rate));
        all = all.add(Group::new().add(Title::new(text::clean(&words))).add(ring));
    }
    all
}
