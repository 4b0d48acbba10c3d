//! The pictures of a study.
//!
//! Each is drawn twice by the same code: as a file with title and legend on white paper, and for the page, without
//! both, in the page's width. The elements of one optimizer are in a group of class `oN`, N its colour index.

mod budget;
mod chart;
mod curves;
mod differences;
mod failures;
mod profile;
mod rank;
mod rates;
mod seeds;
mod strips;

use downhill_chart::draw::{MarkShape, group_mark, group_shape};
use downhill_chart::legend::{LegendEntry, Swatch};
use downhill_chart::palette::{self, MUTED, PAPER};
use downhill_chart::sheet::{MARGIN, Sheet};
use downhill_verdict::Study;
use downhill_verdict::study::TaskFacts;
use downhill_verdict::verdict::Verdict;
use std::collections::{HashMap, HashSet};

pub(crate) use budget::budget;
pub(crate) use differences::{differences, finding, interval_words, p_value, p_words, shown_pairs};
pub(crate) use failures::failures;
pub(crate) use profile::profile;
pub(crate) use rank::ranks;
pub(crate) use rates::rates;
pub(crate) use seeds::seeds;

use super::view::views;

/// The use of a picture.
#[derive(Clone, Copy)]
pub(crate) enum Look<'a> {
    /// A file of its own.
    File,
    /// A part of the page, with its width; names in it begin with the text.
    Part(f64, &'a str),
}

/// The width of a figure's drawing, in pixels.
const WIDTH: f64 = 720.0;

impl Look<'_> {
    /// The sheet, with title, subtitle and legend if the picture stands alone.
    fn page(self, title: &str, subtitle: &str, entries: &[LegendEntry]) -> Sheet {
        match self {
            Look::File => {
                let mut page = Sheet::new(WIDTH + 2.0 * MARGIN, title, subtitle, entries);
                page.y += 14.0;
                page
            }
            Look::Part(width, _) => Sheet::bare(width),
        }
    }

    /// The name of the area that a plot is clipped to.
    fn clip_name(self) -> String {
        match self {
            Look::File => "plot".into(),
            Look::Part(_, prefix) => format!("{prefix}-plot"),
        }
    }
}

/// Every figure with its file name, such as `curves-digits.svg`: for each task its curves, scores by learning rate,
/// seeds, differences, budget and failures, then the performance profile and the mean ranks. A figure without anything
/// to show is left out. Equal studies give equal bytes.
pub fn figures(study: &Study, verdict: &Verdict) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let names = file_names(&study.tasks);
    let tasks = study.tasks.iter().zip(&names);
    let name_of: HashMap<&str, &str> = tasks.map(|(task, name)| (task.name.as_str(), name.as_str())).collect();
    for view in views(study, verdict) {
        let name = name_of.get(view.task.name.as_str()).copied().unwrap_or("task");
        let figures = [
            ("curves", curves::curves(&view)),
            ("rates", rates(&view, Look::File)),
            ("seeds", seeds(&view, Look::File)),
            ("differences", differences(&view, Look::File)),
            ("budget", budget(&view, Look::File)),
            ("failures", failures(&view, Look::File)),
        ];
        files.extend(figures.into_iter().filter_map(|(kind, svg)| Some((format!("{kind}-{name}.svg"), svg?))));
    }
    if let Some(overall) = &verdict.overall {
        let figures =
            [("profile.svg", profile(study, overall, Look::File)), ("ranks.svg", ranks(study, overall, Look::File))];
        files.extend(figures.into_iter().filter_map(|(name, svg)| Some((name.to_string(), svg?))));
    }
    files
}

/// Each task's name as a part of a file name: small letters, digits and dashes. Where two tasks would share a name, the
/// task's number is added, or the next number that makes the name unique.
fn file_names(tasks: &[TaskFacts]) -> Vec<String> {
    let slugs: Vec<String> = tasks.iter().map(|task| slug(&task.name)).collect();
    let alone = |slug: &String| !slug.is_empty() && slugs.iter().filter(|other| *other == slug).count() == 1;
    // A task with a unique name keeps it.
    let mut taken: HashSet<String> = slugs.iter().filter(|slug| alone(slug)).cloned().collect();
    let mut names = Vec::new();
    for (place, slug) in slugs.iter().enumerate() {
        if alone(slug) {
            names.push(slug.clone());
            continue;
        }
        let start = if slug.is_empty() { "task" } else { slug.as_str() };
        let mut number = place + 1;
        while !taken.insert(format!("{start}-{number}")) {
            number += 1;
        }
        names.push(format!("{start}-{number}"));
    }
    names
}

fn slug(name: &str) -> String {
    /// A longer name is cut.
    const LONGEST: usize = 60;
    let letter = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' };
    let letters: String = name.chars().map(letter).collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(LONGEST).collect()
}

/// The legend's line of an optimizer drawn as a line.
fn line_entry(view_group: usize, name: &str, band: bool) -> LegendEntry {
    let swatch = Swatch::Line { colour: palette::colour(view_group), dashes: None, band, mark: group_mark(view_group) };
    LegendEntry { swatch, name: name.into(), quiet: false }
}

/// The legend's line of an optimizer drawn as dots.
fn dot_entry(group: usize, name: &str) -> LegendEntry {
    let colour = palette::colour(group);
    let swatch = Swatch::Mark { shape: group_shape(group), fill: colour, outline: colour };
    LegendEntry { swatch, name: name.into(), quiet: false }
}

/// A line that explains a sign.
fn sign(shape: MarkShape, filled: bool, name: &str) -> LegendEntry {
    let swatch = Swatch::Mark { shape, fill: if filled { MUTED } else { PAPER }, outline: MUTED };
    LegendEntry { swatch, name: name.into(), quiet: true }
}
