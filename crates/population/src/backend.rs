//! The backends, and the precisions in which they compute.

use burn::tensor::{DType, Device};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A Burn backend, chosen at run time among those that were compiled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// The CPU backend.
    #[default]
    Flex,
    /// A second CPU backend, which cross-checks the first (feature `ndarray`).
    Ndarray,
    /// A GPU through WebGPU, or software Vulkan (feature `wgpu`).
    Wgpu,
}

/// A backend or precision that is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The program was built without the backend's feature.
    #[error("the backend `{backend}` is not compiled in; build with `--features {backend}`")]
    NotCompiledIn {
        /// The backend asked for.
        backend: Backend,
    },
    /// The backend does not compute in this precision.
    #[error(
        "the backend `{backend}` computes in f32 only; f64 needs option `backend=flex` or option `backend=ndarray`"
    )]
    Precision {
        /// The backend asked for.
        backend: Backend,
    },
}

impl Backend {
    /// All backends, compiled in or not.
    pub const ALL: [Backend; 3] = [Backend::Flex, Backend::Ndarray, Backend::Wgpu];

    /// The backends on the processor that were compiled in.
    pub fn on_cpu() -> impl Iterator<Item = Backend> {
        let ndarray = cfg!(feature = "ndarray").then_some(Backend::Ndarray);
        std::iter::once(Backend::Flex).chain(ndarray)
    }

    /// Whether tensors lie in this process's memory, so that a pass over slices needs no transfer.
    pub fn is_host(self) -> bool {
        self != Backend::Wgpu
    }

    /// The device of this backend, without automatic differentiation.
    ///
    /// # Errors
    /// When the backend is not compiled in, or does not compute in `precision`.
    pub fn device(self, precision: Precision) -> Result<Device, BackendError> {
        if self == Backend::Wgpu && precision == Precision::F64 {
            return Err(BackendError::Precision { backend: self });
        }
        match self {
            Backend::Flex => Ok(Device::flex()),
            Backend::Ndarray => ndarray(),
            Backend::Wgpu => wgpu(),
        }
    }
}

#[cfg(feature = "ndarray")]
#[allow(deprecated)] // Burn 0.22 deprecates this backend; here it checks the other one.
fn ndarray() -> Result<Device, BackendError> {
    Ok(Device::ndarray())
}

#[cfg(not(feature = "ndarray"))]
fn ndarray() -> Result<Device, BackendError> {
    Err(BackendError::NotCompiledIn { backend: Backend::Ndarray })
}

#[cfg(feature = "wgpu")]
fn wgpu() -> Result<Device, BackendError> {
    Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice))
}

#[cfg(not(feature = "wgpu"))]
fn wgpu() -> Result<Device, BackendError> {
    Err(BackendError::NotCompiledIn { backend: Backend::Wgpu })
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Flex => "flex",
            Backend::Ndarray => "ndarray",
            Backend::Wgpu => "wgpu",
        })
    }
}

impl FromStr for Backend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|b| b.to_string() == text)
            .ok_or_else(|| format!("unknown backend `{text}`; there are: flex, ndarray, wgpu"))
    }
}

/// The floating-point type of parameters, data and state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 64 bits.
    F64,
}

impl Precision {
    /// Burn's name of the type.
    pub fn dtype(self) -> DType {
        match self {
            Precision::F32 => DType::F32,
            Precision::F64 => DType::F64,
        }
    }

    /// The distance from 1 to the next number.
    pub fn unit(self) -> f64 {
        match self {
            Precision::F32 => f64::from(f32::EPSILON),
            Precision::F64 => f64::EPSILON,
        }
    }

    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Precision::F32),
            "f64" => Ok(Precision::F64),
            _ => Err(format!("unknown dtype `{text}`; there are: f32, f64")),
        }
    }
}
