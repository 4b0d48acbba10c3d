//! The theoretical edge of stability of an optimizer on a quadratic: the largest stable learning rate for a curvature,
//! and the largest stable curvature for a learning rate.
//!
//! Each rule gives its own product of the two ([`crate::Rule::edge`]): gradient descent 2; heavy ball 2(1 + β)/(1 − τ)
//! (Polyak 1964); Nesterov's in PyTorch's form 2(1 + β)/(1 + 2β); Adam and its kin, with an average of gradients,
//! 2(1 + β₁)/(1 − β₁) (Cohen et al. 2022); RMSProp with momentum 2(1 + μ); Adagrad 2.

/// The edge of stability of an optimizer on a quadratic ([`crate::OptimizerSpec::edge`]).
///
/// A weight decay λ counts as if it acted on every parameter. In the gradient (L2) it adds to the curvature. Taken off the
/// parameters themselves (AdamW) it moves the edge to product × (1/η − λ/2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The learning rate times the curvature at the edge.
    pub product: f64,
    /// Whether the curvature is that of P^(−1/2) (H + λI) P^(−1/2), with the optimizer's own preconditioner P held
    /// still and λ the decay, instead of the Hessian H.
    pub preconditioned: bool,
    /// λ, a decay in the gradient.
    pub decay: f64,
    /// A decay that is taken off the parameters themselves.
    pub decoupled: f64,
}

impl Edge {
    /// The largest stable learning rate at a curvature; negative or infinite where there is no positive curvature, and so
    /// no edge.
    pub fn rate(&self, curvature: f64) -> f64 {
        1.0 / ((curvature + self.added()) / self.product + self.decoupled / 2.0)
    }

    /// The largest stable curvature at a learning rate.
    pub fn curvature(&self, rate: f64) -> f64 {
        self.product * (1.0 / rate - self.decoupled / 2.0) - self.added()
    }

    /// The decay's addition to a curvature that does not include it.
    fn added(&self) -> f64 {
        if self.preconditioned { 0.0 } else { self.decay }
    }
}

#[cfg(test)]
mod tests {
    use crate::{OptimizerSpec, Registry};

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
    fn rate_and_curvature_are_each_others_inverse() {
        for text in [
            "sgd",
            "sgd:weight_decay=0.3",
            "momentum:momentum=0.8,dampening=0.1",
            "nesterov:weight_decay=0.1",
            "adam:weight_decay=0.1",
            "adamw:weight_decay=0.1",
        ] {
            let edge = spec(text).edge().unwrap();
            assert!((edge.curvature(edge.rate(7.0)) - 7.0).abs() < 1e-12, "{text}: {edge:?}");
        }
        assert_eq!(spec("sgd:weight_decay=0.5").edge().unwrap().rate(1.5), 1.0);
        assert_eq!(spec("nesterov:momentum=0.5").edge().unwrap().rate(1.0), 1.5);
    }

    #[test]
    fn an_average_of_gradients_grows_just_beyond_the_edge() {
        for text in [
            "adam:beta1=0.9",
            "adamw:beta1=0.9,weight_decay=0.5",
            "adabelief:beta1=0.6,weight_decay=0.2",
            "adam:beta1=0",
        ] {
            let optimizer = spec(text);
            let edge = optimizer.edge().unwrap();
            assert!(edge.preconditioned && edge.decay == 0.0, "{text}: {edge:?}");
            let beta = optimizer.spec.get("beta1").unwrap();
            let at = edge.curvature(0.1);
            assert!(growth(beta, 0.1, edge.decoupled, at * 0.999) < 1.0, "{text}");
            assert!(growth(beta, 0.1, edge.decoupled, at * 1.001) > 1.0, "{text}");
        }
        assert!((spec("adam").edge().unwrap().curvature(1e-3) - 38e3).abs() < 1e-6);
        // Under a preconditioner a coupled decay is in the curvature already.
        let edge = spec("adam:weight_decay=0.25").edge().unwrap();
        assert_eq!((edge.decay, edge.curvature(1.0)), (0.25, edge.product));
        assert_eq!(spec("rmsprop").edge().unwrap().curvature(0.01), 200.0);
    }

    #[test]
    fn where_theory_is_silent_there_is_no_edge() {
        for text in ["lion", "adagrad:lr_decay=0.1", "lookahead:base=sgd", "muon"] {
            assert_eq!(spec(text).edge(), None, "{text}");
        }
    }
}
