//! The preconditioners of optimizers, and their theoretical edges of stability.

use burn::tensor::Tensor;
use downhill_optim::{Clip, Moment, Optimizer, OptimizerSpec, Registry};
use downhill_population::{Backend, Gradient, Params, Place, Precision, Problem, Role, Shape, Values};

fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

/// A problem that must not be evaluated.
struct Silent;

impl Problem for Silent {
    fn gradient(&mut self, _: &Params) -> Gradient {
        unreachable!("a rule asks for no gradient")
    }
    fn gradient_of(&mut self, _: usize, _: &Params) -> Gradient {
        unreachable!("a rule asks for no gradient")
    }
    fn residuals_of(&mut self, _: usize, _: &Params) -> Option<Tensor<3>> {
        unreachable!("a rule asks for no residuals")
    }
}

/// One member at 1 and −2 whose gradients are those of `gradient(point, step)`, and whose learning rate is 0 for the
/// first `still` updates; the optimizer and the parameters after `steps`.
fn drive(text: &str, still: u64, steps: u64, gradient: impl Fn(&[f64], u64) -> Vec<f64>) -> (Optimizer, Params) {
    let place = Place::new(Backend::Flex, Precision::F64).unwrap();
    let shapes = [Shape { name: "x".into(), rows: 1, cols: 2, role: Role::Point }];
    let mut params = Params::from_members(&place, &shapes, &[vec![vec![1.0, -2.0]]]);
    let mut optimizer = Optimizer::new(&place, &shapes, &params, &[spec(text)]);
    for step in 1..=steps {
        let point = params.to_members().remove(0).concat();
        let gradients = vec![place.tensor(&gradient(&point, step), [1, 1, 2])];
        let at = Gradient { losses: place.tensor(&[0.0], [1, 1, 1]), gradients };
        let factor = if step <= still { 0.0 } else { 1.0 };
        let moment = Moment { place: &place, step, factor, clip: &Clip::default() };
        optimizer.step(&moment, at, &mut Silent, &mut params);
    }
    (optimizer, params)
}

fn diagonal(text: &str, steps: u64) -> Option<Values> {
    let (optimizer, _) = drive(text, 0, steps, |_, _| vec![3.0, -0.5]);
    Some(optimizer.preconditioners(steps, 1.0)?.remove(0))
}

#[test]
fn under_a_constant_gradient_it_is_the_gradients_size() {
    for steps in [1, 7] {
        let t = steps as i32;
        // Adam's own correction of the average is part of it (Cohen et al. 2022).
        let averaged = |g: f64| (1.0 - 0.9f64.powi(t)) * (g + 1e-8);
        let expected = |text: &str, g: f64| match text {
            "adagrad" => f64::from(t).sqrt() * g + 1e-10,
            "rmsprop" => (1.0 - 0.99f64.powi(t)).sqrt() * g + 1e-8,
            "rmsprop:centered=true" => {
                let grown = 1.0 - 0.99f64.powi(t);
                (grown - grown * grown).max(0.0).sqrt() * g + 1e-8
            }
            _ => averaged(g),
        };
        for text in ["adam", "adamw", "amsgrad", "adagrad", "rmsprop", "rmsprop:centered=true"] {
            let found = diagonal(text, steps).unwrap();
            for (found, g) in found[0].iter().zip([3.0, 0.5]) {
                let expected = expected(text, g);
                assert!((found / expected - 1.0).abs() < 1e-9, "{text} after {steps}: {found}, not {expected}");
            }
        }
        for text in ["sgd", "momentum", "nesterov", "lion"] {
            assert_eq!(diagonal(text, steps), None, "{text}");
        }
    }
}

/// After this many steps no average has a trace of the first gradient, and corrections are 1.
const STILL: u64 = 2000;

#[test]
fn a_step_is_blown_up_just_above_the_edge_and_not_below() {
    for beta1 in [0.0, 0.5, 0.9] {
        // One large gradient, which AMSGrad never forgets; then a bowl whose gradients are far smaller.
        let far = |share: f64| {
            let text = |lr: f64| format!("amsgrad:lr={lr},beta1={beta1},beta2=0.5,eps=0");
            let bowl = |point: &[f64], step: u64| match step {
                1 => vec![1.0, 1.0],
                2..=STILL => vec![0.0, 0.0],
                _ => point.iter().map(|x| 1e-9 * 4.0 * x).collect(),
            };
            let frozen = drive(&text(1.0), STILL, STILL, bowl).0.preconditioners(STILL, 1.0).unwrap()[0][0][0];
            let edge = spec(&text(1.0)).edge().unwrap();
            assert!(edge.preconditioned);
            let lr = share * edge.rate(4e-9 / frozen);
            let sizes = [20, 60].map(|steps| {
                let point = drive(&text(lr), STILL, STILL + steps, bowl).1.to_members().remove(0).concat();
                point.iter().fold(0.0f64, |most, x| most.max(x.abs()))
            });
            sizes[1] / sizes[0]
        };
        assert!(far(0.98) < 0.5, "β₁ = {beta1}: grows below the edge");
        assert!(far(1.02) > 2.0, "β₁ = {beta1}: shrinks above the edge");
    }
}
