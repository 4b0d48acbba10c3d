//! Over several tasks: ranks, costs, and the optimizers that won on each. Descriptive; each task decides for itself.

use crate::error::VerdictError;
use crate::records::TaskRecords;
use crate::study::{Judged, Study, Varies};
use crate::targets::costs;
use crate::verdict::{Overall, OverallStanding, PairFinding, TaskVerdict, Wins};
use crate::words::{count, list, p_value, percent, significant};
use downhill_statistics::ranks::{NemenyiLevel, critical_difference, friedman, mean_ranks};
use downhill_statistics::{Better, profiles};

/// With fewer tasks mean ranks can hardly tell optimizers apart: with 4 tasks and 2 optimizers not even if one is ahead
/// on all of them.
const FEW_TASKS: usize = 5;
/// Resamples of the intervals of AlgoPerf's score, and their level.
const RESAMPLES: usize = 2_000;
const LEVEL: f64 = 0.05;

/// The figures over all tasks; None with fewer than two tasks or optimizers, or while evaluation trials are missing.
pub(crate) fn overall(
    study: &Study,
    records: &[TaskRecords<'_>],
    tasks: &[TaskVerdict],
) -> Result<Option<Overall>, VerdictError> {
    let seeds = study.design.evaluation_seeds.len();
    let complete = tasks.iter().flat_map(|task| &task.standings).all(|standing| standing.trials == seeds);
    if tasks.len() < 2 || study.optimizers.len() < 2 || seeds == 0 || !complete {
        return Ok(None);
    }
    let scores: Vec<Vec<f64>> = tasks.iter().map(|task| medians(study, task)).collect();
    let mean_ranks = mean_ranks(&scores, Better::Lower)?;
    let friedman_p = match study.optimizers.len() {
        2 => None,
        _ => Some(friedman(&scores, Better::Lower)?.p_f).filter(|p| p.is_finite()),
    };

    let costs: Vec<Vec<Vec<f64>>> = (records.iter().zip(tasks))
        .map(|(records, task)| {
            let target = task.target_val_loss;
            let never = || vec![f64::INFINITY; seeds];
            let of = |entry| target.map_or_else(never, |target| costs(entry, target).1);
            records.entries.iter().map(of).collect()
        })
        .collect();
    let middle = profiles::median_costs(&costs)?;
    let ratios = profiles::ratios(&middle)?;
    let points = profiles::algoperf_scores(&middle)?;
    let intervals = profiles::algoperf_intervals(&costs, LEVEL, RESAMPLES, study.question.resampling_seed)?;

    let mut standings: Vec<OverallStanding> = (study.optimizers.iter().enumerate())
        .map(|(j, contender)| {
            let ratios: Vec<f64> = ratios.iter().map(|task| task[j]).collect();
            OverallStanding {
                optimizer: contender.label.clone(),
                mean_rank: mean_ranks[j],
                cost_ratios: ratios.iter().map(|ratio| Some(*ratio).filter(|ratio| ratio.is_finite())).collect(),
                profile: profiles::profile(&ratios),
                algoperf_score: points[j],
                algoperf_interval: (seeds > 1).then_some((intervals[j].low, intervals[j].high)),
            }
        })
        .collect();
    standings.sort_by(|a, b| a.mean_rank.total_cmp(&b.mean_rank));
    let mut overall = Overall {
        sentences: Vec::new(),
        wins: wins(&standings, tasks),
        standings,
        friedman_p,
        critical_difference: critical_difference(study.optimizers.len(), tasks.len(), NemenyiLevel::Five).ok(),
    };
    overall.sentences = sentences(study, &overall, tasks);
    Ok(Some(overall))
}

/// The endpoint's median of each optimizer, in the user's order, turned so that lower is better; infinite if half of the
/// trials or more diverged.
fn medians(study: &Study, task: &TaskVerdict) -> Vec<f64> {
    let sign = if task.endpoint.better() == Better::Lower { 1.0 } else { -1.0 };
    let of = |label: &str| {
        let standing = task.standings.iter().find(|standing| standing.optimizer == label);
        standing.and_then(|standing| standing.endpoint.median).map_or(f64::INFINITY, |median| sign * median)
    };
    study.optimizers.iter().map(|contender| of(&contender.label)).collect()
}

fn wins(standings: &[OverallStanding], tasks: &[TaskVerdict]) -> Vec<Wins> {
    let mut all = Vec::new();
    for (i, first) in standings.iter().enumerate() {
        for second in &standings[i + 1..] {
            let (first, second) = (first.optimizer.clone(), second.optimizer.clone());
            let mut wins = Wins { first, second, first_better: 0, second_better: 0, equal: 0, undecided: 0 };
            for pair in tasks.iter().flat_map(|task| &task.pairs) {
                let names = [pair.first.as_str(), pair.second.as_str()];
                if !(names.contains(&wins.first.as_str()) && names.contains(&wins.second.as_str())) {
                    continue;
                }
                match &pair.finding {
                    PairFinding::Better { who } if *who == wins.first => wins.first_better += 1,
                    PairFinding::Better { .. } => wins.second_better += 1,
                    PairFinding::Tied | PairFinding::Equivalent => wins.equal += 1,
                    PairFinding::Undecided { .. } => wins.undecided += 1,
                }
            }
            all.push(wins);
        }
    }
    all
}

fn sentences(study: &Study, overall: &Overall, verdicts: &[TaskVerdict]) -> Vec<String> {
    let tasks = verdicts.len();
    let mut sentences = Vec::new();
    for wins in &overall.wins {
        sentences.extend(won(study, wins, verdicts));
    }
    if sentences.is_empty() {
        sentences.push("No optimizer is shown to be better than another on any task.".into());
    }
    let level = percent(study.question.level);
    sentences.push(format!("The level of {level} holds for each task by itself; nothing is said of other tasks."));

    let ranks: Vec<String> = (overall.standings.iter())
        .map(|standing| format!("{} {}", standing.optimizer, significant(standing.mean_rank, 3)))
        .collect();
    let ranks = format!("Mean ranks over {} (1 is best): {}", count(tasks, "task"), list(&ranks));
    sentences.push(match (tasks < FEW_TASKS, overall.friedman_p, overall.critical_difference) {
        (true, ..) => format!("{ranks}; ranks over so few tasks cannot tell optimizers apart."),
        (_, Some(p), _) if p > LEVEL => {
            format!("{ranks}; they do not differ by more than chance would (Friedman's p {}).", p_value(p, LEVEL))
        }
        (_, _, Some(critical)) => {
            format!("{ranks}; those at least {} apart are told apart at 5 %.", significant(critical, 3))
        }
        _ => format!("{ranks}."),
    });
    let scores: Vec<String> = (overall.standings.iter())
        .map(|standing| {
            let interval =
                standing.algoperf_interval.map_or(String::new(), |(low, high)| format!(" ({low:.2} to {high:.2})"));
            format!("{} {:.2}{interval}", standing.optimizer, standing.algoperf_score)
        })
        .collect();
    sentences.push(format!(
        "AlgoPerf scores by gradient evaluations to the target validation loss, 1 if the fastest on every task: {}.",
        list(&scores)
    ));
    sentences
}

/// "adam is better than sgd on 3 of 4 tasks, and sgd than adam on 1."; None if neither is better anywhere.
fn won(study: &Study, wins: &Wins, tasks: &[TaskVerdict]) -> Option<String> {
    let (ahead, behind, more, less) = match wins.first_better >= wins.second_better {
        true => (&wins.first, &wins.second, wins.first_better, wins.second_better),
        false => (&wins.second, &wins.first, wins.second_better, wins.first_better),
    };
    if more == 0 {
        return None;
    }
    let settings =
        study.searched() && study.design.judged == Judged::Setting && !matches!(study.design.varies, Varies::Folds(_));
    let of = count(tasks.len(), "task");
    let mut rest = vec![match settings {
        true => format!("The settings chosen for {ahead} are better than those for {behind} on {more} of {of}"),
        false => format!("{ahead} is better than {behind} on {more} of {of}"),
    }];
    if less > 0 {
        let is = if settings { format!("those for {behind} are") } else { format!("{behind} is") };
        rest.push(format!("{is} better on {less}"));
    }
    if wins.equal > 0 {
        rest.push(format!("they are equal on {}", wins.equal));
    }
    if wins.undecided > 0 {
        rest.push(format!("{} undecided", wins.undecided));
    }
    let unheld: Vec<String> = [ahead, behind].into_iter().filter_map(|name| by_luck(name, wins, tasks)).collect();
    if !unheld.is_empty() {
        rest.push(format!("but the settings chosen did not hold on fresh seeds for {} (see the audit)", list(&unheld)));
    }
    Some(format!("{}.", rest.join("; ")))
}

/// "adam on 2 tasks": the tasks on which one of the two is better, and the settings chosen for `name` did not hold.
fn by_luck(name: &str, wins: &Wins, tasks: &[TaskVerdict]) -> Option<String> {
    let decided = |task: &&TaskVerdict| {
        task.pairs.iter().any(|pair| {
            let names = [&pair.first, &pair.second];
            names.contains(&&wins.first)
                && names.contains(&&wins.second)
                && matches!(pair.finding, PairFinding::Better { .. })
        })
    };
    let unheld = |task: &&TaskVerdict| task.standings.iter().any(|s| s.optimizer == name && s.chosen_by_luck());
    let tasks = tasks.iter().filter(decided).filter(unheld).count();
    (tasks > 0).then(|| format!("{name} on {}", count(tasks, "task")))
}
