//! All that the author of an optimizer needs: `use downhill_optim::prelude::*`.
//!
//! ```
//! use downhill_optim::prelude::*;
//!
//! struct Signum;
//!
//! impl Rule<2, 3, 1> for Signum {
//!     const NAME: &'static str = "signum";
//!     const SUMMARY: &'static str = "the sign of a momentum";
//!     const SOURCE: &'static str = "Bernstein et al. 2018";
//!     const TABLE: &'static [Parameter; 2] = &[learning_rate(1e-3), MOMENTUM];
//!
//!     fn coefficients([eta, mu]: [f64; 2], _step: u64) -> [f64; 3] {
//!         [eta, mu, 1.0 - mu]
//!     }
//!
//!     fn update<R: Real>([eta, mu, new]: [R; 3], theta: R, g: R, [m]: [R; 1]) -> (R, [R; 1]) {
//!         let m = mu * m + new * g;
//!         (theta - eta * m.sign(), [m])
//!     }
//! }
//!
//! let mut registry = Registry::builtin();
//! registry.add(Signum);
//! assert_eq!(registry.parse("signum:lr=0.01").unwrap().brief(), "signum:lr=0.01");
//! ```

pub use crate::matrix_rules::{adam_direction, at_least, average, averages, norm, trust_ratio};
pub use crate::methods::{add, choose, member_sums, scale, subtract};
pub use crate::parameters::{COUPLED_DECAY, MOMENTUM, beta1, beta2, decoupled_decay, epsilon, guard, learning_rate};
pub use crate::rules::{adam_coefficients, correction, edge_of_average};
pub use crate::tensors::ratio;
pub use crate::{Context, Hypers, MatrixRule, Method, Nature, Now, Real, Registry, Rule, Stepped};
pub use burn::tensor::Tensor;
pub use downhill_population::{Gradient, Params, Place, Problem, Role, Shape, Values, host};
pub use downhill_spec::{Legal, Parameter, Scale};
