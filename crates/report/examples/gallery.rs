//! Writes every kind of picture, made of synthetic data, into a folder, to be looked at:
//!
//! ```sh
//! cargo run -p downhill-report --example gallery -- /tmp/gallery
//! ```

use std::f64::consts::TAU;

use downhill_chart::curves::{AxisScale, Curve, CurvesFigure, LineStyle, Marker, Panel, curves_svg};
use downhill_chart::regions::{FitPart, LabelledPoint, RegionsFigure, regions_svg};
use downhill_chart::scatter::{FitFigure, FitPoint, fit_svg};
use downhill_chart::statistics::median_and_band;

type Points = Vec<(f64, f64)>;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".into());
    std::fs::create_dir_all(&folder)?;
    let pictures = [
        ("one_run", one_run()),
        ("four_optimizers", four_optimizers()),
        ("twenty_seeds", twenty_seeds()),
        ("bundle", bundle()),
        ("diverged", diverged()),
        ("two_rows", two_rows()),
        ("three_panels", three_panels()),
        ("twenty_long_names", twenty_long_names()),
        ("corner_cases", corner_cases()),
        ("fit", fit()),
        ("moons", moons()),
        ("spirals", spirals()),
        ("ten_classes", ten_classes()),
    ];
    for (name, svg) in pictures {
        std::fs::write(format!("{folder}/{name}.svg"), svg)?;
    }
    Ok(())
}

/// Noise from -1 to 1, the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    }

    fn bell(&mut self) -> f64 {
        (0..6).map(|_| self.next()).sum::<f64>() / 6f64.sqrt() * 1.7
    }
}

/// A loss that falls from `start` to `end` with a rate per step, with relative noise.
fn falling(steps: usize, every: usize, (start, end): (f64, f64), rate: f64, noise: f64, seed: u64) -> Points {
    let mut random = Noise(seed);
    let loss = |step: f64| end + (start - end) / (1.0 + rate * step).powf(1.4);
    (0..=steps).step_by(every).map(|step| (step as f64, loss(step as f64) * (noise * random.bell()).exp())).collect()
}

fn curve(name: &str, group: usize, style: LineStyle, points: Points) -> Curve {
    Curve { name: name.into(), group, style, points, band: None }
}

fn panel(title: &str, y_label: &str, scale: AxisScale, curves: Vec<Curve>) -> Panel {
    Panel {
        title: title.into(),
        x_label: "step".into(),
        x_scale: AxisScale::Linear,
        y_label: y_label.into(),
        scale,
        curves,
        markers: vec![],
    }
}

fn figure(title: &str, subtitle: &str, panels: Vec<Panel>) -> String {
    curves_svg(&CurvesFigure { title: title.into(), subtitle: subtitle.into(), panels })
}

fn overfitting(points: Points, from: f64, rise: f64) -> Points {
    points.into_iter().map(|(x, y)| (x, y + rise * (x - from).max(0.0))).collect()
}

fn accuracy(loss: &Points) -> Points {
    loss.iter().map(|&(x, y)| (x, (1.0 - 0.39 * y).clamp(0.05, 1.0))).collect()
}

fn one_run() -> String {
    let train = falling(2000, 10, (2.3, 0.004), 0.02, 0.02, 1);
    let valid = overfitting(falling(2000, 10, (2.3, 0.1), 0.02, 0.015, 2), 900.0, 3e-5);
    let best = valid.iter().copied().fold((0.0, 9.0), |best, point| if point.1 < best.1 { point } else { best });
    let mut loss = panel(
        "Loss",
        "cross-entropy, logarithmic",
        AxisScale::Log,
        vec![
            curve("training", 0, LineStyle::Solid, train.clone()),
            curve("validation", 1, LineStyle::Dashed, valid.clone()),
        ],
    );
    loss.markers = vec![Marker { x: best.0, y: best.1, text: "best validation".into(), group: 1 }];
    let accuracy = panel(
        "Accuracy",
        "share of samples",
        AxisScale::Linear,
        vec![
            curve("training", 0, LineStyle::Solid, accuracy(&train)),
            curve("validation", 1, LineStyle::Dashed, accuracy(&valid)),
        ],
    );
    figure("digits, adam:lr=0.001", "64-64-10, batch 64, seed 0, 2,000 steps", vec![loss, accuracy])
}

fn four_optimizers() -> String {
    let names =
        [("sgd:lr=0.1", 0.006), ("momentum:lr=0.03", 0.015), ("adam:lr=0.003", 0.04), ("adamw:lr=0.003", 0.038)];
    let mut losses = Vec::new();
    let mut accuracies = Vec::new();
    for (group, (name, rate)) in names.into_iter().enumerate() {
        let seed = group as u64 * 7 + 3;
        for (style, end, noise) in
            [(LineStyle::Solid, 0.02, 0.04), (LineStyle::Dashed, 0.12 - 0.01 * group as f64, 0.015)]
        {
            let loss = falling(12_000, 60, (2.3, end), rate, noise, seed + style as u64);
            accuracies.push(curve(name, group, style, accuracy(&loss)));
            losses.push(curve(name, group, style, loss));
        }
    }
    let panels = vec![
        panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, losses),
        panel("Accuracy", "share of samples", AxisScale::Linear, accuracies),
    ];
    figure("Four optimizers on digits", "64-64-10, batch 64, 12,000 steps each", panels)
}

fn twenty_seeds() -> String {
    let summary = |name: &str, group: usize, style, end: f64, rate: f64| {
        let runs: Vec<Points> = (0..20)
            .map(|seed| {
                let spread = 1.0 + 0.25 * Noise(seed * 31 + 5).bell();
                falling(1000, 5, (2.3, end * spread), rate * spread.abs(), 0.02, seed + 100 * group as u64)
            })
            .collect();
        let (points, band) = median_and_band(&runs, 0.1, 0.9, f64::INFINITY);
        Curve { name: name.into(), group, style, points, band: Some(band) }
    };
    let curves = vec![
        summary("adam:lr=0.003", 0, LineStyle::Solid, 0.02, 0.05),
        summary("adam:lr=0.003", 0, LineStyle::Dashed, 0.1, 0.05),
        summary("sgd:lr=0.1", 1, LineStyle::Solid, 0.06, 0.02),
        summary("sgd:lr=0.1", 1, LineStyle::Dashed, 0.2, 0.02),
    ];
    let panels = vec![panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, curves)];
    figure("Two optimizers on moons, 20 seeds each", "median, and band from the 10th to the 90th percentile", panels)
}

fn bundle() -> String {
    let run = |seed: u64| falling(4999, 1, (2.3, 0.02 + 0.003 * seed as f64), 0.01, 0.15, seed);
    let mut curves: Vec<Curve> = (0..20).map(|seed| curve("adam:lr=0.003", 0, LineStyle::Solid, run(seed))).collect();
    curves.extend((0..20).map(|seed| {
        curve("lion:lr=0.0003", 1, LineStyle::Solid, run(seed).into_iter().map(|(x, y)| (x, 3.0 * y)).collect())
    }));
    figure(
        "Every seed as a line",
        "20 seeds, 5,000 steps",
        vec![panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, curves)],
    )
}

fn diverged() -> String {
    let explode = |start: f64, rate: f64, noise: u64| -> Points {
        let mut random = Noise(noise);
        let loss = |step: usize| start + 0.03 * (rate * step as f64).exp() * (1.0 + 0.4 * random.next());
        (0..400)
            .step_by(4)
            .zip((0..400).step_by(4).map(loss))
            .map(|(step, loss)| (step as f64, if step > 320 { f64::NAN } else { loss }))
            .collect()
    };
    let curves = vec![
        curve("sgd:lr=0.1", 0, LineStyle::Solid, falling(400, 4, (2.3, 0.2), 0.05, 0.03, 5)),
        curve("sgd:lr=1", 1, LineStyle::Solid, explode(2.27, 0.2, 9)),
        curve("sgd:lr=3", 2, LineStyle::Solid, explode(2.27, 0.05, 11)),
        curve("sgd:lr=0.01", 3, LineStyle::Solid, falling(400, 4, (2.3, 0.3), 0.003, 0.02, 6)),
    ];
    let markers = vec![
        Marker { x: 324.0, y: f64::NAN, text: "diverged".into(), group: 1 },
        Marker { x: 330.0, y: f64::NAN, text: "diverged".into(), group: 2 },
    ];
    let linear =
        Panel { markers: markers.clone(), ..panel("Loss", "cross-entropy", AxisScale::Linear, curves.clone()) };
    let log = Panel { markers, ..panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, curves) };
    figure("Learning rates of gradient descent", "two of four runs leave the picture", vec![linear, log])
}

fn two_rows() -> String {
    let rows = |to: f64| vec![(0.0, 2.31), (1.0, to)];
    let curves =
        vec![curve("training", 0, LineStyle::Solid, rows(2.1)), curve("validation", 1, LineStyle::Dashed, rows(2.2))];
    let mut panels = vec![
        panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, curves),
        panel(
            "Accuracy",
            "share of samples",
            AxisScale::Linear,
            vec![curve("training", 0, LineStyle::Solid, vec![(0.0, 0.1)])],
        ),
    ];
    panels[0].markers = vec![Marker { x: 1.0, y: 2.2, text: "best validation".into(), group: 1 }];
    figure("A run of one step", "", panels)
}

fn three_panels() -> String {
    let loss = falling(50_000, 100, (2.3, 0.01), 0.001, 0.05, 3);
    let rate = |step: f64| 1e-3 * (step / 2000.0).min(1.0) * (0.5 + 0.5 * (TAU / 2.0 * step / 50_000.0).cos());
    let rates = loss.iter().map(|&(x, _)| (x, rate(x))).collect();
    let mut random = Noise(8);
    let norms = loss
        .iter()
        .map(|&(x, y)| (x, y.sqrt() * (0.3 * random.bell()).exp() * if x == 20_000.0 { 12.0 } else { 1.0 }))
        .collect();
    let panels = vec![
        panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, vec![curve("training", 0, LineStyle::Solid, loss)]),
        panel(
            "Learning rate",
            "cosine with warm-up",
            AxisScale::Linear,
            vec![curve("learning rate", 2, LineStyle::Solid, rates)],
        ),
        panel(
            "Gradient norm",
            "before clipping",
            AxisScale::Linear,
            vec![curve("gradient norm", 3, LineStyle::Solid, norms)],
        ),
    ];
    figure("fashion-mnist, adamw:lr=0.001", "784-128-10, batch 128, 50,000 steps", panels)
}

fn twenty_long_names() -> String {
    let name = |group: usize| format!("nesterov:lr=0.{group:02},momentum=0.9,weight_decay=0.0005,decay_bias=false");
    let curves = |scale: f64| {
        (0..20)
            .map(|group| {
                let points = falling(4999, 1, (2.3, 0.05 + 0.05 * group as f64), 0.01, 0.05, group as u64);
                curve(&name(group), group, LineStyle::Solid, points.into_iter().map(|(x, y)| (x, y * scale)).collect())
            })
            .collect()
    };
    let panels = vec![
        panel("Loss", "cross-entropy, logarithmic", AxisScale::Log, curves(1.0)),
        panel("Loss", "tiny", AxisScale::Linear, curves(1e-7)),
    ];
    figure(
        "Twenty runs with names that are longer than anybody would want them, and a title that is too long for one line as well, so it is broken",
        "",
        panels,
    )
}

fn corner_cases() -> String {
    let constant = vec![curve("constant", 0, LineStyle::Solid, (0..50).map(|step| (f64::from(step), -3.5)).collect())];
    let nothing = vec![
        curve("all NaN", 1, LineStyle::Solid, vec![(0.0, f64::NAN), (1.0, f64::NAN)]),
        curve("<empty> & \"quoted\"", 2, LineStyle::Solid, vec![]),
    ];
    let gaps = (0..100)
        .map(|step| (f64::from(step), if step % 25 > 20 { f64::NAN } else { f64::from(step).sin() - 2.0 }))
        .collect();
    let panels = vec![
        panel("Constant", "negative", AxisScale::Linear, constant),
        panel("Nothing", "", AxisScale::Log, nothing),
        panel("Gaps", "", AxisScale::Linear, vec![curve("gaps", 3, LineStyle::Dashed, gaps)]),
    ];
    figure("Corner cases", "", panels)
}

fn fit() -> String {
    let mut random = Noise(4);
    let part =
        |row: usize| [FitPart::Train, FitPart::Train, FitPart::Train, FitPart::Validation, FitPart::Test][row % 5];
    let points = (0..200).map(|row| {
        let x = 3.0 * random.next();
        FitPoint { x, y: x.sin() + 0.15 * random.bell(), part: part(row) }
    });
    let curve = (-330..=330).map(|x| f64::from(x) / 100.0).map(|x| (x, 0.97 * (x * 1.02).sin() + 0.02 * x)).collect();
    fit_svg(&FitFigure {
        title: "sine, adam:lr=0.01".into(),
        subtitle: "1-32-32-1, R² 0.957 on test data".into(),
        x_label: "x".into(),
        y_label: "y".into(),
        points: points.collect(),
        curve,
    })
}

/// A picture of regions from scores of each class, and points given by their class.
fn regions(
    title: &str,
    classes: u32,
    reach: f64,
    scores: impl Fn(f64, f64) -> Vec<f64>,
    points: Vec<(f64, f64, u32)>,
) -> String {
    let grid = 200;
    let best = |x: f64, y: f64| {
        let scores = scores(x, y);
        let total: f64 = scores.iter().map(|score| score.exp()).sum();
        let (class, score) = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("there are classes");
        (class as u32, (score.exp() / total) as f32)
    };
    let place = |cell: usize| reach * (2.0 * (cell as f64 + 0.5) / grid as f64 - 1.0);
    let cells: Vec<(u32, f32)> = (0..grid * grid).map(|cell| best(place(cell % grid), place(cell / grid))).collect();
    let part =
        |row: usize| [FitPart::Train, FitPart::Train, FitPart::Train, FitPart::Validation, FitPart::Test][row % 5];
    let points = points.into_iter().enumerate();
    regions_svg(&RegionsFigure {
        title: title.into(),
        subtitle: "2-32-32, accuracy 97.50% on test data".into(),
        x_label: "x1".into(),
        y_label: "x2".into(),
        x_range: (-reach, reach),
        y_range: (-reach, reach),
        grid,
        classes: cells.iter().map(|cell| cell.0).collect(),
        confidence: cells.iter().map(|cell| cell.1).collect(),
        class_names: (0..classes).map(|class| format!("class {class}")).collect(),
        points: points
            .map(|(row, (x, y, class))| LabelledPoint { x, y, class, part: part(row), wrong: best(x, y).0 != class })
            .collect(),
    })
}

fn moons() -> String {
    let mut random = Noise(6);
    let points = (0..300).map(|row| {
        let (class, angle) = (row % 2, TAU / 2.0 * (random.next() + 1.0) / 2.0);
        let (x, y) = if class == 0 { (angle.cos(), angle.sin()) } else { (1.0 - angle.cos(), 0.5 - angle.sin()) };
        (x - 0.5 + 0.16 * random.bell(), y - 0.25 + 0.16 * random.bell(), class)
    });
    let points: Vec<_> = points.collect();
    regions(
        "moons, adam:lr=0.01",
        2,
        2.2,
        |x, y| vec![4.0 * (y + 0.6 * (2.0 * x).sin() * (-0.2 * x * x).exp()), 0.0],
        points,
    )
}

fn spirals() -> String {
    let mut random = Noise(7);
    let points = (0..450).map(|row| {
        let (arm, radius) = (row % 3, (random.next() + 1.0) / 2.0);
        let angle = TAU * (f64::from(arm) / 3.0 + radius) + 0.18 * random.bell();
        (radius * angle.cos(), radius * angle.sin(), arm)
    });
    let points: Vec<_> = points.collect();
    let scores = |x: f64, y: f64| {
        let (radius, angle) = (x.hypot(y), y.atan2(x));
        (0..3).map(|arm| 4.0 * radius.min(1.0) * (angle - TAU * (f64::from(arm) / 3.0 + radius)).cos()).collect()
    };
    regions("spirals with three arms, adamw:lr=0.01", 3, 1.2, scores, points)
}

fn ten_classes() -> String {
    let mut random = Noise(17);
    let centres: Vec<(f64, f64)> = (0..10).map(|_| (4.0 * random.next(), 4.0 * random.next())).collect();
    let points = (0..3000).map(|row| {
        let (x, y) = centres[row % 10];
        (x + 0.6 * random.bell(), y + 0.6 * random.bell(), (row % 10) as u32)
    });
    let points: Vec<_> = points.collect();
    let scores = |x: f64, y: f64| centres.iter().map(|(a, b)| -((x - a).powi(2) + (y - b).powi(2))).collect();
    regions("blobs, ten classes", 10, 5.5, scores, points)
}
