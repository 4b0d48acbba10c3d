//! Where theory says that an optimizer becomes unstable on a quadratic: the largest stable learning rate for a curvature, and
//! the largest stable curvature for a learning rate.

use crate::registry::OptimizerSpec;

/// What a [`Threshold`] is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steepness {
    /// The largest eigenvalue of the Hessian H.
    Sharpness,
    /// The largest eigenvalue of P^(−1/2) (H + λI) P^(−1/2), P the optimizer's diagonal and λ its decay.
    Preconditioned,
}

/// The steepness beyond which an optimizer is unstable on a quadratic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Which steepness.
    pub of: Steepness,
    /// Its largest stable value.
    pub at: f64,
    /// λ, an L2 weight decay that is added to H before preconditioning; 0 for [`Steepness::Sharpness`], where `at` already
    /// has it taken off.
    pub decay: f64,
}

/// 1/η times the steepness of the edge: gradient descent and its kin have 2, momentum moves it.
///
/// - Gradient descent: 2.
/// - Heavy ball with momentum β and dampening τ: 2(1 + β)/(1 − τ) (Polyak 1964).
/// - Nesterov's in PyTorch's form: 2(1 + β)/(1 + 2β).
/// - Adam and its kin, with its average of gradients: 2(1 + β₁)/(1 − β₁) (Cohen et al. 2022).
/// - RMSProp with momentum μ: 2(1 + μ); Adagrad: 2.
///
/// It is where an eigenvalue of the linear recurrence passes −1, for the adaptive ones with their diagonal held fast.
fn edge(optimizer: &OptimizerSpec) -> Option<(Steepness, f64)> {
    use Steepness::{Preconditioned, Sharpness};
    let get = |key: &str| optimizer.spec.get(key).unwrap_or(0.0);
    let (beta, beta1) = (get("momentum"), get("beta1"));
    Some(match optimizer.about().name {
        "sgd" => (Sharpness, 2.0),
        "momentum" => (Sharpness, 2.0 * (1.0 + beta) / (1.0 - get("dampening"))),
        "nesterov" => (Sharpness, 2.0 * (1.0 + beta) / (1.0 + 2.0 * beta)),
        "adam" | "adamw" | "amsgrad" | "adabelief" | "yogi" => (Preconditioned, 2.0 * (1.0 + beta1) / (1.0 - beta1)),
        "rmsprop" => (Preconditioned, 2.0 * (1.0 + beta)),
        "adagrad" if get("lr_decay") == 0.0 => (Preconditioned, 2.0),
        _ => return None,
    })
}

/// The largest stable rate on curvature L in theory, with L + λ for L under a weight decay λ of the L2 kind; none where the
/// curvature alone does not decide.
pub fn largest_rate(optimizer: &OptimizerSpec, curvature: f64) -> Option<f64> {
    match edge(optimizer)? {
        (Steepness::Sharpness, edge) => Some(edge / (curvature + optimizer.spec.get("weight_decay").unwrap_or(0.0))),
        (Steepness::Preconditioned, _) => None,
    }
}

/// The largest stable steepness at a learning rate η; none where theory has none.
///
/// A decay λ counts as if it acted on every parameter. In the gradient (L2) it adds to the steepness. Taken off the
/// parameters themselves (adamw, adabelief) it moves the edge to (1 + β₁)/(1 − β₁) (2/η − λ).
pub fn threshold(optimizer: &OptimizerSpec, rate: f64) -> Option<Threshold> {
    let (of, edge) = edge(optimizer)?;
    let decay = optimizer.spec.get("weight_decay").unwrap_or(0.0);
    let (at, decay) = match (of, optimizer.about().name) {
        (_, "adamw" | "adabelief") => (edge * (1.0 / rate - decay / 2.0), 0.0),
        (Steepness::Sharpness, _) => (edge / rate - decay, 0.0),
        (Steepness::Preconditioned, _) => (edge / rate, decay),
    };
    (rate > 0.0).then_some(Threshold { of, at, decay })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    fn spec(text: &str) -> OptimizerSpec {
        Registry::builtin().parse(text).unwrap()
    }

    /// The largest size of an eigenvalue of the recurrence of an average of gradients on curvature `a` (with P = I):
    /// m ← β m + (1 − β)(a + l2) w, w ← (1 − ηλ) w − η m.
    fn growth(beta: f64, rate: f64, decoupled: f64, a: f64) -> f64 {
        let keep = 1.0 - rate * decoupled;
        let (trace, determinant) = (keep - rate * (1.0 - beta) * a + beta, beta * keep);
        let root = trace * trace / 4.0 - determinant;
        if root < 0.0 { determinant.sqrt() } else { trace.abs() / 2.0 + root.sqrt() }
    }

    #[test]
    fn rate_and_steepness_are_each_others_inverse() {
        for text in ["sgd", "sgd:weight_decay=0.3", "momentum:momentum=0.8,dampening=0.1", "nesterov:weight_decay=0.1"]
        {
            let optimizer = spec(text);
            let rate = largest_rate(&optimizer, 7.0).unwrap();
            let threshold = threshold(&optimizer, rate).unwrap();
            assert_eq!(threshold.of, Steepness::Sharpness);
            assert!((threshold.at - 7.0).abs() < 1e-12, "{text}: {threshold:?}");
        }
    }

    #[test]
    fn an_average_of_gradients_grows_just_beyond_the_threshold() {
        for text in [
            "adam:beta1=0.9",
            "adamw:beta1=0.9,weight_decay=0.5",
            "adabelief:beta1=0.6,weight_decay=0.2",
            "adam:beta1=0",
        ] {
            let optimizer = spec(text);
            let edge = threshold(&optimizer, 0.1).unwrap();
            assert_eq!((edge.of, edge.decay), (Steepness::Preconditioned, 0.0));
            let (beta, decay) = (optimizer.spec.get("beta1").unwrap(), optimizer.spec.get("weight_decay").unwrap());
            assert!(growth(beta, 0.1, decay, edge.at * 0.999) < 1.0, "{text}");
            assert!(growth(beta, 0.1, decay, edge.at * 1.001) > 1.0, "{text}");
        }
        assert!((threshold(&spec("adam"), 1e-3).unwrap().at - 38e3).abs() < 1e-6);
        assert_eq!(threshold(&spec("adam:weight_decay=0.25"), 1.0).unwrap().decay, 0.25);
        assert_eq!(threshold(&spec("rmsprop"), 0.01).unwrap().at, 200.0);
    }

    #[test]
    fn where_theory_is_silent_there_is_no_threshold() {
        for text in ["lion", "adagrad:lr_decay=0.1", "lookahead:base=sgd", "muon"] {
            assert_eq!((threshold(&spec(text), 0.1), largest_rate(&spec(text), 1.0)), (None, None), "{text}");
        }
        assert_eq!(largest_rate(&spec("adam"), 1.0), None);
        assert_eq!(threshold(&spec("sgd"), 0.0), None);
    }
}
