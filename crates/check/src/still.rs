//! The check that without a gradient only weight decay moves anything.

use crate::problems::{Descent, ReferenceFunction};
use crate::report::{Line, number};
use crate::subject::{Key, Subject};
use crate::walk::{Seen, Walk, deviation, same};
use downhill_optim::OptimizerSpec;
use downhill_population::{Precision, Values};

/// Updates without decay.
const STEPS: u64 = 20;
/// Updates with decay: few, so that an optimizer whose steps grow does not overshoot 0.
const DECAY_STEPS: u64 = 4;
/// The decay.
const DECAY: f64 = 0.1;

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    vec![zero_gradient(subject), weight_decay(subject), bias_decay(subject)]
}

fn flat(subject: &Subject<'_>) -> Descent {
    let descent = subject.largest_task();
    let descent = descent.on(ReferenceFunction::Flat);
    // Far from 0, so that what decays by the learning rate keeps its sign.
    let start = descent.start.iter().map(|x| x.iter().map(|x| x + x.signum()).collect()).collect();
    Descent { start, ..descent }
}

fn decays(subject: &Subject<'_>) -> Vec<Key> {
    subject.keys().into_iter().filter(|key| key.parameter.name == "weight_decay").collect()
}

fn with_decay(subject: &Subject<'_>, decay: f64) -> OptimizerSpec {
    let mut spec = subject.tame();
    decays(subject).iter().for_each(|key| key.set(&mut spec, decay));
    // A rate at which any decay would overshoot says nothing about the optimizer.
    for key in subject.rates() {
        let rate = key.get(&spec).min(1.0);
        key.set(&mut spec, rate);
    }
    spec
}

fn end(subject: &Subject<'_>, spec: &OptimizerSpec, descent: &Descent, steps: u64) -> Seen {
    let mut walk = Walk::alone(&subject.place, spec, descent);
    walk.run(steps);
    walk.seen().swap_remove(0)
}

fn zero_gradient(subject: &Subject<'_>) -> Line {
    let name = "zero gradient";
    let descent = flat(subject);
    let walk = Walk::alone(&subject.place, &subject.typed, &descent);
    let start = walk.seen().swap_remove(0);
    let seen = end(subject, &with_decay(subject, 0.0), &descent, STEPS);
    let off = deviation(&seen.point, &start.point).max(deviation(&seen.evaluated, &start.evaluated));
    let rounding = match subject.place.precision {
        Precision::F32 => 1e-5,
        Precision::F64 => 1e-13,
    };
    if seen.same_place(&start) {
        Line::passed(name, format!("nothing moves in {STEPS} steps, to the bit"))
    } else if off <= rounding {
        Line::passed(name, format!("nothing moves in {STEPS} steps but by rounding ({})", number(off)))
    } else {
        Line::failed(name, format!("without gradient and decay, parameters move by {} of their size", number(off)))
    }
}

fn weight_decay(subject: &Subject<'_>) -> Line {
    let name = "weight decay alone";
    if decays(subject).is_empty() {
        return Line::skipped(name, "it has no weight_decay");
    }
    let descent = flat(subject);
    let end = end(subject, &with_decay(subject, DECAY), &descent, DECAY_STEPS).point;
    // Not each number: a preconditioner may turn what is added to the gradient.
    let norm = |x: &Vec<f64>| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let norms: Vec<(f64, f64)> = descent.start.iter().map(norm).zip(end.iter().map(norm)).collect();
    for ((before, after), shape) in norms.iter().zip(&descent.shapes) {
        let shrinks = *after <= before * (1.0 + 1e-6);
        if !shrinks {
            let (before, after) = (number(*before), number(*after));
            let name_of = &shape.name;
            return Line::failed(
                name,
                format!("decay {DECAY} lets the norm of `{name_of}` go from {before} to {after}"),
            );
        }
    }
    let (before, after) = norms[0];
    let detail = match (1.0 - after / before).abs() < 1e-7 {
        true => format!("decay {DECAY} moves nothing in {DECAY_STEPS} steps that {} shows", subject.place.precision),
        false => {
            let share = number(100.0 * (1.0 - after / before));
            format!("decay {DECAY} shrinks the first tensor by {share} % in {DECAY_STEPS} steps")
        }
    };
    Line::passed(name, detail)
}

fn bias_decay(subject: &Subject<'_>) -> Line {
    let name = "decay_bias=false";
    let flags: Vec<Key> = subject.keys().into_iter().filter(|key| key.parameter.name == "decay_bias").collect();
    let descent = flat(subject);
    let Some(bias) = descent.shapes.iter().position(|s| s.role == downhill_population::Role::Bias) else {
        return Line::skipped(name, "it cannot take a problem with biases");
    };
    if flags.is_empty() {
        return Line::skipped(name, "it has no such flag");
    }
    let mut spec = with_decay(subject, DECAY);
    flags.iter().for_each(|key| key.set(&mut spec, 0.0));
    let start: Values = Walk::alone(&subject.place, &spec, &descent).seen().swap_remove(0).point;
    let end = end(subject, &spec, &descent, DECAY_STEPS).point;
    let moved =
        (!same(&vec![start[bias].clone()], &vec![end[bias].clone()])).then(|| "biases decay all the same".into());
    Line::judged(name, moved, "biases stay where they are")
}
