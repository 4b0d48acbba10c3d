//! Short functions of two variables.

use crate::function::Plane;
use crate::number::Number;

/// (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²
#[derive(Debug)]
pub(crate) struct Beale;

const TARGETS: [f64; 3] = [1.5, 2.25, 2.625];

impl Beale {
    /// The terms tₖ = cₖ + x (yᵏ − 1) with (∂x, ∂y, ∂x∂y, ∂y∂y).
    fn terms(x: f64, y: f64) -> [[f64; 5]; 3] {
        std::array::from_fn(|i| {
            let k = (i + 1) as f64;
            let by_x = y.powf(k) - 1.0;
            let mixed = k * y.powf(k - 1.0);
            let twice = if i == 0 { 0.0 } else { k * (k - 1.0) * x * y.powf(k - 2.0) };
            [TARGETS[i] + x * by_x, by_x, x * mixed, mixed, twice]
        })
    }
}

impl Plane for Beale {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let [a, b, c] = parts(x, y);
        a.square() + b.square() + c.square()
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        Self::terms(x, y).iter().fold([0.0; 2], |g, [t, by_x, by_y, ..]| [g[0] + 2.0 * t * by_x, g[1] + 2.0 * t * by_y])
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        Self::terms(x, y).iter().fold([0.0; 3], |h, [t, by_x, by_y, mixed, twice]| {
            [h[0] + 2.0 * by_x * by_x, h[1] + 2.0 * (by_x * by_y + t * mixed), h[2] + 2.0 * (by_y * by_y + t * twice)]
        })
    }

    fn residuals<N: Number>(&self, x: N, y: N) -> Option<Vec<N>> {
        Some(parts(x, y).into())
    }
}

/// Beale's three terms.
fn parts<N: Number>(x: N, y: N) -> [N; 3] {
    let square = y.clone().square();
    let term = |power: N, c: f64| (x.clone() * power.plus(-1.0)).plus(c);
    [term(y.clone(), TARGETS[0]), term(square.clone(), TARGETS[1]), term(square * y, TARGETS[2])]
}

/// (x² + y − 11)² + (x + y² − 7)²
#[derive(Debug)]
pub(crate) struct Himmelblau;

impl Plane for Himmelblau {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let p = (x.clone().square() + y.clone()).plus(-11.0);
        let q = (x + y.square()).plus(-7.0);
        p.square() + q.square()
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let (p, q) = (x * x + y - 11.0, x + y * y - 7.0);
        [4.0 * x * p + 2.0 * q, 2.0 * p + 4.0 * y * q]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        [12.0 * x * x + 4.0 * y - 42.0, 4.0 * (x + y), 12.0 * y * y + 4.0 * x - 26.0]
    }

    fn residuals<N: Number>(&self, x: N, y: N) -> Option<Vec<N>> {
        Some(vec![(x.clone().square() + y.clone()).plus(-11.0), (x + y.square()).plus(-7.0)])
    }
}

/// (x + 2y − 7)² + (2x + y − 5)²
#[derive(Debug)]
pub(crate) struct Booth;

impl Plane for Booth {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let p = (x.clone() + y.clone().times(2.0)).plus(-7.0);
        let q = (x.times(2.0) + y).plus(-5.0);
        p.square() + q.square()
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let (p, q) = (x + 2.0 * y - 7.0, 2.0 * x + y - 5.0);
        [2.0 * p + 4.0 * q, 4.0 * p + 2.0 * q]
    }

    fn hessian(&self, _x: f64, _y: f64) -> [f64; 3] {
        [10.0, 8.0, 10.0]
    }

    fn residuals<N: Number>(&self, x: N, y: N) -> Option<Vec<N>> {
        Some(vec![(x.clone() + y.clone().times(2.0)).plus(-7.0), (x.times(2.0) + y).plus(-5.0)])
    }
}

/// sin(x + y) + (x − y)² − 1.5x + 2.5y + 1
#[derive(Debug)]
pub(crate) struct McCormick;

impl Plane for McCormick {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let wave = (x.clone() + y.clone()).sin();
        (wave + (x.clone() - y.clone()).square() - x.times(1.5) + y.times(2.5)).plus(1.0)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let (wave, slope) = ((x + y).cos(), 2.0 * (x - y));
        [wave + slope - 1.5, wave - slope + 2.5]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let wave = -(x + y).sin();
        [wave + 2.0, wave - 2.0, wave + 2.0]
    }
}

/// 2x² − 1.05x⁴ + x⁶/6 + xy + y²
#[derive(Debug)]
pub(crate) struct ThreeHumpCamel;

impl Plane for ThreeHumpCamel {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let s = x.clone().square();
        let humps = s.clone() * (s.clone() * s.times(1.0 / 6.0).plus(-1.05)).plus(2.0);
        humps + x * y.clone() + y.square()
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let s = x * x;
        [x * (4.0 + s * (-4.2 + s)) + y, x + 2.0 * y]
    }

    fn hessian(&self, x: f64, _y: f64) -> [f64; 3] {
        let s = x * x;
        [4.0 + s * (-12.6 + 5.0 * s), 1.0, 2.0]
    }
}

/// (4 − 2.1x² + x⁴/3) x² + xy + (4y² − 4) y²
#[derive(Debug)]
pub(crate) struct SixHumpCamel;

impl Plane for SixHumpCamel {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let (s, t) = (x.clone().square(), y.clone().square());
        let humps = s.clone() * (s.clone() * s.times(1.0 / 3.0).plus(-2.1)).plus(4.0);
        humps + x * y + t.clone() * t.times(4.0).plus(-4.0)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let s = x * x;
        [x * (8.0 + s * (-8.4 + 2.0 * s)) + y, x + y * (-8.0 + 16.0 * y * y)]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let s = x * x;
        [8.0 + s * (-25.2 + 10.0 * s), 1.0, -8.0 + 48.0 * y * y]
    }
}

/// 0.26 (x² + y²) − 0.48xy
#[derive(Debug)]
pub(crate) struct Matyas;

impl Plane for Matyas {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        (x.clone().square() + y.clone().square()).times(0.26) - (x * y).times(0.48)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        [0.52 * x - 0.48 * y, 0.52 * y - 0.48 * x]
    }

    fn hessian(&self, _x: f64, _y: f64) -> [f64; 3] {
        [0.52, -0.48, 0.52]
    }
}
