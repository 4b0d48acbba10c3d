//! Everything against SciPy; `reference/generate_scipy.py` made the values.

use downhill_statistics::descriptive::{interquartile_mean, mean, standard_deviation, trimmed_mean};
use downhill_statistics::permutation::SignFlips;
use downhill_statistics::ranks::{NemenyiLevel, critical_difference, friedman, mean_ranks};
use downhill_statistics::resampled::CorrectedT;
use downhill_statistics::wilcoxon::{Zeros, signed_rank};
use downhill_statistics::{Better, bootstrap, effect, equivalence, median, power, quantile};
use serde_json::Value;

fn reference(section: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference/scipy.json")).expect("the file is JSON");
    let cases = all[section].as_array().expect("the section is there").clone();
    assert!(!cases.is_empty());
    cases
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64, what: &Value) {
    assert!((found - expected).abs() <= tolerance, "{found} and not {expected} in {what}");
}

#[test]
fn sign_flips_have_the_p_values_of_permutation_test() {
    for case in reference("sign_flip") {
        let test = SignFlips::new(&numbers(&case["d"]), 0).expect("no NaN");
        let p = numbers(&case["p"]);
        let found = [test.p_value(), test.p_greater(0.0), test.p_less(0.0)];
        found.iter().zip(p).for_each(|(found, p)| close(*found, p, 1e-12, &case));
        for shifted in case["shifts"].as_array().expect("a list") {
            let s = numbers(shifted);
            let found = [test.p_value_at(s[0]), test.p_greater(s[0]), test.p_less(s[0])];
            found.iter().zip(&s[1..]).for_each(|(found, p)| close(*found, *p, 1e-12, &case));
        }
    }
}

#[test]
fn two_one_sided_tests_are_two_of_permutation_test() {
    for case in reference("sign_flip") {
        let test = SignFlips::new(&numbers(&case["d"]), 0).expect("no NaN");
        for expected in case["margins"].as_array().expect("a list") {
            let found = equivalence::p_value(&test, number(&expected[0])).expect("a margin");
            close(found, number(&expected[1]), 1e-12, &case);
        }
    }
}

#[test]
fn the_interval_is_the_test_inverted_by_trying_all_shifts() {
    let mut finite = 0;
    for case in reference("sign_flip") {
        let test = SignFlips::new(&numbers(&case["d"]), 0).expect("no NaN");
        for expected in case["intervals"].as_array().expect("a list") {
            let found = test.interval(number(&expected[0])).expect("a level");
            if expected[1].is_null() {
                assert_eq!(found, downhill_statistics::Interval::EVERYTHING, "{case}");
            } else {
                // The generator rounds the candidates to 12 digits.
                close(found.low, number(&expected[1][0]), 1e-11, &case);
                close(found.high, number(&expected[1][1]), 1e-11, &case);
                finite += 1;
            }
        }
    }
    assert!(finite > 15, "{finite}");
}

#[test]
fn the_corrected_t_test_is_that_of_its_formula() {
    for case in reference("corrected_t") {
        let test = CorrectedT::new(&numbers(&case["d"]), number(&case["test_share"])).expect("no NaN");
        for (shift, expected) in [0.0, 0.15].into_iter().zip(case["p"].as_array().expect("a list")) {
            let found = [test.p_value_at(shift), test.p_greater(shift), test.p_less(shift)];
            found.iter().zip(numbers(expected)).for_each(|(found, p)| close(*found, p, 1e-12, &case));
        }
        for expected in case["intervals"].as_array().expect("a list") {
            let found = test.interval(number(&expected[0])).expect("a level");
            close(found.low, number(&expected[1]), 1e-11, &case);
            close(found.high, number(&expected[2]), 1e-11, &case);
        }
    }
}

#[test]
fn signed_ranks_are_those_of_wilcoxon() {
    for case in reference("wilcoxon") {
        let zeros = if case["zeros"] == "pratt" { Zeros::Pratt } else { Zeros::Wilcox };
        let found = signed_rank(&numbers(&case["d"]), zeros).expect("no NaN");
        assert_eq!(found.exact, case["exact"] == true, "{case}");
        close(found.w_plus, number(&case["w_plus"]), 0.0, &case);
        let p = numbers(&case["p"]);
        [found.p, found.p_greater, found.p_less].iter().zip(p).for_each(|(f, p)| close(*f, p, 1e-12, &case));
    }
}

#[test]
fn bca_intervals_are_those_of_bootstrap_up_to_the_draws() {
    for case in reference("bca") {
        let statistic = |v: &[f64]| match case["statistic"] == "sd" {
            true => standard_deviation(v).expect("numbers"),
            false => mean(v).expect("numbers"),
        };
        let found = bootstrap::bca(&numbers(&case["x"]), statistic, number(&case["level"]), 200_000, 1);
        let (found, ends) = (found.expect("numbers"), numbers(&case["ends"]));
        // One hundredth of the width: about four standard errors of an end from 200,000 draws. The means of the sample
        // with ties lie on a grid of 1/12, and an end may fall on either of two neighbours.
        let grid: f64 = if case["name"] == "ties" && case["statistic"] == "mean" { 1.0 / 12.0 + 1e-9 } else { 0.0 };
        let tolerance = grid.max(0.01 * (ends[1] - ends[0]));
        close(found.low, ends[0], tolerance, &case);
        close(found.high, ends[1], tolerance, &case);
    }
}

#[test]
fn the_probability_of_improvement_is_that_of_mann_and_whitney() {
    for case in reference("effect") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let found = effect::probability_of_improvement(&x, &y).expect("numbers");
        close(found, number(&case["probability"]), 1e-12, &case);
    }
}

#[test]
fn power_is_that_of_the_noncentral_t() {
    for case in reference("power") {
        let found = power::power(number(&case[0]), number(&case[1]) as usize, number(&case[2])).expect("legal");
        close(found, number(&case[3]), 1e-8, &case);
    }
}

#[test]
fn friedman_is_friedmanchisquare() {
    for case in reference("friedman") {
        let scores: Vec<Vec<f64>> = case["scores"].as_array().expect("a list").iter().map(numbers).collect();
        let found = friedman(&scores, Better::Lower).expect("tasks");
        close(found.chi_squared, number(&case["chi_squared"]), 1e-11, &case);
        close(found.p, number(&case["p"]), 1e-12, &case);
        close(found.f, number(&case["f"]), 1e-11, &case);
        close(found.p_f, number(&case["p_f"]), 1e-12, &case);
        let means = mean_ranks(&scores, Better::Lower).expect("tasks");
        means.iter().zip(numbers(&case["mean_ranks"])).for_each(|(f, e)| close(*f, e, 1e-12, &case));
    }
}

#[test]
fn middles_and_spread_are_those_of_numpy_and_trim_mean() {
    for case in reference("descriptive") {
        let x = numbers(&case["x"]);
        close(trimmed_mean(&x, 0.25).expect("numbers"), number(&case["trimmed"]), 1e-12, &case);
        close(interquartile_mean(&x).expect("numbers"), number(&case["interquartile"]), 1e-12, &case);
        close(mean(&x).expect("numbers"), number(&case["mean"]), 1e-12, &case);
        close(median(&x).expect("numbers"), number(&case["median"]), 1e-12, &case);
        close(quantile(&x, 0.25).expect("numbers"), number(&case["quartile"]), 1e-12, &case);
        match case["sd"].is_null() {
            true => assert_eq!(standard_deviation(&x), None),
            false => close(standard_deviation(&x).expect("numbers"), number(&case["sd"]), 1e-12, &case),
        }
    }
}

#[test]
fn critical_differences_have_the_quantiles_of_the_studentized_range() {
    for case in reference("studentized_range") {
        let k = number(&case[0]);
        let level = if number(&case[1]) == 0.05 { NemenyiLevel::Five } else { NemenyiLevel::Ten };
        let found = critical_difference(k as usize, 10, level).expect("in the table");
        close(found / (k * (k + 1.0) / 60.0).sqrt(), number(&case[2]), 1e-6, &case);
    }
}
