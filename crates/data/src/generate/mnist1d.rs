//! MNIST-1D (Greydanus 2020, "Scaling down deep learning"; Greydanus and Kobak 2024): digits as signals of 40
//! numbers, deformed at random.
//!
//! The templates and constants are those of the package mnist1d 0.0.2.post1 (S. Greydanus and others, Apache-2.0), the
//! draws are ours; `crates/data/tests/golden/mnist1d.py` compares the steps below with that package.

use super::{Generator, Legal, Parameter, SEED, TaskKind, labelled, rows, samples};
use crate::error::checked_cells;

/// Per sample: the template of its digit is padded with 36 to 60 zeros and stretched to 72 points; scaled by
/// `1 + 0.4 (u - 1/2)`; shifted in a circle by 0 to 47 points; where it is zero, it is replaced by smoothed Gaussian
/// noise (standard deviation 0.25, smoothed with σ = 2); white noise (`noise`) is added everywhere; a slope of
/// `0.75 (u - 1/2)` is subtracted; and it is thinned to 40 points. Last, the whole set is standardised to mean 0 and
/// standard deviation 1 and shuffled; a fifth, the last rows, is the test part.
pub(super) const MNIST1D: Generator = Generator {
    name: "mnist1d",
    summary: "digits as deformed signals of 40 points; 4000 to train, 1000 to test",
    task: TaskKind::Classification,
    rows: 5000,
    features: LENGTH,
    classes: Some(10),
    parameters: &[
        Parameter::new(
            "n",
            "",
            5000.0,
            Legal::Within(10, 6_000_000),
            "number of rows, of which the last fifth is the test part",
        ),
        Parameter::new("noise", "", 0.02, Legal::Between(0.0, 10.0), "standard deviation of the white noise"),
        SEED,
    ],
    generate: |p| {
        let (n, noise, mut s) = (p.integer("n"), p.real("noise"), samples(p.seed()));
        checked_cells(p.dataset, n, LENGTH)?;
        let templates = templates();
        // Class-balanced in a random order: the digit of row i is that of its place in a shuffle.
        let order = s.permutation(n);
        let mut features = rows(p.dataset, n, LENGTH, |i, row| {
            let draws = Draws {
                padding: 36 + s.below(25),
                scale: s.uniform(),
                shift: s.below(48),
                smooth: std::array::from_fn(|_| 0.25 * s.normal()),
                white: std::array::from_fn(|_| noise * s.normal()),
                slope: s.uniform(),
            };
            row.extend(deform(&templates[order[i] % 10], &draws));
        })?;
        let count = features.values.len() as f64;
        let mean = features.values.iter().sum::<f64>() / count;
        let sd = (features.values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
        features.values.iter_mut().for_each(|x| *x = (*x - mean) / sd);
        let mut data = labelled(p.dataset, features, order.iter().map(|k| (k % 10) as u32).collect(), 10);
        data.test_rows = n - n * 4 / 5;
        Ok(data)
    },
};

/// Points of a finished signal.
const LENGTH: usize = 40;

/// Points of a padded and stretched signal: 12 of the template and at most 60 of padding.
const PADDED: usize = 72;

/// One digit a line, 0 to 9 (`get_templates` in mnist1d's data.py).
const TEMPLATES: [[f64; 12]; 10] = [
    [5.0, 6.0, 6.5, 6.75, 7.0, 7.0, 7.0, 7.0, 6.75, 6.5, 6.0, 5.0],
    [5.0, 3.0, 3.0, 3.4, 3.8, 4.2, 4.6, 5.0, 5.4, 5.8, 5.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.25, 4.75, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.0, 5.0, 6.0, 6.5, 6.5, 6.0, 5.0],
    [5.0, 4.4, 3.8, 3.2, 2.6, 2.6, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
    [5.0, 3.0, 3.0, 3.0, 3.0, 5.0, 6.0, 6.5, 6.5, 6.0, 4.5, 5.0],
    [5.0, 4.0, 3.5, 3.25, 3.0, 3.0, 3.0, 3.0, 3.25, 3.5, 4.0, 5.0],
    [5.0, 7.0, 7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6, 4.2, 5.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 5.0, 5.0, 4.7, 4.3, 5.0],
];

/// The templates with mean 0 and standard deviation 1, then moved to start at 0, then divided by 6.
fn templates() -> [[f64; 12]; 10] {
    TEMPLATES.map(|template| {
        let mean = template.iter().sum::<f64>() / 12.0;
        let sd = (template.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 12.0).sqrt();
        template.map(|x| ((x - mean) / sd - (template[0] - mean) / sd) / 6.0)
    })
}

/// The random draws of one sample.
struct Draws {
    /// 36 to 60.
    padding: usize,
    /// In `[0, 1)`.
    scale: f64,
    /// 0 to 47.
    shift: usize,
    /// Before smoothing.
    smooth: [f64; PADDED],
    white: [f64; PADDED],
    /// In `[0, 1)`.
    slope: f64,
}

/// `transform` in mnist1d's transform.py.
fn deform(template: &[f64; 12], draws: &Draws) -> Vec<f64> {
    // The small number distinguishes the template's own zeros from the padding's.
    let mut x: Vec<f64> = template.iter().map(|x| x + 1e-8).collect();
    x.resize(12 + draws.padding, 0.0);
    let mut x = interpolate(&x, PADDED);
    let scale = 1.0 + 0.4 * (draws.scale - 0.5);
    x.iter_mut().for_each(|x| *x *= scale);
    x.rotate_right(draws.shift);
    let smooth = smooth(&draws.smooth);
    let slope = 0.75 * (draws.slope - 0.5);
    for (i, x) in x.iter_mut().enumerate() {
        if *x == 0.0 {
            *x = smooth[i];
        }
        *x += draws.white[i] - slope * (i as f64 / (PADDED - 1) as f64 - 0.5);
    }
    interpolate(&x, LENGTH)
}

/// `count` evenly spaced points of the broken line through `x`, both ends included.
fn interpolate(x: &[f64], count: usize) -> Vec<f64> {
    let last = x.len() - 1;
    (0..count)
        .map(|i| {
            let place = (i * last) as f64 / (count - 1) as f64;
            let left = (place as usize).min(last - 1);
            x[left] + (place - left as f64) * (x[left + 1] - x[left])
        })
        .collect()
}

/// A Gaussian filter with σ = 2, cut off at 4σ, the signal mirrored at its ends (scipy's `gaussian_filter`).
fn smooth(x: &[f64; PADDED]) -> [f64; PADDED] {
    const RADIUS: usize = 8;
    let weights: [f64; 2 * RADIUS + 1] = std::array::from_fn(|k| {
        let distance = k as f64 - RADIUS as f64;
        libm::exp(-0.5 * distance * distance / 4.0)
    });
    let total: f64 = weights.iter().sum();
    // Places are counted from RADIUS before the signal's start; beyond an end they run back into it.
    let mirrored = |place: usize| match place {
        before if before < RADIUS => RADIUS - 1 - before,
        after if after >= RADIUS + PADDED => 2 * PADDED + RADIUS - 1 - after,
        inside => inside - RADIUS,
    };
    std::array::from_fn(|i| weights.iter().enumerate().map(|(k, weight)| weight / total * x[mirrored(i + k)]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deform_is_the_transform_of_the_package_mnist1d() {
        let draws = Draws {
            padding: 46,
            scale: 0.9,
            shift: 7,
            smooth: std::array::from_fn(|i| 0.25 * (i as f64).sin()),
            white: std::array::from_fn(|i| 0.02 * (i as f64).cos()),
            slope: 0.2,
        };
        // From tests/golden/mnist1d.py.
        let expected = [
            0.005961934935000704,
            -0.04845938400532237,
            -0.12569038504135738,
            -0.10469123750098892,
            -0.009218338139132018,
            0.3084445074485847,
            0.35571101745369726,
            0.06629062171923097,
            0.00017007041472721918,
            0.31665944757345726,
            0.4046272697642351,
            0.12881541573460414,
            -0.06213039899622719,
            -0.0653702675997133,
            -0.004986921858296946,
            -0.010705047648399288,
            -0.05670345169139448,
            -0.011593599853444256,
            0.025325387157608445,
            -0.02170603204789585,
            -0.021070136979768513,
            0.03981841372559424,
            0.024400858110132505,
            -0.017039070497321642,
            0.03497602320130602,
            0.062092887444907825,
            0.01412341219682936,
            0.02265112089946007,
            0.08586609452616784,
            0.057038316869611444,
            0.026378930212516954,
            0.08029514788595855,
            0.10044073493039876,
            0.04786888308304903,
            0.06941272105129433,
            0.12456816348025665,
            0.09201172307860804,
            0.07254354574440611,
            0.1540000139903566,
            0.22008588764181136,
        ];
        let x = deform(&templates()[3], &draws);
        assert_eq!(x.len(), LENGTH);
        for (i, (x, y)) in x.iter().zip(expected).enumerate() {
            assert!((x - y).abs() < 1e-14, "{i}: {x} is not {y}");
        }
    }
}
