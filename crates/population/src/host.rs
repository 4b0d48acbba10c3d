//! Numbers of tensors in this process's memory.

use crate::place::Place;
use burn::tensor::{DType, Tensor, TensorData};

/// A tensor's numbers in row-major order; an `f32` converts exactly.
pub fn values(tensor: Tensor<3>) -> Vec<f64> {
    data_values(&tensor.into_data())
}

/// The numbers of downloaded data as `f64`. Every NaN becomes the same one, since the bits of a NaN depend on how an
/// operation was vectorised.
pub fn data_values(data: &TensorData) -> Vec<f64> {
    let canonical = |v: f64| if v.is_nan() { f64::NAN } else { v };
    match data.dtype() {
        DType::F64 => slice::<f64>(data).iter().map(|&v| canonical(v)).collect(),
        _ => slice::<f32>(data).iter().map(|&v| canonical(v.into())).collect(),
    }
}

/// The numbers of downloaded data of a known type.
pub fn slice<T: burn::tensor::Element>(data: &TensorData) -> &[T] {
    data.as_slice().expect("the data is of the type its dtype names")
}

/// The Euclidean norm over all tensors, for each member.
///
/// On the CPU the squares are added up in `f64` in the order of memory; elsewhere on the device, and only one
/// number per member is read back.
pub fn norms(place: &Place, tensors: &[Tensor<3>]) -> Vec<f64> {
    let members = tensors.first().map_or(0, |t| t.dims()[0]);
    let mut sums = vec![0.0; members];
    for tensor in tensors {
        if place.backend.is_host() {
            let data = tensor.clone().into_data();
            match data.dtype() {
                DType::F64 => add_squares(slice::<f64>(&data), &mut sums),
                _ => add_squares(slice::<f32>(&data), &mut sums),
            }
        } else {
            let squares = tensor.clone().powi_scalar(2).sum_dim(2).sum_dim(1);
            sums.iter_mut().zip(values(squares)).for_each(|(sum, square)| *sum += square);
        }
    }
    sums.into_iter().map(f64::sqrt).collect()
}

fn add_squares<T: Copy + Into<f64>>(values: &[T], sums: &mut [f64]) {
    let elements = values.len() / sums.len();
    for (sum, member) in sums.iter_mut().zip(values.chunks_exact(elements)) {
        // Eight running sums let the additions overlap; the order is fixed, so the bits are too.
        let mut lanes = [0.0f64; 8];
        for (i, &v) in member.iter().enumerate() {
            let v: f64 = v.into();
            lanes[i % 8] += v * v;
        }
        *sum += lanes.iter().sum::<f64>();
    }
}
