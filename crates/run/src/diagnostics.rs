//! The measurements of the option `probe` beside a run's loss: further columns of `metrics.csv`.

use crate::error::{Error, Result, refused};
use downhill_model::Network;
use downhill_optim::{Edge, OptimizerSpec};
use downhill_population::{Backend, Place, Precision, Values};
use downhill_probe::{Curvature, EigenSearch, Point, ProbeError, Rows, Surface, Way, idle_units, noise, smoothness};
use downhill_train::{Glimpse, Part, Row, Session};

/// Most training rows for measurements of curvature; of more, this many evenly spaced ones are taken.
pub const MOST_ROWS: usize = 5000;

/// Vectors for the estimate of the trace where there are too many parameters for the whole Hessian.
pub const TRACE_VECTORS: usize = 100;

/// A kind of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measurement {
    /// The largest eigenvalue of the Hessian.
    Sharpness,
    /// The largest eigenvalue of the preconditioned Hessian.
    Preconditioned,
    /// The Hessian's trace.
    Trace,
    /// The gradient noise scale.
    Noise,
    /// The share of hidden units that pass no gradient.
    Dead,
    /// Norm of the gradient and size of the update, by layer.
    Layers,
}

const KINDS: [(&str, Measurement); 6] = [
    ("sharpness", Measurement::Sharpness),
    ("preconditioned", Measurement::Preconditioned),
    ("trace", Measurement::Trace),
    ("noise", Measurement::Noise),
    ("dead", Measurement::Dead),
    ("layers", Measurement::Layers),
];

/// The columns of the sharpness, and of the sharpness above which the optimizer is unstable.
pub const SHARPNESS: [&str; 2] = ["sharpness", "sharpness_edge"];
/// The same for the preconditioned Hessian.
pub const PRECONDITIONED: [&str; 2] = ["preconditioned_sharpness", "preconditioned_edge"];

/// The kinds of measurement and their frequency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probing {
    kinds: Vec<Measurement>,
    /// Steps between two measurements; None for every logged row.
    every: Option<u64>,
}

impl Probing {
    /// Reads the options `probe` and `probe-every` for an optimizer and a network.
    ///
    /// # Errors
    /// Naming the option, its value and the legal values.
    pub fn parse(text: Option<&str>, every: Option<u64>, optimizer: &OptimizerSpec, network: &Network) -> Result<Self> {
        let Some(text) = text else {
            return match every {
                Some(_) => Err(refused!("option `probe-every` belongs to option `probe`, which is not given")),
                None => Ok(Self::default()),
            };
        };
        let mut kinds = Vec::new();
        for name in text.split(',').map(str::trim) {
            let names = || KINDS.iter().map(|(name, _)| *name);
            let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == name) else {
                let near = downhill_spec::nearest(name, names()).map(|near| format!(" (did you mean `{near}`?)"));
                return Err(refused!(
                    "option `probe`: there is no `{name}`{}; there are: {}",
                    near.unwrap_or_default(),
                    names().collect::<Vec<_>>().join(", ")
                ));
            };
            match kind {
                Measurement::Preconditioned if !optimizer.is_preconditioned() => {
                    let name = optimizer.about().name;
                    return Err(refused!("option `probe=preconditioned`: {name} has no preconditioner to show"));
                }
                Measurement::Dead if network.hidden.is_empty() => {
                    return Err(refused!(
                        "option `probe=dead`: a network without hidden layers has no units to look at"
                    ));
                }
                _ if kinds.contains(kind) => return Err(refused!("option `probe` names `{name}` twice")),
                _ => kinds.push(*kind),
            }
        }
        Ok(Self { kinds, every })
    }

    /// Whether there is nothing to measure.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The columns, in the order of the request.
    pub fn columns(&self, network: &Network) -> Vec<String> {
        let of = |kind: &Measurement| match kind {
            Measurement::Sharpness => SHARPNESS.map(String::from).to_vec(),
            Measurement::Preconditioned => PRECONDITIONED.map(String::from).to_vec(),
            Measurement::Trace => vec!["trace".into()],
            Measurement::Noise => vec!["noise_scale".into()],
            Measurement::Dead => vec!["dead_share".into()],
            Measurement::Layers => {
                let two = |layer: usize| [format!("layers.{layer}.grad_norm"), format!("layers.{layer}.update_ratio")];
                (0..network.layers().len()).flat_map(two).collect()
            }
        };
        self.kinds.iter().flat_map(of).collect()
    }
}

/// Measures a session's members at their logged rows.
pub struct Diagnostics {
    probing: Probing,
    columns: Vec<String>,
    network: Network,
    place: Place,
    rows: Rows,
    threads: usize,
    edge: Option<Edge>,
    /// The decay in each parameter's gradient.
    decays: Vec<f64>,
}

impl Diagnostics {
    /// For a session, which takes glimpses from now on; None where there is nothing to measure.
    ///
    /// # Errors
    /// When the CPU's `f64`, used by all measurements, is not available.
    pub fn new(probing: &Probing, optimizer: &OptimizerSpec, session: &mut Session) -> Result<Option<Self>> {
        if probing.is_empty() {
            return Ok(None);
        }
        session.look_closely();
        let network = session.settings().network.clone();
        Ok(Some(Self {
            columns: probing.columns(&network),
            probing: probing.clone(),
            place: Place::new(Backend::Flex, Precision::F64)?,
            rows: training_rows(&network, &session.data().train, MOST_ROWS)?,
            threads: session.settings().threads,
            edge: optimizer.edge(),
            decays: optimizer.coupled_decays(&network.shapes()),
            network,
        }))
    }

    /// The columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Training rows used: all, or evenly spaced ones.
    pub fn rows(&self) -> usize {
        self.rows.count()
    }

    /// A row's cells, one for each column; None where nothing was measured or a search for an eigenvalue did not
    /// converge.
    pub fn cells(&self, session: &Session, member: usize, row: &Row) -> Vec<Option<f64>> {
        let due = self.probing.every.is_none_or(|every| row.step.is_multiple_of(every));
        let last = session.members()[member].stop.is_some();
        match session.glimpse(member) {
            Some(glimpse) if due || last => self.measure(glimpse, row),
            _ => vec![None; self.columns.len()],
        }
    }

    fn measure(&self, glimpse: &Glimpse, row: &Row) -> Vec<Option<f64>> {
        let network = &self.network;
        let shares = self.rows.shares(network, &self.place);
        let smooth = smoothness(network);
        let surface = Surface::new(network, &self.place, network.shapes(), shares, smooth, self.threads).ok();
        let point = surface.as_ref().and_then(|surface| surface.at(glimpse.values.concat()).ok());
        let curved = |kind: &Measurement| {
            matches!(kind, Measurement::Sharpness | Measurement::Preconditioned | Measurement::Trace)
        };
        let curvature = match &point {
            Some(point) if self.probing.kinds.iter().any(curved) => Curvature::at(point, Way::Auto).ok(),
            _ => None,
        };
        let edge = |preconditioned: bool| {
            let edge = self.edge.filter(|edge| edge.preconditioned == preconditioned)?;
            row.lr.filter(|lr| *lr > 0.0).map(|lr| edge.curvature(lr))
        };
        let of = |kind: &Measurement| match kind {
            Measurement::Sharpness => {
                let found = curvature.as_ref().and_then(|h| steepest(h, None, &EigenSearch::default()).ok().flatten());
                vec![found.map(|(value, _)| value), edge(false)]
            }
            Measurement::Preconditioned => {
                let inverse = glimpse.preconditioner.as_ref().map(inverse);
                let found = curvature.as_ref().zip(inverse).and_then(|(h, inverse)| {
                    steepest(h, Some((&inverse, &self.decays)), &EigenSearch::default()).ok().flatten()
                });
                vec![found.map(|(value, _)| value), edge(true)]
            }
            Measurement::Trace => {
                vec![curvature.as_ref().and_then(|h| h.trace(TRACE_VECTORS, 0).ok()).map(|t| t.value)]
            }
            Measurement::Noise => vec![point.as_ref().and_then(|point| self.noise_scale(point))],
            Measurement::Dead => vec![self.dead(&glimpse.values)],
            Measurement::Layers => self.layers(glimpse),
        };
        self.probing.kinds.iter().flat_map(of).collect()
    }

    fn noise_scale(&self, point: &Point<'_, Network>) -> Option<f64> {
        noise(point, self.rows.examples(&self.network, &self.place)).ok()?.scale
    }

    /// The share of dead units among all hidden units.
    fn dead(&self, values: &Values) -> Option<f64> {
        let layers = idle_units(&self.place, &self.network, values, &self.rows).ok()?;
        let (idle, units) = layers.iter().fold((0, 0), |(idle, units), layer| (idle + layer.idle, units + layer.units));
        (units > 0).then(|| idle as f64 / units as f64)
    }

    fn layers(&self, glimpse: &Glimpse) -> Vec<Option<f64>> {
        let layers = self.network.layers().len();
        if glimpse.tensors.is_empty() {
            return vec![None; 2 * layers];
        }
        let mut tensors = glimpse.tensors.iter();
        let mut cells = Vec::new();
        for layer in 0..layers {
            let own: Vec<_> = tensors.by_ref().take(1 + usize::from(self.network.has_bias(layer))).collect();
            let norm = |of: &dyn Fn(&downhill_train::group::TensorFigures) -> f64| {
                own.iter().map(|figures| of(figures).powi(2)).sum::<f64>().sqrt()
            };
            let (gradient, step, size) = (norm(&|f| f.grad_norm), norm(&|f| f.step_norm), norm(&|f| f.norm));
            cells.push(Some(gradient));
            // Parameters that are all 0 give no relative size of the update.
            cells.push((size > 0.0).then(|| step / size));
        }
        cells
    }
}

/// The sharpness at a point, the largest eigenvalue of the Hessian, with its eigenvector; under a preconditioner the
/// largest of P^(−1/2) (H + Λ) P^(−1/2), for the diagonals of P⁻¹ and of Λ ([`Curvature::preconditioned`]). None where
/// the search did not converge: its value is only a lower bound.
///
/// # Errors
/// The errors of [`Curvature::largest`] and [`Curvature::preconditioned`].
pub fn steepest(
    curvature: &Curvature<'_, Network>,
    under: Option<(&[f64], &[f64])>,
    search: &EigenSearch,
) -> std::result::Result<Option<(f64, Vec<f64>)>, ProbeError> {
    let found = match under {
        None => curvature.largest(search)?,
        Some((inverse, decays)) => curvature.preconditioned(inverse, decays, search)?,
    };
    let converged = found.converged;
    Ok(found.values.into_iter().zip(found.vectors).next().filter(|_| converged))
}

/// The diagonal of P⁻¹. Where P is 0 the gradient has always been 0, and the rule does not move the element.
pub fn inverse(preconditioner: &Values) -> Vec<f64> {
    preconditioner.iter().flatten().map(|&p| if p > 0.0 { 1.0 / p } else { 0.0 }).collect()
}

/// The rows of a part, at most `most`: of more, evenly spaced ones.
///
/// # Errors
/// When the part does not fit the network.
pub fn training_rows(network: &Network, part: &Part, most: usize) -> Result<Rows> {
    let (count, inputs) = (part.rows(), part.inputs());
    let chosen: Vec<usize> =
        if count <= most { (0..count).collect() } else { (0..most).map(|i| i * count / most).collect() };
    let pick = |all: &[f64], width: usize| -> Vec<f64> {
        chosen.iter().flat_map(|&row| all[row * width..(row + 1) * width].iter().copied()).collect()
    };
    let inputs = pick(&inputs, network.inputs);
    match (part.labels(), part.values()) {
        (Some(labels), _) => {
            let labels: Vec<u32> = chosen.iter().map(|&row| labels[row]).collect();
            Ok(Rows::labelled(network, inputs, &labels)?)
        }
        (None, Some(values)) => Ok(Rows::new(network, inputs, pick(&values, network.outputs))?),
        (None, None) => Err(Error::failed("the training part has no targets")),
    }
}
