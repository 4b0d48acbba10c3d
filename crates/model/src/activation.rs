//! Activation functions.

use burn::tensor::{Tensor, activation};
use downhill_spec::{Choice, Legal, Parameter, SpecError, parse};
use std::f64::consts::FRAC_1_SQRT_2;
use std::fmt;

/// An element-wise function after a layer, with PyTorch's constants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// max(0, x)
    #[default]
    Relu,
    /// tanh x
    Tanh,
    /// 1/(1 + e⁻ˣ)
    Sigmoid,
    /// x Φ(x), the exact form with the error function (Hendrycks and Gimpel 2016)
    Gelu,
    /// x where x > 0, else slope · x
    LeakyRelu {
        /// Slope left of 0.
        slope: f64,
    },
    /// x/(1 + e⁻ˣ) (Elfwing et al. 2018)
    Silu,
    /// ln(1 + eˣ); x itself above 20
    Softplus,
    /// x
    Identity,
}

const SLOPE: Parameter = Parameter::new("slope", "a", 0.01, Legal::Finite, "slope left of 0");

const CHOICES: &[(Choice<'static>, &str)] = &[
    (Choice { name: "relu", parameters: &[] }, "max(0, x)"),
    (Choice { name: "tanh", parameters: &[] }, "tanh x"),
    (Choice { name: "sigmoid", parameters: &[] }, "1/(1 + exp(−x))"),
    (Choice { name: "gelu", parameters: &[] }, "x Φ(x), exact"),
    (Choice { name: "leaky-relu", parameters: &[SLOPE] }, "x if x > 0, else a·x"),
    (Choice { name: "silu", parameters: &[] }, "x/(1 + exp(−x))"),
    (Choice { name: "softplus", parameters: &[] }, "ln(1 + exp x)"),
    (Choice { name: "identity", parameters: &[] }, "x"),
];

impl Activation {
    /// Reads a name such as `relu` or `leaky-relu:slope=0.1`.
    ///
    /// # Errors
    /// Unknown names and keys.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let choices: Vec<Choice<'_>> = Self::all().map(|(choice, _)| choice).collect();
        let spec = parse("activation", text, &choices)?;
        Ok(match spec.index {
            0 => Activation::Relu,
            1 => Activation::Tanh,
            2 => Activation::Sigmoid,
            3 => Activation::Gelu,
            4 => Activation::LeakyRelu { slope: spec.get("slope").unwrap_or(SLOPE.default) },
            5 => Activation::Silu,
            6 => Activation::Softplus,
            _ => Activation::Identity,
        })
    }

    /// Name, parameters and formula of every activation.
    pub fn all() -> impl Iterator<Item = (Choice<'static>, &'static str)> {
        CHOICES.iter().copied()
    }

    /// Applies the function to each element.
    pub fn apply(self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Activation::Relu => activation::relu(x),
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid => sigmoid(x),
            // Burn's own backward pass of `gelu` is that of the tanh approximation on some backends.
            Activation::Gelu => x.clone() * ((x * FRAC_1_SQRT_2).erf() + 1.0) * 0.5,
            Activation::LeakyRelu { slope } => {
                let negative = x.clone().lower_elem(0.0);
                x.clone().mask_where(negative, x * slope)
            }
            Activation::Silu => x.clone() * sigmoid(x),
            Activation::Softplus => activation::softplus(x, 1.0),
            Activation::Identity => x,
        }
    }

    /// The gain that keeps the variance of a signal through the layer, as in PyTorch's `calculate_gain`. PyTorch has
    /// none for gelu, silu and softplus: they get relu's, whose shape they share.
    pub fn gain(self) -> f64 {
        match self {
            Activation::Tanh => 5.0 / 3.0,
            Activation::Sigmoid | Activation::Identity => 1.0,
            Activation::LeakyRelu { slope } => (2.0 / (1.0 + slope * slope)).sqrt(),
            Activation::Relu | Activation::Gelu | Activation::Silu | Activation::Softplus => 2f64.sqrt(),
        }
    }
}

/// 1/(1 + e⁻ˣ) as (1 + tanh(x/2))/2, which overflows nowhere. Burn's own computes in `f32` on some backends.
fn sigmoid(x: Tensor<3>) -> Tensor<3> {
    ((x * 0.5).tanh() + 1.0) * 0.5
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activation::Relu => f.write_str("relu"),
            Activation::Tanh => f.write_str("tanh"),
            Activation::Sigmoid => f.write_str("sigmoid"),
            Activation::Gelu => f.write_str("gelu"),
            Activation::LeakyRelu { slope } => write!(f, "leaky-relu:slope={slope}"),
            Activation::Silu => f.write_str("silu"),
            Activation::Softplus => f.write_str("softplus"),
            Activation::Identity => f.write_str("identity"),
        }
    }
}
