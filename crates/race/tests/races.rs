//! The results of a race, which do not depend on its division into populations and threads.

use downhill_landscape::{Landscape, parse, quadratic};
use downhill_optim::{Clip, OptimizerSpec, Registry, Schedule};
use downhill_population::{Backend, Place, Precision};
use downhill_race::{
    Criterion, Keep, Order, Path, Race, Runner, WalkEnd, log_grid, replay, run, share_at_best, starts, tune,
};

fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

fn race(landscape: &str, optimizers: &[&str], starts: &[[f64; 2]], steps: u64) -> Race {
    let runners = optimizers.iter().map(|text| Runner::new(spec(text))).collect();
    Race::new(parse(landscape).unwrap(), runners, starts.iter().map(|s| s.to_vec()).collect(), steps).unwrap()
}

fn error(race: &Race) -> String {
    run(race).unwrap_err().to_string()
}

/// Every bit of a path.
type Bits = (usize, Vec<u64>, Vec<u32>, String, u64);

fn bits(path: &Path) -> Bits {
    let numbers = path.points.iter().chain(&path.losses).chain(&path.grad_norms);
    let bits = numbers.map(|x| if x.is_nan() { 0 } else { x.to_bits() }).collect();
    (path.start, bits, path.evaluations.clone(), path.reason.to_string(), path.last_step)
}

fn all_bits(race: &Race) -> Vec<Vec<Bits>> {
    run(race).unwrap().iter().map(|paths| paths.iter().map(bits).collect()).collect()
}

/// The race with other populations and threads.
fn holds_however_it_is_spread(race: &Race) {
    let expected = all_bits(race);
    for (threads, group_size) in [(1, 1), (2, 2), (3, 3), (2, 100)] {
        assert_eq!(all_bits(&Race { threads, group_size, ..race.clone() }), expected, "{threads} {group_size}");
    }
}

/// Far away steps explode; the others must not notice.
const STARTS: [[f64; 2]; 6] = [[-1.2, 1.0], [30.0, -40.0], [0.5, 0.5], [-1.0, -1.0], [1.0, 1.0], [2.0, 1.5]];

#[test]
fn paths_do_not_depend_on_threads_or_populations_and_one_that_diverges_changes_nobody() {
    let names: Vec<&str> = Registry::builtin()
        .entries()
        .filter(|e| !e.nature.squares && !e.nature.full_batch && !e.nature.wraps)
        .map(|e| e.name)
        .collect();
    let texts: Vec<String> = names
        .iter()
        .map(|name| if spec(name).get("lr").is_some() { format!("{name}:lr=0.01") } else { name.to_string() })
        .chain(["sam:base=adam,lr=0.01", "lookahead:base=momentum,lr=0.005,k=3"].map(String::from))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let race = Race { noise_sd: 0.05, ..race("ravine", &texts, &STARTS, 60) };
    assert!(run(&race).unwrap()[0][1].diverged(), "gradient descent from far away");
    holds_however_it_is_spread(&race);
    let exact = Race { noise_sd: 0.0, ..race.clone() };
    holds_however_it_is_spread(&exact);
    let squares = ["lbfgs", "newton", "levenberg-marquardt"].map(|text| Runner::new(spec(text)));
    holds_however_it_is_spread(&Race { runners: squares.to_vec(), steps: 15, ..exact });
}

#[test]
fn no_landscapes_sines_and_roots_depend_on_a_members_place() {
    let more = ["bowl:dims=9", "rosenbrock:dims=5", "rastrigin:dims=7", "ackley:dims=5", "styblinski-tang:dims=3"];
    let formula =
        "sin(x)*cos(2*y) + tan(x/9) + exp(-x^2/8)*tanh(y) + abs(x-7) + (x^2+1)^(y/3) + log(x^2+1) + sqrt(y^2+1)";
    let landscapes = downhill_landscape::all().into_iter().chain(more.map(|text| parse(text).unwrap()));
    for landscape in landscapes.chain([Landscape::from_formula(formula).unwrap()]) {
        let starts = starts::draw(&landscape, 19, 3);
        let runners = vec![Runner::new(spec("adam:lr=0.1"))];
        let race = Race::new(landscape, runners, starts, 10).unwrap();
        let precise = Race { place: Place::new(Backend::Flex, Precision::F32).unwrap(), ..race.clone() };
        for race in [race, precise] {
            let expected = all_bits(&race);
            for group_size in [1, 3, 16] {
                let spread = all_bits(&Race { group_size, ..race.clone() });
                assert_eq!(spread, expected, "{} by {group_size}", race.landscape.text);
            }
        }
    }
}

#[test]
fn mini_batches_do_not_depend_on_threads_or_populations() {
    let centres: Vec<Vec<f64>> = (0..10).map(|i| vec![f64::from(i), f64::from(i * i % 7), 1.0]).collect();
    let matrix = vec![vec![2.0, 0.5, 0.1], vec![0.5, 1.0, 0.2], vec![0.1, 0.2, 3.0]];
    let landscape = quadratic(matrix, centres).unwrap();
    let starts = (0..5).map(|i| vec![f64::from(i); 3]).collect();
    let runners = ["sgd:lr=0.1", "sgd:lr=10", "adam:lr=0.1"].map(|text| Runner::new(spec(text))).to_vec();
    let race = Race { batch_size: Some(4), ..Race::new(landscape, runners, starts, 200).unwrap() };
    assert!(run(&race).unwrap()[1].iter().all(Path::diverged));
    holds_however_it_is_spread(&race);
    let precise = Race { place: Place::new(Backend::Flex, Precision::F32).unwrap(), ..race };
    holds_however_it_is_spread(&precise);
}

#[test]
fn mini_batches_walk_around_the_mean_of_the_centres_and_an_epoch_sees_each_once() {
    let centres: Vec<Vec<f64>> = [-3.0, -1.0, 0.0, 4.0, 5.0].map(|c| vec![c]).to_vec();
    let landscape = quadratic(vec![vec![1.0]], centres.clone()).unwrap();
    let runners = vec![Runner::new(spec("sgd:lr=0.01"))];
    let race = Race { batch_size: Some(2), ..Race::new(landscape, runners, vec![vec![9.0]; 2], 3).unwrap() };
    let paths = run(&race).unwrap().remove(0);
    // An epoch is three steps: 2, 2 and 1 centres. w' = 0.99 w + 0.01 mean.
    let means =
        |path: &Path| -> Vec<f64> { (0..3).map(|k| (path.point(k + 1)[0] - 0.99 * path.point(k)[0]) / 0.01).collect() };
    let (first, second) = (means(&paths[0]), means(&paths[1]));
    for means in [&first, &second] {
        assert!((2.0 * means[0] + 2.0 * means[1] + means[2] - 5.0).abs() < 1e-9, "{means:?}");
    }
    assert!(first.iter().zip(&second).any(|(a, b)| (a - b).abs() > 0.1), "each start has an order of its own");
    // The loss is over all centres.
    let expected = centres.iter().map(|c| (9.0 - c[0]) * (9.0 - c[0]) / 2.0).sum::<f64>() / 5.0;
    assert!((paths[0].losses[0] - expected).abs() < 1e-12);
}

#[test]
fn centres_as_listed_come_one_after_another_in_every_epoch() {
    let centres: Vec<Vec<f64>> = [-3.0, 1.0, 0.5, 4.0].map(|c| vec![c]).to_vec();
    let landscape = quadratic(vec![vec![1.0]], centres).unwrap();
    // A rate of 1 on curvature 1 leaps onto the centre.
    let runners = vec![Runner::new(spec("sgd:lr=1"))];
    let race = Race::new(landscape, runners, vec![vec![9.0]; 2], 10).unwrap();
    let race = Race { batch_size: Some(1), order: Order::AsListed, ..race };
    for path in &run(&race).unwrap()[0] {
        assert_eq!(path.points, [9.0, -3.0, 1.0, 0.5, 4.0, -3.0, 1.0, 0.5, 4.0, -3.0, 1.0]);
    }
    holds_however_it_is_spread(&race);
}

#[test]
fn a_box_keeps_points_in_it_and_leaves_the_other_coordinates_alone() {
    let free = race("bowl", &["sgd:lr=0.1", "adam:lr=0.1", "sam:lr=0.1"], &STARTS, 40);
    let boxed = Race { projection: Some(vec![(2.0, 3.0), (f64::NEG_INFINITY, f64::INFINITY)]), ..free.clone() };
    let (free, paths) = (run(&free).unwrap(), run(&boxed).unwrap());
    for path in paths.iter().flatten() {
        assert_eq!(path.point(0), STARTS[path.start], "a start is taken as it is");
        assert!((1..path.rows()).all(|row| (2.0..=3.0).contains(&path.point(row)[0])), "{:?}", path.points);
    }
    let descent = &paths[0][1];
    assert_eq!([descent.point(1)[0], descent.last_point()[0]], [3.0, 2.0]);
    let column = |path: &Path| (0..path.rows()).map(|row| path.point(row)[1]).collect::<Vec<f64>>();
    assert_eq!(column(descent), column(&free[0][1]));
    holds_however_it_is_spread(&boxed);
}

#[test]
fn runners_of_one_kind_walk_side_by_side_as_if_alone() {
    let texts = ["sgd:lr=0.01", "adam:lr=0.1", "sgd:lr=0.003", "sam:base=adam", "sgd:lr=9", "sam:base=sgd", "adam"];
    let together = Race { noise_sd: 0.01, ..race("ravine", &texts, &STARTS, 30) };
    for (text, paths) in texts.iter().zip(all_bits(&together)) {
        let alone = Race { runners: vec![Runner::new(spec(text))], ..together.clone() };
        assert_eq!(all_bits(&alone)[0], paths, "{text}");
    }
    holds_however_it_is_spread(&together);
}

#[test]
fn noise_is_that_of_the_start_and_the_step_for_every_optimizer_alike() {
    let tilted = |seed: u64, optimizer: &str, noise_sd: f64| {
        let race = race("bowl:a=1,b=1", &[optimizer], &[[0.0, 0.0], [0.0, 0.0]], 1);
        run(&Race { noise_sd, seed, ..race }).unwrap().remove(0)
    };
    let sgd = tilted(3, "sgd:lr=1", 0.5);
    let point = |path: &Path| path.last_point().to_vec();
    assert_ne!(point(&sgd[0]), point(&sgd[1]));
    assert_eq!(point(&sgd[1]), point(&tilted(4, "sgd:lr=1", 0.5)[0]), "seeds go by the start's number");
    let momentum = tilted(3, "momentum:lr=1", 0.5);
    assert_eq!(point(&sgd[0]), point(&momentum[0]));
    let twice = tilted(3, "sgd:lr=1", 1.0);
    assert!(point(&sgd[0]).iter().zip(point(&twice[0])).all(|(a, b)| (2.0 * a - b).abs() < 1e-12));
    // Gradient descent on pure noise: the mean square of a coordinate after one step is sd².
    let many = race("bowl:a=1,b=1", &["sgd:lr=1"], &[[0.0, 0.0]; 2000], 1);
    let paths = run(&Race { noise_sd: 0.5, ..many }).unwrap().remove(0);
    let square = paths.iter().map(|p| p.last_point().iter().map(|x| x * x).sum::<f64>() / 2.0).sum::<f64>() / 2000.0;
    assert!((square / 0.25 - 1.0).abs() < 0.1, "{square}");
    // The loss is without noise.
    assert_eq!(sgd[0].losses[1], parse("bowl:a=1,b=1").unwrap().value(sgd[0].last_point()));
}

#[test]
fn leaving_a_saddle_takes_as_long_as_theory_says() {
    let first = |optimizer: &str, start: [f64; 2], noise_sd: f64, count: usize| {
        let race = race("saddle", &[optimizer], &vec![start; count], 500);
        let paths = run(&Race { noise_sd, ..race }).unwrap().remove(0);
        let mut left: Vec<usize> = paths
            .iter()
            .map(|p| (0..p.rows()).find(|&row| p.point(row)[1].abs() >= 1.0).unwrap_or(usize::MAX))
            .collect();
        left.sort();
        left[count / 2]
    };
    for (y, steps) in [(1e-4, 97), (1e-8, 194), (1e-12, 290), (1e-16, 387)] {
        assert_eq!(first("sgd:lr=0.1", [1.0, y], 0.0, 1), steps);
    }
    assert_eq!(first("sgd:lr=0.1", [1.0, 0.0], 0.0, 1), usize::MAX);
    for (sd, steps) in [(1e-2, 68.0), (1e-4, 117.0), (1e-6, 165.0)] {
        let median = first("sgd:lr=0.1", [1.0, 0.0], sd, 301) as f64;
        assert!((median - steps).abs() <= 4.0, "{sd}: {median}");
    }
    let adam = first("adam:lr=0.01", [1.0, 1e-12], 0.0, 1);
    assert!((70..85).contains(&adam), "{adam}");
}

#[test]
fn the_ravine_splits_heavy_ball_and_nesterov() {
    let race = race("ravine", &["momentum:lr=0.01", "nesterov:lr=0.01"], &[[-1.2, 1.0]], 1000);
    let paths = run(&race).unwrap();
    assert!(paths[0][0].last_loss() < 1e-9 && paths[0][0].reason == WalkEnd::Steps);
    let nesterov = &paths[1][0];
    assert!(
        nesterov.diverged() && nesterov.final_loss() == f64::INFINITY,
        "{:?} {}",
        nesterov.reason,
        nesterov.last_step
    );
    assert_eq!(nesterov.rows() as u64, nesterov.last_step + 1);
    assert!(nesterov.losses[..nesterov.rows() - 1].iter().all(|l| l.is_finite()));
    assert_eq!(nesterov.ended_at(&race.landscape, 1e9), None);
}

#[test]
fn gradient_descent_goes_across_the_ravine_and_adam_along_it() {
    let bowl = race("bowl", &["sgd:lr=0.19"], &[[5.0, 1.0]], 50);
    let path = &run(&bowl).unwrap()[0][0];
    let lengths =
        |axis: usize| (1..51).map(|row| (path.point(row)[axis] - path.point(row - 1)[axis]).abs()).sum::<f64>();
    let [across, along] = path.across_and_along(&bowl.landscape).unwrap();
    assert!((across - lengths(1)).abs() < 1e-12 && (along - lengths(0)).abs() < 1e-12);
    let ravine = race("ravine", &["sgd:lr=0.01", "adam:lr=0.02"], &[[-1.2, 1.0]], 300);
    let share = |path: &Path| {
        let [across, along] = path.across_and_along(&ravine.landscape).unwrap();
        across / (across + along)
    };
    let paths = run(&ravine).unwrap();
    let (descent, adam) = (share(&paths[0][0]), share(&paths[1][0]));
    assert!(descent > 2.0 * adam, "{descent} {adam}");
}

#[test]
fn a_region_without_values_is_a_divergence_and_not_a_panic() {
    let landscape = Landscape::from_formula("(x-1)*log(x)^2 + y^2").unwrap();
    let runners = vec![Runner::new(spec("sgd:lr=10")), Runner::new(spec("adam:lr=0.1"))];
    let race = Race::new(landscape, runners, vec![vec![-1.0, 0.0], vec![3.0, 1.0]], 50).unwrap();
    let paths = run(&race).unwrap();
    assert!(paths[0][0].diverged() && paths[0][0].last_step == 0 && paths[0][0].cost() == 0);
    assert!(paths[0][1].diverged() && paths[0][1].last_step > 0);
}

#[test]
fn each_criterion_ends_a_walk_and_a_replay_finds_the_same_step() {
    let criteria = [
        Criterion::GradientNorm(1e-3),
        Criterion::LossChange { tolerance: 1e-4, window: 20 },
        Criterion::TargetLoss(0.01),
        Criterion::MaxSteps(37),
    ];
    let whole = race("ravine", &["sgd:lr=0.01", "adam:lr=0.05", "momentum:lr=0.01"], &STARTS[..1], 2000);
    let free = run(&whole).unwrap();
    let mut first = vec![u64::MAX; 3];
    for criterion in criteria {
        let stopped = run(&Race { stopping: vec![criterion], ..whole.clone() }).unwrap();
        for (runner, first) in first.iter_mut().enumerate() {
            let (path, free) = (&stopped[runner][0], &free[runner][0]);
            let found = replay(free, criterion);
            let Some(found) = found else {
                assert_eq!(path.reason, WalkEnd::Steps);
                continue;
            };
            assert_eq!(path.reason, WalkEnd::Met(criterion));
            assert_eq!((found.step, found.loss), (path.last_step, path.last_loss()), "{criterion}");
            assert_eq!((found.saved, found.change), (2000 - found.step, free.last_loss() - found.loss));
            assert_eq!(path.points[..], free.points[..path.points.len()]);
            *first = (*first).min(found.step);
        }
    }
    let together = run(&Race { stopping: criteria.to_vec(), ..whole.clone() }).unwrap();
    assert_eq!(together.iter().map(|paths| paths[0].last_step).collect::<Vec<_>>(), first);
    let still = race("bowl", &["sgd"], &[[0.0, 0.0]], 10);
    let still = run(&Race { stopping: vec![Criterion::GradientNorm(1e-9)], ..still }).unwrap();
    assert_eq!((still[0][0].last_step, still[0][0].cost()), (0, 0));
}

#[test]
fn the_window_of_a_loss_change_is_in_steps() {
    let race = race("bowl:a=1,b=1", &["sgd:lr=0"], &[[1.0, 1.0]], 50);
    let path = &run(&race).unwrap()[0][0];
    let step = |window| replay(path, Criterion::LossChange { tolerance: 0.0, window }).map(|r| r.step);
    assert_eq!([step(0), step(1), step(7), step(50), step(51)], [Some(0), Some(1), Some(7), Some(50), None]);
    let sparse = &run(&Race { keep: Keep::Every(5), ..race }).unwrap()[0][0];
    let step = |window| replay(sparse, Criterion::LossChange { tolerance: 0.0, window }).map(|r| r.step);
    assert_eq!([step(5), step(7)], [Some(5), Some(10)]);
}

#[test]
fn fewer_rows_are_the_same_rows() {
    let whole = race("ravine", &["adam:lr=0.05", "nesterov:lr=0.01"], &STARTS, 103);
    let all = run(&whole).unwrap();
    for keep in [Keep::Every(10), Keep::Every(1000), Keep::Ends] {
        let some = run(&Race { keep, ..whole.clone() }).unwrap();
        for (all, some) in all.iter().flatten().zip(some.iter().flatten()) {
            assert_eq!((some.last_step, some.reason, some.cost()), (all.last_step, all.reason, all.cost()));
            for row in 0..some.rows() {
                let step = some.step_of(row) as usize;
                assert_eq!(some.point(row), all.point(step));
                assert_eq!(some.evaluations[row], all.evaluations[step]);
            }
            assert_eq!(some.step_of(some.rows() - 1), all.last_step);
            let bytes =
                8 * (some.points.len() + some.losses.len() + some.grad_norms.len()) + 4 * some.evaluations.len();
            assert!(bytes as u128 * 12 <= Race { keep, ..whole.clone() }.kept_bytes());
        }
    }
}

#[test]
fn a_race_of_no_steps_is_its_starts() {
    let paths = run(&race("ravine", &["adam"], &STARTS, 0)).unwrap();
    assert_eq!(paths[0][2].points, [0.5, 0.5]);
    assert_eq!((paths[0][2].rows(), paths[0][2].last_step, paths[0][2].reason), (1, 0, WalkEnd::Steps));
    assert!(run(&race("ravine", &["adam"], &[], 5)).unwrap()[0].is_empty());
    assert!(run(&race("ravine", &[], &STARTS, 5)).unwrap().is_empty());
}

#[test]
fn every_gradient_is_charged() {
    let race = race("ravine", &["sgd:lr=0.005", "sam:lr=0.005", "lbfgs", "newton"], &STARTS[..1], 10);
    let paths = run(&race).unwrap();
    assert_eq!(paths[0][0].evaluations, (0..=10).collect::<Vec<u32>>());
    assert_eq!(paths[1][0].cost(), 20);
    assert!(paths[2][0].cost() > 10 && paths[3][0].cost() == 50);
}

#[test]
fn schedule_and_clipping_do_what_they_do_in_training() {
    let plain = race("bowl:a=1,b=1", &["sgd:lr=0.5"], &[[30.0, 40.0]], 4);
    let clipped = Race { clip: Clip { norm: Some(1.0), value: None }, ..plain.clone() };
    let path = &run(&clipped).unwrap()[0][0];
    assert!((path.point(1)[0] - 29.7).abs() < 1e-6, "{:?}", path.point(1));
    assert_eq!(path.grad_norms[0], 50.0);
    let halved = Race { schedule: Some(Schedule::parse("step:step_size=2,gamma=0.5").unwrap()), ..plain };
    let path = &run(&halved).unwrap()[0][0];
    let shares = [0.5, 0.5, 0.75, 0.75];
    let expected = shares.iter().product::<f64>() * 40.0;
    assert!((path.last_point()[1] - expected).abs() < 1e-12);
}

#[test]
fn the_minimum_where_a_walk_ended_is_found_and_the_share_of_the_best_counted() {
    let himmelblau = race("himmelblau", &["sgd:lr=0.01"], &[[3.5, 2.5], [-3.0, 3.0], [-4.0, -3.0], [4.0, -2.0]], 500);
    let paths = run(&himmelblau).unwrap().remove(0);
    let ends: Vec<Option<usize>> = paths.iter().map(|p| p.ended_at(&himmelblau.landscape, 1e-3)).collect();
    assert_eq!(ends, [Some(0), Some(1), Some(2), Some(3)]);
    assert_eq!(share_at_best(&himmelblau.landscape, &paths), Some(1.0));
    let tang = race("styblinski-tang", &["sgd:lr=0.01"], &[[-3.0, -3.0], [3.0, -3.0], [-2.0, -4.0], [3.0, 3.0]], 500);
    let paths = run(&tang).unwrap().remove(0);
    assert_eq!(share_at_best(&tang.landscape, &paths), Some(0.5));
    let saddle = race("saddle", &["sgd"], &[[1.0, 1.0]], 5);
    assert_eq!(share_at_best(&saddle.landscape, &run(&saddle).unwrap()[0]), None);
}

#[test]
fn starts_are_points_or_seeded_draws_over_the_box() {
    let branin = parse("branin").unwrap();
    assert_eq!(starts::point(&branin, &[2.0]).unwrap(), [2.0, 2.0]);
    assert_eq!(starts::point(&branin, &[2.0, 3.0]).unwrap(), [2.0, 3.0]);
    for wrong in [&[][..], &[1.0, 2.0, 3.0], &[f64::NAN, 0.0]] {
        assert!(starts::point(&branin, wrong).unwrap_err().to_string().contains("2 finite numbers, or one for all"));
    }
    let (few, many) = (starts::draw(&branin, 10, 7), starts::draw(&branin, 500, 7));
    assert_eq!(few[..], many[..10]);
    assert_ne!(few, starts::draw(&branin, 10, 8));
    for (axis, (low, high)) in [(0, (-5.0, 10.0)), (1, (0.0, 15.0))] {
        let mean = many.iter().map(|s| s[axis]).sum::<f64>() / 500.0;
        assert!(many.iter().all(|s| low <= s[axis] && s[axis] < high));
        // Five standard errors.
        assert!((mean - (low + high) / 2.0).abs() < 5.0 * 15.0 / 12f64.sqrt() / 500f64.sqrt(), "{mean}");
    }
}

#[test]
fn tuning_takes_the_rate_with_the_lowest_median_loss_and_says_when_it_is_at_the_edge() {
    // On curvatures 1 and 10 the best rate is 2/11, and everything from 0.2 on diverges or stands still.
    let rates = [0.01, 0.05, 0.18, 0.3, 100.0];
    let bowl = race("bowl", &["sgd", "adadelta", "newton", "sgd:weight_decay=0.1"], &STARTS, 200);
    let tuned = tune(&bowl, &rates).unwrap();
    assert_eq!(tuned[0].optimizer.get("lr"), Some(0.18));
    assert_eq!((tuned[0].best, tuned[0].at_edge()), (Some(2), false));
    assert_eq!(tuned[0].trials.iter().map(|t| t.rate).collect::<Vec<_>>(), rates);
    assert!(tuned[0].trials[4].median == f64::INFINITY);
    assert_eq!(tuned[3].optimizer.get("weight_decay"), Some(0.1));
    let small = tune(&bowl, &[1e-4, 1e-3]).unwrap();
    assert!(small[0].best == Some(1) && small[0].at_edge());
    let none = tune(&bowl, &[1e3, 1e4]).unwrap();
    assert!(none[0].best.is_none() && none[0].optimizer.get("lr") == spec("sgd").get("lr"));
    // Alone or beside others, the same choice.
    let alone = tune(&Race { runners: bowl.runners[1..2].to_vec(), ..bowl.clone() }, &rates).unwrap();
    assert_eq!(alone[0].trials, tuned[1].trials);
    let grid = log_grid(1e-3, 1.0, 4).unwrap();
    assert!(grid.iter().zip([1e-3, 1e-2, 1e-1, 1.0]).all(|(a, b)| (a / b - 1.0).abs() < 1e-12));
    assert!(log_grid(1.0, 1.0, 4).is_err() && log_grid(0.0, 1.0, 4).is_err() && log_grid(0.1, 1.0, 1).is_err());
}

#[test]
fn what_cannot_be_run_is_refused_by_name() {
    let plain = race("ravine", &["sgd"], &STARTS[..1], 5);
    let with = |text: &str| Race { runners: vec![Runner::new(spec(text))], ..plain.clone() };
    assert!(
        error(&Race { starts: vec![vec![1.0]], ..plain.clone() }).contains("start 0 is 1; legal: 2 finite numbers")
    );
    assert!(error(&Race { noise_sd: -1.0, ..plain.clone() }).contains("0 or greater"));
    assert!(error(&Race { noise_sd: f64::NAN, ..plain.clone() }).contains("0 or greater"));
    assert!(error(&Race { batch_size: Some(3), ..plain.clone() }).contains("`ravine`, which has no centres"));
    assert!(error(&Race { batch_size: Some(0), ..plain.clone() }).contains("1 or more centres"));
    assert!(error(&Race { keep: Keep::Every(0), ..plain.clone() }).contains("1 or more"));
    let nan = vec![Criterion::TargetLoss(f64::NAN)];
    assert!(error(&Race { stopping: nan, ..plain.clone() }).contains("the loss to stop at is NaN"));
    assert!(error(&Race { noise_sd: 0.1, ..with("lbfgs") }).contains("needs a race without noise"));
    let clip = Clip { norm: Some(1.0), value: None };
    assert!(error(&Race { clip, ..with("lbfgs") }).contains("clipping does not go with it"));
    for wrong in [vec![(0.0, 1.0)], vec![(1.0, 0.0); 2], vec![(f64::NAN, 0.0); 2]] {
        let wrong = Race { projection: Some(wrong), ..plain.clone() };
        assert!(error(&wrong).contains("legal: 2 pairs low..high, low at most high"));
    }
    let projection = Some(vec![(-1.0, 1.0); 2]);
    assert!(error(&Race { projection, ..with("lbfgs") }).contains("nobody else may project its point onto a box"));
    let saddle = Race { landscape: parse("saddle").unwrap(), ..with("levenberg-marquardt") };
    assert!(error(&saddle).contains("`saddle` is not written as one"));
    let wide = parse("rastrigin:dims=5000").unwrap();
    let wide = Race { starts: vec![wide.start.clone()], landscape: wide, ..with("newton") };
    assert!(error(&wide).contains("dimensions, not 5000"));
}
