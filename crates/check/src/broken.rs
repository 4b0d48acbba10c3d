//! The check that a broken gradient shows: it ends in numbers that are not finite, never in meaningless finite ones.

use crate::problems::Descent;
use crate::report::{Line, number};
use crate::subject::Subject;
use crate::walk::Walk;

/// The update whose gradient has one broken element.
const WHEN: u64 = 4;
/// Updates after it, in which the break must show.
const AFTER: u64 = 12;

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    vec![nan(subject), infinite(subject)]
}

fn descents(subject: &Subject<'_>) -> Vec<Descent> {
    [Descent::valley(), Descent::regression()].into_iter().filter(|descent| subject.takes(descent)).collect()
}

/// Whether a member's parameters and loss are finite after the broken update, and the losses at it and at the end.
fn survives(subject: &Subject<'_>, descent: &Descent, value: f64) -> Option<(f64, f64)> {
    let mut walk = Walk::alone(&subject.place, &subject.tame(), &descent.broken(WHEN, value));
    walk.run(WHEN);
    let then = walk.losses()[0];
    walk.run(AFTER);
    let seen = walk.seen().swap_remove(0);
    let finite = seen.point.iter().chain(&seen.evaluated).flatten().all(|x| x.is_finite());
    let now = walk.losses()[0];
    (finite && now.is_finite()).then_some((then, now))
}

fn nan(subject: &Subject<'_>) -> Line {
    let hidden = descents(subject).iter().find_map(|descent| {
        let (_, loss) = survives(subject, descent, f64::NAN)?;
        Some(format!("on the {} it is hidden: {AFTER} updates later the loss is {}", descent.name, number(loss)))
    });
    Line::judged("NaN gradient", hidden, "one NaN element ends in parameters that are not finite")
}

fn infinite(subject: &Subject<'_>) -> Line {
    let name = "infinite gradient";
    let survived = descents(subject).iter().find_map(|descent| survives(subject, descent, f64::INFINITY));
    match survived {
        None => Line::passed(name, "one infinite element ends in parameters that are not finite"),
        Some((then, now)) if now < then => Line::measured(name, "survived: parameters stay finite, the loss falls on"),
        Some(_) => Line::measured(name, "survived: parameters stay finite, but the loss no longer falls"),
    }
}
