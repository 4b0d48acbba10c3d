//! One task with its verdict, and the access to its figures.

use downhill_chart::table::{number, percent};
use downhill_spec::show_number;
use downhill_verdict::endpoint::{At, Endpoint, Measure};
use downhill_verdict::study::{Study, TaskFacts, Varies};
use downhill_verdict::trial::{Setting, Trial, TrialRole, Value};
use downhill_verdict::verdict::{Chosen, PartSummaries, Standing, Summary, TaskVerdict, Verdict};

/// One task of a study.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub study: &'a Study,
    pub task: &'a TaskFacts,
    pub verdict: &'a TaskVerdict,
}

/// The sign for a missing value.
pub(crate) const NOTHING: &str = "–";

/// Every task that has a verdict, in the verdict's order.
pub(crate) fn views<'a>(study: &'a Study, verdict: &'a Verdict) -> Vec<View<'a>> {
    let task = |name: &str| study.tasks.iter().find(|task| task.name == name);
    verdict.tasks.iter().filter_map(|verdict| Some(View { study, task: task(&verdict.task)?, verdict })).collect()
}

/// The colour index of an optimizer: its place in the user's order, the same in every picture.
pub(crate) fn group(study: &Study, label: &str) -> usize {
    study.optimizers.iter().position(|optimizer| optimizer.label == label).unwrap_or(study.optimizers.len())
}

impl<'a> View<'a> {
    /// The colour index of an optimizer.
    pub(crate) fn group(&self, label: &str) -> usize {
        group(self.study, label)
    }

    /// The finished trials of one optimizer and role, in the order of the plan.
    pub(crate) fn trials(&self, label: &str, role: TrialRole) -> Vec<&'a Trial> {
        let wanted = |trial: &&Trial| {
            let planned = &trial.planned;
            planned.role == role && planned.task == self.task.name && planned.optimizer == label
        };
        self.study.trials.iter().filter(wanted).collect()
    }

    /// The largest number of evaluation trials of any optimizer, in words: "20 seeds", "10 folds".
    pub(crate) fn runs(&self) -> String {
        let most = self.verdict.standings.iter().map(|standing| standing.trials).max().unwrap_or(0);
        count(most, self.run())
    }

    /// The unit of an evaluation trial: "seed" or "fold".
    pub(crate) fn run(&self) -> &'static str {
        if matches!(self.study.design.varies, Varies::Folds(_)) { "fold" } else { "seed" }
    }

    /// How the endpoint is shown.
    pub(crate) fn unit(&self) -> Unit {
        Unit::of(self.verdict)
    }
}

/// The display of an endpoint's values: accuracies in percent, all else unchanged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    percent: bool,
    name: String,
}

impl Unit {
    pub(crate) fn of(verdict: &TaskVerdict) -> Self {
        let percent = verdict.endpoint.measure == Measure::TestAccuracy;
        let named = verdict.endpoint.measure == Measure::TestRmse;
        Self { percent, name: if named { verdict.unit.clone() } else { String::new() } }
    }

    /// The factor of a value on an axis.
    pub(crate) fn factor(&self) -> f64 {
        if self.percent { 100.0 } else { 1.0 }
    }

    /// A value for people.
    pub(crate) fn value(&self, value: f64) -> String {
        if self.percent { percent(value) } else { number(value) }
    }

    /// A value without its sign of percent, as between brackets.
    pub(crate) fn bare(&self, value: f64) -> String {
        self.value(value).trim_end_matches('%').into()
    }

    /// A difference with its sign.
    pub(crate) fn difference(&self, value: f64) -> String {
        let sign = if value > 0.0 { "+" } else { "" };
        let text = if self.percent { format!("{:.2}", 100.0 * value) } else { number(rounded(value)) };
        format!("{sign}{text}").replace('-', "−")
    }

    /// The unit of differences, with a leading space: " percentage points", " mpg", or nothing.
    pub(crate) fn of_differences(&self) -> String {
        match (self.percent, self.name.as_str()) {
            (true, _) => " percentage points".into(),
            (false, "") => String::new(),
            (false, name) => format!(" {name}"),
        }
    }

    /// After a measure on an axis: ", %" or ", mpg".
    pub(crate) fn after_name(&self) -> String {
        match (self.percent, self.name.as_str()) {
            (true, _) => ", %".into(),
            (false, "") => String::new(),
            (false, name) => format!(", {name}"),
        }
    }

    /// `97.12% [96.89, 97.38]`: the median and the quartiles.
    pub(crate) fn spread(&self, standing: &Standing) -> String {
        let summary = &standing.endpoint;
        match summary.median.zip(summary.quartiles) {
            Some((median, (low, high))) if self.percent => {
                format!("{} [{}, {}]", self.value(median), self.bare(low), self.bare(high))
            }
            Some((median, (low, high))) => alike(median, low, high),
            None => self.median(standing, summary),
        }
    }

    /// A median; "diverged" where too many trials did for a median.
    pub(crate) fn median(&self, standing: &Standing, summary: &Summary) -> String {
        match summary.median {
            Some(median) => self.value(median),
            None if 2 * standing.diverged >= standing.trials && standing.trials > 0 => "diverged".into(),
            None => NOTHING.into(),
        }
    }
}

/// The summary of a measure among those of one moment.
pub(crate) fn pick(parts: &PartSummaries, measure: Measure) -> Summary {
    match measure {
        Measure::TestAccuracy => parts.test_accuracy,
        Measure::TestLoss => parts.test_loss,
        Measure::TestRmse => parts.test_rmse,
        Measure::ValLoss => parts.val_loss,
        Measure::TrainLoss => parts.train_loss,
    }
}

/// The same measure at the other moment, and the name of its column.
pub(crate) fn other_moment(endpoint: Endpoint, standing: &Standing) -> (&'static str, Summary) {
    match endpoint.at {
        At::Best => ("last step", pick(&standing.figures.last, endpoint.measure)),
        At::Last => ("best step", pick(&standing.figures.best, endpoint.measure)),
    }
}

/// A number with three significant digits, in the shortest form.
pub(crate) fn short(value: f64) -> String {
    if value.is_finite() { show_number(rounded(value)) } else { NOTHING.into() }
}

/// Rounded to three significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// `4.169 [4.150, 4.270]`: a middle with its ends, four digits of the largest and as many decimals for all.
pub(crate) fn alike(middle: f64, low: f64, high: f64) -> String {
    let largest = [middle, low, high].iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if !(1e-4..1e4).contains(&largest) {
        return format!("{} [{}, {}]", number(middle), number(low), number(high));
    }
    let decimals = (3 - largest.log10().floor() as i32).max(0) as usize;
    format!("{middle:.decimals$} [{low:.decimals$}, {high:.decimals$}]")
}

/// A setting's value, in full.
pub(crate) fn full_value(value: &Value) -> String {
    match value {
        Value::Number(number) => show_number(*number),
        Value::Text(text) => text.clone(),
    }
}

fn short_value(value: &Value) -> String {
    match value {
        Value::Number(number) => short(*number),
        Value::Text(text) => text.clone(),
    }
}

/// The choice of tuning, in short: `lr=0.0123 beta1=0.9`; over folds each key with its ends or its choices.
pub(crate) fn chosen_settings(chosen: &[Chosen]) -> String {
    let Some(first) = chosen.first() else { return NOTHING.into() };
    let of_key = |setting: &Setting| {
        let settings = chosen.iter().flat_map(|choice| &choice.settings);
        let values: Vec<&Value> = settings.filter(|other| other.key == setting.key).map(|other| &other.value).collect();
        let numbers: Vec<f64> = values
            .iter()
            .filter_map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
            .collect();
        let (low, high) =
            numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
        let text = if numbers.len() == values.len() && low < high {
            format!("{}…{}", short(low), short(high))
        } else {
            let mut texts: Vec<String> = values.into_iter().map(short_value).collect();
            texts.sort();
            texts.dedup();
            texts.join("|")
        };
        format!("{}={text}", setting.key)
    };
    let settings: Vec<String> = first.settings.iter().map(of_key).collect();
    if settings.is_empty() { NOTHING.into() } else { settings.join(" ") }
}

/// "1 seed", "20 seeds".
pub(crate) fn count(number: usize, one: &str) -> String {
    format!("{} {one}{}", downhill_chart::table::grouped(&number.to_string()), if number == 1 { "" } else { "s" })
}

/// The learning rate of a configuration, if it was searched.
pub(crate) fn rate(settings: &[Setting]) -> Option<f64> {
    settings.iter().find(|setting| setting.key == "lr").and_then(|setting| match setting.value {
        Value::Number(rate) => Some(rate),
        Value::Text(_) => None,
    })
}

/// The text with its first letter large.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
