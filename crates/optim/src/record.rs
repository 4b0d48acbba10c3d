//! A rule's equations, recorded once and run as tensor operations.
//!
//! [`Recorded`] is a [`Real`] that computes nothing: it records each operation. Running the tape evaluates the same
//! operations in the same order on tensors, so a backend without a pass over memory (a GPU) gets every rule for free.

use crate::real::Real;
use crate::tensors::{max, min, ratio, sign, where_positive};
use burn::tensor::Tensor;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A place on the tape.
#[derive(Clone, Copy)]
pub struct Recorded(usize);

#[derive(Clone, Copy)]
enum Operation {
    Input,
    Constant(f64),
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Div(usize, usize),
    Max(usize, usize),
    Min(usize, usize),
    Ratio(usize, usize),
    WherePositive(usize, usize, usize),
    Neg(usize),
    Sqrt(usize),
    Abs(usize),
    Sign(usize),
}

thread_local!(static TAPE: RefCell<Vec<Operation>> = const { RefCell::new(Vec::new()) });

fn push(operation: Operation) -> Recorded {
    TAPE.with_borrow_mut(|tape| {
        tape.push(operation);
        Recorded(tape.len() - 1)
    })
}

impl Add for Recorded {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        push(Operation::Add(self.0, other.0))
    }
}
impl Sub for Recorded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        push(Operation::Sub(self.0, other.0))
    }
}
impl Mul for Recorded {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        push(Operation::Mul(self.0, other.0))
    }
}
impl Div for Recorded {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        push(Operation::Div(self.0, other.0))
    }
}
impl Neg for Recorded {
    type Output = Self;
    fn neg(self) -> Self {
        push(Operation::Neg(self.0))
    }
}
impl Real for Recorded {
    fn of(constant: f64) -> Self {
        push(Operation::Constant(constant))
    }
    fn sqrt(self) -> Self {
        push(Operation::Sqrt(self.0))
    }
    fn abs(self) -> Self {
        push(Operation::Abs(self.0))
    }
    fn sign(self) -> Self {
        push(Operation::Sign(self.0))
    }
    fn max(self, other: Self) -> Self {
        push(Operation::Max(self.0, other.0))
    }
    fn min(self, other: Self) -> Self {
        push(Operation::Min(self.0, other.0))
    }
    fn where_positive(self, yes: Self, no: Self) -> Self {
        push(Operation::WherePositive(self.0, yes.0, no.0))
    }
    fn ratio(self, divisor: Self) -> Self {
        push(Operation::Ratio(self.0, divisor.0))
    }
}

/// A recorded function of tensors.
pub(crate) struct Tape {
    operations: Vec<Operation>,
    /// The place of the parameter, whose shape every output has.
    param: usize,
    outputs: Vec<usize>,
}

/// Records a function that takes its inputs one by one, and gives the parameter among them and its outputs.
pub(crate) fn tape(function: impl FnOnce(&dyn Fn() -> Recorded) -> (Recorded, Vec<Recorded>)) -> Tape {
    TAPE.with_borrow_mut(Vec::clear);
    let (param, outputs) = function(&|| push(Operation::Input));
    Tape { operations: TAPE.take(), param: param.0, outputs: outputs.into_iter().map(|r| r.0).collect() }
}

impl Tape {
    /// Evaluates the tape; the inputs broadcast against each other.
    pub(crate) fn run(&self, inputs: Vec<Tensor<3>>) -> Vec<Tensor<3>> {
        let mut inputs = inputs.into_iter();
        let mut values: Vec<Tensor<3>> = Vec::with_capacity(self.operations.len());
        for &operation in &self.operations {
            let at = |i: usize| values[i].clone();
            let value = match operation {
                Operation::Input => inputs.next().expect("one tensor per recorded input"),
                // Device and type are taken from any input; the shape broadcasts.
                Operation::Constant(constant) => {
                    let options = (&values[0].device(), values[0].dtype());
                    Tensor::full([1, 1, 1], constant, options)
                }
                Operation::Add(a, b) => at(a) + at(b),
                Operation::Sub(a, b) => at(a) - at(b),
                Operation::Mul(a, b) => at(a) * at(b),
                Operation::Div(a, b) => at(a) / at(b),
                Operation::Max(a, b) => max(at(a), at(b)),
                Operation::Min(a, b) => min(at(a), at(b)),
                Operation::Ratio(a, b) => ratio(at(a), at(b)),
                Operation::WherePositive(a, yes, no) => where_positive(at(a), at(yes), at(no)),
                Operation::Neg(a) => -at(a),
                Operation::Sqrt(a) => at(a).sqrt(),
                Operation::Abs(a) => at(a).abs(),
                Operation::Sign(a) => sign(at(a)),
            };
            values.push(value);
        }
        // An output that depends on no element (a counter) still has one number per element.
        let shape = values[self.param].dims();
        self.outputs.iter().map(|&i| values[i].clone().expand(shape)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::Real;
    use crate::doors::rule::{Rule, erased};
    use burn::tensor::Tensor;
    use downhill_population::{Backend, Place, Precision, host};
    use downhill_spec::Parameter;

    /// Every operation that chooses, of the parameter and the gradient, in a slot of state.
    struct Choices;

    impl Rule<0, 1, 6> for Choices {
        const NAME: &'static str = "choices";
        const SUMMARY: &'static str = "";
        const SOURCE: &'static str = "";
        const TABLE: &'static [Parameter; 0] = &[];

        fn coefficients(_hyper: [f64; 0], _step: u64) -> [f64; 1] {
            [1.0]
        }

        fn update<R: Real>([c]: [R; 1], a: R, b: R, _state: [R; 6]) -> (R, [R; 6]) {
            (a, [a.max(b), a.min(b), a.where_positive(b, c), a.ratio(b), c.max(a), a.sign().min(c)])
        }
    }

    #[test]
    fn operations_that_choose_give_the_same_bits_on_tensors_as_in_memory() {
        let some = [f64::NAN, f64::NEG_INFINITY, -2.0, -0.0, 0.0, 0.5, 3.0, f64::INFINITY];
        let pairs: Vec<(f64, f64)> = some.iter().flat_map(|&a| some.iter().map(move |&b| (a, b))).collect();
        let (mut a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let mut state = vec![vec![0.0; pairs.len()]; 6];
        let rule = erased::<Choices, 0, 1, 6>();
        for backend in Backend::on_cpu() {
            let place = Place::new(backend, Precision::F64).unwrap();
            let tensor = |values: &[f64]| place.tensor(values, [1, 1, values.len()]);
            let zeros: Vec<Tensor<3>> = state.iter().map(|_| tensor(&vec![0.0; pairs.len()])).collect();
            let (_, on_tensors) = rule.tensors(vec![tensor(&[1.0])], tensor(&a), tensor(&b), zeros);
            let mut slices: Vec<&mut [f64]> = state.iter_mut().map(Vec::as_mut_slice).collect();
            rule.pass_f64(&[1.0], &mut a, &b, &mut slices);
            for (slot, (in_memory, on_tensors)) in state.iter().zip(on_tensors).enumerate() {
                for ((pair, x), y) in pairs.iter().zip(in_memory).zip(host::values(on_tensors)) {
                    // The bits of a NaN are unspecified, and memory makes -0 a 0.
                    let same = x.to_bits() == (y + 0.0).to_bits() || (x.is_nan() && y.is_nan());
                    assert!(same, "slot {slot} of {pair:?} on {backend}: {x} and {y}");
                }
            }
        }
    }
}
