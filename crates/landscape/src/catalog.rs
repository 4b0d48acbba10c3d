//! The catalog of landscapes, by name.

use crate::error::LandscapeError;
use crate::function::{Function, Planar};
use crate::functions::{ackley, bowl, bumpy, planes, products, rosenbrock, saddles, separable};
use crate::landscape::{Landscape, Minimum};
use crate::quadratic;
use downhill_spec::{Choice, Legal, Parameter, Spec};
use std::f64::consts::{FRAC_PI_3, PI};
use std::sync::Arc;

/// The facts about a landscape that do not depend on its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// The name a user types, in kebab case.
    pub name: &'static str,
    /// The formula as text.
    pub formula: &'static str,
    /// Author and year.
    pub source: &'static str,
    /// Its lesson, in one sentence.
    pub shows: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// The part that depends on the parameters; None for `quadratic`, whose parameters are files.
    build: Option<fn(&Spec) -> Built>,
}

/// A function with its usual box, start and minima.
struct Built {
    function: Arc<dyn Function>,
    domain: Vec<(f64, f64)>,
    start: Vec<f64>,
    minima: Vec<Minimum>,
}

/// Most dimensions that `dims` may ask for.
const MOST: u64 = 10_000;

const fn dims(default: f64, least: u64) -> Parameter {
    Parameter::new("dims", "n", default, Legal::Within(least, MOST), "dimensions")
}

/// All landscapes, the plain ones first.
pub fn entries() -> &'static [Listing] {
    ENTRIES
}

/// Every landscape that needs no files, with its usual parameters.
pub fn all() -> Vec<Landscape> {
    ENTRIES.iter().filter_map(|entry| parse(entry.name).ok()).collect()
}

/// Reads `name` or `name:key=value,key=value`, and `quadratic:hessian=FILE,centres=FILE`.
///
/// # Errors
/// Unknown names and keys, values outside their legal range, and defects of a file.
pub fn parse(text: &str) -> Result<Landscape, LandscapeError> {
    if text.split(':').next().is_some_and(|name| name.trim() == "quadratic") {
        return quadratic::parse(text);
    }
    let choices: Vec<Choice<'_>> = ENTRIES.iter().map(|e| Choice { name: e.name, parameters: e.parameters }).collect();
    let spec = downhill_spec::parse("landscape", text, &choices)?;
    let entry = &ENTRIES[spec.index];
    let Some(build) = entry.build else { return quadratic::parse(text) };
    let built = build(&spec);
    Ok(Landscape {
        text: spec.to_string(),
        formula: entry.formula.into(),
        source: entry.source.into(),
        shows: entry.shows.into(),
        function: built.function,
        domain: built.domain,
        start: built.start,
        minima: built.minima,
    })
}

fn get(spec: &Spec, key: &str) -> f64 {
    spec.get(key).unwrap_or_default()
}

fn count(spec: &Spec) -> usize {
    get(spec, "dims") as usize
}

/// A function on the square box of ±`reach`.
fn square(function: impl Function + 'static, reach: f64, start: &[f64], minima: &[(&[f64], f64)]) -> Built {
    Built {
        function: Arc::new(function),
        domain: vec![(-reach, reach); start.len()],
        start: start.to_vec(),
        minima: minima.iter().map(|&(point, value)| Minimum { point: point.to_vec(), value }).collect(),
    }
}

const ENTRIES: &[Listing] = &[
    Listing {
        name: "bowl",
        formula: "Σ cᵢ xᵢ²/2, the curvatures cᵢ from a to b, each the same multiple of the one before",
        source: "the convex quadratic of every textbook",
        shows: "The steepest direction decides which learning rate is safe, the flattest how long it takes.",
        parameters: &[
            Parameter::new("a", "a", 1.0, Legal::Positive, "first curvature"),
            Parameter::new("b", "b", 10.0, Legal::Positive, "last curvature"),
            dims(2.0, 1),
        ],
        build: Some(|spec| {
            let n = count(spec);
            let start: Vec<f64> = (0..n).map(|i| if i == 0 { 5.0 } else { 1.0 }).collect();
            let function = bowl::Bowl::spread(get(spec, "a"), get(spec, "b"), n);
            square(function, 10.0, &start, &[(&vec![0.0; n], 0.0)])
        }),
    },
    Listing {
        name: "ravine",
        formula: "(1 − x)² + b (y − x²)²",
        source: "after Rosenbrock 1960, who has b = 100",
        shows: "In a curved valley gradient descent zig-zags across, and momentum carries along.",
        parameters: &[Parameter::new("b", "b", 20.0, Legal::Positive, "steepness of the walls")],
        build: Some(|spec| {
            square(rosenbrock::Rosenbrock { b: get(spec, "b") }, 2.0, &[-1.2, 1.0], &[(&[1.0, 1.0], 0.0)])
        }),
    },
    Listing {
        name: "saddle",
        formula: "(x² − y²)/2",
        source: "the quadratic saddle of every textbook",
        shows: "At a saddle the gradient vanishes though there is a way down; who finds it, and how soon?",
        parameters: &[],
        build: Some(|_| square(Planar(saddles::Saddle), 2.0, &[1.0, 1e-4], &[])),
    },
    Listing {
        name: "bumpy",
        formula: "(x² + y²)/20 + 1 − cos x cos y",
        source: "ours, after Griewank 1981",
        shows: "Shallow traps hold small steps; momentum and noise get over their rims.",
        parameters: &[],
        build: Some(|_| {
            let function = Planar(bumpy::Bumpy);
            let all = bumpy::minima();
            let minima: Vec<(&[f64], f64)> = all.iter().map(|m| (m.as_slice(), function.value(m))).collect();
            square(Planar(bumpy::Bumpy), 10.0, &[8.0, 7.0], &minima)
        }),
    },
    Listing {
        name: "rosenbrock",
        formula: "Σ (1 − xᵢ)² + b (xᵢ₊₁ − xᵢ²)²",
        source: "Rosenbrock 1960; in n dimensions De Jong 1975",
        shows: "The classical curved valley; in four dimensions and more there is a second minimum near (−1, 1, …, 1).",
        parameters: &[Parameter::new("b", "b", 100.0, Legal::Positive, "steepness of the walls"), dims(2.0, 2)],
        build: Some(|spec| {
            let n = count(spec);
            let start: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
            square(rosenbrock::Rosenbrock { b: get(spec, "b") }, 2.0, &start, &[(&vec![1.0; n], 0.0)])
        }),
    },
    Listing {
        name: "beale",
        formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
        source: "Beale 1958",
        shows: "A flat floor between walls that rise a hundred thousandfold: no rate suits both.",
        parameters: &[],
        build: Some(|_| square(Planar(planes::Beale), 4.5, &[1.0, 1.0], &[(&[3.0, 0.5], 0.0)])),
    },
    Listing {
        name: "himmelblau",
        formula: "(x² + y − 11)² + (x + y² − 7)²",
        source: "Himmelblau 1972",
        shows: "Four equal minima: the start decides which one is found, and so does the optimizer.",
        parameters: &[],
        build: Some(|_| {
            let minima: [(&[f64], f64); 4] = [
                (&[3.0, 2.0], 0.0),
                (&[-2.805118086952745, 3.131312518250573], 0.0),
                (&[-3.779310253377747, -3.2831859912861696], 0.0),
                (&[3.5844283403304917, -1.8481265269644036], 0.0),
            ];
            square(Planar(planes::Himmelblau), 5.0, &[0.0, 0.0], &minima)
        }),
    },
    Listing {
        name: "rastrigin",
        formula: "Σ xᵢ² + 10 − 10 cos 2πxᵢ",
        source: "Rastrigin 1974; in n dimensions Mühlenbein, Schomisch and Born 1991",
        shows: "A trap near every whole number: whoever follows the gradient stays in the nearest.",
        parameters: &[dims(2.0, 1)],
        build: Some(|spec| {
            let n = count(spec);
            square(separable::Separable(separable::Rastrigin), 5.12, &vec![3.2; n], &[(&vec![0.0; n], 0.0)])
        }),
    },
    Listing {
        name: "ackley",
        formula: "20 − 20 exp(−r/5) + e − exp(mean cos 2πxᵢ), r = √(mean xᵢ²)",
        source: "Ackley 1987",
        shows: "A plain of traps around a pointed hole, where the gradient stays large until the end.",
        parameters: &[dims(2.0, 1)],
        build: Some(|spec| {
            let n = count(spec);
            square(ackley::Ackley, 5.0, &vec![2.5; n], &[(&vec![0.0; n], 0.0)])
        }),
    },
    Listing {
        name: "styblinski-tang",
        formula: "Σ (xᵢ⁴ − 16xᵢ² + 5xᵢ)/2",
        source: "Styblinski and Tang 1990",
        shows: "Every coordinate has a good and a bad valley, so that there are 2ⁿ minima and one is best.",
        parameters: &[dims(2.0, 1)],
        build: Some(|spec| {
            let n = count(spec);
            // All combinations where they are few, else only the best.
            let combinations = if n <= 4 { 1usize << n } else { 1 };
            let minimum = |k: usize| {
                let term = |i: usize| separable::STYBLINSKI_TANG[if n <= 4 { (k >> i) & 1 } else { 0 }];
                let point: Vec<f64> = (0..n).map(|i| term(i).0).collect();
                (point, (0..n).map(|i| term(i).1).sum())
            };
            let all: Vec<(Vec<f64>, f64)> = (0..combinations).map(minimum).collect();
            let minima: Vec<(&[f64], f64)> = all.iter().map(|(point, value)| (point.as_slice(), *value)).collect();
            square(separable::Separable(separable::StyblinskiTang), 5.0, &vec![0.0; n], &minima)
        }),
    },
    Listing {
        name: "booth",
        formula: "(x + 2y − 7)² + (2x + y − 5)²",
        source: "Booth, in Jamil and Yang 2013",
        shows: "A bowl that is turned, so that no coordinate can be treated alone.",
        parameters: &[],
        build: Some(|_| square(Planar(planes::Booth), 10.0, &[-5.0, 5.0], &[(&[1.0, 3.0], 0.0)])),
    },
    Listing {
        name: "mccormick",
        formula: "sin(x + y) + (x − y)² − 1.5x + 2.5y + 1",
        source: "McCormick 1976",
        shows: "A gutter with waves: it goes on downwards outside of the box, so its minimum is a local one.",
        parameters: &[],
        build: Some(|_| {
            let lowest = -(3f64.sqrt()) / 2.0 - FRAC_PI_3;
            let minima: [(&[f64], f64); 2] = [
                (&[0.5 - FRAC_PI_3, -0.5 - FRAC_PI_3], lowest),
                (&[2.5943951023931957, 1.5943951023931955], 1.2283696986087569),
            ];
            let domain = vec![(-1.5, 4.0), (-3.0, 4.0)];
            Built { domain, ..square(Planar(planes::McCormick), 4.0, &[3.0, -2.0], &minima) }
        }),
    },
    Listing {
        name: "three-hump-camel",
        formula: "2x² − 1.05x⁴ + x⁶/6 + xy + y²",
        source: "the three-hump camel function, in Jamil and Yang 2013",
        shows: "Two traps on either side of the minimum.",
        parameters: &[],
        build: Some(|_| {
            let trap = [1.7475523458302888, -0.8737761729151444];
            let value = 0.298_638_442_236_859_8;
            let minima: [(&[f64], f64); 3] = [(&[0.0, 0.0], 0.0), (&trap, value), (&[-trap[0], -trap[1]], value)];
            square(Planar(planes::ThreeHumpCamel), 5.0, &[4.0, 3.0], &minima)
        }),
    },
    Listing {
        name: "six-hump-camel",
        formula: "(4 − 2.1x² + x⁴/3) x² + xy + (4y² − 4) y²",
        source: "Branin 1972; Dixon and Szegő 1978",
        shows: "Six minima in pairs, two of them lowest.",
        parameters: &[],
        build: Some(|_| {
            let pairs: [([f64; 2], f64); 3] = [
                ([0.08984201310031806, -0.7126564030207396], -1.0316284534898774),
                ([1.7036067149699807, -0.7960835686726251], -0.21546382438371764),
                ([1.6071047529201972, 0.5686514548841314], 2.1042503103112584),
            ];
            let all: Vec<([f64; 2], f64)> =
                pairs.iter().flat_map(|&(p, value)| [(p, value), ([-p[0], -p[1]], value)]).collect();
            let minima: Vec<(&[f64], f64)> = all.iter().map(|(p, value)| (p.as_slice(), *value)).collect();
            square(Planar(planes::SixHumpCamel), 3.0, &[2.5, 1.5], &minima)
        }),
    },
    Listing {
        name: "goldstein-price",
        formula: "(1 + (u + 1)² (19 − 14u + 3u²)) (30 + w² (18 − 16w + 3w²)), u = x + y, w = 2x − 3y",
        source: "Goldstein and Price 1971",
        shows: "Values from 3 to a million: a step that is safe at the bottom explodes at the rim.",
        parameters: &[],
        build: Some(|_| {
            let minima: [(&[f64], f64); 4] =
                [(&[0.0, -1.0], 3.0), (&[-0.6, -0.4], 30.0), (&[1.8, 0.2], 84.0), (&[1.2, 0.8], 840.0)];
            square(Planar(products::GoldsteinPrice), 2.0, &[-1.5, 1.5], &minima)
        }),
    },
    Listing {
        name: "branin",
        formula: "(y − 5.1x²/(4π²) + 5x/π − 6)² + 10 (1 − 1/(8π)) cos x + 10",
        source: "Branin 1972; Dixon and Szegő 1978",
        shows: "Three equal minima along one bent valley.",
        parameters: &[],
        build: Some(|_| {
            let value = 10.0 / (8.0 * PI);
            let minima: [(&[f64], f64); 3] =
                [(&[-PI, 12.275], value), (&[PI, 2.275], value), (&[3.0 * PI, 2.475], value)];
            let domain = vec![(-5.0, 10.0), (0.0, 15.0)];
            Built { domain, ..square(Planar(products::Branin), 10.0, &[0.0, 14.0], &minima) }
        }),
    },
    Listing {
        name: "matyas",
        formula: "0.26 (x² + y²) − 0.48xy",
        source: "Matyas 1965",
        shows: "A plate-shaped bowl along the diagonal, with curvatures 0.04 and 1.",
        parameters: &[],
        build: Some(|_| square(Planar(planes::Matyas), 10.0, &[8.0, 2.0], &[(&[0.0, 0.0], 0.0)])),
    },
    Listing {
        name: "easom",
        formula: "−cos x cos y exp(−(x − π)² − (y − π)²)",
        source: "Easom 1990",
        shows: "A needle's eye in a plain without slope: who starts far away learns nothing from the gradient.",
        parameters: &[],
        build: Some(|_| square(Planar(products::Easom), 10.0, &[4.0, 2.5], &[(&[PI, PI], -1.0)])),
    },
    Listing {
        name: "levi-13",
        formula: "sin² 3πx + (x − 1)² (1 + sin² 3πy) + (y − 1)² (1 + sin² 2πy)",
        source: "Levy and Montalvo 1985, number 13",
        shows: "Ripples that grow with the distance from the minimum.",
        parameters: &[],
        build: Some(|_| square(Planar(products::Levi13), 10.0, &[-4.0, 5.0], &[(&[1.0, 1.0], 0.0)])),
    },
    Listing {
        name: "monkey-saddle",
        formula: "x³ − 3xy²",
        source: "Hilbert and Cohn-Vossen 1932",
        shows: "A saddle whose second derivatives vanish, too: three ways down, and no curvature that tells of them.",
        parameters: &[],
        build: Some(|_| square(Planar(saddles::MonkeySaddle), 2.0, &[1.0, 1e-2], &[])),
    },
    Listing {
        name: "quadratic",
        formula: "mean over the centres c of (w − c)ᵀ H (w − c)/2; hessian=FILE is H, centres=FILE a c in each row",
        source: "a matrix of one's own",
        shows: "Curvatures of one's choice in any directions, and with a cloud of centres the noise of mini-batches.",
        parameters: &[],
        build: None,
    },
];
