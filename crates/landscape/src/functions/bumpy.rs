//! Bumpy: a wide bowl with shallow traps.

use crate::function::Plane;
use crate::number::Number;
use std::f64::consts::PI;

/// (x² + y²)/20 + 1 − cos x cos y
#[derive(Debug)]
pub(crate) struct Bumpy;

impl Plane for Bumpy {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let bowl = (x.clone().square() + y.clone().square()).times(0.05);
        bowl.plus(1.0) - x.cos() * y.cos()
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        [0.1 * x + x.sin() * y.cos(), 0.1 * y + x.cos() * y.sin()]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let diagonal = 0.1 + x.cos() * y.cos();
        [diagonal, -x.sin() * y.sin(), diagonal]
    }
}

/// Every minimum, the origin first: near (kπ, lπ) with k + l even and small enough, found by Newton's method to the
/// last bit.
pub(crate) fn minima() -> Vec<[f64; 2]> {
    let mut found = vec![[0.0; 2]];
    let reach = -2i32..=2;
    for (k, l) in reach.clone().flat_map(|k| reach.clone().map(move |l| (k, l))) {
        if (k, l) != (0, 0) && (k + l) % 2 == 0 {
            let mut at = [f64::from(k) * 0.9 * PI, f64::from(l) * 0.9 * PI];
            for _ in 0..20 {
                let ([gx, gy], [xx, xy, yy]) = (Bumpy.gradient(at[0], at[1]), Bumpy.hessian(at[0], at[1]));
                let determinant = xx * yy - xy * xy;
                at[0] -= (yy * gx - xy * gy) / determinant;
                at[1] -= (xx * gy - xy * gx) / determinant;
            }
            let [xx, xy, yy] = Bumpy.hessian(at[0], at[1]);
            let near = (at[0] - f64::from(k) * PI).abs() < 1.5 && (at[1] - f64::from(l) * PI).abs() < 1.5;
            if near && xx > 0.0 && xx * yy > xy * xy {
                found.push(at);
            }
        }
    }
    found
}
