//! L-BFGS with a strong Wolfe line search (Liu and Nocedal 1989; Nocedal and Wright 2006).
//!
//! ```text
//! s = θₜ − θₜ₋₁,  y = ∇f(θₜ) − ∇f(θₜ₋₁)           the newest m pairs with ⟨s, y⟩ > 1e-10
//! d = −H∇f(θ)                                    H from the pairs, by two loops; H₀ = ⟨s, y⟩/⟨y, y⟩
//! θ ← θ + td                                     t from the line search, first tried: η
//! ```
//!
//! The very first step goes down the gradient and tries t = η min(1, 1/‖g‖₁). PyTorch's `LBFGS` with
//! `line_search_fn="strong_wolfe"` and one iteration a step, but for its defaults (m = 100) and for when it stands
//! still: PyTorch does once no element of the gradient exceeds 1e-7 or the slope along d is above -1e-9; here stopping is not
//! the method's business, and only a step too short for the precision is not tried. Needs full batches: a line search
//! compares losses. Every evaluation of the search is charged; the last one serves as the next step's gradient.

use super::line_search::{Probe, strong_wolfe};
use super::{dot, flat, row, unflat};
use crate::{Hypers, Method, Nature, Now, Stepped};
use burn::tensor::Tensor;
use downhill_population::{Gradient, Params, Place, Precision, host};
use downhill_spec::{Legal, Parameter};

/// Most pairs that can be asked for: the state has room for so many.
const ROOM: usize = 20;
/// Pairs with less curvature are left out.
const LEAST_CURVATURE: f64 = 1e-10;

/// Newton's method from the memory of a few steps.
pub struct Lbfgs;

impl Method for Lbfgs {
    const NAME: &'static str = "lbfgs";
    const SUMMARY: &'static str =
        "curvature from the newest steps, and a line search along the direction that it gives";
    const SOURCE: &'static str = "Liu and Nocedal 1989; PyTorch's form";
    const DOC: &'static str = include_str!("lbfgs.rs");
    const TABLE: &'static [Parameter] = &[
        Parameter::new("lr", "η", 1.0, Legal::Positive, "first length that the line search tries"),
        Parameter::new("history_size", "m", 10.0, Legal::Within(1, ROOM as u64), "pairs that are kept"),
    ];
    const NATURE: Nature = Nature { exact_gradient: true, keeps_position: true, full_batch: true, ..Nature::PLAIN };

    const COPIES: usize = 2 * ROOM + 2;

    /// The pairs' s and y (newest last), how many there are, the last gradient, and the last step.
    fn initial(place: &Place, hypers: &Hypers, params: &Params) -> Vec<Tensor<3>> {
        let members = hypers.members();
        let n = params.tensors.iter().map(|t| t.dims()[1] * t.dims()[2]).sum();
        let zeros = |rows: usize, cols: usize| place.tensor(&vec![0.0; members * rows * cols], [members, rows, cols]);
        vec![zeros(ROOM, n), zeros(ROOM, n), zeros(1, 1), zeros(1, n), zeros(1, n)]
    }

    fn step(now: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        let (place, members) = (now.moment.place, now.hypers.members());
        let mut all: Vec<Vec<Vec<f64>>> = state.iter().map(|t| flat(std::slice::from_ref(t))).collect();
        let (mut points, mut gradients) = (flat(&params.tensors), flat(&now.at.gradients));
        let mut losses = host::values(now.at.losses.clone());
        for m in 0..members {
            let lr = now.hypers.get(m, "lr");
            let room = now.hypers.get(m, "history_size") as usize;
            let mut memory = Memory::of(&all, m);
            let g = gradients[m].clone();
            let first = now.moment.step == 1;
            if !first {
                memory.learn(&g, room);
            }
            let d = memory.direction(&g);
            let start = Probe { t: 0.0, loss: losses[m], slope: dot(&g, &d), gradient: g };
            let t = if first { lr * (1.0 / start.gradient.iter().map(|g| g.abs()).sum::<f64>()).min(1.0) } else { lr };
            let farthest = d.iter().fold(0.0f64, |most, d| most.max(d.abs()));
            let here = points[m].clone();
            let at = |t: f64| here.iter().zip(&d).map(|(x, d)| x + t * d).collect::<Vec<f64>>();
            let found = if start.slope < 0.0 {
                strong_wolfe(&start, t, farthest, smallest(place), |t| {
                    let there = Params { tensors: unflat(place, &params.tensors, &[at(t)]) };
                    let evaluated = now.problem.gradient_of(m, &there);
                    let gradient = flat(&evaluated.gradients).remove(0);
                    let loss = host::values(evaluated.losses)[0];
                    Probe { t, loss, slope: dot(&gradient, &d), gradient }
                })
            } else if start.slope.is_nan() {
                // A broken gradient must show.
                Probe { t: f64::NAN, ..start.clone() }
            } else {
                start.clone()
            };
            points[m] = at(found.t);
            memory.last_gradient = start.gradient;
            memory.last_step = d.iter().map(|d| found.t * d).collect();
            (losses[m], gradients[m]) = (found.loss, found.gradient);
            memory.put(&mut all, m);
        }
        let state = all
            .iter()
            .zip(&state)
            .map(|(values, like)| unflat(place, std::slice::from_ref(like), values).remove(0))
            .collect();
        let next = Gradient {
            losses: place.tensor(&losses, [members, 1, 1]),
            gradients: unflat(place, &params.tensors, &gradients),
        };
        Stepped { params: Params { tensors: unflat(place, &params.tensors, &points) }, state, next: Some(next) }
    }
}

/// The largest movement of a parameter that is not worth a try, in numbers of size 1.
fn smallest(place: &Place) -> f64 {
    match place.precision {
        Precision::F32 => 1e-7,
        Precision::F64 => 1e-9,
    }
}

/// One member's state.
struct Memory {
    s: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    last_gradient: Vec<f64>,
    last_step: Vec<f64>,
}

impl Memory {
    fn of(all: &[Vec<Vec<f64>>], member: usize) -> Self {
        let n = all[3][member].len();
        let count = all[2][member][0] as usize;
        let pairs = |values: &[f64]| (0..count).map(|i| row(values, n, i).to_vec()).collect();
        Self {
            s: pairs(&all[0][member]),
            y: pairs(&all[1][member]),
            last_gradient: all[3][member].clone(),
            last_step: all[4][member].clone(),
        }
    }

    fn put(self, all: &mut [Vec<Vec<f64>>], member: usize) {
        let filled = |pairs: &[Vec<f64>], length: usize| {
            let mut values = pairs.concat();
            values.resize(length, 0.0);
            values
        };
        all[0][member] = filled(&self.s, all[0][member].len());
        all[1][member] = filled(&self.y, all[1][member].len());
        all[2][member] = vec![self.s.len() as f64];
        all[3][member] = self.last_gradient;
        all[4][member] = self.last_step;
    }

    /// Takes in what the last step showed.
    fn learn(&mut self, g: &[f64], room: usize) {
        let y: Vec<f64> = g.iter().zip(&self.last_gradient).map(|(new, old)| new - old).collect();
        if dot(&self.last_step, &y) > LEAST_CURVATURE {
            self.s.push(self.last_step.clone());
            self.y.push(y);
        }
        let surplus = self.s.len().saturating_sub(room);
        self.s.drain(..surplus);
        self.y.drain(..surplus);
    }

    /// −Hg by the two loops.
    fn direction(&self, g: &[f64]) -> Vec<f64> {
        let mut d: Vec<f64> = g.iter().map(|g| -g).collect();
        let mut shares = Vec::new();
        for (s, y) in self.s.iter().zip(&self.y).rev() {
            let share = dot(s, &d) / dot(s, y);
            d.iter_mut().zip(y).for_each(|(d, y)| *d -= share * y);
            shares.push(share);
        }
        if let (Some(s), Some(y)) = (self.s.last(), self.y.last()) {
            let scale = dot(s, y) / dot(y, y);
            d.iter_mut().for_each(|d| *d *= scale);
        }
        for ((s, y), share) in self.s.iter().zip(&self.y).zip(shares.into_iter().rev()) {
            let back = dot(y, &d) / dot(s, y);
            d.iter_mut().zip(s).for_each(|(d, s)| *d += (share - back) * s);
        }
        d
    }
}
