//! A race on threads: walks of one kind of optimizer are laid side by side in populations.

use crate::error::RaceError;
use crate::path::Path;
use crate::race::Race;
use crate::walk::{Member, walk};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs every runner from every start: the paths of runner *r* from start *s* are at `[r][s]`.
///
/// Runners of one kind, such as a sweep of rates, walk side by side.
///
/// # Errors
/// The errors of [`Race::check`].
pub fn run(race: &Race) -> Result<Vec<Vec<Path>>, RaceError> {
    race.check()?;
    // Runners of one kind with all their starts, in the order in which the kinds first occur.
    let mut kinds: Vec<Vec<(usize, Member<'_>)>> = Vec::new();
    for (r, runner) in race.runners.iter().enumerate() {
        let optimizer = &runner.optimizer;
        let walks = (0..race.starts.len()).map(|start| (r, Member { start, optimizer }));
        match kinds.iter_mut().find(|kind| kind.first().is_some_and(|(_, first)| first.optimizer.is_kin(optimizer))) {
            Some(kind) => kind.extend(walks),
            None => kinds.push(walks.collect()),
        }
    }
    let size = |walks: usize| race.group_size.clamp(1, walks.div_ceil(race.threads.max(1)).max(1));
    let blocks: Vec<&[(usize, Member<'_>)]> = kinds.iter().flat_map(|kind| kind.chunks(size(kind.len()))).collect();
    let walked = spread(race.threads, &blocks, |block| {
        let members: Vec<Member<'_>> = block.iter().map(|(_, member)| *member).collect();
        walk(race, &members)
    });
    let mut paths: Vec<Vec<Path>> = vec![Vec::with_capacity(race.starts.len()); race.runners.len()];
    for (&(runner, _), path) in blocks.into_iter().flatten().zip(walked.into_iter().flatten()) {
        paths[runner].push(path);
    }
    Ok(paths)
}

/// Does all jobs on `threads` threads; the results are in the order of the jobs. Tensor operations inside use one
/// thread.
pub(crate) fn spread<J: Sync, R: Send>(threads: usize, jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let all = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(index) else { return done };
                done.push((index, work(job)));
            }
        };
        match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
            Ok(pool) => pool.install(all),
            Err(_) => all(),
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, jobs.len().max(1))).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|w| w.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
