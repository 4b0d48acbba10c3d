//! The optimizers, by name.

use crate::about::About;
use crate::doors::matrix_rule::MatrixFamily;
use crate::doors::method::MethodFamily;
use crate::doors::rule_driver::RuleFamily;
use crate::doors::{MatrixRule, Method, Rule};
use crate::family::{Family, OptimizerSpec};
use crate::{matrix_rules, methods, rules};
use downhill_spec::{Choice, SpecError};
use std::sync::Arc;

/// A list of optimizers. Start from [`Registry::builtin`] and add your own.
#[derive(Clone, Default)]
pub struct Registry {
    families: Vec<Arc<dyn Family>>,
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
        registry.add_matrix_rule(matrix_rules::Lars);
        registry.add_matrix_rule(matrix_rules::Lamb);
        registry.add_matrix_rule(matrix_rules::AdaFactor);
        registry.add_matrix_rule(matrix_rules::Muon);
        registry.add_matrix_rule(matrix_rules::Shampoo);
        registry.add_matrix_rule(matrix_rules::Soap);
        registry.add_method(methods::Sam);
        registry.add_method(methods::Lookahead);
        registry.add_method(methods::Ema);
        registry.add_method(methods::Swa);
        registry.add_method(methods::ScheduleFreeSgd);
        registry.add_method(methods::ScheduleFreeAdamW);
        registry.add_method(methods::Prodigy);
        registry.add_method(methods::Lbfgs);
        registry.add_method(methods::Newton);
        registry.add_method(methods::LevenbergMarquardt);
        registry
    }

    /// Adds a rule. Here and in the functions below, a new optimizer replaces one of the same name.
    pub fn add<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>(&mut self, _rule: T) {
        self.put(Arc::new(RuleFamily::new::<T, H, C, S>()));
    }

    /// Adds a matrix rule.
    pub fn add_matrix_rule<T: MatrixRule>(&mut self, _rule: T) {
        self.put(Arc::new(MatrixFamily::<T>::new()));
    }

    /// Adds a method.
    pub fn add_method<T: Method>(&mut self, _method: T) {
        self.put(Arc::new(MethodFamily::<T>::new()));
    }

    /// Adds any kind of optimizer.
    pub fn put(&mut self, family: Arc<dyn Family>) {
        match self.families.iter_mut().find(|f| f.about().name == family.about().name) {
            Some(older) => *older = family,
            None => self.families.push(family),
        }
    }

    /// The optimizers in the order in which they were added.
    pub fn entries(&self) -> impl Iterator<Item = &About> {
        self.families.iter().map(|f| f.about())
    }

    /// Reads `name:key=value,key=value`.
    ///
    /// For a wrapper `base=NAME` names the optimizer under it (`sgd` if nothing does) and `base.key=value` sets its
    /// hyperparameters; a key that the wrapper does not have goes to the base too. Bases may be wrappers themselves.
    ///
    /// # Errors
    /// Unknown names and keys, and values outside their legal range.
    pub fn parse(&self, text: &str) -> Result<OptimizerSpec, SpecError> {
        let choices: Vec<Choice<'_>> =
            self.families.iter().map(|f| Choice { name: f.about().name, parameters: &f.about().parameters }).collect();
        let name = text.split(':').next().unwrap_or_default().trim();
        let wrapper = self.families.iter().find(|f| f.about().name == name && f.about().nature.wraps);
        let Some(wrapper) = wrapper else {
            let spec = downhill_spec::parse("optimizer", text, &choices)?;
            return Ok(OptimizerSpec { family: self.families[spec.index].clone(), spec, base: None });
        };
        let parts = Parts::of(text, &|key| wrapper.about().parameters.iter().any(|p| p.name == key))?;
        let spec = downhill_spec::parse("optimizer", &parts.own, &choices)?;
        let base = self.parse(&parts.base).map_err(|error| match error {
            SpecError::UnknownKey { choice, key, hint, known } => {
                let own: Vec<&str> = wrapper.about().parameters.iter().map(|p| p.name).collect();
                let known = format!("{}: base, {}; its base `{choice}`: {known}", wrapper.about().name, own.join(", "));
                SpecError::UnknownKey { choice: wrapper.about().name.into(), key, hint, known }
            }
            other => other,
        })?;
        let spec = OptimizerSpec { family: wrapper.clone(), spec, base: Some(Box::new(base)) };
        check_nesting(&spec)?;
        Ok(spec)
    }
}

/// The text of a wrapper and that of its base.
struct Parts {
    own: String,
    base: String,
}

impl Parts {
    fn of(text: &str, owns: &dyn Fn(&str) -> bool) -> Result<Self, SpecError> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let malformed = |text: &str, expected: &str| SpecError::Malformed {
            choice: name.trim().into(),
            text: text.trim().into(),
            expected: expected.into(),
        };
        let (mut own, mut base, mut base_name) = (Vec::new(), Vec::new(), None);
        for part in rest.split(',').filter(|part| !part.trim().is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| malformed(part, "expected key=value"))?;
            let (key, value) = (key.trim(), value.trim());
            if key == "base" {
                if value.is_empty() || value.contains(':') {
                    let expected = "expected the name of an optimizer; its hyperparameters are base.KEY=VALUE";
                    return Err(malformed(part, expected));
                }
                if base_name.replace(value).is_some() {
                    return Err(SpecError::Twice { choice: name.trim().into(), key: "base".into() });
                }
                continue;
            }
            match key.strip_prefix("base.") {
                Some("") => return Err(malformed(part, "expected base.KEY=VALUE")),
                Some(of_base) => base.push(format!("{of_base}={value}")),
                None if owns(key) => own.push(part.to_string()),
                None => base.push(part.to_string()),
            }
        }
        let base_name = base_name.unwrap_or("sgd");
        Ok(Self { own: format!("{name}:{}", own.join(",")), base: format!("{base_name}:{}", base.join(",")) })
    }
}

/// Refuses a base whose requirements its wrapper breaks.
fn check_nesting(spec: &OptimizerSpec) -> Result<(), SpecError> {
    let nature = spec.about().nature;
    for base in spec.base.iter().flat_map(|base| base.chain()) {
        let (name, inner) = (&base.spec.name, base.about().nature);
        let expected = if nature.bends_gradient && inner.exact_gradient {
            format!("expected a base that is content with any gradient; {name} needs the problem's own")
        } else if nature.moves_parameters && inner.keeps_position {
            format!("expected a base that may be moved; {name} remembers where it is")
        } else {
            continue;
        };
        let text = format!("base={name}");
        return Err(SpecError::Malformed { choice: spec.spec.name.clone(), text, expected });
    }
    Ok(())
}
