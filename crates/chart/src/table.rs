//! Tables for the terminal and for Markdown, and numbers for people.

use unicode_width::UnicodeWidthStr;

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Names.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells below a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Name of each column.
    pub header: Vec<String>,
    /// Alignment of each column; a column without one is aligned left.
    pub align: Vec<Align>,
    /// The cells, row by row; a short row ends in empty cells.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Aligned columns, two spaces apart, with a thin rule below the header; every line ends in a newline.
    pub fn to_text(&self) -> String {
        let widths = self.widths();
        let mut text = self.line(&self.header, &widths);
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        text += &(rule.join("  ") + "\n");
        for row in &self.rows {
            text += &self.line(row, &widths);
        }
        text
    }

    /// A Markdown table. Pipes in cells are escaped and line breaks become spaces.
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = (0..self.columns()).map(|column| markdown_cell(cell(cells, column))).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: Vec<&str> = (0..self.columns())
            .map(|column| match self.side(column) {
                Align::Left => ":--",
                Align::Right => "--:",
            })
            .collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}| {} |\n{rows}", line(&self.header), rule.join(" | "))
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(Vec::len).fold(self.header.len(), usize::max)
    }

    fn side(&self, column: usize) -> Align {
        self.align.get(column).copied().unwrap_or(Align::Left)
    }

    fn widths(&self) -> Vec<usize> {
        let cells = |column| std::iter::once(&self.header).chain(&self.rows).map(move |row| cell(row, column).width());
        (0..self.columns()).map(|column| cells(column).max().unwrap_or(0)).collect()
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, &width) in widths.iter().enumerate() {
            let text = cell(cells, column);
            let fill = " ".repeat(width - text.width());
            match self.side(column) {
                Align::Left => line += &format!("{text}{fill}  "),
                Align::Right => line += &format!("{fill}{text}  "),
            }
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }
}

fn cell(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", String::as_str)
}

fn markdown_cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// Above this many classes, only the largest confusions are listed.
const MOST_CLASSES: usize = 20;
/// A matrix wider than this many columns of the terminal gets numbers instead of names in its header.
const MOST_WIDTH: usize = 100;

/// The confusions between classes.
///
/// `counts[t][p]` is the number of samples of true class `t` predicted as `p`. Up to 20 classes the table is the whole
/// matrix, with a dot for zero and each class's recall; beyond, the 20 largest confusions.
pub fn confusion_table(names: &[String], counts: &[Vec<u64>]) -> Table {
    match counts.len() <= MOST_CLASSES {
        true => confusion_matrix(names, counts),
        false => largest_confusions(names, counts),
    }
}

fn class_name(names: &[String], class: usize) -> String {
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}

fn confusion_matrix(names: &[String], counts: &[Vec<u64>]) -> Table {
    let classes = counts.len();
    let names: Vec<String> = (0..classes).map(|class| class_name(names, class)).collect();
    let longest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let wide = longest + names.iter().map(|name| name.width().max(4) + 2).sum::<usize>() > MOST_WIDTH;
    let above = |class: usize| if wide { (class + 1).to_string() } else { names[class].clone() };
    let beside = |class: usize| if wide { format!("{} {}", class + 1, names[class]) } else { names[class].clone() };
    let mut header = vec!["true \\ predicted".to_string()];
    header.extend((0..classes).map(above));
    header.push("recall".into());
    let rows = counts.iter().enumerate().map(|(class, row)| {
        let total: u64 = row.iter().sum();
        let mut cells = vec![beside(class)];
        cells.extend(row.iter().map(|&count| if count == 0 { "·".into() } else { grouped(&count.to_string()) }));
        cells.push(percent(row.get(class).copied().unwrap_or(0) as f64 / total as f64));
        cells
    });
    Table { align: first_left(header.len()), rows: rows.collect(), header }
}

fn first_left(columns: usize) -> Vec<Align> {
    (0..columns).map(|column| if column == 0 { Align::Left } else { Align::Right }).collect()
}

fn largest_confusions(names: &[String], counts: &[Vec<u64>]) -> Table {
    let mut cells: Vec<(u64, usize, usize)> = Vec::new();
    for (truth, row) in counts.iter().enumerate() {
        let confused = row.iter().enumerate().filter(|&(predicted, &count)| predicted != truth && count > 0);
        cells.extend(confused.map(|(predicted, &count)| (count, truth, predicted)));
    }
    cells.sort_by_key(|&(count, truth, predicted)| (std::cmp::Reverse(count), truth, predicted));
    cells.truncate(MOST_CLASSES);
    let rows = cells.into_iter().map(|(count, truth, predicted)| {
        let total: u64 = counts[truth].iter().sum();
        let share = percent(count as f64 / total as f64);
        vec![class_name(names, truth), class_name(names, predicted), grouped(&count.to_string()), share]
    });
    Table {
        header: ["true", "predicted", "count", "of its class"].map(String::from).to_vec(),
        align: vec![Align::Left, Align::Left, Align::Right, Align::Right],
        rows: rows.collect(),
    }
}

/// A number for people, with four significant digits: `0.9712`, `1.234e-7`, `12,345`, and `–` for NaN.
///
/// Trailing zeros are dropped, and whole numbers keep all their digits up to ten million.
pub fn number(x: f64) -> String {
    let size = x.abs();
    if x.is_nan() {
        "–".into()
    } else if x.is_infinite() {
        if x > 0.0 { "∞".into() } else { "-∞".into() }
    } else if x == 0.0 {
        "0".into()
    } else if !(1e-4..1e7).contains(&size) {
        let text = format!("{x:.3e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{exponent}", without_zeros(digits))
    } else {
        let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
        grouped(without_zeros(&format!("{x:.decimals$}")))
    }
}

/// A fraction as a percentage with two decimals: `97.12%`, and `–` for NaN.
pub fn percent(fraction: f64) -> String {
    if fraction.is_nan() { "–".into() } else { format!("{:.2}%", 100.0 * fraction) }
}

fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Commas between groups of three digits, from five digits on.
pub fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(whole.len() - whole.trim_start_matches('-').len());
    if digits.len() < 5 {
        return number.into();
    }
    let mut text = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }

    fn example() -> Table {
        Table {
            header: words(&["run", "loss"]),
            align: vec![Align::Left, Align::Right],
            rows: vec![words(&["adam", "0.12"]), words(&["学习|b", "–"]), words(&["short"])],
        }
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        assert_eq!(example().to_text(), "run     loss\n──────  ────\nadam    0.12\n学习|b     –\nshort\n");
    }

    #[test]
    fn pipes_are_escaped_in_markdown() {
        assert_eq!(
            example().to_markdown(),
            "| run | loss |\n| :-- | --: |\n| adam | 0.12 |\n| 学习\\|b | – |\n| short |  |\n"
        );
    }

    #[test]
    fn numbers_have_four_digits_for_people() {
        let expected = [
            (0.97123, "0.9712"),
            (1.2341e-7, "1.234e-7"),
            (12_345.4, "12,345"),
            (1234.0, "1234"),
            (3.0, "3"),
            (0.01, "0.01"),
            (0.0, "0"),
            (-0.5, "-0.5"),
            (-1_234_567.0, "-1,234,567"),
            (2e9, "2e9"),
            (9.9996, "10"),
            (0.000_123_45, "0.0001234"),
            (f64::NAN, "–"),
            (f64::INFINITY, "∞"),
            (f64::NEG_INFINITY, "-∞"),
        ];
        for (x, text) in expected {
            assert_eq!(number(x), text);
        }
        assert_eq!(percent(0.971_23), "97.12%");
        assert_eq!(percent(f64::NAN), "–");
    }

    #[test]
    fn a_few_classes_have_their_whole_matrix() {
        let table = confusion_table(&words(&["cat", "dog"]), &[vec![10, 2], vec![0, 12_000]]);
        assert_eq!(
            table.to_text(),
            "true \\ predicted  cat     dog   recall\n────────────────  ───  ──────  ───────\ncat                10       2   83.33%\ndog                 ·  12,000  100.00%\n"
        );
    }

    #[test]
    fn long_class_names_become_numbers_above_the_columns() {
        let names: Vec<String> = (0..20).map(|class| format!("a rather long class name {class}")).collect();
        let counts: Vec<Vec<u64>> = (0..20).map(|_| vec![7; 20]).collect();
        let text = confusion_table(&names, &counts).to_text();
        assert!(text.lines().all(|line| line.width() <= 140), "{text}");
        assert!(text.contains("20 a rather long class name 19"));
    }

    #[test]
    fn of_a_hundred_classes_the_largest_confusions_are_listed() {
        let mut counts = vec![vec![0; 100]; 100];
        (0..100).for_each(|class| counts[class][class] = 50);
        counts[3][7] = 20;
        counts[9][1] = 30;
        let table = confusion_table(&[], &counts);
        assert_eq!(table.rows, [words(&["9", "1", "30", "37.50%"]), words(&["3", "7", "20", "28.57%"])]);
    }

    #[test]
    fn a_class_without_samples_has_no_recall() {
        let table = confusion_table(&words(&["a", "b"]), &[vec![0, 0], vec![1, 1]]);
        assert_eq!(table.rows[0], ["a", "·", "·", "–"]);
    }

    proptest! {
        #![proptest_config(crate::tests::seeded(256))]

        #[test]
        fn a_number_comes_back_within_its_four_digits(x in prop::num::f64::NORMAL) {
            let back: f64 = number(x).replace(',', "").parse().expect("a number");
            prop_assert!((back - x).abs() <= 5.1e-4 * x.abs(), "{x}: {back}");
        }
    }
}
