//! One HTML file that plays a race.
//!
//! The words and the table are there without any script. A script of ours (`assets/race.js`) draws the plane and the
//! loss curves on canvases from the JSON of [`super::data`].

use downhill_chart::contours::Levels;
use downhill_chart::palette::COLOURS;
use downhill_chart::table::{grouped, number};
use downhill_statistics::median;

use super::data::{Data, data, sound};
use super::layout::loss_axis;
use super::{Basins, RaceFigure, RunnerTrace, WalkTrace, plane};
use crate::html::{HtmlTable, TableRow, escape, section};
use crate::web::{self, COMMON_SCRIPT, STYLE};

const RACE_STYLE: &str = include_str!("../../assets/race.css");
const SCRIPT: &str = include_str!("../../assets/race.js");

/// A page that plays the race; `command` is the command that repeats it.
///
/// It loads nothing from elsewhere, and works as a local file. With many starts it holds at most 120 paths, and with
/// many steps some are left out; the page says so.
pub fn race_page(figure: &RaceFigure, command: &str) -> String {
    let levels = figure.has_plane().then(|| plane::levels(figure));
    let data = data(figure, levels.as_ref(), loss_axis(figure));
    let subtitle = if figure.subtitle.is_empty() {
        String::new()
    } else {
        format!("<p class=\"design\">{}</p>\n", escape(&figure.subtitle))
    };
    let mut sections = section("race", "The race", "", &stage(figure, levels.as_ref(), &data));
    sections += &section("end", "Where they ended", &end_words(figure), &end_table(figure).html());
    if let Some(basins) =
        figure.basins.as_ref().filter(|basins| basins.runners.iter().any(|cells| sound(basins, cells)))
    {
        sections += &section("basins", "Where starts lead", BASINS, &basin_pictures(figure, basins));
    }
    let command = format!(
        "<div class=\"command\"><button id=\"copy\" type=\"button\">Copy</button>\
         <pre tabindex=\"0\"><code>{}</code></pre></div>\n",
        escape(command)
    );
    sections += &section("repeat", "Repeat it", "", &command);
    let body = format!(
        "<a class=\"skip\" href=\"#race\">To the race</a>\n<header>\n{}<h1>{}</h1>\n{subtitle}</header>\n{}\
         <main class=\"wide-page\">\n{sections}</main>\n<footer><p>Made by downhill.</p></footer>\n\
         <script type=\"application/json\" id=\"race-data\">{}</script>\n<script>\n{COMMON_SCRIPT}{SCRIPT}</script>\n",
        web::top("Race of optimizers"),
        escape(&figure.title),
        legend(figure),
        data.json,
    );
    web::document(&figure.title, &format!("{STYLE}{RACE_STYLE}{}", web::colours()), &body)
}

/// A column that is left out where no minimum is known.
const REACHED: &str = "Reached a minimum";
const BASINS: &str =
    "Each cell is a start; its colour is the minimum that was reached from there, striped where none was.";

fn legend(figure: &RaceFigure) -> String {
    let button = |(place, runner): (usize, &RunnerTrace)| {
        format!(
            "<button type=\"button\" class=\"series\" data-o=\"{place}\" aria-pressed=\"true\">\
             <span class=\"dot\" style=\"background:var(--c{})\"></span>{}</button>\n",
            place % COLOURS.len(),
            escape(&runner.label)
        )
    };
    let buttons: String = figure.runners.iter().enumerate().map(button).collect();
    format!("<div class=\"legend\" role=\"group\" aria-label=\"Optimizers: press to hide or show\">\n{buttons}</div>\n")
}

/// The canvases and their controls.
fn stage(figure: &RaceFigure, levels: Option<&Levels>, data: &Data) -> String {
    let last = figure.last_step();
    let tools = format!(
        "<div class=\"player\">\n<button id=\"play\" type=\"button\" aria-label=\"Play or pause\">Play</button>\n\
         <input id=\"step\" type=\"range\" min=\"0\" max=\"{last}\" value=\"{last}\" step=\"1\" aria-label=\"Step\">\n\
         <output id=\"at\" for=\"step\">step {} of {}</output>\n\
         <label class=\"speed\">Speed <select id=\"speed\"><option value=\"0.1\">⅒</option><option value=\"0.25\">¼</option>\
         <option value=\"0.5\">½</option><option value=\"1\" selected>1</option><option value=\"2\">2</option>\
         <option value=\"4\">4</option></select></label>\n</div>\n",
        grouped(&last.to_string()),
        grouped(&last.to_string()),
    );
    let plane = levels.map_or(String::new(), |levels| {
        let key = plane_key(figure);
        format!(
            "<div class=\"chart\"><div class=\"chart-top\"><p class=\"title\">Paths</p><span class=\"zoom\">\
             <button id=\"closer\" type=\"button\" aria-label=\"Closer\">+</button>\
             <button id=\"further\" type=\"button\" aria-label=\"Further away\">−</button>\
             <button id=\"reset\" type=\"button\">Whole plane</button></span></div>\n\
             <canvas id=\"plane\" tabindex=\"0\" role=\"img\" aria-label=\"Paths of the optimizers on the landscape\"></canvas>\n\
             <div class=\"readout\"></div>\n<p class=\"key\">{key}</p>\n<p class=\"how\">{} Stronger shade is higher. \
             Wheel or + and − look closer, dragging moves.</p></div>\n",
            escape(&levels.words)
        )
    });
    let alone = if levels.is_none() { " alone" } else { "" };
    let what = figure.loss_label();
    let title = format!("Loss {what}");
    let mut remarks = Vec::new();
    let starts = figure.runners.iter().map(|runner| runner.traces.len()).max().unwrap_or(0);
    if data.shown < starts {
        remarks.push(format!(
            "{} of {} starts are drawn, evenly chosen.",
            number(data.shown as f64),
            number(starts as f64)
        ));
    }
    if data.thinned {
        remarks.push("Of so many steps some are left out here, evenly; the CSV file has them all.".into());
    }
    let remarks =
        if remarks.is_empty() { String::new() } else { format!("<p class=\"caption\">{}</p>\n", remarks.join(" ")) };
    format!(
        "{tools}<div class=\"stage{alone}\">\n{plane}<div class=\"chart\"><div class=\"chart-top\"><p class=\"title\">{}</p></div>\n\
         <canvas id=\"losses\" tabindex=\"0\" role=\"img\" aria-label=\"Loss by step\"></canvas>\n<div class=\"readout\"></div>\n\
         <p class=\"how\">Lower is better; the upright line is the step shown, and a press moves it. \
         Space plays, the arrow keys go step by step.</p></div>\n</div>\n{remarks}",
        escape(title.trim_end())
    )
}

/// The signs on the plane, in words.
fn plane_key(figure: &RaceFigure) -> String {
    let traces = || figure.runners.iter().flat_map(|runner| &runner.traces);
    let mut key = String::from("<span>○ start</span> <span>● where it is</span>");
    if !figure.minima.is_empty() {
        key += &format!(" <span>★ minimum, reached by a walk that ends within {}</span>", number(figure.reach));
    }
    key += " <span>▲ out of the picture</span>";
    if figure.values.iter().any(|value| value.is_nan()) {
        key += " <span>▨ no value</span>";
    }
    if traces().any(|trace| trace.diverged) {
        key += " <span>✕ diverged</span>";
    }
    key
}

fn end_words(figure: &RaceFigure) -> String {
    let what = figure.loss_label();
    let losses = if what.is_empty() { String::new() } else { format!(" Losses are those {what}.") };
    format!("The last step of each optimizer.{losses}")
}

fn end_table(figure: &RaceFigure) -> HtmlTable {
    let many = figure.runners.iter().any(|runner| runner.traces.len() > 1);
    let header: &[&str] = if many {
        &["Optimizer", "Starts", "Loss, median", "Lowest", "Highest", REACHED, "Diverged", "Ended"]
    } else {
        &["Optimizer", "Loss", "Gradient norm", "Steps", REACHED, "Ended"]
    };
    let row = |(place, runner): (usize, &RunnerTrace)| {
        let name = format!(
            "<span class=\"name\"><span class=\"dot\" style=\"background:var(--c{})\"></span>{}</span>",
            place % COLOURS.len(),
            escape(&runner.label)
        );
        let mut cells = vec![name];
        cells.extend(if many { many_cells(figure, runner) } else { one_cells(figure, runner) });
        cells
    };
    let mut rows: Vec<Vec<String>> = figure.runners.iter().enumerate().map(row).collect();
    let mut header: Vec<String> = header.iter().map(|&cell| cell.into()).collect();
    if let Some(column) = header.iter().position(|cell| cell == REACHED).filter(|_| figure.minima.is_empty()) {
        for cells in std::iter::once(&mut header).chain(&mut rows) {
            cells.remove(column);
        }
    }
    let rows = rows.into_iter().map(TableRow::Cells).collect();
    HtmlTable { label: "Where they ended".into(), header, rows }
}

fn many_cells(figure: &RaceFigure, runner: &RunnerTrace) -> Vec<String> {
    let count = |number: usize| grouped(&number.to_string());
    let floor = figure.floor().unwrap_or(0.0);
    let mut losses: Vec<f64> =
        runner.traces.iter().filter_map(|trace| trace.losses.last()).map(|loss| loss - floor).collect();
    // NaN is worse than any number.
    losses.iter_mut().filter(|loss| loss.is_nan()).for_each(|loss| *loss = f64::INFINITY);
    losses.sort_by(f64::total_cmp);
    let value = |value: Option<f64>| value.map_or("–".into(), loss_text);
    let mut ways: Vec<(&str, usize)> = Vec::new();
    for trace in &runner.traces {
        match ways.iter_mut().find(|way| way.0 == trace.ended) {
            Some(way) => way.1 += 1,
            None => ways.push((&trace.ended, 1)),
        }
    }
    ways.sort_by_key(|way| std::cmp::Reverse(way.1));
    let ways = ways
        .iter()
        .map(|&(words, times)| if ways.len() > 1 { format!("{}: {words}", count(times)) } else { words.into() });
    vec![
        count(runner.traces.len()),
        value(median(&losses)),
        value(losses.first().copied()),
        value(losses.last().copied()),
        count(runner.traces.iter().filter(|trace| trace.minimum.is_some()).count()),
        count(runner.traces.iter().filter(|trace| trace.diverged).count()),
        escape(&ways.collect::<Vec<String>>().join("; ")),
    ]
}

fn one_cells(figure: &RaceFigure, runner: &RunnerTrace) -> Vec<String> {
    let Some(trace) = runner.traces.first() else {
        return vec!["–".into(); 5];
    };
    let floor = figure.floor().unwrap_or(0.0);
    let last =
        |values: &[f64], from: f64| values.get(trace.last_step()).map_or("–".into(), |value| loss_text(value - from));
    let minimum = trace.minimum.map_or("no".into(), |minimum| {
        if figure.minima.len() > 1 { format!("yes, {}", letter(minimum)) } else { "yes".into() }
    });
    vec![
        last(&trace.losses, floor),
        last(&trace.grad_norms, 0.0),
        grouped(&WalkTrace::last_step(trace).to_string()),
        minimum,
        escape(&trace.ended),
    ]
}

fn loss_text(value: f64) -> String {
    if value.is_nan() { "not a number".into() } else { number(value) }
}

/// A, B, …, then numbers.
fn letter(minimum: usize) -> String {
    match u8::try_from(minimum) {
        Ok(place @ 0..26) => char::from(b'A' + place).into(),
        _ => (minimum + 1).to_string(),
    }
}

fn basin_pictures(figure: &RaceFigure, basins: &Basins) -> String {
    /// More minima than this are not named.
    const MOST_NAMED: usize = 12;
    let picture = |(place, runner): (usize, &RunnerTrace)| {
        let cells = basins.runners.get(place).filter(|cells| sound(basins, cells))?;
        let reached = cells.iter().flatten().filter(|&&minimum| usize::from(minimum) < figure.minima.len()).count();
        let share = number((1000.0 * reached as f64 / cells.len() as f64).round() / 10.0);
        let words =
            if figure.minima.len() == 1 { format!("{share} % reach it") } else { format!("{share} % reach a minimum") };
        Some(format!(
            "<figure class=\"basin\" data-o=\"{place}\"><canvas width=\"{0}\" height=\"{0}\" role=\"img\" \
             aria-label=\"Starts of {1} by the minimum they reach\"></canvas><figcaption><span class=\"name\"><span class=\"dot\" \
             style=\"background:var(--c{2})\"></span>{1}</span><br>{words}</figcaption></figure>\n",
            basins.grid,
            escape(&runner.label),
            place % COLOURS.len(),
        ))
    };
    let pictures: String = figure.runners.iter().enumerate().filter_map(picture).collect();
    let named = |(place, &(x, y, value)): (usize, &(f64, f64, f64))| {
        format!(
            "<span class=\"name\"><span class=\"swatch\" data-m=\"{place}\"></span>{} at ({}, {}), loss {}</span>\n",
            letter(place),
            number(x),
            number(y),
            number(value)
        )
    };
    let names: String = figure.minima.iter().enumerate().take(MOST_NAMED).map(named).collect();
    format!("<p class=\"key\">{names}</p>\n<div class=\"basins\">\n{pictures}</div>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minima_have_letters_and_then_numbers() {
        assert_eq!([0, 25, 26, 300].map(letter), ["A", "Z", "27", "301"]);
    }
}
