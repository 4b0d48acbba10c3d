//! Burn's optimizers with a name and a table.

use crate::from_burn::{Card, FromBurn};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::{MomentumConfig, MomentumState};
use burn::optim::{Adam, AdamConfig, AdamState, AdaptiveMomentumState, Sgd, SgdConfig, SgdState};
use downhill_optim::parameters::{COUPLED_DECAY, beta1, beta2, epsilon, learning_rate};
use downhill_spec::{Legal, Parameter};

/// `burn-adam`: Burn's Adam with Burn's defaults (ε = 1e-5). β₁, β₂, ε and the decay are rounded to f32 by Burn.
pub fn burn_adam() -> FromBurn<Adam> {
    const TABLE: &[Parameter] = &[
        learning_rate(1e-3),
        beta1(0.9),
        beta2(0.999, "decay of the average of squared gradients"),
        epsilon(1e-5),
        COUPLED_DECAY,
    ];
    let card = Card { name: "burn-adam", summary: "Burn's own Adam", table: TABLE, states: 2 };
    let make = |get: &dyn Fn(&str) -> f64| {
        AdamConfig::new()
            .with_beta_1(get("beta1") as f32)
            .with_beta_2(get("beta2") as f32)
            .with_epsilon(get("eps") as f32)
            .with_weight_decay(decay(get("weight_decay")))
            .build()
    };
    FromBurn::new(card, make).rebuilt_by(|state| {
        Some(AdamState::new(AdaptiveMomentumState::new(
            state.scalar("momentum.time")?,
            state.tensor("momentum.moment_1")?,
            state.tensor("momentum.moment_2")?,
        )))
    })
}

/// `burn-sgd`: Burn's SGD, with momentum if that is not 0. The momentum and the decay are rounded to f32 by Burn.
///
/// Burn's dampening is 0.1 where nothing else is said; here it acts, as there, on a momentum only.
pub fn burn_sgd() -> FromBurn<Sgd> {
    const TABLE: &[Parameter] = &[
        learning_rate(1e-3),
        Parameter::new("momentum", "μ", 0.0, Legal::Decay, "share of the velocity that is kept"),
        Parameter::new("dampening", "τ", 0.1, Legal::Fraction, "share of the gradient that the velocity leaves out"),
        Parameter::new("nesterov", "", 0.0, Legal::Flag, "whether to look ahead along the velocity"),
        COUPLED_DECAY,
    ];
    let card = Card { name: "burn-sgd", summary: "Burn's own SGD", table: TABLE, states: 1 };
    let make = |get: &dyn Fn(&str) -> f64| {
        // A momentum of 0 leaves the gradient as it is, and every member has a velocity.
        let momentum = MomentumConfig::new()
            .with_momentum(get("momentum"))
            .with_dampening(if get("momentum") == 0.0 { 0.0 } else { get("dampening") })
            .with_nesterov(get("nesterov") != 0.0);
        SgdConfig::new().with_momentum(Some(momentum)).with_weight_decay(decay(get("weight_decay"))).build()
    };
    FromBurn::new(card, make)
        .rebuilt_by(|state| Some(SgdState::new(Some(MomentumState::new(state.tensor("momentum.velocity")?)))))
}

fn decay(penalty: f64) -> Option<WeightDecayConfig> {
    (penalty != 0.0).then(|| WeightDecayConfig::new(penalty as f32))
}
