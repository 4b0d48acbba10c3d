//! Independent jobs on several threads.

use rayon::prelude::*;

/// Does all jobs on so many threads; the results are in the order of the jobs.
///
/// Without a thread pool, which only a machine at its limits refuses, it does them one by one.
pub(crate) fn spread<J: Sync, R: Send>(threads: usize, jobs: &[J], work: impl Fn(&J) -> R + Sync + Send) -> Vec<R> {
    match rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build() {
        Ok(pool) => pool.install(|| jobs.par_iter().map(&work).collect()),
        Err(_) => jobs.iter().map(work).collect(),
    }
}
