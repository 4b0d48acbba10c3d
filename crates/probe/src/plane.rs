//! The plane in which most of a path lies.

use crate::error::ProbeError;
use crate::vectors::{combined, dot, moved};
use downhill_linalg::eigen;

/// An axis with less than this share of the squared distances is only rounding.
const NOTHING: f64 = 1e-14;

/// The principal plane of a path through its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The end of the path: the plane's origin.
    pub origin: Vec<f64>,
    /// The axes, of norm 1 and at right angles; all zero where the path does not reach into a second (or any)
    /// direction.
    pub axes: [Vec<f64>; 2],
    /// The share of the snapshots' summed squared distances from the end that lies along each axis; 0 for a path that
    /// does not move.
    pub explained: [f64; 2],
    /// The coordinates of each snapshot. The last is the origin.
    pub coordinates: Vec<[f64; 2]>,
}

/// The principal plane of the snapshots of a path, as Li et al. 2018 (section 7) draw paths: the two directions that
/// hold most of the squared distances from the end.
///
/// The rows of D are the differences of the snapshots to the last one, not centred, so that the plane goes through the
/// end. With the eigenvalues λ and eigenvectors a of D Dᵀ, a small matrix, the axes are Dᵀa/√λ, the coordinates √λ a
/// and the shares λ/Σλ. The first axis points towards the beginning.
///
/// # Errors
/// Without snapshots, with snapshots of two sizes, or with one that is not finite.
pub fn principal_plane(snapshots: &[Vec<f64>]) -> Result<Plane, ProbeError> {
    let Some(origin) = snapshots.last() else {
        return Err(ProbeError::value("the number of snapshots", 0.0, "at least 1"));
    };
    let n = origin.len();
    for snapshot in snapshots {
        ProbeError::check_size("a snapshot", snapshot.len(), n)?;
        if !snapshot.iter().all(|x| x.is_finite()) {
            return Err(ProbeError::NotFinite { what: "point", place: "a snapshot" });
        }
    }
    let offsets: Vec<Vec<f64>> = snapshots.iter().map(|snapshot| moved(snapshot, -1.0, origin)).collect();
    let count = offsets.len();
    let gram: Vec<f64> = (0..count * count).map(|at| dot(&offsets[at / count], &offsets[at % count])).collect();
    let (values, vectors) = eigen(count, &gram);
    let total: f64 = offsets.iter().map(|offset| dot(offset, offset)).sum();
    let mut plane = Plane {
        origin: origin.clone(),
        axes: [vec![0.0; n], vec![0.0; n]],
        explained: [0.0; 2],
        coordinates: vec![[0.0; 2]; count],
    };
    for k in 0..2.min(count) {
        if values[k].is_nan() || values[k] <= NOTHING * total {
            break;
        }
        let root = values[k].sqrt();
        let column: Vec<f64> = (0..count).map(|t| vectors[t * count + k]).collect();
        // The sign of an eigenvector is arbitrary: it is chosen so that the snapshot farthest along the axis is on the
        // positive side.
        let farthest = column.iter().fold(0.0f64, |most, x| if x.abs() > most.abs() { *x } else { most });
        let sign = if farthest < 0.0 { -1.0 } else { 1.0 };
        plane.axes[k] = combined(n, column.iter().map(|a| sign * a / root), &offsets);
        plane.explained[k] = values[k] / total;
        for (point, a) in plane.coordinates.iter_mut().zip(&column) {
            point[k] = sign * root * a;
        }
    }
    Ok(plane)
}
