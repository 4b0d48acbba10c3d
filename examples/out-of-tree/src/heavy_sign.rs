//! Heavy-sign: the sign of a momentum, with a rate that decays where gradients disagree.
//!
//! ```text
//! m ← μm + (1 − μ)g
//! v ← μv + (1 − μ)|g|
//! a = |m|/v               (agreement: 1 while all gradients have one sign, 0 where they cancel)
//! θ ← θ − η a sign(m)
//! ```
//!
//! No step is longer than η in any element, and near a minimum, where gradients change sign, steps shrink by
//! themselves; with a = 1 it is Signum (Bernstein et al. 2018). The averages need no correction for their start at
//! zero: it cancels in a.

use downhill_optim::prelude::*;

/// The sign of a momentum, scaled by how far gradients agree.
pub struct HeavySign;

impl Rule<2, 3, 2> for HeavySign {
    const NAME: &'static str = "heavy-sign";
    const SUMMARY: &'static str = "the sign of a momentum, scaled by how far gradients agree";
    const SOURCE: &'static str = "this example";
    const TABLE: &'static [Parameter; 2] = &[learning_rate(1e-3), MOMENTUM];

    fn coefficients([eta, mu]: [f64; 2], _step: u64) -> [f64; 3] {
        [eta, mu, 1.0 - mu]
    }

    fn update<R: Real>([eta, mu, new]: [R; 3], theta: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let m = mu * m + new * g;
        let v = mu * v + new * g.abs();
        let a = m.abs().ratio(v);
        (theta - eta * a * m.sign(), [m, v])
    }
}
