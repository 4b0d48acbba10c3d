//! The choice of a configuration by tuning.
//!
//! The score of a configuration is the mean over the tuning seeds of the lowest validation loss, or of the endpoint's
//! measure on the validation rows; a trial that diverged counts as infinite, however good it was before. The lowest
//! score wins. No function here sees a test figure.

use crate::endpoint::{At, Endpoint, Measure};
use crate::study::{ChooseBy, Study};
use crate::trial::{Figures, Trial};

/// The measure by which configurations are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chooser {
    /// The loss, or the endpoint's measure.
    pub by: ChooseBy,
    /// The study's endpoint; None is accuracy where there are accuracies, else RMSE, at the lowest validation loss.
    pub endpoint: Option<Endpoint>,
}

impl Chooser {
    /// The chooser of this study.
    pub fn of(study: &Study) -> Self {
        Self { by: study.design.choose_by, endpoint: study.question.endpoint }
    }

    /// The meaning of a score, in words.
    pub fn describe(&self) -> &'static str {
        match (self.by, self.endpoint.map(|endpoint| endpoint.measure)) {
            (ChooseBy::Loss, _) => "lowest validation loss",
            (_, Some(Measure::TestRmse)) => "validation RMSE",
            (_, Some(Measure::TestLoss | Measure::ValLoss)) => "validation loss",
            (_, Some(Measure::TrainLoss)) => "training loss",
            (_, Some(Measure::TestAccuracy)) => "share of validation rows that are wrong",
            (_, None) => "error on the validation rows",
        }
    }

    /// A trial's score, lower is better; infinite if it diverged.
    pub fn score(&self, trial: &Trial) -> f64 {
        if self.by == ChooseBy::Loss {
            return score(trial);
        }
        let outcome = &trial.outcome;
        let at = self.endpoint.map_or(At::Best, |endpoint| endpoint.at);
        let figures = match at {
            At::Best => outcome.best.as_ref(),
            At::Last => Some(&outcome.last),
        };
        let default = |figures: &Figures| match figures.val.accuracy {
            Some(_) => Measure::TestAccuracy,
            None => Measure::TestRmse,
        };
        let measure = |figures: &Figures| self.endpoint.map_or_else(|| default(figures), |endpoint| endpoint.measure);
        let value = |figures: &Figures| match measure(figures) {
            Measure::TestAccuracy => figures.val.accuracy.map(|accuracy| 1.0 - accuracy),
            Measure::TestRmse => figures.val.rmse,
            Measure::TestLoss | Measure::ValLoss => figures.val.loss,
            Measure::TrainLoss => figures.train.loss,
        };
        figures.filter(|_| !outcome.diverged).and_then(value).filter(|x| x.is_finite()).unwrap_or(f64::INFINITY)
    }
}

/// One configuration's trials in the last rung that it was in, and their score.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Its number.
    pub configuration: usize,
    /// The last rung that it was in; None without halving.
    pub rung: Option<usize>,
    /// Its trials there, in the order given.
    pub trials: Vec<&'a Trial>,
    /// Mean of [`Chooser::score`] over them.
    pub score: f64,
}

/// A trial's score: its lowest validation loss, infinite if it diverged.
pub fn score(trial: &Trial) -> f64 {
    let outcome = &trial.outcome;
    let best = outcome.best.as_ref().filter(|_| !outcome.diverged);
    best.and_then(|figures| figures.val.loss).filter(|loss| loss.is_finite()).unwrap_or(f64::INFINITY)
}

/// The mean; infinite of nothing.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len();
    if n == 0 { f64::INFINITY } else { values.sum::<f64>() / n as f64 }
}

/// The configurations of these tuning trials (of one optimizer, task and replicate), the best first.
///
/// A configuration that got further under halving is before the others. Equal scores go by the number of diverged
/// trials, then by the mean score of the other trials, then by their mean lowest validation loss (accuracies are often
/// tied), then by the configuration's number.
pub fn ranking<'a>(tuning: impl IntoIterator<Item = &'a Trial>, chooser: &Chooser) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    for trial in tuning {
        let planned = &trial.planned;
        match candidates.iter_mut().find(|c| c.configuration == planned.configuration) {
            Some(candidate) if candidate.rung == planned.rung => candidate.trials.push(trial),
            Some(candidate) if candidate.rung < planned.rung => {
                (candidate.rung, candidate.trials) = (planned.rung, vec![trial]);
            }
            Some(_) => {}
            None => candidates.push(Candidate {
                configuration: planned.configuration,
                rung: planned.rung,
                trials: vec![trial],
                score: f64::INFINITY,
            }),
        }
    }
    for candidate in &mut candidates {
        candidate.score = mean(candidate.trials.iter().map(|t| chooser.score(t)));
    }
    candidates.sort_by(|a, b| {
        let key = |c: &Candidate<'_>| {
            let finite = |of: &dyn Fn(&Trial) -> f64| -> Vec<f64> {
                c.trials.iter().map(|t| of(t)).filter(|s| s.is_finite()).collect()
            };
            let (scores, losses) = (finite(&|trial| chooser.score(trial)), finite(&score));
            (c.trials.len() - scores.len(), mean(scores.into_iter()), mean(losses.into_iter()))
        };
        let ((bad_a, mean_a, loss_a), (bad_b, mean_b, loss_b)) = (key(a), key(b));
        let by_score = b.rung.cmp(&a.rung).then(a.score.total_cmp(&b.score));
        let tied = bad_a.cmp(&bad_b).then(mean_a.total_cmp(&mean_b)).then(loss_a.total_cmp(&loss_b));
        by_score.then(tied).then(a.configuration.cmp(&b.configuration))
    });
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Figures, PartFigures, Planned, TrialCurve, TrialOutcome, TrialRole};

    fn trial(configuration: usize, rung: Option<usize>, loss: Option<f64>, diverged: bool) -> Trial {
        let figures = Figures { val: PartFigures { loss, ..PartFigures::default() }, step: 7, ..Figures::default() };
        Trial {
            planned: Planned {
                id: String::new(),
                task: "t".into(),
                optimizer: "o".into(),
                role: TrialRole::Tuning,
                configuration,
                index: 0,
                seed: 0,
                replicate: None,
                rung,
                steps: 10,
                spec: "sgd".into(),
                settings: vec![],
            },
            outcome: TrialOutcome {
                id: String::new(),
                stop: "steps".into(),
                diverged,
                steps: 10,
                gradient_evaluations: 10,
                best: Some(figures),
                last: figures,
                curve: TrialCurve::default(),
                seconds: 0.0,
                by: String::new(),
            },
        }
    }

    fn order(trials: &[Trial]) -> Vec<usize> {
        ranking(trials, &Chooser::default()).iter().map(|c| c.configuration).collect()
    }

    #[test]
    fn the_lowest_mean_wins_and_a_diverged_trial_costs_everything() {
        let trials = [
            trial(0, None, Some(0.5), false),
            trial(0, None, Some(0.5), false),
            trial(1, None, Some(0.1), false),
            trial(1, None, Some(0.1), true),
            trial(2, None, Some(0.25), false),
            trial(2, None, Some(0.6), false),
        ];
        assert_eq!(order(&trials), [2, 0, 1]);
        let ranked = ranking(&trials, &Chooser::default());
        assert_eq!((ranked[0].score, ranked[2].score), (0.425, f64::INFINITY));
    }

    #[test]
    fn where_all_diverge_the_least_bad_wins_and_ties_go_to_the_first() {
        let trials = [
            trial(3, None, Some(0.5), true),
            trial(3, None, Some(0.5), true),
            trial(1, None, Some(0.9), true),
            trial(1, None, Some(0.9), false),
            trial(2, None, None, false),
            trial(2, None, Some(0.9), false),
        ];
        assert_eq!(order(&trials), [1, 2, 3]);
    }

    #[test]
    fn a_later_rung_beats_a_lower_score_of_an_earlier_one() {
        let trials = [
            trial(0, Some(0), Some(0.1), false),
            trial(1, Some(0), Some(0.2), false),
            trial(1, Some(1), Some(0.3), false),
        ];
        assert_eq!(order(&trials), [1, 0]);
        assert_eq!(ranking(&trials, &Chooser::default())[0].score, 0.3);
    }
}
