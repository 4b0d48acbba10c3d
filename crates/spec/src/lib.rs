//! The grammar `name:key=value,key=value` of every choice a user makes, and the tables behind it.
//!
//! An optimizer, a schedule, an initialiser or an activation is a [`Choice`]: a name and a table of numeric
//! [`Parameter`]s. The table gives the defaults, the check of the legal range, the listing and the error that names the
//! existing keys.
//!
//! ```
//! use downhill_spec::{Choice, Legal, Parameter, parse};
//! const SGD: Choice = Choice { name: "sgd", parameters: &[Parameter::new("lr", "η", 1e-3, Legal::NonNegative, "learning rate")] };
//! let spec = parse("optimizer", "sgd:lr=0.1", &[SGD]).unwrap();
//! assert_eq!(spec.get("lr"), Some(0.1));
//! assert!(parse("optimizer", "sdg", &[SGD]).unwrap_err().to_string().contains("did you mean `sgd`?"));
//! ```

mod options;

pub use options::spelled;

use serde::{Deserialize, Serialize};
use std::fmt;

/// The legal values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Legal {
    /// Any finite number.
    Finite,
    /// Greater than 0.
    Positive,
    /// 0 or greater.
    NonNegative,
    /// In `[0, 1)`: a decay such as a momentum, which must forget.
    Decay,
    /// In `[0, 1]`.
    Fraction,
    /// `true` or `false`, also written 1 or 0.
    Flag,
    /// An integer of at least this value.
    Count(u64),
    /// An integer from the first to the second value.
    Within(u64, u64),
    /// An integer from the first to the second value, or the word `all`, which is stored as 0.
    WithinOrAll(u64, u64),
    /// A number from the first to the second value.
    Between(f64, f64),
    /// Any integer of 64 bits, read exactly ([`Spec::seed`]).
    Seed,
}

impl Legal {
    /// Whether `value` is legal. Infinities and NaN never are.
    pub fn allows(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Legal::Finite => true,
                Legal::Positive => value > 0.0,
                Legal::NonNegative => value >= 0.0,
                Legal::Decay => (0.0..1.0).contains(&value),
                Legal::Fraction => (0.0..=1.0).contains(&value),
                Legal::Flag => value == 0.0 || value == 1.0,
                // Above 2^53 a float no longer distinguishes neighbouring integers.
                Legal::Within(least, most) => value.fract() == 0.0 && value >= least as f64 && value <= most as f64,
                Legal::WithinOrAll(least, most) => value == 0.0 || Legal::Within(least, most).allows(value),
                Legal::Between(low, high) => (low..=high).contains(&value),
                Legal::Seed => value.fract() == 0.0 && value >= 0.0 && value <= u64::MAX as f64,
                Legal::Count(least) => value.fract() == 0.0 && value >= least as f64 && value <= (1u64 << 53) as f64,
            }
    }
}

impl fmt::Display for Legal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Legal::Finite => write!(f, "any finite number"),
            Legal::Positive => write!(f, "greater than 0"),
            Legal::NonNegative => write!(f, "0 or greater"),
            Legal::Decay => write!(f, "0 <= x < 1"),
            Legal::Fraction => write!(f, "0 <= x <= 1"),
            Legal::Flag => write!(f, "true or false"),
            Legal::Count(least) => write!(f, "an integer from {least} to 2^53"),
            Legal::Within(least, most) => write!(f, "an integer from {least} to {most}"),
            Legal::WithinOrAll(least, most) => write!(f, "an integer from {least} to {most}, or all"),
            Legal::Between(low, high) => write!(f, "from {low} to {high}"),
            Legal::Seed => write!(f, "an integer from 0 to {}", u64::MAX),
        }
    }
}

/// The range of a search for a good value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Search {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How values spread between the ends.
    pub scale: Scale,
}

/// How searched values spread over their range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Uniform in the value.
    Linear,
    /// Uniform in the value's logarithm.
    Log,
    /// Uniform in the logarithm of 1 minus the value, for decays.
    LogOneMinus,
}

/// One numeric parameter of a [`Choice`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// The key a user types.
    pub name: &'static str,
    /// The symbol in the equations.
    pub symbol: &'static str,
    /// The value when none is given.
    pub default: f64,
    /// The legal range.
    pub legal: Legal,
    /// The range a search covers, where searching makes sense.
    pub search: Option<Search>,
    /// One line of meaning.
    pub meaning: &'static str,
}

impl Parameter {
    /// A parameter that no search varies.
    pub const fn new(
        name: &'static str,
        symbol: &'static str,
        default: f64,
        legal: Legal,
        meaning: &'static str,
    ) -> Self {
        Self { name, symbol, default, legal, search: None, meaning }
    }

    /// The same parameter with a range to search.
    pub const fn searched(self, low: f64, high: f64, scale: Scale) -> Self {
        Self { search: Some(Search { low, high, scale }), ..self }
    }

    /// The value as a user would type it.
    pub fn show(&self, value: f64) -> String {
        match self.legal {
            Legal::Flag => (value != 0.0).to_string(),
            Legal::WithinOrAll(..) if value == 0.0 => "all".into(),
            _ => show_number(value),
        }
    }
}

/// The shortest text that reads back as the same number: plain near 1, with an exponent far from it.
pub fn show_number(value: f64) -> String {
    if value == 0.0 || (1e-4..1e7).contains(&value.abs()) { format!("{value}") } else { format!("{value:e}") }
}

/// Something that can be chosen by name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Choice<'a> {
    /// The name a user types, in kebab case.
    pub name: &'a str,
    /// Its parameters.
    pub parameters: &'a [Parameter],
}

/// A checked choice: a name that exists and a legal value for every parameter of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The chosen name.
    pub name: String,
    /// Its place among the choices.
    pub index: usize,
    /// The parameters' names and values as text and number, in the order of the table.
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    parameter: Parameter,
    value: f64,
    /// The value of a seed, which a float may not hold.
    seed: u64,
    given: bool,
}

impl Entry {
    fn default_of(parameter: &Parameter) -> Self {
        Self { parameter: *parameter, value: parameter.default, seed: parameter.default as u64, given: false }
    }

    fn shown(&self) -> String {
        match self.parameter.legal {
            Legal::Seed => self.seed.to_string(),
            _ => self.parameter.show(self.value),
        }
    }
}

impl Spec {
    /// The value of a parameter, if the table has it.
    pub fn get(&self, key: &str) -> Option<f64> {
        self.entries.iter().find(|e| e.parameter.name == key).map(|e| e.value)
    }

    /// The exact value of a parameter that is a [`Legal::Seed`], if the table has it.
    pub fn seed(&self, key: &str) -> Option<u64> {
        self.entries.iter().find(|e| e.parameter.name == key && e.parameter.legal == Legal::Seed).map(|e| e.seed)
    }

    /// Whether the user wrote this parameter down.
    pub fn given(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.parameter.name == key && e.given)
    }

    /// All values, in the order of the table.
    pub fn values(&self) -> Vec<f64> {
        self.entries.iter().map(|e| e.value).collect()
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// When the table has no such key or the value is outside its legal range.
    pub fn set(&mut self, key: &str, value: f64) -> Result<(), SpecError> {
        let Some(entry) = self.entries.iter_mut().find(|e| e.parameter.name == key) else {
            let keys: Vec<&str> = self.entries.iter().map(|e| e.parameter.name).collect();
            return Err(SpecError::unknown_key(&self.name, key, &keys));
        };
        if !entry.parameter.legal.allows(value) {
            return Err(SpecError::OutOfRange {
                choice: self.name.clone(),
                key: key.into(),
                value: show_number(value),
                legal: entry.parameter.legal,
            });
        }
        entry.value = value;
        entry.seed = value as u64;
        entry.given = true;
        Ok(())
    }

    /// The text with every parameter written out, defaults included.
    pub fn full(&self) -> String {
        self.text(|_| true)
    }

    /// The text a user would type, with this parameter written out even at its default.
    pub fn with(&self, key: &str) -> String {
        self.text(|e| e.value != e.parameter.default || e.parameter.name == key)
    }

    fn text(&self, keep: impl Fn(&Entry) -> bool) -> String {
        let pairs: Vec<String> =
            self.entries.iter().filter(|e| keep(e)).map(|e| format!("{}={}", e.parameter.name, e.shown())).collect();
        if pairs.is_empty() { self.name.clone() } else { format!("{}:{}", self.name, pairs.join(",")) }
    }
}

/// The text a user would type: only the parameters that differ from the defaults.
impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(|e| e.value != e.parameter.default))
    }
}

/// Why a text is no valid choice. The messages name the existing choices and keys.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// No choice of this kind has this name.
    #[error("unknown {kind} `{name}`{hint}; there are: {known}")]
    UnknownName {
        /// The kind of choice, such as "optimizer".
        kind: String,
        /// The typed text.
        name: String,
        /// " (did you mean …)" or nothing.
        hint: String,
        /// All names.
        known: String,
    },
    /// The choice has no such parameter.
    #[error("`{choice}` has no parameter `{key}`{hint}; {known}")]
    UnknownKey {
        /// The choice.
        choice: String,
        /// The typed text.
        key: String,
        /// " (did you mean …)" or nothing.
        hint: String,
        /// "it has: …" or "it has none".
        known: String,
    },
    /// A part is not of the form `key=value`, or the value is not a number.
    #[error("`{choice}`: cannot read `{text}`: {expected}")]
    Malformed {
        /// The choice.
        choice: String,
        /// The typed text.
        text: String,
        /// The correct form.
        expected: String,
    },
    /// The same key twice.
    #[error("`{choice}`: `{key}` is given twice")]
    Twice {
        /// The choice.
        choice: String,
        /// The key.
        key: String,
    },
    /// A number outside the legal range.
    #[error("`{choice}`: {key} is {value}, but must be {legal}")]
    OutOfRange {
        /// The choice.
        choice: String,
        /// The key.
        key: String,
        /// The typed text.
        value: String,
        /// The legal values.
        legal: Legal,
    },
}

impl SpecError {
    fn unknown_key(choice: &str, key: &str, keys: &[&str]) -> Self {
        SpecError::UnknownKey {
            choice: choice.into(),
            key: key.into(),
            hint: hint(key, keys.iter().copied()),
            known: if keys.is_empty() { "it has none".into() } else { format!("it has: {}", keys.join(", ")) },
        }
    }
}

/// The candidate nearest to a mistyped word, if one is near enough.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|c| (strsim::normalized_damerau_levenshtein(word, c), c))
        .filter(|&(similarity, _)| similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

fn hint<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|c| format!(" (did you mean `{c}`?)")).unwrap_or_default()
}

/// Reads `name` or `name:key=value,key=value` against `choices`.
///
/// `kind` is the word for errors, such as "optimizer".
///
/// # Errors
/// Unknown names and keys (naming the existing ones and the nearest), malformed parts, a key given twice, and values
/// outside their legal range.
pub fn parse(kind: &str, text: &str, choices: &[Choice<'_>]) -> Result<Spec, SpecError> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    let name = name.trim();
    let Some(index) = choices.iter().position(|c| c.name == name) else {
        let known: Vec<&str> = choices.iter().map(|c| c.name).collect();
        return Err(SpecError::UnknownName {
            kind: kind.into(),
            name: name.into(),
            hint: hint(name, known.iter().copied()),
            known: known.join(", "),
        });
    };
    let table = choices[index].parameters;
    let entries = table.iter().map(Entry::default_of).collect();
    let mut spec = Spec { name: name.into(), index, entries };
    for part in rest.split(',').filter(|part| !part.trim().is_empty()) {
        let malformed =
            |expected: String| SpecError::Malformed { choice: name.into(), text: part.trim().into(), expected };
        let (key, value) = part.split_once('=').ok_or_else(|| malformed("expected key=value".into()))?;
        let (key, value) = (key.trim(), value.trim());
        if spec.given(key) {
            return Err(SpecError::Twice { choice: name.into(), key: key.into() });
        }
        let Some(parameter) = table.iter().find(|p| p.name == key) else {
            let keys: Vec<&str> = table.iter().map(|p| p.name).collect();
            return Err(SpecError::unknown_key(name, key, &keys));
        };
        let number = match (parameter.legal, value) {
            (Legal::Flag, "true") => 1.0,
            (Legal::Flag, "false") => 0.0,
            (Legal::WithinOrAll(..), "all") => 0.0,
            _ => {
                let number = value.parse::<f64>().ok();
                // The number that stands for a word is not accepted in its place.
                let number = number.filter(|x| *x != 0.0 || !matches!(parameter.legal, Legal::WithinOrAll(..)));
                number.ok_or_else(|| malformed(format!("{key} must be {}", parameter.legal)))?
            }
        };
        let seed = value.parse::<u64>();
        if seed.is_err() && parameter.legal == Legal::Seed {
            return Err(malformed(format!("{key} must be {}", parameter.legal)));
        }
        spec.set(key, number)?;
        if let (Ok(seed), Some(entry)) = (seed, spec.entries.iter_mut().find(|e| e.parameter.name == key)) {
            entry.seed = seed;
        }
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Parameter] = &[
        Parameter::new("lr", "η", 1e-3, Legal::NonNegative, "learning rate"),
        Parameter::new("momentum", "μ", 0.9, Legal::Decay, "momentum"),
        Parameter::new("nesterov", "", 0.0, Legal::Flag, "look ahead"),
        Parameter::new("period", "", 10.0, Legal::Count(1), "steps"),
    ];
    const DRAWN: &[Parameter] = &[
        Parameter::new("seed", "", 0.0, Legal::Seed, "seed"),
        Parameter::new("rows", "", 0.0, Legal::WithinOrAll(1, 100), "rows"),
        Parameter::new("noise", "", 0.5, Legal::Between(0.0, 10.0), "noise"),
    ];
    const CHOICES: &[Choice<'_>] =
        &[Choice { name: "sgd", parameters: TABLE }, Choice { name: "zeros", parameters: &[] }];

    fn error(text: &str) -> String {
        parse("optimizer", text, CHOICES).unwrap_err().to_string()
    }

    #[test]
    fn defaults_fill_what_is_not_given_and_text_reads_back() {
        let spec = parse("optimizer", "sgd:lr=3e-3,nesterov=true", CHOICES).unwrap();
        assert_eq!(spec.values(), [3e-3, 0.9, 1.0, 10.0]);
        assert_eq!(spec.to_string(), "sgd:lr=0.003,nesterov=true");
        assert_eq!(parse("optimizer", &spec.full(), CHOICES).unwrap().values(), spec.values());
        assert!(spec.given("lr") && !spec.given("momentum"));
    }

    #[test]
    fn errors_name_the_field_the_value_and_what_is_legal() {
        assert_eq!(error("sgdd"), "unknown optimizer `sgdd` (did you mean `sgd`?); there are: sgd, zeros");
        assert!(error("sgd:momentun=0.5").contains("did you mean `momentum`?"));
        assert!(error("sgd:momentun=0.5").contains("it has: lr, momentum, nesterov, period"));
        assert_eq!(error("zeros:lr=1"), "`zeros` has no parameter `lr`; it has none");
        assert_eq!(error("sgd:momentum=1"), "`sgd`: momentum is 1, but must be 0 <= x < 1");
        assert_eq!(error("sgd:lr=-1"), "`sgd`: lr is -1, but must be 0 or greater");
        assert_eq!(error("sgd:lr=NaN"), "`sgd`: lr is NaN, but must be 0 or greater");
        assert_eq!(error("sgd:lr=inf"), "`sgd`: lr is inf, but must be 0 or greater");
        assert!(error("sgd:period=2.5").contains("an integer from 1 to 2^53"));
        assert_eq!(error("sgd:lr"), "`sgd`: cannot read `lr`: expected key=value");
        assert_eq!(error("sgd:lr=fast"), "`sgd`: cannot read `lr=fast`: lr must be 0 or greater");
        assert_eq!(error("sgd:lr=1,lr=2"), "`sgd`: `lr` is given twice");
    }

    #[test]
    fn seeds_are_exact_and_all_is_a_word() {
        let drawn = |text: &str| parse("data set", text, &[Choice { name: "drawn", parameters: DRAWN }]);
        for seed in [0, 1, (1 << 53) + 1, u64::MAX - 1, u64::MAX] {
            let spec = drawn(&format!("drawn:seed={seed}")).unwrap();
            assert_eq!(spec.seed("seed"), Some(seed));
            assert_eq!(drawn(&spec.full()).unwrap(), drawn(&format!("drawn:seed={seed},rows=all,noise=0.5")).unwrap());
        }
        assert_eq!(drawn("drawn").unwrap().full(), "drawn:seed=0,rows=all,noise=0.5");
        assert_eq!(
            [drawn("drawn:rows=7").unwrap().get("rows"), drawn("drawn:rows=all").unwrap().get("rows")],
            [Some(7.0), Some(0.0)]
        );
        let error = |text: &str| drawn(text).unwrap_err().to_string();
        for seed in ["-1", "1e3", "0.5", "18446744073709551616"] {
            assert!(
                error(&format!("drawn:seed={seed}")).contains("an integer from 0 to 18446744073709551615"),
                "{seed}"
            );
        }
        assert!(error("drawn:rows=0").ends_with("rows must be an integer from 1 to 100, or all"));
        assert_eq!(error("drawn:rows=101"), "`drawn`: rows is 101, but must be an integer from 1 to 100, or all");
        assert_eq!(error("drawn:noise=10.5"), "`drawn`: noise is 10.5, but must be from 0 to 10");
    }

    #[test]
    fn numbers_read_back_as_the_same_float() {
        for x in [0.0, 1e-300, 0.1 + 0.2, 1e22, -3.5e-7, 123456.789, f64::MAX] {
            assert_eq!(show_number(x).parse::<f64>().unwrap().to_bits(), x.to_bits());
        }
    }
}
