//! Stopped in the middle and resumed from a checkpoint, a run ends with the same bits as one that was never stopped.
//!
//! The checkpoint is a vector of bytes (a safetensors file, if written to disk) with weights, optimizer state and all
//! that stopping looks at. Expect two equal losses, digit for digit, and an assertion that the weights are equal too.

use downhill_examples::{Problem, monitor, train};
use downhill_optim::Registry;
use downhill_train::{CheckpointError, Monitor, Observer, Row, Session};
use std::error::Error;
use std::sync::atomic::Ordering;

/// Asks for an end at the first logged row from `step` on, and keeps the checkpoint that the session then takes.
struct StopAt<'a> {
    step: u64,
    monitor: &'a Monitor,
    bytes: Vec<u8>,
}

impl Observer for StopAt<'_> {
    type Error = CheckpointError;

    fn rows(&mut self, session: &Session, _: &[usize], _: &[Row]) -> Result<(), CheckpointError> {
        if session.step() >= self.step {
            self.monitor.interrupt.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn checkpoint(&mut self, session: &Session) -> Result<(), CheckpointError> {
        self.bytes = session.checkpoint(serde_json::Value::Null)?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let problem = Problem::new("moons:n=1000,noise=0.2", 20)?;
    let fresh = || problem.population(&Registry::builtin(), [("adam:lr=0.01".to_string(), 0)]);

    let mut whole = fresh()?;
    train(&mut whole);

    let mut stopped = fresh()?;
    let monitor = monitor();
    let mut observer = StopAt { step: 150, monitor: &monitor, bytes: Vec::new() };
    let outcome = stopped.run(&monitor, &mut observer)?;
    println!("{outcome:?} at step {}, a checkpoint of {} bytes", stopped.step(), observer.bytes.len());

    let mut resumed = fresh()?;
    resumed.restore(&observer.bytes)?;
    train(&mut resumed);

    for (name, session) in [("never stopped", &whole), ("resumed", &resumed)] {
        let loss = session.members()[0].last_row.as_ref().map_or(f64::NAN, |row| row.train_loss);
        println!("{name:<13}  step {}, training loss {loss}", session.step());
    }
    let bits = |s: &Session| s.members()[0].values.iter().flatten().flatten().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&whole), bits(&resumed));
    println!("the weights are equal, bit for bit");
    Ok(())
}
