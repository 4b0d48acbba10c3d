//! The fingerprint of an optimizer: the changes of the problem that its path follows. Measured, neither right nor
//! wrong.

use crate::problems::{Descent, Map, ReferenceFunction};
use crate::subject::Subject;
use crate::walk::{Member, Walk, deviation, same};
use downhill_optim::OptimizerSpec;
use downhill_population::{Precision, Role, Shape, Values};
use serde::Serialize;

/// Steps of the compared walks.
const STEPS: u64 = 20;
/// A path that comes this far has exploded.
const FARTHEST: f64 = 1e3;
/// The angle of a rotation, in radians.
const ANGLE: f64 = 0.5;

/// Steps on random gradients from the start, and from a long time without any gradient: corrections for the start are
/// gone by then, and averages are 0.
const FROM_START: u64 = 150;
const FROM_LONG: u64 = 50;
/// Steps without a gradient, which complete the preparations of the first steps, and the update to which the walk then
/// jumps.
const QUIET: u64 = 3;
const LONG: u64 = 100_000;

/// Whether a path follows a change of the problem.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Symmetry {
    /// Whether the path does, within rounding.
    pub holds: bool,
    /// By how much the paths differ, in units of the parameters' size.
    pub deviation: f64,
}

/// The other gradients on which the step of one number depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coupling {
    /// On nothing else.
    Element,
    /// On the other numbers of its tensor.
    Tensor,
    /// On all parameters.
    Model,
}

/// The properties of an optimizer that tell it from others.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Fingerprint {
    /// On the mirrored problem f(−x) it walks the mirrored path.
    pub mirror: Symmetry,
    /// On 8f it walks the same path as on f.
    pub scale: Symmetry,
    /// On the problem with its coordinates in another order it walks the path in that order.
    pub permutation: Symmetry,
    /// On a point's rotated problem it walks the rotated path.
    pub rotation: Symmetry,
    /// With the rows of a weight matrix rotated it walks the rotated path; None if it cannot take the matrix.
    pub matrix_rotation: Option<Symmetry>,
    /// What the step of one number depends on.
    pub coupling: Option<Coupling>,
    /// The largest step of a number over the learning rate, seen on gradients of widely different sizes; infinite if it
    /// grows with the gradient, None if it cannot take a problem that changes.
    pub largest_step: Option<StepBound>,
    /// Gradient evaluations for each step, on average.
    pub evaluations: f64,
    /// Numbers of state for each parameter.
    pub state: f64,
    /// Whether it walks the same path twice, to the bit.
    pub repeats: bool,
}

/// How large a step can be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepBound {
    /// The largest step of a number over the learning rate (over 1 without one).
    pub largest: f64,
    /// Whether gradients a thousand times larger make the step larger too.
    pub grows: bool,
}

pub(crate) fn fingerprint(subject: &Subject<'_>) -> Fingerprint {
    // A gentle start, where neither path is about to leave the valley.
    let valley = Descent { start: vec![vec![0.5, 0.5]], ..Descent::valley() };
    let spec = calm(subject, &valley);
    let symmetry = |descent: &Descent, map: Map| {
        let there: Vec<Values> = walk(subject, &spec, descent).iter().map(|x| map.of(x)).collect();
        compare(subject, &there, &walk(subject, &spec, &descent.mapped(map)))
    };
    let regression = subject.takes(&Descent::regression()).then(Descent::regression);
    let path = walk(subject, &spec, &valley);
    let mut counted = Walk::alone(&subject.place, &spec, &valley);
    counted.run(STEPS);
    let numbers: usize = counted.optimizer.state_sizes().iter().sum();
    Fingerprint {
        mirror: symmetry(&valley, Map::Mirror),
        scale: compare(subject, &path, &walk(subject, &spec, &valley.scaled(8.0))),
        permutation: symmetry(&valley, Map::Reverse),
        rotation: symmetry(&valley, Map::Turn(ANGLE)),
        matrix_rotation: regression.as_ref().map(|descent| symmetry(descent, Map::Turn(ANGLE))),
        coupling: coupling(subject, &spec),
        largest_step: largest_step(subject),
        evaluations: counted.evaluations[0] as f64 / STEPS as f64,
        state: match &regression {
            Some(descent) => {
                let sizes = Walk::alone(&subject.place, &spec, descent).optimizer.state_sizes();
                sizes.iter().sum::<usize>() as f64 / descent.parameters() as f64
            }
            None => numbers as f64 / valley.parameters() as f64,
        },
        repeats: path.iter().zip(walk(subject, &spec, &valley)).all(|(a, b)| same(a, &b)),
    }
}

/// The tame optimizer at a learning rate at which none of the compared paths explodes: infinities do not compare.
fn calm(subject: &Subject<'_>, valley: &Descent) -> OptimizerSpec {
    let mut spec = subject.tame();
    let descents: Vec<Descent> = [
        valley.clone(),
        valley.scaled(8.0),
        valley.mapped(Map::Turn(ANGLE)),
        Descent::regression(),
        Descent::regression().scaled(8.0),
    ]
    .into_iter()
    .filter(|descent| subject.takes(descent))
    .collect();
    let stays = |spec: &OptimizerSpec, descent: &Descent| {
        walk(subject, spec, descent).iter().flatten().flatten().all(|x| x.abs() < FARTHEST)
    };
    for _ in 0..12 {
        if subject.rates().is_empty() || descents.iter().all(|descent| stays(&spec, descent)) {
            break;
        }
        subject.rates().iter().for_each(|key| {
            let lower = 0.1 * key.get(&spec);
            key.set(&mut spec, lower);
        });
    }
    spec
}

fn walk(subject: &Subject<'_>, spec: &OptimizerSpec, descent: &Descent) -> Vec<Values> {
    Walk::alone(&subject.place, spec, descent).points(STEPS)
}

fn compare(subject: &Subject<'_>, ours: &[Values], theirs: &[Values]) -> Symmetry {
    let off = ours.iter().zip(theirs).map(|(a, b)| deviation(a, b)).fold(0.0, f64::max);
    let rounding = match subject.place.precision {
        Precision::F32 => 1e-4,
        Precision::F64 => 1e-6,
    };
    Symmetry { holds: off <= rounding, deviation: off }
}

/// The coupling: the change in one number's path when other numbers have other gradients.
fn coupling(subject: &Subject<'_>, spec: &OptimizerSpec) -> Option<Coupling> {
    let shape = |name: &str| Shape { name: name.into(), rows: 2, cols: 2, role: Role::Weight };
    let descent = |curvatures: [f64; 8]| Descent {
        name: "bowl",
        shapes: vec![shape("a"), shape("b")],
        start: vec![vec![0.5, -0.3, 0.2, 0.7], vec![-0.6, 0.4, 0.1, 0.3]],
        function: ReferenceFunction::Bowl(curvatures.to_vec()),
    };
    let base = descent([1.0; 8]);
    // On a function without mixed derivatives, second-order methods would look blind to them.
    if !subject.takes(&base) || subject.is_exact() {
        return None;
    }
    let first = |descent: &Descent| -> Vec<f64> { walk(subject, spec, descent).iter().map(|x| x[0][0]).collect() };
    let ours = first(&base);
    let same_path = |descent: Descent| same(&vec![ours.clone()], &vec![first(&descent)]);
    let others = [1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 0.5, 2.0];
    Some(if !same_path(descent(others)) {
        Coupling::Model
    } else if !same_path(descent([1.0, 3.0, 0.5, 2.0, 1.0, 1.0, 1.0, 1.0])) {
        Coupling::Tensor
    } else {
        Coupling::Element
    })
}

fn largest_step(subject: &Subject<'_>) -> Option<StepBound> {
    let spec = subject.tame();
    let descent = Descent::regression();
    let descent = |size: f64| descent.on(ReferenceFunction::Random(size));
    // Random slopes are not the gradient of anything that has a curvature.
    if !subject.takes(&descent(1.0)) || subject.is_exact() {
        return None;
    }
    let rates = subject.rates();
    let rate = rates.first().map_or(1.0, |key| key.get(&spec));
    let members = [1.0, 1e3].map(|size| Member::new(&spec, &descent(size)));
    let mut largest = [0.0f64; 2];
    for (quiet, steps) in [(0, FROM_START), (QUIET, FROM_LONG)] {
        let mut walk = Walk::new(&subject.place, &descent(1.0).shapes, &members);
        if quiet > 0 {
            let loud = std::mem::replace(&mut walk.functions, vec![ReferenceFunction::Flat; members.len()]);
            walk.run(quiet);
            walk.functions = loud;
            walk.step = LONG;
        }
        let mut before = walk.params.to_members();
        for _ in 0..steps {
            walk.advance();
            let after = walk.params.to_members();
            for (largest, (before, after)) in largest.iter_mut().zip(before.iter().zip(&after)) {
                let steps = before.iter().flatten().zip(after.iter().flatten()).map(|(a, b)| (a - b).abs() / rate);
                *largest = steps.fold(*largest, f64::max);
            }
            before = after;
        }
    }
    Some(StepBound { largest: largest[0], grows: largest[1] > 10.0 * largest[0] })
}
