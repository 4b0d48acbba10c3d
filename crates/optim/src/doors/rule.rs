//! The first door for an optimizer: per-element equations.

use crate::real::{Float, Real};
use crate::record::{self, Tape};
use burn::tensor::Tensor;
use downhill_spec::Parameter;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

/// A per-element update rule with `H` hyperparameters, `C` coefficients and `S` numbers of state.
///
/// Everything is a pure function: state is passed in and returned. The learning rate must be the hyperparameter named
/// `lr`, a weight decay the one named `weight_decay`; schedules and `decay_bias` act on these.
pub trait Rule<const H: usize, const C: usize, const S: usize>: Send + Sync + 'static {
    /// The name that users type.
    const NAME: &'static str;
    /// Its action, in one line.
    const SUMMARY: &'static str;
    /// Author, year, and the source of the conventions when they are not the author's.
    const SOURCE: &'static str;
    /// The page of the rule: the source file, whose module documentation is the page in the docs
    /// (`include_str!("adam.rs")`).
    const DOC: &'static str = "";
    /// Whether the learning rate acts at every step. If it only sets the first step, schedules do nothing.
    const SCHEDULED: bool = true;
    /// The hyperparameters, in the order of the functions' arguments below.
    const TABLE: &'static [Parameter; H];

    /// The numbers that are the same for every element, from the hyperparameters and the step, counted from 1.
    /// Computed in `f64` once per member and step: bias corrections, powers and differences from 1 belong here.
    fn coefficients(hyper: [f64; H], step: u64) -> [f64; C];

    /// The state before the first step.
    fn initial(_hyper: [f64; H]) -> [f64; S] {
        [0.0; S]
    }

    /// An element of the diagonal of the preconditioner P, where a step is −η P⁻¹ times the gradient or its moving
    /// average (with Adam's bias correction in P): from the state after a step and that step's coefficients. None for a
    /// rule of another form (Cohen et al. 2022).
    fn preconditioner(_coefficients: [f64; C], _state: [f64; S]) -> Option<f64> {
        None
    }

    /// The learning rate times the curvature above which the rule blows up on a quadratic, where theory gives it: where
    /// an eigenvalue of its linear recurrence passes −1, such as 2 for gradient descent. Under a preconditioner P the
    /// curvature is that of P^(−1/2) H P^(−1/2), with P held still. Decay is ignored.
    fn edge(_hyper: [f64; H]) -> Option<f64> {
        None
    }

    /// For every element: parameter, gradient and state to the new parameter and the new state.
    fn update<R: Real>(coefficients: [R; C], param: R, grad: R, state: [R; S]) -> (R, [R; S]);
}

/// A [`Rule`] whose sizes are known at run time only.
pub trait Update: Send + Sync {
    /// Number of hyperparameters of the rule.
    fn hypers(&self) -> usize;
    /// Numbers of state for each element.
    fn states(&self) -> usize;
    /// See [`Rule::coefficients`].
    fn coefficients(&self, hyper: &[f64], step: u64) -> Vec<f64>;
    /// See [`Rule::initial`].
    fn initial(&self, hyper: &[f64]) -> Vec<f64>;
    /// See [`Rule::preconditioner`].
    fn preconditioner(&self, coefficients: &[f64], state: &[f64]) -> Option<f64>;
    /// See [`Rule::edge`].
    fn edge(&self, hyper: &[f64]) -> Option<f64>;
    /// One pass over one member's elements.
    fn pass_f32(&self, coefficients: &[f64], param: &mut [f32], grad: &[f32], state: &mut [&mut [f32]]);
    /// One pass over one member's elements.
    fn pass_f64(&self, coefficients: &[f64], param: &mut [f64], grad: &[f64], state: &mut [&mut [f64]]);
    /// The update as tensor operations, for a whole population: coefficients `[members, 1, 1]`, the rest
    /// `[members, rows, cols]`.
    fn tensors(
        &self,
        coefficients: Vec<Tensor<3>>,
        param: Tensor<3>,
        grad: Tensor<3>,
        state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>);
}

/// A rule with its sizes erased.
pub(crate) fn erased<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>() -> Arc<dyn Update> {
    Arc::new(Erased::<T, H, C, S> { tape: OnceLock::new(), rule: PhantomData })
}

struct Erased<T, const H: usize, const C: usize, const S: usize> {
    tape: OnceLock<Tape>,
    rule: PhantomData<T>,
}

/// The rule's equations. Inputs are its coefficients, parameter, gradient and state; outputs the parameter and the state.
fn tape<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>() -> Tape {
    record::tape(|input| {
        let coefficients = std::array::from_fn(|_| input());
        let (param, grad) = (input(), input());
        let state = std::array::from_fn(|_| input());
        let (next, state) = T::update(coefficients, param, grad, state);
        (param, std::iter::once(next).chain(state).collect())
    })
}

/// The runtime's slice as the rule's array. The driver passes values in the order of the rule's own table.
fn array<X: Copy, const N: usize>(values: &[X]) -> [X; N] {
    std::array::from_fn(|i| values[i])
}

impl<T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize> Update for Erased<T, H, C, S> {
    fn hypers(&self) -> usize {
        H
    }
    fn states(&self) -> usize {
        S
    }
    fn coefficients(&self, hyper: &[f64], step: u64) -> Vec<f64> {
        T::coefficients(array(hyper), step).to_vec()
    }
    fn initial(&self, hyper: &[f64]) -> Vec<f64> {
        T::initial(array(hyper)).to_vec()
    }
    fn preconditioner(&self, coefficients: &[f64], state: &[f64]) -> Option<f64> {
        T::preconditioner(array(coefficients), array(state))
    }
    fn edge(&self, hyper: &[f64]) -> Option<f64> {
        T::edge(array(hyper))
    }
    fn pass_f32(&self, coefficients: &[f64], param: &mut [f32], grad: &[f32], state: &mut [&mut [f32]]) {
        pass::<f32, T, H, C, S>(coefficients, param, grad, state);
    }
    fn pass_f64(&self, coefficients: &[f64], param: &mut [f64], grad: &[f64], state: &mut [&mut [f64]]) {
        pass::<f64, T, H, C, S>(coefficients, param, grad, state);
    }
    fn tensors(
        &self,
        coefficients: Vec<Tensor<3>>,
        param: Tensor<3>,
        grad: Tensor<3>,
        state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let tape = self.tape.get_or_init(tape::<T, H, C, S>);
        let inputs = coefficients.into_iter().chain([param, grad]).chain(state).collect();
        let mut outputs = tape.run(inputs).into_iter();
        let param = outputs.next().expect("a tape's first output is the parameter");
        (param, outputs.collect())
    }
}

/// One pass over memory. Numbers too small for full precision become 0 ([`Float::flushed`]). Compiled for the widest
/// vector instructions of the machine it runs on. Rust never fuses a product into a sum by itself, so the bits do not
/// depend on the chosen instructions.
fn pass<R: Float, T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize>(
    coefficients: &[f64],
    param: &mut [R],
    grad: &[R],
    state: &mut [&mut [R]],
) {
    let mut state = state.iter_mut();
    let state: [&mut [R]; S] = std::array::from_fn(|_| &mut **state.next().expect("one slice per number of state"));
    let coefficients = array::<f64, C>(coefficients).map(R::of);
    pulp::Arch::new().dispatch(Pass::<R, T, H, C, S> { coefficients, param, grad, state, rule: PhantomData });
}

struct Pass<'a, R, T, const H: usize, const C: usize, const S: usize> {
    coefficients: [R; C],
    param: &'a mut [R],
    grad: &'a [R],
    state: [&'a mut [R]; S],
    rule: PhantomData<T>,
}

impl<R: Float, T: Rule<H, C, S>, const H: usize, const C: usize, const S: usize> pulp::NullaryFnOnce
    for Pass<'_, R, T, H, C, S>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Pass { coefficients, param, grad, state, .. } = self;
        let n = param.len();
        let grad = &grad[..n];
        let state = state.map(|s| &mut s[..n]);
        for i in 0..n {
            let old = std::array::from_fn(|j| state[j][i]);
            let (next, new) = T::update(coefficients, param[i], grad[i], old);
            param[i] = next.flushed();
            for j in 0..S {
                state[j][i] = new[j].flushed();
            }
        }
    }
}
