//! A function with its known facts, as an objective.

use crate::error::LandscapeError;
use crate::formula::Formula;
use crate::function::Function;
use burn::tensor::Tensor;
use downhill_population::{Objective, Role, Shape};
use std::sync::Arc;

/// A function to descend on.
#[derive(Clone, Debug)]
pub struct Landscape {
    /// The text a user would type.
    pub text: String,
    /// The formula as text.
    pub formula: String,
    /// Author and year.
    pub source: String,
    /// Its lesson, in one sentence.
    pub shows: String,
    /// The function itself.
    pub function: Arc<dyn Function>,
    /// The usual box: for each coordinate the lower and the upper end.
    pub domain: Vec<(f64, f64)>,
    /// The usual start.
    pub start: Vec<f64>,
    /// The known minima, a lowest one first; empty for a function without any.
    pub minima: Vec<Minimum>,
}

/// A minimum of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The point.
    pub point: Vec<f64>,
    /// The value there.
    pub value: f64,
}

/// The input of an evaluation besides the points, one for each member, on the device of the points.
#[derive(Clone, Debug, Default)]
pub struct Points {
    /// Added to the gradient, `[members, 1, dims]`; the value stays as it is.
    pub noise: Option<Tensor<3>>,
    /// Rows of the function's data, `[members, batch, dims]`; None for all rows.
    pub centres: Option<Tensor<3>>,
}

impl Landscape {
    /// A user's formula, such as `(1-x)^2 + 20*(y-x^2)^2`; see [`Formula::parse`] for the grammar. The box is ±5, the
    /// start 1.
    ///
    /// # Errors
    /// When the text is no formula, with the place in it.
    pub fn from_formula(text: &str) -> Result<Self, LandscapeError> {
        let formula = Formula::parse(text)?;
        let dims = formula.dims();
        Ok(Self {
            text: text.trim().into(),
            formula: text.trim().into(),
            source: "a formula of one's own".into(),
            shows: "What the formula was written for.".into(),
            function: Arc::new(formula),
            domain: vec![(-5.0, 5.0); dims],
            start: vec![1.0; dims],
            minima: Vec::new(),
        })
    }

    /// Number of coordinates of a point.
    pub fn dims(&self) -> usize {
        self.domain.len()
    }

    /// The value at a point; NaN outside of the function's domain.
    ///
    /// # Panics
    /// When the point does not have [`dims`](Self::dims) coordinates; `gradient` and `hessian` panic likewise.
    pub fn value(&self, x: &[f64]) -> f64 {
        self.check(x);
        self.function.value(x)
    }

    /// The gradient at a point, from its formula.
    pub fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.check(x);
        let mut out = vec![0.0; x.len()];
        self.function.gradient(x, &mut out);
        out
    }

    /// The second derivatives at a point, row by row, from their formulas.
    pub fn hessian(&self, x: &[f64]) -> Vec<Vec<f64>> {
        self.check(x);
        self.function.hessian(x)
    }

    /// The parameter of a population that walks here: one point `[members, 1, dims]`.
    pub fn shapes(&self) -> Vec<Shape> {
        vec![Shape { name: "x".into(), rows: 1, cols: self.dims(), role: Role::Point }]
    }

    /// The lowest value of a known minimum.
    pub fn lowest(&self) -> Option<f64> {
        self.minima.iter().map(|m| m.value).reduce(f64::min)
    }

    fn check(&self, x: &[f64]) {
        assert_eq!(x.len(), self.dims(), "a point of `{}` has {} coordinates", self.text, self.dims());
    }
}

impl Objective for Landscape {
    type Batch = Points;

    fn losses(&self, params: &[Tensor<3>], batch: &Points) -> Tensor<3> {
        let x = params[0].clone();
        let values = match &batch.centres {
            Some(centres) => self.function.tensor_over(x.clone(), centres.clone()),
            None => self.function.tensor(x.clone()),
        };
        match &batch.noise {
            // A plane through this point tilts the gradient and leaves the value alone.
            Some(noise) => values + ((x.clone() - x.detach()) * noise.clone()).sum_dim(2),
            None => values,
        }
    }

    fn batch_of(&self, batch: &Points, member: usize, copies: usize) -> Points {
        let of = |t: &Tensor<3>| t.clone().narrow(0, member, 1).repeat_dim(0, copies);
        Points { noise: batch.noise.as_ref().map(of), centres: batch.centres.as_ref().map(of) }
    }

    /// The function's own residuals; None under noise or on a part of the data.
    fn residuals(&self, params: &[Tensor<3>], batch: &Points) -> Option<Tensor<3>> {
        let whole = batch.noise.is_none() && batch.centres.is_none();
        if whole { self.function.residuals(params[0].clone()) } else { None }
    }
}
