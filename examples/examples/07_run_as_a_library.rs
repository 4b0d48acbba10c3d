//! A training run as a thing to hold: trained into a folder, opened again, asked about new data, all without a process.
//!
//! It is what `downhill train` and `downhill predict` do; the folder is the same, and so is what it was told. Expect an
//! accuracy of about 97 % on points that the network has not seen, and an error that names the option.

use downhill_data::{LoadOptions, load};
use downhill_examples::monitor;
use downhill_optim::Registry;
use downhill_run::open::Which;
use downhill_run::{Common, Folder, Options, Run, Training, Versions, prepare};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::builtin();
    let options = Options {
        data: Some("moons:n=1000,noise=0.2".into()),
        optimizer: Some("adam:lr=0.01".into()),
        seeds: Some(4),
        common: Common { epochs: Some(20), ..Common::default() },
        ..Options::default()
    };
    // Everything that was not said stands in `ready.options` at its default.
    let ready = prepare(&options, &registry, 1, false)?;
    println!("{}, {}", ready.settings.network.describe(), ready.optimizer.brief());

    let path = std::env::temp_dir().join(format!("downhill-tour-{}", std::process::id()));
    let folder = Folder::create(&path, &ready.options)?;
    let mut training = Training::begin(folder, ready, Versions::of(env!("CARGO_PKG_VERSION"), "the tour"))?;
    training.run(&monitor(), &mut ())?;
    for member in training.finish()?.members {
        let loss = member.best.and_then(|best| best.val?.loss).unwrap_or(f64::NAN);
        println!(
            "seed {}: {} after {} steps, lowest validation loss {loss:.4}",
            member.seed, member.stop_reason, member.step
        );
    }

    // At any time later, in any program.
    let run = Run::open(&path)?;
    let network = run.predictor(Which::Best, Some(2))?;
    let new = load("moons:n=500,noise=0.2,seed=1", &LoadOptions::default())?;
    let said = network.rows(&new.features, Some(&new.target));
    let right = 100.0 * said.accuracy.unwrap_or(f64::NAN);
    println!("seed 2 of {}: {right:.1} % of {} new points", run.record()?.data.about.name, said.outputs.len());
    std::fs::remove_dir_all(&path)?;

    let wrong = Options { common: Common { log_every: Some(0), ..options.common }, ..options };
    if let Err(error) = prepare(&wrong, &registry, 1, false) {
        println!("and a mistake: {error}");
    }
    Ok(())
}
