//! Optimizers that are wrong on purpose, each in one way: the right line must fail, and no other.

use burn::tensor::Tensor;
use downhill_check::{Reference, ReferenceFunction, check};
use downhill_optim::Running;
use downhill_optim::doors::method::Stepped;
use downhill_optim::parameters::learning_rate;
use downhill_optim::{
    About, Context, Door, Family, Hypers, MatrixRule, Method, Moment, Nature, Now, OptimizerSpec, Real, Registry, Rule,
};
use downhill_population::{Gradient, Params, Place, Precision, Problem, Shape};
use downhill_spec::{Legal, Parameter};
use std::sync::Arc;

const LR: Parameter = learning_rate(1e-2);
const MOMENTUM: Parameter = Parameter::new("momentum", "μ", 0.9, Legal::Decay, "share of the velocity that is kept");
const DECAY: Parameter = Parameter::new("weight_decay", "λ", 0.0, Legal::NonNegative, "weight decay");

/// The names of the lines that fail, the same in both precisions.
fn failed(registry: &Registry, name: &str) -> Vec<String> {
    let of = |precision| -> Vec<String> {
        let report = check(registry, name, precision, None).expect("it is registered");
        assert_eq!(report.passed(), report.failures().next().is_none());
        report.failures().map(|line| line.name.clone()).collect()
    };
    let names = of(Precision::F64);
    assert_eq!(names, of(Precision::F32));
    names
}

fn with_rule<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>(rule: T) -> Registry {
    let mut registry = Registry::builtin();
    registry.add(rule);
    registry
}

fn with_matrix_rule<T: MatrixRule>(rule: T) -> Registry {
    let mut registry = Registry::builtin();
    registry.add_matrix_rule(rule);
    registry
}

fn with_method<T: Method>(method: T) -> Registry {
    let mut registry = Registry::builtin();
    registry.add_method(method);
    registry
}

struct Ascent;

impl Rule<1, 1, 0> for Ascent {
    const NAME: &'static str = "ascent";
    const SUMMARY: &'static str = "gradient descent with the wrong sign";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter; 1] = &[LR];

    fn coefficients(hyper: [f64; 1], _step: u64) -> [f64; 1] {
        hyper
    }

    fn update<R: Real>([eta]: [R; 1], theta: R, g: R, []: [R; 0]) -> (R, [R; 0]) {
        (theta + eta * g, [])
    }
}

#[test]
fn one_that_ascends_descends_nowhere() {
    let expected = ["bowl", "narrow bowl", "Rosenbrock", "regression"].map(|name| format!("descends: {name}"));
    assert_eq!(failed(&with_rule(Ascent), "ascent"), expected);
}

/// Adam with its corrections a step late.
struct LateAdam;

impl Rule<4, 8, 2> for LateAdam {
    const NAME: &'static str = "late-adam";
    const SUMMARY: &'static str = "Adam whose bias corrections are off by one step";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter; 4] = &[
        LR,
        Parameter::new("beta1", "β₁", 0.9, Legal::Decay, ""),
        Parameter::new("beta2", "β₂", 0.999, Legal::Decay, ""),
        Parameter::new("eps", "ε", 1e-8, Legal::NonNegative, ""),
    ];

    fn coefficients([eta, beta1, beta2, eps]: [f64; 4], step: u64) -> [f64; 8] {
        let correction = |beta: f64| 1.0 / (1.0 - beta.powf(step as f64 + 1.0));
        [eta, beta1, 1.0 - beta1, correction(beta1), beta2, 1.0 - beta2, correction(beta2), eps]
    }

    fn update<R: Real>(
        [eta, beta1, new1, correct1, beta2, new2, correct2, eps]: [R; 8],
        theta: R,
        g: R,
        [m, v]: [R; 2],
    ) -> (R, [R; 2]) {
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        (theta - eta * (m * correct1).ratio((v * correct2).sqrt() + eps), [m, v])
    }
}

/// Adam's path on (x² + 10y²)/2, written out once more.
fn adams_path(steps: u64) -> Reference {
    let (eta, beta1, beta2, eps) = (0.1, 0.9, 0.999, 1e-8);
    let (mut x, mut m, mut v) = ([5.0, 1.0], [0.0f64; 2], [0.0f64; 2]);
    let mut rows = vec![(0, x)];
    for step in 1..=steps {
        let g = [x[0], 10.0 * x[1]];
        for i in 0..2 {
            m[i] = beta1 * m[i] + (1.0 - beta1) * g[i];
            v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i];
            let (m_hat, v_hat) = (m[i] / (1.0 - beta1.powi(step as i32)), v[i] / (1.0 - beta2.powi(step as i32)));
            x[i] -= eta * m_hat / (v_hat.sqrt() + eps);
        }
        rows.push((step, x));
    }
    Reference { function: ReferenceFunction::Bowl10, rows, tolerance: 1e-9 }
}

#[test]
fn corrections_off_by_one_step_are_sound_but_not_adam() {
    let registry = with_rule(LateAdam);
    assert_eq!(failed(&registry, "late-adam"), [""; 0], "nothing but a reference can tell");
    for precision in [Precision::F32, Precision::F64] {
        let late = check(&registry, "late-adam:lr=0.1", precision, Some(&adams_path(50))).unwrap();
        let lines: Vec<_> = late.failures().collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].name, "reference");
        assert!(lines[0].detail.contains("step 1: x is "), "{}", lines[0].detail);
        let adam = check(&registry, "adam:lr=0.1", precision, Some(&adams_path(50))).unwrap();
        assert!(adam.passed(), "{:?}", adam.failures().collect::<Vec<_>>());
    }
}

struct Dead;

impl Rule<2, 1, 0> for Dead {
    const NAME: &'static str = "dead";
    const SUMMARY: &'static str = "gradient descent with a momentum that is never used";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter; 2] = &[LR, MOMENTUM];

    fn coefficients([eta, _]: [f64; 2], _step: u64) -> [f64; 1] {
        [eta]
    }

    fn update<R: Real>([eta]: [R; 1], theta: R, g: R, []: [R; 0]) -> (R, [R; 0]) {
        (theta - eta * g, [])
    }
}

#[test]
fn a_dead_hyperparameter_is_named() {
    let registry = with_rule(Dead);
    assert_eq!(failed(&registry, "dead"), ["hyperparameters"]);
    let report = check(&registry, "dead", Precision::F64, None).unwrap();
    assert!(report.failures().next().unwrap().detail.ends_with(": momentum"));
}

struct Drift;

impl Rule<1, 1, 0> for Drift {
    const NAME: &'static str = "drift";
    const SUMMARY: &'static str = "gradient descent that also moves without a gradient";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter; 1] = &[LR];

    fn coefficients(hyper: [f64; 1], _step: u64) -> [f64; 1] {
        hyper
    }

    fn update<R: Real>([eta]: [R; 1], theta: R, g: R, []: [R; 0]) -> (R, [R; 0]) {
        (theta - eta * (g + R::of(0.01)), [])
    }
}

#[test]
fn one_that_moves_without_a_gradient_is_seen() {
    assert_eq!(failed(&with_rule(Drift), "drift"), ["zero gradient"]);
}

struct Growth;

impl Rule<2, 2, 0> for Growth {
    const NAME: &'static str = "growth";
    const SUMMARY: &'static str = "gradient descent whose weight decay has the wrong sign";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter; 2] = &[LR, DECAY];

    fn coefficients(hyper: [f64; 2], _step: u64) -> [f64; 2] {
        hyper
    }

    fn update<R: Real>([eta, lambda]: [R; 2], theta: R, g: R, []: [R; 0]) -> (R, [R; 0]) {
        (theta - eta * (g - lambda * theta), [])
    }
}

#[test]
fn weight_decay_of_the_wrong_sign_is_seen() {
    assert_eq!(failed(&with_rule(Growth), "growth"), ["weight decay alone"]);
}

struct Misprint;

impl Rule<2, 2, 1> for Misprint {
    const NAME: &'static str = "misprint";
    const SUMMARY: &'static str = "momentum whose default is illegal";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter; 2] = &[LR, Parameter { default: 1.5, ..MOMENTUM }];

    fn coefficients(hyper: [f64; 2], _step: u64) -> [f64; 2] {
        hyper
    }

    fn update<R: Real>([eta, mu]: [R; 2], theta: R, g: R, [v]: [R; 1]) -> (R, [R; 1]) {
        let v = mu * v + g;
        (theta - eta * v, [v])
    }
}

#[test]
fn an_illegal_default_is_seen() {
    assert!(failed(&with_rule(Misprint), "misprint").contains(&"table".to_string()));
}

/// A matrix rule that is gradient descent with one thing wrong.
struct Wrong<const KIND: usize>;

const SHARED: usize = 0;
const FIRST_MEMBERS: usize = 1;
const HIDES_NAN: usize = 2;
const ALONE_ONLY: usize = 3;
const GROWS: usize = 4;

impl<const KIND: usize> MatrixRule for Wrong<KIND> {
    const NAME: &'static str = "wrong";
    const SUMMARY: &'static str = "gradient descent with one thing wrong";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter] = &[LR];

    fn initial(_context: &Context<'_>, param: &Tensor<3>) -> Vec<Tensor<3>> {
        vec![param.zeros_like()]
    }

    fn update(
        context: &Context<'_>,
        param: Tensor<3>,
        grad: Tensor<3>,
        state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let members = grad.dims()[0];
        let mut lr = context.get("lr");
        let mut grad = grad;
        let mut state = state;
        match KIND {
            // The state is the average over the members.
            SHARED => {
                let average = (state[0].clone() * 0.9 + grad.clone()).mean_dim(0);
                state = vec![average.repeat_dim(0, members)];
                grad = grad + state[0].clone() * 0.1;
            }
            FIRST_MEMBERS => lr = lr.narrow(0, 0, 1).repeat_dim(0, members),
            HIDES_NAN => {
                let broken = grad.clone().is_nan();
                grad = grad.mask_fill(broken, 0.0);
            }
            ALONE_ONLY => assert_eq!(members, 1, "only one member, please"),
            GROWS => state = vec![Tensor::cat(vec![state[0].clone(), grad.clone()], 1)],
            _ => {}
        }
        (param - grad * lr, state)
    }
}

#[test]
fn state_shared_between_members_is_seen() {
    let lines = failed(&with_matrix_rule(Wrong::<SHARED>), "wrong");
    assert!(lines.contains(&"members: independent".to_string()), "{lines:?}");
}

#[test]
fn hyperparameters_of_the_first_member_for_all_are_seen() {
    let lines = failed(&with_matrix_rule(Wrong::<FIRST_MEMBERS>), "wrong");
    assert!(lines.contains(&"members: independent".to_string()), "{lines:?}");
    assert!(!lines.iter().any(|name| name.starts_with("state")), "{lines:?}");
}

#[test]
fn a_hidden_nan_is_seen() {
    assert_eq!(failed(&with_matrix_rule(Wrong::<HIDES_NAN>), "wrong"), ["NaN gradient"]);
}

#[test]
fn one_that_panics_fails_and_the_rest_is_checked() {
    let registry = with_matrix_rule(Wrong::<ALONE_ONLY>);
    let report = check(&registry, "wrong", Precision::F64, None).unwrap();
    let members = report.failures().find(|line| line.name == "members").expect("populations panic");
    assert!(members.detail.contains("only one member, please"), "{}", members.detail);
    assert!(report.lines.iter().any(|line| line.name == "NaN gradient"));
}

#[test]
fn state_that_changes_its_size_is_seen() {
    let lines = failed(&with_matrix_rule(Wrong::<GROWS>), "wrong");
    assert!(lines.iter().any(|name| name.starts_with("state")), "{lines:?}");
}

/// Momentum that keeps its velocity to itself when asked for its state.
struct Forgetful {
    about: About,
}

#[derive(Clone)]
struct RunningForgetful {
    rates: Vec<f64>,
    velocity: Vec<Tensor<3>>,
}

impl Family for Forgetful {
    fn about(&self) -> &About {
        &self.about
    }

    fn start(&self, _: &Place, _: &[Shape], params: &Params, specs: &[&OptimizerSpec]) -> Box<dyn Running> {
        let rates = specs.iter().map(|spec| spec.get("lr").expect("it is in the table")).collect();
        Box::new(RunningForgetful { rates, velocity: params.tensors.iter().map(Tensor::zeros_like).collect() })
    }

    fn state_elements(&self, shapes: &[Shape]) -> usize {
        shapes.iter().map(Shape::elements).sum()
    }
}

impl Running for RunningForgetful {
    fn step(&mut self, now: &Moment<'_>, at: Gradient, _: &mut dyn Problem, params: &mut Params) -> Option<Gradient> {
        let rates = now.place.tensor(&self.rates, [self.rates.len(), 1, 1]);
        for ((param, velocity), grad) in params.tensors.iter_mut().zip(&mut self.velocity).zip(at.gradients) {
            *velocity = velocity.clone() * 0.9 + grad;
            *param = param.clone() - velocity.clone() * rates.clone();
        }
        None
    }

    fn rates(&self, _: f64) -> Option<Vec<f64>> {
        Some(self.rates.clone())
    }

    fn state(&self) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn set_state(&mut self, _: Vec<Tensor<3>>) {}

    fn select_hypers(&mut self, members: &[usize]) {
        self.rates = members.iter().map(|&m| self.rates[m]).collect();
        self.velocity = downhill_population::params::select_members(&self.velocity, members);
    }

    fn boxed_clone(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

#[test]
fn state_that_is_not_saved_is_seen() {
    let about = About {
        name: "forgetful",
        summary: "",
        source: "",
        doc: "",
        door: Door::Method,
        parameters: vec![LR],
        scheduled: true,
        nature: Nature::PLAIN,
    };
    let mut registry = Registry::builtin();
    registry.put(Arc::new(Forgetful { about }));
    assert_eq!(failed(&registry, "forgetful"), ["state: save and load"]);
}

/// A method that is gradient descent with one thing wrong.
struct WrongMethod<const KIND: usize>;

const STALE: usize = 0;
const CHARGES_ALL: usize = 1;

impl<const KIND: usize> Method for WrongMethod<KIND> {
    const NAME: &'static str = "wrong-method";
    const SUMMARY: &'static str = "gradient descent with one thing wrong";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter] = &[LR];

    fn initial(_: &Place, _: &Hypers, _: &Params) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let lr = now.get("lr");
        let step = |param: &Tensor<3>, grad: &Tensor<3>| param.clone() - grad.clone() * lr.clone();
        let moved: Vec<Tensor<3>> = params.tensors.iter().zip(&now.at.gradients).map(|(p, g)| step(p, g)).collect();
        let next = match KIND {
            STALE => Some(now.at),
            _ => {
                (0..params.members()).for_each(|_| drop(now.problem.gradient(&params)));
                None
            }
        };
        Stepped { params: Params { tensors: moved }, state, next }
    }
}

#[test]
fn a_gradient_of_another_point_handed_on_is_seen() {
    assert_eq!(failed(&with_method(WrongMethod::<STALE>), "wrong-method"), ["handed-on gradient"]);
}

#[test]
fn evaluations_charged_to_all_members_are_seen() {
    assert_eq!(failed(&with_method(WrongMethod::<CHARGES_ALL>), "wrong-method"), ["members: cost"]);
}

/// A method that asks for the gradient once more, and a wrapper: both are sound.
struct Twice;

impl Method for Twice {
    const NAME: &'static str = "twice";
    const SUMMARY: &'static str = "two steps of a base, the second with the gradient where the first one led";
    const SOURCE: &'static str = "";
    const TABLE: &'static [Parameter] = &[Parameter::new("share", "", 0.5, Legal::Fraction, "of the second step")];
    const NATURE: Nature = Nature { wraps: true, ..Nature::PLAIN };

    fn initial(_: &Place, _: &Hypers, _: &Params) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn step(mut now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let share = now.get("share");
        let mut params = params;
        let at = now.at.clone();
        now.base_step(at, &mut params);
        let mut second = now.problem.gradient(&params);
        second.gradients.iter_mut().for_each(|g| *g = g.clone() * share.clone());
        now.base_step(second, &mut params);
        let next = now.problem.gradient(&params);
        Stepped { params, state, next: Some(next) }
    }
}

#[test]
fn a_sound_wrapper_passes_and_pays_for_its_evaluations() {
    let registry = with_method(Twice);
    for spec in ["twice", "twice:base=adam", "twice:base=momentum,base.momentum=0.5", "twice:base=twice"] {
        for precision in [Precision::F32, Precision::F64] {
            let report = check(&registry, spec, precision, None).unwrap();
            assert!(report.passed(), "{spec}: {:?}", report.failures().collect::<Vec<_>>());
        }
    }
    let fingerprint = check(&registry, "twice", Precision::F64, None).unwrap().fingerprint.unwrap();
    // The first step pays for three, the others have the first of theirs from the step before.
    assert_eq!(fingerprint.evaluations, 2.05);
}
