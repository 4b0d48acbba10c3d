//! Shared by all pages: the document, colours for both themes, and JSON that is safe in a script.

use downhill_chart::palette::{AXIS, COLOURS, FAINT_GRID, GRID, INK, MUTED, PAPER};

use crate::html::escape;

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("../assets/page.css");
/// Colours, ticks, words and the theme, for the scripts of all pages.
pub(crate) const COMMON_SCRIPT: &str = include_str!("../assets/common.js");

/// The colours of curves on dark paper, in the order of [`COLOURS`]: the same hues, lighter.
const DARK_COLOURS: [&str; COLOURS.len()] =
    ["#4aa8e0", "#f08a45", "#2fc39a", "#dc9cc4", "#f0b840", "#8accf2", "#b4b8bd", "#d2688e", "#9d90ee", "#bcbc55"];

/// The stand-in for infinity, which JSON lacks.
const INFINITE: &str = "1e300";

/// A page that loads nothing from elsewhere and works as a local file. The title is plain text; style and body are
/// trusted.
pub(crate) fn document(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"downhill\">\n<title>{}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>\n{style}</style>\n\
         <script>try{{const theme=localStorage.getItem(\"downhill-theme\");if(theme)document.documentElement.dataset.theme=theme}}catch{{}}</script>\n\
         </head>\n<body>\n{body}</body>\n</html>\n",
        escape(title),
    )
}

/// The line above the heading: the kind of page, and the switch of the theme.
pub(crate) fn top(kind: &str) -> String {
    format!(
        "<div class=\"top\"><p class=\"kind\">{}</p>\
         <button id=\"theme\" type=\"button\" aria-label=\"Switch between light and dark\">Dark</button></div>\n",
        escape(kind)
    )
}

/// The colours of curves as variables `--c0` and so on, for both themes.
pub(crate) fn colours() -> String {
    let pairs = COLOURS.iter().zip(DARK_COLOURS).enumerate();
    let variables: String =
        pairs.map(|(number, (light, dark))| format!("  --c{number}: light-dark({light}, {dark});\n")).collect();
    format!(":root {{\n{variables}}}\n")
}

/// The colours of SVG pictures, made for white paper, as those of the page's theme; for pictures within `.fig`.
pub(crate) fn picture_colours() -> String {
    let variables = COLOURS.iter().enumerate().map(|(number, colour)| (*colour, format!("c{number}")));
    let named =
        [(PAPER, "paper"), (INK, "ink"), (MUTED, "muted"), (AXIS, "axis"), (GRID, "grid"), (FAINT_GRID, "faint")];
    let rule = |(colour, variable): (&str, String)| {
        format!(
            ".fig [fill=\"{colour}\"] {{ fill: var(--{variable}) }}\n.fig [stroke=\"{colour}\"] {{ stroke: var(--{variable}) }}\n"
        )
    };
    variables.chain(named.map(|(colour, name)| (colour, name.to_string()))).map(rule).collect()
}

/// A number with `digits` significant digits, in the shorter of plain and exponent form; `null` for NaN.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "null".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { INFINITE.into() } else { format!("-{INFINITE}") };
    }
    let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    let (plain, exponent) = (format!("{rounded}"), format!("{rounded:e}"));
    if plain.len() <= exponent.len() { plain } else { exponent }
}

/// A text in JSON that cannot end a script.
pub(crate) fn quoted(content: &str) -> String {
    serde_json::to_string(content).unwrap_or_else(|_| "\"\"".into()).replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_end_the_script() {
        assert_eq!(quoted("</script><!--\"\\"), "\"\\u003c/script>\\u003c!--\\\"\\\\\"");
    }

    #[test]
    fn numbers_have_the_digits_asked_for() {
        let texts = [2.20259, 1e-7, f64::INFINITY, f64::NAN, -0.0001234567].map(|value| number(value, 4));
        assert_eq!(texts, ["2.203", "1e-7", "1e300", "null", "-1.235e-4"]);
    }
}
