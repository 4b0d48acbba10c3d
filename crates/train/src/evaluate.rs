//! Loss and accuracy of every member over a whole part.

use crate::part::Part;
use burn::tensor::Tensor;
use downhill_model::Network;
use downhill_population::{Params, Place, host};
use rayon::prelude::*;

/// Rows evaluated at once. Fixed, so that a row's numbers never depend on the population's size.
const CHUNK: usize = 1024;

/// One member's figures over a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss over the rows; NaN for an empty part.
    pub loss: f64,
    /// Share of rows whose largest output is the true class's; `None` in a regression or for an empty part.
    pub accuracy: Option<f64>,
    /// The network's outputs, row-major, if requested.
    pub outputs: Vec<f64>,
}

/// Evaluates every member on all rows of a part, chunks of rows side by side on the threads of the caller's pool. Losses
/// are added up in `f64`, in the order of the rows.
///
/// `keep_outputs` also returns the outputs, `rows × outputs` numbers for each member.
pub fn evaluate(place: &Place, network: &Network, params: &Params, part: &Part, keep_outputs: bool) -> Vec<Evaluation> {
    let order: Vec<usize> = (0..part.rows()).collect();
    let chunks: Vec<Vec<ChunkFigures>> =
        order.par_chunks(CHUNK).map(|rows| chunk(place, network, params, part, rows, keep_outputs)).collect();
    let mut totals = vec![ChunkFigures::default(); params.members()];
    for chunk in chunks {
        for (total, figures) in totals.iter_mut().zip(chunk) {
            figures.losses.iter().for_each(|loss| total.sum += loss);
            total.hits += figures.hits;
            total.outputs.extend(figures.outputs);
        }
    }
    let rows = part.rows() as f64;
    totals
        .into_iter()
        .map(|total| Evaluation {
            loss: total.sum / rows,
            accuracy: (part.labels().is_some() && part.rows() > 0).then(|| total.hits as f64 / rows),
            outputs: total.outputs,
        })
        .collect()
}

/// One member's figures over some rows.
#[derive(Clone, Default)]
struct ChunkFigures {
    losses: Vec<f64>,
    /// The sum of the losses so far.
    sum: f64,
    hits: u64,
    outputs: Vec<f64>,
}

/// Every member's figures over the rows of one chunk.
fn chunk(
    place: &Place,
    network: &Network,
    params: &Params,
    part: &Part,
    rows: &[usize],
    keep_outputs: bool,
) -> Vec<ChunkFigures> {
    let members = params.members();
    let (inputs, targets) = part.gather(place, &[rows]);
    let outputs = network.forward(&params.tensors, inputs);
    let width = outputs.dims()[2];
    let targets: Tensor<3> = targets.expand([members, rows.len(), width]);
    let losses = host::values(network.loss.rows(outputs.clone(), targets));
    let needs_outputs = keep_outputs || part.labels().is_some();
    let outputs = if needs_outputs { host::values(outputs) } else { Vec::new() };
    let figures = |member: usize| {
        let losses = losses[member * rows.len()..(member + 1) * rows.len()].to_vec();
        let outputs =
            if needs_outputs { &outputs[member * rows.len() * width..(member + 1) * rows.len() * width] } else { &[] };
        let hits = part.labels().map_or(0, |labels| {
            let right = |(z, row): &(&[f64], &usize)| argmax(z) == Some(labels[**row]);
            outputs.chunks_exact(width).zip(rows).filter(right).count() as u64
        });
        ChunkFigures { losses, sum: 0.0, hits, outputs: if keep_outputs { outputs.to_vec() } else { Vec::new() } }
    };
    (0..members).map(figures).collect()
}

/// The class with the largest output, the first of several; None where an output is NaN.
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
