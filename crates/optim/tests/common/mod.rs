//! Functions of two variables, and a walk on them.

use burn::tensor::Tensor;
use downhill_optim::{Clip, Moment, Optimizer, OptimizerSpec, Registry};
use downhill_population::{Backend, Counted, Objective, Params, Place, Precision, Problem, Role, Shape};

/// A function of two variables.
#[derive(Clone, Copy, Debug)]
pub enum Landscape {
    /// (1 − x)² + c (y − x²)²
    Rosenbrock(f64),
    /// (a x² + b y²)/2
    Bowl(f64, f64),
}

impl Objective for Landscape {
    type Batch = ();

    fn losses(&self, params: &[Tensor<3>], (): &()) -> Tensor<3> {
        if let Landscape::Bowl(a, b) = self {
            let square = |i: usize| params[0].clone().narrow(2, i, 1).powi_scalar(2);
            return square(0) * (a / 2.0) + square(1) * (b / 2.0);
        }
        let r = self.residuals(params, &()).expect("Rosenbrock's function is a sum of squares");
        (r.clone() * r).sum_dim(2)
    }

    fn batch_of(&self, (): &(), _member: usize, _copies: usize) {}

    fn residuals(&self, params: &[Tensor<3>], (): &()) -> Option<Tensor<3>> {
        let x = params[0].clone().narrow(2, 0, 1);
        let y = params[0].clone().narrow(2, 1, 1);
        let parts = match self {
            Landscape::Rosenbrock(c) => vec![x.clone().neg() + 1.0, (y - x.clone() * x) * c.sqrt()],
            Landscape::Bowl(a, b) => vec![x * (a / 2.0).sqrt(), y * (b / 2.0).sqrt()],
        };
        Some(Tensor::cat(parts, 2))
    }
}

/// One member's walk.
pub struct Walk {
    /// The points after 0, 1, … updates, at which gradients are taken.
    pub points: Vec<[f64; 2]>,
    /// The evaluation points.
    pub evaluated: Vec<[f64; 2]>,
    /// Gradient evaluations after 0, 1, … updates.
    pub evaluations: Vec<u64>,
}

pub fn f64_place() -> Place {
    Place::new(Backend::Flex, Precision::F64).unwrap()
}

pub fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

/// Updates of one member from `start`; a next gradient that the optimizer hands on is used and not charged.
pub fn walk(landscape: Landscape, text: &str, start: [f64; 2], steps: u64) -> Walk {
    walk_of(landscape, spec(text), start, steps)
}

/// The same with any optimizer.
pub fn walk_of(landscape: Landscape, spec: OptimizerSpec, start: [f64; 2], steps: u64) -> Walk {
    let place = f64_place();
    let shapes = [Shape { name: "x".into(), rows: 1, cols: 2, role: Role::Point }];
    let mut params = Params::from_members(&place, &shapes, &[vec![start.to_vec()]]);
    let mut optimizer = Optimizer::new(&place, &shapes, &params, &[spec]);
    let point = |params: &Params| {
        let values = params.to_members().remove(0).concat();
        [values[0], values[1]]
    };
    let mut walk = Walk {
        points: vec![start],
        evaluated: vec![point(&optimizer.evaluated(&place, &params))],
        evaluations: vec![0],
    };
    let (mut evaluations, mut next) = (vec![0], None);
    for step in 1..=steps {
        let mut problem = Counted { objective: &landscape, batch: &(), evaluations: &mut evaluations };
        let at = next.take().unwrap_or_else(|| problem.gradient(&params));
        let moment = Moment { place: &place, step, factor: 1.0, clip: &Clip::default() };
        next = optimizer.step(&moment, at, &mut problem, &mut params);
        walk.points.push(point(&params));
        walk.evaluated.push(point(&optimizer.evaluated(&place, &params)));
        walk.evaluations.push(evaluations[0]);
    }
    walk
}
