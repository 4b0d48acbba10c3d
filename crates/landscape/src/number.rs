//! One formula, three ways to run it: on numbers, on tensors, and on numbers with a derivative.

use burn::tensor::Tensor;
use std::ops::{Add, Div, Mul, Sub};

/// The operations of a formula on its variables.
pub trait Number:
    Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Sized
{
    /// Itself plus a constant.
    fn plus(self, c: f64) -> Self;
    /// A multiple of itself.
    fn times(self, c: f64) -> Self;
    /// A real power; NaN for a negative number unless the exponent is an integer.
    fn powf(self, c: f64) -> Self;
    /// Its sine.
    fn sin(self) -> Self;
    /// Its cosine.
    fn cos(self) -> Self;
    /// Its exponential.
    fn exp(self) -> Self;
    /// Its natural logarithm; NaN for a negative number.
    fn log(self) -> Self;
    /// Its square root; NaN for a negative number.
    fn sqrt(self) -> Self;
    /// Its distance from 0. The derivative at 0 is 0.
    fn abs(self) -> Self;
    /// Its hyperbolic tangent.
    fn tanh(self) -> Self;

    /// Its square.
    fn square(self) -> Self {
        self.clone() * self
    }

    /// Its tangent.
    fn tan(self) -> Self {
        self.clone().sin() / self.cos()
    }

    /// A power: products for integers up to 64, which are exact about signs and zeros, [`powf`](Number::powf)
    /// otherwise.
    fn power(self, c: f64) -> Self {
        if c.fract() != 0.0 || c.abs() > 64.0 {
            return self.powf(c);
        }
        let mut left = c.abs() as u32;
        let (mut square, mut product) = (self.clone(), None::<Self>);
        while left > 0 {
            if left % 2 == 1 {
                product = Some(product.map_or_else(|| square.clone(), |p| p * square.clone()));
            }
            left /= 2;
            if left > 0 {
                square = square.square();
            }
        }
        match product {
            None => self.times(0.0).plus(1.0),
            Some(p) if c > 0.0 => p,
            Some(p) => p.clone().times(0.0).plus(1.0) / p,
        }
    }
}

impl Number for f64 {
    fn plus(self, c: f64) -> Self {
        self + c
    }
    fn times(self, c: f64) -> Self {
        self * c
    }
    fn powf(self, c: f64) -> Self {
        f64::powf(self, c)
    }
    fn sin(self) -> Self {
        f64::sin(self)
    }
    fn cos(self) -> Self {
        f64::cos(self)
    }
    fn exp(self) -> Self {
        f64::exp(self)
    }
    fn log(self) -> Self {
        f64::ln(self)
    }
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    fn abs(self) -> Self {
        f64::abs(self)
    }
    fn tanh(self) -> Self {
        f64::tanh(self)
    }
}

impl Number for Tensor<3> {
    fn plus(self, c: f64) -> Self {
        self + c
    }
    fn times(self, c: f64) -> Self {
        self * c
    }
    fn powf(self, c: f64) -> Self {
        self.powf_scalar(c)
    }
    fn sin(self) -> Self {
        Tensor::sin(self)
    }
    fn cos(self) -> Self {
        Tensor::cos(self)
    }
    fn exp(self) -> Self {
        Tensor::exp(self)
    }
    fn log(self) -> Self {
        Tensor::log(self)
    }
    fn sqrt(self) -> Self {
        Tensor::sqrt(self)
    }
    fn abs(self) -> Self {
        Tensor::abs(self)
    }
    fn tanh(self) -> Self {
        Tensor::tanh(self)
    }
}

/// A number with its derivative in one direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dual {
    pub value: f64,
    pub slope: f64,
}

impl Dual {
    /// A function of this number, from the function's value and derivative here.
    fn chain(self, value: f64, derivative: f64) -> Self {
        Self { value, slope: if self.slope == 0.0 { 0.0 } else { derivative * self.slope } }
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { value: self.value + o.value, slope: self.slope + o.slope }
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self { value: self.value - o.value, slope: self.slope - o.slope }
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self { value: self.value * o.value, slope: self.slope * o.value + self.value * o.slope }
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        let value = self.value / o.value;
        Self { value, slope: (self.slope - value * o.slope) / o.value }
    }
}

impl Number for Dual {
    fn plus(self, c: f64) -> Self {
        Self { value: self.value + c, ..self }
    }
    fn times(self, c: f64) -> Self {
        Self { value: self.value * c, slope: self.slope * c }
    }
    fn powf(self, c: f64) -> Self {
        self.chain(self.value.powf(c), c * self.value.powf(c - 1.0))
    }
    fn sin(self) -> Self {
        self.chain(self.value.sin(), self.value.cos())
    }
    fn cos(self) -> Self {
        self.chain(self.value.cos(), -self.value.sin())
    }
    fn exp(self) -> Self {
        self.chain(self.value.exp(), self.value.exp())
    }
    fn log(self) -> Self {
        self.chain(self.value.ln(), self.value.recip())
    }
    fn sqrt(self) -> Self {
        self.chain(self.value.sqrt(), 0.5 / self.value.sqrt())
    }
    fn abs(self) -> Self {
        self.chain(self.value.abs(), sign(self.value))
    }
    fn tanh(self) -> Self {
        let t = self.value.tanh();
        self.chain(t, 1.0 - t * t)
    }
}

/// 1, −1, or 0 for 0; NaN for NaN.
pub(crate) fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}
