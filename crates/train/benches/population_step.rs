//! Microseconds per member and step of the whole training step: batch drawn from a data set, forward, backward, update.
//!
//! `cargo bench -p downhill-train` runs every case; `-- 64-64-10` one network. Pin it to a core to compare with other
//! programs. Adam, f32, cross-entropy, batches of full size only. Prints the median of several repeats.

use downhill_data::{Scaler, Scaling, SplitOptions, load, split};
use downhill_model::{Activation, Bias, Init, Loss, Network};
use downhill_optim::{Clip, Optimizer, OptimizerSpec, Registry, Schedule};
use downhill_population::{Backend, Params, Place, Precision, Values};
use downhill_train::group::{Group, Recipe};
use downhill_train::{Batching, Part};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Duration of one repeat, and number of repeats.
const REPEAT: Duration = Duration::from_millis(400);
const REPEATS: usize = 7;

struct Case {
    data: &'static str,
    hidden: &'static [usize],
    batch: usize,
}

const CASES: [Case; 2] =
    [Case { data: "moons:n=1000", hidden: &[32, 32], batch: 32 }, Case { data: "digits", hidden: &[64], batch: 64 }];

fn main() {
    let filter = std::env::args().skip(1).find(|a| !a.starts_with('-')).unwrap_or_default();
    println!("microseconds per member and step: median of {REPEATS} repeats of {REPEAT:?} (lowest)");
    for case in &CASES {
        let (recipe, train) = prepare(case);
        if !recipe.network.describe().contains(&filter) {
            continue;
        }
        for members in [1, 4, 8, 16, 32, 64, 128] {
            report(case, &recipe, &train, members, 1);
        }
        report(case, &recipe, &train, 32, 2);
        report(case, &recipe, &train, 64, 2);
    }
}

fn prepare(case: &Case) -> (Recipe, Part) {
    let dataset = load(case.data, &Default::default()).expect("the benchmark's data is built in");
    let split = split(&dataset, &SplitOptions { val_fraction: 0.2, test_fraction: 0.2, seed: 0 }).expect("it splits");
    let scaler = Scaler::fit(Scaling::Standard, &dataset.features, &split.train).expect("it has rows");
    let train = Part::new(&dataset, &split.train, &scaler, None, None, Precision::F32);
    let network = Network {
        inputs: dataset.features.cols,
        hidden: case.hidden.to_vec(),
        outputs: train.outputs(),
        activation: Activation::Relu,
        bias: Bias::All,
        loss: Loss::CrossEntropy,
    };
    let recipe = Recipe {
        place: Place::new(Backend::Flex, Precision::F32).expect("flex is always there"),
        network,
        schedule: Schedule::parse("constant").expect("it exists"),
        clip: Clip::default(),
        batching: Batching { rows: train.rows(), size: Some(case.batch), drop_last: true },
        total_steps: u64::MAX,
        horizon: u64::MAX,
        grad_norm_threshold: None,
    };
    (recipe, train)
}

fn group(recipe: &Recipe, members: std::ops::Range<usize>) -> Group {
    let spec: OptimizerSpec = Registry::builtin().parse("adam").expect("it exists");
    let shapes = recipe.network.shapes();
    let init = Init::parse("pytorch").expect("it exists");
    let values: Vec<Values> = members.clone().map(|m| init.member(&recipe.network, m as u64)).collect();
    let params = Params::from_members(&recipe.place, &shapes, &values);
    let optimizer = Optimizer::new(&recipe.place, &shapes, &params, &vec![spec; members.len()]);
    Group::new(members.clone().collect(), members.map(|m| m as u64).collect(), 0, params, optimizer)
}

/// Trains `members` on `threads`, each with its share, and prints the time of a member's step.
fn report(case: &Case, recipe: &Recipe, train: &Part, members: usize, threads: usize) {
    let share = members / threads;
    let mut groups: Vec<Group> = (0..threads).map(|t| group(recipe, t * share..(t + 1) * share)).collect();
    let pools: Vec<rayon::ThreadPool> = (0..threads)
        .map(|_| rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread starts"))
        .collect();
    let mut run = |steps: u64| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for (group, pool) in groups.iter_mut().zip(&pools) {
                scope.spawn(move || {
                    pool.install(|| {
                        let until = group.step + steps;
                        group.advance(recipe, train, until, false, &|| ());
                    })
                });
            }
        });
        start.elapsed()
    };
    let warm_up = run(50).max(Duration::from_micros(1));
    let steps = (50.0 * REPEAT.as_secs_f64() / warm_up.as_secs_f64()).max(1.0) as u64;
    let mut times: Vec<f64> =
        (0..REPEATS).map(|_| run(steps).as_secs_f64() * 1e6 / (steps as f64 * members as f64)).collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{:<12} batch {:<3} members {members:>3}, threads {threads}: {:7.2}  ({:.2})",
        recipe.network.describe(),
        case.batch,
        times[REPEATS / 2],
        times[0]
    );
}
