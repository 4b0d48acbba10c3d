//! Races made by formulas: a few landscapes and plain versions of a few optimizers.

use downhill_report::race::{Basins, RaceFigure, RunnerTrace, WalkTrace};

type Point = (f64, f64);

/// A landscape: its loss and the lines that a figure needs.
pub struct Ground {
    pub name: &'static str,
    pub loss: fn(Point) -> f64,
    pub x: Point,
    pub y: Point,
    pub minima: Vec<(f64, f64, f64)>,
}

pub fn ravine() -> Ground {
    Ground {
        name: "A ravine",
        loss: |(x, y)| 0.5 * (x * x + 60.0 * y * y),
        x: (-5.0, 5.0),
        y: (-2.0, 2.0),
        minima: vec![(0.0, 0.0, 0.0)],
    }
}

pub fn rosenbrock() -> Ground {
    Ground {
        name: "Rosenbrock's valley",
        loss: |(x, y)| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
        x: (-2.0, 2.0),
        y: (-1.0, 3.0),
        minima: vec![(1.0, 1.0, 0.0)],
    }
}

pub fn himmelblau() -> Ground {
    Ground {
        name: "Himmelblau's four minima",
        loss: |(x, y)| (x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2),
        x: (-6.0, 6.0),
        y: (-6.0, 6.0),
        minima: vec![
            (3.0, 2.0, 0.0),
            (-2.805_118, 3.131_312, 0.0),
            (-3.779_310, -3.283_186, 0.0),
            (3.584_428, -1.848_127, 0.0),
        ],
    }
}

fn rastrigin() -> Ground {
    Ground {
        name: "Rastrigin's egg box",
        loss: |(x, y)| {
            let one = |t: f64| t * t - 10.0 * (std::f64::consts::TAU * t).cos() + 10.0;
            one(x) + one(y)
        },
        x: (-4.0, 4.0),
        y: (-4.0, 4.0),
        minima: vec![(0.0, 0.0, 0.0)],
    }
}

fn logarithm() -> Ground {
    Ground {
        name: "A slope with an end: −log(1 − x² − y²) + x",
        loss: |(x, y)| x - (1.0 - x * x - y * y).ln(),
        x: (-1.25, 1.25),
        y: (-1.25, 1.25),
        minima: vec![(-0.414_213_562_373, 0.0, -0.225_99)],
    }
}

fn saddle() -> Ground {
    Ground { name: "A saddle", loss: |(x, y)| x * x - y * y, x: (-2.0, 2.0), y: (-2.0, 2.0), minima: vec![] }
}

/// A method: plain words, learning rate, momentum, and the scaling of gradients.
#[derive(Clone)]
pub struct Method {
    pub label: String,
    pub lr: f64,
    pub momentum: f64,
    pub adaptive: bool,
}

pub fn method(label: &str, lr: f64, momentum: f64, adaptive: bool) -> Method {
    Method { label: label.into(), lr, momentum, adaptive }
}

fn gradient(loss: fn(Point) -> f64, (x, y): Point) -> Point {
    let h = 1e-6;
    ((loss((x + h, y)) - loss((x - h, y))) / (2.0 * h), (loss((x, y + h)) - loss((x, y - h))) / (2.0 * h))
}

/// Runs a method; it stops where the loss is NaN.
pub fn run(ground: &Ground, method: &Method, start: Point, steps: usize) -> WalkTrace {
    let mut trace = WalkTrace { ended: "all steps done".into(), ..WalkTrace::default() };
    let (mut at, mut speed, mut square) = (start, (0.0, 0.0), (0.0, 0.0));
    for step in 0..=steps {
        let loss = (ground.loss)(at);
        let slope = gradient(ground.loss, at);
        trace.points.push(at);
        trace.losses.push(loss);
        trace.grad_norms.push(slope.0.hypot(slope.1));
        if !loss.is_finite() || loss.abs() > 1e30 {
            trace.ended = "diverged".into();
            trace.diverged = true;
            break;
        }
        let rest = if method.adaptive { 1.0 - method.momentum } else { 1.0 };
        speed = (method.momentum * speed.0 + rest * slope.0, method.momentum * speed.1 + rest * slope.1);
        let mut change = speed;
        if method.adaptive {
            square = (0.999 * square.0 + 0.001 * slope.0.powi(2), 0.999 * square.1 + 0.001 * slope.1.powi(2));
            let power = step as i32 + 1;
            let (first, second) = (1.0 - method.momentum.powi(power), 1.0 - 0.999f64.powi(power));
            let scaled = |speed: f64, square: f64| speed / first / ((square / second).sqrt() + 1e-8);
            change = (scaled(speed.0, square.0), scaled(speed.1, square.1));
        }
        at = (at.0 - method.lr * change.0, at.1 - method.lr * change.1);
    }
    let end = trace.points[trace.points.len() - 1];
    trace.minimum = ground.minima.iter().position(|&(x, y, _)| (end.0 - x).hypot(end.1 - y) < 0.05);
    trace
}

/// The figure of methods on a ground from some starts.
pub fn race(ground: &Ground, methods: &[Method], starts: &[Point], steps: usize, grid: usize) -> RaceFigure {
    let place = |(low, high): Point, node: usize| low + (high - low) * node as f64 / (grid - 1) as f64;
    let values =
        (0..grid * grid).map(|cell| (ground.loss)((place(ground.x, cell % grid), place(ground.y, cell / grid))));
    let runner = |method: &Method| RunnerTrace {
        label: method.label.clone(),
        traces: starts.iter().map(|&start| run(ground, method, start, steps)).collect(),
    };
    RaceFigure {
        title: ground.name.into(),
        subtitle: format!("{} optimizers, {} starts, {steps} steps", methods.len(), starts.len()),
        x_label: "x".into(),
        y_label: "y".into(),
        x_range: ground.x,
        y_range: ground.y,
        grid,
        values: values.collect(),
        minima: ground.minima.clone(),
        runners: methods.iter().map(runner).collect(),
        reach: 0.05,
        loss_floor: ground.minima.iter().map(|minimum| minimum.2).reduce(f64::min),
        basins: None,
    }
}

/// The minimum reached from the middle of each of `cells` times `cells` cells.
pub fn basins(ground: &Ground, methods: &[Method], cells: usize, steps: usize) -> Basins {
    let place = |(low, high): Point, cell: usize| low + (high - low) * (cell as f64 + 0.5) / cells as f64;
    let reached = |method: &Method, cell: usize| {
        let start = (place(ground.x, cell % cells), place(ground.y, cell / cells));
        run(ground, method, start, steps).minimum.map(|minimum| minimum as u8)
    };
    let runner = |method: &Method| (0..cells * cells).map(|cell| reached(method, cell)).collect();
    Basins { grid: cells, runners: methods.iter().map(runner).collect() }
}

/// Starts spread over a ground by the golden ratio.
pub fn spread(ground: &Ground, count: usize) -> Vec<Point> {
    let place = |(low, high): Point, part: f64| low + (high - low) * (0.02 + 0.96 * part);
    let start = |number: usize| {
        let part = (number as f64 + 0.5) / count as f64;
        (place(ground.x, part), place(ground.y, (number as f64 * 0.618_033_988_75).fract()))
    };
    (0..count).map(start).collect()
}

fn three(lr: f64, adam: f64) -> Vec<Method> {
    vec![
        method(&format!("sgd:lr={lr}"), lr, 0.0, false),
        method(&format!("momentum:lr={lr}"), lr, 0.9, false),
        method(&format!("adam:lr={adam}"), adam, 0.9, true),
    ]
}

/// All examples with their names.
pub fn all() -> Vec<(&'static str, RaceFigure)> {
    let ravine = ravine();
    let mut figures = vec![("ravine", race(&ravine, &three(0.03, 0.3), &[(-4.5, 1.2)], 150, 201))];
    let mut wild = three(0.03, 0.3);
    wild.push(method("sgd:lr=0.035", 0.035, 0.0, false));
    wild.push(method("sgd:lr=0.5", 0.5, 0.0, false));
    figures.push(("diverging", race(&ravine, &wild, &[(-4.5, 1.2)], 60, 201)));
    figures.push(("rosenbrock", race(&rosenbrock(), &three(0.0012, 0.1), &[(-1.5, 2.5)], 3000, 201)));
    let himmelblau = himmelblau();
    let mut many = race(&himmelblau, &three(0.01, 0.2), &spread(&himmelblau, 40), 200, 201);
    many.basins = Some(basins(&himmelblau, &three(0.01, 0.2), 60, 200));
    figures.push(("many", many));
    let twelve: Vec<Method> = (0..12)
        .map(|place| {
            let lr = 0.004 * 1.3f64.powi(place);
            method(
                &format!("momentum:lr={lr:.4},momentum={}", 0.05 * f64::from(place)),
                lr,
                0.05 * f64::from(place),
                false,
            )
        })
        .collect();
    figures.push(("twelve", race(&ravine, &twelve, &[(-4.5, 1.2)], 100, 101)));
    figures.push(("rastrigin", race(&rastrigin(), &three(0.002, 0.1), &[(3.3, -2.6)], 300, 301)));
    figures.push(("nan", race(&logarithm(), &three(0.1, 0.1), &[(0.5, 0.6)], 100, 151)));
    figures.push(("saddle", race(&saddle(), &three(0.02, 0.05), &[(-1.8, 0.001)], 300, 101)));
    let mut flat = race(&rosenbrock(), &three(0.001, 0.05), &[(-1.5, 2.5)], 500, 11);
    flat.title = "Rosenbrock's valley in ten dimensions".into();
    flat.values.clear();
    flat.minima.clear();
    for trace in flat.runners.iter_mut().flat_map(|runner| &mut runner.traces) {
        trace.points.clear();
    }
    figures.push(("no-plane", flat));
    figures.push(("thousand", race(&himmelblau, &three(0.01, 0.1), &spread(&himmelblau, 1000), 100, 101)));
    let mut hostile = race(&ravine, &three(0.03, 0.3), &[(-4.5, 1.2)], 20, 51);
    hostile.title = "</script><script>alert(1)</script> & \"quoted\"".into();
    hostile.runners[0].label = "<b>bold</b> & '\"".into();
    hostile.runners[1].traces[0].ended = "<img src=x onerror=alert(1)>".into();
    hostile.x_label = "</title>".into();
    figures.push(("hostile", hostile));
    figures
}
