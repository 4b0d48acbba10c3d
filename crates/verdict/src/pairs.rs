//! Every two optimizers of a task, seed by seed: the deciding test.

use crate::error::VerdictError;
use crate::records::{Entry, TaskRecords};
use crate::sentences::FEWEST_APART;
use crate::study::{Study, Varies};
use crate::targets::sorted;
use crate::verdict::{Pair, PairFinding};
use downhill_statistics::effect::paired_delta;
use downhill_statistics::permutation::SignFlips;
use downhill_statistics::resampled::CorrectedT;
use downhill_statistics::wilcoxon::{Zeros, signed_rank};
use downhill_statistics::{Better, Interval, PairedTest, equivalence, holm, median, paired_differences, power};

/// The chance of deciding at which the number of further seeds aims.
const POWER: f64 = 0.8;
/// From this p on the observed difference says nothing about the size of the true one.
const LITTLE_TO_SEE: f64 = 0.5;
/// From this number of further seeds on, no number is given.
const TOO_MANY: usize = 10_000;

/// Two optimizers and their differences, first minus second, by seed.
struct Two<'a> {
    first: &'a Entry<'a>,
    second: &'a Entry<'a>,
    differences: Vec<f64>,
    /// Whether all planned seeds are finished. With fewer, the result could have decided when to stop.
    complete: bool,
}

/// The result of the deciding test for one pair, before any correction.
struct Tested {
    mean: f64,
    p: f64,
    equivalence_p: Option<f64>,
}

/// All pairs, in the order of the standings (`order` has places in the user's order).
///
/// Holm's method runs over all of them, at the level divided by the number of `looks`. A pair with missing seeds takes
/// part with p = 1: it is not decided, and does not help the others.
pub(crate) fn pairs(
    study: &Study,
    records: &TaskRecords<'_>,
    order: &[usize],
    looks: usize,
) -> Result<Vec<Pair>, VerdictError> {
    let mut all = Vec::new();
    for (i, &first) in order.iter().enumerate() {
        for &second in &order[i + 1..] {
            all.push(two(study, records, &records.entries[first], &records.entries[second])?);
        }
    }
    let mut tested = Vec::new();
    for two in &all {
        let test = deciding_test(study, &two.differences)?;
        let equivalence_p = match study.question.margin {
            Some(margin) => Some(equivalence::p_value(&*test, margin)?.min(1.0)),
            None => None,
        };
        tested.push(Tested { mean: test.mean(), p: test.p_value().min(1.0), equivalence_p });
    }
    let corrected = Corrected::new(&all, &tested, |t| t.p, study.question.level, looks)?;
    let equivalent = Corrected::new(&all, &tested, |t| t.equivalence_p.unwrap_or(1.0), study.question.level, looks)?;
    let mut pairs = Vec::new();
    for (i, (two, tested)) in all.iter().zip(&tested).enumerate() {
        // Computed again, since a test keeps 8 MB.
        let interval = match two.complete {
            true => deciding_test(study, &two.differences)?.interval(corrected.levels[i])?,
            false => Interval::EVERYTHING,
        };
        let equivalence_p = tested.equivalence_p.map(|_| equivalent.adjusted[i]);
        let seeds = two.differences.len();
        let apart = two.differences.iter().any(|&d| d != 0.0);
        let wilcoxon = signed_rank(&two.differences, Zeros::Wilcox)?.p;
        pairs.push(Pair {
            first: two.first.label().into(),
            second: two.second.label().into(),
            seeds,
            difference: difference(two, tested),
            median_difference: median(&sorted(two.differences.iter().copied())).and_then(finite),
            interval: (finite(interval.low), finite(interval.high)),
            interval_level: corrected.levels[i],
            p: tested.p,
            p_adjusted: corrected.adjusted[i],
            wilcoxon_p: (apart && !folded(study)).then_some(wilcoxon),
            paired_delta: if seeds > 0 { paired_delta(&two.differences)? } else { 0.0 },
            ties: two.differences.iter().filter(|&&d| d == 0.0).count(),
            equivalence_p,
            finding: match finding(study, records, two, tested.mean, corrected.adjusted[i], equivalence_p) {
                Some(finding) => finding,
                None => PairFinding::Undecided { more_seeds: more_seeds(study, two, tested.p, all.len(), looks)? },
            },
        });
    }
    Ok(pairs)
}

fn two<'a>(
    study: &Study,
    records: &TaskRecords<'_>,
    first: &'a Entry<'a>,
    second: &'a Entry<'a>,
) -> Result<Two<'a>, VerdictError> {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for one in &first.evaluation {
        if let Some(other) = second.evaluation.iter().find(|other| other.planned.index == one.planned.index) {
            firsts.push(records.endpoint.value(one));
            seconds.push(records.endpoint.value(other));
        }
    }
    let differences = paired_differences(&firsts, &seconds)?;
    let complete = differences.len() == study.design.evaluation_seeds.len();
    Ok(Two { first, second, differences, complete })
}

/// Sign flips for seeds, which are independent; for folds, which share training rows, the corrected t test, with the
/// rows of one fold over the others': `1 / (folds - 1)`. Validation rows count as training rows, as settings and the
/// best step were chosen with them.
fn deciding_test(study: &Study, differences: &[f64]) -> Result<Box<dyn PairedTest>, VerdictError> {
    Ok(match study.design.varies {
        Varies::Folds(folds) => Box::new(CorrectedT::new(differences, 1.0 / (folds.folds as f64 - 1.0))?),
        _ => Box::new(SignFlips::new(differences, study.question.resampling_seed)?),
    })
}

fn folded(study: &Study) -> bool {
    matches!(study.design.varies, Varies::Folds(_))
}

/// p values after Holm's correction and the correction for looks, and the level at which each pair was tested.
struct Corrected {
    adjusted: Vec<f64>,
    levels: Vec<f64>,
}

impl Corrected {
    fn new(
        all: &[Two<'_>],
        tested: &[Tested],
        of: impl Fn(&Tested) -> f64,
        level: f64,
        looks: usize,
    ) -> Result<Self, VerdictError> {
        let looks = looks as f64;
        // Several looks make each p larger first, so that the one comparison with the level is the same everywhere.
        let p: Vec<f64> = tested.iter().zip(all).map(|(t, two)| if two.complete { of(t) } else { 1.0 }).collect();
        let looked: Vec<f64> = p.iter().map(|p| (p * looks).min(1.0)).collect();
        let adjusted = holm::adjusted(&looked)?;
        let levels = holm::levels(&looked, level)?;
        // The division may round to the wrong side of p: the interval must hold 0 exactly where p is above the level.
        let apart = |((here, adjusted), p): ((f64, &f64), &f64)| {
            let here = here / looks;
            if *adjusted <= level { here.max(*p) } else { here.min(p.next_down()) }
        };
        let levels = levels.into_iter().zip(&adjusted).zip(&p).map(apart).collect();
        Ok(Self { adjusted, levels })
    }
}

/// The finding for a pair; None if undecided.
fn finding(
    study: &Study,
    records: &TaskRecords<'_>,
    two: &Two<'_>,
    mean: f64,
    p_adjusted: f64,
    equivalence_p: Option<f64>,
) -> Option<PairFinding> {
    let level = study.question.level;
    if !two.complete || two.differences.is_empty() {
        None
    } else if two.differences.iter().all(|&d| d == 0.0) {
        Some(PairFinding::Tied)
    } else if p_adjusted <= level && mean != 0.0 {
        let first = (mean > 0.0) == (records.endpoint.better() == Better::Higher);
        let who = if first { two.first } else { two.second };
        Some(PairFinding::Better { who: who.label().into() })
    } else if equivalence_p.is_some_and(|p| p <= level) {
        Some(PairFinding::Equivalent)
    } else {
        None
    }
}

/// About how many more seeds would decide if the difference is as large as it was here; None where the number would be
/// a guess (few seeds at which the two differ, or a p of a half and more) or too large, if planned seeds are missing,
/// and under folds, where more repetitions are no more data.
fn more_seeds(study: &Study, two: &Two<'_>, p: f64, pairs: usize, looks: usize) -> Result<Option<usize>, VerdictError> {
    let apart = two.differences.iter().filter(|&&d| d != 0.0).count();
    if !two.complete || apart < FEWEST_APART || p >= LITTLE_TO_SEE || folded(study) {
        return Ok(None);
    }
    // More seeds are another look, and so a stricter test.
    let level = study.question.level / (looks + 1) as f64;
    Ok(power::more_seeds(&two.differences, level, pairs, POWER)?.filter(|&more| more < TOO_MANY))
}

/// The mean that the test decided by, where differences that cancel but for rounding are 0; None without differences,
/// and if any difference is infinite, however many there are on the other side.
fn difference(two: &Two<'_>, tested: &Tested) -> Option<f64> {
    let known = !two.differences.is_empty() && two.differences.iter().all(|d| d.is_finite());
    Some(tested.mean).filter(|_| known).and_then(finite)
}

fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|value| value.is_finite())
}
