//! Noise, layers, idle units, slices and planes.

use crate::common::{assert_close, network, normals, place, rows, start, surface};
use burn::tensor::Tensor;
use downhill_model::{Activation, Bias, Loss, Network};
use downhill_population::{Objective, Role, Shape};
use downhill_probe::vectors::{dot, moved, norm};
use downhill_probe::{
    Examples, Noise, ProbeError, Rows, Share, Smoothness, Surface, filter_normalised, grid, idle_units, layers, noise,
    principal_plane, profile, random_direction,
};

/// The mean over rows c of |θ − c|²/2, whose gradient for one row is θ − c.
struct Centres;

impl Objective for Centres {
    type Batch = Tensor<3>;

    fn losses(&self, params: &[Tensor<3>], batch: &Tensor<3>) -> Tensor<3> {
        let off = params[0].clone() - batch.clone();
        (off.clone() * off).sum_dim(2).mean_dim(1) * 0.5
    }

    fn batch_of(&self, batch: &Tensor<3>, member: usize, copies: usize) -> Tensor<3> {
        batch.clone().narrow(0, member, 1).repeat_dim(0, copies)
    }
}

const DIMS: usize = 3;

fn point_shape() -> Vec<Shape> {
    vec![Shape { name: "x".into(), rows: 1, cols: DIMS, role: Role::Point }]
}

/// The noise of the centres `all` at θ.
fn centres_noise(all: &[f64], theta: &[f64]) -> Result<Noise, ProbeError> {
    let (place, count) = (place(), all.len() / DIMS);
    let tensor = |range: std::ops::Range<usize>, shape| Tensor::from_inner(place.tensor(&all[range], shape));
    let shares = vec![Share { batch: tensor(0..all.len(), [1, count, DIMS]), weight: 1.0, numbers: all.len() }];
    let surface = Surface::new(&Centres, &place, point_shape(), shares, Smoothness::Smooth, 1).unwrap();
    let point = surface.at(theta.to_vec()).unwrap();
    // In two parts, like large data.
    let half = count / 2;
    let examples = [(0, half), (half, count - half)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(from, count)| Examples { batch: tensor(from * DIMS..(from + count) * DIMS, [count, 1, DIMS]), count });
    noise(&point, examples)
}

#[test]
fn the_noise_scale_of_a_known_covariance_is_found_without_bias() {
    // Centres around μ with variances 1, 4, 9: tr Σ = 14, and G = θ − μ with |G|² = 3 at θ = μ + (1, 1, 1).
    let draws = |seed: u64, count: usize| -> Vec<f64> {
        normals(count * DIMS, 1000 + seed).iter().enumerate().map(|(i, z)| 2.0 + (1 + i % DIMS) as f64 * z).collect()
    };
    let (mut variance, mut square) = (0.0, 0.0);
    let rounds = 400;
    for seed in 0..rounds {
        let found = centres_noise(&draws(seed, 8), &[3.0; DIMS]).unwrap();
        variance += found.variance / rounds as f64;
        square += found.square / rounds as f64;
    }
    // Five standard errors. Without the subtraction |G|² would be 14/8 too large.
    assert!((variance - 14.0).abs() < 5.0 * (2.0 * 98.0 / 7.0 / rounds as f64).sqrt(), "{variance}");
    assert!((square - 3.0).abs() < 5.0 * 4.0 * (14.0f64 / 8.0 / rounds as f64).sqrt(), "{square}");
    let large = centres_noise(&draws(9999, 40_000), &[3.0; DIMS]).unwrap();
    assert_close(large.scale.unwrap(), 14.0 / 3.0, 0.03);
}

#[test]
fn noise_that_hides_the_gradient_has_no_scale() {
    let all = [1.0, 0.0, 0.0, -1.0, 0.0, 0.0];
    let found = centres_noise(&all, &[0.0; DIMS]).unwrap();
    assert_eq!((found.variance, found.square, found.scale), (2.0, -1.0, None));
    assert!(centres_noise(&all[..3], &[0.0; DIMS]).is_err());
}

#[test]
fn a_networks_examples_average_to_its_gradient() {
    let network = network(3, &[6], 2, Activation::Gelu, Loss::CrossEntropy);
    let rows = rows(&network, 50);
    let surface = surface(&network, &rows, 1);
    let point = surface.at(start(&network)).unwrap();
    let found = noise(&point, rows.examples(&network, &place())).unwrap();
    let n = 50.0;
    assert_close(found.square + found.variance / n, dot(&point.gradient, &point.gradient), 1e-10);
    assert!(found.variance > 0.0);
}

#[test]
fn layers_hold_their_own_norms_and_steps() {
    let network = network(2, &[3], 2, Activation::Tanh, Loss::CrossEntropy);
    let (before, after, gradient) = (normals(17, 1), normals(17, 2), normals(17, 3));
    let found = layers(&network.shapes(), &after, &gradient, Some((&before, &after))).unwrap();
    let names: Vec<&str> = found.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!((names, found[0].parameters, found[1].parameters), (vec!["layers.0", "layers.1"], 9, 8));
    assert_close(found[1].weight_norm, norm(&after[9..]), 1e-14);
    assert_close(found[0].gradient_norm, norm(&gradient[..9]), 1e-14);
    let ratio = norm(&moved(&after[..9], -1.0, &before[..9])) / norm(&before[..9]);
    assert_close(found[0].update_ratio.unwrap(), ratio, 1e-14);
    assert!(layers(&network.shapes(), &after[1..], &gradient, None).is_err());
    assert_eq!(layers(&network.shapes(), &after, &gradient, None).unwrap()[0].update_ratio, None);
}

#[test]
fn dead_and_saturated_units_are_counted_by_layer() {
    let rows_of = |network: &Network| Rows::new(network, vec![-1.0, 0.5, 1.0], vec![0.0; 3]).unwrap();
    let relu = Network { bias: Bias::All, ..network(1, &[4, 2], 1, Activation::Relu, Loss::Mse) };
    // Unit 0 is active for positive x, 1 for negative x, 2 never, 3 always; in layer 2 the second is below 0 at every
    // row.
    let values = vec![
        vec![1.0, -1.0, 0.0, 0.0],
        vec![0.0, 0.0, -1.0, 1.0],
        vec![1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0],
        vec![0.0, 0.0],
        vec![1.0, 1.0],
        vec![0.0],
    ];
    let found = idle_units(&place(), &relu, &values, &rows_of(&relu)).unwrap();
    assert_eq!(found.iter().map(|units| (units.units, units.idle)).collect::<Vec<_>>(), [(4, 1), (2, 1)]);
    assert_eq!(found[0].share(), 0.25);
    // tanh' < 1e-3 beyond 4.15: of 3.9, 4.5 and ±20 the last two are flat, the very last at x = 0.5 and ±1.
    let tanh = network(1, &[3], 1, Activation::Tanh, Loss::Mse);
    let values = vec![vec![0.0, 0.0, 20.0], vec![3.9, 4.5, 0.0], vec![1.0; 3], vec![0.0]];
    assert_eq!(idle_units(&place(), &tanh, &values, &rows_of(&tanh)).unwrap()[0].idle, 2);
    let leaky = Network { activation: Activation::LeakyRelu { slope: 0.01 }, ..tanh.clone() };
    assert_eq!(idle_units(&place(), &leaky, &values, &rows_of(&leaky)).unwrap()[0].idle, 0);
    assert!(idle_units(&place(), &tanh, &values[1..].to_vec(), &rows_of(&tanh)).is_err());
}

#[test]
fn a_normalised_direction_has_each_filters_norm_and_leaves_biases_alone() {
    let network = network(4, &[3], 2, Activation::Relu, Loss::CrossEntropy);
    let point = start(&network);
    let direction = random_direction(network.parameters(), 1, 0);
    let normalised = filter_normalised(&network.shapes(), &point, &direction).unwrap();
    let column = |all: &[f64], j: usize| (0..4).map(|i| all[i * 3 + j]).collect::<Vec<f64>>();
    for j in 0..3 {
        assert_close(norm(&column(&normalised, j)), norm(&column(&point, j)), 1e-12);
        let cosine = dot(&column(&normalised, j), &column(&direction, j))
            / (norm(&column(&normalised, j)) * norm(&column(&direction, j)));
        assert_close(cosine, 1.0, 1e-12);
    }
    assert_eq!(normalised[12..15], [0.0; 3]);
    assert_eq!(normalised[21..], [0.0; 2]);
    assert_ne!(random_direction(5, 1, 0), random_direction(5, 1, 1));
}

#[test]
fn the_normalised_profile_of_a_rescaled_network_is_the_same_and_the_raw_one_is_not() {
    // Li et al. 2018: a relu network without biases, (W1, W2) → (3 W1, W2/3).
    let network = Network { bias: Bias::None, ..network(4, &[8], 3, Activation::Relu, Loss::CrossEntropy) };
    let rows = rows(&network, 60);
    let surface = surface(&network, &rows, 1);
    let point = start(&network);
    let scaled: Vec<f64> = point.iter().enumerate().map(|(i, x)| if i < 32 { x * 3.0 } else { x / 3.0 }).collect();
    let direction = random_direction(point.len(), 0, 0);
    let at: Vec<f64> = (-10..=10).map(|i| f64::from(i) / 10.0).collect();
    let normalised = |point: &[f64]| {
        let direction = filter_normalised(&network.shapes(), point, &direction).unwrap();
        profile(&surface, point, &direction, &at).unwrap()
    };
    let far = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far(&normalised(&point), &normalised(&scaled)) < 1e-12);
    let raw = |point: &[f64]| profile(&surface, point, &direction, &at).unwrap();
    assert!(far(&raw(&point), &raw(&scaled)) > 0.1);
}

#[test]
fn a_grid_holds_the_losses_of_its_points() {
    let network = network(2, &[4], 2, Activation::Tanh, Loss::CrossEntropy);
    let rows = rows(&network, 30);
    let surface = surface(&network, &rows, 2);
    let (point, a, b) = (start(&network), random_direction(22, 0, 0), random_direction(22, 0, 1));
    let (x, y) = ([-0.5, 0.0, 0.25], [-1.0, 0.5]);
    let found = grid(&surface, &point, [&a, &b], &x, &y).unwrap();
    assert_eq!((found.len(), found[0].len()), (2, 3));
    let there = moved(&moved(&point, x[2], &a), y[1], &b);
    assert_close(found[1][2], surface.at(there).unwrap().loss, 1e-13);
    assert_eq!(found[0][1], profile(&surface, &point, &b, &[-1.0]).unwrap()[0]);
    assert!(grid(&surface, &point, [&a[1..], &b], &x, &y).is_err());
}

#[test]
fn a_path_in_a_plane_is_explained_by_it() {
    // A spiral in the plane of two known directions, ending at the origin of the plane.
    let (u, v) = (normals(20, 1), normals(20, 2));
    let v = moved(&v, -dot(&u, &v) / dot(&u, &u), &u);
    let (u, v) = (moved(&[0.0; 20], 1.0 / norm(&u), &u), moved(&[0.0; 20], 1.0 / norm(&v), &v));
    let end = normals(20, 3);
    let flat: Vec<[f64; 2]> = (0..=40)
        .map(|t| {
            let r = 1.0 - f64::from(t) / 40.0;
            [3.0 * r * (6.0 * r).cos(), r * (6.0 * r).sin()]
        })
        .collect();
    let snapshots: Vec<Vec<f64>> = flat.iter().map(|[a, b]| moved(&moved(&end, *a, &u), *b, &v)).collect();
    let plane = principal_plane(&snapshots).unwrap();
    assert_close(plane.explained[0] + plane.explained[1], 1.0, 1e-12);
    assert!(plane.explained[0] > plane.explained[1]);
    assert_close(norm(&plane.axes[0]), 1.0, 1e-12);
    assert!(dot(&plane.axes[0], &plane.axes[1]).abs() < 1e-12);
    assert_eq!(plane.coordinates[40], [0.0, 0.0]);
    for (snapshot, [x, y]) in snapshots.iter().zip(&plane.coordinates) {
        let back = moved(&moved(&end, *x, &plane.axes[0]), *y, &plane.axes[1]);
        assert!(norm(&moved(&back, -1.0, snapshot)) < 1e-12);
    }
    let leaves_the_plane = [snapshots, vec![normals(20, 9), end]].concat();
    let explained = principal_plane(&leaves_the_plane).unwrap().explained;
    assert!(explained[0] + explained[1] < 0.999, "{explained:?}");
}

#[test]
fn a_straight_path_has_one_axis_and_a_path_that_stays_has_none() {
    let straight: Vec<Vec<f64>> = (0..5).map(|t| vec![f64::from(t), 2.0 * f64::from(t)]).collect();
    let plane = principal_plane(&straight).unwrap();
    assert_close(plane.explained[0], 1.0, 1e-12);
    assert_eq!((plane.explained[1], plane.axes[1].clone()), (0.0, vec![0.0, 0.0]));
    assert!(plane.coordinates[0][0] > 0.0);
    assert_eq!(principal_plane(&[vec![1.0], vec![1.0]]).unwrap().explained, [0.0, 0.0]);
    assert!(principal_plane(&[]).is_err());
    assert!(principal_plane(&[vec![1.0], vec![1.0, 2.0]]).is_err());
    assert!(principal_plane(&[vec![f64::NAN], vec![1.0]]).is_err());
}
