//! The optimizer under examination, and its relatives with other hyperparameters.

use crate::CheckError;
use crate::problems::Descent;
use downhill_optim::{OptimizerSpec, Registry};
use downhill_population::{Backend, Place, Precision};
use downhill_spec::{Legal, Parameter, Scale, Search, show_number};

/// The optimizer under examination.
pub(crate) struct Subject<'a> {
    pub registry: &'a Registry,
    /// As it was typed.
    pub typed: OptimizerSpec,
    pub place: Place,
}

/// A hyperparameter of an optimizer or of its base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Number of wrappers around its optimizer.
    pub depth: usize,
    pub parameter: Parameter,
}

impl Key {
    /// As it is typed: `base.` for each wrapper around.
    pub fn name(&self) -> String {
        format!("{}{}", "base.".repeat(self.depth), self.parameter.name)
    }

    /// Whether schedules act on it.
    pub fn is_rate(&self) -> bool {
        self.parameter.name == "lr" || self.parameter.name.ends_with("_lr")
    }

    pub fn get(&self, spec: &OptimizerSpec) -> f64 {
        let values = spec.chain()[self.depth].spec.get(self.parameter.name);
        values.unwrap_or(self.parameter.default)
    }

    /// Sets it if the value is legal.
    pub fn set(&self, spec: &mut OptimizerSpec, value: f64) {
        let mut at = spec;
        for _ in 0..self.depth {
            match &mut at.base {
                Some(base) => at = base,
                None => return,
            }
        }
        // An illegal value leaves the old one; only legal ones are tried.
        let _ = at.spec.set(self.parameter.name, value);
    }

    /// Legal values other than this one, the mildest changes first.
    pub fn others(&self, value: f64) -> Vec<f64> {
        let parameter = &self.parameter;
        let mut others = match parameter.legal {
            Legal::Flag => vec![1.0 - value],
            Legal::Decay => vec![0.5, 0.9, 0.99, 0.0],
            Legal::Fraction => vec![0.5, 0.1, 0.0, 1.0],
            Legal::Between(low, high) => vec![(value + low) / 2.0, (value + high) / 2.0, low, high],
            Legal::Seed => vec![value + 1.0, 0.0, 1.0],
            Legal::Count(least) | Legal::Within(least, _) | Legal::WithinOrAll(least, _) => {
                let least = least as f64;
                vec![value + 1.0, (value / 2.0).floor().max(least), least, 2.0 * value + 1.0, value + 10.0]
            }
            Legal::Finite | Legal::Positive | Legal::NonNegative if value == 0.0 => vec![0.1, 0.01, 1e-3, 1.0, 10.0],
            Legal::Finite | Legal::Positive | Legal::NonNegative => {
                vec![2.0 * value, value / 2.0, 10.0 * value, value / 10.0, 1e3 * value, value / 1e3, 1e6 * value]
            }
        };
        others.extend(parameter.search.iter().flat_map(|s| [s.low, s.high]));
        others.retain(|&v| v != value && parameter.legal.allows(v));
        others
    }

    /// A value that lies `t` of the way through the range of a search.
    fn within(&self, t: f64) -> f64 {
        let around = if self.parameter.default > 0.0 { self.parameter.default } else { 1e-2 };
        let range = Search { low: around / 100.0, high: around * 100.0, scale: Scale::Log };
        let Search { low, high, scale } = self.parameter.search.unwrap_or(range);
        let mix = |a: f64, b: f64| a + t * (b - a);
        let value = match scale {
            Scale::Linear => mix(low, high),
            Scale::Log => mix(low.ln(), high.ln()).exp(),
            Scale::LogOneMinus => 1.0 - mix((1.0 - low).ln(), (1.0 - high).ln()).exp(),
        };
        // Three digits are enough, and easy to type.
        format!("{value:.2e}").parse().unwrap_or(value)
    }
}

impl<'a> Subject<'a> {
    pub fn new(registry: &'a Registry, text: &str, precision: Precision) -> Result<Self, CheckError> {
        let place = Place::new(Backend::Flex, precision)?;
        Ok(Self { registry, typed: registry.parse(text)?, place })
    }

    /// The hyperparameters of the optimizer and of the optimizers under it.
    pub fn keys(&self) -> Vec<Key> {
        let of = |(depth, spec): (usize, &OptimizerSpec)| {
            let parameters = spec.about().parameters.clone();
            parameters.into_iter().map(move |parameter| Key { depth, parameter })
        };
        self.typed.chain().into_iter().enumerate().flat_map(of).collect()
    }

    pub fn rates(&self) -> Vec<Key> {
        self.keys().into_iter().filter(Key::is_rate).collect()
    }

    /// With every learning rate `t` of the way through its range.
    pub fn at_rate(&self, t: f64) -> OptimizerSpec {
        let mut spec = self.typed.clone();
        self.rates().iter().for_each(|key| key.set(&mut spec, key.within(t)));
        spec
    }

    /// With learning rates from the middle of their ranges where none were typed, or their defaults where those are
    /// larger: an optimizer that finds its own rate has 1.
    pub fn tame(&self) -> OptimizerSpec {
        let mut spec = self.typed.clone();
        for key in self.rates() {
            if !self.typed.chain()[key.depth].spec.given(key.parameter.name) {
                key.set(&mut spec, key.within(0.5).max(key.parameter.default));
            }
        }
        spec
    }

    /// The tame optimizer with other hyperparameters throughout, differently for each `variant`.
    pub fn variant(&self, variant: usize) -> OptimizerSpec {
        let mut spec = self.tame();
        for (i, key) in self.keys().iter().enumerate() {
            let value = key.get(&spec);
            if key.is_rate() {
                key.set(&mut spec, value * [1.0, 0.5, 2.0, 1.5, 0.75, 1.25, 0.9][variant % 7]);
            } else if variant > 0 && !(variant + i).is_multiple_of(3) {
                let others = key.others(value);
                if !others.is_empty() {
                    key.set(&mut spec, others[(variant / 2) % others.len().min(2)]);
                }
            }
        }
        spec
    }

    /// The learning rates as text.
    pub fn rates_of(&self, spec: &OptimizerSpec) -> String {
        let rates: Vec<String> =
            self.rates().iter().map(|key| format!("{}={}", key.name(), show_number(key.get(spec)))).collect();
        if rates.is_empty() { "its damping".into() } else { rates.join(", ") }
    }

    /// Whether it, or an optimizer under it, requires the gradient of a real function.
    pub fn is_exact(&self) -> bool {
        self.typed.chain().iter().any(|s| s.about().nature.exact_gradient)
    }

    /// Whether it needs the same problem at every step.
    pub fn needs_one_problem(&self) -> bool {
        self.typed.chain().iter().any(|s| s.about().nature.full_batch || s.about().nature.squares)
    }

    /// The most parameters it can take.
    pub fn most_parameters(&self) -> usize {
        self.typed.chain().iter().filter_map(|s| s.about().nature.parameters).min().unwrap_or(usize::MAX)
    }

    /// Whether it can be asked for this descent.
    pub fn takes(&self, descent: &Descent) -> bool {
        descent.parameters() <= self.most_parameters() && !(self.needs_one_problem() && descent.function.changes())
    }

    /// The descent on matrices, or a smaller one where that has too many parameters.
    pub fn largest_task(&self) -> Descent {
        let regression = Descent::regression();
        if self.takes(&regression) { regression } else { Descent::valley() }
    }
}
