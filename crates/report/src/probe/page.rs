//! `probe.html`: one file that needs nothing else.

use downhill_chart::curves::{CurvesFigure, curves_svg};
use downhill_chart::ground;

use super::{LossPlane, ProbeFigure, ProbeTable, plane};
use crate::html::{HtmlTable, TableRow, escape, section, sentence};
use crate::web::{self, COMMON_SCRIPT, STYLE};

const PROBE_STYLE: &str = "\
.picture { overflow-x: auto; }\n\
.picture svg { min-width: 520px; max-width: 780px; margin: 0 auto; }\n\
.about-figures p { max-width: 72ch; }\n\
#found td:last-child { text-align: left; color: var(--muted); white-space: normal; }\n\
#found td:last-child { min-width: 17em; padding-left: 28px; }\n";
const SCRIPT: &str = "downhillCommon.theme(() => {});\ndownhillCommon.copying();\n";

/// A page with all results; `command` is the command that repeats the probe.
///
/// It loads nothing from elsewhere, works as a local file, and has all its words, tables and pictures without any
/// script.
pub fn probe_page(figure: &ProbeFigure, command: &str) -> String {
    let notes: String = figure.notes.iter().map(|note| format!("<p>{}</p>\n", sentence(note))).collect();
    let mut sections =
        vec![("found", "What was found", String::new(), format!("<p class=\"lead\">{}</p>\n", sentence(&figure.lead)))];
    let mut tables = figure.tables.iter();
    if let Some(first) = tables.next() {
        sections[0].3 += &format!("<p class=\"how\">{}</p>\n{}", sentence(&first.how), html_table(first));
    }
    if let Some(sharpness) = &figure.sharpness {
        sections.push(("sharpness", "Sharpness on the way", SHARPNESS.into(), curves("sharpness", sharpness)));
    }
    if let Some(path) = &figure.path {
        sections.push(("path", "The path of training", PATH.into(), plane_picture("path", path)));
    }
    if let Some(slice) = &figure.slice {
        sections.push(("slice", "Along random directions", SLICE.into(), curves("slice", slice)));
    }
    if let Some(plane) = &figure.plane {
        sections.push(("plane", "Over the plane of two of them", PLANE.into(), plane_picture("plane", plane)));
    }
    for (table, id) in tables.zip(["more-1", "more-2", "more-3", "more-4"]) {
        sections.push((id, &table.title, sentence(&table.how), html_table(table)));
    }
    if !notes.is_empty() {
        sections.push((
            "notes",
            "How it was measured",
            String::new(),
            format!("<div class=\"about-figures\">{notes}</div>\n"),
        ));
    }
    let repeat = format!(
        "<div class=\"command\"><button id=\"copy\" type=\"button\">Copy</button>\
         <pre tabindex=\"0\"><code>{}</code></pre></div>\n",
        escape(command)
    );
    sections.push(("repeat", "Repeat it", String::new(), repeat));
    let contents: String =
        sections.iter().map(|(id, title, ..)| format!("<a href=\"#{id}\">{}</a>\n", escape(title))).collect();
    let main: String = sections.iter().map(|(id, title, how, body)| section(id, title, how, body)).collect();
    let body = format!(
        "<a class=\"skip\" href=\"#found\">To what was found</a>\n<header>\n{}<h1>{}</h1>\n<p class=\"design\">{}</p>\n\
         <nav aria-label=\"Contents\">\n{contents}</nav>\n</header>\n<main>\n{main}</main>\n\
         <footer><p>Made by downhill.</p></footer>\n<script>\n{COMMON_SCRIPT}{SCRIPT}</script>\n",
        web::top("Probe of a trained network"),
        escape(&figure.title),
        escape(&figure.subtitle),
    );
    let style = format!("{STYLE}{PROBE_STYLE}{}{}{}", web::colours(), web::picture_colours(), shades(figure));
    web::document(&figure.title, &style, &body)
}

const SHARPNESS: &str = "The largest eigenvalue of the Hessian at weights on the way, and, dotted, the edge beyond \
                         which the optimizer overshoots at the learning rate of that step. Full-batch training often \
                         climbs to the edge and stays there (Cohen et al. 2021).";
const PATH: &str = "The loss over the plane that holds most of the path, with the path laid onto it. What the axes \
                    leave out of the path cannot be seen here.";
const SLICE: &str = "The loss on straight lines through these weights. At 1 each unit has moved by as much as its \
                     incoming weights are long (filter normalisation, Li et al. 2018).";
const PLANE: &str = "The same, over the plane of the first two directions.";

/// The shades of contours over the page's own paper.
fn shades(figure: &ProbeFigure) -> String {
    let planes = [&figure.plane, &figure.path].into_iter().flatten();
    let levels = planes.filter_map(plane::levels).map(|levels| levels.values.len());
    let rule = |(colour, strength): (String, f64)| {
        let mix = format!("color-mix(in srgb, var(--axis) {:.1}%, var(--paper))", 100.0 * strength);
        format!(".fig [fill=\"{colour}\"] {{ fill: {mix} }}\n.fig [stroke=\"{colour}\"] {{ stroke: {mix} }}\n")
    };
    levels.flat_map(ground::shades).map(rule).collect()
}

fn curves(name: &str, figure: &CurvesFigure) -> String {
    let bare = CurvesFigure { title: String::new(), subtitle: String::new(), ..figure.clone() };
    picture(name, &curves_svg(&bare))
}

fn plane_picture(name: &str, figure: &LossPlane) -> String {
    let bare = LossPlane { title: String::new(), subtitle: String::new(), ..figure.clone() };
    picture(name, &plane::plane_svg(&bare))
}

/// A picture within the page; its names are unique, since all pictures of a page share one namespace.
fn picture(name: &str, svg: &str) -> String {
    let own = svg.replace("id=\"", &format!("id=\"{name}-")).replace("url(#", &format!("url(#{name}-"));
    format!("<div class=\"fig picture\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">{own}</div>\n")
}

fn html_table(table: &ProbeTable) -> String {
    let cells = |cells: &[String]| cells.iter().map(|cell| escape(cell)).collect();
    HtmlTable {
        label: table.title.clone(),
        header: cells(&table.table.header),
        rows: table.table.rows.iter().map(|row| TableRow::Cells(cells(row))).collect(),
    }
    .html()
}
