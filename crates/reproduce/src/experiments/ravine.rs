//! A curved valley: across it or along it.

use crate::experiment::{Conditions, Experiment, ExperimentError};
use crate::outcome::{Evidence, Expected, Measured, Picture};
use crate::scene::{by_step, curve, curves, panel, plane, race, theory};
use downhill_chart::curves::AxisScale;
use downhill_landscape::{Landscape, parse};
use downhill_race::{Path, Race, run};

pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "ravine",
    title: "Across the ravine or along it",
    source: "Rosenbrock 1960; Polyak 1964; Sutton 1986, Two problems with backpropagation; end points from PyTorch \
             2.15 in f64",
    says: "In a curved valley, it is said, gradient descent zig-zags across while momentum and Adam run along; here the \
           shares of the way are told, and for the heavy ball it did not come out. What is judged: all end where \
           PyTorch ends, and Nesterov's momentum diverges at a rate at which the heavy ball converges.",
    recipe: "(1 − x)² + 20 (y − x²)² from (−1.2, 1), 100 steps: gradient descent and heavy ball with rate 0.01, Adam \
             with 0.1, Nesterov with 0.003 and 0.01, momentum 0.9; and all but Adam with 0.003, since the rate alone \
             changes the way. Each step is split by the directions of the largest and the smallest curvature in its \
             middle. A change of side is a step over the parabola y = x².",
    commands: &[
        "downhill race ravine -o sgd:lr=0.01 -o momentum:lr=0.01 -o adam:lr=0.1 -o nesterov:lr=0.003 --steps 100",
        "downhill race ravine -o sgd:lr=0.003 -o momentum:lr=0.003 -o nesterov:lr=0.003 --steps 100",
        "downhill race ravine -o momentum:lr=0.01 -o nesterov:lr=0.01 --steps 500",
    ],
    work,
};

/// At the rate of Nesterov's above.
const SLOW: [(&str, &str); 2] = [("gradient descent", "sgd:lr=0.003"), ("heavy ball", "momentum:lr=0.003")];

/// PyTorch 2.15's points after 100 steps in f64.
const ENDS: [(&str, &str, [f64; 2]); 4] = [
    ("gradient descent", "sgd:lr=0.01", [0.3918031876805813, 0.13847651721980622]),
    ("heavy ball", "momentum:lr=0.01", [0.9962755793813146, 0.9932910022271733]),
    ("Adam", "adam:lr=0.1", [0.5593970035828513, 0.3036068777808492]),
    ("Nesterov", "nesterov:lr=0.003", [0.8976070884110554, 0.8035033907791781]),
];

fn work(setting: &Conditions) -> Result<Evidence, ExperimentError> {
    let landscape = parse("ravine")?;
    let [descent, ball, adam, nesterov] = ENDS.map(|(_, text, _)| text);
    let texts = [descent, ball, adam, nesterov, SLOW[0].1, SLOW[1].1, "nesterov:lr=0.01"];
    let race = race(landscape.clone(), &texts, vec![vec![-1.2, 1.0]], 100, setting)?;
    let paths: Vec<Path> = run(&race)?.into_iter().flatten().collect();
    let mut findings = Vec::new();
    for ((name, text, end), path) in ENDS.iter().zip(&paths) {
        for (axis, letter) in ["x", "y"].into_iter().enumerate() {
            let what = format!("{name} ({text}): {letter} after 100 steps, as in PyTorch");
            let expected = Expected::Near { value: end[axis], tolerance: 1e-9 };
            findings.push(Measured::new(what, path.last_point()[axis], expected));
        }
    }
    let told: Vec<(&str, &str)> = ENDS.iter().map(|(name, text, _)| (*name, *text)).chain(SLOW).collect();
    let sides: Vec<f64> = paths.iter().map(changes_of_side).collect();
    let shares: Vec<f64> = paths.iter().map(|path| share(path, &landscape)).collect();
    for ((name, text), share) in told.iter().zip(&shares) {
        let what = format!("{name} ({text}): share of the path's length across the valley");
        findings.push(Measured::new(what, *share, Expected::Told));
    }
    for ((name, text), sides) in told.iter().zip(&sides) {
        let what = format!("{name} ({text}): changes of side over the valley's floor in 100 steps");
        findings.push(Measured::new(what, *sides, Expected::Told));
    }
    for ((name, text), path) in told.iter().zip(&paths) {
        let what = format!("{name} ({text}): distance from the minimum after 100 steps");
        findings.push(Measured::new(what, to_go(path), Expected::Told));
    }
    findings.push(Measured::is_so(
        "Nesterov with 0.01 leaves the numbers, where the heavy ball is within 0.01 of the minimum",
        paths[6].diverged() && to_go(&paths[1]) < 0.01,
    ));
    let [descent, ball, adam, nesterov, slow_descent, slow_ball] = [0, 1, 2, 3, 4, 5].map(|i| 100.0 * shares[i]);
    Ok(Evidence {
        findings,
        notes: vec![
            format!(
                "That momentum runs along did not come out for the heavy ball at the rate of gradient descent: with \
                 0.01 {ball:.0} % of its path lies across against {descent:.0} %, and it changes sides {} times \
                 against {}; with 0.003 {slow_ball:.0} % against {slow_descent:.0} %, and {} times against {}. What it \
                 gains is speed along: with 0.01 it is at the minimum while gradient descent is half way.",
                sides[1], sides[0], sides[5], sides[4]
            ),
            format!(
                "Adam and Nesterov's method do run along, with {adam:.0} % and {nesterov:.0} % of their paths across, \
                 but the rate has a part in that: gradient descent, too, swings less with 0.003, and does not get far. \
                 Adam's rate compares with none of the others. At the same 0.003 Nesterov's method lies less across \
                 than gradient descent, and the heavy ball more."
            ),
            "Gradient descent zig-zags where the rate times the largest curvature is near 2 or above, here on the \
             first twenty steps; further down, around x = 0, the valley is less steep, and it creeps along the floor \
             without a swing."
                .into(),
        ],
        pictures: vec![map(&race, &paths), swings(&paths, [sides[0], sides[1]])],
    })
}

/// The height of a row's point above the parabola y = x², the floor of the valley.
fn above_floor(path: &Path, row: usize) -> f64 {
    path.point(row)[1] - path.point(row)[0].powi(2)
}

/// How often the point changes sides of the floor.
fn changes_of_side(path: &Path) -> f64 {
    (1..path.rows()).filter(|&row| above_floor(path, row) * above_floor(path, row - 1) < 0.0).count() as f64
}

/// The distance of a path's end from the minimum at (1, 1).
fn to_go(path: &Path) -> f64 {
    (path.last_point()[0] - 1.0).hypot(path.last_point()[1] - 1.0)
}

/// The share of a path's length that lies across the valley.
fn share(path: &Path, landscape: &Landscape) -> f64 {
    let [across, along] = path.across_and_along(landscape).unwrap_or([f64::NAN; 2]);
    across / (across + along)
}

fn map(race: &Race, paths: &[Path]) -> Picture {
    let mut runners = race.runners[..ENDS.len()].to_vec();
    for (runner, (name, text, _)) in runners.iter_mut().zip(&ENDS) {
        let rate = text.rsplit('=').next().unwrap_or_default();
        runner.label = format!("{name}, rate {rate}");
    }
    let shown: Vec<Vec<Path>> = paths[..ENDS.len()].iter().map(|path| vec![path.clone()]).collect();
    let caption = "Gradient descent hops from wall to wall where the valley is steep and then creeps. The heavy ball, \
                   with the same rate, is flung from side to side even more, but gets to the star. Adam and \
                   Nesterov's method, each with a rate of its own, swing less and follow the floor.";
    let words = ["A ravine", "(1 − x)² + 20 (y − x²)² from (−1.2, 1), 100 steps", caption];
    plane("paths", words, &Race { runners, ..race.clone() }, &shown, [(-1.6, 1.4), (-0.6, 1.6)])
}

/// The height above the floor by step; `sides` are the changes of side of gradient descent and the heavy ball.
fn swings(paths: &[Path], sides: [f64; 2]) -> Picture {
    let mut lines = Vec::new();
    for (group, ((name, ..), path)) in ENDS.iter().zip(paths).enumerate() {
        let points = by_step(path, |row| above_floor(path, row));
        lines.push(curve(*name, group, points.into_iter().take(41).collect()));
    }
    lines.push(theory("the floor of the valley", 6, vec![(0.0, 0.0), (40.0, 0.0)]));
    let [descent, ball] = sides;
    let caption = format!(
        "The height above the floor of the valley. Gradient descent is on the other side after each of the first nine \
         steps, and its swings die out by step 20. The heavy ball's are larger, take a few steps each and go on: in \
         100 steps it changes sides {ball} times, gradient descent {descent} times."
    );
    let panels = vec![panel("Which side of the valley", ["step", "y − x²"], [AxisScale::Linear; 2], lines)];
    curves("sides", ["Zig-zag and swing", "the first 40 steps in the ravine", &caption], panels)
}
