//! The check that an optimizer's whole state can be saved: restored, it continues with the same bits.

use crate::problems::Descent;
use crate::report::Line;
use crate::subject::Subject;
use crate::walk::{Member, Seen, Walk};
use downhill_optim::{Optimizer, OptimizerSpec};
use downhill_population::Params;

/// Updates after which the state is saved.
const MOMENTS: [u64; 5] = [0, 1, 2, 7, 20];
/// Updates for which the restored one must keep pace.
const AFTER: u64 = 13;

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    let mut descents = vec![Descent::valley()];
    if subject.takes(&Descent::regression()) {
        descents.push(Descent::regression());
    }
    if subject.takes(&Descent::regression().noisy(0.1)) {
        descents.push(Descent::regression().noisy(0.1));
    }
    let first = |complaint: fn(&Subject<'_>, &Descent) -> Option<String>| {
        descents.iter().find_map(|descent| complaint(subject, descent))
    };
    vec![
        Line::judged(
            "state: save and load",
            first(lost),
            format!("goes on to the same bits when saved after {} updates", list(&MOMENTS)),
        ),
        Line::judged("state: clone", first(entangled), "a copy walks the same path and leaves the original alone"),
        Line::judged("state: sizes", first(resized), "the same tensors at every step"),
    ]
}

fn list(moments: &[u64]) -> String {
    let texts: Vec<String> = moments.iter().map(u64::to_string).collect();
    texts.join(", ")
}

/// Two members with other hyperparameters, from other starts.
fn pair<'a>(subject: &'a Subject<'_>, descent: &Descent) -> (Walk<'a>, Vec<OptimizerSpec>) {
    let specs = vec![subject.variant(0), subject.variant(1)];
    let mut members: Vec<Member> = specs.iter().map(|spec| Member::new(spec, descent)).collect();
    members[1].start.iter_mut().flatten().for_each(|x| *x = 0.5 * *x + 0.1);
    (Walk::new(&subject.place, &descent.shapes, &members), specs)
}

fn differs(ours: &[Vec<Seen>], theirs: &[Vec<Seen>]) -> Option<usize> {
    let step = |(a, b): (&Vec<Seen>, &Vec<Seen>)| a.iter().zip(b).all(|(a, b)| a.same(b));
    ours.iter().zip(theirs).position(|pair| !step(pair))
}

fn lost(subject: &Subject<'_>, descent: &Descent) -> Option<String> {
    MOMENTS.iter().find_map(|&moment| {
        let (mut walk, specs) = pair(subject, descent);
        walk.run(moment);
        let (points, states) = (walk.params.to_members(), walk.optimizer.to_members());
        let mut resumed = walk.clone();
        resumed.params = Params::from_members(&subject.place, &descent.shapes, &points);
        resumed.optimizer = Optimizer::new(&subject.place, &descent.shapes, &resumed.params, &specs);
        resumed.optimizer.restore(&subject.place, &states);
        resumed.handed = None;
        let step = differs(&walk.path(AFTER), &resumed.path(AFTER))?;
        let name = descent.name;
        Some(format!("on the {name}, saved after update {moment}, it strays {} updates later", step + 1))
    })
}

fn entangled(subject: &Subject<'_>, descent: &Descent) -> Option<String> {
    let (mut walk, _) = pair(subject, descent);
    walk.run(7);
    let mut copy = walk.clone();
    let theirs = copy.path(AFTER);
    let step = differs(&walk.path(AFTER), &theirs)?;
    Some(format!("on the {}, copy and original part {} updates after copying", descent.name, step + 1))
}

fn resized(subject: &Subject<'_>, descent: &Descent) -> Option<String> {
    let (mut walk, _) = pair(subject, descent);
    let before = walk.optimizer.state_sizes();
    (0..AFTER).find_map(|_| {
        walk.advance();
        let after = walk.optimizer.state_sizes();
        (after != before).then(|| format!("{before:?} numbers before, {after:?} after update {}", walk.step))
    })
}
