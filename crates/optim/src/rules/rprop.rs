//! Rprop: resilient backpropagation (Riedmiller and Braun 1993).
//!
//! ```text
//! s = sign(g) · q
//! Δ ← clamp(Δ · (η⁺ if s > 0, η⁻ if s < 0, else 1), Δmin, Δmax)      (from η)
//! q ← 0 if s < 0, else sign(g)                                       (from 0)
//! θ ← θ − qΔ
//! ```
//!
//! PyTorch's `Rprop`, which is Igel and Hüsken's iRprop⁻ (2000): after a change of sign a parameter rests for one step
//! (the original takes its last step back). For whole batches: the noise of small ones looks like changes of sign.
//!
//! The learning rate η is only where the steps Δ start: schedules do not act on it afterwards, and there is no weight
//! decay, as in PyTorch. Deviation: signs are compared, not the product of gradients, which can underflow to 0.

use crate::{Real, Rule};
use downhill_spec::{Legal, Parameter, Scale};

/// A step size for each parameter, by the signs of its gradients alone.
pub struct Rprop;

impl Rule<5, 4, 2> for Rprop {
    const NAME: &'static str = "rprop";
    const SUMMARY: &'static str = "steps that grow while the gradient keeps its sign and shrink when it turns";
    const SOURCE: &'static str = "Riedmiller and Braun 1993; Igel and Hüsken 2000; PyTorch's form";
    const DOC: &'static str = include_str!("rprop.rs");
    const SCHEDULED: bool = false;
    const TABLE: &'static [Parameter; 5] = &[
        Parameter::new("lr", "η", 1e-2, Legal::Positive, "size of the first step").searched(1e-4, 1.0, Scale::Log),
        Parameter::new("etaminus", "η⁻", 0.5, Legal::Decay, "factor of a step when the gradient turns"),
        Parameter::new("etaplus", "η⁺", 1.2, Legal::Positive, "factor of a step while the gradient keeps its sign"),
        Parameter::new(
            "step_min",
            "Δmin",
            1e-6,
            Legal::NonNegative,
            "smallest step; Δmax prevails where both cannot hold",
        ),
        Parameter::new("step_max", "Δmax", 50.0, Legal::Positive, "largest step"),
    ];

    fn coefficients([_, shrink, grow, least, most]: [f64; 5], _step: u64) -> [f64; 4] {
        [shrink, grow, least, most]
    }

    fn initial([eta, ..]: [f64; 5]) -> [f64; 2] {
        [eta, 0.0]
    }

    fn update<R: Real>([shrink, grow, least, most]: [R; 4], theta: R, g: R, [delta, q]: [R; 2]) -> (R, [R; 2]) {
        let (zero, one) = (R::of(0.0), R::of(1.0));
        let s = g.sign() * q;
        let factor = s.where_positive(grow, (-s).where_positive(shrink, one));
        let delta = (delta * factor).max(least).min(most);
        let q = (-s).where_positive(zero, g.sign());
        (theta - q * delta, [delta, q])
    }
}
