//! Adaptive methods find another solution of the same least squares, and it can be a bad one.

mod points;

use crate::drawing::{curve, panel, picture};
use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::numbers::{least, most};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::training::{least_squares, member, regression, side_by_side, train};
use downhill_chart::curves::{AxisScale, Curve, LineStyle, Panel};
use downhill_data::{Draw, prepare};
use downhill_optim::Schedule;
use downhill_train::Task;
use points::{POINTS, POSITIVE, Points, TEST};

pub(crate) static EXPERIMENT: Experiment = Experiment {
    name: "wilson2017",
    title: "Adaptive methods can fit perfectly and generalise worst",
    source: "Wilson, Roelofs, Stern, Srebro and Recht 2017, The Marginal Value of Adaptive Gradient Methods in Machine \
             Learning, section 3.3; Choi, Shallue, Nado, Lee, Maddison and Dahl 2019, On Empirical Comparisons of \
             Optimizers for Deep Learning",
    says: "On a least-squares problem with more features than points, gradient descent and momentum find the solution of \
           smallest norm and classify every new point. AdaGrad, RMSProp and Adam fit the same data as well, find \
           sign(X'y)/4 instead, and call every new point positive. Choi et al. 2019: with a larger epsilon Adam is close to \
           momentum, and the verdict turns.",
    recipe: "200 points; y is +1 with probability 0.6, else -1; features y, 1, 1, and then private ones that no other point \
             has: one for y = +1, five for y = -1. Full batches from zero in f64; for the adaptive methods a rate that falls \
             to 0 over 1,500 steps. 100 test points, 60 of them positive, whose private features were never seen. \
             Five data sets.",
    commands: &[],
    work: run,
};

/// Data sets, each from a seed of its own.
const DATA_SETS: u64 = 5;
/// Updates of the adaptive methods.
const STEPS: u64 = 1_500;
/// The steps of an optimizer, and the schedule of its rate.
#[derive(Clone, Copy)]
struct Course {
    steps: u64,
    /// Updates between two logged rows.
    look: u64,
    schedule: &'static str,
}
/// Gradient descent and momentum need no falling rate.
const CONSTANT: Course = Course { steps: 500, look: 1, schedule: "constant" };
/// The rate of the adaptive methods falls to 0.0005 of itself.
const FALLING: Course = Course { steps: STEPS, look: 5, schedule: "exponential:gamma=0.995" };
/// A slower fall, reported and not judged, and the optimizer that misses the target under it.
const LINEAR: Course = Course { steps: 5_000, look: 5_000, schedule: "linear" };
const BOUNCING: &str = "rmsprop:lr=0.01,eps=1e-8";
/// Gradient descent and momentum, and the adaptive methods besides Adam.
const PLAIN: [&str; 2] = ["sgd:lr=0.4", "momentum:lr=0.1,momentum=0.9"];
const ADAPTIVE: [&str; 2] = ["adagrad:lr=0.05,eps=1e-8", "rmsprop:lr=0.003,eps=1e-8"];
/// Epsilons of Adam; the first is the usual one, and the claim of Choi et al. is about [`LARGE_EPSILON`].
const EPSILONS: [f64; 6] = [1e-8, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];
const LARGE_EPSILON: f64 = 1e-2;

fn run(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let draws: Vec<Points> = (setting.seed..setting.seed + DATA_SETS).map(Points::draw).collect();
    let mut jobs: Vec<(usize, Course, Vec<String>)> = Vec::new();
    for draw in 0..draws.len() {
        // The whole range of epsilons on the first draw, for the picture.
        let epsilons = if draw == 0 { EPSILONS.to_vec() } else { vec![EPSILONS[0], LARGE_EPSILON] };
        jobs.push((draw, FALLING, epsilons.into_iter().map(adam).collect()));
        jobs.push((draw, LINEAR, vec![BOUNCING.to_string()]));
        jobs.extend(PLAIN.iter().map(|text| (draw, CONSTANT, vec![text.to_string()])));
        jobs.extend(ADAPTIVE.iter().map(|text| (draw, FALLING, vec![text.to_string()])));
    }
    let solved = side_by_side(setting.threads, &jobs, |(draw, course, optimizers)| {
        solve(&draws[*draw], *draw, *course, optimizers)
    })?;
    let solved: Vec<Solution> = solved.into_iter().flatten().collect();
    Ok(Evidence { findings: findings(&solved), notes: notes(&draws), pictures: pictures(&solved) })
}

fn adam(epsilon: f64) -> String {
    format!("adam:lr=0.01,eps={epsilon:e}")
}

/// An optimizer's solution on one draw.
struct Solution {
    draw: usize,
    optimizer: String,
    weights: Vec<f64>,
    /// Share of test points on the wrong side of 0.
    error: f64,
    /// Share of test points above 0.
    positive: f64,
    /// Largest distance of a weight from the solution of smallest norm, and from sign(X'y)/4.
    from_smallest: f64,
    from_signs: f64,
    /// `(step, training loss)`.
    loss: Vec<(f64, f64)>,
    /// `(step, distance of the outputs from −1 on unseen negative points)`.
    miss: Vec<(f64, f64)>,
}

/// Runs optimizers of one rule, side by side, on a draw.
fn solve(
    points: &Points,
    draw: usize,
    course: Course,
    optimizers: &[String],
) -> Result<Vec<Solution>, ExperimentError> {
    let (features, targets) = points.features();
    let mut dataset = regression("wilson2017", features, targets);
    dataset.test_rows = TEST;
    let task = Task {
        schedule: Schedule::parse(course.schedule)?,
        log_every: Some(course.look),
        ..least_squares(dataset, course.steps)?
    };
    let mut prepared = prepare(&task.dataset, &task.preparation, Draw::Fixed)?;
    // Its loss is logged during training and decides nothing.
    prepared.split.val = (POINTS + (POSITIVE * TEST as f64).round() as usize..POINTS + TEST).collect();
    let data = task.data(&prepared);
    let zeros = task.init.member(&task.network(), 0);
    let members = optimizers.iter().map(|text| member(text, 0, zeros.clone())).collect::<Result<Vec<_>, _>>()?;
    let trained = train(task.settings(POINTS, 1), data, members);
    let test = &trained.session.data().test;
    let labels = test.values().unwrap_or_default();
    let (smallest, signs) = (points.smallest(), points.signs());
    let solution = |(place, optimizer): (usize, &String)| {
        let values = trained.values(place).to_vec();
        let outputs = trained.session.evaluate(std::slice::from_ref(&values), test).remove(0).outputs;
        let share = |of: &dyn Fn(f64, f64) -> bool| {
            let rows = outputs.iter().zip(&labels);
            rows.filter(|&(&output, &y)| of(output, y)).count() as f64 / TEST as f64
        };
        let furthest = |from: &[f64]| most(values[0].iter().zip(from).map(|(w, v)| (w - v).abs()));
        Solution {
            draw,
            optimizer: optimizer.clone(),
            error: 1.0 - share(&|output, y| output * y > 0.0),
            positive: share(&|output, _| output > 0.0),
            from_smallest: furthest(&smallest),
            from_signs: furthest(&signs),
            loss: trained.points(place, |row| Some(row.train_loss)),
            // The loss is half of a mean of squares.
            miss: trained.points(place, |row| row.val_loss.map(|loss| (2.0 * loss).sqrt())),
            weights: values[0].clone(),
        }
    };
    Ok(optimizers.iter().enumerate().map(solution).collect())
}

fn findings(solved: &[Solution]) -> Vec<Measured> {
    let of = |optimizer: &str| -> Vec<&Solution> { solved.iter().filter(|s| s.optimizer == optimizer).collect() };
    let most = |of: &[&Solution], figure: fn(&Solution) -> f64| most(of.iter().map(|s| figure(s)));
    let least = |of: &[&Solution], figure: fn(&Solution) -> f64| least(of.iter().map(|s| figure(s)));
    let name = |text: &str| text.split(':').next().unwrap_or_default().to_string();
    let mut findings = Vec::new();
    for text in PLAIN {
        let (name, of) = (name(text), of(text));
        findings.push(Measured::new(
            format!("{name}: largest distance of a weight from the solution of smallest norm, five data sets"),
            most(&of, |s| s.from_smallest),
            Expected::at_most(1e-9),
        ));
        findings.push(Measured::new(
            format!("{name}: share of test points that are wrong, the worst of five data sets"),
            most(&of, |s| s.error),
            Expected::exactly(0.0),
        ));
    }
    for text in ADAPTIVE.iter().map(|text| text.to_string()).chain([adam(EPSILONS[0])]) {
        let (name, of) = (name(&text), of(&text));
        findings.push(Measured::new(
            format!("{name}: largest distance of a weight from sign(X'y)/4, five data sets"),
            most(&of, |s| s.from_signs),
            Expected::at_most(1e-5),
        ));
        findings.push(Measured::new(
            format!("{name}: share of test points that are wrong, the best of five data sets"),
            least(&of, |s| s.error),
            Expected::exactly(1.0 - POSITIVE),
        ));
        findings.push(Measured::new(
            format!("{name}: share of test points that are called positive, the least of five data sets"),
            least(&of, |s| s.positive),
            Expected::exactly(1.0),
        ));
    }
    findings.push(Measured::new(
        format!("adam with eps = {LARGE_EPSILON}: share of test points that are wrong, the worst of five data sets"),
        most(&of(&adam(LARGE_EPSILON)), |s| s.error),
        Expected::exactly(0.0),
    ));
    let slow = format!("rmsprop, rate 0.01 falling linearly over {} steps", LINEAR.steps);
    findings.push(Measured::new(
        format!("{slow}: largest distance of a weight from sign(X'y)/4, five data sets"),
        most(&of(BOUNCING), |s| s.from_signs),
        Expected::Told,
    ));
    findings.push(Measured::new(
        format!("{slow}: share of test points that are wrong, the best of five data sets"),
        least(&of(BOUNCING), |s| s.error),
        Expected::Told,
    ));
    let finite = solved.iter().flat_map(|s| &s.weights).all(|w| w.is_finite());
    findings.push(Measured::is_so("columns that are 0 in all training points make no NaN", finite));
    findings
}

fn notes(draws: &[Points]) -> Vec<String> {
    let counts: Vec<String> = draws.iter().map(|points| points.count(1.0).to_string()).collect();
    vec![
        format!("Positive training points of the five data sets: {} of {POINTS}.", counts.join(", ")),
        "The loss is half of the mean of the squared errors. Gradients of private features are then 1/200 of a residual, \
         and an epsilon of 0.01 is far above them: Adam's step is nearly that of momentum."
            .into(),
        "The rate of the adaptive methods falls by 0.5 % a step. When it falls linearly from 0.01 over 5,000 steps, RMSProp \
         bounces so long that differences in rounding between points of one class grow: its weights then end farther from \
         sign(X'y)/4, as told above."
            .into(),
        "Gradient descent and momentum need no falling rate and are run for 500 steps at a constant one.".into(),
    ]
}

fn pictures(solved: &[Solution]) -> Vec<Picture> {
    let first = |optimizer: &str| solved.iter().find(|s| s.draw == 0 && s.optimizer == optimizer);
    let shown: Vec<(String, String)> = PLAIN
        .iter()
        .chain(&ADAPTIVE)
        .map(|text| (text.to_string(), text.split(':').next().unwrap_or_default().to_string()))
        .chain([(adam(EPSILONS[0]), "adam".into()), (adam(LARGE_EPSILON), format!("adam, eps = {LARGE_EPSILON}"))])
        .collect();
    let lines = |of: fn(&Solution) -> &Vec<(f64, f64)>| -> Vec<Curve> {
        let line = |(group, (text, name)): (usize, &(String, String))| {
            Some(curve(name.as_str(), group, LineStyle::Solid, of(first(text)?).clone()))
        };
        shown.iter().enumerate().filter_map(line).collect()
    };
    let mut misses = lines(|s| &s.miss);
    let border = vec![(1.0, 1.0), (STEPS as f64, 1.0)];
    misses.push(curve("above: called positive", 6, LineStyle::Dotted, border));
    let log = |panel: Panel| Panel { x_scale: AxisScale::Log, ..panel };
    // Values below rounding are not shown; a NaN stays NaN.
    let above = |y: f64| if y < 1e-20 { 1e-20 } else { y };
    let floor = |points: &Vec<(f64, f64)>| points.iter().map(|&(x, y)| (x, above(y))).collect::<Vec<_>>();
    let mut losses = lines(|s| &s.loss);
    losses.iter_mut().for_each(|line| line.points = floor(&line.points));
    let fit = Panel {
        scale: AxisScale::Log,
        ..log(panel("All of them fit the training data", "step", "half the mean squared error", losses))
    };
    let unseen = log(panel("New negative points", "step", "distance of the output from −1", misses));
    let sweep: Vec<(f64, f64)> =
        EPSILONS.iter().filter_map(|&eps| Some((eps, first(&adam(eps))?.miss.last()?.1 - 1.0))).collect();
    let plain = first(PLAIN[0]).and_then(|s| s.miss.last()).map_or(f64::NAN, |point| point.1 - 1.0);
    let level = |y: f64| vec![(EPSILONS[0], y), (EPSILONS[EPSILONS.len() - 1], y)];
    let turn = log(panel(
        "Adam's answer by its epsilon",
        "epsilon",
        "output on new negative points",
        vec![
            curve("adam", 0, LineStyle::Solid, sweep),
            curve("gradient descent", 1, LineStyle::Dotted, level(plain)),
            curve("above: called positive", 6, LineStyle::Dotted, level(0.0)),
        ],
    ));
    vec![
        picture(
            "solutions",
            "Left: every method drives the training error to 0. Right: on negative points that were never seen, gradient \
             descent and momentum come below the dotted line and are right; the adaptive methods stay above it and call \
             all of them positive, but Adam with a large epsilon does not.",
            "The same perfect fit, opposite answers",
            "least squares of Wilson et al. 2017, 200 points, 1,003 features, the first of five data sets",
            vec![fit, unseen],
        ),
        picture(
            "epsilon",
            "The output of Adam on new negative points after training: above 0 all of them are wrong, below 0 all are right. \
             With a growing epsilon Adam goes over into momentum, and its answer turns.",
            "The verdict turns with epsilon",
            "adam, rate 0.01 falling to 0 over 1,500 steps",
            vec![turn],
        ),
    ]
}
