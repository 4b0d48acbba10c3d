//! The place of a population.

use crate::backend::{Backend, BackendError, Precision};
use burn::tensor::{Device, Tensor, TensorData};

/// The place of a population: a device of a backend, and a precision.
#[derive(Clone, Debug)]
pub struct Place {
    /// The backend.
    pub backend: Backend,
    /// The floating-point type.
    pub precision: Precision,
    /// The backend's device, without automatic differentiation.
    pub device: Device,
}

impl Place {
    /// The device of `backend` in `precision`.
    ///
    /// # Errors
    /// When the backend is not compiled in, or does not compute in `precision`.
    pub fn new(backend: Backend, precision: Precision) -> Result<Self, BackendError> {
        Ok(Self { backend, precision, device: backend.device(precision)? })
    }

    /// A tensor from numbers in row-major order, rounded to this place's precision.
    ///
    /// # Panics
    /// When `values` does not hold as many numbers as `shape`.
    pub fn tensor(&self, values: &[f64], shape: [usize; 3]) -> Tensor<3> {
        let data = match self.precision {
            Precision::F32 => TensorData::new(values.iter().map(|&v| v as f32).collect(), shape),
            Precision::F64 => TensorData::new(values.to_vec(), shape),
        };
        Tensor::from_data(data, (&self.device, self.precision.dtype()))
    }
}
