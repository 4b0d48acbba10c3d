//! A layer: y = relu(x · w + b), or without relu.
//!
//! Backward, with dz = dy where y is not ≤ 0 (a NaN passes) and 0 elsewhere: dw = xᵀ · dz, db = Σ rows of dz, dx = dz · wᵀ.

use super::number::Number;
use super::product::{Product, transpose};
use super::{Members, sizes, tensor};
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::DType;
use pulp::{Simd, WithSimd};

/// Sizes of a weight matrix, and of a batch on either side of it, from which flex's own product is faster, because it
/// blocks matrices for the caches.
const LARGE: (usize, usize) = (1 << 15, 1 << 18);

/// The sizes of one member in a call.
#[derive(Clone, Copy)]
struct Sizes {
    members: usize,
    rows: usize,
    inputs: usize,
    outputs: usize,
}

impl Sizes {
    fn is_large(self) -> bool {
        self.inputs * self.outputs >= LARGE.0 || self.rows * self.inputs.max(self.outputs) >= LARGE.1
    }
}

pub(super) fn forward(x: FlexTensor, w: FlexTensor, b: FlexTensor, relu: bool) -> FlexTensor {
    match w.dtype() {
        DType::F64 => forward_of::<f64>(x, w, b, relu),
        _ => forward_of::<f32>(x, w, b, relu),
    }
}

fn forward_of<T: Number>(x: FlexTensor, w: FlexTensor, b: FlexTensor, relu: bool) -> FlexTensor {
    let ([members, rows, inputs], [_, _, outputs]) = (sizes(&x), sizes(&w));
    let sizes = Sizes { members, rows, inputs, outputs };
    let b = Members::new(b);
    if sizes.is_large() {
        let mut z = Flex::float_matmul(x, w);
        pulp::Arch::new().dispatch(Finish { sizes, z: z.storage_mut::<T>(), b: &b, relu });
        return z;
    }
    let (x, w) = (Members::new(x), Members::new(w));
    let mut out = vec![T::default(); members * rows * outputs];
    pulp::Arch::new().dispatch(Forward { sizes, x: &x, w: &w, b: &b, relu, out: &mut out });
    tensor(out, [members, rows, outputs])
}

struct Forward<'a, T> {
    sizes: Sizes,
    x: &'a Members,
    w: &'a Members,
    b: &'a Members,
    relu: bool,
    out: &'a mut [T],
}

impl<T: Number> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sizes { members, rows, inputs, outputs } = self.sizes;
        let (x, w, b) = (self.x.storage::<T>(), self.w.storage::<T>(), self.b.storage::<T>());
        for member in 0..members {
            let product = Product {
                rows,
                depth: inputs,
                cols: outputs,
                left: &x[self.x.range(member)],
                right: &w[self.w.range(member)],
                bias: Some(&b[self.b.range(member)]),
                relu: self.relu,
            };
            product.write::<S, false>(simd, &mut self.out[member * rows * outputs..][..rows * outputs]);
        }
    }
}

/// Bias and activation of a large layer, in place.
struct Finish<'a, T> {
    sizes: Sizes,
    z: &'a mut [T],
    b: &'a Members,
    relu: bool,
}

impl<T: Number> WithSimd for Finish<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Sizes { members, rows, outputs, .. } = self.sizes;
        let b = self.b.storage::<T>();
        let zero = T::default();
        for member in 0..members {
            let b = &b[self.b.range(member)];
            for row in self.z[member * rows * outputs..][..rows * outputs].chunks_exact_mut(outputs.max(1)) {
                for (z, b) in row.iter_mut().zip(b) {
                    let sum = z.plus(*b);
                    *z = if self.relu && sum <= zero { zero } else { sum };
                }
            }
        }
    }
}

/// The result of a layer's backward pass: the gradients of x (if requested), w and b.
struct Gradient {
    x: Option<FlexTensor>,
    w: FlexTensor,
    b: FlexTensor,
}

fn backward(kept: Kept, dy: FlexTensor, needs_x: bool) -> Gradient {
    match dy.dtype() {
        DType::F64 => backward_of::<f64>(kept, dy, needs_x),
        _ => backward_of::<f32>(kept, dy, needs_x),
    }
}

fn backward_of<T: Number>(kept: Kept, dy: FlexTensor, needs_x: bool) -> Gradient {
    let Kept { x, w, y, relu } = kept;
    let ([members, rows, inputs], [_, _, outputs]) = (sizes(&x), sizes(&w));
    let sizes = Sizes { members, rows, inputs, outputs };
    let mut db = vec![T::default(); members * outputs];
    let y = Members::new(y);
    if sizes.is_large() {
        let mut dz = vec![T::default(); if relu { members * rows * outputs } else { 0 }];
        let whole = Members::new(dy.clone());
        pulp::Arch::new().dispatch(Mask { sizes, y: &y, dy: &whole, dz: &mut dz, db: &mut db });
        let dz = if relu { tensor(dz, [members, rows, outputs]) } else { dy };
        let dx = needs_x.then(|| Flex::float_matmul(dz.clone(), Flex::float_transpose(w)));
        let dw = Flex::float_matmul(Flex::float_transpose(x), dz);
        return Gradient { x: dx, w: dw, b: tensor(db, [members, 1, outputs]) };
    }
    let (x, w, dy) = (Members::new(x), Members::new(w), Members::new(dy));
    let mut dw = vec![T::default(); members * inputs * outputs];
    let mut dx = vec![T::default(); if needs_x { members * rows * inputs } else { 0 }];
    let dx_out = needs_x.then_some(dx.as_mut_slice());
    let job = Backwards { sizes, x: &x, w: &w, y: &y, dy: &dy, relu, dx: dx_out, dw: &mut dw, db: &mut db };
    pulp::Arch::new().dispatch(job);
    Gradient {
        x: needs_x.then(|| tensor(dx, [members, rows, inputs])),
        w: tensor(dw, [members, inputs, outputs]),
        b: tensor(db, [members, 1, outputs]),
    }
}

struct Backwards<'a, T> {
    sizes: Sizes,
    x: &'a Members,
    w: &'a Members,
    y: &'a Members,
    dy: &'a Members,
    relu: bool,
    dx: Option<&'a mut [T]>,
    dw: &'a mut [T],
    db: &'a mut [T],
}

impl<T: Number> WithSimd for Backwards<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Sizes { members, rows, inputs, outputs } = self.sizes;
        let (x, w) = (self.x.storage::<T>(), self.w.storage::<T>());
        let (y, dy) = (self.y.storage::<T>(), self.dy.storage::<T>());
        // One member's share stays in the nearest cache.
        let mut masked = vec![T::default(); if self.relu { rows * outputs } else { 0 }];
        let mut turned = vec![T::default(); if self.dx.is_some() { inputs * outputs } else { 0 }];
        let ones = vec![T::of(1.0); rows];
        for member in 0..members {
            let mut dz = &dy[self.dy.range(member)];
            if self.relu {
                mask(&y[self.y.range(member)], dz, &mut masked);
                dz = &masked;
            }
            let product =
                |rows, depth, cols, left, right| Product { rows, depth, cols, left, right, bias: None, relu: false };
            // A bias is the weight of an input that is always 1.
            let db = &mut self.db[member * outputs..][..outputs];
            product(1, rows, outputs, &ones, dz).write::<S, true>(simd, db);
            let dw = &mut self.dw[member * inputs * outputs..][..inputs * outputs];
            product(inputs, rows, outputs, &x[self.x.range(member)], dz).write::<S, true>(simd, dw);
            if let Some(dx) = &mut self.dx {
                transpose(inputs, outputs, &w[self.w.range(member)], &mut turned);
                let dx = &mut dx[member * rows * inputs..][..rows * inputs];
                product(rows, outputs, inputs, dz, &turned).write::<S, false>(simd, dx);
            }
        }
    }
}

/// dz of dy and the output.
#[inline(always)]
fn mask<T: Number>(y: &[T], dy: &[T], dz: &mut [T]) {
    let zero = T::default();
    for ((dz, dy), y) in dz.iter_mut().zip(dy).zip(y) {
        *dz = if *y <= zero { zero } else { *dy };
    }
}

/// Mask and gradient of the bias of a large layer.
struct Mask<'a, T> {
    sizes: Sizes,
    y: &'a Members,
    dy: &'a Members,
    /// Empty without relu.
    dz: &'a mut [T],
    db: &'a mut [T],
}

impl<T: Number> WithSimd for Mask<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Sizes { members, rows, outputs, .. } = self.sizes;
        let (y, dy) = (self.y.storage::<T>(), self.dy.storage::<T>());
        let relu = !self.dz.is_empty();
        for member in 0..members {
            let mut dz = &dy[self.dy.range(member)];
            if relu {
                let masked = &mut self.dz[member * rows * outputs..][..rows * outputs];
                mask(&y[self.y.range(member)], dz, masked);
                dz = masked;
            }
            let db = &mut self.db[member * outputs..][..outputs];
            for row in dz.chunks_exact(outputs.max(1)) {
                for (sum, dz) in db.iter_mut().zip(row) {
                    *sum = sum.plus(*dz);
                }
            }
        }
    }
}

/// The values that the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Kept {
    x: FlexTensor,
    w: FlexTensor,
    y: FlexTensor,
    relu: bool,
}

#[derive(Debug)]
struct Dense;

impl Backward<Flex, 3> for Dense {
    type State = Kept;

    fn backward(self, ops: Ops<Kept, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x, w, b] = ops.parents;
        let dy = gradients.consume::<Flex>(&ops.node);
        let gradient = backward(ops.state, dy, x.is_some());
        if let (Some(node), Some(gradient)) = (x, gradient.x) {
            gradients.register::<Flex>(node.id, gradient);
        }
        if let Some(node) = w {
            gradients.register::<Flex>(node.id, gradient.w);
        }
        if let Some(node) = b {
            gradients.register::<Flex>(node.id, gradient.b);
        }
    }
}

/// [`forward`], on the tape.
pub(super) fn tracked<C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<Flex, C>>,
    w: FloatTensor<Autodiff<Flex, C>>,
    b: FloatTensor<Autodiff<Flex, C>>,
    relu: bool,
) -> FloatTensor<Autodiff<Flex, C>> {
    let prepared = Dense.prepare::<C>([x.node(), w.node(), b.node()]).compute_bound().stateful();
    let (x, w, b) = (x.into_primitive(), w.into_primitive(), b.into_primitive());
    match prepared {
        OpsKind::Tracked(tape) => {
            let y = forward(x.clone(), w.clone(), b, relu);
            tape.finish(Kept { x, w, y: y.clone(), relu }, y)
        }
        OpsKind::UnTracked(tape) => tape.finish(forward(x, w, b, relu)),
    }
}
