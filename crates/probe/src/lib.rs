//! The shape of a loss around a point of parameter space.
//!
//! A [`Surface`] is the loss of any [`Objective`](downhill_population::Objective) as a function of one member's
//! parameters; [`Surface::at`] gives a [`Point`] with loss and gradient. Burn differentiates once, so second
//! derivatives are differences of gradients, and the perturbed copies of the member lie side by side as one population.
//! All measures need `f64`.
//!
//! ```
//! use downhill_model::{Activation, Bias, Loss, Network};
//! use downhill_population::{Backend, Place, Precision};
//! use downhill_probe::{Curvature, Rows, EigenSearch, Surface, Way, smoothness};
//! let network = Network {
//!     inputs: 1, hidden: vec![], outputs: 1, activation: Activation::Identity, bias: Bias::None, loss: Loss::HalfMse,
//! };
//! let rows = Rows::new(&network, vec![1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0]).unwrap();
//! let place = Place::new(Backend::Flex, Precision::F64).unwrap();
//! let shares = rows.shares(&network, &place);
//! let surface = Surface::new(&network, &place, network.shapes(), shares, smoothness(&network), 1).unwrap();
//! let point = surface.at(vec![0.5]).unwrap();
//! let sharpness = Curvature::at(&point, Way::Auto).unwrap().largest(&EigenSearch::default()).unwrap().values[0];
//! assert!((sharpness - 14.0 / 3.0).abs() < 1e-8); // the mean of x²
//! ```
//!
//! - [`surface`] and [`point`]: losses and gradients at many points; Hessian-vector products and the whole Hessian.
//! - [`curvature`]: sharpness, preconditioned sharpness, trace; [`lanczos`] finds the eigenvalues.
//! - [`mod@noise`]: the gradient noise scale.
//! - [`mod@layers`] and [`units`]: norms by layer, and units that pass no gradient.
//! - [`slices`] and [`plane`]: the loss along directions, and the plane of a path.
//! - [`rows`]: data for a network.

pub mod curvature;
pub mod error;
pub mod lanczos;
pub mod layers;
pub mod matrix;
pub mod noise;
pub mod plane;
pub mod point;
pub mod rows;
pub mod slices;
pub mod surface;
pub mod units;
pub mod vectors;

pub use curvature::{Curvature, Trace, Way};
pub use error::ProbeError;
pub use lanczos::{EigenSearch, Spectrum, largest};
pub use layers::{Layer, layers};
pub use matrix::Symmetric;
pub use noise::{Examples, Noise, noise};
pub use plane::{Plane, principal_plane};
pub use point::Point;
pub use rows::{Rows, smoothness};
pub use slices::{filter_normalised, grid, profile, random_direction};
pub use surface::{Share, Smoothness, Surface};
pub use units::{Units, idle_units};
