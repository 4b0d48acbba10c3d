//! The largest stable learning rate, for gradient descent and both kinds of momentum.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{curves, panel, theory};
use crate::training::side_by_side;
use downhill_chart::curves::{AxisScale, Marker, Panel};
use downhill_optim::Registry;
use downhill_race::{Limit, stability};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "stability-limits",
    title: "The largest learning rate that does not blow up",
    source: "Polyak 1964; Cohen et al. 2021, Gradient descent on neural networks typically occurs at the edge of \
             stability, equation 1",
    says: "On curvature L gradient descent is stable up to η L = 2, the heavy ball up to 2(1 + β), Nesterov's momentum \
           up to 2(1 + β)/(1 + 2β): momentum allows a larger rate in the one form and only a smaller one in the other.",
    recipe: "Bisection of the largest stable rate on L x²/2 with L = 1 and 40, momentum of 0.5, 0.9 and 0.99, walks of \
             4,000 steps; the product η L must agree to 0.001.",
    commands: &[
        "downhill stability -o sgd -o momentum:momentum=0.9 -o nesterov:momentum=0.9 --curvature 1",
        "downhill race bowl:dims=1,a=1 -o nesterov:lr=1.3,momentum=0.9 -o nesterov:lr=1.4,momentum=0.9 --from 1 \
         --steps 500",
    ],
    work,
};

const MOMENTA: [f64; 3] = [0.5, 0.9, 0.99];

/// The largest stable rate times the curvature; NaN if none was found.
fn limit(text: &str, curvature: f64) -> Result<f64, ExperimentError> {
    let found = stability(&Registry::builtin().parse(text)?, curvature)?;
    Ok(match found.measured {
        Limit::At(rate) => rate * curvature,
        Limit::Above(_) | Limit::Below(_) => f64::NAN,
    })
}

fn heavy_ball(beta: f64) -> f64 {
    2.0 * (1.0 + beta)
}

fn nesterov(beta: f64) -> f64 {
    2.0 * (1.0 + beta) / (1.0 + 2.0 * beta)
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let mut jobs = Vec::new();
    for curvature in [1.0, 40.0] {
        jobs.push(("sgd".to_string(), curvature, 2.0));
        for beta in MOMENTA {
            jobs.push((format!("momentum:momentum={beta}"), curvature, heavy_ball(beta)));
            jobs.push((format!("nesterov:momentum={beta}"), curvature, nesterov(beta)));
        }
    }
    let limits = side_by_side(setting.threads, &jobs, |(text, curvature, _)| limit(text, *curvature))?;
    let mut findings = Vec::new();
    for ((text, curvature, theory), &limit) in jobs.iter().zip(&limits) {
        let what = format!("{text}, L = {curvature}: largest stable η L");
        findings.push(Measured::new(what, limit, Expected::Near { value: *theory, tolerance: 1e-3 }));
    }
    // On the first curvature: gradient descent, then heavy ball and Nesterov for each momentum.
    let plain = limits[0];
    let (mut balls, mut nesterovs) = (Vec::new(), Vec::new());
    for (beta, pair) in MOMENTA.into_iter().zip(limits[1..].chunks(2)) {
        balls.push((beta, pair[0]));
        nesterovs.push((beta, pair[1]));
        findings.push(Measured::is_so(
            format!("β = {beta}: Nesterov's limit is below gradient descent's, the heavy ball's above"),
            pair[1] < plain && plain < pair[0],
        ));
    }
    let line =
        |of: fn(f64) -> f64| (0..100).map(|i| f64::from(i) / 100.0).map(|beta| (beta, of(beta))).collect::<Vec<_>>();

    let lines = vec![
        theory("heavy ball: 2(1 + β)", 0, line(heavy_ball)),
        theory("Nesterov: 2(1 + β)/(1 + 2β)", 1, line(nesterov)),
        theory("gradient descent: 2", 2, line(|_| 2.0)),
    ];
    let circle = |group: usize, &(x, y): &(f64, f64)| Marker { x, y, text: String::new(), group };
    let found = [balls, nesterovs, vec![(0.0, plain)]];
    let markers = found.iter().enumerate().flat_map(|(group, all)| all.iter().map(move |point| circle(group, point)));
    let labels = ["momentum β", "rate times curvature"];
    let limits =
        Panel { markers: markers.collect(), ..panel("Largest stable rate", labels, [AxisScale::Linear; 2], lines) };
    let picture = curves(
        "limits",
        [
            "Where learning rates stop being safe",
            "on a parabola; circles are measured, dotted lines are theory",
            "Momentum pulls the two forms apart: the heavy ball holds almost twice the rate of gradient descent, \
             Nesterov's form at most two thirds of it.",
        ],
        vec![limits],
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "A rate counts as unstable if a walk of 4,000 steps leaves the numbers, or is farther out than it began \
             and grows by more than 5 % from its second quarter to the third and from that to the last. Slower growth \
             counts as stable, and just below a limit a walk may take very long to arrive."
                .into(),
        ],
        pictures: vec![picture],
    })
}
