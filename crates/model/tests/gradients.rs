//! Automatic differentiation against central differences, in `f64`, for every activation, loss and a few shapes.

use downhill_model::{Activation, Batch, Bias, Init, Loss, Network};
use downhill_population::{Backend, Objective, Params, Place, Precision, Values, gradient, host};
use downhill_random::{Purpose, Stream};

const ROWS: usize = 5;
const MEMBERS: usize = 2;

fn batch(place: &Place, network: &Network) -> Batch {
    let mut stream = Stream::new(11, Purpose::Test, 0);
    let inputs: Vec<f64> = (0..MEMBERS * ROWS * network.inputs).map(|_| stream.normal()).collect();
    let targets: Vec<f64> = if network.loss.needs_classes() {
        let mut one_hot = vec![0.0; MEMBERS * ROWS * network.outputs];
        for row in one_hot.chunks_exact_mut(network.outputs) {
            row[stream.below(network.outputs)] = 1.0;
        }
        one_hot
    } else {
        (0..MEMBERS * ROWS * network.outputs).map(|_| stream.normal()).collect()
    };
    let place = Place { device: place.device.clone().autodiff(), ..place.clone() };
    Batch {
        inputs: place.tensor(&inputs, [MEMBERS, ROWS, network.inputs]),
        targets: place.tensor(&targets, [MEMBERS, ROWS, network.outputs]),
    }
}

fn losses(place: &Place, network: &Network, members: &[Values], batch: &Batch) -> Vec<f64> {
    let params = Params::from_members(place, &network.shapes(), members);
    let inner = Batch { inputs: batch.inputs.clone().inner(), targets: batch.targets.clone().inner() };
    host::values(network.losses(&params.tensors, &inner))
}

/// The largest relative error over all parameters of all members.
fn worst_error(backend: Backend, network: &Network) -> f64 {
    let place = Place::new(backend, Precision::F64).unwrap();
    let batch = batch(&place, network);
    // Biases must not be 0: where a whole row of ReLUs is off, the next pre-activation would sit on the kink.
    let init = Init::parse("pytorch").unwrap();
    let mut members: Vec<Values> = (0..MEMBERS).map(|m| init.member(network, m as u64)).collect();
    let params = Params::from_members(&place, &network.shapes(), &members);
    let analytic = Params { tensors: gradient(network, &params, &batch).gradients }.to_members();
    let step = 1e-5;
    let mut worst = 0.0f64;
    for m in 0..MEMBERS {
        for tensor in 0..members[m].len() {
            for i in 0..members[m][tensor].len() {
                let value = members[m][tensor][i];
                let mut at = |x: f64| {
                    members[m][tensor][i] = x;
                    losses(&place, network, &members, &batch)[m]
                };
                let numeric = (at(value + step) - at(value - step)) / (2.0 * step);
                at(value);
                let analytic = analytic[m][tensor][i];
                worst = worst.max((analytic - numeric).abs() / numeric.abs().max(1e-2));
            }
        }
    }
    worst
}

fn check(network: &Network) {
    for backend in Backend::on_cpu() {
        let error = worst_error(backend, network);
        assert!(error < 1e-6, "{network:?} on {backend}: relative error {error:e}");
    }
}

fn network(hidden: &[usize], outputs: usize, activation: Activation, loss: Loss, bias: Bias) -> Network {
    Network { inputs: 3, hidden: hidden.to_vec(), outputs, activation, bias, loss }
}

#[test]
fn every_activation_has_the_gradient_of_its_formula() {
    for (choice, _) in Activation::all() {
        let activation = Activation::parse(choice.name).unwrap();
        check(&network(&[4, 3], 2, activation, Loss::Mse, Bias::All));
    }
}

#[test]
fn every_loss_has_the_gradient_of_its_formula() {
    for (loss, _) in Loss::ALL {
        check(&network(&[4], 3, Activation::Tanh, loss, Bias::All));
    }
}

#[test]
fn shapes_without_hidden_layers_or_biases_have_right_gradients_too() {
    for bias in [Bias::All, Bias::NotLast, Bias::None] {
        check(&network(&[], 2, Activation::Relu, Loss::CrossEntropy, bias));
        check(&network(&[5, 1, 4], 1, Activation::Silu, Loss::HalfMse, bias));
    }
}

/// Values of the activations at a few points, from their formulas in 30-digit arithmetic (mpmath).
#[test]
fn activations_have_the_values_of_their_formulas() {
    let points = [-2.0, -0.5, 0.0, 0.7, 3.0];
    let expected: [(&str, [f64; 5]); 5] = [
        ("gelu", [-0.04550026389635842, -0.15426876936299344, 0.0, 0.5306254434438489, 2.99595030590511]),
        ("silu", [-0.23840584404423512, -0.18877033439907273, 0.0, 0.46773144051771626, 2.8577223804672998]),
        (
            "softplus",
            [0.1269280110429725, 0.4740769841801067, std::f64::consts::LN_2, 1.103186048885458, 3.048587351573742],
        ),
        ("sigmoid", [0.11920292202211756, 0.37754066879814546, 0.5, 0.6681877721681662, 0.9525741268224333]),
        ("leaky-relu:slope=0.1", [-0.2, -0.05, 0.0, 0.7, 3.0]),
    ];
    for backend in Backend::on_cpu() {
        let place = Place::new(backend, Precision::F64).unwrap();
        for (name, values) in expected {
            let out = host::values(Activation::parse(name).unwrap().apply(place.tensor(&points, [1, 1, 5])));
            for (ours, right) in out.iter().zip(values) {
                assert!((ours - right).abs() < 1e-12, "{name} on {backend}: {ours} against {right}");
            }
        }
    }
}

#[test]
fn losses_have_the_values_of_their_formulas() {
    let place = Place::new(Backend::Flex, Precision::F64).unwrap();
    let outputs = place.tensor(&[1.0, 2.0, 0.5, 0.0, 0.0, 0.0], [1, 2, 3]);
    let targets = place.tensor(&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0], [1, 2, 3]);
    let of = |loss: Loss| host::values(loss.rows(outputs.clone(), targets.clone()));
    let first = (1f64.exp() + 2f64.exp() + 0.5f64.exp()).ln() - 1.0;
    for (loss, expected) in [
        (Loss::CrossEntropy, [first, 3f64.ln()]),
        (Loss::Mse, [(0.0 + 4.0 + 0.25) / 3.0, 1.0 / 3.0]),
        (Loss::HalfMse, [(0.0 + 4.0 + 0.25) / 6.0, 1.0 / 6.0]),
        (Loss::Hinge, [2.0, 1.0]),
    ] {
        for (ours, right) in of(loss).iter().zip(expected) {
            assert!((ours - right).abs() < 1e-14, "{loss}: {ours} against {right}");
        }
    }
}

/// The loss of a broken member must show it, with any activation.
#[test]
fn nan_in_any_weight_reaches_the_loss() {
    for backend in Backend::on_cpu() {
        let place = Place::new(backend, Precision::F64).unwrap();
        for (choice, _) in Activation::all() {
            let activation = Activation::parse(choice.name).unwrap();
            let network = network(&[4], 2, activation, Loss::CrossEntropy, Bias::All);
            let batch = batch(&place, &network);
            for tensor in 0..4 {
                let mut members: Vec<Values> =
                    (0..MEMBERS).map(|m| Init::parse("pytorch").unwrap().member(&network, m as u64)).collect();
                members[1][tensor][0] = f64::NAN;
                let losses = losses(&place, &network, &members, &batch);
                assert!(losses[0].is_finite(), "{} on {backend}: member 0 is {}", choice.name, losses[0]);
                assert!(losses[1].is_nan(), "{} on {backend}, tensor {tensor}: {}", choice.name, losses[1]);
            }
        }
    }
}
