//! Helpers of the unit tests.

use proptest::test_runner::{Config, RngSeed};

/// Property tests with a fixed seed: the same cases on every run.
pub(crate) fn seeded(cases: u32) -> Config {
    Config { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::with_cases(cases) }
}
