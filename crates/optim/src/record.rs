//! A rule's equations, recorded once and run as tensor operations.
//!
//! [`Recorded`] is a [`Real`] that computes nothing: it writes down which operation was asked for. Running the
//! tape evaluates the same operations in the same order on tensors, so a backend without a pass over memory (a
//! GPU) gets every rule for free.

use crate::doors::Rule;
use crate::real::Real;
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
    Ratio(usize, usize),
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
    fn ratio(self, divisor: Self) -> Self {
        push(Operation::Ratio(self.0, divisor.0))
    }
}

/// A recorded function of tensors.
pub(crate) struct Tape {
    operations: Vec<Operation>,
    /// Where the parameter enters: its shape is that of every output.
    param: usize,
    outputs: Vec<usize>,
}

/// Records a rule. Inputs are its coefficients, parameter, gradient and state; outputs the parameter and the state.
pub(crate) fn tape<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>() -> Tape {
    TAPE.with_borrow_mut(Vec::clear);
    let input = || push(Operation::Input);
    let coefficients = std::array::from_fn(|_| input());
    let (param, grad) = (input(), input());
    let state = std::array::from_fn(|_| input());
    let (next, state) = T::update(coefficients, param, grad, state);
    let outputs = std::iter::once(next).chain(state).map(|r| r.0).collect();
    Tape { operations: TAPE.take(), param: param.0, outputs }
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
                // Device and type are those of any input; the shape broadcasts.
                Operation::Constant(constant) => {
                    let options = (&values[0].device(), values[0].dtype());
                    Tensor::full([1, 1, 1], constant, options)
                }
                Operation::Add(a, b) => at(a) + at(b),
                Operation::Sub(a, b) => at(a) - at(b),
                Operation::Mul(a, b) => at(a) * at(b),
                Operation::Div(a, b) => at(a) / at(b),
                Operation::Max(a, b) => at(a).max_pair(at(b)),
                Operation::Ratio(a, b) => ratio(at(a), at(b)),
                Operation::Neg(a) => -at(a),
                Operation::Sqrt(a) => at(a).sqrt(),
                Operation::Abs(a) => at(a).abs(),
                Operation::Sign(a) => at(a).sign(),
            };
            values.push(value);
        }
        // An output that no element enters (a state that only counts) is still one number per element.
        let shape = values[self.param].dims();
        self.outputs.iter().map(|&i| values[i].clone().expand(shape)).collect()
    }
}

/// See [`Real::ratio`].
fn ratio(dividend: Tensor<3>, divisor: Tensor<3>) -> Tensor<3> {
    let both_zero = dividend.clone().equal_elem(0.0).bool_and(divisor.clone().equal_elem(0.0));
    dividend / divisor.mask_fill(both_zero, 1.0)
}
