//! A network first learns its training pairs by heart, and long after that the rule behind them.

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::{least, most};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::training::{Trained, least_squares, member, parts, train};
use downhill_chart::curves::{AxisScale, Curve, LineStyle, Panel};
use downhill_data::{LoadOptions, SplitOptions, load};
use downhill_model::{Activation, Loss, Network};
use downhill_population::{Backend, Place, Precision, Values};
use downhill_random::{Purpose, Stream};
use downhill_train::{Row, Stopping, Task};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "grokking",
    title: "By heart first, and much later by rule",
    source: "Power, Burda, Edwards, Babuschkin and Misra 2022, Grokking: Generalization Beyond Overfitting on Small \
             Algorithmic Datasets; on a network of one hidden layer instead of a transformer",
    says: "Trained on half of the table of an operation such as addition modulo a prime, a network soon knows its half by \
           heart and nothing of the other. Long after, it learns the other half at once, and weight decay is what brings \
           this about.",
    recipe: "(a + b) mod 59, all 3,481 pairs, half of them for training; one-hot a and one-hot b, 256 relu units, no biases; \
             weights N(0, 1/2) and N(0, 2/256). Cross-entropy, full batches, AdamW with rate 0.01 and betas 0.9 and 0.98, in \
             f32. Four seeds with weight decay 1, each until 99 % of the other half is right, and two without for 2,000 \
             steps.",
    commands: &[
        "downhill train modular-addition:p=59 --hidden 256 --no-bias --init kaiming --batch-size full --val-fraction 0.5 \
         --test-fraction 0 --scale none --steps 1500 --target-accuracy 0.99 -o adamw:lr=0.01,beta2=0.98,weight_decay=1",
    ],
    work: run,
};

/// All pairs, one-hot a beside one-hot b, with the class (a + b) mod 59.
const TABLE: &str = "modular-addition:p=59";
/// Hidden units.
const UNITS: usize = 256;
/// Updates without weight decay.
const STEPS: u64 = 2_000;
/// Updates between two logged rows.
const LOOK: u64 = 10;
/// The share of correct pairs from which on a rule counts as known.
const KNOWN: f64 = 0.99;
/// Weight decay of each member; laid out so that two threads have equal work.
const DECAYS: [f64; 6] = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0];

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let trained = trained(setting, &DECAYS, STEPS)?;
    Ok(Evidence { findings: findings(&trained), notes: notes(), pictures: pictures(&trained) })
}

/// A member for each weight decay, after `steps` steps or when it knows the other half.
fn trained(setting: &Conditions, decays: &[f64], steps: u64) -> Result<Trained, ExperimentError> {
    let task = task(setting.seed, steps)?;
    let (prepared, data) = parts(&task)?;
    let network = task.network();
    let members = decays.iter().enumerate().map(|(place, decay)| {
        // Members without decay start where some of the others do.
        let of_kind = decays[..place].iter().filter(|other| *other == decay).count() as u64;
        let seed = setting.seed + of_kind;
        let optimizer = format!("adamw:lr=0.01,beta1=0.9,beta2=0.98,weight_decay={decay}");
        member(&optimizer, seed, weights(&network, seed))
    });
    let members = members.collect::<Result<Vec<_>, _>>()?;
    Ok(train(task.settings(prepared.split.train.len(), setting.threads), data, members))
}

/// The table, half of it for training and half for validation; members end when they know the other half.
fn task(split_seed: u64, steps: u64) -> Result<Task, ExperimentError> {
    let mut task = least_squares(load(TABLE, &LoadOptions::default())?, steps)?;
    task.preparation.split = SplitOptions { val_fraction: 0.5, test_fraction: 0.0, seed: split_seed };
    Ok(Task {
        place: Place::new(Backend::Flex, Precision::F32)?,
        hidden: vec![UNITS],
        activation: Activation::Relu,
        loss: Loss::CrossEntropy,
        stopping: Stopping { target_accuracy: Some(KNOWN), ..Stopping::default() },
        log_every: Some(LOOK),
        ..task
    })
}

/// W1 ~ N(0, 1/2), W2 ~ N(0, 2/256): the second variance is that of He et al. 2015; the first is half of theirs, which
/// is 2/2 = 1 for the two nonzero inputs that each unit sees.
fn weights(network: &Network, seed: u64) -> Values {
    let variances = [1.0 / 2.0, 2.0 / UNITS as f64];
    let layers = network.layers().into_iter().zip(variances).enumerate();
    let layer = |(index, ((inputs, outputs), variance)): (usize, ((usize, usize), f64))| {
        let mut stream = Stream::new(seed, Purpose::Weights, index as u64);
        (0..inputs * outputs).map(|_| variance.sqrt() * stream.normal()).collect()
    };
    layers.map(layer).collect()
}

/// The first logged step at which the share of correct pairs reaches [`KNOWN`].
fn first(rows: &[Row], of: fn(&Row) -> Option<f64>) -> f64 {
    let known = rows.iter().find(|row| of(row).is_some_and(|accuracy| accuracy >= KNOWN));
    known.map_or(f64::INFINITY, |row| row.step as f64)
}

/// The highest logged share of correct pairs in the other half; NaN if one row has none, or if the member diverged.
fn highest(rows: &[Row]) -> f64 {
    let highest = most(rows.iter().map(|row| row.val_accuracy.unwrap_or(f64::NAN)));
    let ended = highest >= KNOWN || rows.last().is_some_and(|row| row.step == STEPS);
    if ended { highest } else { f64::NAN }
}

fn findings(trained: &Trained) -> Vec<Measured> {
    let of = |decay: f64| -> Vec<&Vec<Row>> {
        trained.rows.iter().zip(DECAYS).filter(|(_, d)| *d == decay).map(|(rows, _)| rows).collect()
    };
    let firsts = |of: &[&Vec<Row>], figure: fn(&Row) -> Option<f64>| -> Vec<f64> {
        of.iter().map(|rows| first(rows, figure)).collect()
    };
    let latest = |steps: &[f64]| most(steps.iter().copied());
    let earliest = |steps: &[f64]| least(steps.iter().copied());
    let (with, without) = (of(1.0), of(0.0));
    let by_rule = firsts(&with, |row| row.val_accuracy);
    let step = Expected::Between { low: 500.0, high: 1200.0 };
    let by_heart = "step at which 99 % of the training half is right, the latest of";
    let by_decay = "weight decay 1: step at which 99 % of the other half is right";
    vec![
        Measured::new(
            format!("weight decay 1: {by_heart} four seeds"),
            latest(&firsts(&with, |row| row.train_accuracy)),
            Expected::at_most(100.0),
        ),
        Measured::new(format!("{by_decay}, the earliest of four seeds"), earliest(&by_rule), step),
        Measured::new(format!("{by_decay}, the latest of four seeds"), latest(&by_rule), step),
        Measured::new(
            format!("no weight decay: {by_heart} two seeds"),
            latest(&firsts(&without, |row| row.train_accuracy)),
            Expected::at_most(100.0),
        ),
        Measured::new(
            format!("no weight decay: highest share of the other half that is right within {STEPS} steps, two seeds"),
            most(without.iter().map(|rows| highest(rows))),
            Expected::at_most(0.05),
        ),
    ]
}

fn notes() -> Vec<String> {
    vec![
        "One class in 59 is right by chance: 1.7 %.".into(),
        format!("Accuracies are looked at every {LOOK} steps."),
        "The command draws W1 with variance 2/118, as He et al. 2015 have it for 118 inputs, instead of 1/2.".into(),
        "The halves are stratified: of the 59 pairs of each sum one half has 29 and the other 30. The source draws its half \
         from all pairs at random."
            .into(),
    ]
}

fn pictures(trained: &Trained) -> Vec<Picture> {
    let mut curves: Vec<Curve> = Vec::new();
    for (place, decay) in DECAYS.iter().enumerate() {
        let (name, group) = if *decay > 0.0 { ("weight decay 1", 0) } else { ("no weight decay", 1) };
        let train = trained.points(place, |row| row.train_accuracy);
        let other = trained.points(place, |row| row.val_accuracy);
        curves.push(curve(name, group, LineStyle::Solid, train));
        curves.push(curve(name, group, LineStyle::Dashed, other));
    }
    let panel = Panel { x_scale: AxisScale::Log, ..panel("Pairs that are right", "step", "share", curves) };
    vec![picture(
        "accuracy",
        "The training half (solid) is known by heart before step 100, with weight decay and without. Of the other half \
         (dashed) the networks know nothing for hundreds of steps; those with weight decay then learn 99 % of it, where they \
         stop; those without do not in 2,000 steps.",
        "Grokking",
        "(a + b) mod 59, half of all pairs for training; every seed is a line",
        vec![panel],
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_training_half_is_known_by_heart_while_nothing_is_known_of_the_other() {
        let trained = trained(&Conditions { seed: 5, threads: 2 }, &[1.0, 0.0], 100).unwrap();
        assert_eq!(trained.session.data().train.rows() + trained.session.data().val.rows(), 59 * 59);
        let sums = trained.session.data().train.labels().unwrap();
        for sum in 0..59 {
            let pairs = sums.iter().filter(|&&label| label == sum).count();
            assert!([29, 30].contains(&pairs), "{pairs} pairs have the sum {sum}");
        }
        for rows in &trained.rows {
            assert!(first(rows, |row| row.train_accuracy) <= 100.0);
            assert!(rows.iter().all(|row| row.val_accuracy.is_some_and(|accuracy| accuracy < 0.05)));
        }
    }

    #[test]
    fn a_look_without_an_accuracy_and_a_member_that_diverged_have_no_highest_share() {
        let row = |step, val_accuracy| Row {
            seed: 0,
            step,
            epoch: 0.0,
            samples: 0,
            train_loss: 1.0,
            train_accuracy: None,
            val_loss: None,
            val_accuracy,
            lr: None,
            grad_norm: None,
            update_ratio: None,
            seconds: 0.0,
        };
        assert_eq!(highest(&[row(0, Some(0.03)), row(STEPS, Some(0.02))]), 0.03);
        assert!(highest(&[row(0, Some(0.03)), row(STEPS, None)]).is_nan());
        assert!(highest(&[row(0, Some(0.03)), row(STEPS / 2, Some(0.02))]).is_nan());
        assert!(highest(&[]).is_nan());
    }

    #[test]
    fn weights_have_the_variances_of_the_recipe() {
        let values = weights(&task(0, 1).unwrap().network(), 7);
        let variance = |of: &[f64]| of.iter().map(|w| w * w).sum::<f64>() / of.len() as f64;
        // Five standard errors.
        assert!((variance(&values[0]) - 0.5).abs() < 5.0 * 0.5 * (2.0 / values[0].len() as f64).sqrt());
        let second = 2.0 / 256.0;
        assert!((variance(&values[1]) - second).abs() < 5.0 * second * (2.0 / values[1].len() as f64).sqrt());
    }
}
