//! Pages of experiments: the claim of a source, the result, the verdict, the pictures and the commands.

use crate::html::{HtmlTable, TableRow, escape, section, sentence};
use crate::web::{self, COMMON_SCRIPT, STYLE};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

const EXPERIMENT_STYLE: &str = include_str!("../assets/experiment.css");

/// The verdict on a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Every number meets its condition.
    Reproduced,
    /// At least one number does not.
    NotReproduced,
    /// No number had a condition.
    Answered,
}

impl Word {
    /// The verdict in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::Answered => "answered",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Reproduced => "good",
            Self::NotReproduced => "bad",
            Self::Answered => "told",
        }
    }
}

/// A number beside its condition, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingRow {
    /// Its meaning.
    pub what: String,
    /// The number.
    pub found: String,
    /// The condition; empty without one.
    pub must: String,
    /// Whether the condition holds; None without one.
    pub holds: Option<bool>,
}

/// A picture with a sentence below it.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptionedPicture {
    /// Its file's name.
    pub name: String,
    /// The caption.
    pub caption: String,
    /// An SVG document.
    pub svg: String,
    /// Whether its shades have a meaning, so that a dark page must not invert them.
    pub shaded: bool,
}

/// The content of an experiment's page. Text between two backticks is code.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentPage {
    /// The name that users type; its page is `NAME.html`.
    pub name: String,
    /// The heading.
    pub title: String,
    /// Author, year and place.
    pub source: String,
    /// The claim of the source.
    pub says: String,
    /// The experiment in words.
    pub recipe: String,
    /// The verdict.
    pub verdict: Word,
    /// The numbers.
    pub findings: Vec<FindingRow>,
    /// Notes for reading them correctly.
    pub notes: Vec<String>,
    /// The pictures, the most informative one first.
    pub pictures: Vec<CaptionedPicture>,
    /// Commands for the reader: first the one that repeats the experiment, then those that show a part of it.
    pub commands: Vec<String>,
}

/// The page of one experiment, a file that loads nothing from elsewhere. `index` says whether there is an index beside it.
pub fn experiment_page(page: &ExperimentPage, index: bool) -> String {
    let mut body = section("says", "What the source says", "", &paragraphs(&[&page.says], Some(&page.source)));
    let pictures: String = page.pictures.iter().map(picture).collect();
    body += &section("came-out", "What came out", "", &(answer(page) + &pictures + &findings(page)));
    body += &section("how", "How it was tried", "", &paragraphs(&[&page.recipe], None));
    let commands: Vec<String> = page.commands.iter().map(|command| escape(command)).collect();
    let command = format!(
        "<div class=\"command\"><button id=\"copy\" type=\"button\">Copy</button><pre tabindex=\"0\"><code>{}</code></pre></div>\n",
        commands.join("\n")
    );
    body += &section("repeat", "Repeat it", "", &command);
    let back = if index { "<nav><a href=\"index.html\">All experiments</a></nav>\n" } else { "" };
    document(&page.title, "An experiment", back, &body)
}

/// The index page of all these experiments.
pub fn experiments_index(pages: &[ExperimentPage]) -> String {
    let count = |word: Word| pages.iter().filter(|page| page.verdict == word).count();
    let mut lead = format!("{} of {} claims reproduced", count(Word::Reproduced), pages.len() - count(Word::Answered));
    if count(Word::Answered) > 0 {
        lead += &format!("; {} answered, where no number is promised", count(Word::Answered));
    }
    let card = |page: &ExperimentPage| {
        let picture = page.pictures.first().map_or(String::new(), |picture| image(picture, ""));
        format!(
            "<a class=\"card\" href=\"{}.html\">{picture}<h2>{}</h2><p class=\"verdict {}\">{}</p><p class=\"source\">{}</p></a>\n",
            escape(&page.name),
            escape(&page.title),
            page.verdict.class(),
            page.verdict.text(),
            sentence(&page.source),
        )
    };
    let cards: String = pages.iter().map(card).collect();
    let body = format!("<p class=\"lead\">{}.</p>\n<div class=\"cards\">\n{cards}</div>\n", escape(&lead));
    document("What the field says, run and checked", "Experiments", "", &body)
}

fn document(title: &str, kind: &str, below: &str, body: &str) -> String {
    let body = format!(
        "<header>\n{}<h1>{}</h1>\n{below}</header>\n<main>\n{body}</main>\n<footer><p>Made by downhill.</p></footer>\n\
         <script>\n{COMMON_SCRIPT}downhillCommon.theme(() => {{}});\ndownhillCommon.copying();\n</script>\n",
        web::top(kind),
        escape(title),
    );
    web::document(title, &format!("{STYLE}{EXPERIMENT_STYLE}{}", web::colours()), &body)
}

fn paragraphs(texts: &[&str], source: Option<&str>) -> String {
    let texts: String = texts.iter().map(|text| format!("<p>{}</p>\n", sentence(text))).collect();
    texts + &source.map_or(String::new(), |source| format!("<p class=\"source\">{}</p>\n", sentence(source)))
}

fn answer(page: &ExperimentPage) -> String {
    let notes: String = page.notes.iter().map(|note| format!("<li>{}</li>\n", sentence(note))).collect();
    let notes = if notes.is_empty() { notes } else { format!("<ul>\n{notes}</ul>\n") };
    format!("<p class=\"verdict {}\">{}</p>\n{notes}", page.verdict.class(), page.verdict.text())
}

fn findings(page: &ExperimentPage) -> String {
    let row = |finding: &FindingRow| {
        let sign = match finding.holds {
            Some(true) => "<span class=\"good\">✓</span>",
            Some(false) => "<span class=\"bad\">✗ no</span>",
            None => "",
        };
        let cells = [&sentence(&finding.what), &escape(&finding.found), &escape(&finding.must), sign];
        TableRow::Cells(cells.map(str::to_string).to_vec())
    };
    HtmlTable {
        label: "Findings".into(),
        header: ["", "came out", "must be", "holds"].map(String::from).to_vec(),
        rows: page.findings.iter().map(row).collect(),
    }
    .html()
}

fn picture(picture: &CaptionedPicture) -> String {
    format!(
        "<figure>{}<figcaption class=\"caption\">{}</figcaption></figure>\n",
        image(picture, &picture.caption),
        sentence(&picture.caption)
    )
}

/// As an image of its own: names within several pictures on a page must not collide.
fn image(picture: &CaptionedPicture, words: &str) -> String {
    let class = if picture.shaded { "picture shaded" } else { "picture" };
    format!(
        "<img class=\"{class}\" alt=\"{}\" src=\"data:image/svg+xml;base64,{}\">",
        escape(words),
        BASE64_STANDARD.encode(&picture.svg)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(verdict: Word) -> ExperimentPage {
        ExperimentPage {
            name: "a-claim".into(),
            title: "A <claim>".into(),
            source: "Somebody 1964".into(),
            says: "It `is` so.".into(),
            recipe: "We look.".into(),
            verdict,
            findings: vec![FindingRow {
                what: "steps".into(),
                found: "7".into(),
                must: "≤ 5".into(),
                holds: Some(false),
            }],
            notes: vec!["It took longer & why.".into()],
            pictures: vec![CaptionedPicture {
                name: "a-claim-line.svg".into(),
                caption: "A \"line\".".into(),
                svg: "<svg/>".into(),
                shaded: false,
            }],
            commands: vec!["downhill reproduce a-claim".into()],
        }
    }

    #[test]
    fn a_page_says_all_that_it_was_given_and_nothing_of_it_is_a_tag() {
        let html = experiment_page(&page(Word::NotReproduced), true);
        for words in [
            "<h1>A &lt;claim&gt;</h1>",
            "It <code>is</code> so.",
            "Somebody 1964",
            "We look.",
            "not reproduced",
            "✗ no",
            "It took longer &amp; why.",
            "alt=\"A &quot;line&quot;.\"",
            "downhill reproduce a-claim",
            "index.html",
        ] {
            assert!(html.contains(words), "{words}");
        }
        assert!(!experiment_page(&page(Word::Reproduced), false).contains("index.html"));
    }

    #[test]
    fn the_index_counts_claims_and_not_questions() {
        let html = experiments_index(&[page(Word::Reproduced), page(Word::NotReproduced), page(Word::Answered)]);
        assert!(html.contains("1 of 2 claims reproduced; 1 answered"), "{html}");
        assert_eq!(html.matches("href=\"a-claim.html\"").count(), 3);
    }
}
