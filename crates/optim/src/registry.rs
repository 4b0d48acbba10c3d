//! The optimizers there are, by name.

use crate::rule::{Erased, Rule, Update};
use crate::rules;
use downhill_spec::{Choice, Legal, Parameter, Spec, SpecError};
use std::sync::Arc;

/// Whether weight decay acts on biases too; every rule with a `weight_decay` has it.
const DECAY_BIAS: Parameter =
    Parameter::new("decay_bias", "", 1.0, Legal::Flag, "whether weight decay acts on biases too");

/// A list of optimizers. Start from [`Registry::builtin`] and [`add`](Registry::add) your own.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Entry>,
}

/// One optimizer of a registry.
#[derive(Clone)]
pub struct Entry {
    /// The rule.
    pub rule: Arc<dyn Update>,
    /// The rule's hyperparameters and those that come with them.
    pub parameters: Vec<Parameter>,
}

/// An optimizer with a legal value for each of its hyperparameters.
#[derive(Clone)]
pub struct OptimizerSpec {
    /// The rule.
    pub rule: Arc<dyn Update>,
    /// The name and the values, in the order of [`Entry::parameters`].
    pub spec: Spec,
}

impl Registry {
    /// Every optimizer of this crate.
    pub fn builtin() -> Self {
        let mut registry = Self::default();
        registry.add(rules::Sgd);
        registry.add(rules::Momentum);
        registry.add(rules::Nesterov);
        registry.add(rules::RmsProp);
        registry.add(rules::AdaGrad);
        registry.add(rules::Adam);
        registry.add(rules::AmsGrad);
        registry.add(rules::AdamW);
        registry.add(rules::Lion);
        registry.add(rules::AdaDelta);
        registry.add(rules::AdaMax);
        registry.add(rules::NAdam);
        registry.add(rules::RAdam);
        registry.add(rules::Rprop);
        registry.add(rules::AdaBelief);
        registry.add(rules::Yogi);
        registry.add(rules::SignSgd);
        registry.add(rules::Adan);
        registry.add(rules::AdEmaMix);
        registry.add(rules::Adopt);
        registry
    }

    /// Adds a rule. One of the same name takes the older one's place.
    pub fn add<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>(&mut self, _rule: T) {
        let mut parameters = T::TABLE.to_vec();
        if parameters.iter().any(|p| p.name == "weight_decay") {
            parameters.push(DECAY_BIAS);
        }
        let entry = Entry { rule: Arc::new(Erased::<T, H, C, S>::new()), parameters };
        match self.entries.iter_mut().find(|e| e.rule.name() == T::NAME) {
            Some(older) => *older = entry,
            None => self.entries.push(entry),
        }
    }

    /// The optimizers in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads `name:key=value,key=value`.
    ///
    /// # Errors
    /// Unknown names and keys, and values outside their legal range.
    pub fn parse(&self, text: &str) -> Result<OptimizerSpec, SpecError> {
        let choices: Vec<Choice<'_>> =
            self.entries.iter().map(|e| Choice { name: e.rule.name(), parameters: &e.parameters }).collect();
        let spec = downhill_spec::parse("optimizer", text, &choices)?;
        Ok(OptimizerSpec { rule: self.entries[spec.index].rule.clone(), spec })
    }
}

impl OptimizerSpec {
    /// The text a user would type, with the learning rate in any case.
    pub fn brief(&self) -> String {
        self.spec.with("lr")
    }
}
