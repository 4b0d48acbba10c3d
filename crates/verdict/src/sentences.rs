//! The verdict on one task in plain sentences.

use crate::endpoint::Measure;
use crate::records::TaskRecords;
use crate::selection::Chooser;
use crate::study::{Kind, Study, Varies};
use crate::trial::{Setting, Value};
use crate::verdict::{Because, Pair, PairFinding, Standing};
use crate::words::{count, decimals, fixed, interval, list, p_value, percent};
use downhill_statistics::permutation::smallest_p_value;
use downhill_statistics::{Interval, power};

/// Up to this number of pairs each pair has its sentence; above, only decided pairs.
const FEW_PAIRS: usize = 6;
/// With fewer seeds at which two optimizers differ an exact test cannot decide, and no number of further seeds is
/// given.
pub(crate) const FEWEST_APART: usize = 6;
/// A mean of this many times the median comes from a few seeds.
const FEW_MAKE_IT: f64 = 5.0;

/// The material for the sentences of one task.
pub(crate) struct Told<'a> {
    pub study: &'a Study,
    pub records: &'a TaskRecords<'a>,
    pub standings: &'a [Standing],
    pub pairs: &'a [Pair],
    /// Number of verdicts so far, the present one included.
    pub looks: usize,
}

/// The verdict, the most important sentence first.
pub(crate) fn sentences(told: &Told<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(told.unfinished());
    match told.standings {
        [] => {}
        [only] => sentences.extend(told.alone(only)),
        _ => {
            sentences.extend(told.headline());
            sentences.extend(told.each_pair());
            sentences.extend(told.out_of_reach());
        }
    }
    sentences.extend(told.recommended());
    sentences
}

/// "lr=0.003, hidden=32".
pub(crate) fn settings(settings: &[Setting]) -> String {
    let one = |setting: &Setting| match &setting.value {
        Value::Number(value) => format!("{}={}", setting.key, crate::words::significant(*value, 4)),
        Value::Text(text) => format!("{}={text}", setting.key),
    };
    settings.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl Told<'_> {
    fn planned(&self) -> usize {
        self.study.design.evaluation_seeds.len()
    }

    /// The unit of an evaluation trial, such as "seed".
    pub fn unit(&self) -> &'static str {
        if matches!(self.study.design.varies, Varies::Folds(_)) { "fold" } else { "seed" }
    }

    /// "test accuracy".
    pub fn measure(&self) -> String {
        match (self.records.endpoint.measure, &self.records.task.kind) {
            (Measure::TestRmse, Kind::Regression { target, .. }) => format!("test RMSE of {target}"),
            (Measure::TestAccuracy, _) => "test accuracy".into(),
            (Measure::TestLoss, _) => "test loss".into(),
            (Measure::TestRmse, _) => "test RMSE".into(),
            (Measure::ValLoss, _) => "validation loss".into(),
            (Measure::TrainLoss, _) => "training loss".into(),
        }
    }

    /// The factor of a value before it is shown, and the units written after a difference and after a value.
    fn scale(&self) -> (f64, &'static str, &'static str) {
        match self.records.endpoint.measure {
            Measure::TestAccuracy => (100.0, " percentage points", " %"),
            _ => (1.0, "", ""),
        }
    }

    fn unfinished(&self) -> Option<String> {
        let planned = self.planned() * self.standings.len();
        let missing = planned - self.standings.iter().map(|standing| standing.trials).sum::<usize>();
        let are = if missing == 1 { "is" } else { "are" };
        (missing > 0).then(|| format!("{missing} of {planned} evaluation trials {are} missing: this is not final."))
    }

    fn complete(&self, pair: &Pair) -> bool {
        pair.seeds == self.planned()
    }

    /// The pair of two optimizers.
    fn between(&self, a: &str, b: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a))
    }

    fn beats(&self, a: &str, b: &str) -> bool {
        self.between(a, b).is_some_and(|pair| matches!(&pair.finding, PairFinding::Better { who } if who == a))
    }

    /// The name in a sentence: the optimizer's, or where one search chose a setting for all seeds, "sgd at lr=0.105".
    fn name(&self, optimizer: &str) -> String {
        let standing = self.standings.iter().find(|standing| standing.optimizer == optimizer);
        let chosen = standing.map_or(&[][..], |standing| &standing.chosen);
        match chosen {
            [one] if self.study.searched() && one.replicate.is_none() && !one.settings.is_empty() => {
                format!("{optimizer} at {}", settings(&one.settings))
            }
            _ => optimizer.into(),
        }
    }

    /// The best optimizer and the evidence; with two optimizers the sentence of their pair is enough.
    fn headline(&self) -> Option<String> {
        let names: Vec<&str> = self.standings.iter().map(|standing| standing.optimizer.as_str()).collect();
        if names.len() < 3 {
            return None;
        }
        if !self.pairs.iter().any(|pair| matches!(pair.finding, PairFinding::Better { .. })) {
            return Some(match self.pairs.iter().all(|pair| pair.finding == PairFinding::Tied) {
                true => "No optimizer is better than another: all are exactly tied.".into(),
                false => "No optimizer is shown to be better than another.".into(),
            });
        }
        // The optimizer that none beats and that beats most; at equal numbers the one with the better standing.
        let key = |name: &&str| {
            let beaten = names.iter().filter(|other| self.beats(other, name)).count();
            let beats = names.iter().filter(|other| self.beats(name, other)).count();
            (beaten, std::cmp::Reverse(beats))
        };
        let leader = *names.iter().min_by_key(|name| key(name))?;
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != leader).collect();
        let those = |of: &dyn Fn(&PairFinding) -> bool| -> Vec<&str> {
            let found = |other: &&&str| self.between(leader, other).is_some_and(|pair| of(&pair.finding));
            others.iter().filter(found).copied().collect()
        };
        let beaten: Vec<&str> = others.iter().copied().filter(|other| self.beats(leader, other)).collect();
        let tied = those(&|finding| *finding == PairFinding::Tied);
        let equivalent = those(&|finding| *finding == PairFinding::Equivalent);
        let undecided = those(&|finding| matches!(finding, PairFinding::Undecided { .. }));
        let names = |of: &[&str]| list(&of.iter().map(|name| self.name(name)).collect::<Vec<_>>());
        let mut clauses = vec![format!("{} is better than {}", self.name(leader), names(&beaten))];
        if !tied.is_empty() {
            clauses.push(format!("with {} it is exactly tied", names(&tied)));
        }
        if !equivalent.is_empty() {
            clauses.push(format!("from {} it differs by less than the margin", names(&equivalent)));
        }
        if !undecided.is_empty() {
            clauses.push(format!("against {} it is undecided", names(&undecided)));
        }
        let named: Vec<&str> = std::iter::once(leader).chain(beaten).collect();
        Some(format!("{}{}.", clauses.join("; "), self.by_luck(&named)))
    }

    /// The reservation wherever one of these is called better or worse: "; but the settings chosen for adam did not
    /// hold on fresh seeds (see the audit)".
    fn by_luck(&self, names: &[&str]) -> String {
        let unheld = |name: &&str| {
            let standing = self.standings.iter().find(|standing| standing.optimizer == *name);
            standing.is_some_and(Standing::chosen_by_luck)
        };
        let unheld: Vec<&str> = names.iter().copied().filter(unheld).collect();
        match unheld.is_empty() {
            true => String::new(),
            false => {
                format!("; but the settings chosen for {} did not hold on fresh seeds (see the audit)", list(&unheld))
            }
        }
    }

    /// One sentence for each pair, or if there are many for each decided pair, and a count of the rest.
    fn each_pair(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        for pair in self.pairs {
            if let PairFinding::Better { who } = &pair.finding {
                sentences.push(self.better(pair, who));
            }
        }
        sentences.extend(self.ties());
        for pair in self.pairs.iter().filter(|pair| pair.finding == PairFinding::Equivalent) {
            sentences.push(self.equivalent(pair));
        }
        let open = self.pairs.iter().filter(|pair| matches!(pair.finding, PairFinding::Undecided { .. }));
        let open: Vec<&Pair> = open.collect();
        match self.pairs.len() > FEW_PAIRS && !open.is_empty() {
            true => sentences.push(format!(
                "{} of {} {} undecided.",
                open.len(),
                count(self.pairs.len(), "pair"),
                if open.len() == 1 { "is" } else { "are" }
            )),
            false => sentences.extend(open.into_iter().map(|pair| self.undecided(pair))),
        }
        sentences
    }

    fn better(&self, pair: &Pair, who: &str) -> String {
        let other = if who == pair.first { &pair.second } else { &pair.first };
        let within = match (pair.equivalence_p, self.study.question.margin) {
            (Some(p), Some(margin)) if p <= self.study.question.level => {
                format!("; the difference is within the margin of {}", self.amount(margin))
            }
            _ => String::new(),
        };
        let evidence = format!("corrected p {}", p_value(pair.p_adjusted, self.study.question.level));
        let effect = self.effect(pair, who == pair.first, &evidence);
        let (better, worse) = (self.name(who), self.name(other));
        format!(
            "{better} is better than {worse}: {effect}{within}{}{}.",
            self.collapsed(pair),
            self.by_luck(&[who, other])
        )
    }

    fn equivalent(&self, pair: &Pair) -> String {
        let margin = self.study.question.margin.map_or(String::new(), |margin| self.amount(margin));
        let p = pair.equivalence_p.unwrap_or(1.0);
        let evidence = format!("corrected p of a larger one {}", p_value(p, self.study.question.level));
        let effect = self.with_first(pair, &evidence);
        let (first, second) = (self.name(&pair.first), self.name(&pair.second));
        format!("{first} and {second} differ by less than the margin of {margin}: {effect}.")
    }

    fn undecided(&self, pair: &Pair) -> String {
        let who = format!("Undecided between {} and {}", self.name(&pair.first), self.name(&pair.second));
        let unit = self.unit();
        if !self.complete(pair) {
            let done = format!("{} of {}", pair.seeds, count(self.planned(), unit));
            return match pair.seeds {
                0 => format!("{who}: {done} are finished."),
                _ => format!("{who}: not judged before all are finished ({done}); so far {}.", self.so_far(pair)),
            };
        }
        let apart = pair.seeds - pair.ties;
        if apart < FEWEST_APART && pair.ties > apart {
            // An interval that ends in 0.00 because most differences are 0 would say less than the number of ties.
            return format!("{who}: equal at {} of {}.", pair.ties, count(pair.seeds, unit));
        }
        let evidence = format!("corrected p {}", p_value(pair.p_adjusted, self.study.question.level));
        let hope = match &pair.finding {
            _ if unit == "fold" => "; more folds would say little, since they share their rows".into(),
            PairFinding::Undecided { more_seeds: Some(more) } => {
                format!(
                    "; if the difference is as large as it was here, about {} would tell it",
                    count(*more, "more seed")
                )
            }
            _ if pair.difference.is_none() => {
                "; how many more seeds might tell is not known, since trials diverged".into()
            }
            _ => String::new(),
        };
        format!("{who}: {}{hope}.", self.with_first(pair, &evidence))
    }

    /// The settings to use, where each seed searched for itself.
    fn recommended(&self) -> Option<String> {
        let because = |because: Because| -> Vec<String> {
            let of = |standing: &Standing| {
                let recommended = standing.recommended.as_ref().filter(|one| one.because == because)?;
                let around = format!("{} around {}", standing.optimizer, settings(&recommended.settings));
                let shown = |value: f64| crate::words::significant(value, 3);
                // The range of the tried values: the setting stands for a part of the range, not for one value.
                Some(
                    recommended
                        .tried
                        .filter(|(low, high)| low < high)
                        .map_or(around.clone(), |(low, high)| format!("{around} ({} to {})", shown(low), shown(high))),
                )
            };
            self.standings.iter().filter_map(of).collect()
        };
        let (best, middle) = (because(Because::BestMean), because(Because::MiddleChoice));
        let score = Chooser::of(self.study).describe();
        let mut clauses = Vec::new();
        if !best.is_empty() {
            clauses.push(format!("{} (the best mean of the {score} over all seeds)", list(&best)));
        }
        if !middle.is_empty() {
            clauses.push(format!("{} (the middle of what the searches chose)", list(&middle)));
        }
        (!clauses.is_empty()).then(|| format!("To use, described and not tested: {}.", clauses.join("; ")))
    }

    /// The reservation where a mean comes from a few seeds: the medians then differ from it, and the audit may too.
    fn collapsed(&self, pair: &Pair) -> String {
        let (Some(mean), Some(median)) = (pair.difference, pair.median_difference) else { return String::new() };
        if mean.abs() < FEW_MAKE_IT * median.abs() || pair.seeds == 0 {
            return String::new();
        }
        format!("; a few {}s make this mean, the median difference is {}", self.unit(), self.amount(median.abs()))
    }

    /// The effect of the first against the second, where neither is the subject of the sentence.
    fn with_first(&self, pair: &Pair, evidence: &str) -> String {
        match pair.difference {
            Some(_) => format!("with {}, {}", pair.first, self.effect(pair, true, evidence)),
            None => self.effect(pair, true, evidence),
        }
    }

    /// Optimizers that are equal at every seed, each group once.
    fn ties(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        let tied = |a: &str, b: &str| self.between(a, b).is_some_and(|pair| pair.finding == PairFinding::Tied);
        for (i, standing) in self.standings.iter().enumerate() {
            let name = standing.optimizer.as_str();
            if self.standings[..i].iter().any(|earlier| tied(&earlier.optimizer, name)) {
                continue;
            }
            let later = self.standings[i + 1..].iter().map(|later| later.optimizer.as_str());
            let group: Vec<&str> = std::iter::once(name).chain(later.filter(|later| tied(name, later))).collect();
            if group.len() > 1 {
                let why = match standing.values.iter().all(Option::is_none) {
                    true => "they diverged",
                    false => "equal",
                };
                let group: Vec<String> = group.into_iter().map(|name| self.name(name)).collect();
                sentences.push(format!("{} are exactly tied here: {why} at every {}.", list(&group), self.unit()));
            }
        }
        sentences
    }

    /// The warning of too few seeds for the first step of Holm's correction: no pair could ever be decided.
    fn out_of_reach(&self) -> Option<String> {
        let fewest = out_of_reach(self.study, self.pairs.len(), self.looks)?;
        let (seeds, level) = (count(self.planned(), "seed"), percent(self.study.question.level));
        let pairs = count(self.pairs.len(), "pair");
        Some(match fewest {
            Some(fewest) => format!(
                "{seeds} can never decide {pairs} at a level of {level}, whatever the result: a further verdict needs {fewest} \
                 at least."
            ),
            None => {
                format!("No number of seeds can decide {pairs} at a level of {level}: p cannot be so small.")
            }
        })
    }

    /// A difference in the words of the measure: "1.8 percentage points".
    fn amount(&self, value: f64) -> String {
        let (scale, unit, _) = self.scale();
        format!("{}{unit}", crate::words::significant(scale * value, 3))
    }

    /// "mean test accuracy higher by 1.8 percentage points (interval 0.9 to 2.7; corrected p 0.003; 20 seeds)": the first's, or
    /// the second's, against the other's.
    fn effect(&self, pair: &Pair, of_first: bool, evidence: &str) -> String {
        let seeds = count(pair.seeds, self.unit());
        let Some(difference) = pair.difference else {
            return format!("{} ({evidence}; {seeds})", self.divergences(pair));
        };
        let (scale, unit, _) = self.scale();
        let infinite = (f64::NEG_INFINITY, f64::INFINITY);
        let ends = (pair.interval.0.unwrap_or(infinite.0), pair.interval.1.unwrap_or(infinite.1));
        // For the optimizer in question, and as a distance upwards.
        let sign = if of_first { scale } else { -scale };
        let upwards = sign * difference >= 0.0;
        let sign = if upwards { sign } else { -sign };
        let (a, b) = (sign * ends.0, sign * ends.1);
        let found = Interval { low: a.min(b), high: a.max(b) };
        let decimals = digits(sign * difference, found);
        let show = |value: f64| fixed(value, decimals);
        format!(
            "mean {} {} by {}{unit} ({}; {evidence}; {seeds})",
            self.measure(),
            if upwards { "higher" } else { "lower" },
            show(sign * difference),
            interval(found, show),
        )
    }

    /// The difference of a pair with missing seeds, without a test.
    fn so_far(&self, pair: &Pair) -> String {
        let Some(difference) = pair.difference else { return self.divergences(pair) };
        let higher = if difference >= 0.0 { "higher" } else { "lower" };
        format!("with {}, {} {higher} by {}", pair.first, self.measure(), self.amount(difference.abs()))
    }

    /// The optimizers that diverged, where a difference is infinite; the one that diverged more often first.
    fn divergences(&self, pair: &Pair) -> String {
        let diverged = |name: &str| {
            let standing = self.standings.iter().find(|standing| standing.optimizer == name);
            standing.map_or((0, 0), |s| (s.values.iter().filter(|value| value.is_none()).count(), s.trials))
        };
        let mut both = [(&pair.first, diverged(&pair.first)), (&pair.second, diverged(&pair.second))];
        both.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
        let [(one, (times, of)), (other, (others, of_other))] = both;
        let rest = if others == 0 { "none".into() } else { format!("{others} of {of_other}") };
        format!("{one} diverged at {times} of {of} {}s, {other} at {rest}", self.unit())
    }

    /// A single optimizer: the tuner's answer.
    fn alone(&self, standing: &Standing) -> Vec<String> {
        let mut sentences = Vec::new();
        let name = &standing.optimizer;
        let (scale, _, unit) = self.scale();
        let with = match standing.chosen.as_slice() {
            [] => String::new(),
            [one] => format!(" at {}", settings(&one.settings)),
            several if self.unit() == "fold" => format!(", tuned anew in each of {} folds", several.len()),
            several => format!(", with a search at each of {}", count(several.len(), "seed")),
        };
        let over = count(standing.trials, self.unit());
        let figures = &standing.endpoint;
        let described = |value: f64, found: Option<(f64, f64)>| {
            let found = found.map(|(low, high)| Interval { low: scale * low, high: scale * high });
            let spread = found.map_or(value.abs() * scale, |found| found.high - found.low);
            let decimals = decimals(if spread > 0.0 { spread } else { value.abs() * scale / 10.0 });
            let show = |value: f64| format!("{}{unit}", fixed(value, decimals));
            let around = found.map_or(String::new(), |found| format!("; descriptive {}", interval(found, show)));
            (show(scale * value), around)
        };
        match (figures.mean, figures.median) {
            (Some(mean), _) => {
                let (value, around) = described(mean, figures.interval);
                sentences.push(format!("{name}{with}: {} {value} (mean of {over}{around}).", self.measure()));
            }
            (None, Some(median)) => {
                let (value, _) = described(median, None);
                let diverged = standing.values.iter().filter(|value| value.is_none()).count();
                let diverged = format!("{diverged} of them diverged");
                sentences.push(format!("{name}{with}: {} {value} (median of {over}; {diverged}).", self.measure()));
            }
            (None, None) if standing.trials > 0 => {
                let half = format!("half of its {}s or more diverged", self.unit());
                sentences.push(format!("{name}{with}: no {} to give, since {half}.", self.measure()));
            }
            (None, None) => {}
        }
        if let ([chosen], Some(tuning)) = (standing.chosen.as_slice(), &standing.tuning) {
            let score = match chosen.score {
                Some(score) => format!(
                    "{} {}, mean of {}",
                    Chooser::of(self.study).describe(),
                    crate::words::significant(score, 3),
                    count(self.study.design.tuning_seeds.len(), "tuning seed")
                ),
                None => "though it diverged in tuning, as all of them did".into(),
            };
            let of = count(tuning.configurations.len(), "configuration");
            let luck =
                if standing.chosen_by_luck() { "; but it did not hold on fresh seeds (see the audit)" } else { "" };
            sentences
                .push(format!("{} is the best of {of} that were tried ({score}){luck}.", settings(&chosen.settings)));
        }
        if standing.trials > 0 {
            sentences
                .push("With one optimizer there is nothing to compare: this describes, and decides nothing.".into());
        }
        sentences
    }
}

/// Whether the study's seeds can never decide between `pairs` pairs; if so, the fewest that could (None if none could),
/// at the level of the next verdict.
pub(crate) fn out_of_reach(study: &Study, pairs: usize, looks: usize) -> Option<Option<usize>> {
    let seeds = study.design.evaluation_seeds.len();
    if pairs == 0 || matches!(study.design.varies, Varies::Folds(_)) {
        return None;
    }
    let level = study.question.level;
    let within = smallest_p_value(seeds) * looks as f64 * pairs as f64 <= level;
    let next = level / (looks + 1) as f64;
    (!within).then(|| power::fewest_seeds(next, pairs).ok().flatten())
}

/// Decimals that show the width of the interval with two digits, and the difference with one.
fn digits(difference: f64, found: Interval) -> usize {
    let width = found.high - found.low;
    let size = match width.is_finite() && width > 0.0 {
        true if difference != 0.0 => width.min(10.0 * difference.abs()).max(width / 1e3),
        true => width,
        false => difference.abs(),
    };
    decimals(size)
}
