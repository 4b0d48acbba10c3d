//! The parameters of one generated data set, all legal.

use downhill_spec::Spec;

/// The parameters that were given for one data set, over its table.
pub(crate) struct Parameters {
    pub dataset: &'static str,
    pub spec: Spec,
}

impl Parameters {
    /// A number.
    pub fn real(&self, name: &str) -> f64 {
        self.spec.get(name).expect("a generator asks for parameters of its own table")
    }

    /// An integer.
    pub fn integer(&self, name: &str) -> usize {
        self.real(name) as usize
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.spec.seed("seed").expect("a generator that draws has a seed in its table")
    }
}
