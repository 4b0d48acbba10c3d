//! The table of hyperparameters: its values are legal, and illegal values are refused.

use crate::report::{Line, number};
use crate::subject::{Key, Subject};
use downhill_spec::Legal;

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    let keys = subject.keys();
    let sound = keys.iter().find_map(unsound).or_else(|| unreadable(subject));
    let wrong: Vec<(&Key, &'static str)> =
        keys.iter().flat_map(|key| illegal(key.parameter.legal).iter().map(move |value| (key, *value))).collect();
    let accepted = wrong.iter().find(|(key, value)| subject.registry.parse(&text(subject, key, value)).is_ok());
    vec![
        Line::judged("table", sound, format!("{} hyperparameters with legal defaults and search ranges", keys.len())),
        Line::judged(
            "illegal values",
            accepted.map(|(key, value)| format!("{}={value} is accepted", key.name())),
            format!("all {} that were tried are refused", wrong.len()),
        ),
    ]
}

fn unsound(key: &Key) -> Option<String> {
    let p = &key.parameter;
    let allows = |value: f64| p.legal.allows(value);
    if !allows(p.default) {
        return Some(format!("the default of {} is {}, which must be {}", key.name(), number(p.default), p.legal));
    }
    let search = p.search?;
    let legal = allows(search.low) && allows(search.high) && search.low < search.high;
    (!legal).then(|| format!("the search range of {} is {} to {}", key.name(), number(search.low), number(search.high)))
}

/// Whether the text of an optimizer does not read back as the same optimizer.
fn unreadable(subject: &Subject<'_>) -> Option<String> {
    let values = |text: &str| {
        let spec = subject.registry.parse(text).ok()?;
        Some(spec.chain().iter().map(|s| s.spec.values()).collect::<Vec<_>>())
    };
    let full = subject.variant(1).full();
    let expected: Vec<Vec<f64>> = subject.variant(1).chain().iter().map(|s| s.spec.values()).collect();
    (values(&full) != Some(expected)).then(|| format!("`{full}` does not read back as itself"))
}

/// Values outside a range, as a user would type them.
fn illegal(legal: Legal) -> &'static [&'static str] {
    match legal {
        Legal::Finite => &["NaN", "inf", "-inf"],
        Legal::Positive => &["NaN", "inf", "-inf", "0", "-1"],
        Legal::NonNegative => &["NaN", "inf", "-inf", "-1"],
        Legal::Decay => &["NaN", "inf", "-inf", "-0.1", "1", "2"],
        Legal::Fraction => &["NaN", "inf", "-inf", "-0.1", "1.1"],
        Legal::Flag => &["NaN", "inf", "0.5", "2", "-1"],
        Legal::Between(..) => &["NaN", "inf", "-inf"],
        Legal::Count(_) | Legal::Within(..) | Legal::WithinOrAll(..) | Legal::Seed => {
            &["NaN", "inf", "-1", "0.5", "1e300"]
        }
    }
}

/// The optimizer with one value as text.
fn text(subject: &Subject<'_>, key: &Key, value: &str) -> String {
    let chain = subject.typed.chain();
    let mut parts: Vec<String> =
        (1..chain.len()).map(|depth| format!("{}base={}", "base.".repeat(depth - 1), chain[depth].spec.name)).collect();
    parts.push(format!("{}={value}", key.name()));
    format!("{}:{}", chain[0].spec.name, parts.join(","))
}
