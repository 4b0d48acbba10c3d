//! Networks with data for tests.

use downhill_model::{Activation, Batch, Bias, Loss, Network};
use downhill_population::{Backend, Place, Precision};
use downhill_probe::{Rows, Surface, smoothness};
use downhill_random::{Purpose, Stream};

pub fn place() -> Place {
    Place::new(Backend::Flex, Precision::F64).unwrap()
}

pub fn network(inputs: usize, hidden: &[usize], outputs: usize, activation: Activation, loss: Loss) -> Network {
    Network { inputs, hidden: hidden.to_vec(), outputs, activation, bias: Bias::All, loss }
}

/// Standard normal numbers, always the same.
pub fn normals(count: usize, index: u64) -> Vec<f64> {
    let mut random = Stream::new(5, Purpose::Test, index);
    (0..count).map(|_| random.normal()).collect()
}

/// Random inputs with random classes or values.
pub fn rows(network: &Network, count: usize) -> Rows {
    let inputs = normals(count * network.inputs, 0);
    if network.loss.needs_classes() {
        let labels: Vec<u32> = (0..count).map(|i| ((i * i + i / 3) % network.outputs) as u32).collect();
        Rows::labelled(network, inputs, &labels).unwrap()
    } else {
        Rows::new(network, inputs, normals(count * network.outputs, 1)).unwrap()
    }
}

/// A point with weights of a sensible size.
pub fn start(network: &Network) -> Vec<f64> {
    normals(network.parameters(), 2).into_iter().map(|x| 0.7 * x).collect()
}

pub fn surface<'a>(network: &'a Network, rows: &Rows, threads: usize) -> Surface<'a, Network> {
    let place = place();
    let shares: Vec<downhill_probe::Share<Batch>> = rows.shares(network, &place);
    Surface::new(network, &place, network.shapes(), shares, smoothness(network), threads).unwrap()
}

pub fn assert_close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} for {expected}");
}
