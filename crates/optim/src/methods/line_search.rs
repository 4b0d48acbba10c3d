//! A line search for the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6).
//!
//! ```text
//! f(t) ≤ f(0) + c₁ t f'(0)     enough decrease,  c₁ = 1e-4
//! |f'(t)| ≤ −c₂ f'(0)          flat enough,      c₂ = 0.9
//! ```
//!
//! Bounds, safeguards and limits are those of PyTorch's `strong_wolfe`, so that both take the same steps.

const DECREASE: f64 = 1e-4;
const FLAT: f64 = 0.9;
/// Most points that are tried.
const TRIES: usize = 25;

/// Loss and gradient at a point of the line.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    /// Where on the line.
    pub t: f64,
    /// The loss.
    pub loss: f64,
    /// Its gradient.
    pub gradient: Vec<f64>,
    /// Its slope along the line.
    pub slope: f64,
}

/// Searches from `start` (t = 0), first at `t`; `farthest` is the largest element of the direction, and `probe` evaluates
/// a point. Where no parameter would move by more than `smallest` nothing is tried any more. A loss that is not a number counts as too high.
pub(super) fn strong_wolfe(
    start: &Probe,
    t: f64,
    farthest: f64,
    smallest: f64,
    mut probe: impl FnMut(f64) -> Probe,
) -> Probe {
    if t * farthest < smallest {
        return start.clone();
    }
    let too_high = |p: &Probe| p.loss.is_nan() || p.loss > start.loss + DECREASE * p.t * start.slope;
    let flat = |p: &Probe| p.slope.abs() <= -FLAT * start.slope;

    // Walk on until two points have a good one between them.
    let (mut before, mut here) = (start.clone(), probe(t));
    let mut tries = 0;
    let (mut low, mut high) = loop {
        if tries == TRIES {
            return if start.loss <= here.loss { start.clone() } else { here };
        }
        if too_high(&here) || (tries > 1 && here.loss >= before.loss) {
            break ordered(before, here);
        }
        if flat(&here) {
            return here;
        }
        if here.slope >= 0.0 {
            break ordered(before, here);
        }
        let bounds = (here.t + 0.01 * (here.t - before.t), 10.0 * here.t);
        let next = probe(lowest_of_cubic(&before, &here, bounds));
        (before, here) = (here, next);
        tries += 1;
    };

    // Narrow that down.
    let mut slow = false;
    while tries < TRIES && (high.t - low.t).abs() * farthest >= smallest {
        let (left, right) = (low.t.min(high.t), low.t.max(high.t));
        let mut t = lowest_of_cubic(&low, &high, (left, right));
        let margin = 0.1 * (right - left);
        if (right - t).min(t - left) < margin {
            // Too near an end: accepted once, unless it is the end.
            if slow || t >= right || t <= left {
                t = if (t - right).abs() < (t - left).abs() { right - margin } else { left + margin };
                slow = false;
            } else {
                slow = true;
            }
        } else {
            slow = false;
        }
        let here = probe(t);
        tries += 1;
        if too_high(&here) || here.loss >= low.loss {
            (low, high) = ordered(low, here);
        } else if flat(&here) {
            return here;
        } else {
            if here.slope * (high.t - low.t) >= 0.0 {
                high = low;
            }
            low = here;
        }
    }
    low
}

/// The two with the lower loss first; the first of equals.
fn ordered(a: Probe, b: Probe) -> (Probe, Probe) {
    if b.loss < a.loss { (b, a) } else { (a, b) }
}

/// Where the cubic through two points with their slopes is lowest, within bounds; their middle if it has no minimum.
fn lowest_of_cubic(a: &Probe, b: &Probe, (least, most): (f64, f64)) -> f64 {
    let (a, b) = if a.t <= b.t { (a, b) } else { (b, a) };
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    let square = d1 * d1 - a.slope * b.slope;
    if square >= 0.0 {
        let d2 = square.sqrt();
        let t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
        if t.is_nan() { f64::midpoint(least, most) } else { t.max(least).min(most) }
    } else {
        f64::midpoint(least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(f: impl Fn(f64) -> (f64, f64)) -> impl Fn(f64) -> Probe {
        move |t| {
            let (loss, slope) = f(t);
            Probe { t, loss, gradient: vec![slope], slope }
        }
    }

    #[test]
    fn what_is_found_satisfies_both_conditions() {
        let functions: [fn(f64) -> (f64, f64); 3] = [
            |t| ((t - 3.0).powi(2), 2.0 * (t - 3.0)),
            |t| (t.powi(4) - 2.0 * t, 4.0 * t.powi(3) - 2.0),
            |t| (-(t / (t * t + 2.0)), (t * t - 2.0) / (t * t + 2.0).powi(2)),
        ];
        for f in functions {
            for first in [1e-3, 0.1, 1.0, 50.0] {
                let probe = on(f);
                let start = probe(0.0);
                let found = strong_wolfe(&start, first, 1.0, 1e-9, &probe);
                assert!(found.loss <= start.loss + DECREASE * found.t * start.slope, "{first}: {found:?}");
                assert!(found.slope.abs() <= -FLAT * start.slope, "{first}: {found:?}");
            }
        }
    }

    #[test]
    fn a_wall_of_nan_is_backed_away_from() {
        let probe = on(|t| if t > 0.5 { (f64::NAN, f64::NAN) } else { ((t - 0.4).powi(2), 2.0 * (t - 0.4)) });
        let found = strong_wolfe(&probe(0.0), 10.0, 1.0, 1e-9, &probe);
        assert!(found.loss < 0.16, "{found:?}");
    }
}
