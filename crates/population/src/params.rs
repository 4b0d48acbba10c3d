//! The parameter tensors of a population, and the role of each.

use crate::host;
use crate::place::Place;
use burn::tensor::{Int, Tensor, TensorData};

/// The role of a parameter tensor in a model, for rules that treat biases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A matrix of weights, `[inputs, outputs]`.
    Weight,
    /// The last layer's matrix of weights.
    Head,
    /// A row of biases, `[1, outputs]`.
    Bias,
    /// A point of a function's domain, `[1, dimensions]`.
    Point,
}

/// Name, size and role of one parameter tensor of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The name in files, such as `layers.0.weight`.
    pub name: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Its role.
    pub role: Role,
}

impl Shape {
    /// Number of elements of one member in this tensor.
    pub fn elements(&self) -> usize {
        self.rows * self.cols
    }
}

/// One member's numbers: for each tensor its values in row-major order. `f64` holds every `f32` exactly.
pub type Values = Vec<Vec<f64>>;

/// The parameter tensors of a population, each `[members, rows, cols]`, without automatic differentiation.
#[derive(Clone, Debug)]
pub struct Params {
    /// One tensor per [`Shape`], in the same order.
    pub tensors: Vec<Tensor<3>>,
}

impl Params {
    /// Lays members side by side.
    ///
    /// # Panics
    /// When a member's values do not fit the shapes.
    pub fn from_members(place: &Place, shapes: &[Shape], members: &[Values]) -> Self {
        let tensors = shapes
            .iter()
            .enumerate()
            .map(|(i, shape)| {
                let all: Vec<f64> = members.iter().flat_map(|member| member[i].iter().copied()).collect();
                place.tensor(&all, [members.len(), shape.rows, shape.cols])
            })
            .collect();
        Self { tensors }
    }

    /// Copies of every member's numbers.
    pub fn to_members(&self) -> Vec<Values> {
        split_members(&self.tensors)
    }

    /// Number of members; 0 without tensors.
    pub fn members(&self) -> usize {
        self.tensors.first().map_or(0, |t| t.dims()[0])
    }

    /// The named members only, in the given order.
    pub fn select(&self, members: &[usize]) -> Self {
        Self { tensors: select_members(&self.tensors, members) }
    }
}

/// Copies of every member's numbers in a list of tensors `[members, rows, cols]`.
pub fn split_members(tensors: &[Tensor<3>]) -> Vec<Values> {
    let members = tensors.first().map_or(0, |t| t.dims()[0]);
    let mut out: Vec<Values> = vec![Vec::with_capacity(tensors.len()); members];
    for tensor in tensors {
        let elements = tensor.dims()[1] * tensor.dims()[2];
        let all = host::values(tensor.clone());
        for (member, values) in out.iter_mut().enumerate() {
            values.push(all[member * elements..(member + 1) * elements].to_vec());
        }
    }
    out
}

/// The named members of each tensor `[members, rows, cols]`, in the given order.
pub fn select_members(tensors: &[Tensor<3>], members: &[usize]) -> Vec<Tensor<3>> {
    let indices: Vec<i64> = members.iter().map(|&m| m as i64).collect();
    tensors
        .iter()
        .map(|tensor| {
            let indices =
                Tensor::<1, Int>::from_data(TensorData::new(indices.clone(), [indices.len()]), &tensor.device());
            tensor.clone().select(0, indices)
        })
        .collect()
}
