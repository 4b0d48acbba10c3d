//! A sequence of costs on which Adam walks to the worst point.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::outcome::{Evidence, Expected, Measured};
use crate::scene::{curve, curves, log_rows, panel, race_of, theory};
use burn::tensor::Tensor;
use downhill_chart::curves::AxisScale;
use downhill_landscape::{Function, Landscape};
use downhill_optim::parameters::{beta1, beta2, epsilon, learning_rate};
use downhill_optim::{Real, Registry, Rule, Schedule};
use downhill_race::{Order, Path, Race, run};
use downhill_spec::Parameter;
use std::sync::Arc;

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "reddi2018",
    title: "Adam walks to the worst point",
    source: "Reddi, Kale and Kumar 2018, On the convergence of Adam and beyond, sections 3 and 5",
    says: "On costs that pull up gently a hundred times and then once strongly down, Adam forgets the strong pull \
           before it has paid for the gentle ones and ends at +1, the worst point. AMSGrad, which never lets its \
           denominator shrink, ends at the best, −1.",
    recipe: "Costs 1010 x at every 101st step from the first, −10 x otherwise, on [−1, 1] by projection, from 0; Adam \
             and AMSGrad with β₁ = 0.9, β₂ = 0.99, eps 0, rate 0.5/√t, 100,000 steps; AMSGrad with bias correction as \
             in PyTorch, and without as in the paper, written here as a rule of its own.",
    commands: &[],
    work,
};

/// AMSGrad as in the paper, without correction for the start at zero.
struct Uncorrected;

impl Rule<4, 6, 3> for Uncorrected {
    const NAME: &'static str = "amsgrad-uncorrected";
    const SUMMARY: &'static str = "AMSGrad without bias correction";
    const SOURCE: &'static str = "Reddi, Kale and Kumar 2018, algorithm 2";
    const TABLE: &'static [Parameter; 4] =
        &[learning_rate(1e-3), beta1(0.9), beta2(0.999, "decay of the average of squared gradients"), epsilon(0.0)];

    fn coefficients([eta, beta1, beta2, eps]: [f64; 4], _step: u64) -> [f64; 6] {
        [eta, beta1, 1.0 - beta1, beta2, 1.0 - beta2, eps]
    }

    fn update<R: Real>([eta, beta1, new1, beta2, new2, eps]: [R; 6], theta: R, g: R, [m, v, u]: [R; 3]) -> (R, [R; 3]) {
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        let u = u.max(v);
        (theta - eta * m.ratio(u.sqrt() + eps), [m, v, u])
    }
}

/// The mean of c x over slopes c: over a whole cycle, or the slope of one step.
#[derive(Debug)]
struct Costs {
    slopes: Vec<Vec<f64>>,
    mean: f64,
}

impl Function for Costs {
    fn value(&self, x: &[f64]) -> f64 {
        self.mean * x[0]
    }

    fn gradient(&self, _x: &[f64], out: &mut [f64]) {
        out.fill(self.mean);
    }

    fn hessian(&self, _x: &[f64]) -> Vec<Vec<f64>> {
        vec![vec![0.0]]
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        x * self.mean
    }

    fn centres(&self) -> &[Vec<f64>] {
        &self.slopes
    }

    fn tensor_over(&self, x: Tensor<3>, centres: Tensor<3>) -> Tensor<3> {
        x * centres.mean_dim(1)
    }
}

/// Steps of a cycle, and the slope of the first and of the others.
const CYCLE: usize = 101;
const SLOPES: [f64; 2] = [1010.0, -10.0];

fn slope(step: usize) -> f64 {
    SLOPES[usize::from(step % CYCLE != 1)]
}

fn landscape() -> Landscape {
    let slopes: Vec<Vec<f64>> = (1..=CYCLE).map(|step| vec![slope(step)]).collect();
    let mean = slopes.iter().map(|s| s[0]).sum::<f64>() / CYCLE as f64;
    Landscape {
        text: "reddi".into(),
        formula: "1010 x at the first of 101 steps, −10 x at the others".into(),
        source: "Reddi, Kale and Kumar 2018".into(),
        shows: "A rare steep cost outweighs many gentle ones.".into(),
        function: Arc::new(Costs { slopes, mean }),
        domain: vec![(-1.0, 1.0)],
        start: vec![0.0],
        minima: Vec::new(),
    }
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let mut registry = Registry::builtin();
    registry.add(Uncorrected);
    let with = |name: &str| format!("{name}:lr=0.5,beta1=0.9,beta2=0.99,eps=0");
    let mut texts = ["adam", "amsgrad", "amsgrad-uncorrected"].map(with).to_vec();
    texts.push(with("adam").replace("beta2=0.99", "beta2=0.999"));
    let race = race_of(&registry, landscape(), &texts, vec![vec![0.0]], 100_000, setting)?;
    let race = Race {
        schedule: Some(Schedule::parse("inverse-sqrt")?),
        batch_size: Some(1),
        order: Order::AsListed,
        projection: Some(vec![(-1.0, 1.0)]),
        ..race
    };
    let paths: Vec<Path> = run(&race)?.into_iter().flatten().collect();
    let regrets: Vec<Vec<f64>> = paths.iter().map(regrets).collect();
    let end = |i: usize| paths[i].last_point()[0];
    let last = |i: usize| regrets[i].last().copied().unwrap_or(f64::NAN);
    let near = |value: f64| Expected::Near { value, tolerance: 1e-3 };
    let findings = vec![
        Measured::new("Adam: x after 100,000 steps (+1 is the worst)", end(0), near(0.993)),
        Measured::new("AMSGrad without bias correction: x after 100,000 steps (−1 is the best)", end(2), near(-0.984)),
        Measured::new("AMSGrad with bias correction: x after 100,000 steps", end(1), near(-0.998)),
        Measured::new("Adam: average regret against −1", last(0), Expected::Told),
        Measured::new("AMSGrad with bias correction: average regret against −1", last(1), Expected::Told),
        Measured::new("Adam with β₂ = 0.999: x after 100,000 steps", end(3), Expected::Told),
    ];
    let names = ["Adam", "AMSGrad", "AMSGrad without bias correction", "Adam, β₂ = 0.999"];
    let lines = |value: &dyn Fn(usize, usize) -> f64| {
        let line = |(i, name): (usize, &str)| {
            let rows = log_rows(&paths[i], 3000).into_iter().filter(|&row| row > 0);
            curve(name, i, rows.map(|row| (row as f64, value(i, row))).collect())
        };
        names.into_iter().enumerate().map(line).collect::<Vec<_>>()
    };
    let mut where_it_is = lines(&|i, row| paths[i].point(row)[0]);
    where_it_is.push(theory("the best point", 6, vec![(1.0, -1.0), (1e5, -1.0)]));
    let labels = |y| ["step", y];
    let panels = vec![
        panel("Where it is", labels("x"), [AxisScale::Log, AxisScale::Linear], where_it_is),
        panel(
            "Average regret",
            labels("cost so far above that of −1, a step"),
            [AxisScale::Log; 2],
            lines(&|i, row| regrets[i][row - 1]),
        ),
    ];
    let picture = curves(
        "walks",
        [
            "Adam walks to the worst point",
            "costs 1010 x, then a hundred times −10 x; rate 0.5/√t",
            "Every 101 steps a steep cost pushes down and a hundred gentle ones push up. Adam divides each by its \
             recent size, so that the gentle ones win, and it ends at the top; AMSGrad remembers how steep the steep \
             one was and ends at the bottom.",
        ],
        panels,
    );
    Ok(Evidence {
        findings,
        notes: vec![
            "With β₂ = 0.999, which remembers a whole cycle, the same walk is slower: after 100,000 steps Adam is at \
             −0.41, and rising."
                .into(),
        ],
        pictures: vec![picture],
    })
}

/// After each step the costs so far above the costs of staying at −1, divided by the steps.
fn regrets(path: &Path) -> Vec<f64> {
    let mut sum = 0.0;
    (1..path.rows())
        .map(|step| {
            sum += slope(step) * (path.point(step - 1)[0] + 1.0);
            sum / step as f64
        })
        .collect()
}
