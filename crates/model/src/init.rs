//! Initial weights.

use crate::network::Network;
use downhill_population::Values;
use downhill_random::{Purpose, Stream};
use downhill_spec::{Choice, Legal, Parameter, Spec, SpecError, parse};
use std::fmt;

const GAIN: Parameter = Parameter::new("gain", "a", 1.0, Legal::NonNegative, "factor on the weights");

const CHOICES: &[(Choice<'static>, &str)] = &[
    (
        Choice { name: "pytorch", parameters: &[] },
        "weights and biases uniform in ±1/√inputs, the default of PyTorch's Linear",
    ),
    (
        Choice { name: "kaiming", parameters: &[] },
        "weights normal with sd gain/√inputs, the gain of the activation; biases 0 (He et al. 2015)",
    ),
    (
        Choice { name: "xavier", parameters: &[GAIN] },
        "weights uniform in ±a√(6/(inputs + outputs)); biases 0 (Glorot and Bengio 2010)",
    ),
    (
        Choice {
            name: "normal",
            parameters: &[Parameter::new("sd", "σ", 0.01, Legal::NonNegative, "standard deviation of the weights")],
        },
        "weights normal with sd σ; biases 0",
    ),
    (
        Choice { name: "orthogonal", parameters: &[GAIN] },
        "weights a times a random matrix with orthonormal rows or columns; biases 0 (Saxe et al. 2014)",
    ),
    (Choice { name: "zeros", parameters: &[] }, "weights and biases 0"),
];

/// The initialiser of the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Init {
    spec: Spec,
}

impl Init {
    /// Reads a name such as `kaiming` or `normal:sd=0.1`.
    ///
    /// # Errors
    /// Unknown names and keys, and values outside their legal range.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let choices: Vec<Choice<'_>> = Self::all().map(|(choice, _)| choice).collect();
        Ok(Self { spec: parse("initialiser", text, &choices)? })
    }

    /// Name, parameters and formula of every initialiser.
    pub fn all() -> impl Iterator<Item = (Choice<'static>, &'static str)> {
        CHOICES.iter().copied()
    }

    /// One member's initial parameters, in the order of [`Network::shapes`]. Layer *i* draws from stream *i* of the
    /// member's seed: weights `[inputs, outputs]` in row-major order, then biases.
    pub fn member(&self, network: &Network, seed: u64) -> Values {
        let mut values = Vec::new();
        for (i, (inputs, outputs)) in network.layers().into_iter().enumerate() {
            let mut stream = Stream::new(seed, Purpose::Weights, i as u64);
            let hidden = i < network.hidden.len();
            values.push(self.weights(network, hidden, inputs, outputs, &mut stream));
            if network.has_bias(i) {
                values.push(self.biases(inputs, outputs, &mut stream));
            }
        }
        values
    }

    fn weights(&self, network: &Network, hidden: bool, inputs: usize, outputs: usize, stream: &mut Stream) -> Vec<f64> {
        let mut normals = |sd: f64| (0..inputs * outputs).map(|_| sd * stream.normal()).collect::<Vec<f64>>();
        match self.spec.name.as_str() {
            "kaiming" => {
                let gain = if hidden { network.activation.gain() } else { 1.0 };
                normals(gain / (inputs as f64).sqrt())
            }
            "normal" => normals(self.parameter("sd")),
            "orthogonal" => {
                let gain = self.parameter("gain");
                orthonormal(&normals(1.0), inputs, outputs).into_iter().map(|x| gain * x).collect()
            }
            "zeros" => vec![0.0; inputs * outputs],
            name => {
                let bound = match name {
                    "xavier" => self.parameter("gain") * (6.0 / (inputs + outputs) as f64).sqrt(),
                    _ => 1.0 / (inputs as f64).sqrt(),
                };
                (0..inputs * outputs).map(|_| stream.uniform_in(-bound, bound)).collect()
            }
        }
    }

    fn biases(&self, inputs: usize, outputs: usize, stream: &mut Stream) -> Vec<f64> {
        if self.spec.name != "pytorch" {
            return vec![0.0; outputs];
        }
        let bound = 1.0 / (inputs as f64).sqrt();
        (0..outputs).map(|_| stream.uniform_in(-bound, bound)).collect()
    }

    fn parameter(&self, key: &str) -> f64 {
        self.spec.get(key).expect("an initialiser reads its own table")
    }

    /// The text with every parameter written out.
    pub fn full(&self) -> String {
        self.spec.full()
    }
}

/// That of PyTorch's Linear.
impl Default for Init {
    fn default() -> Self {
        Self::parse("pytorch").expect("the table has it")
    }
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

/// The rows (if wide) or columns (if tall) of a `rows × cols` matrix made orthonormal by modified Gram and Schmidt,
/// twice for accuracy. For normal entries the result is uniform over such matrices (the signs are those of a QR
/// decomposition with a positive diagonal).
fn orthonormal(matrix: &[f64], rows: usize, cols: usize) -> Vec<f64> {
    let (count, length) = (rows.min(cols), rows.max(cols));
    // Vector i is row i of a wide matrix, column i of a tall one.
    let at = |vector: usize, k: usize| if rows <= cols { vector * cols + k } else { k * cols + vector };
    let mut vectors: Vec<Vec<f64>> = (0..count).map(|i| (0..length).map(|k| matrix[at(i, k)]).collect()).collect();
    for i in 0..count {
        let (done, rest) = vectors.split_at_mut(i);
        let vector = &mut rest[0];
        for _ in 0..2 {
            for other in done.iter() {
                let dot: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                vector.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
            }
        }
        let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
    }
    let mut out = vec![0.0; rows * cols];
    for (i, vector) in vectors.iter().enumerate() {
        for (k, x) in vector.iter().enumerate() {
            out[at(i, k)] = *x;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Bias, Loss};

    fn network(hidden: &[usize]) -> Network {
        Network {
            inputs: 40,
            hidden: hidden.to_vec(),
            outputs: 30,
            activation: Activation::Relu,
            bias: Bias::All,
            loss: Loss::Mse,
        }
    }

    fn first_layer(text: &str) -> (Vec<f64>, Vec<f64>) {
        let values = Init::parse(text).unwrap().member(&network(&[50]), 3);
        (values[0].clone(), values[1].clone())
    }

    fn sd(values: &[f64]) -> f64 {
        (values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64).sqrt()
    }

    #[test]
    fn spreads_are_those_of_the_formulas() {
        let (weights, biases) = first_layer("pytorch");
        let bound = 1.0 / 40f64.sqrt();
        assert!(weights.iter().chain(&biases).all(|x| x.abs() <= bound));
        assert!((sd(&weights) / (bound / 3f64.sqrt()) - 1.0).abs() < 0.05);
        assert!(biases.iter().any(|&x| x != 0.0));
        let (weights, biases) = first_layer("kaiming");
        assert!((sd(&weights) / (2.0 / 40f64).sqrt() - 1.0).abs() < 0.05);
        assert!(biases.iter().all(|&x| x == 0.0));
        let (weights, _) = first_layer("xavier:gain=2");
        assert!((sd(&weights) / (2.0 * (2.0 / 90f64).sqrt()) - 1.0).abs() < 0.05);
        let (weights, _) = first_layer("normal:sd=0.3");
        assert!((sd(&weights) / 0.3 - 1.0).abs() < 0.05);
        assert!(first_layer("zeros").0.iter().all(|&x| x == 0.0));
    }

    #[test]
    fn orthogonal_weights_have_orthonormal_rows_or_columns() {
        let values = Init::parse("orthogonal").unwrap().member(&network(&[50]), 3);
        // 40 × 50 is wide: rows; 50 × 30 is tall: columns.
        let wide = |i: usize, k: usize| values[0][i * 50 + k];
        let tall = |i: usize, k: usize| values[2][k * 30 + i];
        for (i, j) in [(0, 0), (0, 1), (29, 29), (3, 17)] {
            let expected = if i == j { 1.0 } else { 0.0 };
            let dot: f64 = (0..50).map(|k| wide(i, k) * wide(j, k)).sum();
            assert!((dot - expected).abs() < 1e-14);
            let dot: f64 = (0..50).map(|k| tall(i, k) * tall(j, k)).sum();
            assert!((dot - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn a_layer_draws_the_same_whatever_comes_after_it() {
        let init = Init::parse("pytorch").unwrap();
        assert_eq!(init.member(&network(&[50]), 3)[..2], init.member(&network(&[50, 7]), 3)[..2]);
        assert_ne!(init.member(&network(&[50]), 3)[0], init.member(&network(&[50]), 4)[0]);
    }

    #[test]
    fn the_first_draws_are_golden() {
        let (weights, _) = first_layer("pytorch");
        assert_eq!(weights[..3], [-0.004457701002280101, -0.1433195146445167, 0.14317139394588327]);
    }
}
