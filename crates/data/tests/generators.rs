//! Generated data sets: golden values, balance, formulas, parameters.

use downhill_data::{Dataset, Origin, Target, TaskKind, catalog, load};

fn make(spec: &str) -> Dataset {
    load(spec, &Default::default()).unwrap()
}

fn error(spec: &str) -> String {
    load(spec, &Default::default()).unwrap_err().to_string()
}

fn labels(data: &Dataset) -> &[u32] {
    match &data.target {
        Target::Classes { labels, .. } => labels,
        Target::Values { .. } => panic!("{} has no classes", data.name),
    }
}

fn values(data: &Dataset) -> &[f64] {
    match &data.target {
        Target::Values { values, .. } => &values.values,
        Target::Classes { .. } => panic!("{} has no values", data.name),
    }
}

fn generated() -> impl Iterator<Item = &'static str> {
    catalog().into_iter().filter(|entry| matches!(entry.kind, Origin::Generated { .. })).map(|entry| entry.name)
}

/// A set, its first row (at most three features), its first target and the start of its fingerprint, whose bits
/// depend on every draw. A change here changes every recorded result.
const GOLDEN: &[(&str, &[f64], f64, &str)] = &[
    ("moons", &[-0.7471009857182814, 0.15230023391258912], 0.0, "30e49f2b615de65b"),
    ("circles", &[0.9942139081373432, -0.5149849810626569], 0.0, "9929fba7e4d1ead9"),
    ("spirals", &[-0.7119809512287333, 0.5615753831102818], 0.0, "712878d2b5e5027e"),
    ("blobs", &[-4.984943172571158, -4.814654679408951], 0.0, "b232b96f0c73516a"),
    ("xor", &[0.9390247396464106, 0.0311184362384771], 0.0, "bb5097b932f54d33"),
    ("checkerboard", &[-0.9455487884338816, 0.22188429009756527], 0.0, "c54d0b875af4b843"),
    ("sine", &[2.652276143688093], 0.581582300029792, "d97ecc5f6d4dcab2"),
    (
        "friedman1",
        &[0.9221228587126701, 0.5148792053562883, 0.9390247396464105],
        20.250274593703658,
        "1d49fca8773befa4",
    ),
    (
        "teacher",
        &[-2.2496121468782535, -0.2109284243288819, -2.2719228593167835],
        -0.4409078020133783,
        "a651217313882703",
    ),
    ("parity", &[1.0, 1.0, 1.0], 0.0, "53a3b084c4bdf46c"),
    ("parity:n=30,m=100", &[-1.0, -1.0, -1.0], 0.0, "c7a5c15757a7fd94"),
    ("modular-addition:p=11", &[1.0, 0.0, 0.0], 0.0, "3635b5a3dc17f306"),
    ("mnist1d:n=500", &[-0.5727339476733638, -0.6704099627807808, -0.6365141715689512], 3.0, "7289b4b31f530264"),
];

#[test]
fn the_first_rows_of_every_generator_are_golden() {
    let mut changed: Vec<String> = vec![];
    for (spec, row, target, fingerprint) in GOLDEN {
        let data = make(spec);
        let first: Vec<f64> = data.features.row(0).iter().take(3).copied().collect();
        let y = match &data.target {
            Target::Classes { labels, .. } => f64::from(labels[0]),
            Target::Values { values, .. } => values.values[0],
        };
        let print = &data.fingerprint()[..16];
        if (first.as_slice(), y, print) != (*row, *target, *fingerprint) {
            changed.push(format!("(\"{spec}\", &{first:?}, {y:?}, \"{print}\"),"));
        }
    }
    assert!(changed.is_empty(), "changed:\n{}", changed.join("\n"));
    let is_golden = |name: &&str| GOLDEN.iter().any(|golden| golden.0.split(':').next() == Some(name));
    assert!(generated().all(|name| is_golden(&name)));
}

#[test]
fn every_generator_is_what_the_catalog_says() {
    for entry in catalog().into_iter().filter(|entry| matches!(entry.kind, Origin::Generated { .. })) {
        let data = make(entry.name);
        assert_eq!((data.features.rows, data.features.cols), (entry.rows, entry.features), "{}", entry.name);
        assert_eq!(data.features.values.len(), entry.rows * entry.features);
        assert_eq!(data.feature_names.len(), entry.features);
        assert_eq!(data.task(), entry.task);
        assert!(data.features.values.iter().all(|x| x.is_finite()));
        match data.target {
            Target::Classes { labels, names } => {
                assert_eq!(Some(names.len()), entry.classes);
                assert_eq!(labels.len(), entry.rows);
            }
            Target::Values { values, .. } => {
                assert_eq!((values.rows, values.cols, values.values.len()), (entry.rows, 1, entry.rows));
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    for name in generated().filter(|name| *name != "modular-addition") {
        let size = if name == "parity" { "m" } else { "n" };
        let with = |seed| make(&format!("{name}:{size}=100,seed={seed}")).fingerprint();
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2), "{name}");
    }
}

#[test]
fn classes_are_as_equal_in_size_as_can_be() {
    let specs = ["moons:n=101", "circles:n=101", "spirals:arms=5,n=102", "blobs:classes=7,n=100", "xor:n=101"];
    for spec in
        specs.into_iter().chain(["checkerboard:cells=3", "parity:m=101", "parity", "modular-addition", "mnist1d"])
    {
        let data = make(spec);
        let Target::Classes { labels, names } = &data.target else { panic!("{spec}") };
        let counts: Vec<usize> =
            (0..names.len()).map(|class| labels.iter().filter(|label| **label as usize == class).count()).collect();
        assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{spec}: {counts:?}");
    }
}

#[test]
fn without_noise_points_lie_where_the_formulas_say() {
    let distance = |row: &[f64], x: f64, y: f64| (row[0] - x).hypot(row[1] - y);
    let moons = make("moons:noise=0,n=200");
    let circles = make("circles:noise=0,factor=0.25,n=200");
    for i in 0..200 {
        let (moon, circle) = (moons.features.row(i), circles.features.row(i));
        let (x, y) = if labels(&moons)[i] == 0 { (0.0, 0.0) } else { (1.0, 0.5) };
        assert!((distance(moon, x, y) - 1.0).abs() < 1e-12);
        let radius = if labels(&circles)[i] == 0 { 1.0 } else { 0.25 };
        assert!((distance(circle, 0.0, 0.0) - radius).abs() < 1e-12);
    }
    let xor = make("xor");
    let board = make("checkerboard:cells=5");
    for i in 0..1000 {
        let x = xor.features.row(i);
        assert_eq!(labels(&xor)[i], u32::from((x[0] > 0.0) != (x[1] > 0.0)));
        let cell = |x: f64| ((x + 1.0) / 0.4).floor() as u32;
        assert_eq!(labels(&board)[i], (cell(board.features.row(i)[0]) + cell(board.features.row(i)[1])) % 2);
    }
    let sine = make("sine:noise=0,frequency=2");
    assert!((0..1000).all(|i| (values(&sine)[i] - (2.0 * sine.features.row(i)[0]).sin()).abs() < 1e-12));
}

#[test]
fn noise_has_the_standard_deviation_it_is_given() {
    let data = make("sine:n=20000,noise=0.5");
    let rest = |i: usize| values(&data)[i] - data.features.row(i)[0].sin();
    let variance = (0..20_000).map(|i| rest(i).powi(2)).sum::<f64>() / 20_000.0;
    // Five standard errors of a variance.
    assert!((variance - 0.25).abs() < 5.0 * 0.25 * (2.0f64 / 20_000.0).sqrt(), "{variance}");
}

#[test]
fn the_hidden_truth_stays_when_more_rows_are_drawn() {
    for name in ["blobs", "teacher", "friedman1", "moons", "spirals"] {
        let (few, many) = (make(&format!("{name}:n=10")), make(&format!("{name}:n=20")));
        assert_eq!(few.features.values, many.features.values[..few.features.values.len()], "{name}");
    }
    assert_eq!(values(&make("teacher:n=10")), &values(&make("teacher:n=20"))[..10]);
}

#[test]
fn parity_is_that_of_exactly_k_bits_whether_all_rows_are_made_or_some() {
    for spec in ["parity:n=8,k=3,seed=5", "parity:n=8,k=3,seed=5,m=2000"] {
        let data = make(spec);
        let product = |i: usize, bits: &[usize]| bits.iter().map(|j| data.features.row(i)[*j]).product::<f64>();
        let mut found = vec![];
        for a in 0..8 {
            for b in a + 1..8 {
                for c in b + 1..8 {
                    let fits =
                        (0..data.features.rows).all(|i| (product(i, &[a, b, c]) < 0.0) == (labels(&data)[i] == 1));
                    found.extend(fits.then_some([a, b, c]));
                }
            }
        }
        assert_eq!(found.len(), 1, "{spec}");
    }
    let all = make("parity:n=3,k=3");
    assert_eq!(all.features.row(0), [1.0, 1.0, 1.0]);
    assert_eq!(all.features.row(1), [1.0, 1.0, -1.0]);
    assert_eq!(labels(&all), [0, 1, 1, 0, 1, 0, 0, 1]);
}

#[test]
fn modular_addition_holds_every_pair_once() {
    let data = make("modular-addition:p=5");
    for i in 0..25 {
        let hot: Vec<usize> = (0..10).filter(|j| data.features.row(i)[*j] == 1.0).collect();
        assert_eq!(hot, [i / 5, 5 + i % 5]);
        assert_eq!(labels(&data)[i] as usize, (i / 5 + i % 5) % 5);
    }
    assert_eq!(data.feature_names[6], "b=1");
}

#[test]
fn mnist1d_is_standardised_and_its_last_fifth_is_the_test_part() {
    let data = make("mnist1d:n=1000");
    assert_eq!(data.test_rows, 200);
    assert_eq!(make("mnist1d").test_rows, 1000);
    let n = data.features.values.len() as f64;
    let mean = data.features.values.iter().sum::<f64>() / n;
    let variance = data.features.values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12);
}

#[test]
fn illegal_parameters_are_named_with_their_legal_range() {
    assert_eq!(error("moons:n=0"), "`moons`: n is 0, but must be an integer from 1 to 10000000");
    assert_eq!(error("moons:n=10000001"), "`moons`: n is 1.0000001e7, but must be an integer from 1 to 10000000");
    assert_eq!(error("moons:n=1.5"), "`moons`: n is 1.5, but must be an integer from 1 to 10000000");
    assert_eq!(error("moons:noise=NaN"), "`moons`: noise is NaN, but must be from 0 to 10");
    assert_eq!(error("moons:noise=-0.1"), "`moons`: noise is -0.1, but must be from 0 to 10");
    assert_eq!(
        error("moons:seed=-1"),
        "`moons`: cannot read `seed=-1`: seed must be an integer from 0 to 18446744073709551615"
    );
    assert_eq!(error("moons:noise"), "`moons`: cannot read `noise`: expected key=value");
    assert_eq!(error("moons:n=5,n=6"), "`moons`: `n` is given twice");
    assert_eq!(
        error("moons:nois=1"),
        "`moons` has no parameter `nois` (did you mean `noise`?); it has: n, noise, seed"
    );
    assert_eq!(error("parity:n=4,k=5"), "`parity`: k is `5`; legal: an integer from 1 to n");
    assert_eq!(
        error("parity:n=21"),
        "`parity`: m is `all`; legal: an integer from 1 to 10000000, or all where n is at most 20"
    );
    assert_eq!(error("iris:seed=1"), "`iris` has no parameter `seed`; it has none");
}

#[test]
fn sizes_beyond_the_limit_are_refused_before_anything_is_made() {
    let message = error("blobs:n=10000000,features=10000");
    assert_eq!(message, "blobs needs 100000000000 cells; at most 268435456 (2 GiB of numbers) are allowed");
    for spec in ["friedman1:n=10000000,features=10000", "teacher:n=10000000,features=9999", "parity:n=1000,m=10000000"]
    {
        assert!(error(spec).contains("at most 268435456"), "{spec}");
    }
}

#[test]
fn every_parameter_of_the_catalog_has_a_legal_default_and_is_checked_at_both_ends() {
    for entry in catalog() {
        let Origin::Generated { parameters } = entry.kind else { continue };
        for parameter in parameters {
            let set = |value: &str| load(&format!("{}:{}={value}", entry.name, parameter.name), &Default::default());
            assert!(set(&parameter.show(parameter.default)).is_ok(), "{} {}", entry.name, parameter.name);
            let legal = parameter.legal.to_string();
            let high = legal.trim_end_matches(", or all").rsplit(' ').next().unwrap();
            for beyond in [format!("{high}0"), format!("{high}1"), "-1".into(), "x".into(), "".into(), "inf".into()] {
                let message = set(&beyond).unwrap_err().to_string();
                assert!(message.contains(&legal) && message.contains(parameter.name), "{message}");
            }
        }
    }
}

#[test]
fn options_that_need_columns_are_refused_for_generated_data() {
    let options = downhill_data::LoadOptions { task: Some(TaskKind::Regression), ..Default::default() };
    let message = load("moons", &options).unwrap_err().to_string();
    assert_eq!(message, "option `task` does not apply to `moons`: it is generated");
}
