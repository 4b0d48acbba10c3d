//! The noise of one example's gradient: the scale of batch sizes beyond which larger batches gain little.

use crate::error::ProbeError;
use crate::point::Point;
use crate::vectors::{add, dot, moved};
use downhill_population::{Objective, Params, gradient};

/// Some examples, each as the data of one member of a population.
pub struct Examples<B> {
    /// The population's data, on the autodiff device of the surface's place.
    pub batch: B,
    /// Number of examples, and so of members.
    pub count: usize,
}

/// The gradient noise scale and its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// tr Σ, the summed variances of the elements of one example's gradient.
    pub variance: f64,
    /// An unbiased estimate of |G|², the squared norm of the gradient without noise. Chance may make it negative.
    pub square: f64,
    /// tr Σ/|G|², in examples; None where the estimate of |G|² is not positive: then the noise hides the gradient.
    pub scale: Option<f64>,
}

impl Noise {
    fn new(variance: f64, square: f64) -> Self {
        let scale = variance / square;
        Self { variance, square, scale: (square > 0.0 && scale.is_finite()).then_some(scale) }
    }
}

/// The simple noise scale B = tr Σ/|G|² (McCandlish et al. 2018, equation 2.9) from the gradients gᵢ of n single
/// examples, which stand for independent draws:
///
/// ```text
/// tr Σ = Σᵢ |gᵢ − ḡ|²/(n − 1)
/// |G|² = |ḡ|² − tr Σ/n
/// ```
///
/// Both are unbiased. Their ratio is not: it is too large by a share of up to 4B/n + 2(B/n)², more where only positive
/// estimates of |G|² count, so a scale that is not far below n is only known to be of the order of n.
///
/// # Errors
/// With fewer than two examples, or when an example's gradient is not finite.
pub fn noise<O>(
    point: &Point<'_, O>,
    examples: impl IntoIterator<Item = Examples<O::Batch>>,
) -> Result<Noise, ProbeError>
where
    O: Objective + Sync,
    O::Batch: Sync,
{
    let (surface, parameters) = (point.surface, point.values.len());
    // Deviations from the whole gradient, which is near the examples' mean, so that nothing cancels.
    let (mut count, mut squares, mut mean) = (0usize, 0.0, vec![0.0; parameters]);
    let here = surface.params(&point.values)?;
    for Examples { batch, count: members } in examples {
        let copies = Params { tensors: here.tensors.iter().map(|t| t.clone().repeat_dim(0, members)).collect() };
        let gradients = gradient(surface.objective(), &copies, &batch).gradients;
        for own in (Params { tensors: gradients }).to_members() {
            let off = moved(&own.concat(), -1.0, &point.gradient);
            squares += dot(&off, &off);
            add(&mut mean, 1.0, &off);
            count += 1;
        }
    }
    if count < 2 {
        return Err(ProbeError::value("the number of examples", count as f64, "at least 2"));
    }
    let n = count as f64;
    mean.iter_mut().for_each(|x| *x /= n);
    let variance = (squares - n * dot(&mean, &mean)) / (n - 1.0);
    if !variance.is_finite() {
        return Err(ProbeError::NotFinite { what: "gradient", place: "an example" });
    }
    let mean = moved(&point.gradient, 1.0, &mean);
    Ok(Noise::new(variance.max(0.0), dot(&mean, &mean) - variance / n))
}
