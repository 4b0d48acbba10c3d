//! The loss along one direction, and over the plane of two.

use crate::error::ProbeError;
use crate::surface::Surface;
use crate::vectors::{add, norm};
use downhill_population::{Objective, Role, Shape};
use downhill_random::{Purpose, Stream};

/// The first index of the streams of [`Purpose::Directions`] for slices.
const STREAM: u64 = 2;

/// A random direction: independent standard normal numbers, one for each parameter. `index` distinguishes several
/// directions of one seed.
pub fn random_direction(parameters: usize, seed: u64, index: u64) -> Vec<f64> {
    let mut random = Stream::new(seed, Purpose::Directions, STREAM + index);
    (0..parameters).map(|_| random.normal()).collect()
}

/// A direction in units of the network's own weights: filter normalisation (Li et al. 2018, section 4).
///
/// The part of the direction in each filter (the incoming weights of one unit) gets the norm of the weights themselves:
/// d ← d ‖w‖/‖d‖. Biases do not move, as in the paper. Rescaling a network's layers without changing its outputs then
/// leaves the profile the same. A point of a landscape counts as one filter.
///
/// # Errors
/// When the direction or the point do not hold one number for each parameter.
pub fn filter_normalised(shapes: &[Shape], point: &[f64], direction: &[f64]) -> Result<Vec<f64>, ProbeError> {
    let needed = shapes.iter().map(Shape::elements).sum();
    ProbeError::check_size("a point", point.len(), needed)?;
    ProbeError::check_size("a direction", direction.len(), needed)?;
    let mut normalised = vec![0.0; needed];
    let mut from = 0;
    for shape in shapes {
        let range = from..from + shape.elements();
        from = range.end;
        // Weights are `[inputs, outputs]`: a filter is a column.
        let filters = match shape.role {
            Role::Bias => continue,
            Role::Point => 1,
            Role::Weight | Role::Head => shape.cols,
        };
        for filter in 0..filters {
            let part =
                |all: &[f64]| all[range.clone()].iter().skip(filter).step_by(filters).copied().collect::<Vec<f64>>();
            let (weights, own) = (norm(&part(point)), norm(&part(direction)));
            if own > 0.0 {
                for i in range.clone().skip(filter).step_by(filters) {
                    normalised[i] = direction[i] * (weights / own);
                }
            }
        }
    }
    Ok(normalised)
}

/// The losses at `origin` + t · `direction` for each t.
///
/// # Errors
/// When a vector has the wrong size.
pub fn profile<O>(
    surface: &Surface<'_, O>,
    origin: &[f64],
    direction: &[f64],
    at: &[f64],
) -> Result<Vec<f64>, ProbeError>
where
    O: Objective + Sync,
    O::Batch: Sync,
{
    ProbeError::check_size("a direction", direction.len(), surface.parameters())?;
    surface.losses(at.len(), |i| crate::vectors::moved(origin, at[i], direction))
}

/// The losses at `origin` + x · `directions[0]` + y · `directions[1]`: a row for each y, a column for each x.
///
/// # Errors
/// When a vector has the wrong size.
pub fn grid<O>(
    surface: &Surface<'_, O>,
    origin: &[f64],
    directions: [&[f64]; 2],
    x: &[f64],
    y: &[f64],
) -> Result<Vec<Vec<f64>>, ProbeError>
where
    O: Objective + Sync,
    O::Batch: Sync,
{
    for direction in directions {
        ProbeError::check_size("a direction", direction.len(), surface.parameters())?;
    }
    let there = |at: usize| {
        let mut point = crate::vectors::moved(origin, x[at % x.len()], directions[0]);
        add(&mut point, y[at / x.len()], directions[1]);
        point
    };
    let losses = surface.losses(x.len() * y.len(), there)?;
    Ok(losses.chunks(x.len().max(1)).map(<[f64]>::to_vec).collect())
}
