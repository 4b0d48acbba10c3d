//! All experiments, in a good reading order.

use crate::experiment::Experiment;
use crate::experiments;

/// All experiments.
pub fn all() -> &'static [&'static Experiment] {
    experiments::ALL
}

/// The experiment of a name.
pub fn find(name: &str) -> Option<&'static Experiment> {
    all().iter().copied().find(|experiment| experiment.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_in_kebab_case_and_each_occurs_once() {
        let names: BTreeSet<&str> = all().iter().map(|experiment| experiment.name).collect();
        assert_eq!(names.len(), all().len());
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(names.iter().all(|name| name.chars().all(legal)), "{names:?}");
    }
}
