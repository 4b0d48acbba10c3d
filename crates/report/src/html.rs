//! Pieces of HTML.

use downhill_chart::text;

/// A text escaped for HTML, between tags and in quoted attributes.
pub(crate) fn escape(content: &str) -> String {
    let mut escaped = String::with_capacity(content.len());
    for character in text::clean(content).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A sentence; text between two backticks is code.
pub(crate) fn sentence(content: &str) -> String {
    let pieces: Vec<&str> = content.split('`').collect();
    // An even number of backticks makes an odd number of pieces.
    if pieces.len().is_multiple_of(2) {
        return escape(content);
    }
    let piece = |(place, piece): (usize, &&str)| {
        if place % 2 == 1 { format!("<code>{}</code>", escape(piece)) } else { escape(piece) }
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// A section with its heading and reading help.
pub(crate) fn section(id: &str, title: &str, how: &str, body: &str) -> String {
    let how = if how.is_empty() { String::new() } else { format!("<p class=\"how\">{how}</p>\n") };
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{}</h2>\n{how}{body}</section>\n",
        escape(title)
    )
}

/// A table that scrolls where it has no room. Cells are HTML; the first column names its row.
pub(crate) struct HtmlTable {
    pub label: String,
    pub header: Vec<String>,
    pub rows: Vec<TableRow>,
}

/// A row of a table, or a heading over the rows below it.
pub(crate) enum TableRow {
    Cells(Vec<String>),
    Heading(String),
}

impl HtmlTable {
    pub(crate) fn html(&self) -> String {
        let head: String = self.header.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>")).collect();
        let rows: String = self.rows.iter().map(|row| self.row(row)).collect();
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n<thead><tr>{head}</tr></thead>\n\
             <tbody>\n{rows}</tbody></table></div>\n",
            escape(&self.label)
        )
    }

    fn row(&self, row: &TableRow) -> String {
        match row {
            TableRow::Heading(heading) => {
                format!(
                    "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\">{heading}</th></tr>\n",
                    self.header.len()
                )
            }
            TableRow::Cells(cells) => {
                let cell = |(place, cell): (usize, &String)| match place {
                    0 => format!("<th scope=\"row\">{cell}</th>"),
                    _ => format!("<td>{cell}</td>"),
                };
                format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
            }
        }
    }
}

/// Lines that are folded away until opened.
pub(crate) fn details(summary: &str, body: &str) -> String {
    format!("<details><summary>{}</summary>\n{body}</details>\n", escape(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_a_tag() {
        assert_eq!(escape("<b a=\"1\">&'"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
        assert_eq!(sentence("use `--lr <x>` or not"), "use <code>--lr &lt;x&gt;</code> or not");
        assert_eq!(sentence("one ` alone"), "one ` alone");
    }
}
