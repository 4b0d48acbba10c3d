//! Norms of gradients, weights and steps, layer by layer.

use crate::error::ProbeError;
use crate::vectors::{moved, norm};
use downhill_population::Shape;

/// Figures of the parameters of one layer, weights and biases together.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its name in files, such as `layers.0`.
    pub name: String,
    /// Number of its parameters.
    pub parameters: usize,
    /// The norm of its parameters.
    pub weight_norm: f64,
    /// The norm of the gradient in them.
    pub gradient_norm: f64,
    /// The norm of a step in them over the norm of the parameters before it; None without a step.
    pub update_ratio: Option<f64>,
}

/// The layers of a point. Tensors belong to one layer if their names agree up to the last dot. `step` are the
/// parameters before and after an update.
///
/// # Errors
/// When a list does not hold one number for each parameter.
pub fn layers(
    shapes: &[Shape],
    point: &[f64],
    gradient: &[f64],
    step: Option<(&[f64], &[f64])>,
) -> Result<Vec<Layer>, ProbeError> {
    let needed = shapes.iter().map(Shape::elements).sum();
    ProbeError::check_size("a point", point.len(), needed)?;
    ProbeError::check_size("a gradient", gradient.len(), needed)?;
    if let Some((before, after)) = step {
        ProbeError::check_size("the parameters before the step", before.len(), needed)?;
        ProbeError::check_size("the parameters after the step", after.len(), needed)?;
    }
    let mut layers = Vec::new();
    let mut from = 0;
    for group in shapes.chunk_by(|a, b| layer_name(a) == layer_name(b)) {
        let range = from..from + group.iter().map(Shape::elements).sum::<usize>();
        from = range.end;
        let ratio = |(before, after): (&[f64], &[f64])| {
            norm(&moved(&after[range.clone()], -1.0, &before[range.clone()])) / norm(&before[range.clone()])
        };
        layers.push(Layer {
            name: layer_name(&group[0]).to_string(),
            parameters: range.len(),
            weight_norm: norm(&point[range.clone()]),
            gradient_norm: norm(&gradient[range.clone()]),
            update_ratio: step.map(ratio),
        });
    }
    Ok(layers)
}

fn layer_name(shape: &Shape) -> &str {
    shape.name.rsplit_once('.').map_or(&shape.name, |(layer, _)| layer)
}
