//! A race takes the same steps as an optimizer by itself, which the tests of the optimizers compare with other
//! programs.

use downhill_landscape::Points;
use downhill_optim::{Clip, Door, Moment, Optimizer, Registry};
use downhill_population::{Counted, Params, Problem, host};
use downhill_race::{Race, Runner, run};

#[test]
fn every_rule_takes_the_steps_in_a_race_that_it_takes_by_itself() {
    let registry = Registry::builtin();
    let rules: Vec<_> =
        registry.entries().filter(|e| e.door == Door::Rule).map(|e| format!("{}:lr=0.01", e.name)).collect();
    for name in ["ravine", "bowl"] {
        let landscape = downhill_landscape::parse(name).unwrap();
        let start = landscape.start.clone();
        let runners = rules.iter().map(|text| Runner::new(registry.parse(text).unwrap())).collect();
        let race = Race { threads: 2, ..Race::new(landscape, runners, vec![start.clone()], 100).unwrap() };
        for ((text, runner), paths) in rules.iter().zip(&race.runners).zip(run(&race).unwrap()) {
            let shapes = race.landscape.shapes();
            let mut params = Params::from_members(&race.place, &shapes, &[vec![start.clone()]]);
            let mut optimizer = Optimizer::new(&race.place, &shapes, &params, std::slice::from_ref(&runner.optimizer));
            let (batch, mut evaluations) = (Points::default(), vec![0]);
            for step in 1..=paths[0].last_step {
                let mut problem = Counted { objective: &race.landscape, batch: &batch, evaluations: &mut evaluations };
                let at = problem.gradient(&params);
                let moment = Moment { place: &race.place, step, factor: 1.0, clip: &Clip::default() };
                optimizer.step(&moment, at, &mut problem, &mut params);
                let point = host::values(params.tensors[0].clone());
                let walked = paths[0].point(step as usize);
                let same =
                    point.iter().zip(walked).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()));
                assert!(same, "{text} on {name}, step {step}: {walked:?} in a race, {point:?} by itself");
            }
            assert!(paths[0].diverged() || paths[0].last_step == 100, "{text} on {name}");
        }
    }
}
