//! The check that every hyperparameter has an effect.

use crate::problems::{Descent, ReferenceFunction};
use crate::report::Line;
use crate::subject::{Key, Subject};
use crate::walk::{Member, Seen, Walk};
use downhill_optim::OptimizerSpec;
use downhill_spec::Legal;

/// Updates between two looks.
const EVERY: u64 = 5;

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    let name = "hyperparameters";
    let mut dead = subject.keys();
    let count = dead.len();
    if count == 0 {
        return vec![Line::skipped(name, "it has none")];
    }
    for (descent, steps) in trials(subject) {
        for background in backgrounds(subject) {
            if !dead.is_empty() {
                dead = unmoved(subject, &descent, steps, &background, dead);
            }
        }
    }
    let names: Vec<String> = dead.iter().map(Key::name).collect();
    let complaint = (!names.is_empty()).then(|| format!("without any effect in all trials: {}", names.join(", ")));
    vec![Line::judged(name, complaint, format!("each of the {count} changes the path somewhere"))]
}

/// Where a hyperparameter may show, and for how many steps: curvature, biases and noise, tiny gradients (where an
/// epsilon counts), huge ones, spikes, none at all, a long way (where periods end), and a direction that curves down.
fn trials(subject: &Subject<'_>) -> Vec<(Descent, u64)> {
    let (valley, regression) = (Descent::valley(), Descent::regression());
    let trials = vec![
        (valley.clone(), 30),
        (regression.clone(), 30),
        (regression.noisy(0.5), 60),
        (Descent::narrow_bowl(), 30),
        (Descent::steep_valley(), 30),
        (regression.scaled(1e-12), 30),
        (valley.scaled(1e-12), 30),
        (regression.scaled(1e8), 30),
        (regression.on(ReferenceFunction::Random(1.0)), 60),
        (regression.on(ReferenceFunction::Flat), 10),
        (valley, 400),
        (regression, 400),
        (Descent::saddle(), 30),
    ];
    trials.into_iter().filter(|(descent, _)| subject.takes(descent)).collect()
}

/// The tame optimizer and variants of it, since some hyperparameters count only where another one is not 0.
fn backgrounds(subject: &Subject<'_>) -> Vec<OptimizerSpec> {
    let mut all = Vec::new();
    for (nonzero, flipped) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut spec = subject.tame();
        for key in subject.keys() {
            let value = key.get(&spec);
            match key.parameter.legal {
                Legal::Flag if flipped => key.set(&mut spec, 1.0 - value),
                Legal::Flag | Legal::Count(_) => {}
                _ if nonzero && value == 0.0 => {
                    let other = key.others(value).first().copied().unwrap_or(value);
                    key.set(&mut spec, other);
                }
                _ => {}
            }
        }
        all.push(spec);
    }
    all
}

/// Those of `keys` that make no difference here, whatever their value.
fn unmoved(
    subject: &Subject<'_>,
    descent: &Descent,
    steps: u64,
    background: &OptimizerSpec,
    keys: Vec<Key>,
) -> Vec<Key> {
    let mut members = vec![Member::new(background, descent)];
    // Which key each member but the first varies.
    let mut varied = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        for value in key.others(key.get(background)) {
            let mut member = members[0].clone();
            key.set(&mut member.spec, value);
            members.push(member);
            varied.push(i);
        }
    }
    let mut walk = Walk::new(&subject.place, &descent.shapes, &members);
    let mut alive = vec![false; keys.len()];
    while walk.step < steps && !alive.iter().all(|a| *a) {
        walk.run(EVERY);
        let seen: Vec<Seen> = walk.seen();
        for (member, &key) in seen[1..].iter().zip(&varied) {
            alive[key] |= !member.same_place(&seen[0]);
        }
    }
    keys.into_iter().zip(alive).filter(|(_, alive)| !alive).map(|(key, _)| key).collect()
}
