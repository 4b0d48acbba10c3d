//! A population on its way, and the comparison of members' paths.

use crate::problems::{AtStep, Descent, ReferenceFunction};
use downhill_optim::{Clip, Moment, Optimizer, OptimizerSpec};
use downhill_population::{Gradient, Params, Place, Shape, Values};

/// One member before its first step.
#[derive(Clone)]
pub(crate) struct Member {
    pub spec: OptimizerSpec,
    pub start: Values,
    pub function: ReferenceFunction,
}

impl Member {
    pub fn new(spec: &OptimizerSpec, descent: &Descent) -> Self {
        Self { spec: spec.clone(), start: descent.start.clone(), function: descent.function.clone() }
    }
}

/// One member's state at a step.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its parameters.
    pub point: Values,
    /// The parameters at which the loss is evaluated.
    pub evaluated: Values,
    /// The optimizer's state.
    pub state: Values,
}

impl Seen {
    /// The same bits everywhere; one NaN is as good as another.
    pub fn same(&self, other: &Self) -> bool {
        same(&self.point, &other.point) && same(&self.evaluated, &other.evaluated) && same(&self.state, &other.state)
    }

    /// The same bits, apart from the state.
    pub fn same_place(&self, other: &Self) -> bool {
        same(&self.point, &other.point) && same(&self.evaluated, &other.evaluated)
    }
}

/// The same bits, where one NaN is as good as another.
pub(crate) fn same(a: &Values, b: &Values) -> bool {
    let equal = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    let tensor = |(a, b): (&Vec<f64>, &Vec<f64>)| a.len() == b.len() && a.iter().zip(b).all(equal);
    a.len() == b.len() && a.iter().zip(b).all(tensor)
}

/// The largest difference between two lists of numbers, in units of the largest number or 1; infinite with a NaN.
pub(crate) fn deviation(a: &Values, b: &Values) -> f64 {
    let pairs = || a.iter().flatten().zip(b.iter().flatten());
    let size = pairs().map(|(a, b)| a.abs().max(b.abs())).fold(1.0, f64::max);
    pairs()
        .map(|(a, b)| (a - b).abs() / size)
        .fold(0.0, |worst, d| if d.is_finite() { worst.max(d) } else { f64::INFINITY })
}

/// A population on its way.
#[derive(Clone)]
pub(crate) struct Walk<'a> {
    pub place: &'a Place,
    pub functions: Vec<ReferenceFunction>,
    pub optimizer: Optimizer,
    pub params: Params,
    /// Updates so far.
    pub step: u64,
    /// Each member's gradient evaluations so far.
    pub evaluations: Vec<u64>,
    /// The gradient at the parameters, if the last step handed it on.
    pub handed: Option<Gradient>,
}

impl<'a> Walk<'a> {
    pub fn new(place: &'a Place, shapes: &[Shape], members: &[Member]) -> Self {
        let starts: Vec<Values> = members.iter().map(|m| m.start.clone()).collect();
        let specs: Vec<OptimizerSpec> = members.iter().map(|m| m.spec.clone()).collect();
        let params = Params::from_members(place, shapes, &starts);
        Self {
            place,
            functions: members.iter().map(|m| m.function.clone()).collect(),
            optimizer: Optimizer::new(place, shapes, &params, &specs),
            params,
            step: 0,
            evaluations: vec![0; members.len()],
            handed: None,
        }
    }

    /// One member on a descent.
    pub fn alone(place: &'a Place, spec: &OptimizerSpec, descent: &Descent) -> Self {
        Self::new(place, &descent.shapes, &[Member::new(spec, descent)])
    }

    /// One update. The gradient is evaluated anew, and charged unless the step before had handed it on.
    pub fn advance(&mut self) {
        self.step += 1;
        let handed = self.handed.take().is_some();
        let mut at_step = AtStep {
            place: self.place,
            functions: &self.functions,
            step: self.step,
            evaluations: &mut self.evaluations,
        };
        let at = at_step.free_gradient(&self.params);
        for (n, function) in at_step.evaluations.iter_mut().zip(&self.functions) {
            *n += u64::from(!handed || function.changes());
        }
        let moment = Moment { place: self.place, step: self.step, factor: 1.0, clip: &Clip::default() };
        self.handed = self.optimizer.step(&moment, at, &mut at_step, &mut self.params);
    }

    pub fn run(&mut self, steps: u64) {
        (0..steps).for_each(|_| self.advance());
    }

    /// The true gradient at the parameters, charged to no member.
    pub fn gradient(&mut self) -> Gradient {
        let at_step = AtStep {
            place: self.place,
            functions: &self.functions,
            step: self.step,
            evaluations: &mut self.evaluations,
        };
        at_step.free_gradient(&self.params)
    }

    pub fn evaluated(&self) -> Vec<Values> {
        self.optimizer.evaluated(self.place, &self.params).to_members()
    }

    /// Each member's loss at its evaluation point.
    pub fn losses(&self) -> Vec<f64> {
        self.evaluated().iter().zip(&self.functions).map(|(x, f)| f.at(self.step, x).loss).collect()
    }

    pub fn seen(&self) -> Vec<Seen> {
        let (points, evaluated, states) = (self.params.to_members(), self.evaluated(), self.optimizer.to_members());
        points
            .into_iter()
            .zip(evaluated)
            .zip(states)
            .map(|((point, evaluated), state)| Seen { point, evaluated, state })
            .collect()
    }

    /// The members' states after each of `steps` updates.
    pub fn path(&mut self, steps: u64) -> Vec<Vec<Seen>> {
        (0..steps)
            .map(|_| {
                self.advance();
                self.seen()
            })
            .collect()
    }

    /// The evaluation points of the first member, before and after each of `steps` updates.
    pub fn points(&mut self, steps: u64) -> Vec<Values> {
        let mut points = vec![self.evaluated().swap_remove(0)];
        for _ in 0..steps {
            self.advance();
            points.push(self.evaluated().swap_remove(0));
        }
        points
    }

    /// Keeps the named members only.
    pub fn select(&mut self, members: &[usize]) {
        self.optimizer.select(members);
        self.params = self.params.select(members);
        self.functions = members.iter().map(|&m| self.functions[m].clone()).collect();
        self.evaluations = members.iter().map(|&m| self.evaluations[m]).collect();
        self.handed = None;
    }
}
