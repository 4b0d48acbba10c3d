//! In many dimensions a point with zero gradient is a saddle.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{curve, curves, panel, theory};
use crate::training::side_by_side;
use downhill_chart::curves::AxisScale;
use downhill_linalg::eigen;
use downhill_random::{Purpose, Stream};
use std::f64::consts::{PI, SQRT_2};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "saddles-not-minima",
    title: "In many dimensions, saddles and not minima",
    source: "Dauphin et al. 2014, Identifying and attacking the saddle point problem; Dean and Majumdar 2006",
    says: "At a random point without slope all curvatures are positive with a probability that falls faster than \
           exponentially with the dimension: in high dimensions nearly every such point is a saddle.",
    recipe: "Signs of the eigenvalues of (G + Gᵀ)/2, G with independent standard normal entries, in dimensions 1 to 5; \
             1,000,000 matrices each.",
    commands: &[],
    work,
};

/// Matrices of each dimension, and the number of parts, each drawn from a stream of its own.
const MATRICES: u64 = 1_000_000;
const PARTS: u64 = 20;
const DIMENSIONS: std::ops::RangeInclusive<usize> = 1..=5;

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let jobs: Vec<(usize, u64)> = DIMENSIONS.flat_map(|n| (0..PARTS).map(move |part| (n, part))).collect();
    let counts = side_by_side(setting.threads, &jobs, |&(n, part)| Ok(positive(n, part, setting.seed)))?;
    let share = |n: usize| {
        let of_n = jobs.iter().zip(&counts).filter(|((dims, _), _)| *dims == n);
        of_n.map(|(_, count)| *count).sum::<u64>() as f64 / MATRICES as f64
    };
    let shares: Vec<f64> = DIMENSIONS.map(share).collect();
    // Five standard errors of a share of this size.
    let near = |value: f64| Expected::Near { value, tolerance: 5.0 * (value * (1.0 - value) / MATRICES as f64).sqrt() };
    let exact = [0.5, (2.0 - SQRT_2) / 4.0, (PI - 2.0 * SQRT_2) / (4.0 * PI)];
    let mut findings = Vec::new();
    for (n, &share) in DIMENSIONS.zip(&shares) {
        let expected = exact.get(n - 1).map_or(Expected::Told, |&value| near(value));
        findings.push(Measured::new(format!("share with all eigenvalues positive, dimension {n}"), share, expected));
    }
    let factors: Vec<f64> = shares.windows(2).map(|pair| pair[1] / pair[0]).collect();
    for (n, factor) in (2..).zip(&factors) {
        findings.push(Measured::new(format!("factor from dimension {} to {n}", n - 1), *factor, Expected::Told));
    }
    findings.push(Measured::is_so(
        "each factor is smaller than the one before: faster than exponentially",
        factors.windows(2).all(|pair| pair[1] < pair[0]),
    ));
    let points = |of: &dyn Fn(usize) -> f64| DIMENSIONS.map(|n| (n as f64, of(n))).collect::<Vec<_>>();
    let lines = vec![
        curve("counted", 0, points(&|n| shares[n - 1])),
        theory("if signs were independent: 2⁻ⁿ", 1, points(&|n| 0.5f64.powi(n as i32))),
    ];
    let panels = vec![panel(
        "Share of minima",
        ["dimension n", "share with all eigenvalues positive"],
        [AxisScale::Linear, AxisScale::Log],
        lines,
    )];
    let picture = curves(
        "share",
        [
            "How rare minima are",
            "a million random symmetric matrices in each dimension",
            "Were the signs of the curvatures independent, the share would fall along the straight line. It bends away \
             downwards: eigenvalues repel each other, so that all on one side is rarer still.",
        ],
        panels,
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "Dimensions 1 to 3 have closed forms: 1/2, (2 − √2)/4 and (π − 2√2)/(4π). Far out the share falls as \
             3^(−n²/4) (Dean and Majumdar)."
                .into(),
            "Hessians of networks are not such random matrices; that their low points have few negative curvatures, \
             and the high ones many, is what the source goes on to measure."
                .into(),
        ],
        pictures: vec![picture],
    })
}

/// The number of one part's matrices with positive eigenvalues only.
fn positive(n: usize, part: u64, seed: u64) -> u64 {
    let mut stream = Stream::new(seed, Purpose::Samples, n as u64 * PARTS + part);
    let mut g = vec![0.0; n * n];
    let mut symmetric = vec![0.0; n * n];
    let mut count = 0;
    for _ in 0..MATRICES / PARTS {
        g.fill_with(|| stream.normal());
        // A negative diagonal entry is a downward direction.
        if (0..n).any(|i| g[i * n + i] <= 0.0) {
            continue;
        }
        for (at, entry) in symmetric.iter_mut().enumerate() {
            *entry = (g[at] + g[at % n * n + at / n]) / 2.0;
        }
        count += u64::from(eigen(n, &symmetric).0.iter().all(|&value| value > 0.0));
    }
    count
}
