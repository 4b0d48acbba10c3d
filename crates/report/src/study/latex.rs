//! The table for a paper.

use downhill_chart::table::number;
use downhill_chart::text;
use downhill_verdict::Study;
use downhill_verdict::verdict::Verdict;

use super::rows::{NOT_REACHED, Row, failed_name, failed_note, rows};
use super::view::{View, views};

const HEAD: &str = "\
% One table for each task. It needs no package. Include it in a document by
%   \\input{table.tex}
% or look at it alone with
%   \\documentclass{article} \\begin{document} \\input{table.tex} \\end{document}
% Names that are not in Latin letters need XeLaTeX or LuaLaTeX and a font that has them.
";

/// `table.tex`: a `table` for each task, that compiles in a plain `article` without any package.
///
/// An optimizer is bold only if it is better than some other by a decided pair, and no other is better than it.
pub fn latex(study: &Study, verdict: &Verdict) -> String {
    let tables = views(study, verdict).iter().enumerate().map(|(place, view)| table(view, place)).collect::<Vec<_>>();
    format!("{HEAD}{}", tables.join("\n"))
}

fn table(view: &View, place: usize) -> String {
    let (other, rows) = rows(view);
    let header =
        ["optimizer", "chosen", "median [quartiles]", other, failed_name(view), "to target"].map(escape).join(" & ");
    let lines: String = rows.iter().map(line).collect();
    format!(
        "\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\label{{tab:downhill-{}}}\n\\footnotesize\n\\setlength{{\\tabcolsep}}{{3pt}}\n\\begin{{tabular}}{{llrrrr}}\n\
         \\hline\n{header} \\\\\n\\hline\n{lines}\\hline\n\\end{{tabular}}\n\\end{{table}}\n",
        caption(view, &rows),
        place + 1,
    )
}

fn line(row: &Row) -> String {
    let bold = |content: &str| if row.leads { format!("\\textbf{{{}}}", escape(content)) } else { escape(content) };
    let cells = [&row.chosen, &row.endpoint, &row.other, &row.failed, &row.to_target].map(|cell| escape(cell));
    let [chosen, _, other, diverged, to_target] = cells;
    // A page of paper is narrow; the caption explains the dash.
    let to_target = if row.to_target == NOT_REACHED { "--".into() } else { to_target };
    format!("{} & {chosen} & {} & {other} & {diverged} & {to_target} \\\\\n", bold(&row.optimizer), bold(&row.endpoint))
}

fn caption(view: &View, rows: &[Row]) -> String {
    let verdict = view.verdict;
    let mut sentences = vec![
        format!("{}: {}, median and quartiles over {}.", view.task.name, verdict.endpoint.describe(), view.runs()),
        verdict.covers.clone(),
    ];
    sentences.extend(failed_note(view).map(String::from));
    if let Some(target) = verdict.target_val_loss {
        sentences.push(format!(
            "To target: median number of updates until the validation loss is first at most {}.",
            number(target)
        ));
        if rows.iter().any(|row| row.to_target == NOT_REACHED) {
            sentences.push("–: half of the runs or more never reach it.".into());
        }
    }
    if rows.iter().any(|row| row.leads) {
        sentences.push("Bold: decided better than another, and no other is decided better.".into());
    }
    escape(&sentences.join(" "))
}

/// The text escaped for LaTeX.
fn escape(content: &str) -> String {
    let mut escaped = String::new();
    for character in text::clean(content).chars() {
        match character {
            '\\' => escaped.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '^' => escaped.push_str("\\textasciicircum{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '<' => escaped.push_str("$<$"),
            '>' => escaped.push_str("$>$"),
            '|' => escaped.push_str("$|$"),
            // \\textquotedbl would need the T1 encoding.
            '"' => escaped.push_str("''"),
            '–' => escaped.push_str("--"),
            '−' => escaped.push_str("$-$"),
            '…' => escaped.push_str("\\ldots{}"),
            '∞' => escaped.push_str("$\\infty$"),
            '·' => escaped.push_str("$\\cdot$"),
            '→' => escaped.push_str("$\\to$"),
            '×' => escaped.push_str("$\\times$"),
            // A line of a table that begins with a bracket would be read as an argument of the line break before it.
            '[' => escaped.push_str("{[}"),
            ']' => escaped.push_str("{]}"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_means_something_to_latex_is_escaped() {
        assert_eq!(escape("a_b & 50% #1 $x$ {y}"), "a\\_b \\& 50\\% \\#1 \\$x\\$ \\{y\\}");
        assert_eq!(
            escape("\\x ^~ <i> [1, 2] – −"),
            "\\textbackslash{}x \\textasciicircum{}\\textasciitilde{} $<$i$>$ {[}1, 2{]} -- $-$"
        );
        assert_eq!(escape("a\nb"), "a b");
    }
}
