//! The measurements at a run's weights.

use crate::diagnostics::{TRACE_VECTORS, inverse, steepest, training_rows};
use crate::error::{Error, Result};
use crate::open::Trained;
use crate::path::{Repeated, Snapshot};
use downhill_model::Network;
use downhill_population::{Backend, Place, Precision};
use downhill_probe::{
    Curvature, EigenSearch, Noise, Plane, Point, Rows, Spectrum, Surface, Trace, Units, Way, filter_normalised, grid,
    idle_units, layers, noise, principal_plane, profile, random_direction, smoothness,
};
use downhill_train::Monitor;
use serde::Serialize;
use std::sync::atomic::Ordering;

/// Approximate limit on the multiplications for the sharpness along the path: about half a minute on a slow core.
const WORK: f64 = 6e10;
/// Most and fewest snapshots whose sharpness is measured.
const ON_THE_WAY: (usize, usize) = (60, 8);
/// The margin around a path, as a share of its length.
const MARGIN: f64 = 0.25;
/// Random directions of a slice.
const DIRECTIONS: u64 = 3;

/// All measurements.
pub struct Found {
    /// Training rows used, and all training rows.
    pub rows: (usize, usize),
    /// The loss over these rows.
    pub loss: f64,
    /// The norm of the loss's gradient.
    pub gradient_norm: f64,
    /// Whether the whole Hessian was computed.
    pub exact: bool,
    /// The largest eigenvalues of the Hessian.
    pub spectrum: Spectrum,
    /// The largest eigenvalue of the preconditioned Hessian.
    pub preconditioned: Option<Spectrum>,
    /// The sum of all eigenvalues.
    pub trace: Trace,
    /// The gradient noise; none for a single row.
    pub noise: Option<Noise>,
    /// Norms of each layer.
    pub layers: Vec<downhill_probe::Layer>,
    /// Idle units of each hidden layer.
    pub units: Vec<Units>,
    /// The optimizer's edge of stability, if it is known.
    pub stability: Option<StableRate>,
    /// The loss along random directions.
    pub slices: Option<Slices>,
    /// The path of training.
    pub path: Option<Journey>,
}

/// A run's learning rate and the largest stable rate at its weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StableRate {
    /// Whether the steepness is that of the preconditioned Hessian.
    pub preconditioned: bool,
    /// The steepness here.
    pub steepness: f64,
    /// The largest stable steepness at the run's rate.
    pub threshold: f64,
    /// The run's learning rate.
    pub rate: f64,
    /// The largest stable rate at this steepness; absent where no curvature is positive.
    pub largest_rate: Option<f64>,
    /// Whether the rate is at most `largest_rate`.
    pub stable: bool,
}

/// Losses on lines and on a plane through the weights, in units of the weights' own norms.
pub struct Slices {
    /// Places on a line.
    pub at: Vec<f64>,
    /// The training loss along each direction.
    pub training: Vec<Vec<f64>>,
    /// The validation loss, if there is validation data.
    pub validation: Vec<Vec<f64>>,
    /// Places on a side of the plane.
    pub side: Vec<f64>,
    /// The training loss on the plane of the first two directions, a row for each place upwards.
    pub plane: Vec<Vec<f64>>,
}

/// The path of training and its plane.
pub struct Journey {
    /// Whether the repeated run ended at the same weights, bit for bit.
    pub arrived: bool,
    /// The steps of the snapshots.
    pub steps: Vec<u64>,
    /// The plane that contains most of the path.
    pub plane: Plane,
    /// Places to the right and upwards.
    pub sides: [Vec<f64>; 2],
    /// The loss at these places, a row for each place upwards.
    pub losses: Vec<Vec<f64>>,
    /// The place of the probed weights.
    pub here: [f64; 2],
    /// Steps whose steepness was measured.
    pub steepness: Vec<Steepness>,
}

/// The steepness after a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Steepness {
    /// Updates done.
    pub step: u64,
    /// The largest eigenvalue of the Hessian, or of the preconditioned Hessian where it decides stability.
    pub value: f64,
    /// The largest stable steepness at that step's rate.
    pub threshold: Option<f64>,
}

/// The effort of the measurements, and their interruption.
pub struct Effort<'a> {
    /// Number of the largest eigenvalues of the Hessian.
    pub top: usize,
    /// Most training rows; of more, evenly spaced ones are taken. At least 1.
    pub rows: usize,
    /// Points a side of a plane; a slice has four times as many. At least 2.
    pub points: usize,
    /// Whether the loss along random directions is measured as well.
    pub slices: bool,
    /// Worker threads; never changes a result.
    pub threads: usize,
    /// Interrupts the measurements.
    pub monitor: &'a Monitor,
}

/// Measures at a subject's weights; `path` is the repeated run, if there is one.
///
/// # Errors
/// Where the loss is not finite next to the weights, and after an interruption.
pub fn measure(effort: &Effort<'_>, subject: &Trained, path: Option<&Repeated>) -> Result<Found> {
    let network = &subject.ready.settings.network;
    let place = Place::new(Backend::Flex, Precision::F64)?;
    let all = subject.ready.data.train.rows();
    let rows = training_rows(network, &subject.ready.data.train, effort.rows)?;
    let surface = surface(network, &place, &rows, effort.threads)?;
    let point = surface.at(subject.values.clone())?;
    let curvature = Curvature::at(&point, Way::Auto)?;
    let search = EigenSearch { count: effort.top, ..EigenSearch::default() };
    let spectrum = curvature.largest(&search)?;
    let edge = subject.ready.optimizer.edge();
    let decays = subject.ready.optimizer.coupled_decays(surface.shapes());
    let diagonal = path.and_then(|path| path.probed.as_ref()).and_then(|probed| probed.preconditioner.clone());
    let preconditioned = match diagonal {
        None => None,
        Some(diagonal) => {
            let found = curvature.preconditioned(&inverse(&vec![diagonal]), &decays, &EigenSearch::default());
            Some(found?)
        }
    };
    // An eigenvalue search that did not converge gives a lower bound, which does not show stability.
    let decides = match edge {
        Some(edge) if edge.preconditioned => preconditioned.as_ref(),
        _ => Some(&spectrum),
    };
    let steepness = decides.filter(|found| found.converged).and_then(|found| found.values.first().copied());
    let stability = edge.zip(subject.rate).zip(steepness).map(|((edge, rate), steepness)| {
        let largest_rate = Some(edge.rate(steepness)).filter(|largest| *largest > 0.0 && largest.is_finite());
        StableRate {
            preconditioned: edge.preconditioned,
            steepness,
            threshold: edge.curvature(rate),
            rate,
            largest_rate,
            stable: largest_rate.is_none_or(|largest| rate <= largest),
        }
    });
    let values = surface.split(&subject.values)?;
    let noise = if rows.count() < 2 { None } else { Some(noise(&point, rows.examples(network, &place))?) };
    let found = Found {
        rows: (rows.count(), all),
        loss: point.loss,
        gradient_norm: downhill_probe::vectors::norm(&point.gradient),
        exact: curvature.exact().is_some(),
        trace: curvature.trace(TRACE_VECTORS, 0)?,
        spectrum,
        preconditioned,
        noise,
        layers: layers(surface.shapes(), &subject.values, &point.gradient, None)?,
        units: idle_units(&place, network, &values, &rows)?,
        stability,
        slices: if effort.slices { Some(slices(effort, subject, &surface, &place)?) } else { None },
        path: path.map(|path| way(effort, subject, path, &point)).transpose()?,
    };
    Ok(found)
}

/// The sharpness alone, over at most `most_rows` training rows.
///
/// # Errors
/// Where the loss is not finite next to the weights, or the search did not converge.
pub fn sharpness(subject: &Trained, most_rows: usize, threads: usize) -> Result<f64> {
    let network = &subject.ready.settings.network;
    let place = Place::new(Backend::Flex, Precision::F64)?;
    let rows = training_rows(network, &subject.ready.data.train, most_rows)?;
    let surface = surface(network, &place, &rows, threads)?;
    let point = surface.at(subject.values.clone())?;
    let curvature = Curvature::at(&point, Way::Auto)?;
    let found = steepest(&curvature, None, &EigenSearch::default())?;
    let ended_early =
        || Error::failed("the search for the sharpness ended before it converged: it is not known well enough");
    found.map(|(value, _)| value).ok_or_else(ended_early)
}

fn surface<'a>(network: &'a Network, place: &Place, rows: &Rows, threads: usize) -> Result<Surface<'a, Network>> {
    let shares = rows.shares(network, place);
    Ok(Surface::new(network, place, network.shapes(), shares, smoothness(network), threads)?)
}

/// Evenly spaced numbers from end to end.
fn evenly(from: f64, to: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| from + (to - from) * i as f64 / (count - 1).max(1) as f64).collect()
}

/// The losses on a plane, row by row, so that it can be interrupted.
fn plane(
    monitor: &Monitor,
    surface: &Surface<'_, Network>,
    origin: &[f64],
    axes: [&[f64]; 2],
    [x, y]: [&[f64]; 2],
) -> Result<Vec<Vec<f64>>> {
    let row = |y: &f64| {
        heard(monitor)?;
        Ok(grid(surface, origin, axes, x, std::slice::from_ref(y))?.remove(0))
    };
    y.iter().map(row).collect()
}

fn slices(effort: &Effort<'_>, subject: &Trained, training: &Surface<'_, Network>, place: &Place) -> Result<Slices> {
    let network = &subject.ready.settings.network;
    let direction = |index: u64| {
        let raw = random_direction(subject.values.len(), subject.seed, index);
        filter_normalised(training.shapes(), &subject.values, &raw)
    };
    let directions: Vec<Vec<f64>> = (0..DIRECTIONS).map(direction).collect::<std::result::Result<_, _>>()?;
    // An odd number, so that the weights themselves are one of the points.
    let at = evenly(-1.0, 1.0, 4 * (effort.points - 1) + 1);
    let along = |surface: &Surface<'_, Network>| -> Result<Vec<Vec<f64>>> {
        let one = |direction: &Vec<f64>| profile(surface, &subject.values, direction, &at);
        Ok(directions.iter().map(one).collect::<std::result::Result<_, _>>()?)
    };
    let validation = match &subject.ready.data.val {
        part if part.rows() == 0 => Vec::new(),
        part => along(&surface(network, place, &training_rows(network, part, effort.rows)?, effort.threads)?)?,
    };
    let side = evenly(-1.0, 1.0, effort.points);
    let plane = plane(effort.monitor, training, &subject.values, [&directions[0], &directions[1]], [&side, &side])?;
    Ok(Slices { training: along(training)?, validation, at, side, plane })
}

fn way(effort: &Effort<'_>, subject: &Trained, path: &Repeated, point: &Point<'_, Network>) -> Result<Journey> {
    let snapshots: Vec<Vec<f64>> = path.snapshots.iter().map(|snapshot| snapshot.values.clone()).collect();
    let plane = principal_plane(&snapshots)?;
    let here = [0, 1].map(|k| {
        let off = downhill_probe::vectors::moved(&subject.values, -1.0, &plane.origin);
        downhill_probe::vectors::dot(&off, &plane.axes[k])
    });
    let sides = [0, 1].map(|k| {
        let reach = plane.coordinates.iter().map(|c| c[k]).chain([here[k]]);
        let (low, high) = reach.fold((0.0f64, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
        // A direction without movement is shown over a distance of 1.
        let length = if high > low { high - low } else { 1.0 };
        evenly(low - MARGIN * length, high + MARGIN * length, effort.points)
    });
    let losses = self::plane(
        effort.monitor,
        point.surface,
        &plane.origin,
        [&plane.axes[0], &plane.axes[1]],
        [&sides[0], &sides[1]],
    )?;
    Ok(Journey {
        arrived: path.arrived,
        steps: path.snapshots.iter().map(|snapshot| snapshot.step).collect(),
        steepness: steepness(effort, subject, path, point)?,
        losses,
        plane,
        sides,
        here,
    })
}

/// Stops after an interruption.
fn heard(monitor: &Monitor) -> Result<()> {
    if monitor.interrupt.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
}

/// The steepness that decides stability, at as many evenly spaced snapshots as the work allows.
fn steepness(
    effort: &Effort<'_>,
    subject: &Trained,
    path: &Repeated,
    point: &Point<'_, Network>,
) -> Result<Vec<Steepness>> {
    /// Approximate multiplications of a search for each row and parameter: thirty products of two gradients, each three
    /// times a forward pass.
    const EACH: f64 = 180.0;
    let rows = subject.ready.data.train.rows().min(effort.rows);
    let each = EACH * rows as f64 * subject.values.len() as f64;
    let (most, fewest) = ON_THE_WAY;
    let wanted = ((WORK / each) as usize).clamp(fewest, most).min(path.snapshots.len());
    let edge = subject.ready.optimizer.edge();
    let decays = subject.ready.optimizer.coupled_decays(point.surface.shapes());
    let mut all = Vec::new();
    for i in 0..wanted {
        heard(effort.monitor)?;
        let last = path.snapshots.len() - 1;
        let snapshot: &Snapshot = &path.snapshots[if wanted > 1 { i * last / (wanted - 1) } else { last }];
        // A diverged run has rows whose loss is not finite.
        let Ok(here) = point.surface.at(snapshot.values.clone()) else { continue };
        let curvature = Curvature::at(&here, Way::Products)?;
        let search = EigenSearch { tolerance: 1e-5, ..EigenSearch::default() };
        let found = match (edge, &snapshot.preconditioner) {
            (Some(edge), Some(diagonal)) if edge.preconditioned => {
                steepest(&curvature, Some((&inverse(&vec![diagonal.clone()]), &decays)), &search)
            }
            // Before the first update there is no preconditioner.
            (Some(edge), None) if edge.preconditioned => continue,
            _ => steepest(&curvature, None, &search),
        };
        // A search that did not converge gives only a lower bound.
        let Some((value, _)) = found.ok().flatten() else { continue };
        let threshold = edge.zip(snapshot.rate).map(|(edge, rate)| edge.curvature(rate));
        let threshold = threshold.filter(|threshold| threshold.is_finite());
        all.push(Steepness { step: snapshot.step, value, threshold });
    }
    Ok(all)
}
