//! Burn's own training loop with downhill's Lion: a small network on two half moons.
//!
//! Expect the training loss to fall from about 0.65 in the first epoch to about 0.08 in the last.

use burn::data::{dataloader::*, dataset::InMemDataset};
use burn::lr_scheduler::constant::ConstantLr;
use burn::nn::{Linear, LinearConfig, loss::CrossEntropyLossConfig};
use burn::prelude::*;
use burn::tensor::activation::relu;
use burn::train::{metric::LossMetric, *};
use downhill_burn::ToBurn;
use downhill_data::{LoadOptions, SplitOptions, Target, load, split};
use downhill_optim::Registry;
use std::error::Error;

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

type Row = ([f32; 2], i64);
struct Rows;

impl batcher::Batcher<Row, (Tensor<2>, Tensor<1, Int>)> for Rows {
    fn batch(&self, rows: Vec<Row>, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
        let points: Vec<f32> = rows.iter().flat_map(|row| row.0).collect();
        let labels: Vec<i64> = rows.iter().map(|row| row.1).collect();
        let points = Tensor::from_data(TensorData::new(points, [rows.len(), 2]), device);
        (points, Tensor::from_data(TensorData::new(labels, [rows.len()]), device))
    }
}

impl InferenceStep for Mlp {
    type Input = (Tensor<2>, Tensor<1, Int>);
    type Output = ClassificationOutput;
    fn step(&self, (points, labels): Self::Input) -> ClassificationOutput {
        let hidden = relu(self.layers[1].forward(relu(self.layers[0].forward(points))));
        let logits = self.layers[2].forward(hidden);
        let loss = CrossEntropyLossConfig::new().init(&logits.device()).forward(logits.clone(), labels.clone());
        ClassificationOutput::new(loss, logits, labels)
    }
}

impl TrainStep for Mlp {
    type Input = (Tensor<2>, Tensor<1, Int>);
    type Output = ClassificationOutput;
    fn step(&self, batch: Self::Input) -> TrainOutput<ClassificationOutput> {
        let out = InferenceStep::step(self, batch);
        TrainOutput::new(self, out.loss.backward(), out)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let moons = load("moons:n=1000,noise=0.2", &LoadOptions::default())?;
    let Target::Classes { labels, .. } = &moons.target else { return Err("moons are classes".into()) };
    let row = |&i: &usize| ([moons.features.row(i)[0] as f32, moons.features.row(i)[1] as f32], labels[i].into());
    let parts = split(&moons, &SplitOptions::default())?;
    let device = Device::flex().autodiff();
    let rows = |rows: &[usize]| InMemDataset::new(rows.iter().map(row).collect());
    let loader = || DataLoaderBuilder::new(Rows).batch_size(32).set_device(device.clone());

    device.seed(0);
    let layers = [(2, 32), (32, 32), (32, 2)].map(|(ins, outs)| LinearConfig::new(ins, outs).init(&device)).into();
    let lion = Registry::builtin().parse("lion:lr=0.001")?;
    let rate = ConstantLr::new(lion.get("lr").unwrap_or_default());
    let learner = Learner::new(Mlp { layers }, ToBurn::new(lion)?.into(), rate);
    let folder = tempfile::tempdir()?;
    SupervisedTraining::new(&folder, loader().shuffle(0).build(rows(&parts.train)), loader().build(rows(&parts.val)))
        .with_training_strategy(TrainingStrategy::Default(ExecutionStrategy::SingleDevice(device)))
        .metrics((LossMetric::new(),))
        .num_epochs(30)
        .launch(learner);

    println!("epoch  training loss  validation loss");
    let losses = LearnerSummary::new(&folder, &["Loss"])?.metrics;
    for (train, val) in losses.train[0].entries.iter().zip(&losses.valid[0].entries) {
        println!("{:>5}  {:>13.4}  {:>15.4}", train.step, train.value, val.value);
    }
    Ok(())
}
