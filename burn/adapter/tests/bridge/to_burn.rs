//! downhill's optimizers inside of Burn.

use crate::common::{self, bits, network, place};
use burn::module::Param;
use burn::nn::Linear;
use burn::optim::{GradientsParams, ModuleOptimizer, Optimizer as _, OptimizerRecord};
use burn::tensor::{DType, Device, Tensor, TensorData};
use downhill_burn::{RuleState, ToBurn, ToBurnError};
use downhill_model::Batch;
use downhill_optim::doors::method::Stepped;
use downhill_optim::{
    Clip, Context, Door, Hypers, MatrixRule, Method, Moment, Now, Optimizer, OptimizerSpec, Registry, parameters,
};
use downhill_population::objective::{Counted, gradient};
use downhill_population::{Params, Place, Precision, Role};
use downhill_spec::{Legal, Parameter};

fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

/// One member and a batch of 32 rows.
fn start(place: &Place) -> (Params, Batch) {
    let data = common::data(place.precision);
    let rows: Vec<usize> = (0..32).collect();
    let autodiff = Place { device: place.device.clone().autodiff(), ..place.clone() };
    let (inputs, targets) = data.train.gather(&autodiff, &[&rows]);
    (Params::from_members(place, &network().shapes(), &[common::initial(3)]), Batch { inputs, targets })
}

/// The specs of every rule and matrix rule there is, at a rate at which something happens.
fn rules_at(lr: f64) -> Vec<OptimizerSpec> {
    let registry = Registry::builtin();
    let rules = registry.entries().filter(|about| about.door != Door::Method);
    let specs = rules.map(|about| registry.parse(about.name).unwrap());
    specs
        .map(|mut spec| {
            let _ = spec.set("lr", lr);
            let _ = spec.set("weight_decay", 0.01);
            spec
        })
        .collect()
}

#[test]
fn every_rule_takes_the_same_steps_inside_of_burn_to_the_bit() {
    for precision in [Precision::F32, Precision::F64] {
        let place = place(precision);
        // The last layer's role cannot be known inside of Burn.
        let mut shapes = network().shapes();
        shapes.iter_mut().filter(|shape| shape.role == Role::Head).for_each(|shape| shape.role = Role::Weight);
        for spec in rules_at(0.01) {
            let (mut ours, batch) = start(&place);
            let mut theirs = ours.clone();
            let mut optimizer = Optimizer::new(&place, &shapes, &ours, std::slice::from_ref(&spec));
            // Made at another rate: Burn tells the rate. Rates of parts would change with it.
            let mut made = spec.clone();
            if !spec.about().parameters.iter().any(|p| p.name.ends_with("_lr")) {
                let _ = made.set("lr", 0.5);
            }
            let inside = ToBurn::new(made).unwrap();
            let mut matrices: Vec<Option<RuleState<2>>> = vec![None; shapes.len()];
            let mut rows: Vec<Option<RuleState<1>>> = vec![None; shapes.len()];
            let mut evaluations = [0];
            for step in 1..=50 {
                let at = gradient(&network(), &ours, &batch);
                let moment = Moment { place: &place, step, factor: 1.0, clip: &Clip::default() };
                let mut problem = Counted { objective: &network(), batch: &batch, evaluations: &mut evaluations };
                optimizer.step(&moment, at, &mut problem, &mut ours);

                let at = gradient(&network(), &theirs, &batch);
                for (i, (param, grad)) in theirs.tensors.iter_mut().zip(at.gradients).enumerate() {
                    let (size, old) = (param.dims(), param.clone());
                    *param = if shapes[i].role == Role::Bias {
                        let (new, state) =
                            inside.step(0.01, old.reshape([size[2]]), grad.reshape([size[2]]), rows[i].take());
                        rows[i] = state;
                        new.reshape(size)
                    } else {
                        let flat = [size[1], size[2]];
                        let (new, state) = inside.step(0.01, old.reshape(flat), grad.reshape(flat), matrices[i].take());
                        matrices[i] = state;
                        new.reshape(size)
                    };
                }
            }
            let [ours, theirs] = [ours, theirs].map(|params| bits(&params.to_members()[0].concat()));
            assert_eq!(ours, theirs, "{} in {precision}", spec.about().name);
        }
    }
}

/// A layer of Burn's with given numbers, in f64.
fn layer(device: &Device) -> Linear {
    let options = (device, DType::F64);
    let weight = Tensor::from_data(TensorData::from([[0.3f64, -0.2], [0.1, 0.7], [-0.5, 0.4]]), options);
    let bias = Tensor::from_data(TensorData::from([0.05f64, -0.1]), options);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}

fn steps(mut layer: Linear, optimizer: &mut ModuleOptimizer, count: usize, device: &Device) -> Linear {
    let rows = TensorData::from([[1.0f64, 2.0, -1.0], [0.5, -0.3, 0.8]]);
    for _ in 0..count {
        let input = Tensor::<2>::from_data(rows.clone(), (device, DType::F64));
        let loss = (layer.forward(input) - 1.0).powi_scalar(2).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &layer);
        layer = optimizer.step(0.02, layer, gradients);
    }
    layer
}

fn numbers(layer: &Linear) -> Vec<u64> {
    let weight = layer.weight.val().into_data();
    let bias = layer.bias.as_ref().unwrap().val().into_data();
    weight.iter::<f64>().chain(bias.iter::<f64>()).map(f64::to_bits).collect()
}

#[test]
fn a_recorded_optimizer_goes_on_with_the_same_bits() {
    let device = Device::flex().autodiff();
    for spec in rules_at(0.02) {
        let make = || ModuleOptimizer::from(ToBurn::new(spec.clone()).unwrap());
        let mut whole = make();
        let half = steps(layer(&device), &mut whole, 10, &device);
        let bytes = whole.to_record().into_bytes().unwrap();
        let mut resumed = make().load_record(OptimizerRecord::from_bytes(bytes).unwrap());
        let end = numbers(&steps(half.clone(), &mut whole, 10, &device));
        assert_eq!(end, numbers(&steps(half, &mut resumed, 10, &device)), "{}", spec.about().name);
    }
}

#[test]
fn a_record_of_another_rule_is_left_aside() {
    let device = Device::flex().autodiff();
    let make = |text: &str| ModuleOptimizer::from(ToBurn::new(spec(text)).unwrap());
    let mut momentum = make("momentum");
    let half = steps(layer(&device), &mut momentum, 3, &device);
    let mut foreign = make("adam").load_record(momentum.to_record());
    let (a, b) = (steps(half.clone(), &mut foreign, 5, &device), steps(half, &mut make("adam"), 5, &device));
    assert_eq!(numbers(&a), numbers(&b));
}

#[test]
fn a_rate_of_zero_moves_nothing_and_any_other_is_taken_as_it_is() {
    let device = Device::flex();
    let sgd = ToBurn::new(spec("sgd:lr=0.3")).unwrap();
    let step = |lr: f64| {
        let one = || Tensor::<1>::from_data(TensorData::from([1.0f64]), (&device, DType::F64));
        let (new, _) = sgd.step(lr, one(), one(), None);
        new.into_data().iter::<f64>().next().unwrap()
    };
    assert_eq!([0.0, 0.3, 0.1, -0.1].map(step), [0.0, 0.3, 0.1, -0.1].map(|lr| 1.0 - lr));
    assert!(step(f64::NAN).is_nan());
}

#[test]
fn higher_ranks_are_matrices_and_narrow_floats_stay_narrow() {
    let device = Device::flex();
    let adam = ToBurn::new(spec("adam")).unwrap();
    let data: Vec<f32> = (0..24).map(|i| (i as f32).sin()).collect();
    let cube = || Tensor::<3>::from_data(TensorData::new(data.clone(), [2, 3, 4]), (&device, DType::F32));
    let (cubic, state) = adam.step(0.1, cube(), cube(), None);
    let (flat, _) = adam.step(0.1, cube().reshape([6, 4]), cube().reshape([6, 4]), None);
    assert_eq!(cubic.into_data().iter::<f32>().collect::<Vec<_>>(), flat.into_data().iter::<f32>().collect::<Vec<_>>());
    assert_eq!(state.unwrap().tensors[0].dims(), [1, 6, 4]);

    let half = || cube().cast(DType::F16);
    let (narrow, state) = adam.step(0.1, half(), half(), None);
    assert_eq!(narrow.dtype(), DType::F16);
    assert_eq!(state.unwrap().tensors[0].dtype(), DType::F32);
}

/// Weights move by `lr`, biases by `rest_lr`.
struct TwoRates;

impl MatrixRule for TwoRates {
    const NAME: &'static str = "two-rates";
    const SUMMARY: &'static str = "gradient descent with a rate for biases";
    const SOURCE: &'static str = "this test";
    const TABLE: &'static [Parameter] = &[
        parameters::learning_rate(0.5),
        Parameter::new("rest_lr", "", 0.125, Legal::Positive, "learning rate of biases"),
    ];

    fn initial(_: &Context<'_>, _: &Tensor<3>) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn update(
        context: &Context<'_>,
        param: Tensor<3>,
        grad: Tensor<3>,
        state: Vec<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>) {
        let rate = if context.role == Role::Bias { "rest_lr" } else { "lr" };
        (param - context.get(rate) * grad, state)
    }
}

#[test]
fn a_tensor_of_rank_one_is_a_bias_and_rates_of_parts_keep_their_ratio() {
    let mut registry = Registry::default();
    registry.add_matrix_rule(TwoRates);
    let rule = ToBurn::new(registry.parse("two-rates").unwrap()).unwrap();
    let device = Device::flex();
    let rates = |lr: f64| {
        let row = || Tensor::<1>::from_data(TensorData::from([1.0f64]), (&device, DType::F64));
        let (bias, _) = rule.step(lr, row().zeros_like(), row(), None);
        let (weight, _) = rule.step(lr, row().zeros_like().reshape([1, 1]), row().reshape([1, 1]), None);
        [weight.into_data(), bias.into_data()].map(|data| -data.iter::<f64>().next().unwrap())
    };
    assert_eq!(rates(0.5), [0.5, 0.125]);
    assert_eq!(rates(0.1), [0.1, 0.025]);
}

/// Does nothing.
struct Idle;

impl Method for Idle {
    const NAME: &'static str = "idle";
    const SUMMARY: &'static str = "does nothing";
    const SOURCE: &'static str = "this test";
    const TABLE: &'static [Parameter] = &[];

    fn initial(_: &Place, _: &Hypers, _: &Params) -> Vec<Tensor<3>> {
        Vec::new()
    }

    fn step(_: Now<'_>, params: Params, state: Vec<Tensor<3>>) -> Stepped {
        Stepped { params, state, next: None }
    }
}

#[test]
fn a_method_is_refused() {
    let mut registry = Registry::default();
    registry.add_method(Idle);
    let error = ToBurn::new(registry.parse("idle").unwrap()).map(|_| ()).unwrap_err();
    assert_eq!(error, ToBurnError::Method { name: "idle".into() });
    assert!(error.to_string().starts_with("`idle` is a method"), "{error}");
}
