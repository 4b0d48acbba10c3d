//! Optimizers of every door as somebody elsewhere writes them, with the prelude alone: the same bits as ours.

use crate::common::{Landscape, walk, walk_of};
use downhill_optim::prelude::*;

struct MyAdam;

impl Rule<5, 9, 2> for MyAdam {
    const NAME: &'static str = "my-adam";
    const SUMMARY: &'static str = "Adam, written elsewhere";
    const SOURCE: &'static str = "Kingma and Ba 2015";
    const TABLE: &'static [Parameter; 5] =
        &[learning_rate(1e-3), beta1(0.9), beta2(0.999, "decay"), epsilon(1e-8), COUPLED_DECAY];

    fn coefficients(hyper: [f64; 5], step: u64) -> [f64; 9] {
        adam_coefficients(hyper, step)
    }

    fn edge([_, beta1, ..]: [f64; 5]) -> Option<f64> {
        Some(edge_of_average(beta1))
    }

    fn update<R: Real>(c: [R; 9], theta: R, g: R, [m, v]: [R; 2]) -> (R, [R; 2]) {
        let [eta, beta1, new1, correct1, beta2, new2, correct2, eps, lambda] = c;
        let g = g + lambda * theta;
        let m = beta1 * m + new1 * g;
        let v = beta2 * v + new2 * g * g;
        (theta - eta * (m * correct1).ratio((v * correct2).sqrt() + eps), [m, v])
    }
}

struct MyLamb;

impl MatrixRule for MyLamb {
    const NAME: &'static str = "my-lamb";
    const SUMMARY: &'static str = "LAMB, written elsewhere";
    const SOURCE: &'static str = "You et al. 2020";
    const TABLE: &'static [Parameter] =
        &[learning_rate(1e-3), beta1(0.9), beta2(0.999, "decay"), epsilon(1e-6), decoupled_decay(0.0)];

    fn initial(_context: &Context<'_>, theta: &Tensor<3>) -> Vec<Tensor<3>> {
        vec![theta.zeros_like(), theta.zeros_like()]
    }

    fn update(
        context: &Context<'_>,
        theta: Tensor<3>,
        g: Tensor<3>,
        mut state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let [m, v] = averages(context, &g, state.remove(0), state.remove(0));
        let u = adam_direction(context, &m, &v, "eps") + context.get("weight_decay") * theta.clone();
        let r = trust_ratio(context.each(|_| 1.0), &theta, &u, context.each(|_| 0.0));
        (theta - context.get("lr") * r * u, vec![m, v])
    }
}

struct MySam;

impl Method for MySam {
    const NAME: &'static str = "my-sam";
    const SUMMARY: &'static str = "SAM, written elsewhere";
    const SOURCE: &'static str = "Foret et al. 2021";
    const TABLE: &'static [Parameter] = &[Parameter::new("rho", "ρ", 0.05, Legal::NonNegative, "how far uphill")];
    const NATURE: Nature = Nature { wraps: true, bends_gradient: true, ..Nature::PLAIN };

    fn initial(_place: &Place, _hypers: &Hypers, _params: &Params) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn step(mut now: Now<'_>, mut params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let norms = host::norms(now.moment.place, &now.at.gradients);
        let uphill = now.hypers.each(now.moment.place, |m| now.hypers.get(m, "rho") / norms[m]);
        let above = Params { tensors: add(&params.tensors, &scale(&now.at.gradients, &uphill)) };
        let gradients = now.problem.gradient(&above).gradients;
        now.base_step(Gradient { losses: now.at.losses.clone(), gradients }, &mut params);
        Stepped { params, state, next: None }
    }
}

#[test]
fn optimizers_of_every_door_written_with_the_prelude_take_the_steps_of_ours() {
    let mut registry = Registry::builtin();
    registry.add(MyAdam);
    registry.add_matrix_rule(MyLamb);
    registry.add_method(MySam);
    for text in ["adam:lr=0.05,weight_decay=0.1", "lamb:lr=0.05,weight_decay=0.1", "sam:rho=0.1,base=adam,lr=0.05"] {
        let mine = registry.parse(&format!("my-{text}")).unwrap();
        let (landscape, start) = (Landscape::Rosenbrock(10.0), [-1.0, 1.5]);
        let (mine, ours) = (walk_of(landscape, mine, start, 50), walk(landscape, text, start, 50));
        assert_eq!(mine.points, ours.points, "{text}");
        assert_eq!(mine.evaluations, ours.evaluations, "{text}");
    }
}
