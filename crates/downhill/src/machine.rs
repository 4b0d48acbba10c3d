//! Threads and time.

use crate::failure::{Failure, Outcome};
use downhill_run::machine::cores;
use std::time::Instant;

/// The number of worker threads, from `--threads`; all cores without the option.
///
/// # Errors
/// When it is 0 or above 1024.
pub fn threads(asked: Option<usize>) -> Outcome<usize> {
    match asked {
        None => Ok(cores()),
        Some(threads @ 1..=1024) => Ok(threads),
        Some(threads) => Err(Failure::usage(format!("--threads is {threads}, but must be from 1 to 1024"))),
    }
}

/// A clock that counts seconds from now and never goes back.
pub fn clock() -> Box<dyn Fn() -> f64 + Send + Sync> {
    let start = Instant::now();
    Box::new(move || start.elapsed().as_secs_f64())
}
