//! The deciding measure.

use crate::study::{Kind, TaskFacts};
use crate::trial::Trial;
use downhill_statistics::Better;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A measure at a moment, such as `test-accuracy@best`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Endpoint {
    /// The measure.
    pub measure: Measure,
    /// The moment.
    pub at: At,
}

/// The measure of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Share of test rows predicted correctly.
    TestAccuracy,
    /// Mean loss over the test rows.
    TestLoss,
    /// Root mean squared error over the test rows, in the target's own unit.
    TestRmse,
    /// Mean loss over the validation rows. It also chose the settings, though with other seeds.
    ValLoss,
    /// Mean loss over the training rows: optimisation alone.
    TrainLoss,
}

/// When an endpoint measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At the logged step with the lowest validation loss.
    Best,
    /// At the last step.
    Last,
}

const MEASURES: [(Measure, &str); 5] = [
    (Measure::TestAccuracy, "test-accuracy"),
    (Measure::TestLoss, "test-loss"),
    (Measure::TestRmse, "test-rmse"),
    (Measure::ValLoss, "val-loss"),
    (Measure::TrainLoss, "train-loss"),
];

impl Endpoint {
    /// A task's own: test accuracy, or test RMSE in a regression, at the lowest validation loss.
    pub fn of(task: &TaskFacts) -> Self {
        let measure = match task.kind {
            Kind::Classification { .. } => Measure::TestAccuracy,
            Kind::Regression { .. } => Measure::TestRmse,
        };
        Self { measure, at: At::Best }
    }

    /// Whether higher or lower is better.
    pub fn better(self) -> Better {
        match self.measure {
            Measure::TestAccuracy => Better::Higher,
            _ => Better::Lower,
        }
    }

    /// Whether a task of this kind has such a measure.
    pub fn fits(self, kind: &Kind) -> bool {
        match self.measure {
            Measure::TestAccuracy => matches!(kind, Kind::Classification { .. }),
            Measure::TestRmse => matches!(kind, Kind::Regression { .. }),
            _ => true,
        }
    }

    /// A finished trial's value. A trial that diverged, or whose figure is not finite, has the worst infinity.
    pub fn value(self, trial: &Trial) -> f64 {
        let value = self.figure(trial).filter(|_| !trial.outcome.diverged);
        value.unwrap_or(match self.better() {
            Better::Higher => f64::NEG_INFINITY,
            Better::Lower => f64::INFINITY,
        })
    }

    /// The finite figure of a trial, diverged or not; None if absent.
    fn figure(self, trial: &Trial) -> Option<f64> {
        let figures = match self.at {
            At::Best => trial.outcome.best.as_ref(),
            At::Last => Some(&trial.outcome.last),
        };
        let value = figures.and_then(|figures| match self.measure {
            Measure::TestAccuracy => figures.test.accuracy,
            Measure::TestLoss => figures.test.loss,
            Measure::TestRmse => figures.test.rmse,
            Measure::ValLoss => figures.val.loss,
            Measure::TrainLoss => figures.train.loss,
        });
        value.filter(|value| value.is_finite())
    }

    /// The first of these trials that did not diverge and was not measured.
    ///
    /// A loss, or an error, may be absent because it is not finite although the trial did not diverge: on test rows
    /// alone. An accuracy may not be absent, nor all figures at the lowest validation loss, nor the losses of all
    /// trials.
    pub(crate) fn unmeasured<'a>(self, trials: &[&'a Trial]) -> Option<&'a Trial> {
        let sound = || trials.iter().copied().filter(|trial| !trial.outcome.diverged);
        let nowhere = sound().all(|trial| self.figure(trial).is_none());
        let must = |trial: &Trial| {
            let no_step = self.at == At::Best && trial.outcome.best.is_none();
            nowhere || no_step || self.measure == Measure::TestAccuracy
        };
        sound().find(|trial| self.figure(trial).is_none() && must(trial))
    }

    /// In a sentence: "test accuracy at the lowest validation loss".
    pub fn describe(self) -> String {
        let measure = match self.measure {
            Measure::TestAccuracy => "test accuracy",
            Measure::TestLoss => "test loss",
            Measure::TestRmse => "test RMSE",
            Measure::ValLoss => "validation loss",
            Measure::TrainLoss => "training loss",
        };
        match self.at {
            At::Best if self.measure == Measure::ValLoss => "lowest validation loss".into(),
            At::Best => format!("{measure} at the lowest validation loss"),
            At::Last => format!("{measure} at the last step"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MEASURES.iter().find(|(measure, _)| *measure == self.measure).map_or("", |(_, name)| name);
        write!(f, "{name}@{}", if self.at == At::Best { "best" } else { "last" })
    }
}

/// A text that names no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown endpoint `{0}`; there are: test-accuracy, test-loss, test-rmse, val-loss, train-loss, each with @best \
     (at the lowest validation loss, the default) or @last (at the last step)"
)]
pub struct UnknownEndpoint(pub String);

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(text: &str) -> Result<Self, UnknownEndpoint> {
        let unknown = || UnknownEndpoint(text.into());
        let (name, at) = match text.split_once('@') {
            None => (text, At::Best),
            Some((name, "best")) => (name, At::Best),
            Some((name, "last")) => (name, At::Last),
            Some(_) => return Err(unknown()),
        };
        let measure = MEASURES.iter().find(|(_, known)| *known == name).ok_or_else(unknown)?.0;
        Ok(Self { measure, at })
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

impl TryFrom<String> for Endpoint {
    type Error = UnknownEndpoint;

    fn try_from(text: String) -> Result<Self, UnknownEndpoint> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_reads_back_and_a_typo_names_them_all() {
        for (measure, _) in MEASURES {
            for at in [At::Best, At::Last] {
                let endpoint = Endpoint { measure, at };
                assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
            }
        }
        assert_eq!("test-loss".parse(), Ok(Endpoint { measure: Measure::TestLoss, at: At::Best }));
        let error = "test-los@end".parse::<Endpoint>().unwrap_err().to_string();
        assert!(error.contains("test-los@end") && error.contains("val-loss"));
    }
}
