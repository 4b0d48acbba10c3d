//! The matrix rules against PyTorch, optax and a program in numpy, and their further properties.

use burn::tensor::Tensor;
use downhill_optim::{Clip, Door, Moment, Optimizer, OptimizerSpec, Registry};
use downhill_population::{Backend, Counted, Objective, Params, Place, Precision, Problem, Role, Shape, Values, host};
use serde_json::Value;

/// A function of one matrix.
enum Surface {
    /// (1 − x)² + 20 (y − x²)² of the matrix (x y)
    Rosenbrock20,
    /// (x² + 10 y²)/2 of the matrix (x y)
    Bowl10,
    /// ‖AW − B‖²/2; A and B are `[1, rows, cols]`
    Squares(Box<[Tensor<3>; 2]>),
    /// 0
    Flat,
}

impl Objective for Surface {
    type Batch = ();

    fn losses(&self, params: &[Tensor<3>], (): &()) -> Tensor<3> {
        let w = params[0].clone();
        let members = w.dims()[0];
        let element = |i| w.clone().narrow(2, i, 1);
        match self {
            Surface::Rosenbrock20 => {
                let (along, across) = (element(0).neg() + 1.0, element(1) - element(0) * element(0));
                along.clone() * along + across.clone() * across * 20.0
            }
            Surface::Bowl10 => (element(0) * element(0) + element(1) * element(1) * 10.0) / 2.0,
            Surface::Squares(a_and_b) => {
                let of_all = |x: &Tensor<3>| {
                    let [_, rows, cols] = x.dims();
                    Tensor::<3>::from_inner(x.clone()).expand([members, rows, cols])
                };
                let rest = of_all(&a_and_b[0]).matmul(w) - of_all(&a_and_b[1]);
                (rest.clone() * rest).sum_dim(2).sum_dim(1) / 2.0
            }
            Surface::Flat => (w * 0.0).sum_dim(2).sum_dim(1),
        }
    }

    fn batch_of(&self, (): &(), _member: usize, _copies: usize) {}
}

fn place(precision: Precision) -> Place {
    Place::new(Backend::Flex, precision).unwrap()
}

fn spec(text: &str) -> OptimizerSpec {
    Registry::builtin().parse(text).unwrap()
}

fn matrix(rows: usize, cols: usize, role: Role) -> Vec<Shape> {
    vec![Shape { name: "w".into(), rows, cols, role }]
}

/// The members' values after 0, 1, … `steps` updates: `path[step][member]`.
fn descend(
    place: &Place,
    surface: &Surface,
    shapes: &[Shape],
    members: &[(&str, Vec<f64>)],
    steps: u64,
) -> Vec<Vec<Vec<f64>>> {
    let specs: Vec<OptimizerSpec> = members.iter().map(|(text, _)| spec(text)).collect();
    let start: Vec<Values> = members.iter().map(|(_, values)| vec![values.clone()]).collect();
    let mut params = Params::from_members(place, shapes, &start);
    let mut optimizer = Optimizer::new(place, shapes, &params, &specs);
    let values = |params: &Params| params.to_members().into_iter().map(|mut m| m.remove(0)).collect::<Vec<_>>();
    let mut path = vec![values(&params)];
    for step in 1..=steps {
        let mut evaluations = vec![0; members.len()];
        let mut problem = Counted { objective: surface, batch: &(), evaluations: &mut evaluations };
        let at = problem.gradient(&params);
        optimizer.step(&Moment { place, step, factor: 1.0, clip: &Clip::default() }, at, &mut problem, &mut params);
        path.push(values(&params));
    }
    path
}

/// A JSON matrix and its rows and columns.
fn numbers(value: &Value) -> (Vec<f64>, usize, usize) {
    let rows: Vec<&Vec<Value>> = value.as_array().unwrap().iter().map(|row| row.as_array().unwrap()).collect();
    let all = rows.iter().flat_map(|row| row.iter().map(|x| x.as_f64().unwrap())).collect();
    (all, rows.len(), rows[0].len())
}

/// Checks one case of matrix.json; gives the largest error, as a share of max(|b|, 1).
fn check_case(problem: &str, case: &str, text: &str, tolerance: f64) -> f64 {
    let reference: Value = serde_json::from_str(include_str!("reference/matrix.json")).unwrap();
    let case = &reference["cases"][format!("{problem}/{case}")];
    let place = place(Precision::F64);
    let tensor = |name: &str| {
        let (values, rows, cols) = numbers(&case[name]);
        place.tensor(&values, [1, rows, cols])
    };
    let surface = match problem {
        "rosenbrock20" => Surface::Rosenbrock20,
        "bowl10" => Surface::Bowl10,
        _ => Surface::Squares(Box::new([tensor("A"), tensor("B")])),
    };
    let (start, rows, cols) = numbers(&case["start"]);
    let role = if rows == 1 { Role::Point } else { Role::Weight };
    let path = descend(&place, &surface, &matrix(rows, cols, role), &[(text, start)], 100);
    let mut worst = 0.0f64;
    for row in case["trajectory"].as_array().unwrap() {
        let ours = &path[row[0].as_u64().unwrap() as usize][0];
        for (i, theirs) in row[1].as_array().unwrap().iter().enumerate() {
            let theirs: f64 = theirs.as_str().unwrap().parse().unwrap();
            let error = (ours[i] - theirs).abs() / theirs.abs().max(1.0);
            assert!(error <= tolerance, "{text} on {problem}, step {}, {i}: {} against {theirs}", row[0], ours[i]);
            worst = worst.max(error);
        }
    }
    worst
}

const TOLERANCE: f64 = 1e-9;
const EVERYWHERE: [&str; 4] = ["tall", "wide", "rosenbrock20", "bowl10"];
const MATRICES: [&str; 2] = ["tall", "wide"];

fn check(problems: &[&str], case: &str, text: &str) {
    check_within(problems, case, text, TOLERANCE);
}

fn check_within(problems: &[&str], case: &str, text: &str, tolerance: f64) {
    for problem in problems {
        let worst = check_case(problem, case, text, tolerance);
        println!("{problem}/{case}: {worst:.1e}");
    }
}

#[test]
fn adafactor_walks_as_in_pytorch() {
    check(&EVERYWHERE, "adafactor", "adafactor:lr=0.05");
    let text = "adafactor:lr=0.005,beta2_decay=0.6,eps1=1e-4,eps2=1e-2,d=1.5,weight_decay=0.1";
    check(&EVERYWHERE, "adafactor decay", text);
}

#[test]
fn lars_and_lamb_walk_as_in_optax() {
    check(&MATRICES, "lars", "lars:lr=0.1,trust_coefficient=0.1");
    check(&EVERYWHERE, "lars decay", "lars:lr=0.1,trust_coefficient=0.1,weight_decay=0.1,eps=0.01,nesterov=true");
    check(&MATRICES, "lamb", "lamb:lr=0.01");
    check(&EVERYWHERE, "lamb decay", "lamb:lr=0.01,beta1=0.8,beta2=0.99,weight_decay=0.1");
}

#[test]
fn muon_shampoo_and_soap_walk_as_a_program_in_numpy() {
    check(&MATRICES, "muon", "muon:lr=0.02");
    check(&MATRICES, "muon plain", "muon:lr=0.02,nesterov=false,ns_steps=3,momentum=0.8,weight_decay=0");
    check(&EVERYWHERE, "shampoo", "shampoo:lr=0.1");
    check(&EVERYWHERE, "shampoo every 3", "shampoo:lr=0.1,eps=0.01,precondition_every=3,weight_decay=0.1");
    // Step 2 sees the gradient of step 1 again, in its own singular vectors: off the diagonal there is rounding alone,
    // 1e-16, which Adam divides by ε = 1e-8.
    check_within(&EVERYWHERE, "soap", "soap:lr=0.05", 1e-8);
    check(
        &EVERYWHERE,
        "soap every 1",
        "soap:lr=0.05,beta1=0.9,beta2=0.99,eps=1e-3,precondition_every=1,weight_decay=0.1",
    );
}

/// One case of a file of points: `[step, x, y, f]`.
fn check_points(file: &str, case: &str, text: &str) {
    let reference: Value = serde_json::from_str(file).unwrap();
    for (function, surface) in [("rosenbrock20", Surface::Rosenbrock20), ("bowl10", Surface::Bowl10)] {
        let case = &reference["cases"][format!("{function}/{case}")];
        let start = (0..2).map(|i| case["start"][i].as_f64().unwrap()).collect();
        let path = descend(&place(Precision::F64), &surface, &matrix(1, 2, Role::Point), &[(text, start)], 100);
        for row in case["trajectory"].as_array().unwrap() {
            for axis in 0..2 {
                let theirs: f64 = row[axis + 1].as_str().unwrap().parse().unwrap();
                let ours = path[row[0].as_u64().unwrap() as usize][0][axis];
                let agrees = (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0);
                assert!(agrees, "{text} on {function}, step {}: {ours} against {theirs}", row[0]);
            }
        }
    }
}

#[test]
fn on_points_lars_and_lamb_walk_as_in_optax_and_muon_as_pytorchs_adamw() {
    let optax = include_str!("reference/optax.json");
    check_points(optax, "lars", "lars:lr=0.1,trust_coefficient=0.1");
    check_points(optax, "lamb", "lamb:lr=0.05");
    let text = "muon:rest_lr=0.1,beta2=0.999,rest_eps=1e-8,weight_decay=0.1";
    check_points(include_str!("reference/torch.json"), "adamw", text);
}

fn matrix_rules() -> Vec<&'static str> {
    let registry = Registry::builtin();
    let names: Vec<&str> = registry.entries().filter(|e| e.door == Door::MatrixRule).map(|e| e.name).collect();
    assert!(names.len() >= 6, "{names:?}");
    names
}

/// The same numbers in (-1, 1) every time.
fn mixed(count: usize, seed: usize) -> Vec<f64> {
    (1..=count).map(|i| ((i + 100 * seed) as f64 * 12.9898).sin() * 43758.5453 % 1.0).collect()
}

fn squares(place: &Place, rows: usize, cols: usize) -> Surface {
    let a = place.tensor(&mixed(12 * rows, 1), [1, 12, rows]);
    let b = place.tensor(&mixed(12 * cols, 2), [1, 12, cols]);
    Surface::Squares(Box::new([a, b]))
}

#[test]
fn a_member_walks_the_same_alone_and_in_company_even_of_a_nan() {
    let same = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
    for name in matrix_rules() {
        for precision in [Precision::F32, Precision::F64] {
            for (rows, cols, role) in [
                (7, 3, Role::Weight),
                (3, 7, Role::Weight),
                (5, 1, Role::Weight),
                (6, 2, Role::Head),
                (1, 5, Role::Bias),
                (1, 4, Role::Point),
            ] {
                let place = place(precision);
                let surface = squares(&place, rows, cols);
                let every = if name == "shampoo" || name == "soap" { ",precondition_every=3" } else { "" };
                let steps = if name == "muon" { ",ns_steps=2" } else { "" };
                let texts = [format!("{name}:lr=0.1{every}"), format!("{name}:lr=0.02{steps}"), name.to_string()];
                let mut broken = mixed(rows * cols, 5);
                broken[rows * cols / 2] = f64::NAN;
                let members =
                    [(&*texts[0], mixed(rows * cols, 3)), (&*texts[1], mixed(rows * cols, 4)), (&*texts[2], broken)];
                let walk = |members: &[(&str, Vec<f64>)]| {
                    descend(&place, &surface, &matrix(rows, cols, role), members, 12).pop().unwrap()
                };
                let together = walk(&members);
                for (i, company) in together[..2].iter().enumerate() {
                    let alone = walk(&members[i..=i]).remove(0);
                    assert!(alone.iter().all(|x| x.is_finite()), "{name} {precision} {rows}x{cols}: {alone:?}");
                    assert!(same(&alone, company), "{name} {precision} {rows}x{cols}, member {i}");
                }
                // Each column of a gradient of least squares depends on the same column of W alone.
                let nans = together[2].iter().filter(|x| x.is_nan()).count();
                assert!(nans >= rows, "{name} {precision} {rows}x{cols}: {:?}", together[2]);
            }
        }
    }
}

#[test]
fn a_gradient_of_zero_moves_nothing_but_what_a_decay_says() {
    for name in matrix_rules() {
        for role in [Role::Weight, Role::Head, Role::Point] {
            for start in [vec![0.0; 6], mixed(6, 6)] {
                let walk = |decay: &str| {
                    let text = format!("{name}:lr=0.1,weight_decay={decay}");
                    let members = [(&*text, start.clone())];
                    descend(&place(Precision::F64), &Surface::Flat, &matrix(3, 2, role), &members, 5)[5][0].clone()
                };
                assert_eq!(walk("0"), start, "{name}");
                assert!(walk("0.1").iter().all(|x| x.is_finite()), "{name}");
                assert!(start[0] == 0.0 || walk("0.1") != start, "{name}");
            }
        }
    }
}

#[test]
fn a_nan_in_the_first_gradient_shows_in_the_parameters() {
    let place = place(Precision::F64);
    for name in matrix_rules() {
        for role in [Role::Weight, Role::Head, Role::Bias, Role::Point] {
            let (rows, cols) = if matches!(role, Role::Bias | Role::Point) { (1, 6) } else { (3, 2) };
            let shapes = matrix(rows, cols, role);
            let mut params = Params::from_members(&place, &shapes, &[vec![vec![1.0; 6]]]);
            let mut optimizer = Optimizer::new(&place, &shapes, &params, &[spec(name)]);
            let mut evaluations = [0];
            let mut problem = Counted { objective: &Surface::Flat, batch: &(), evaluations: &mut evaluations };
            let mut at = problem.gradient(&params);
            at.gradients[0] = place.tensor(&[0.0, 1.0, f64::NAN, 0.0, 2.0, 0.0], [1, rows, cols]);
            optimizer.step(
                &Moment { place: &place, step: 1, factor: 1.0, clip: &Clip::default() },
                at,
                &mut problem,
                &mut params,
            );
            assert!(host::values(params.tensors[0].clone())[2].is_nan(), "{name} {role:?}");
        }
    }
}

/// With η = 1, λ = 0 and a start at 0 Muon's first step is the orthogonalised gradient itself.
#[test]
fn muon_moves_by_a_nearly_orthogonal_matrix() {
    for (rows, cols) in [(8, 5), (5, 8), (6, 6)] {
        let place = place(Precision::F64);
        let text = "muon:lr=1,weight_decay=0";
        let shapes = matrix(rows, cols, Role::Weight);
        let path = descend(&place, &squares(&place, rows, cols), &shapes, &[(text, vec![0.0; rows * cols])], 1);
        let stretch = (cols as f64 / rows as f64).max(1.0);
        let step = &path[1][0];
        let small = rows.min(cols);
        let at = |i: usize, k: usize| if rows <= cols { step[i * cols + k] } else { step[k * cols + i] };
        let gram: Vec<f64> = (0..small * small)
            .map(|ij| (0..rows.max(cols)).map(|k| at(ij / small, k) * at(ij % small, k)).sum::<f64>() / stretch)
            .collect();
        let (values, _) = downhill_linalg::eigen(small, &gram);
        // Squares of singular values; five steps take these to between 0.68 and 1.13.
        assert!(values.iter().all(|x| (0.4..1.4).contains(x)), "{rows}x{cols}: {values:?}");
    }
}

#[test]
fn sides_too_long_for_a_factor_go_without() {
    for name in ["shampoo", "soap"] {
        for (rows, cols) in [(300, 2), (2, 300), (300, 257)] {
            let place = place(Precision::F32);
            let text = format!("{name}:lr=0.01");
            let shapes = matrix(rows, cols, Role::Weight);
            let start = mixed(rows * cols, 7);
            let path = descend(&place, &squares(&place, rows, cols), &shapes, &[(&text, start)], 3);
            assert!(path[3][0].iter().all(|x| x.is_finite()) && path[3] != path[0], "{text} {rows}x{cols}");
        }
    }
}

#[test]
fn a_schedule_acts_on_both_of_muons_rates() {
    let rates: Vec<&str> = Registry::builtin()
        .entries()
        .find(|e| e.name == "muon")
        .map(|e| e.parameters.iter().map(|p| p.name).filter(|name| name.ends_with("lr")).collect())
        .unwrap();
    assert_eq!(rates, ["lr", "rest_lr"]);
}
