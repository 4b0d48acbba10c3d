//! A point of a loss's surface: loss, gradient, and second derivatives as differences of gradients.

use crate::error::ProbeError;
use crate::matrix::Symmetric;
use crate::surface::{Smoothness, Surface};
use crate::vectors::{moved, norm};
use downhill_population::Objective;

/// The distance of a difference's two points on either side, for smooth gradients, in units of the parameters' size:
/// the cube root of the precision of `f64`, which balances the error of rounding against that of the third derivative.
const STEP: f64 = 6.1e-6;

/// The first distance where gradients may jump: so near that few kinks lie between, while rounding still leaves seven
/// digits.
const KINKED_STEP: f64 = 1e-7;

/// If the two halves of a difference differ by more than this share of it, there is a kink between them.
const HALVES: f64 = 1e-5;

/// How often a difference with a kink is taken again, each time over an eighth of the distance.
const ROUNDS: i32 = 4;

/// A point with loss and gradient.
pub struct Point<'s, O: Objective> {
    /// Its surface.
    pub surface: &'s Surface<'s, O>,
    /// The parameters, flat.
    pub values: Vec<f64>,
    /// The loss.
    pub loss: f64,
    /// The gradient, flat.
    pub gradient: Vec<f64>,
}

impl<'s, O> Point<'s, O>
where
    O: Objective + Sync,
    O::Batch: Sync,
{
    pub(crate) fn new(surface: &'s Surface<'s, O>, values: Vec<f64>) -> Result<Self, ProbeError> {
        let not_finite = |what| ProbeError::NotFinite { what, place: "this point" };
        let (loss, gradient) = surface.losses_and_gradients(1, |_| values.clone())?.remove(0);
        if !loss.is_finite() {
            return Err(not_finite("loss"));
        }
        if !gradient.iter().all(|g| g.is_finite()) {
            return Err(not_finite("gradient"));
        }
        Ok(Self { surface, values, loss, gradient })
    }

    /// The Hessian times each of some directions, all side by side.
    ///
    /// ```text
    /// H v ≈ (g(θ + h v) − g(θ − h v))/(2h)         h = r max(1, rms θ)/‖v‖
    /// ```
    ///
    /// r is the cube root of the precision, 6e-6: the relative error is then about r² of the loss's third and fourth
    /// derivatives, and 1e-16/r of the gradient's terms: some 1e-10 together for networks of ordinary size.
    ///
    /// Where gradients may jump ([`Smoothness::Kinked`]), a kink between the two points would enter divided by h. So h
    /// begins at r = 1e-7, and a difference whose two halves, (g(θ + hv) − g(θ))/h and (g(θ) − g(θ − hv))/h, disagree
    /// by more than 1e-5 of it is taken again over an eighth of the distance, up to four times; the difference whose
    /// halves agree best counts. The result is the second derivative of the piece that the point is on, as in automatic
    /// differentiation; at a kink itself it is the mean of both sides.
    ///
    /// # Errors
    /// When a direction has another size, or a gradient next to the point is not finite.
    pub fn products(&self, directions: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, ProbeError> {
        let kinked = self.surface.smoothness() == Smoothness::Kinked;
        for direction in directions {
            ProbeError::check_size("a direction", direction.len(), self.values.len())?;
        }
        let scale = (norm(&self.values) / (self.values.len() as f64).sqrt()).max(1.0);
        let reach = scale * if kinked { KINKED_STEP } else { STEP };
        let mut products: Vec<Vec<f64>> = vec![vec![0.0; self.values.len()]; directions.len()];
        let mut gaps = vec![f64::INFINITY; directions.len()];
        let mut open: Vec<usize> = (0..directions.len()).filter(|&i| norm(&directions[i]) > 0.0).collect();
        for round in 0..if kinked { ROUNDS + 1 } else { 1 } {
            let h = |i: usize| reach * 0.125f64.powi(round) / norm(&directions[i]);
            let there = |k: usize| {
                let i = open[k / 2];
                moved(&self.values, if k.is_multiple_of(2) { h(i) } else { -h(i) }, &directions[i])
            };
            let gradients = self.surface.gradients(2 * open.len(), there)?;
            if !gradients.iter().flatten().all(|g| g.is_finite()) {
                return Err(ProbeError::NotFinite { what: "gradient", place: "a point next to this one" });
            }
            for (&i, pair) in open.iter().zip(gradients.chunks_exact(2)) {
                let product: Vec<f64> =
                    pair[0].iter().zip(&pair[1]).map(|(up, down)| (up - down) / (2.0 * h(i))).collect();
                let gap = if kinked { self.gap(&pair[0], &pair[1]) } else { 0.0 };
                if gap < gaps[i] {
                    (gaps[i], products[i]) = (gap, product);
                }
            }
            open.retain(|&i| gaps[i] > HALVES);
            if open.is_empty() {
                break;
            }
        }
        Ok(products)
    }

    /// By how much the two halves of a difference of gradients differ, as a share of the whole.
    fn gap(&self, up: &[f64], down: &[f64]) -> f64 {
        let whole = norm(&moved(up, -1.0, down));
        let bend: Vec<f64> =
            up.iter().zip(down).zip(&self.gradient).map(|((up, down), here)| up + down - 2.0 * here).collect();
        if whole > 0.0 { 2.0 * norm(&bend) / whole } else { 0.0 }
    }

    /// The whole Hessian, symmetrised: 2n gradients and n² numbers for n parameters.
    ///
    /// # Errors
    /// When a gradient next to the point is not finite.
    pub fn hessian(&self) -> Result<Symmetric, ProbeError> {
        let n = self.values.len();
        let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect();
        let axes: Vec<Vec<f64>> = (0..n).map(unit).collect();
        let rows = self.products(&axes)?;
        let elements = (0..n * n).map(|at| 0.5 * (rows[at / n][at % n] + rows[at % n][at / n])).collect();
        Symmetric::new(n, elements)
    }
}
