//! A new optimizer in about twenty lines: Signum, the sign of a momentum (Bernstein et al. 2018, algorithm 2).
//!
//! The equations and the table are all there is to write: parsing, checks and per-member numbers follow from them.
//! Expect Signum to be ahead of SGD at first and to jitter later, since every weight moves by η however small its
//! gradient is. `downhill::main_with(registry)` gives the whole command line with the new rule in it.

use downhill_examples::{Problem, train};
use downhill_optim::prelude::*;
use std::error::Error;

/// ```text
/// m ← μm + (1 − μ)g
/// θ ← θ − η sign(m)
/// ```
struct Signum;

impl Rule<2, 3, 1> for Signum {
    const NAME: &'static str = "signum";
    const SUMMARY: &'static str = "the sign of a momentum";
    const SOURCE: &'static str = "Bernstein et al. 2018";
    const TABLE: &'static [Parameter; 2] = &[learning_rate(1e-3), MOMENTUM];

    fn coefficients([eta, mu]: [f64; 2], _step: u64) -> [f64; 3] {
        [eta, mu, 1.0 - mu]
    }

    fn update<R: Real>([eta, mu, new]: [R; 3], theta: R, g: R, [m]: [R; 1]) -> (R, [R; 1]) {
        let m = mu * m + new * g;
        (theta - eta * m.sign(), [m])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut registry = Registry::builtin();
    registry.add(Signum);
    // A typing error is answered with what exists.
    if let Err(error) = registry.parse("signum:moment=0.9") {
        println!("{error}\n");
    }

    let problem = Problem::new("moons:n=1000,noise=0.2", 50)?;
    let rows = |spec: &str| -> Result<_, Box<dyn Error>> {
        Ok(train(&mut problem.population(&registry, [(spec.to_string(), 0)])?))
    };
    let (sgd, signum) = (rows("sgd:lr=0.1")?, rows("signum:lr=0.01")?);
    println!("training loss\nepoch  sgd:lr=0.1  signum:lr=0.01");
    for (a, b) in sgd.iter().zip(&signum).step_by(5) {
        println!("{:>5}  {:>10.4}  {:>14.4}", a.epoch, a.train_loss, b.train_loss);
    }
    Ok(())
}
