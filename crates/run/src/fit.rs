//! Checks, before any allocation, that a run can work and fits into memory.

use crate::error::{Result, refused};
use crate::machine;
use downhill_data::Dataset;
use downhill_model::Network;
use downhill_optim::{Clip, OptimizerSpec, Schedule};
use downhill_population::Precision;
use downhill_train::Batching;

/// Refuses a warm-up longer than a run of `steps` updates, which would never reach the given rate. A run of no updates
/// has no warm-up.
///
/// # Errors
/// Naming both lengths.
pub fn check_schedule(schedule: &Schedule, steps: u64) -> Result<()> {
    match schedule.warmup() {
        warmup if steps > 0 && warmup > steps => Err(refused!(
            "option `schedule` is `{}`, whose warm-up of {warmup} updates is longer than the run of {steps}; it must be at most that",
            schedule.full()
        )),
        _ => Ok(()),
    }
}

/// Refuses an optimizer that cannot work on this problem.
///
/// # Errors
/// Naming the reason.
pub fn check_nature(optimizer: &OptimizerSpec, network: &Network, batching: &Batching, clip: &Clip) -> Result<()> {
    for spec in optimizer.chain() {
        let (name, nature) = (spec.about().name, spec.about().nature);
        if let (true, Some(size)) = (nature.full_batch, batching.size) {
            return Err(refused!(
                "{name} compares losses from step to step, so it needs option `batch-size=full`, not {size}"
            ));
        }
        if nature.exact_gradient && *clip != Clip::default() {
            return Err(refused!(
                "{name} needs the loss's own gradient; option `clip-norm` and option `clip-value` do not go with it"
            ));
        }
        if nature.squares && network.loss.square_share().is_none() {
            return Err(refused!(
                "{name} is for sums of squares; with option `loss=mse` or half-mse it works, with {} it does not",
                network.loss
            ));
        }
        if let Some(most) = nature.parameters.filter(|&most| network.parameters() > most) {
            return Err(refused!(
                "{name} takes at most {most} parameters, but the network {} has {}; option `hidden` sets a smaller one",
                network.describe(),
                network.parameters()
            ));
        }
    }
    Ok(())
}

/// Refuses a run that cannot fit into memory, before anything is allocated.
///
/// # Errors
/// Naming the memory needed.
pub fn check_memory(
    network: &Network,
    batching: &Batching,
    optimizer: &OptimizerSpec,
    seeds: u64,
    dataset: &Dataset,
    precision: Precision,
) -> Result<()> {
    let layers = network.layers();
    let parameters: u128 = layers.iter().map(|&(i, o)| (i as u128 + 1) * o as u128).sum();
    let widths: u128 = network.inputs as u128 + layers.iter().map(|&(_, o)| o as u128).sum::<u128>();
    // Parameters, gradients, the best and last copies (f64) and the state; activations and their gradients of a batch.
    let copies = 3 + 2 * (8 / precision.bytes() as u128);
    let state = optimizer.state_elements(&network.shapes()) as u128;
    let rows = batching.batch_size().max(1024.min(batching.rows)) as u128;
    let numbers =
        u128::from(seeds) * (copies * parameters + state + 3 * rows * widths) + dataset.features.values.len() as u128;
    let needed = numbers * precision.bytes() as u128;
    let available = u128::from(machine::available_memory());
    if needed > available {
        return Err(refused!(
            "{seeds} network(s) {} with batches of {} need about {:.1} GB, and this machine has {:.1} GB free; \
                 make option `hidden`, option `batch-size` or option `seeds` smaller",
            network.describe(),
            batching.batch_size(),
            needed as f64 / 1e9,
            available as f64 / 1e9
        ));
    }
    Ok(())
}
