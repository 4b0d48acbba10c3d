//! The check that a rule's equations give the same as one pass over memory and as tensor operations.

use crate::report::{Line, number};
use crate::subject::Subject;
use crate::walk::{Walk, deviation};
use downhill_optim::Door;
use downhill_population::{Backend, Place, Precision};

pub(crate) fn lines(subject: &Subject<'_>) -> Vec<Line> {
    let name = "tensor form";
    if !subject.typed.chain().iter().any(|s| s.about().door == Door::Rule) {
        return vec![Line::skipped(name, "it is no rule: it is written as tensor operations only")];
    }
    let descent = subject.largest_task();
    let spec = subject.variant(1);
    // The same device, told that its memory is out of reach.
    let remote = Place { backend: Backend::Wgpu, ..subject.place.clone() };
    let ours = Walk::alone(&subject.place, &spec, &descent).points(30);
    let theirs = Walk::alone(&remote, &spec, &descent).points(30);
    let off = ours.iter().zip(&theirs).map(|(a, b)| deviation(a, b)).fold(0.0, f64::max);
    let most = match subject.place.precision {
        Precision::F32 => 1e-4,
        Precision::F64 => 1e-12,
    };
    let wrong = (off > most).then(|| format!("tensor operations stray by {} of its size in 30 steps", number(off)));
    let good = match off {
        0.0 => "one pass over memory and tensor operations agree to the bit".into(),
        _ => format!("one pass over memory and tensor operations agree but for rounding ({})", number(off)),
    };
    vec![Line::judged(name, wrong, good)]
}
