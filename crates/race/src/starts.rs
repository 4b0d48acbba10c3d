//! The starts of walks.

use crate::error::RaceError;
use downhill_landscape::Landscape;
use downhill_random::{Purpose, Stream};

/// A typed point; a single number stands for every coordinate.
///
/// # Errors
/// When there is neither a single number nor one for each dimension of the landscape, or one is not finite.
pub fn point(landscape: &Landscape, numbers: &[f64]) -> Result<Vec<f64>, RaceError> {
    let dims = landscape.dims();
    let legal = match dims {
        1 => "one number".into(),
        dims => format!("{dims} finite numbers, or one for all coordinates"),
    };
    let shown: Vec<String> = numbers.iter().map(f64::to_string).collect();
    match numbers {
        _ if numbers.iter().any(|x| !x.is_finite()) => {}
        [one] => return Ok(vec![*one; dims]),
        all if all.len() == dims => return Ok(all.to_vec()),
        _ => {}
    }
    Err(RaceError::value("a start", shown.join(","), legal))
}

/// Starts spread evenly at random over the landscape's box. The first `k` of them do not depend on `count`.
pub fn draw(landscape: &Landscape, count: usize, seed: u64) -> Vec<Vec<f64>> {
    let start = |i: usize| {
        let mut stream = Stream::new(seed, Purpose::Starts, i as u64);
        landscape.domain.iter().map(|&(low, high)| stream.uniform_in(low, high)).collect()
    };
    (0..count).map(start).collect()
}
