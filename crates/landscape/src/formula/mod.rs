//! Formulas that users type: a list of operations, run on numbers and on tensors.
//!
//! The gradient in `f64` is the reverse sweep over the list; the Hessian is the same sweep on numbers with a
//! derivative.

mod parse;

pub use parse::FormulaError;

use crate::function::Function;
use crate::number::{Dual, Number, sign};
use burn::tensor::{Tensor, TensorData};

/// A function that a user wrote down.
#[derive(Clone, Debug)]
pub struct Formula {
    operations: Vec<Operation>,
    result: Operand,
    dims: usize,
}

/// An argument: a constant, or the result of an operation by its position.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operand {
    Constant(f64),
    Result(usize),
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    /// A coordinate of the point.
    Coordinate(usize),
    /// A function of a result.
    Call(Name, usize),
    /// A result to a constant power.
    Power(usize, f64),
    /// Two arguments, at least one of them a result.
    Two(Sign, Operand, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
    Times,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Sin,
    Cos,
    Tan,
    Exp,
    Log,
    Sqrt,
    Abs,
    Tanh,
}

impl Name {
    fn of<N: Number>(self, x: N) -> N {
        match self {
            Name::Sin => x.sin(),
            Name::Cos => x.cos(),
            Name::Tan => x.tan(),
            Name::Exp => x.exp(),
            Name::Log => x.log(),
            Name::Sqrt => x.sqrt(),
            Name::Abs => x.abs(),
            Name::Tanh => x.tanh(),
        }
    }

    /// The derivative at the argument `x`, where the function is `f`.
    fn slope<N: Scalar>(self, x: N, f: N) -> N {
        match self {
            Name::Sin => x.cos(),
            Name::Cos => x.sin().times(-1.0),
            Name::Tan => f.square().plus(1.0),
            Name::Exp => f,
            Name::Log => N::constant(1.0) / x,
            Name::Sqrt => N::constant(0.5) / f,
            Name::Abs => N::constant(sign(x.number())),
            Name::Tanh => f.square().times(-1.0).plus(1.0),
        }
    }
}

/// A number for the reverse sweep.
trait Scalar: Number + Copy {
    fn constant(c: f64) -> Self;
    fn number(self) -> f64;
}

impl Scalar for f64 {
    fn constant(c: f64) -> Self {
        c
    }
    fn number(self) -> f64 {
        self
    }
}

impl Scalar for Dual {
    fn constant(c: f64) -> Self {
        Dual { value: c, slope: 0.0 }
    }
    fn number(self) -> f64 {
        self.value
    }
}

impl Formula {
    /// Reads a formula.
    ///
    /// Variables are `x`, `y`, or `x0`, `x1`, … up to `x999`; numbers such as `2`, `.5` and `1e-3`; `pi` and `e`; the
    /// operations `+ - * / ^` (`^` binds tightest and to the right: `-x^2` is `-(x^2)`, `2^x^2` is `2^(x^2)`),
    /// parentheses, and `sin cos tan exp log ln sqrt abs tanh`, `log` being the natural logarithm. A power whose
    /// exponent has a variable is `exp(exponent * log(base))`. Where the formula has no value, as `log(-1)`, it is NaN.
    ///
    /// # Errors
    /// When the text is no formula; the message points at the place.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        parse::parse(text)
    }

    /// Number of coordinates of a point: one more than the largest named index.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The result of every operation, in order.
    fn run<N: Number>(&self, coordinate: impl Fn(usize) -> N) -> Vec<N> {
        let mut results: Vec<N> = Vec::with_capacity(self.operations.len());
        for operation in &self.operations {
            let at = |i: usize| results[i].clone();
            let result = match *operation {
                Operation::Coordinate(i) => coordinate(i),
                Operation::Call(name, i) => name.of(at(i)),
                Operation::Power(i, c) => at(i).power(c),
                Operation::Two(sign, Operand::Result(i), Operand::Result(j)) => match sign {
                    Sign::Plus => at(i) + at(j),
                    Sign::Minus => at(i) - at(j),
                    Sign::Times => at(i) * at(j),
                    Sign::Over => at(i) / at(j),
                },
                Operation::Two(sign, Operand::Result(i), Operand::Constant(c)) => match sign {
                    Sign::Plus => at(i).plus(c),
                    Sign::Minus => at(i).plus(-c),
                    Sign::Times => at(i).times(c),
                    Sign::Over => at(i).times(1.0 / c),
                },
                Operation::Two(sign, Operand::Constant(c), Operand::Result(j)) => match sign {
                    Sign::Plus => at(j).plus(c),
                    Sign::Minus => at(j).times(-1.0).plus(c),
                    Sign::Times => at(j).times(c),
                    Sign::Over => at(j).power(-1.0).times(c),
                },
                Operation::Two(_, Operand::Constant(_), Operand::Constant(_)) => {
                    unreachable!("the parser computes with constants itself")
                }
            };
            results.push(result);
        }
        results
    }

    /// The gradient at a point, by a sweep back over the operations.
    fn sweep<N: Scalar>(&self, x: &[N], out: &mut [N]) {
        out.fill(N::constant(0.0));
        let Operand::Result(last) = self.result else { return };
        let results = self.run(|i| x[i]);
        let mut adjoints = vec![N::constant(0.0); results.len()];
        adjoints[last] = N::constant(1.0);
        for (position, operation) in self.operations.iter().enumerate().rev() {
            let adjoint = adjoints[position];
            let number = |operand: Operand| match operand {
                Operand::Constant(c) => N::constant(c),
                Operand::Result(i) => results[i],
            };
            let mut add = |operand: Operand, share: N| {
                if let Operand::Result(i) = operand {
                    adjoints[i] = adjoints[i] + share;
                }
            };
            match *operation {
                Operation::Coordinate(i) => out[i] = out[i] + adjoint,
                Operation::Call(name, i) => {
                    add(Operand::Result(i), adjoint * name.slope(results[i], results[position]));
                }
                Operation::Power(i, c) => {
                    if c != 0.0 {
                        add(Operand::Result(i), adjoint * results[i].power(c - 1.0).times(c));
                    }
                }
                Operation::Two(sign, a, b) => match sign {
                    Sign::Plus | Sign::Minus => {
                        add(a, adjoint);
                        add(b, if sign == Sign::Plus { adjoint } else { adjoint.times(-1.0) });
                    }
                    Sign::Times => {
                        add(a, adjoint * number(b));
                        add(b, adjoint * number(a));
                    }
                    Sign::Over => {
                        add(a, adjoint / number(b));
                        add(b, (adjoint * results[position] / number(b)).times(-1.0));
                    }
                },
            }
        }
    }
}

impl Function for Formula {
    fn value(&self, x: &[f64]) -> f64 {
        match self.result {
            Operand::Constant(c) => c,
            Operand::Result(last) => self.run(|i| x[i])[last],
        }
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        self.sweep(x, out);
    }

    fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let row = |j: usize| -> Vec<f64> {
            let dual = |(i, &value): (usize, &f64)| Dual { value, slope: if i == j { 1.0 } else { 0.0 } };
            let at: Vec<Dual> = x.iter().enumerate().map(dual).collect();
            let mut out = at.clone();
            self.sweep(&at, &mut out);
            out.iter().map(|g| g.slope).collect()
        };
        (0..x.len()).map(row).collect()
    }

    fn tensor(&self, x: Tensor<3>) -> Tensor<3> {
        match self.result {
            Operand::Constant(c) => {
                let data = TensorData::new(vec![c; x.dims()[0]], [x.dims()[0], 1, 1]);
                Tensor::from_data(data, (&x.device(), x.dtype())) + x.sum_dim(2) * 0.0
            }
            Operand::Result(last) => self.run(|i| x.clone().narrow(2, i, 1)).swap_remove(last),
        }
    }
}
