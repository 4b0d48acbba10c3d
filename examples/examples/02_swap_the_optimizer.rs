//! The same network with another optimizer: one word changes, and nothing else does.
//!
//! Weights and the order of the data come from the seed, so at epoch 0 both lines are equal to the last digit. Expect
//! momentum to catch up with Adam at a rate ten times as large: the two mean different things by "learning rate".

use downhill_examples::{Problem, train};
use downhill_optim::Registry;
use std::error::Error;

/// Any two of `downhill list optimizers`, with any of their numbers.
const SPECS: [&str; 2] = ["adam:lr=0.01", "momentum:lr=0.1,momentum=0.9"];

fn main() -> Result<(), Box<dyn Error>> {
    let problem = Problem::new("moons:n=1000,noise=0.2", 50)?;
    let mut curves = Vec::new();
    for spec in SPECS {
        let mut session = problem.population(&Registry::builtin(), [(spec.to_string(), 0)])?;
        curves.push(train(&mut session));
    }

    println!("training loss and validation accuracy");
    println!("epoch  {:>20}  {:>28}", SPECS[0], SPECS[1]);
    for (a, b) in curves[0].iter().zip(&curves[1]).step_by(5) {
        let [a_val, b_val] = [a, b].map(|row| 100.0 * row.val_accuracy.unwrap_or(f64::NAN));
        println!("{:>5}  {:>12.6} {a_val:>6.1}%  {:>20.6} {b_val:>6.1}%", a.epoch, a.train_loss, b.train_loss);
    }
    Ok(())
}
