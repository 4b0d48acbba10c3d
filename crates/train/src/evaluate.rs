//! Loss and accuracy of every member over a whole part.

use crate::part::Part;
use burn::tensor::Tensor;
use downhill_model::Network;
use downhill_population::{Params, Place, host};

/// Rows that are evaluated at once. Fixed, so that a row's numbers never depend on the population's size.
const CHUNK: usize = 1024;

/// One member's figures over a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss over the rows; NaN for an empty part.
    pub loss: f64,
    /// Share of rows whose largest output is the true class's; `None` in a regression or for an empty part.
    pub accuracy: Option<f64>,
    /// The network's outputs, row-major, if asked for.
    pub outputs: Vec<f64>,
}

/// Evaluates every member on all rows of a part. Losses are added up in `f64`, in the order of the rows.
///
/// `keep_outputs` also returns the outputs, `rows × outputs` numbers for each member.
pub fn evaluate(place: &Place, network: &Network, params: &Params, part: &Part, keep_outputs: bool) -> Vec<Evaluation> {
    let members = params.members();
    let mut sums = vec![0.0; members];
    let mut hits = vec![0u64; members];
    let mut kept = vec![Vec::new(); members];
    let order: Vec<usize> = (0..part.rows()).collect();
    for rows in order.chunks(CHUNK) {
        let (inputs, targets) = part.gather(place, &[rows]);
        let outputs = network.forward(&params.tensors, inputs);
        let width = outputs.dims()[2];
        let targets: Tensor<3> = targets.expand([members, rows.len(), width]);
        let losses = host::values(network.loss.rows(outputs.clone(), targets));
        let needs_outputs = keep_outputs || part.labels().is_some();
        let outputs = if needs_outputs { host::values(outputs) } else { Vec::new() };
        for member in 0..members {
            let losses = &losses[member * rows.len()..(member + 1) * rows.len()];
            losses.iter().for_each(|loss| sums[member] += loss);
            if !needs_outputs {
                continue;
            }
            let outputs = &outputs[member * rows.len() * width..(member + 1) * rows.len() * width];
            if let Some(labels) = part.labels() {
                let right = outputs.chunks_exact(width).zip(rows).filter(|(z, row)| argmax(z) == Some(labels[**row]));
                hits[member] += right.count() as u64;
            }
            if keep_outputs {
                kept[member].extend_from_slice(outputs);
            }
        }
    }
    let rows = part.rows() as f64;
    sums.into_iter()
        .zip(hits)
        .zip(kept)
        .map(|((sum, hits), outputs)| Evaluation {
            loss: sum / rows,
            accuracy: (part.labels().is_some() && part.rows() > 0).then(|| hits as f64 / rows),
            outputs,
        })
        .collect()
}

/// The class with the largest output, the first of several; none where an output is NaN.
pub fn argmax(outputs: &[f64]) -> Option<u32> {
    if outputs.iter().any(|z| z.is_nan()) {
        return None;
    }
    let mut best = 0;
    for (i, z) in outputs.iter().enumerate() {
        if *z > outputs[best] {
            best = i;
        }
    }
    Some(best as u32)
}

#[cfg(test)]
mod tests {
    use super::argmax;

    #[test]
    fn the_largest_output_decides_the_first_of_ties_and_nan_decides_nothing() {
        assert_eq!(argmax(&[0.1, 0.7, 0.7]), Some(1));
        assert_eq!(argmax(&[f64::NEG_INFINITY, -1.0]), Some(1));
        assert_eq!(argmax(&[1.0, f64::NAN]), None);
    }
}
