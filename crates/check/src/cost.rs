//! The cost of a step, relative to copying the parameters. The only place that reads the clock.

use crate::CheckError;
use crate::subject::Subject;
use burn::tensor::Tensor;
use downhill_optim::{Clip, Moment, Optimizer, OptimizerSpec, Registry};
use downhill_population::{Gradient, Params, Place, Precision, Problem, Role, Shape};
use serde::Serialize;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Number of timed steps, of which the median counts.
const STEPS: usize = 7;
/// No more steps after this time.
const PATIENCE: Duration = Duration::from_millis(400);

/// A step's time over the time to copy the parameters once, in `f32`; gradient evaluations are not included.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// One member with 1,000,000 parameters, in 16 matrices.
    pub large: f64,
    /// 64 members with 10,000 parameters, in one matrix.
    pub many: f64,
    /// Nanoseconds for each parameter of the one member.
    pub nanoseconds: f64,
}

/// Times steps of `spec` in `f32`; None for an optimizer that cannot take a million parameters or needs residuals.
///
/// # Errors
/// When the registry does not know `spec`.
pub fn measure_cost(registry: &Registry, spec: &str) -> Result<Option<Cost>, CheckError> {
    let subject = Subject::new(registry, spec, Precision::F32)?;
    // A line search on a gradient that is the same everywhere would never end well.
    let limited = subject.is_exact();
    if limited || subject.most_parameters() < 1_000_000 {
        return Ok(None);
    }
    let spec = subject.tame();
    let large = time(&subject.place, &spec, 1, 16, 250);
    let many = time(&subject.place, &spec, 64, 1, 100);
    Ok(Some(Cost {
        large: large / copy_time(1_000_000),
        many: many / copy_time(640_000),
        nanoseconds: large * 1e9 / 1e6,
    }))
}

/// A ready gradient: the same everywhere, at no cost.
struct Ready(Gradient);

impl Problem for Ready {
    fn gradient(&mut self, _params: &Params) -> Gradient {
        self.0.clone()
    }

    fn gradient_of(&mut self, member: usize, points: &Params) -> Gradient {
        let one = |tensor: &Tensor<3>| tensor.clone().narrow(0, member, 1).repeat_dim(0, points.members());
        Gradient { losses: one(&self.0.losses), gradients: self.0.gradients.iter().map(one).collect() }
    }

    fn residuals_of(&mut self, _member: usize, _points: &Params) -> Option<Tensor<3>> {
        None
    }
}

/// Seconds for a step: the median of several, after one that warms up.
fn time(place: &Place, spec: &OptimizerSpec, members: usize, matrices: usize, side: usize) -> f64 {
    let shape = |i: usize| Shape { name: format!("{i}.weight"), rows: side, cols: side, role: Role::Weight };
    let shapes: Vec<Shape> = (0..matrices).map(shape).collect();
    // Numbers of all sizes below 1, in an arbitrary order.
    let numbers = |seed: usize, scale: f64| -> Tensor<3> {
        let one = |i: usize| ((i * 7919 + seed * 104_729) % 10_007) as f64 / 10_007.0 - 0.5;
        let values: Vec<f64> = (0..members * side * side).map(|i| scale * one(i)).collect();
        place.tensor(&values, [members, side, side])
    };
    let mut params = Params { tensors: (0..matrices).map(|i| numbers(i, 1.0)).collect() };
    let gradient = || Gradient {
        losses: place.tensor(&vec![1.0; members], [members, 1, 1]),
        gradients: (0..matrices).map(|i| numbers(i + 100, 0.01)).collect(),
    };
    let mut ready = Ready(gradient());
    let mut optimizer = Optimizer::new(place, &shapes, &params, &vec![spec.clone(); members]);
    let mut times = Vec::new();
    let begun = Instant::now();
    for step in 1..=STEPS as u64 + 1 {
        let at = gradient();
        let moment = Moment { place, step, factor: 1.0, clip: &Clip::default() };
        let start = Instant::now();
        let next = optimizer.step(&moment, at, &mut ready, &mut params);
        times.push(start.elapsed().as_secs_f64());
        black_box(&next);
        if begun.elapsed() > PATIENCE {
            break;
        }
    }
    if times.len() > 1 {
        times.remove(0);
    }
    median(times)
}

/// Seconds to copy `count` numbers in `f32`.
fn copy_time(count: usize) -> f64 {
    let from = vec![1.0f32; count];
    let mut to = vec![0.0f32; count];
    let times = (0..21)
        .map(|_| {
            let start = Instant::now();
            black_box(&mut to).copy_from_slice(black_box(&from));
            start.elapsed().as_secs_f64()
        })
        .collect();
    median(times)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
