//! Sixteen learning rates of SGD trained at once: a member of a population has hyperparameters of its own.
//!
//! All members have one seed, so they differ in nothing but the rate. Expect three regimes: rates that creep (the
//! loss is still high when time is up), rates that converge, and rates beyond stability, where it jumps or overflows. A
//! member that diverges stops there, and changes nobody else's numbers.

use downhill_chart::table::number;
use downhill_examples::{Problem, train};
use downhill_optim::Registry;
use downhill_train::StopReason;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // From 1e-4 to 10, three in a decade.
    let rates: Vec<f64> = (0..16).map(|k| 10f64.powf(-4.0 + f64::from(k) / 3.0)).collect();
    let problem = Problem::new("moons:n=1000,noise=0.2", 50)?;
    let members = rates.iter().map(|lr| (format!("sgd:lr={lr}"), 0));
    let mut session = problem.population(&Registry::builtin(), members)?;
    train(&mut session);

    println!("learning rate  training loss");
    for (lr, member) in rates.iter().zip(session.members()) {
        let (Some(row), Some(stop)) = (&member.last_row, member.stop) else { continue };
        let outcome = match stop.reason {
            StopReason::Diverged => format!("diverged at step {}", stop.step),
            _ => "#".repeat((row.train_loss * 60.0).min(60.0) as usize),
        };
        println!("{:>13}  {:>13}  {outcome}", number(*lr), number(row.train_loss));
    }
    Ok(())
}
