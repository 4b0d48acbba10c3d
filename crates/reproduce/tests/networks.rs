//! The experiments with networks and data. `grokking`, `edge-of-stability`, `sgd-versus-adam`, `wilson2017` and
//! `double-descent` take a minute and more together: their parts are tested beside them, and the whole experiments are
//! left to `downhill reproduce --all`, which fails if a claim is not reproduced.

use downhill_reproduce::{ClaimVerdict, Conditions, Evidence, find};

fn outcome(name: &str, setting: &Conditions) -> Evidence {
    let experiment = find(name).unwrap_or_else(|| panic!("there is no experiment {name}"));
    experiment.run(setting).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs an experiment, which must be reproduced; its pictures must have different names and some content.
fn comes_out(name: &str, setting: &Conditions) -> Evidence {
    let outcome = outcome(name, setting);
    let wrong: Vec<_> = outcome.findings.iter().filter(|finding| finding.holds() == Some(false)).collect();
    assert_eq!(outcome.verdict(), ClaimVerdict::Reproduced, "{name}: {wrong:?}");
    assert!((1..=3).contains(&outcome.pictures.len()));
    outcome
}

#[test]
fn a_rescaled_network_computes_the_same_with_another_curvature() {
    for seed in [0, 10] {
        comes_out("dinh2017", &Conditions { seed, threads: 2 });
    }
}

#[test]
fn a_filter_normalised_slice_does_not_change_under_rescaling_and_a_raw_one_does() {
    for seed in [0, 10] {
        comes_out("li2018", &Conditions { seed, threads: 2 });
    }
}

#[test]
fn threads_never_change_a_result() {
    for name in ["dinh2017", "li2018"] {
        assert_eq!(
            outcome(name, &Conditions { seed: 3, threads: 1 }),
            outcome(name, &Conditions { seed: 3, threads: 3 })
        );
    }
}
