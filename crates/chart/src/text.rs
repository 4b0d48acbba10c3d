//! The width of a text, and its division into lines.
//!
//! The viewer chooses the font, so widths are those of a wide one, DejaVu Sans: a text that fits in it fits in the
//! system fonts too. The table is made by `tests/font_widths.py`.

use unicode_width::UnicodeWidthChar;

/// Widths of the characters from space to tilde, in thousandths of the font size.
#[rustfmt::skip]
const ASCII_WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
];
/// Width of another character per terminal cell: wide enough for Greek and Cyrillic capitals.
const CELL_WIDTH: f64 = 0.9;
/// How much wider bold letters are, on average.
const BOLD: f64 = 1.11;

/// The width of a text in a font of `size` pixels.
pub fn width(text: &str, size: f64) -> f64 {
    size * text.chars().map(character_width).sum::<f64>()
}

/// The width in bold.
pub fn bold_width(text: &str, size: f64) -> f64 {
    BOLD * width(text, size)
}

fn character_width(character: char) -> f64 {
    let in_table = (character as usize).checked_sub(' ' as usize).and_then(|place| ASCII_WIDTHS.get(place));
    match in_table {
        Some(&width) => f64::from(width) / 1000.0,
        None => CELL_WIDTH * character.width().unwrap_or(1) as f64,
    }
}

/// The text without characters that XML forbids: line breaks and tabs become spaces, other controls U+FFFD.
pub fn clean(text: &str) -> String {
    let legal = |character| match character {
        '\t' | '\n' | '\r' => ' ',
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    };
    text.chars().map(legal).collect()
}

/// The text in lines no wider than `room` by the given measure, broken at spaces, and inside a
/// word only if it alone is wider. An empty text has no lines.
pub fn wrap(text: &str, room: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    // A text is as wide as its room where the room was made for it: sums differ in their last bits.
    let room = room + 1e-6;
    let mut lines: Vec<String> = Vec::new();
    for word in clean(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure(line) + measure(" ") + measure(word) <= room => *line = format!("{line} {word}"),
            _ => lines.extend(pieces(word, room, &measure)),
        }
    }
    lines
}

/// One word, cut wherever it is wider than `room`; each piece has at least one character.
fn pieces(word: &str, room: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0.0;
    for character in word.chars() {
        let width = measure(character.encode_utf8(&mut [0; 4]));
        if used > 0.0 && used + width > room {
            pieces.push(String::new());
            used = 0.0;
        }
        used += width;
        pieces.last_mut().expect("starts with one piece").push(character);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_its_letters_in_the_table() {
        assert_eq!(width("", 12.0), 0.0);
        assert!((width("Wi", 10.0) - (9.89 + 2.78)).abs() < 1e-9);
        assert!(width("学习", 10.0) >= 2.0 * width("ab", 10.0) / 2.0);
    }

    #[test]
    fn lines_keep_within_the_room_and_lose_no_word() {
        let text = "the learning rate of adam was found by a search over twelve trials";
        let lines = wrap(text, 100.0, |line| width(line, 12.0));
        assert!(lines.iter().all(|line| width(line, 12.0) <= 100.0));
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_word_wider_than_the_room_is_cut() {
        let word = "x".repeat(300);
        let lines = wrap(&word, 100.0, |line| width(line, 12.0));
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 12.0) <= 100.0));
        assert_eq!(lines.concat(), word);
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(clean("a\u{0}b\nc\u{ffff}"), "a\u{fffd}b c\u{fffd}");
    }
}
