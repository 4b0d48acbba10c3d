//! `report.html`: one file that needs nothing else.
//!
//! The words, tables and SVG pictures are there without any script. A script of ours draws the curves with uPlot
//! (`assets/uplot`) from the JSON of [`data`], hides optimizers and switches the theme.

mod data;
mod sections;
mod tables;

use downhill_chart::palette::COLOURS;
use downhill_verdict::Study;
use downhill_verdict::study::{Judged, Varies};
use downhill_verdict::verdict::{Verdict, Weight};

use super::timings::Timings;
use super::view::{View, count, group, views};
use crate::html::escape;
use crate::web::{self, COMMON_SCRIPT, STYLE};

const UPLOT: &str = include_str!("../../../assets/uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../../../assets/uplot/uPlot.min.css");
const UPLOT_LICENCE: &str = include_str!("../../../assets/uplot/LICENSE");
const SCRIPT: &str = include_str!("../../../assets/page.js");

/// `report.html` as a whole: the verdict first, then its evidence.
///
/// `command` is the command that repeats the study. The page loads nothing from elsewhere, and works as a local file.
/// Wall times, from `timings`, are in no other part of a report.
pub fn page(study: &Study, verdict: &Verdict, timings: &Timings, command: &str) -> String {
    let views = views(study, verdict);
    let names: Vec<&str> = study.optimizers.iter().map(|optimizer| optimizer.label.as_str()).collect();
    let tasks: Vec<&str> = study.tasks.iter().map(|task| task.name.as_str()).collect();
    let title = format!("{} on {}", listed(&names, "optimizers"), listed(&tasks, "tasks"));
    let (curves, thinned) = data::curves(&views);
    let sections = sections::all(study, verdict, &views, timings, command, thinned);
    let contents: String =
        sections.iter().map(|section| format!("<a href=\"#{}\">{}</a>\n", section.id, escape(section.title))).collect();
    let body: String = sections.iter().map(sections::Section::html).collect();
    let style = format!("{UPLOT_STYLE}\n{STYLE}\n{}", theme_style(study.optimizers.len()));
    let body = format!(
        "<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n\
         <header>\n{}\
         <h1>{}</h1>\n<p class=\"design\">{}</p>\n<nav aria-label=\"Contents\">\n{contents}</nav>\n</header>\n\
         {}<main>\n{body}</main>\n<footer><p>{}</p></footer>\n\
         <script type=\"application/json\" id=\"curves-data\">{curves}</script>\n\
         <script>\n/*! uPlot {UPLOT_LICENCE}*/\n{UPLOT}\n</script>\n<script>\n{COMMON_SCRIPT}{SCRIPT}</script>\n",
        web::top("Comparison of optimizers"),
        escape(&title),
        escape(&design(study)),
        legend(study),
        footer(verdict),
    );
    web::document(&title, &style, &body)
}

/// "a", "a and b", "a, b and c"; of many names only the number: "40 optimizers".
fn listed(names: &[&str], all: &str) -> String {
    const MOST: usize = 6;
    match names {
        _ if names.len() > MOST => format!("{} {all}", names.len()),
        [] => "nothing".into(),
        [one] => one.to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn design(study: &Study) -> String {
    let design = &study.design;
    let searched = study.optimizers.iter().any(|optimizer| !optimizer.search.is_empty());
    let each = design.judged.each_seed_searches();
    if searched && each {
        let (seeds, tried) =
            (count(design.evaluation_seeds.len(), "seed"), count(design.configurations, "configuration"));
        let judged = match design.judged {
            Judged::Fresh => "what it chose is judged at a fresh seed",
            _ => "what it keeps is judged",
        };
        return format!("Each of {seeds} searches for itself among {tried}, and {judged}.");
    }
    let tuning = if searched {
        format!(
            "Each tuned with {} on {}, then run",
            count(design.configurations, "configuration"),
            count(design.tuning_seeds.len(), "seed")
        )
    } else {
        "Nothing tuned; each run".into()
    };
    match design.varies {
        Varies::Folds(folds) => {
            let all = count(folds.folds * folds.repeats, "fold");
            format!("{tuning} on {all}, {}.", if searched { "tuned anew in each" } else { "with a fresh seed in each" })
        }
        _ if searched => format!("{tuning} with {}.", count(design.evaluation_seeds.len(), "fresh seed")),
        _ => format!("{tuning} with {}.", count(design.evaluation_seeds.len(), "seed")),
    }
}

fn footer(verdict: &Verdict) -> String {
    let warnings = verdict.audit.iter().filter(|finding| finding.weight == Weight::Warning).count();
    let level = downhill_chart::table::number(100.0 * verdict.level);
    format!(
        "Made by downhill. Decided at a level of {level} % over all pairs of a task; {} in the audit.",
        count(warnings, "warning")
    )
}

/// With more optimizers than this, all can be hidden or shown at once.
const MANY: usize = 6;

/// The optimizers, as buttons that hide and show them everywhere.
fn legend(study: &Study) -> String {
    let button = |label: &str| {
        let number = group(study, label);
        format!(
            "<button type=\"button\" class=\"series\" data-o=\"{number}\" aria-pressed=\"true\">\
             <span class=\"dot\" style=\"background:var(--c{})\"></span>{}</button>\n",
            number % COLOURS.len(),
            escape(label)
        )
    };
    let mut buttons: String = study.optimizers.iter().map(|optimizer| button(&optimizer.label)).collect();
    if study.optimizers.len() > MANY {
        buttons += "<button type=\"button\" class=\"all\" data-show=\"1\">Show all</button>\n\
                    <button type=\"button\" class=\"all\" data-show=\"\">Hide all</button>\n";
    }
    format!("<div class=\"legend\" role=\"group\" aria-label=\"Optimizers: press to hide or show\">\n{buttons}</div>\n")
}

/// The colours as variables for both themes; and the SVG pictures' own, on white, replaced by them.
fn theme_style(optimizers: usize) -> String {
    let mut style = web::colours() + &web::picture_colours();
    for number in 0..optimizers {
        style += &format!(".hide-{number} .fig .o{number} {{ display: none }}\n");
    }
    style
}

/// The picture of a task in both widths; the style shows the one that fits.
fn picture(name: &str, draw: impl Fn(super::figures::Look) -> Option<String>) -> Option<String> {
    const WIDE: f64 = 860.0;
    const NARROW: f64 = 360.0;
    let (wide_name, narrow_name) = (format!("{name}-wide"), format!("{name}-narrow"));
    let wide = draw(super::figures::Look::Part(WIDE, &wide_name))?;
    let narrow = draw(super::figures::Look::Part(NARROW, &narrow_name))?;
    Some(format!("<div class=\"fig\"><div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div></div>\n"))
}

/// The heading of a task within a section, where there are several.
fn task_heading(view: &View) -> String {
    if view.study.tasks.len() > 1 { format!("<h3>{}</h3>\n", escape(&view.task.name)) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downhill_chart::palette::{AXIS, FAINT_GRID, GRID, INK, MUTED, PAPER};

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&["a"], "tasks"), "a");
        assert_eq!(listed(&["a", "b", "c"], "tasks"), "a, b and c");
        assert_eq!(listed(&["a"; 40], "tasks"), "40 tasks");
    }

    #[test]
    fn every_colour_of_the_pictures_has_one_for_the_dark() {
        let style = theme_style(2);
        for colour in COLOURS.iter().chain(&[PAPER, INK, MUTED, AXIS, GRID, FAINT_GRID]) {
            assert!(style.contains(&format!(".fig [fill=\"{colour}\"]")), "{colour}");
        }
        assert!(style.contains(".hide-1 .fig .o1"));
    }
}
