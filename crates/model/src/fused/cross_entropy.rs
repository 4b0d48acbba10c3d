//! The cross-entropy: ℓ = −Σ t ln softmax(z) for each row.
//!
//! With m the largest z of a row, u = z − m and s = Σ eᵘ: ℓ = (Σ t) ln s − Σ t u, and the slope is
//! ∂ℓ/∂z = (Σ t) eᵘ/s − t. Backward: dz = dℓ times the slope. [`SIDE`] rows are computed side by side.

use super::number::Number;
use super::{Members, sizes, tensor};
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::DType;
use pulp::{Simd, WithSimd};

/// Rows computed side by side: a vector of `f32` or two of `f64` on the widest machines. No row's bits depend on it.
const SIDE: usize = 16;

/// The losses, and the slopes if they are kept.
struct Losses {
    losses: FlexTensor,
    kept: Option<Kept>,
}

/// The values that the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
struct Kept {
    /// `[members, rows, classes]`.
    slopes: FlexTensor,
    mean: bool,
}

fn forward(z: FlexTensor, t: FlexTensor, mean: bool, keep: bool) -> Losses {
    match z.dtype() {
        DType::F64 => forward_of::<f64>(z, t, mean, keep),
        _ => forward_of::<f32>(z, t, mean, keep),
    }
}

fn forward_of<T: Number>(z: FlexTensor, t: FlexTensor, mean: bool, keep: bool) -> Losses {
    let [members, rows, classes] = sizes(&z);
    let (z, t) = (Members::new(z), Members::new(t));
    let mut losses = vec![T::default(); if mean { members } else { members * rows }];
    let mut slopes = vec![T::default(); if keep { members * rows * classes } else { 0 }];
    pulp::Arch::new().dispatch(Forward {
        sizes: [members, rows, classes],
        z: &z,
        t: &t,
        mean,
        losses: &mut losses,
        slopes: keep.then_some(&mut slopes),
    });
    let kept = keep.then(|| Kept { slopes: tensor(slopes, [members, rows, classes]), mean });
    Losses { losses: tensor(losses, [members, if mean { 1 } else { rows }, 1]), kept }
}

struct Forward<'a, T> {
    sizes: [usize; 3],
    z: &'a Members,
    t: &'a Members,
    mean: bool,
    /// One for each row, or one for each member, their mean.
    losses: &'a mut [T],
    slopes: Option<&'a mut [T]>,
}

impl<T: Number> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let [members, rows, classes] = self.sizes;
        if classes == 0 {
            return;
        }
        let (z, t) = (self.z.storage::<T>(), self.t.storage::<T>());
        let mut side = Side { z: vec![[T::default(); SIDE]; classes], t: vec![[T::default(); SIDE]; classes] };
        for member in 0..members {
            let (z, t) = (&z[self.z.range(member)], &t[self.t.range(member)]);
            let mut total = 0.0;
            for row in (0..rows).step_by(SIDE) {
                let range = row * classes..(row + SIDE).min(rows) * classes;
                let losses = side.losses(&z[range.clone()], &t[range.clone()]);
                let losses = &losses[..(rows - row).min(SIDE)];
                if self.mean {
                    total += losses.iter().map(|loss| loss.wide()).sum::<f64>();
                } else {
                    self.losses[member * rows + row..][..losses.len()].copy_from_slice(losses);
                }
                if let Some(slopes) = &mut self.slopes {
                    side.write_slopes(&mut slopes[member * rows * classes..][range]);
                }
            }
            if self.mean {
                self.losses[member] = T::of(total / rows as f64);
            }
        }
    }
}

/// Outputs and targets of up to [`SIDE`] rows, class by class; after [`Side::losses`], slopes in the place of outputs.
struct Side<T> {
    z: Vec<[T; SIDE]>,
    t: Vec<[T; SIDE]>,
}

impl<T: Number> Side<T> {
    /// The losses of rows `[rows, classes]`. Values after the last row are meaningless.
    // Loops over places in several arrays, which become one vector instruction each.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn losses(&mut self, z: &[T], t: &[T]) -> [T; SIDE] {
        let classes = self.z.len();
        for (row, (z, t)) in z.chunks_exact(classes).zip(t.chunks_exact(classes)).take(SIDE).enumerate() {
            for class in 0..classes {
                self.z[class][row] = z[class];
                self.t[class][row] = t[class];
            }
        }
        let mut largest = self.z[0];
        for z in &self.z[1..] {
            for i in 0..SIDE {
                largest[i] = if z[i] > largest[i] { z[i] } else { largest[i] };
            }
        }
        let zeros = [T::default(); SIDE];
        let (mut sums, mut shares, mut right) = (zeros, zeros, zeros);
        for (z, t) in self.z.iter_mut().zip(&self.t) {
            for i in 0..SIDE {
                let u = z[i].minus(largest[i]);
                z[i] = u.exp();
                sums[i] = sums[i].plus(z[i]);
                shares[i] = shares[i].plus(t[i]);
                right[i] = right[i].plus(t[i].times(u));
            }
        }
        for (z, t) in self.z.iter_mut().zip(&self.t) {
            for i in 0..SIDE {
                z[i] = shares[i].times(z[i].over(sums[i])).minus(t[i]);
            }
        }
        let mut losses = zeros;
        for i in 0..SIDE {
            losses[i] = shares[i].times(sums[i].ln()).minus(right[i]);
        }
        losses
    }

    /// Writes the slopes, `[rows, classes]`.
    #[inline(always)]
    fn write_slopes(&self, slopes: &mut [T]) {
        for (row, slopes) in slopes.chunks_exact_mut(self.z.len()).take(SIDE).enumerate() {
            for (slope, class) in slopes.iter_mut().zip(&self.z) {
                *slope = class[row];
            }
        }
    }
}

fn backward(kept: Kept, gradient: FlexTensor) -> FlexTensor {
    match gradient.dtype() {
        DType::F64 => backward_of::<f64>(kept, gradient),
        _ => backward_of::<f32>(kept, gradient),
    }
}

fn backward_of<T: Number>(kept: Kept, gradient: FlexTensor) -> FlexTensor {
    let [_, rows, classes] = sizes(&kept.slopes);
    let gradient = gradient.to_contiguous();
    let mut dz = kept.slopes;
    // A mean passes 1/rows of its gradient to each row.
    let (elements, share) = if kept.mean { (rows * classes, rows as f64) } else { (classes, 1.0) };
    let parts = dz.storage_mut::<T>().chunks_exact_mut(elements.max(1));
    for (dz, gradient) in parts.zip(gradient.storage::<T>()) {
        let factor = T::of(gradient.wide() / share);
        dz.iter_mut().for_each(|dz| *dz = factor.times(*dz));
    }
    dz
}

#[derive(Debug)]
struct CrossEntropy;

impl Backward<Flex, 1> for CrossEntropy {
    type State = Option<Kept>;

    fn backward(self, ops: Ops<Option<Kept>, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [z] = ops.parents;
        let gradient = gradients.consume::<Flex>(&ops.node);
        if let (Some(node), Some(kept)) = (z, ops.state) {
            gradients.register::<Flex>(node.id, backward(kept, gradient));
        }
    }
}

/// The losses, off the tape.
pub(super) fn losses(z: FlexTensor, t: FlexTensor, mean: bool) -> FlexTensor {
    forward(z, t, mean, false).losses
}

/// The losses, on the tape. Targets get no gradient.
pub(super) fn tracked<C: CheckpointStrategy>(
    z: FloatTensor<Autodiff<Flex, C>>,
    t: FloatTensor<Autodiff<Flex, C>>,
    mean: bool,
) -> FloatTensor<Autodiff<Flex, C>> {
    let prepared = CrossEntropy.prepare::<C>([z.node()]).compute_bound().stateful();
    let (z, t) = (z.into_primitive(), t.into_primitive());
    match prepared {
        OpsKind::Tracked(tape) => {
            let Losses { losses, kept } = forward(z, t, mean, true);
            tape.finish(kept, losses)
        }
        OpsKind::UnTracked(tape) => tape.finish(losses(z, t, mean)),
    }
}
