//! Reading the settings to be searched.

use crate::failure::{Failure, OrUsage, Outcome};
use downhill_model::{Activation, hidden, hidden_text};
use downhill_optim::OptimizerSpec;
use downhill_spec::{Legal, Parameter, Scale, Search};
use downhill_study::search::RATE;
use downhill_train::order::{batch_size, batch_size_text};
use downhill_verdict::study::STRUCTURE;
use downhill_verdict::study::{Dimension, Range};

/// The default range of the learning rate: it contains the usable rates of most rules on small networks.
pub const RATES: &str = "1e-4..10";

/// The requested search.
pub struct Wanted {
    /// Keys, with their ranges where given.
    keys: Vec<(String, Option<Range>)>,
    /// The range of the learning rate for all optimizers; None for each table's own.
    rates: Option<(f64, f64)>,
}

impl Wanted {
    /// Reads `--search` and `--search-range`, and writes their defaults out.
    ///
    /// # Errors
    /// For an invalid range, a key given twice, a choice that does not exist.
    ///
    /// The learning rate is always searched: an untuned rate decides most comparisons by itself.
    pub fn read(search: &mut Vec<String>, range: &mut Option<String>) -> Outcome<Self> {
        let mut keys: Vec<(String, Option<Range>)> = Vec::new();
        for text in search.iter() {
            let new = match text.split_once('=') {
                Some((key, _)) if key.contains(',') => {
                    return Err(Failure::usage(format!(
                        "--search {text}: a key with a range or choices needs a --search of its own, such as --search lr,beta2 \
                         --search hidden=16|32,32"
                    )));
                }
                Some((key, range)) => vec![(key.trim().to_string(), Some(read_range(key.trim(), range.trim())?))],
                None => text.split(',').map(|key| (key.trim().to_string(), None)).collect(),
            };
            for (key, range) in new {
                if keys.iter().any(|(known, _)| *known == key) {
                    return Err(Failure::usage(format!("--search: `{key}` is given twice")));
                }
                if range.is_none() && STRUCTURE.contains(&key.as_str()) {
                    return Err(Failure::usage(format!(
                        "--search {key} needs its choices, such as {}",
                        match key.as_str() {
                            "batch-size" => "batch-size=16|64|full",
                            "hidden" => "hidden=16|32,32",
                            _ => "activation=relu|tanh",
                        }
                    )));
                }
                keys.push((key, range));
            }
        }
        if !keys.iter().any(|(key, _)| key == RATE) {
            search.insert(0, RATE.into());
            keys.insert(0, (RATE.into(), None));
        }
        let rates = match range.get_or_insert(RATES.into()).as_str() {
            "own" => None,
            text => match read_range(RATE, text)? {
                Range::Numbers { low, high, .. } => Some((low, high)),
                Range::Choices(_) => {
                    return Err(Failure::usage(format!("--search-range is `{text}`, but must be LOW..HIGH, or own")));
                }
            },
        };
        Ok(Self { keys, rates })
    }

    /// The searched settings of one optimizer, the learning rate first: those that it has and that its SPEC does not
    /// fix.
    ///
    /// # Errors
    /// For a range beyond the legal values, and a key without any range.
    pub fn of(&self, spec: &OptimizerSpec) -> Outcome<Vec<Dimension>> {
        let mut dimensions = Vec::new();
        for (key, said) in &self.keys {
            if STRUCTURE.contains(&key.as_str()) {
                dimensions.extend(said.iter().map(|range| Dimension { key: key.clone(), range: range.clone() }));
                continue;
            }
            let Some(parameter) = parameter(spec, key).filter(|_| !spec.given(key)) else { continue };
            let range = match (said, self.rates.filter(|_| key == RATE), parameter.search) {
                (Some(Range::Numbers { low, high, .. }), _, own) => {
                    let scale = own.map_or(if *low > 0.0 { Scale::Log } else { Scale::Linear }, |own| own.scale);
                    numbers(spec, key, parameter, *low, *high, scale)?
                }
                (Some(Range::Choices(_)), ..) => {
                    return Err(Failure::usage(format!("--search {key} takes a range, such as {key}=0.1..1")));
                }
                (None, Some((low, high)), _) => numbers(spec, key, parameter, low, high, Scale::Log)?,
                (None, None, Some(Search { low, high, scale })) => numbers(spec, key, parameter, low, high, scale)?,
                (None, None, None) => {
                    return Err(Failure::usage(format!(
                        "`{}` has no range to search its {key} in; say --search {key}=LOW..HIGH",
                        spec.about().name
                    )));
                }
            };
            dimensions.push(Dimension { key: key.clone(), range });
        }
        dimensions.sort_by_key(|dimension| dimension.key != RATE);
        Ok(dimensions)
    }

    /// Refuses a key that no optimizer has.
    ///
    /// # Errors
    /// Naming the nearest existing key.
    pub fn check(&self, specs: &[&OptimizerSpec]) -> Outcome<()> {
        let mut known: Vec<&str> =
            specs.iter().flat_map(|s| s.chain()).flat_map(|s| &s.about().parameters).map(|p| p.name).collect();
        known.extend(STRUCTURE);
        known.sort_unstable();
        known.dedup();
        match self.keys.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some((key, _)) => {
                let near = downhill_spec::nearest(key, known.iter().copied());
                let hint = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
                Err(Failure::usage(format!(
                    "--search: nothing here has a setting `{key}`{hint}; there are: {}",
                    known.join(", ")
                )))
            }
        }
    }
}

fn parameter<'a>(spec: &'a OptimizerSpec, key: &str) -> Option<&'a Parameter> {
    spec.chain().into_iter().find_map(|s| s.about().parameters.iter().find(|p| p.name == key))
}

fn numbers(
    spec: &OptimizerSpec,
    key: &str,
    parameter: &Parameter,
    low: f64,
    high: f64,
    scale: Scale,
) -> Outcome<Range> {
    if matches!(
        parameter.legal,
        Legal::Flag | Legal::Count(_) | Legal::Within(..) | Legal::WithinOrAll(..) | Legal::Seed
    ) {
        return Err(Failure::usage(format!(
            "--search {key}: {key} of {} must be {}, and a search only varies real numbers",
            spec.about().name,
            parameter.legal
        )));
    }
    for end in [low, high] {
        if !parameter.legal.allows(end) {
            return Err(Failure::usage(format!(
                "the range of {key} reaches to {end}, but {key} of {} must be {}",
                spec.about().name,
                parameter.legal
            )));
        }
    }
    let fits = match scale {
        Scale::Linear => true,
        Scale::Log => low > 0.0,
        Scale::LogOneMinus => high < 1.0,
    };
    if !fits {
        return Err(Failure::usage(format!(
            "the range of {key} is {low}..{high}; it is searched in its logarithm, so the ends must be {}",
            if scale == Scale::Log { "above 0" } else { "below 1" }
        )));
    }
    Ok(Range::Numbers { low, high, scale })
}

/// Reads `LOW..HIGH`, or choices separated by `|`, of a key.
fn read_range(key: &str, text: &str) -> Outcome<Range> {
    let wrong = |what: String| Failure::usage(format!("the range of {key} is `{text}`, but must be LOW..HIGH{what}"));
    if STRUCTURE.contains(&key) {
        let mut choices: Vec<String> = Vec::new();
        for choice in text.split('|').map(str::trim) {
            // One text for each meaning: `8, 8` and `8,8` are the same network.
            let choice = match key {
                "batch-size" => batch_size_text(batch_size(choice).or_usage()?),
                "hidden" => hidden_text(&hidden(choice).or_usage()?),
                _ => Activation::parse(choice).map(|_| choice.to_string()).or_usage()?,
            };
            if choices.contains(&choice) {
                return Err(Failure::usage(format!("--search {key}: `{choice}` is given twice")));
            }
            choices.push(choice);
        }
        return Ok(Range::Choices(choices));
    }
    let (low, high) = text.split_once("..").ok_or_else(|| wrong(", such as 1e-3..1".into()))?;
    let number = |end: &str| end.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let (Some(low), Some(high)) = (number(low), number(high)) else { return Err(wrong(" with two numbers".into())) };
    if low >= high {
        return Err(wrong(" with LOW below HIGH".into()));
    }
    if key == RATE && low <= 0.0 {
        return Err(wrong(" with LOW above 0: rates are searched in their logarithm".into()));
    }
    Ok(Range::Numbers { low, high, scale: Scale::Log })
}
