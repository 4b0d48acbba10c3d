//! One small network, put together piece by piece: data, network, optimizer, and how to train.
//!
//! Expect the training loss to fall from about 0.7 (a guess between two classes costs ln 2 = 0.69) to about 0.07, most
//! of it in the first five epochs. The later examples take these pieces from `downhill_examples`.

use downhill_data::{LoadOptions, Scaler, Scaling, SplitOptions, load, split};
use downhill_model::{Activation, Bias, Init, Loss, Network};
use downhill_optim::{Clip, Registry, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_train::{Batching, Budget, Data, MemberSpec, Part, Session, Settings, Stopping};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // Points on two interleaved half moons. The scaler looks at training rows only.
    let moons = load("moons:n=1000,noise=0.2", &LoadOptions::default())?;
    let rows = split(&moons, &SplitOptions { val_fraction: 0.2, test_fraction: 0.2, seed: 0 })?;
    let scaler = Scaler::fit(Scaling::Standard, &moons.features, &rows.train)?;
    let part = |rows: &[usize]| Part::new(&moons, rows, &scaler, None, None, Precision::F32);
    let data = Data { train: part(&rows.train), val: part(&rows.val), test: part(&rows.test) };

    let network = Network {
        inputs: 2,
        hidden: vec![32, 32],
        outputs: 2,
        activation: Activation::Relu,
        bias: Bias::All,
        loss: Loss::CrossEntropy,
    };
    let optimizer = Registry::builtin().parse("adam:lr=0.01")?;
    let member = MemberSpec { seed: 0, optimizer, values: Init::parse("pytorch")?.member(&network, 0) };
    println!("{}, {} parameters, {}", network.describe(), network.parameters(), member.optimizer.brief());

    let settings = Settings {
        place: Place::new(Backend::Flex, Precision::F32)?,
        network,
        schedule: Schedule::parse("constant")?,
        clip: Clip::default(),
        batching: Batching { rows: data.train.rows(), size: Some(32), drop_last: false },
        budget: Budget::Epochs(50),
        horizon: None,
        stopping: Stopping::default(),
        log_every: None,        // one row for each epoch
        checkpoint_every: None, // nobody keeps them here
        threads: 1,
        group_size: 1,
    };
    let mut session = Session::new(settings, data, vec![member]);

    println!("epoch  train loss  train accuracy  validation accuracy");
    for row in downhill_examples::train(&mut session).iter().step_by(5) {
        let [train, val] = [row.train_accuracy, row.val_accuracy].map(|share| 100.0 * share.unwrap_or(f64::NAN));
        println!("{:>5}  {:>10.4}  {train:>13.1}%  {val:>18.1}%", row.epoch, row.train_loss);
    }
    Ok(())
}
