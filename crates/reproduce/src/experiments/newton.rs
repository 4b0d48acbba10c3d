//! Newton's method: one step on a parabola, a handful on a valley, and the bill.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::scene::{by_step, curve, curves, panel, plane, race, theory};
use downhill_chart::curves::{AxisScale, Marker, Panel};
use downhill_landscape::{parse, quadratic};
use downhill_race::{Criterion, Path, Race, run};
use downhill_random::{Purpose, Stream};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "newton",
    title: "Newton's method: few steps, dear ones",
    source: "Nocedal and Wright 2006, Numerical optimization, chapters 2 and 3; Rosenbrock 1960",
    says: "Newton's method reaches the minimum of any quadratic in one step and that of Rosenbrock's valley in a \
           handful. But a step needs a matrix of n² numbers and n³ work.",
    recipe: "Quadratics with random positive definite matrices in 2, 5, 20 and 100 dimensions, one step. Rosenbrock's \
             valley with b = 100 from (−1.2, 1) until the loss is 1e-15, beside gradient descent with rate 0.001 until \
             1e-6. Gradients counted; the Hessian comes from 2 n of them.",
    commands: &[
        "downhill race rosenbrock -o newton --steps 10",
        "downhill race rosenbrock -o newton -o sgd:lr=0.001 --steps 30000 --target-loss 1e-6",
    ],
    work,
};

const DIMENSIONS: [usize; 4] = [2, 5, 20, 100];

/// A random positive definite matrix, AᵀA/n + 0.1 I, and a random centre.
fn problem(n: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut stream = Stream::new(seed, Purpose::Samples, n as u64);
    let a: Vec<f64> = (0..n * n).map(|_| stream.normal()).collect();
    let entry = |i: usize, j: usize| {
        let product = (0..n).map(|k| a[k * n + i] * a[k * n + j]).sum::<f64>() / n as f64;
        product + if i == j { 0.1 } else { 0.0 }
    };
    let matrix = (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect();
    (matrix, (0..n).map(|_| stream.normal()).collect())
}

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let mut findings = Vec::new();
    let mut gradients = Vec::new();
    for n in DIMENSIONS {
        let (matrix, centre) = problem(n, setting.seed);
        let landscape = quadratic(matrix, vec![centre.clone()])?;
        let paths = run(&race(landscape, &["newton"], vec![vec![5.0; n]], 1, setting)?)?;
        let path = &paths[0][0];
        let distance =
            |row: usize| path.point(row).iter().zip(&centre).map(|(x, c)| (x - c).powi(2)).sum::<f64>().sqrt();
        let what = format!("quadratic in {n} dimensions: distance left after one step, over the first");
        findings.push(Measured::new(what, distance(1) / distance(0), Expected::at_most(1e-6)));
        let what = format!("quadratic in {n} dimensions: gradients of that step, 2 n + 1");
        findings.push(Measured::new(what, path.cost() as f64, Expected::exactly((2 * n + 1) as f64)));
        gradients.push((n as f64, path.cost() as f64));
    }

    let rosenbrock = parse("rosenbrock")?;
    let start = vec![vec![-1.2, 1.0]];
    let newton = race(rosenbrock.clone(), &["newton"], start.clone(), 50, setting)?;
    let newton = run(&Race { stopping: vec![Criterion::TargetLoss(1e-15)], ..newton })?.remove(0).remove(0);
    let descent = race(rosenbrock, &["sgd:lr=0.001"], start.clone(), 100_000, setting)?;
    let descent = run(&Race { stopping: vec![Criterion::TargetLoss(1e-6)], ..descent })?.remove(0).remove(0);
    findings.push(Measured::new(
        "Newton on Rosenbrock's valley: steps until the loss is 1e-15",
        if newton.last_loss() <= 1e-15 { newton.last_step as f64 } else { f64::INFINITY },
        Expected::Between { low: 1.0, high: 10.0 },
    ));
    findings.push(Measured::new("Newton on Rosenbrock's valley: gradients", newton.cost() as f64, Expected::Told));
    findings.push(Measured::new(
        "gradient descent on Rosenbrock's valley: steps until the loss is 1e-6",
        if descent.last_loss() <= 1e-6 { descent.last_step as f64 } else { f64::INFINITY },
        Expected::Told,
    ));

    let mut notes = vec![
        "The step onto the minimum of a quadratic is exact but for the differences of gradients that the Hessian is \
         made of."
            .into(),
        "On Rosenbrock's valley the second step goes uphill by far: Newton's method looks at slope and curvature \
         alone, never at the loss, and would walk to a saddle as gladly."
            .into(),
    ];
    for n in [10u64, 1000, 1_000_000] {
        let (square, cube) = ((n as f64).powi(2), (n as f64).powi(3));
        notes.push(format!(
            "n = {n}: a Hessian of {square:.0e} numbers ({}), about {:.0e} multiplications to solve with it.",
            bytes(8.0 * square),
            cube / 3.0
        ));
    }
    let pictures = vec![valley(&start, setting)?, losses(&newton, &descent), bill(&gradients)];
    Ok(Evidence { findings, notes, pictures })
}

/// A size in bytes, in words.
fn bytes(size: f64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let power = ((size.log10() / 3.0) as usize).min(units.len() - 1);
    format!("{} {}", size / 1000f64.powi(power as i32), units[power])
}

fn valley(start: &[Vec<f64>], setting: &Conditions) -> Result<Picture, ExperimentError> {
    let texts = ["newton", "sgd:lr=0.001", "adam:lr=0.1"];
    let race = race(parse("rosenbrock")?, &texts, start.to_vec(), 60, setting)?;
    let paths = run(&race)?;
    let caption = "Newton's method leaps: one step onto the floor of the valley, one far across (it knows curvature, \
                   not height), and it is there. Gradient descent reaches the floor just as fast and then hardly \
                   moves.";
    let words = ["Newton in Rosenbrock's valley", "(1 − x)² + 100 (y − x²)² from (−1.2, 1), 60 steps", caption];
    Ok(plane("valley", words, &race, &paths, [(-2.0, 2.0), (-3.5, 2.5)]))
}

fn losses(newton: &Path, descent: &Path) -> Picture {
    let lines = [("Newton", newton), ("gradient descent, rate 0.001", descent)].into_iter().enumerate();
    let by_gradients = lines.map(|(group, (name, path))| {
        let points = by_step(path, |row| path.losses[row]);
        let costs = path.evaluations.iter().map(|&cost| f64::from(cost));
        curve(name, group, costs.zip(points.into_iter().map(|point| point.1)).collect())
    });
    let panels =
        vec![panel("Loss by work", ["gradient evaluations", "loss"], [AxisScale::Log; 2], by_gradients.collect())];
    let caption = format!(
        "Even with every gradient of its Hessians counted Newton's method needs {} gradients to a loss of 1e-15, where \
         gradient descent needs {} to one of 1e-6: in two dimensions. With n parameters each of Newton's steps takes \
         2 n + 1.",
        newton.cost(),
        descent.cost()
    );
    curves("losses", ["What a step is worth", "Rosenbrock's valley from (−1.2, 1)", &caption], panels)
}

fn bill(gradients: &[(f64, f64)]) -> Picture {
    let sizes: Vec<f64> = (2..=12).map(|i| 10f64.powf(0.5 * f64::from(i))).collect();
    let line = |of: &dyn Fn(f64) -> f64| sizes.iter().map(|&n| (n, of(n))).collect::<Vec<_>>();
    let lines = vec![
        theory("gradients, 2 n + 1", 0, line(&|n| 2.0 * n + 1.0)),
        theory("numbers in the Hessian, n²", 1, line(&|n| n * n)),
        theory("multiplications to solve, n³/3", 3, line(&|n| n.powi(3) / 3.0)),
        theory("a computer's memory, 64 GB", 6, vec![(sizes[0], 8e9), (sizes[sizes.len() - 1], 8e9)]),
    ];
    let circle = |&(x, y): &(f64, f64)| Marker { x, y, text: String::new(), group: 0 };
    let markers = gradients.iter().map(circle).collect();
    let panels = vec![Panel { markers, ..panel("Of one step", ["parameters n", "count"], [AxisScale::Log; 2], lines) }];
    let caption = "A hundred thousand parameters fill a computer's memory with one Hessian, and a network of a million \
                   needs 3 · 10¹⁷ multiplications to use it once.";
    curves(
        "bill",
        [
            "What Newton's method costs",
            "by the number of parameters; circles are counted, dotted lines are formulas",
            caption,
        ],
        panels,
    )
}
