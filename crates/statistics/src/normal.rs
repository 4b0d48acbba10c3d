//! The standard normal distribution. `statrs` has it too, but its error function is good to ten digits only.

use statrs::distribution::ContinuousCDF;

/// The chance of a value at or below `z`.
pub(crate) fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The chance of a value above `z`.
pub(crate) fn sf(z: f64) -> f64 {
    cdf(-z)
}

/// The number with the chance `p`, in (0, 1), at or below it: `statrs`'s, and one step of Newton's method.
pub(crate) fn quantile(p: f64) -> f64 {
    let rough = statrs::distribution::Normal::standard().inverse_cdf(p);
    let density = libm::exp(-rough * rough / 2.0) / std::f64::consts::TAU.sqrt();
    let step = (cdf(rough) - p) / density;
    if step.is_finite() { rough - step } else { rough }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_and_quantiles_are_those_of_scipy() {
        // scipy.stats.norm.cdf and ppf
        for (z, p) in [
            (-8.0, 6.220960574271786e-16),
            (-2.5, 0.006209665325776132),
            (0.0, 0.5),
            (0.3, 0.6179114221889526),
            (1.959963984540054, 0.975),
        ] {
            assert!((cdf(z) / p - 1.0).abs() < 1e-13, "{z}");
            assert!((quantile(p) - z).abs() < 1e-13 * (1.0 + z.abs()), "{p}: {} {z}", quantile(p));
            assert_eq!(sf(-z), cdf(z));
        }
    }
}
