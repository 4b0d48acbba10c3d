//! From a study to its verdict.

use crate::audit::audit;
use crate::covers::covers;
use crate::endpoint::Measure;
use crate::error::VerdictError;
use crate::gaps::equal_train_loss;
use crate::overall::overall;
use crate::pairs::pairs;
use crate::records::{TaskRecords, records};
use crate::sentences::{Told, sentences};
use crate::standings::standings;
use crate::study::{Kind, Study};
use crate::targets::default_target;
use crate::verdict::{SCHEMA, Standing, TaskVerdict, Verdict};

/// The verdict of a study: the deciding test (sign flips paired by seed, or under folds the corrected resampled t test;
/// Holm's correction over all pairs of a task; the level divided by the number of looks), the descriptions, and the
/// audit.
///
/// Equal studies have equal verdicts to the bit. The order of the trials and their wall times change nothing. An
/// unfinished study has a verdict too: it is marked as not final, and a pair with missing seeds is undecided.
///
/// # Errors
/// [`VerdictError`], if the study contradicts itself: a level or margin outside its range, an endpoint that a task does
/// not have, a name used twice, a trial of something that is not in the study, a trial that did not diverge and was not
/// measured.
pub fn judge(study: &Study) -> Result<Verdict, VerdictError> {
    let records = records(study)?;
    let looks = looks(study);
    let tasks = records.iter().map(|of_task| task(study, of_task, looks.len())).collect::<Result<Vec<_>, _>>()?;
    let overall = overall(study, &records, &tasks)?;
    let audit = audit(study, &records, &tasks, looks.len());
    Ok(Verdict { schema: SCHEMA, level: study.question.level, looks, tasks, overall, audit, missing: study.missing })
}

/// The numbers of seeds at which a verdict was given, each once, the present one last: the same number again is the
/// same data, and no second chance.
fn looks(study: &Study) -> Vec<usize> {
    let now = study.design.evaluation_seeds.len();
    let mut looks: Vec<usize> = Vec::new();
    for &earlier in &study.question.earlier_looks {
        if earlier != now && !looks.contains(&earlier) {
            looks.push(earlier);
        }
    }
    looks.push(now);
    looks
}

fn task(study: &Study, records: &TaskRecords<'_>, looks: usize) -> Result<TaskVerdict, VerdictError> {
    let target = study.question.target_val_loss.or_else(|| default_target(records));
    let level = equal_train_loss(records);
    let (order, standings): (Vec<usize>, Vec<Standing>) = standings(study, records, target, level).into_iter().unzip();
    let pairs = pairs(study, records, &order, looks)?;
    let told = Told { study, records, standings: &standings, pairs: &pairs, looks };
    Ok(TaskVerdict {
        task: records.task.name.clone(),
        endpoint: records.endpoint,
        unit: unit(records),
        sentences: sentences(&told),
        covers: covers(study),
        target_val_loss: target,
        equal_train_loss: level,
        standings,
        pairs,
    })
}

fn unit(records: &TaskRecords<'_>) -> String {
    match (records.endpoint.measure, &records.task.kind) {
        (Measure::TestAccuracy, _) => "a fraction".into(),
        (Measure::TestRmse, Kind::Regression { target, .. }) => target.clone(),
        _ => String::new(),
    }
}
