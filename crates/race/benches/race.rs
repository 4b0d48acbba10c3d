//! Seconds for a thousand starts times six optimizers times a thousand steps on the ravine, in f64.
//!
//! `cargo bench -p downhill-race`, or `-- SIZE` for one population size.

use downhill_optim::Registry;
use downhill_race::{Keep, Race, Runner, run, starts};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let only = std::env::args().skip(1).find_map(|a| a.parse::<usize>().ok());
    let landscape = downhill_landscape::parse("ravine").expect("it is in the catalog");
    let registry = Registry::builtin();
    let texts =
        ["sgd:lr=1e-3", "momentum:lr=1e-3", "nesterov:lr=1e-3", "rmsprop:lr=1e-2", "adam:lr=1e-2", "adagrad:lr=0.1"];
    let runners: Vec<Runner> =
        texts.iter().map(|text| Runner::new(registry.parse(text).expect("a built-in optimizer"))).collect();
    let starts = starts::draw(&landscape, 1000, 0);
    for (threads, keep) in [(2, Keep::Every(1)), (2, Keep::Ends), (1, Keep::Every(1))] {
        for size in [64, 128, 256, 512, 1000].into_iter().filter(|&size| only.is_none_or(|only| only == size)) {
            let race = Race::new(landscape.clone(), runners.clone(), starts.clone(), 1000).expect("flex is there");
            let race = Race { threads, keep, group_size: size, ..race };
            let begin = Instant::now();
            let paths = run(&race).expect("a legal race");
            let diverged = paths.iter().flatten().filter(|p| p.diverged()).count();
            let seconds = begin.elapsed().as_secs_f64();
            println!("{threads} threads, {keep:?}, populations of {size}: {seconds:.2} s, {diverged} diverged");
        }
    }
}
