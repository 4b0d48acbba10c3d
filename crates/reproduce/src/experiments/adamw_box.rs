//! The limit of AdamW's decay: it clips.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::most;
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::scene::{curve, curves, log_rows, panel, plane, race, theory};
use downhill_chart::curves::{AxisScale, Curve};
use downhill_landscape::quadratic;
use downhill_optim::Schedule;
use downhill_race::{Path, Race, run};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "adamw-box",
    title: "AdamW ends in a box",
    source: "Xie and Li 2024, Implicit bias of AdamW: l∞-norm constrained optimization",
    says: "With full gradients and a falling rate AdamW with weight decay λ converges to the minimum of the loss \
           within the box |w| ≤ 1/λ: it clips what is larger and leaves the rest alone. Adam with the same λ added to \
           the gradient ends where L2 regularisation says, with everything shrunk.",
    recipe: "Σ hᵢ (wᵢ − cᵢ)²/2 with c = (3, 0.2, −0.7, −5, 1.5) and h = (1, 10, 0.1, 1, 3) from 0, rate 0.1/√t, \
             100,000 steps, weight decay 0.5, 1 and 2; to a thousandth.",
    commands: &[
        "downhill race --formula \"((x0-3)^2 + 10*(x1-0.2)^2 + 0.1*(x2+0.7)^2 + (x3+5)^2 + 3*(x4-1.5)^2)/2\" -o \
         adamw:lr=0.1,weight_decay=1 -o adam:lr=0.1,weight_decay=1 --schedule inverse-sqrt --from 0 --steps 20000",
    ],
    work,
};

const CENTRE: [f64; 5] = [3.0, 0.2, -0.7, -5.0, 1.5];
const CURVATURES: [f64; 5] = [1.0, 10.0, 0.1, 1.0, 3.0];
const DECAYS: [f64; 3] = [0.5, 1.0, 2.0];

/// Σ hᵢ (wᵢ − cᵢ)²/2 from the origin under both optimizers, for each decay one of each.
fn walk(
    h: &[f64],
    c: &[f64],
    decays: &[f64],
    steps: u64,
    setting: &Conditions,
) -> Result<(Race, Vec<Vec<Path>>), ExperimentError> {
    let n = h.len();
    let matrix = (0..n).map(|i| (0..n).map(|j| if i == j { h[i] } else { 0.0 }).collect()).collect();
    let landscape = quadratic(matrix, vec![c.to_vec()])?;
    let text = |name: &'static str| move |decay: &f64| format!("{name}:lr=0.1,weight_decay={decay}");
    let texts: Vec<String> = decays.iter().map(text("adamw")).chain(decays.iter().map(text("adam"))).collect();
    let race = race(landscape, &texts, vec![vec![0.0; n]], steps, setting)?;
    let race = Race { schedule: Some(Schedule::parse("inverse-sqrt")?), ..race };
    let paths = run(&race)?;
    Ok((race, paths))
}

fn clipped(c: f64, decay: f64) -> f64 {
    c.clamp(-1.0 / decay, 1.0 / decay)
}

fn shrunk(h: f64, c: f64, decay: f64) -> f64 {
    h * c / (h + decay)
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let (_, paths) = walk(&CURVATURES, &CENTRE, &DECAYS, 100_000, setting)?;
    let mut findings = Vec::new();
    for (i, decay) in DECAYS.into_iter().enumerate() {
        let off = |path: &Path, end: &dyn Fn(usize) -> f64| {
            most(path.last_point().iter().enumerate().map(|(k, w)| (w - end(k)).abs()))
        };
        let boxed = off(&paths[i][0], &|k| clipped(CENTRE[k], decay));
        let coupled = off(&paths[DECAYS.len() + i][0], &|k| shrunk(CURVATURES[k], CENTRE[k], decay));
        let what = format!("AdamW, decay {decay}: farthest that a weight ends from clip(c, ±{})", 1.0 / decay);
        findings.push(Measured::new(what, boxed, Expected::at_most(1e-3)));
        let what = format!("Adam with L2 of {decay}: farthest that a weight ends from h c/(h + {decay})");
        findings.push(Measured::new(what, coupled, Expected::at_most(1e-3)));
    }
    let (adamw, adam) = (&paths[1][0], &paths[DECAYS.len() + 1][0]);
    let panels = vec![
        panel(
            "AdamW, weight decay 1",
            ["step", "weight"],
            [AxisScale::Log, AxisScale::Linear],
            lines(adamw, &|k| clipped(CENTRE[k], 1.0)),
        ),
        panel(
            "Adam with L2 of 1",
            ["step", "weight"],
            [AxisScale::Log, AxisScale::Linear],
            lines(adam, &|k| shrunk(CURVATURES[k], CENTRE[k], 1.0)),
        ),
    ];
    let weights = curves(
        "weights",
        [
            "AdamW clips, L2 shrinks",
            "five weights with minima at 3, 0.2, −0.7, −5 and 1.5, rate 0.1/√t",
            "On the left weights whose minimum is within ±1 reach it, and the others stop at ±1, exactly. On the right \
             every weight ends short of its minimum, the more so the flatter the loss is in it.",
        ],
        panels,
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "In the end AdamW's step is λ w = −m̂/√v̂, and |m̂/√v̂| is at most 1 when gradients no longer change: so \
             |w| ≤ 1/λ, with equality for a weight that is still pulled outwards."
                .into(),
            "The decay of 0.01 that is AdamW's default makes a box of ±100, which hardly any weight ever meets.".into(),
        ],
        pictures: vec![weights, map(setting)?],
    })
}

/// Each weight by step, and its predicted end.
fn lines(path: &Path, end: &dyn Fn(usize) -> f64) -> Vec<Curve> {
    let rows = log_rows(path, 600);
    let last = path.last_step as f64;
    let drawn = (0..CENTRE.len()).map(|k| {
        let points = rows.iter().filter(|&&row| row > 0).map(|&row| (path.step_of(row) as f64, path.point(row)[k]));
        curve(format!("minimum at {}", CENTRE[k]).replace('-', "−"), k, points.collect())
    });
    let ends = (0..CENTRE.len()).map(|k| theory("where it must end", k, vec![(1.0, end(k)), (last, end(k))]));
    drawn.chain(ends).collect()
}

fn map(setting: &Conditions) -> Result<Picture, ExperimentError> {
    let (race, paths) = walk(&[1.0, 3.0], &[3.0, 0.6], &[1.0], 2000, setting)?;
    let caption = "The minimum lies outside of the box |w| ≤ 1. AdamW goes to the best point of the box, (1, 0.6): the \
                   first weight is clipped and the second untouched. Adam with L2 stops on the way, at (1.5, 0.45).";
    let words =
        ["Where weight decay ends", "((x − 3)² + 3 (y − 0.6)²)/2 from the origin, decay 1, 2,000 steps", caption];
    Ok(plane("map", words, &race, &paths, [(-0.5, 3.5), (-1.0, 2.0)]))
}
