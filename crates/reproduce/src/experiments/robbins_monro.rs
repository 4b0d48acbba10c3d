//! Noise: a constant rate stalls, a falling one averages it away.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{curve, curves, panel, race, theory};
use downhill_chart::curves::AxisScale;
use downhill_landscape::{parse, quadratic};
use downhill_optim::Schedule;
use downhill_race::{Keep, Order, Path, Race, run};
use downhill_random::{Purpose, Stream};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "robbins-monro",
    title: "Noise: a constant rate stalls, a falling one does not",
    source: "Robbins and Monro 1951; the constant rate's variance as in Mandt, Hoffman and Blei 2017",
    says: "With gradient noise of variance s² a constant rate η ends in a cloud of variance η s²/(L(2 − η L)) around \
           the minimum and gets no nearer. A rate of 1/t goes on: on (x − ξₜ)²/2 it gives the running mean of the \
           samples.",
    recipe: "L x²/2 with L = 2 and noise of sd 0.5, 4,000 seeds: rates with η L of 0.1, 0.4, 1 and 1.6, the mean \
             square of x over steps 100 to 300; and the rate 1/(L t) for 1,000 steps and as many seeds. Then 1,000 \
             samples ξ of a normal distribution, one a step, with rate 1/t.",
    commands: &[
        "downhill race bowl:dims=1,a=2 -o sgd:lr=0.05 -o sgd:lr=0.8 --noise 0.5 --from 0 --steps 300",
        "downhill race bowl:dims=1,a=2 -o sgd:lr=0.5 --schedule inverse-time --noise 0.5 --from 5 --steps 1000",
    ],
    work,
};

const CURVATURE: f64 = 2.0;
const NOISE: f64 = 0.5;
/// Numbers of seeds of the clouds, and of the walks that are shown.
const SEEDS: usize = 4000;
const SHOWN: usize = 1000;
/// η L
const PRODUCTS: [f64; 4] = [0.1, 0.4, 1.0, 1.6];

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let bowl = parse(&format!("bowl:dims=1,a={CURVATURE}"))?;
    let noisy = |texts: &[String], starts: Vec<Vec<f64>>, steps, keep| -> Result<Race, ExperimentError> {
        let race = race(bowl.clone(), texts, starts, steps, setting)?;
        Ok(Race { noise_sd: NOISE, keep, ..race })
    };
    let mut findings = Vec::new();

    // Rows from step 100 on are past the transient; twenty steps apart they are nearly independent.
    let texts = PRODUCTS.map(|product| format!("sgd:lr={}", product / CURVATURE));
    let paths = run(&noisy(&texts, vec![vec![0.0]; SEEDS], 300, Keep::Every(20))?)?;
    let predicted = |product: f64| product / CURVATURE * NOISE * NOISE / (CURVATURE * (2.0 - product));
    for (product, paths) in PRODUCTS.into_iter().zip(&paths) {
        let squares: Vec<f64> = paths.iter().flat_map(|p| (5..p.rows()).map(|row| p.point(row)[0].powi(2))).collect();
        let variance = squares.iter().sum::<f64>() / squares.len() as f64;
        findings.push(Measured::new(
            format!("η L = {product}: variance of the cloud, over η s²/(L(2 − η L))"),
            variance / predicted(product),
            Expected::Near { value: 1.0, tolerance: 0.05 },
        ));
    }

    let mean = mean_of_samples(setting)?;
    findings.push(Measured::new(
        "rate 1/t on (x − ξₜ)²/2: most that any of 1,000 points differs from the running mean",
        mean,
        Expected::at_most(1e-12),
    ));

    let shown = [0.1, 1.0].map(|product| format!("sgd:lr={}", product / CURVATURE));
    let constant = run(&noisy(&shown, vec![vec![2.0]; SHOWN], 1000, Keep::Every(1))?)?;
    let one_over_t = |seeds, keep| -> Result<Vec<Path>, ExperimentError> {
        let race = noisy(&[format!("sgd:lr={}", 1.0 / CURVATURE)], vec![vec![2.0]; seeds], 1000, keep)?;
        Ok(run(&Race { schedule: Some(Schedule::parse("inverse-time")?), ..race })?.remove(0))
    };
    let falling = one_over_t(SHOWN, Keep::Every(1))?;
    // The estimate of a variance from 4,000 draws has a standard error of √(2/4,000), 2.2 %.
    let ends = mean_squares(&one_over_t(SEEDS, Keep::Every(1000))?);
    let last = ends.last().map_or(f64::NAN, |point| point.1);
    let squares = [mean_squares(&constant[0]), mean_squares(&constant[1]), mean_squares(&falling)];
    findings.push(Measured::new(
        "rate 1/(L t): mean square of x after 1,000 steps, 4,000 seeds, over s²/(L² 1,000)",
        last * 1000.0 * (CURVATURE / NOISE).powi(2),
        Expected::Near { value: 1.0, tolerance: 0.1 },
    ));

    let [small, large, one_over_t] = squares;
    let level = |product: f64| vec![(1.0, predicted(product)), (1000.0, predicted(product))];
    let lines = vec![
        curve("η L = 0.1", 0, small),
        curve("η L = 1", 1, large),
        curve("η = 1/(L t)", 2, one_over_t),
        theory("η s²/(L(2 − η L)) for 0.1", 0, level(0.1)),
        theory("η s²/(L(2 − η L)) for 1", 1, level(1.0)),
        theory("s²/(L² t)", 2, [1.0, 1000.0].map(|t: f64| (t, (NOISE / CURVATURE).powi(2) / t)).to_vec()),
    ];
    let picture = curves(
        "stall",
        [
            "A constant rate stalls, a falling one goes on",
            "mean square of x over 1,000 seeds; L = 2, gradient noise of sd 0.5, from x = 2",
            "A large rate is quick and stalls high, a small one is slow and stalls lower. The rate 1/(L t) leaps at \
             once and then falls with the number of samples, as an average does.",
        ],
        vec![panel("Distance from the minimum", ["step", "mean of x²"], [AxisScale::Log; 2], lines)],
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "The rate 1/(L t) needs to know L: with half this rate the start is forgotten only as 1/√t, with less still \
             more slowly."
                .into(),
            "Often η s²/(2 L) is quoted; that is right for small η L only, and half of what is true at η L = 1.".into(),
        ],
        pictures: vec![picture],
    })
}

/// The largest difference between the path of rate 1/t, one sample a step, and the running mean of the samples.
fn mean_of_samples(setting: &Conditions) -> Result<f64, ExperimentError> {
    let mut stream = Stream::new(setting.seed, Purpose::Samples, 0);
    let samples: Vec<f64> = (0..1000).map(|_| 3.0 + stream.normal()).collect();
    let landscape = quadratic(vec![vec![1.0]], samples.iter().map(|&x| vec![x]).collect())?;
    let race = race(landscape, &["sgd:lr=1"], vec![vec![-7.0]], 1000, setting)?;
    let schedule = Some(Schedule::parse("inverse-time")?);
    let paths = run(&Race { schedule, batch_size: Some(1), order: Order::AsListed, ..race })?;
    let (mut sum, mut apart) = (0.0, Vec::with_capacity(samples.len()));
    for (i, sample) in samples.iter().enumerate() {
        sum += sample;
        apart.push((paths[0][0].point(i + 1)[0] - sum / (i + 1) as f64).abs());
    }
    Ok(most(apart))
}

/// The mean of x² over the seeds, by step.
fn mean_squares(paths: &[Path]) -> Vec<(f64, f64)> {
    let rows = paths.first().map_or(0, Path::rows);
    let mean = |row: usize| paths.iter().map(|path| path.point(row)[0].powi(2)).sum::<f64>() / paths.len() as f64;
    (1..rows).map(|row| (row as f64, mean(row))).collect()
}
