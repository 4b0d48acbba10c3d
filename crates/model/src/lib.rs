//! The small multilayer perceptron, for a whole population at once.
//!
//! - [`network`]: sizes and parameters of a [`Network`], and its forward pass.
//! - [`layer`]: `dense`, the function that computes every layer.
//! - [`activation`] and [`loss`]: the element-wise functions and the minimised losses.
//! - `fused`: layer and cross-entropy as one operation each, with derivatives of their own, on the backend flex.
//! - [`init`]: initial weights, from the member's own random stream.
//! - [`weights`]: weight files in PyTorch's layout.

pub mod activation;
mod fused;
pub mod init;
pub mod layer;
pub mod loss;
pub mod network;
pub mod weights;

pub use activation::Activation;
pub use init::Init;
pub use loss::Loss;
pub use network::{Batch, Bias, HiddenError, Network, hidden, hidden_text};
pub use weights::{NamedTensor, WeightsError};
