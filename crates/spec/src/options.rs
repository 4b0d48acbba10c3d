//! Names of a front end's options in the messages of libraries, which do not know their spelling.
//!
//! In every message of the libraries, "option `missing`" names an option and "option `missing=drop`" an option with a
//! value. The mark is in the text itself, since messages go through other errors, records and pages before a person
//! reads them.

/// The beginning of an option's name.
const MARK: &str = "option `";

/// The message with every option spelled by `spell`, which is given its name and, where the message has one, its value.
///
/// ```
/// let command_line = |name: &str, value: Option<&str>| format!("--{name}{}", value.map(|v| format!(" {v}")).unwrap_or_default());
/// let message = "line 3: a cell is missing; say option `missing=drop`";
/// assert_eq!(downhill_spec::spelled(message, command_line), "line 3: a cell is missing; say --missing drop");
/// ```
pub fn spelled(message: &str, spell: impl Fn(&str, Option<&str>) -> String) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(MARK) {
        text.push_str(before);
        match after.split_once('`').filter(|(option, _)| is_option(option)) {
            Some((option, after)) => {
                let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
                text.push_str(&spell(name, value));
                rest = after;
            }
            None => {
                text.push_str(MARK);
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// Whether this is an option's name, perhaps with a value.
fn is_option(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn every_option_is_spelled_and_nothing_else() {
        let shout = |name: &str, value: Option<&str>| format!("[{name}|{}]", value.unwrap_or("")).to_uppercase();
        assert_eq!(spelled("option `drop` and option `drop=a=b` of `drop`", shout), "[DROP|] and [DROP|A=B] of `drop`");
        for plain in ["", "no option", "option `", "option `not closed", "an option `A B` of yours", "option ``"] {
            assert_eq!(spelled(plain, shout), plain);
        }
    }
}
