//! A kind of optimizer, as a registry holds it, and an optimizer of that kind with its hyperparameters. Both are here
//! because each is defined by the other.

use crate::about::About;
use crate::parameters::COUPLED_DECAY;
use crate::running::Running;
use crate::stability::Edge;
use downhill_population::{Params, Place, Role, Shape};
use downhill_spec::{Spec, SpecError};
use std::fmt;
use std::sync::Arc;

/// A kind of optimizer.
pub trait Family: Send + Sync {
    /// The facts about it.
    fn about(&self) -> &About;

    /// A population's optimizer before its first step; member *i* has the hyperparameters of `specs[i]`, all of this
    /// family.
    fn start(&self, place: &Place, shapes: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running>;

    /// Whether it divides gradients by a preconditioner that it can show ([`Running::preconditioners`]).
    fn preconditioned(&self) -> bool {
        false
    }

    /// The learning rate times the curvature above which the optimizer is unstable in theory; None where theory gives
    /// no limit.
    fn edge(&self, _spec: &OptimizerSpec) -> Option<f64> {
        None
    }

    /// Numbers of state of a member, for a memory estimate before anything is allocated.
    fn state_elements(&self, shapes: &[Shape]) -> usize;
}

/// An optimizer with a legal value for each of its hyperparameters, and for a wrapper the optimizer under it.
#[derive(Clone)]
pub struct OptimizerSpec {
    /// The kind.
    pub family: Arc<dyn Family>,
    /// The name and the values, in the order of [`About::parameters`].
    pub spec: Spec,
    /// The optimizer under a wrapper.
    pub base: Option<Box<OptimizerSpec>>,
}

impl OptimizerSpec {
    /// The facts about its kind.
    pub fn about(&self) -> &About {
        self.family.about()
    }

    /// Whether it divides gradients by a preconditioner that it can show.
    pub fn is_preconditioned(&self) -> bool {
        self.family.preconditioned()
    }

    /// The theoretical edge of stability on a quadratic; None for wrappers, and where theory gives none.
    pub fn edge(&self) -> Option<Edge> {
        let product = self.family.edge(self)?;
        let decay = self.spec.get("weight_decay").unwrap_or(0.0);
        let coupled = self.about().parameters.contains(&COUPLED_DECAY);
        let (decay, decoupled) = if coupled { (decay, 0.0) } else { (0.0, decay) };
        Some(Edge { product, preconditioned: self.is_preconditioned(), decay, decoupled })
    }

    /// The L2 decay in each parameter's gradient, flat, in the order of the shapes: 0 for biases where `decay_bias` is
    /// false, and for an optimizer whose decay is decoupled or that has none.
    pub fn coupled_decays(&self, shapes: &[Shape]) -> Vec<f64> {
        let coupled = self.about().parameters.contains(&COUPLED_DECAY);
        let decay = self.spec.get("weight_decay").filter(|_| coupled).unwrap_or(0.0);
        let biases = if self.spec.get("decay_bias") == Some(0.0) { 0.0 } else { decay };
        let of = |shape: &Shape| {
            let own = if shape.role == Role::Bias { biases } else { decay };
            std::iter::repeat_n(own, shape.elements())
        };
        shapes.iter().flat_map(of).collect()
    }

    /// This optimizer and, for wrappers, the optimizers under it, from the outside in.
    pub fn chain(&self) -> Vec<&OptimizerSpec> {
        let mut chain = vec![self];
        chain.extend(self.base.iter().flat_map(|base| base.chain()));
        chain
    }

    /// Whether both have the same kind, bases included: then they may share a population.
    pub fn is_kin(&self, other: &Self) -> bool {
        let names = |spec: &Self| spec.chain().iter().map(|s| s.about().name).collect::<Vec<_>>();
        names(self) == names(other)
    }

    /// Whether the user wrote this hyperparameter down, here or in a base.
    pub fn given(&self, key: &str) -> bool {
        self.chain().iter().any(|s| s.spec.given(key))
    }

    /// Sets a hyperparameter, here or in the first base that has it.
    ///
    /// # Errors
    /// When no optimizer of the chain has it, or the value is outside its legal range.
    pub fn set(&mut self, key: &str, value: f64) -> Result<(), SpecError> {
        match &mut self.base {
            Some(base) if self.spec.get(key).is_none() => base.set(key, value),
            _ => self.spec.set(key, value),
        }
    }

    /// The value of a hyperparameter, here or in the first base that has it.
    pub fn get(&self, key: &str) -> Option<f64> {
        self.spec.get(key).or_else(|| self.base.as_ref()?.get(key))
    }

    /// Numbers of state of a member, about, with all bases.
    pub fn state_elements(&self, shapes: &[Shape]) -> usize {
        self.chain().iter().map(|s| s.family.state_elements(shapes)).sum()
    }

    /// Whether schedules act on it or on a base.
    pub fn is_scheduled(&self) -> bool {
        self.chain().iter().any(|s| s.about().scheduled)
    }

    /// The text with every hyperparameter written out, defaults included.
    pub fn full(&self) -> String {
        self.text(&Spec::full)
    }

    /// The text a user would type, with the learning rate in any case.
    pub fn brief(&self) -> String {
        self.text(&|spec| spec.with("lr"))
    }

    fn text(&self, of: &dyn Fn(&Spec) -> String) -> String {
        let own = of(&self.spec);
        let Some(base) = &self.base else { return own };
        let base = base.text(of);
        let (name, rest) = base.split_once(':').unwrap_or((&base, ""));
        let keys = rest.split(',').filter(|part| !part.is_empty()).map(|part| format!("base.{part}"));
        let parts: Vec<String> = std::iter::once(format!("base={name}")).chain(keys).collect();
        let separator = if own.contains(':') { ',' } else { ':' };
        format!("{own}{separator}{}", parts.join(","))
    }
}

impl fmt::Display for OptimizerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&Spec::to_string))
    }
}

#[cfg(test)]
mod tests {
    use crate::{OptimizerSpec, Registry};
    use downhill_population::{Role, Shape};

    fn spec(text: &str) -> OptimizerSpec {
        Registry::builtin().parse(text).unwrap()
    }

    #[test]
    fn only_what_decays_in_the_gradient_has_a_coupled_decay() {
        let shape = |name: &str, role, cols| Shape { name: name.into(), rows: 1, cols, role };
        let shapes = [shape("layers.0.weight", Role::Weight, 2), shape("layers.0.bias", Role::Bias, 1)];
        assert_eq!(spec("adam:weight_decay=0.1").coupled_decays(&shapes), [0.1; 3]);
        assert_eq!(spec("adam:weight_decay=0.1,decay_bias=false").coupled_decays(&shapes), [0.1, 0.1, 0.0]);
        assert_eq!(spec("adamw:weight_decay=0.1").coupled_decays(&shapes), [0.0; 3]);
        assert_eq!(spec("lion").coupled_decays(&shapes), [0.0; 3]);
    }
}
