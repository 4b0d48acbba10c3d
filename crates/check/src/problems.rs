//! The functions on which optimizers are checked: a few numbers in, loss and gradient in closed form out.
//!
//! Everything is computed in `f64` from the member's own numbers and rounded once into the population's precision, so a
//! member's gradient cannot depend on its neighbours and every bit is known.

use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Problem, Role, Shape, Values};
use downhill_random::{Purpose, Stream};
use std::sync::Arc;

/// A function of one member's parameters; some change with the step.
#[derive(Clone, Debug)]
pub(crate) enum ReferenceFunction {
    /// Σ cᵢxᵢ²/2 over all elements; the curvatures repeat from the first.
    Bowl(Vec<f64>),
    /// (1 − x)² + 20 (y − x²)²
    Rosenbrock20,
    /// A linear layer with bias, and a head, on data that they can fit exactly.
    Regression(Arc<Regression>),
    /// 0 everywhere.
    Flat,
    /// Linear, with new slopes at every step that are spread over twelve orders of magnitude around this one, and
    /// sometimes 0.
    Random(f64),
    /// Another function tilted anew at every step, by normal slopes of this size.
    Noisy(f64, Box<ReferenceFunction>),
    /// Σ (10ᵗx)²: a gradient that explodes with the step.
    Exploding,
    /// Another function; at this step the first element of its gradient is this number, its loss is unchanged.
    Broken(u64, f64, Box<ReferenceFunction>),
    /// Another function times a number.
    Scaled(f64, Box<ReferenceFunction>),
    /// Another function in other coordinates.
    Mapped(Map, Box<ReferenceFunction>),
}

/// Other coordinates, by an orthogonal matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Map {
    /// −x
    Mirror,
    /// A point's two coordinates, or two neighbouring rows of a matrix, turned by an angle in radians.
    Turn(f64),
    /// The order of all elements of every tensor reversed.
    Reverse,
}

/// One evaluation of a function.
pub(crate) struct Evaluation {
    pub loss: f64,
    pub gradient: Values,
    /// Numbers whose squares add up to the loss; None where the loss is no sum of squares.
    pub residuals: Option<Vec<f64>>,
}

/// The constants of [`ReferenceFunction::Regression`].
#[derive(Debug)]
pub(crate) struct Regression {
    weight: Linear,
    head: Linear,
}

/// A layer fitted to targets that it can reach: Σ (AW + b − Y)²/(2n).
#[derive(Debug)]
struct Linear {
    /// `[rows, inputs]`
    a: Vec<Vec<f64>>,
    /// `[rows, outputs]`
    y: Vec<Vec<f64>>,
}

impl Linear {
    fn new(rows: usize, inputs: usize, outputs: usize, bias: bool, stream: &mut Stream) -> Self {
        let mut draw = |rows: usize, cols: usize, size: f64| -> Vec<Vec<f64>> {
            (0..rows).map(|_| (0..cols).map(|_| stream.uniform_in(-size, size)).collect()).collect()
        };
        let mut a = draw(rows, inputs, 0.4);
        (0..rows).for_each(|i| a[i][i % inputs] += 1.0);
        let truth = draw(inputs, outputs, 1.0).concat();
        let offset = if bias { draw(1, outputs, 1.0).concat() } else { vec![0.0; outputs] };
        let mut linear = Self { y: vec![vec![0.0; outputs]; rows], a };
        linear.y = linear.errors(&truth, &offset).chunks(outputs).map(<[f64]>::to_vec).collect();
        linear
    }

    /// AW + b − Y, row by row.
    fn errors(&self, w: &[f64], b: &[f64]) -> Vec<f64> {
        let outputs = b.len();
        let row = |(a, y): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
            (0..outputs)
                .map(|o| a.iter().enumerate().map(|(i, a)| a * w[i * outputs + o]).sum::<f64>() + b[o] - y[o])
                .collect()
        };
        self.a.iter().zip(&self.y).flat_map(row).collect()
    }

    /// Residuals, and the gradients by W and b.
    fn evaluate(&self, w: &[f64], b: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let (n, outputs) = (self.a.len() as f64, b.len());
        let errors = self.errors(w, b);
        let mut by_w = vec![0.0; w.len()];
        let mut by_b = vec![0.0; outputs];
        for (a, e) in self.a.iter().zip(errors.chunks(outputs)) {
            for (o, e) in e.iter().enumerate() {
                by_b[o] += e / n;
                a.iter().enumerate().for_each(|(i, a)| by_w[i * outputs + o] += a * e / n);
            }
        }
        (errors.iter().map(|e| e / (2.0 * n).sqrt()).collect(), by_w, by_b)
    }
}

impl ReferenceFunction {
    /// Whether it is another function at every step.
    pub fn changes(&self) -> bool {
        match self {
            ReferenceFunction::Random(_) | ReferenceFunction::Noisy(..) | ReferenceFunction::Exploding => true,
            ReferenceFunction::Broken(_, _, of)
            | ReferenceFunction::Scaled(_, of)
            | ReferenceFunction::Mapped(_, of) => of.changes(),
            _ => false,
        }
    }

    /// Loss, gradient and residuals at a point, at a step.
    pub fn at(&self, step: u64, x: &Values) -> Evaluation {
        match self {
            ReferenceFunction::Bowl(curvatures) => {
                let mut curvature = curvatures.iter().cycle();
                let c: Values = like(x, |_| *curvature.next().unwrap_or(&1.0));
                squares(x.iter().flatten().zip(c.iter().flatten()).map(|(x, c)| (c / 2.0).sqrt() * x), both(x, &c))
            }
            ReferenceFunction::Rosenbrock20 => {
                let (x, y) = (x[0][0], x[0][1]);
                let across = y - x * x;
                let gradient = vec![vec![-2.0 * (1.0 - x) - 80.0 * x * across, 40.0 * across]];
                squares([1.0 - x, 20f64.sqrt() * across].into_iter(), gradient)
            }
            ReferenceFunction::Regression(data) => {
                let (mut residuals, by_w, by_b) = data.weight.evaluate(&x[0], &x[1]);
                let (of_head, by_head, _) = data.head.evaluate(&x[2], &[0.0; 2]);
                residuals.extend(of_head);
                squares(residuals.into_iter(), vec![by_w, by_b, by_head])
            }
            ReferenceFunction::Flat => squares(x.iter().flatten().map(|_| 0.0), like(x, |_| 0.0)),
            ReferenceFunction::Random(size) => {
                let mut stream = Stream::new(1, Purpose::Test, step);
                let slopes = like(x, |_| match stream.below(8) {
                    0 => 0.0,
                    _ => size * stream.normal() * 10f64.powf(stream.uniform_in(-6.0, 6.0)),
                });
                tilted(None, x, slopes)
            }
            ReferenceFunction::Noisy(size, of) => {
                let mut stream = Stream::new(2, Purpose::Test, step);
                let slopes = like(x, |_| size * stream.normal());
                tilted(Some(of.at(step, x)), x, slopes)
            }
            ReferenceFunction::Exploding => {
                let slope = 10f64.powf(step as f64);
                squares(x.iter().flatten().map(|x| slope * x), like(x, |x| 2.0 * slope * slope * x))
            }
            ReferenceFunction::Broken(when, value, of) => {
                let mut at = of.at(step, x);
                if step == *when {
                    at.gradient[0][0] = *value;
                    at.residuals.iter_mut().for_each(|r| r[0] = *value);
                }
                at
            }
            ReferenceFunction::Scaled(by, of) => {
                let at = of.at(step, x);
                Evaluation {
                    loss: at.loss * by,
                    gradient: like(&at.gradient, |g| g * by),
                    residuals: at.residuals.map(|r| r.iter().map(|r| r * by.sqrt()).collect()),
                }
            }
            ReferenceFunction::Mapped(map, of) => {
                let at = of.at(step, &map.inverse().of(x));
                Evaluation { gradient: map.of(&at.gradient), ..at }
            }
        }
    }
}

impl Map {
    /// A point in the new coordinates.
    pub fn of(self, x: &Values) -> Values {
        match self {
            Map::Mirror => like(x, |x| -x),
            Map::Turn(angle) => x.iter().map(|x| turned(x, angle)).collect(),
            Map::Reverse => x.iter().map(|x| x.iter().rev().copied().collect()).collect(),
        }
    }

    fn inverse(self) -> Self {
        match self {
            Map::Turn(angle) => Map::Turn(-angle),
            other => other,
        }
    }
}

/// A point `[1, 2]` turned, or the rows of the weights `[4, 3]` turned in pairs; other tensors stay.
fn turned(x: &[f64], angle: f64) -> Vec<f64> {
    let (sin, cos) = angle.sin_cos();
    let cols = match x.len() {
        2 => 1,
        12 => 3,
        _ => return x.to_vec(),
    };
    x.chunks(2 * cols)
        .flat_map(|pair| {
            let (upper, lower) = pair.split_at(cols);
            let up = upper.iter().zip(lower).map(|(a, b)| cos * a - sin * b);
            let down = upper.iter().zip(lower).map(|(a, b)| sin * a + cos * b);
            up.chain(down).collect::<Vec<f64>>()
        })
        .collect()
}

fn like(x: &Values, mut number: impl FnMut(f64) -> f64) -> Values {
    x.iter().map(|x| x.iter().map(|&x| number(x)).collect()).collect()
}

fn both(x: &Values, y: &Values) -> Values {
    x.iter().zip(y).map(|(x, y)| x.iter().zip(y).map(|(x, y)| x * y).collect()).collect()
}

fn squares(residuals: impl Iterator<Item = f64>, gradient: Values) -> Evaluation {
    let residuals: Vec<f64> = residuals.collect();
    Evaluation { loss: residuals.iter().map(|r| r * r).sum(), gradient, residuals: Some(residuals) }
}

fn tilted(of: Option<Evaluation>, x: &Values, slopes: Values) -> Evaluation {
    let loss: f64 = both(x, &slopes).iter().flatten().sum();
    match of {
        None => Evaluation { loss, gradient: slopes, residuals: None },
        Some(of) => {
            let mut slopes = slopes.into_iter().flatten();
            let gradient = like(&of.gradient, |g| g + slopes.next().unwrap_or(0.0));
            Evaluation { loss: of.loss + loss, gradient, residuals: None }
        }
    }
}

/// A function and the start of a descent.
#[derive(Clone, Debug)]
pub(crate) struct Descent {
    pub name: &'static str,
    pub shapes: Vec<Shape>,
    pub start: Values,
    pub function: ReferenceFunction,
}

impl Descent {
    fn on_a_point(name: &'static str, start: [f64; 2], function: ReferenceFunction) -> Self {
        let shapes = vec![Shape { name: "x".into(), rows: 1, cols: 2, role: Role::Point }];
        Self { name, shapes, start: vec![start.to_vec()], function }
    }

    /// Curvature 1 in all directions.
    pub fn bowl() -> Self {
        Self::on_a_point("bowl", [0.5, -0.3], ReferenceFunction::Bowl(vec![1.0]))
    }

    /// Curvatures 1 and 100.
    pub fn narrow_bowl() -> Self {
        Self::on_a_point("narrow bowl", [0.5, 0.1], ReferenceFunction::Bowl(vec![1.0, 100.0]))
    }

    /// Curvatures 1 and -1: without a minimum.
    pub fn saddle() -> Self {
        Self::on_a_point("saddle", [0.5, 0.1], ReferenceFunction::Bowl(vec![1.0, -1.0]))
    }

    /// The curved valley, from its floor, where the second derivatives have no negative direction; and on this side of
    /// the origin, where an optimizer whose steps are a share of the parameters (LARS) would get stuck.
    pub fn valley() -> Self {
        Self::on_a_point("Rosenbrock", [0.25, 0.0625], ReferenceFunction::Rosenbrock20)
    }

    /// The curved valley, from above and far away: a line search has to search.
    pub fn steep_valley() -> Self {
        Self::on_a_point("steep Rosenbrock", [-1.2, 1.0], ReferenceFunction::Rosenbrock20)
    }

    /// Weights `[4, 3]`, biases `[1, 3]` and a head `[3, 2]`.
    pub fn regression() -> Self {
        let mut stream = Stream::new(3, Purpose::Test, 0);
        let weight = Linear::new(6, 4, 3, true, &mut stream);
        let head = Linear::new(4, 3, 2, false, &mut stream);
        let shapes = [("weight", 4, 3, Role::Weight), ("bias", 1, 3, Role::Bias), ("head", 3, 2, Role::Head)];
        let shapes: Vec<Shape> =
            shapes.map(|(name, rows, cols, role)| Shape { name: name.into(), rows, cols, role }).to_vec();
        let start = shapes.iter().map(|s| (0..s.elements()).map(|_| stream.uniform_in(-0.5, 0.5)).collect()).collect();
        let function = ReferenceFunction::Regression(Arc::new(Regression { weight, head }));
        Self { name: "regression", shapes, start, function }
    }

    /// The same start on another function.
    pub fn on(&self, function: ReferenceFunction) -> Self {
        Self { function, ..self.clone() }
    }

    pub fn scaled(&self, by: f64) -> Self {
        self.on(ReferenceFunction::Scaled(by, Box::new(self.function.clone())))
    }

    pub fn noisy(&self, size: f64) -> Self {
        self.on(ReferenceFunction::Noisy(size, Box::new(self.function.clone())))
    }

    pub fn broken(&self, step: u64, value: f64) -> Self {
        self.on(ReferenceFunction::Broken(step, value, Box::new(self.function.clone())))
    }

    /// The same in other coordinates.
    pub fn mapped(&self, map: Map) -> Self {
        let function = ReferenceFunction::Mapped(map, Box::new(self.function.clone()));
        Self { start: map.of(&self.start), function, ..self.clone() }
    }

    pub fn parameters(&self) -> usize {
        self.shapes.iter().map(Shape::elements).sum()
    }
}

/// Every member's function at one step, as an optimizer sees it.
pub(crate) struct AtStep<'a> {
    pub place: &'a Place,
    pub functions: &'a [ReferenceFunction],
    pub step: u64,
    /// Each member's evaluations so far.
    pub evaluations: &'a mut [u64],
}

impl AtStep<'_> {
    fn evaluate(&self, function: impl Fn(usize) -> usize, params: &Params) -> Gradient {
        let all: Vec<Evaluation> =
            params.to_members().iter().enumerate().map(|(i, x)| self.functions[function(i)].at(self.step, x)).collect();
        let losses: Vec<f64> = all.iter().map(|e| e.loss).collect();
        let tensor = |(t, like): (usize, &Tensor<3>)| {
            let values: Vec<f64> = all.iter().flat_map(|e| e.gradient[t].iter().copied()).collect();
            self.place.tensor(&values, like.dims())
        };
        Gradient {
            losses: self.place.tensor(&losses, [losses.len(), 1, 1]),
            gradients: params.tensors.iter().enumerate().map(tensor).collect(),
        }
    }

    /// The gradient of all members, charged to none.
    pub fn free_gradient(&self, params: &Params) -> Gradient {
        self.evaluate(|member| member, params)
    }
}

impl Problem for AtStep<'_> {
    fn gradient(&mut self, params: &Params) -> Gradient {
        self.evaluations.iter_mut().for_each(|n| *n += 1);
        self.free_gradient(params)
    }

    fn gradient_of(&mut self, member: usize, points: &Params) -> Gradient {
        self.evaluations[member] += points.members() as u64;
        self.evaluate(|_| member, points)
    }

    fn residuals_of(&mut self, member: usize, points: &Params) -> Option<Tensor<3>> {
        self.evaluations[member] += points.members() as u64;
        let residuals = |x: &Values| self.functions[member].at(self.step, x).residuals;
        let all: Vec<Vec<f64>> = points.to_members().iter().map(residuals).collect::<Option<_>>()?;
        let each = all.first().map_or(0, Vec::len);
        Some(self.place.tensor(&all.concat(), [all.len(), 1, each]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences agree with every gradient, and squared residuals with every loss.
    #[test]
    fn gradients_and_residuals_are_those_of_the_loss() {
        let regression = Descent::regression();
        let descents = [
            Descent::bowl(),
            Descent::narrow_bowl(),
            Descent::valley(),
            regression.clone(),
            regression.noisy(0.3),
            regression.scaled(8.0),
            regression.on(ReferenceFunction::Random(1.0)),
            regression.mapped(Map::Turn(0.5)),
            Descent::valley().mapped(Map::Turn(0.5)),
            Descent::valley().mapped(Map::Reverse),
            regression.mapped(Map::Mirror),
        ];
        for descent in descents {
            let at = descent.function.at(3, &descent.start);
            if let Some(residuals) = at.residuals {
                assert!((residuals.iter().map(|r| r * r).sum::<f64>() - at.loss).abs() < 1e-12, "{descent:?}");
            }
            for (t, i) in (0..descent.start.len()).flat_map(|t| (0..descent.start[t].len()).map(move |i| (t, i))) {
                let moved = |by: f64| {
                    let mut x = descent.start.clone();
                    x[t][i] += by;
                    descent.function.at(3, &x).loss
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let exact = at.gradient[t][i];
                assert!((slope - exact).abs() <= 1e-5 * exact.abs().max(1.0), "{descent:?} {t} {i}: {slope} {exact}");
            }
        }
    }

    #[test]
    fn a_task_in_other_coordinates_has_the_same_loss() {
        for descent in [Descent::valley(), Descent::regression()] {
            for map in [Map::Mirror, Map::Turn(0.7), Map::Reverse] {
                let mapped = descent.mapped(map);
                let (one, other) =
                    (descent.function.at(1, &descent.start).loss, mapped.function.at(1, &mapped.start).loss);
                assert!((one - other).abs() < 1e-12);
            }
        }
    }
}
