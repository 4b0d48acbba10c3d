//! Gradient clipping, before the rule sees the gradient.

use burn::tensor::Tensor;
use downhill_population::{Place, host};

/// Limits on a member's gradient; `None` is no limit. By value comes first, then by norm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clip {
    /// Largest Euclidean norm of a member's whole gradient: scaled by `min(1, limit / (norm + 1e-6))`, the
    /// constant being PyTorch's.
    pub norm: Option<f64>,
    /// Largest absolute value of an element.
    pub value: Option<f64>,
}

/// PyTorch's guard against a zero norm in `clip_grad_norm_`.
const GUARD: f64 = 1e-6;

impl Clip {
    /// Clips every member's gradient. Without limits the tensors pass through untouched.
    pub fn apply(&self, place: &Place, gradients: Vec<Tensor<3>>) -> Vec<Tensor<3>> {
        let mut gradients = gradients;
        if let Some(limit) = self.value {
            gradients = gradients.into_iter().map(|g| g.clamp(-limit, limit)).collect();
        }
        if let Some(limit) = self.norm {
            let factors: Vec<f64> = host::norms(place, &gradients).iter().map(|norm| factor(limit, *norm)).collect();
            let factors = place.tensor(&factors, [factors.len(), 1, 1]);
            gradients = gradients.into_iter().map(|g| g * factors.clone()).collect();
        }
        gradients
    }
}

/// `min(1, limit / (norm + 1e-6))`; NaN stays NaN so that a broken gradient is seen.
fn factor(limit: f64, norm: f64) -> f64 {
    let ratio = limit / (norm + GUARD);
    if ratio > 1.0 { 1.0 } else { ratio }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downhill_population::{Backend, Precision};

    fn clipped(clip: Clip, rows: &[[f64; 2]]) -> Vec<f64> {
        let place = Place::new(Backend::Flex, Precision::F64).unwrap();
        let g = place.tensor(&rows.concat(), [rows.len(), 1, 2]);
        host::values(clip.apply(&place, vec![g]).remove(0))
    }

    #[test]
    fn the_norm_is_one_members_and_small_gradients_pass() {
        let out = clipped(Clip { norm: Some(1.0), value: None }, &[[3.0, 4.0], [0.3, 0.4]]);
        let shrunk = 1.0 / (5.0 + 1e-6);
        assert_eq!(out, [3.0 * shrunk, 4.0 * shrunk, 0.3, 0.4]);
    }

    #[test]
    fn values_are_clamped_and_nan_is_not_hidden() {
        let out = clipped(Clip { norm: None, value: Some(1.0) }, &[[3.0, -4.0], [0.5, f64::NAN]]);
        assert_eq!(out[..3], [1.0, -1.0, 0.5]);
        assert!(out[3].is_nan());
        assert!(clipped(Clip { norm: Some(1.0), value: None }, &[[f64::NAN, 1.0]]).iter().all(|x| x.is_nan()));
    }
}
