//! The check that members share nothing: each walks the same path, to the bit, alone or in any population, at any place
//! in it.

use crate::problems::{Descent, ReferenceFunction};
use crate::report::Line;
use crate::subject::Subject;
use crate::walk::{Member, Seen, Walk};

/// Updates for which paths are compared.
const STEPS: u64 = 12;
/// Populations, by the members in them. Members 5 and 6 break.
const POPULATIONS: [&[usize]; 7] =
    [&[0, 5], &[6, 0], &[5, 0, 6], &[1, 0, 2], &[0, 1, 2, 3, 4, 5, 6], &[6, 5, 4, 3, 2, 1, 0], &[3, 6, 1, 0, 5, 2, 4]];
/// Members before this one meet finite gradients only; it meets a NaN.
const HEALTHY: usize = 5;

/// A member's path alone, and its evaluations.
struct Alone {
    path: Vec<Seen>,
    evaluations: u64,
}

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    let mut descents = vec![Descent::valley()];
    if subject.takes(&Descent::regression()) {
        descents.push(Descent::regression());
    }
    let (mut path, mut cost, mut left) = (None, None, None);
    for descent in &descents {
        let members = members(subject, descent);
        let alone: Vec<Alone> = members.iter().map(|member| alone(subject, descent, member)).collect();
        for population in POPULATIONS {
            let (other, charged) = together(subject, descent, &members, &alone, population);
            path = path.or(other);
            cost = cost.or(charged);
        }
        left = left.or_else(|| selected(subject, descent, &members, &alone));
    }
    vec![
        Line::judged(
            "members: independent",
            path,
            "the same bits alone and among 2, 3 and 7, beside NaN and an explosion",
        ),
        Line::judged("members: select", left, "those that stay go on as if nothing had happened"),
        Line::judged("members: cost", cost, "as many gradient evaluations alone as in a population"),
    ]
}

/// Seven members with hyperparameters and starts of their own; 5 meets a NaN, 6 explodes.
fn members(subject: &Subject<'_>, descent: &Descent) -> Vec<Member> {
    (0..7)
        .map(|i| {
            let mut member = Member::new(&subject.variant(i), descent);
            member.start.iter_mut().flatten().for_each(|x| *x *= 1.0 - 0.1 * i as f64);
            match i {
                HEALTHY => member.function = descent.broken(4, f64::NAN).function,
                6 => member.function = ReferenceFunction::Exploding,
                _ => member.function = ReferenceFunction::Scaled(1.0 + 0.25 * i as f64, Box::new(member.function)),
            }
            member
        })
        .collect()
}

fn alone(subject: &Subject<'_>, descent: &Descent, member: &Member) -> Alone {
    let mut walk = Walk::new(&subject.place, &descent.shapes, std::slice::from_ref(member));
    let mut path = walk.seen();
    path.extend(walk.path(STEPS).into_iter().flatten());
    Alone { path, evaluations: walk.evaluations[0] }
}

/// The defects in the paths and in the evaluations of a population.
fn together(
    subject: &Subject<'_>,
    descent: &Descent,
    members: &[Member],
    alone: &[Alone],
    population: &[usize],
) -> (Option<String>, Option<String>) {
    let chosen: Vec<Member> = population.iter().map(|&m| members[m].clone()).collect();
    let mut walk = Walk::new(&subject.place, &descent.shapes, &chosen);
    let mut path = vec![walk.seen()];
    path.extend(walk.path(STEPS));
    let strays = population.iter().enumerate().find_map(|(place, &member)| {
        let step = path.iter().zip(&alone[member].path).position(|(seen, alone)| !seen[place].same(alone))?;
        let what = if path[step][place].same_place(&alone[member].path[step]) { "the state" } else { "the path" };
        Some(format!(
            "on the {}, {what} of member {} of {} is another than alone after update {step}",
            descent.name,
            place + 1,
            population.len()
        ))
    });
    let charged = population.iter().zip(&walk.evaluations).find_map(|(&member, &here)| {
        let there = alone[member].evaluations;
        // What a walk into NaN or infinity costs is nobody's measure.
        (member < HEALTHY && here != there).then(|| {
            format!("on the {}, {there} evaluations alone, but {here} among {}", descent.name, population.len())
        })
    });
    (strays, charged)
}

/// Members leave after four updates.
fn selected(subject: &Subject<'_>, descent: &Descent, members: &[Member], alone: &[Alone]) -> Option<String> {
    [&[4, 1, 6, 3][..], &[2], &[0, 4]].into_iter().find_map(|stay: &[usize]| {
        let mut walk = Walk::new(&subject.place, &descent.shapes, members);
        walk.run(4);
        walk.select(stay);
        walk.path(STEPS - 4).iter().enumerate().find_map(|(i, seen)| {
            let strayed = seen.iter().zip(stay).find(|(seen, member)| !seen.same(&alone[**member].path[5 + i]))?;
            let (of, kept) = (members.len(), stay.len());
            Some(format!("on the {}, with {kept} of {of} kept, member {} strays", descent.name, strayed.1 + 1))
        })
    })
}
