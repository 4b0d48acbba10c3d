//! The check of descent: for some learning rate the loss falls, on functions from easy to curved.

use crate::problems::Descent;
use crate::report::{Line, number};
use crate::subject::Subject;
use crate::walk::{Member, Walk, same};
use downhill_optim::OptimizerSpec;

/// Learning rates tried beside the optimizer's own, from one end of its range to the other.
const RATES: usize = 13;
/// Steps that a walk may take.
const STEPS: u64 = 500;
/// Steps for an optimizer that is judged elsewhere than where it takes gradients: a long average is slow.
const STEPS_OF_AVERAGES: u64 = 5000;
/// Steps between two looks at the loss. It must be low at two in a row: passing through by chance is not enough.
const EVERY: u64 = 10;

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    // By how much the loss must fall. Where an optimizer moves by its rate whatever the gradient, the loss ends
    // at about that rate squared; SAM ends a little way up the valley's walls.
    let descents = [
        (Descent::bowl(), 100.0),
        (Descent::narrow_bowl(), 20.0),
        (Descent::valley(), 5.0),
        (Descent::regression(), 20.0),
    ];
    let mut lines: Vec<Line> = descents.iter().map(|(descent, factor)| line(subject, descent, *factor)).collect();
    lines.push(handed_on(subject));
    lines
}

/// A low loss at two looks in a row.
struct Reached {
    member: usize,
    step: u64,
    loss: f64,
}

fn line(subject: &Subject<'_>, descent: &Descent, factor: f64) -> Line {
    let name = format!("descends: {}", descent.name);
    if !subject.takes(descent) {
        let most = subject.most_parameters();
        return Line::skipped(&name, format!("it takes {most} parameters; this has {}", descent.parameters()));
    }
    let mut specs: Vec<OptimizerSpec> = vec![subject.typed.clone()];
    if !subject.rates().is_empty() {
        specs.extend((0..RATES).map(|i| subject.at_rate(i as f64 / (RATES - 1) as f64)));
    }
    let members: Vec<Member> = specs.iter().map(|spec| Member::new(spec, descent)).collect();
    let mut walk = Walk::new(&subject.place, &descent.shapes, &members);
    let start = descent.function.at(0, &descent.start).loss;
    let mut low = vec![false; specs.len()];
    let mut best = (f64::INFINITY, 0);
    let mut limit = STEPS;
    while walk.step < limit {
        walk.run(EVERY);
        if walk.step == EVERY && walk.seen().iter().any(|seen| !same(&seen.point, &seen.evaluated)) {
            limit = STEPS_OF_AVERAGES;
        }
        let losses = walk.losses();
        let reached = losses
            .iter()
            .enumerate()
            .filter(|&(m, &loss)| low[m] && loss <= start / factor)
            .min_by(|a, b| a.1.total_cmp(b.1))
            .map(|(member, &loss)| Reached { member, step: walk.step, loss });
        if let Some(reached) = reached {
            return Line::passed(&name, fell(subject, &specs, start, &reached));
        }
        low = losses.iter().map(|loss| *loss <= start / factor).collect();
        for (member, &loss) in losses.iter().enumerate() {
            if loss < best.0 {
                best = (loss, member);
            }
        }
    }
    let wanted = format!("the loss must fall from {} by a factor of {factor} within {limit} steps", number(start));
    let lowest = match best.0 {
        lowest if lowest < start => {
            format!("it reached {} at {}", number(lowest), subject.rates_of(&specs[best.1]))
        }
        _ => format!("it never fell at any of {} learning rates", specs.len()),
    };
    Line::failed(&name, format!("{wanted}; {lowest}"))
}

fn fell(subject: &Subject<'_>, specs: &[OptimizerSpec], start: f64, reached: &Reached) -> String {
    let own = if reached.member == 0 && !subject.rates().is_empty() { "its own " } else { "" };
    format!(
        "loss {} to {} in {} steps at {own}{}",
        number(start),
        number(reached.loss),
        reached.step,
        subject.rates_of(&specs[reached.member])
    )
}

/// A gradient that a step hands on must be the true one at the new parameters.
fn handed_on(subject: &Subject<'_>) -> Line {
    let name = "handed-on gradient";
    let descent = subject.largest_task();
    let mut walk = Walk::alone(&subject.place, &subject.tame(), &descent);
    let mut seen = 0;
    for _ in 0..20 {
        walk.advance();
        let Some(handed) = walk.handed.clone() else { continue };
        seen += 1;
        let true_one = walk.gradient();
        let values = |g: &downhill_population::Gradient| {
            let tensors = g.gradients.iter().chain([&g.losses]);
            tensors.map(|t| downhill_population::host::values(t.clone())).collect::<Vec<_>>()
        };
        // In units of the gradient's own size: near a minimum it is small.
        let (handed, true_one) = (values(&handed), values(&true_one));
        let largest = true_one.iter().flatten().fold(0.0f64, |most, x| most.max(x.abs()));
        let unit = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
            all.iter().map(|x| x.iter().map(|x| x / largest.max(f64::MIN_POSITIVE)).collect()).collect()
        };
        let off = crate::walk::deviation(&unit(&handed), &unit(&true_one));
        if off > 1e-5 {
            let step = walk.step;
            return Line::failed(name, format!("after step {step} it is off by {} of its size", number(off)));
        }
    }
    match seen {
        0 => Line::skipped(name, "it hands none on"),
        _ => Line::passed(name, "it is the gradient at the new parameters"),
    }
}
