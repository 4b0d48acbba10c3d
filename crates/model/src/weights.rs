//! Weight files: safetensors in PyTorch's layout, `layers.0.weight` as `[outputs, inputs]`.
//!
//! All functions work on bytes in memory; the caller writes the file. Reading any bytes ends in values or in an error,
//! and allocates at most a few times their length.

use downhill_population::{Precision, Role, Shape, Values};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::HashMap;

/// The one metadata key in use. Safetensors keeps metadata in random order, so all of it goes into a single value.
const METADATA_KEY: &str = "downhill";

/// A tensor with its name in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name.
    pub name: String,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Its numbers in row-major order.
    pub values: Vec<f64>,
}

/// Why bytes are no weights of a network.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not a safetensors file, or a damaged one.
    #[error("not a valid safetensors file: {0}")]
    Format(String),
    /// A tensor of another type than F32 or F64.
    #[error("tensor `{name}` is of type {dtype}; only F32 and F64 can be read")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// A tensor of another shape than the network's.
    #[error("tensor `{name}` has shape {found:?}, but the network's is {expected:?} (outputs, inputs)")]
    Shape {
        /// The tensor.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The network's.
        expected: Vec<usize>,
    },
    /// A tensor of the network that the file lacks.
    #[error("tensor `{name}` is missing; the file has: {present}")]
    Missing {
        /// The tensor.
        name: String,
        /// The tensors of the file.
        present: String,
    },
    /// A tensor of the file that the network lacks.
    #[error("tensor `{name}` of the file has no place in the network, which has: {expected}")]
    Unexpected {
        /// The tensor.
        name: String,
        /// The tensors of the network.
        expected: String,
    },
}

/// The bytes of a safetensors file with these tensors and one text of metadata.
pub fn to_bytes(tensors: &[NamedTensor], precision: Precision, metadata: &str) -> Result<Vec<u8>, WeightsError> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|t| match precision {
            Precision::F32 => t.values.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect(),
            Precision::F64 => t.values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        })
        .collect();
    let dtype = match precision {
        Precision::F32 => Dtype::F32,
        Precision::F64 => Dtype::F64,
    };
    let format = |e: safetensors::SafeTensorError| WeightsError::Format(e.to_string());
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .zip(&bytes)
        .map(|(t, bytes)| Ok((t.name.as_str(), TensorView::new(dtype, t.shape.clone(), bytes).map_err(format)?)))
        .collect::<Result<_, WeightsError>>()?;
    serialize(views, Some(HashMap::from([(METADATA_KEY.to_string(), metadata.to_string())]))).map_err(format)
}

/// The tensors of a safetensors file in the order of their names, and our metadata if it has any.
///
/// # Errors
/// When the bytes are no safetensors file, or a tensor is neither F32 nor F64.
pub fn from_bytes(bytes: &[u8]) -> Result<(Vec<NamedTensor>, Option<String>), WeightsError> {
    let format = |e: safetensors::SafeTensorError| WeightsError::Format(e.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
    let metadata = header.metadata().as_ref().and_then(|m| m.get(METADATA_KEY)).cloned();
    let mut tensors = SafeTensors::deserialize(bytes)
        .map_err(format)?
        .iter()
        .map(|(name, view)| {
            let values = match view.dtype() {
                Dtype::F32 => {
                    view.data().as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
                }
                Dtype::F64 => view.data().as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
                other => return Err(WeightsError::Type { name: name.into(), dtype: other.to_string() }),
            };
            Ok(NamedTensor { name: name.into(), shape: view.shape().to_vec(), values })
        })
        .collect::<Result<Vec<_>, _>>()?;
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((tensors, metadata))
}

/// One member's parameters in PyTorch's names and layout.
pub fn to_pytorch(shapes: &[Shape], values: &Values) -> Vec<NamedTensor> {
    shapes
        .iter()
        .zip(values)
        .map(|(shape, values)| NamedTensor {
            name: shape.name.clone(),
            shape: pytorch_shape(shape),
            values: match shape.role {
                Role::Weight | Role::Head => transpose(values, shape.rows, shape.cols),
                _ => values.clone(),
            },
        })
        .collect()
}

/// One member's parameters from tensors in PyTorch's names and layout.
///
/// # Errors
/// When a tensor is missing, too many, or of another shape.
pub fn from_pytorch(shapes: &[Shape], tensors: &[NamedTensor]) -> Result<Values, WeightsError> {
    let names = |all: &mut dyn Iterator<Item = &String>| all.map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(extra) = tensors.iter().find(|t| shapes.iter().all(|s| s.name != t.name)) {
        return Err(WeightsError::Unexpected {
            name: extra.name.clone(),
            expected: names(&mut shapes.iter().map(|s| &s.name)),
        });
    }
    shapes
        .iter()
        .map(|shape| {
            let tensor = tensors.iter().find(|t| t.name == shape.name).ok_or_else(|| WeightsError::Missing {
                name: shape.name.clone(),
                present: names(&mut tensors.iter().map(|t| &t.name)),
            })?;
            let expected = pytorch_shape(shape);
            if tensor.shape != expected {
                return Err(WeightsError::Shape { name: shape.name.clone(), found: tensor.shape.clone(), expected });
            }
            Ok(match shape.role {
                Role::Weight | Role::Head => transpose(&tensor.values, shape.cols, shape.rows),
                _ => tensor.values.clone(),
            })
        })
        .collect()
}

fn pytorch_shape(shape: &Shape) -> Vec<usize> {
    match shape.role {
        Role::Weight | Role::Head => vec![shape.cols, shape.rows],
        _ => vec![shape.cols],
    }
}

fn transpose(values: &[f64], rows: usize, cols: usize) -> Vec<f64> {
    (0..cols).flat_map(|c| (0..rows).map(move |r| values[r * cols + c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Bias, Init, Loss, Network};
    use proptest::prelude::*;

    fn network() -> Network {
        Network {
            inputs: 3,
            hidden: vec![4],
            outputs: 2,
            activation: Activation::Relu,
            bias: Bias::All,
            loss: Loss::CrossEntropy,
        }
    }

    fn member() -> Values {
        Init::parse("pytorch").unwrap().member(&network(), 1)
    }

    fn file(precision: Precision) -> Vec<u8> {
        to_bytes(&to_pytorch(&network().shapes(), &member()), precision, "{\"classes\":[]}").unwrap()
    }

    #[test]
    fn values_and_metadata_come_back_to_the_bit() {
        let (tensors, metadata) = from_bytes(&file(Precision::F64)).unwrap();
        assert_eq!(from_pytorch(&network().shapes(), &tensors).unwrap(), member());
        assert_eq!(metadata.as_deref(), Some("{\"classes\":[]}"));
        let (tensors, _) = from_bytes(&file(Precision::F32)).unwrap();
        let rounded = from_pytorch(&network().shapes(), &tensors).unwrap();
        assert_eq!(rounded[0][0], f64::from(member()[0][0] as f32));
    }

    #[test]
    fn the_layout_is_pytorchs() {
        let tensors = to_pytorch(&network().shapes(), &member());
        let shapes: Vec<(&str, &[usize])> = tensors.iter().map(|t| (t.name.as_str(), t.shape.as_slice())).collect();
        assert_eq!(
            shapes,
            [
                ("layers.0.weight", [4, 3].as_slice()),
                ("layers.0.bias", &[4]),
                ("layers.1.weight", &[2, 4]),
                ("layers.1.bias", &[2])
            ]
        );
        // Row 1, column 2 of [outputs, inputs] is input 2 to output 1.
        assert_eq!(tensors[0].values[3 + 2], member()[0][2 * 4 + 1]);
    }

    #[test]
    fn the_same_weights_give_the_same_bytes() {
        assert_eq!(file(Precision::F32), file(Precision::F32));
    }

    #[test]
    fn misfits_are_named_with_both_shapes() {
        let (tensors, _) = from_bytes(&file(Precision::F32)).unwrap();
        let message = |network: &Network| from_pytorch(&network.shapes(), &tensors).unwrap_err().to_string();
        let wider = Network { hidden: vec![5], ..network() };
        assert_eq!(
            message(&wider),
            "tensor `layers.0.weight` has shape [4, 3], but the network's is [5, 3] (outputs, inputs)"
        );
        let deeper = Network { hidden: vec![4, 2], ..network() };
        assert!(message(&deeper).contains("tensor `layers.2.weight` is missing"));
        let bare = Network { bias: Bias::None, ..network() };
        assert!(message(&bare).contains("tensor `layers.0.bias` of the file has no place"));
    }

    proptest! {
        #[test]
        fn damaged_files_are_errors_or_values_never_panics(
            cut in 0usize..400, at in 0usize..400, byte: u8
        ) {
            let mut bytes = file(Precision::F32);
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.max(1) % (bytes.len() + 1));
            if let Ok((tensors, _)) = from_bytes(&bytes) {
                let _ = from_pytorch(&network().shapes(), &tensors);
            }
        }

        #[test]
        fn arbitrary_bytes_are_errors(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(from_bytes(&bytes).is_err() || bytes.len() >= 8);
        }
    }

    #[test]
    fn a_header_that_claims_a_billion_columns_is_refused() {
        let header = br#"{"layers.0.weight":{"dtype":"F32","shape":[1000000000,1000000000],"data_offsets":[0,16]}}"#;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header);
        bytes.extend([0; 16]);
        assert!(from_bytes(&bytes).is_err());
        let mut lying = u64::MAX.to_le_bytes().to_vec();
        lying.extend([b'{'; 64]);
        assert!(from_bytes(&lying).is_err());
    }
}
